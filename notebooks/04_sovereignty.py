# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 04 Is technological sovereignty worth it, alone or together?
#
# A programme for technology of one's own is an insurance. The premium is the consumption it costs
# while nobody cuts anybody off; the pay-out is the loss it avoids if somebody does. Three designs:
# every member for itself (*national*), one programme for all (*joint*), and Russia's *import
# substitution*; each in several sizes, and each once with the duties that come with it (firms
# obliged to migrate, least domestic shares). Every seed draws firms and suppliers anew and
# lives through all worlds and designs, so that a difference is the programme's doing; how far the
# seeds are apart says how sure it is.

# %%
import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

import sim
from sim.plots.style import COLOURS, QUIET, look
from sim.prepared import identify
from sim.study.replicate import replicate

SIZE = (
    f"firms.count={os.environ.get('SIM_FIRMS', '3000')}",
    f"months={os.environ.get('SIM_MONTHS', '96')}",  # technology ripens slowly
    "name=sovereignty",
)
SEEDS = range(int(os.environ.get("SIM_SEEDS", "4")))
MEMBERS = ("RUS", "KAZ", "BLR", "ARM", "KGZ")

# %% [markdown]
# A design: its scenario, what it pays a month, and which of its measures are duties.

# %%
DESIGNS = {
    "national": (
        "national_sovereignty",
        {"own_research_rus": 172, "own_research_kaz": 19, "own_research_blr": 6.8,
         "own_research_arm": 1.4, "own_research_kgz": 0.8},
        ["own_mandate"],
    ),
    "joint": ("joint_sovereignty", {"joint_research": 200}, ["joint_mandate"]),
    "substitution": (
        "import_substitution",
        {"software_for_the_state": 125, "concept_2030": 450},
        ["high_tech_made_at_home", "no_foreign_software_bought", "no_foreign_software_used"],
    ),
}  # fmt: skip
FACTORS = (0.5, 1, 2)
WORLDS = {"calm": "none", "cut-off": "eu_2022"}


def settings(world, seed, design=None, factor=1.0, duties=False):
    """One run: a world, and in it a design of a size, with or without its duties."""
    if design is None:
        return sim.load(f"scenario={WORLDS[world]}", f"seed={seed}", *SIZE)
    scenario, amounts, obliged = DESIGNS[design]
    at = "scenario.measures"
    money = [f"{at}.{m}.amount_musd_month={a * factor}" for m, a in amounts.items()]
    off = [] if duties else [f"{at}.{m}.intensity=0" for m in obliged]
    composed = f"scenario=[{WORLDS[world]},{scenario}]"
    return sim.load(composed, *money, *off, f"seed={seed}", *SIZE)


programmes = [(d, f, False) for d in DESIGNS for f in FACTORS] + [(d, 1, True) for d in DESIGNS]
wanted = {
    (world, programme): [settings(world, seed, *programme) for seed in SEEDS]
    for world in WORLDS
    for programme in [(), *programmes]
}
for outcome in replicate([run for runs in wanted.values() for run in runs]):  # over all cores
    assert not outcome.error, outcome.error  # what is finished is not run again

# %% [markdown]
# All of it is one dataset now; of a hundred runs only what is asked for is read. Consumption is
# what households and governments get for themselves; what governments pay for research is not part
# of it, so a programme's money is part of its premium.

# %%
results = sim.open_results("results/sovereignty", versions="latest")
households = results.regions(columns=["real_consumption"], where={"region": list(MEMBERS)})
governments = results.table("budgets", ["real_purchases"], {"region": list(MEMBERS)})
by_month = (["run_id", "month"], "region")
consumed = households.pivot_table("real_consumption", *by_month, observed=True)
consumed += governments.pivot_table("real_purchases", *by_month, observed=True)
months = pd.DatetimeIndex(consumed.index.unique("month"))


def gain(world, *programme):
    """Consumption with a programme less without it, bn USD: [seeds, months, members]."""

    def path(run):
        return consumed.loc[identify(run), list(MEMBERS)].to_numpy()

    pairs = zip(wanted[world, programme], wanted[world, ()], strict=True)
    return np.array([path(there) - path(without) for there, without in pairs]) / 1000


# %% [markdown]
# ## What does each design cost, and what does it save?
# *Cost*: consumption of all members lost in calm. *Avoided*: loss of the cut-off that the programme
# saves, net of what it costs there; negative: the union is poorer with it even in the cut-off.
# Both are means over the seeds, ± their standard deviation. *Pays above*: the chance of a cut-off
# from which the bet is fair, cost / (cost + avoided).

# %%
cost = {p: -gain("calm", *p).sum(axis=(1, 2)) for p in programmes}
avoided = {p: gain("cut-off", *p).sum(axis=(1, 2)) for p in programmes}


def row(programme):
    premium, payout = cost[programme], avoided[programme]
    mean = premium.mean() + payout.mean()
    return {
        **dict(zip(("design", "size", "duties"), programme, strict=True)),
        "cost, bn USD": f"{premium.mean():.1f} ± {premium.std():.1f}",
        "avoided, bn USD": f"{payout.mean():.1f} ± {payout.std():.1f}",
        "avoids in": f"{(payout > 0).sum()} of {len(payout)} seeds",
        "pays above": f"{premium.mean() / mean:.0%}" if payout.mean() > 0 else "never",
    }


pd.DataFrame([row(p) for p in programmes]).set_index(["design", "size", "duties"])

# %% [markdown]
# ## Alone or together?
# Above zero a programme pays once the cut-off comes; far right it is dear if none comes. Dots grow
# with the money spent (half, one and two times the plan), lines reach from the worst to the best
# seed. Research only, no duties.

# %%
COLOUR = dict(zip(DESIGNS, COLOURS, strict=False))
free = [p for p in programmes if not p[2]]
sure = list(dict.fromkeys(design for design, *rest in free if avoided[design, *rest].min() > 0))
with look():
    figure, plot = plt.subplots(figsize=(8, 4.2), layout="constrained")
    plot.axhline(0, color=QUIET, lw=1)
    for design, colour in COLOUR.items():
        sizes = [p for p in free if p[0] == design]
        x = [cost[p].mean() for p in sizes]
        y = [avoided[p].mean() for p in sizes]
        plot.plot(x, y, color=colour, lw=1.2)
        plot.vlines(
            x,
            [avoided[p].min() for p in sizes],
            [avoided[p].max() for p in sizes],
            color=colour,
            lw=4,
            alpha=0.25,
        )
        plot.scatter(x, y, s=[50 * p[1] ** 1.2 for p in sizes], color=colour, zorder=3)
        above = 7 if design == "national" else -7  # the two lie on top of each other
        plot.annotate(f" {design}", (x[-1], y[-1]), xytext=(8, above), va="center",
                      textcoords="offset points", color=colour, weight="bold")  # fmt: skip
    plot.margins(x=0.18, y=0.1)
    plot.set_xlabel("premium: members' consumption lost in calm, bn USD")
    plot.set_ylabel("pay-out: loss avoided in the cut-off, bn USD")
    plot.set_title(
        f"Alone or together? Pays in a cut-off in all of {len(SEEDS)} seeds: "
        f"{', '.join(sure) or 'none'}"
    )

# %% [markdown]
# ## How long does it take?
# Research is paid now and learned from later. Loss avoided up to each month, research of size one:
# mean of the seeds, and from the worst to the best.


# %%
def so_far(world, design):
    """Loss avoided by a design up to each month in a world, bn USD: [seeds, months]."""
    return gain(world, design, 1, False).sum(axis=2).cumsum(axis=1)


with look():
    figure, plots = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True, layout="constrained")
    for plot, world in zip(plots, WORLDS, strict=True):
        for design, colour in COLOUR.items():
            path = so_far(world, design)
            plot.fill_between(months, path.min(axis=0), path.max(axis=0), color=colour, alpha=0.15)
            plot.plot(months, path.mean(axis=0), color=colour, label=design)
        plot.axhline(0, color=QUIET, lw=1)
        plot.set_title(f"In {'calm' if world == 'calm' else 'a cut-off'}")
        locator = AutoDateLocator(minticks=3, maxticks=6)
        plot.xaxis.set_major_locator(locator)
        plot.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))
    plots[0].set_ylabel("loss avoided so far, bn USD")
    plots[0].legend(frameon=False, loc="lower left")
    repaid = [d for d in DESIGNS if so_far("cut-off", d)[:, -1].mean() > 0]
    figure.suptitle(
        f"How long until it pays? Repaid in the cut-off by {months[-1]:%b %Y}, on average: "
        f"{', '.join(repaid) or 'none'}",
        x=0.01, ha="left", fontweight="bold", fontsize=11,
    )  # fmt: skip

# %% [markdown]
# ## Who pays for a joint programme?
# All pay in proportion to GDP, and Kazakhstan and Russia carry it out, in the same proportion to
# each other. So the money stays where it was; what is shared is what is learned.

# %%
with look():
    figure, plots = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True, layout="constrained")
    for plot, world in zip(plots, WORLDS, strict=True):
        for shift, design in ((-0.2, "national"), (0.2, "joint")):
            lost = -gain(world, design, 1, False).sum(axis=1)  # [seeds, members]
            places = np.arange(len(MEMBERS)) + shift
            plot.bar(places, lost.mean(axis=0), 0.36, color=COLOUR[design], label=design)
            plot.vlines(places, lost.min(axis=0), lost.max(axis=0), color=QUIET, lw=1.5)
        plot.axhline(0, color=QUIET, lw=1)
        plot.set_xticks(range(len(MEMBERS)), MEMBERS)
        plot.set_title(f"In {'calm' if world == 'calm' else 'a cut-off'}")
    plots[0].set_ylabel("consumption lost, bn USD")
    plots[0].legend(frameon=False)
    ahead = gain("calm", "joint", 1, False).sum(axis=1).min(axis=0) > 0
    gainers = [m for m, better in zip(MEMBERS, ahead, strict=True) if better]
    figure.suptitle(
        f"Who pays for a joint programme? Ahead in calm in every seed: "
        f"{', '.join(gainers) or 'nobody'}",
        x=0.01, ha="left", fontweight="bold", fontsize=11,
    )  # fmt: skip

# %% [markdown]
# ## What do duties add?
# Firms obliged to move to technology that is not yet as good lose output at once, in calm and in a
# cut-off; local content does the same through prices. The money is the small part of the bill.

# %%
money = {design: cost[design, 1, False].mean() for design in DESIGNS}
duty = {design: cost[design, 1, True].mean() for design in DESIGNS}
with look():
    figure, plot = plt.subplots(figsize=(8, 2.8), layout="constrained")
    for k, (design, colour) in enumerate(COLOUR.items()):
        plot.barh(k, money[design], color=colour)
        plot.barh(k, duty[design] - money[design], left=money[design], color=colour, alpha=0.3)
        plot.text(duty[design], k, f"  {money[design]:.1f} → {duty[design]:.1f}", va="center")
    plot.set_yticks(range(len(DESIGNS)), list(DESIGNS))
    plot.invert_yaxis()
    plot.grid(axis="x")
    plot.grid(False, axis="y")
    plot.margins(x=0.18)
    plot.set_xlabel("members' consumption lost in calm, bn USD (dark: research alone)")
    share = 100 * (1 - sum(money.values()) / sum(duty.values()))
    plot.set_title(f"What makes sovereignty dear? Duties: {share:.0f} % of the cost in calm")

# %% [markdown]
# What this does not say: a few seeds, one cut-off (the sanctions as announced, on Russia and
# Belarus), and an end after which nothing counts, though what was learned stays. Move `SIM_SEEDS`,
# `months`, `WORLDS` or `FACTORS`.
