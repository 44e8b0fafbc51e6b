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
# obliged to migrate, least domestic shares). Every run shares the seed.

# %%
import os

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

import sim
from sim.plots.style import COLOURS, QUIET, look
from sim.record.indicators import cost_per_loss_avoided, loss, sovereignty_index
from sim.record.panel import Panel
from sim.run import complete
from sim.study.replicate import replicate

SIZE = (
    f"firms.count={os.environ.get('SIM_FIRMS', '3000')}",
    f"months={os.environ.get('SIM_MONTHS', '96')}",  # technology ripens slowly
    "name=sovereignty",
)
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


def settings(world, design=None, factor=1.0, duties=False):
    """One run: a world, and in it a design of a size, with or without its duties."""
    if design is None:
        return sim.load(f"scenario={WORLDS[world]}", *SIZE)
    scenario, amounts, obliged = DESIGNS[design]
    at = "scenario.measures"
    money = [f"{at}.{m}.amount_musd_month={a * factor}" for m, a in amounts.items()]
    off = [] if duties else [f"{at}.{m}.intensity=0" for m in obliged]
    return sim.load(f"scenario=[{WORLDS[world]},{scenario}]", *money, *off, *SIZE)


programmes = [(d, f, False) for d in DESIGNS for f in FACTORS] + [(d, 1, True) for d in DESIGNS]
keys = [(world, *p) for world in WORLDS for p in [(), *programmes]]
wanted = {key: settings(*key) for key in keys}
for outcome in replicate(list(wanted.values())):  # all cores; what is finished is not run again
    assert not outcome.error, outcome.error
runs = {key: Panel.read(complete(one).folder) for key, one in wanted.items()}

# %% [markdown]
# ## What does each design cost, and what does it save?
# *Cost*: consumption of all members lost in calm. *Avoided*: loss of the cut-off that the programme
# saves, net of what it costs there. Negative: the union is poorer with it even in the cut-off.
# *Pays above*: the chance of a cut-off from which the bet is fair, cost / (cost + avoided).


# %%
def union_loss(*key):
    return sum(loss(runs[key], m) for m in MEMBERS) / 1000


def row(design, factor, duties):
    cost = union_loss("calm", design, factor, duties) - union_loss("calm")
    avoided = union_loss("cut-off") - union_loss("cut-off", design, factor, duties)
    there = runs["cut-off", design, factor, duties]
    own = sovereignty_index(there)[-1, there.axes.region("RUS")]
    return {
        "design": design, "size": factor, "duties": duties,
        "cost, bn USD": cost, "avoided, bn USD": avoided,
        "recovered, % of cost": 100 * (1 + avoided / cost) if cost > 0 else float("nan"),
        "pays above, %": 100 * cost / (cost + avoided) if avoided > 0 else float("nan"),
        "sovereignty of Russia": own,
    }  # fmt: skip


table = pd.DataFrame([row(*p) for p in programmes]).set_index(["design", "size", "duties"])
table.round(2)

# %% [markdown]
# For one member `cost_per_loss_avoided` says the same in one number: dollars of premium for a
# dollar of pay-out; infinite where nothing is avoided.

# %%
pd.Series(
    {
        (design, factor): cost_per_loss_avoided(
            runs["cut-off", design, factor, False], runs[("cut-off",)],
            runs["calm", design, factor, False], runs[("calm",)], "RUS",
        )
        for design in DESIGNS
        for factor in FACTORS
    },
    name="Russia: cost in calm per loss avoided",
).round(1)  # fmt: skip

# %% [markdown]
# ## Alone or together?
# Above zero a programme pays once the cut-off comes; far right it is dear if none comes. Dots grow
# with the money spent (half, one and two times the plan). Research only, no duties.

# %%
COLOUR = dict(zip(DESIGNS, COLOURS, strict=False))
free = table.xs(False, level="duties").reset_index()
best = free.loc[free["avoided, bn USD"].idxmax()]
with look():
    figure, plot = plt.subplots(figsize=(8, 4.2), layout="constrained")
    plot.axhline(0, color=QUIET, lw=1)
    for design, rows in free.groupby("design", sort=False):
        x, y = rows["cost, bn USD"], rows["avoided, bn USD"]
        plot.plot(x, y, color=COLOUR[design], lw=1.2)
        plot.scatter(x, y, s=50 * rows["size"] ** 1.2, color=COLOUR[design], zorder=3)
        plot.annotate(
            f" {design}",
            (x.iloc[-1], y.iloc[-1]),
            xytext=(8, 0),
            va="center",
            textcoords="offset points",
            color=COLOUR[design],
            weight="bold",
        )
    plot.margins(x=0.18, y=0.15)
    plot.set_xlabel("premium: members' consumption lost in calm, bn USD")
    plot.set_ylabel("pay-out: loss avoided in the cut-off, bn USD")
    what = "avoids" if best["avoided, bn USD"] > 0 else "loses"
    plot.set_title(
        f"Alone or together? Best in the cut-off: {best['design']}, size {best['size']:g}, "
        f"{what} {abs(best['avoided, bn USD']):.1f} bn USD"
    )  # fmt: skip

# %% [markdown]
# ## How long does it take?
# Research is paid now and learned from later. Loss avoided up to each month, research of size one.


# %%
def so_far(world, design):
    """Loss avoided by a design up to each month in a world, bn USD."""
    path = 0.0
    for key, sign in (((world, design, 1, False), 1.0), ((world,), -1.0)):
        members = runs[key].axes.region_positions(MEMBERS)
        consumed = runs[key].values("regions", "real_consumption")[:, members].sum(axis=1)
        path = path + sign * consumed.cumsum() / 1000
    return path


months = pd.to_datetime([str(m) for m in runs[("calm",)].months])
with look():
    figure, plots = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True, layout="constrained")
    for plot, world in zip(plots, WORLDS, strict=True):
        for design in DESIGNS:
            plot.plot(months, so_far(world, design), color=COLOUR[design], label=design)
        plot.axhline(0, color=QUIET, lw=1)
        plot.set_title(f"In {'calm' if world == 'calm' else 'a cut-off'}")
        locator = AutoDateLocator(minticks=3, maxticks=6)
        plot.xaxis.set_major_locator(locator)
        plot.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))
    plots[0].set_ylabel("loss avoided so far, bn USD")
    plots[0].legend(frameon=False)
    repaid = [d for d in DESIGNS if so_far("cut-off", d)[-1] > 0]
    figure.suptitle(
        f"How long until it pays? Repaid in the cut-off by {months[-1]:%b %Y}: "
        f"{', '.join(repaid) or 'none'}",
        x=0.01, ha="left", fontweight="bold", fontsize=11,
    )  # fmt: skip

# %% [markdown]
# ## Who pays for a joint programme?
# Hosts carry the research out and all pay them for it: who hosts matters as much as who pays.

# %%
parts = pd.DataFrame(
    {
        (design, world): {
            m: (loss(runs[world, design, 1, False], m) - loss(runs[(world,)], m)) / 1000
            for m in MEMBERS
        }
        for design in ("national", "joint")
        for world in WORLDS
    }
)
gainers = [m for m in MEMBERS if parts["joint", "calm"][m] < 0]
with look():
    figure, plots = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True, layout="constrained")
    for plot, world in zip(plots, WORLDS, strict=True):
        for shift, design in ((-0.2, "national"), (0.2, "joint")):
            places = [k + shift for k in range(len(MEMBERS))]
            plot.bar(places, parts[design, world], 0.36, color=COLOUR[design], label=design)
        plot.axhline(0, color=QUIET, lw=1)
        plot.set_xticks(range(len(MEMBERS)), MEMBERS)
        plot.set_title(f"In {'calm' if world == 'calm' else 'a cut-off'}")
    plots[0].set_ylabel("consumption lost, bn USD")
    plots[0].legend(frameon=False)
    figure.suptitle(
        f"Who pays for a joint programme? Ahead in calm: {', '.join(gainers) or 'nobody'}",
        x=0.01, ha="left", fontweight="bold", fontsize=11,
    )  # fmt: skip

# %% [markdown]
# ## What do duties add?
# Firms obliged to move to technology that is not yet as good lose output at once, in calm and in a
# cut-off; local content does the same through prices. The money is the small part of the bill.

# %%
duty = table.xs(True, level="duties")["cost, bn USD"].droplevel("size")
money = table.xs((1, False), level=("size", "duties"))["cost, bn USD"]
with look():
    figure, plot = plt.subplots(figsize=(8, 2.8), layout="constrained")
    for k, design in enumerate(DESIGNS):
        plot.barh(k, money[design], color=COLOUR[design])
        plot.barh(
            k, duty[design] - money[design], left=money[design], color=COLOUR[design], alpha=0.3
        )
        plot.text(duty[design], k, f"  {money[design]:.1f} → {duty[design]:.1f}", va="center")
    plot.set_yticks(range(len(DESIGNS)), list(DESIGNS))
    plot.invert_yaxis()
    plot.grid(axis="x")
    plot.grid(False, axis="y")
    plot.margins(x=0.18)
    plot.set_xlabel("members' consumption lost in calm, bn USD (dark: research alone)")
    share = 100 * (1 - money.sum() / duty.sum())
    plot.set_title(f"What makes sovereignty dear? Duties: {share:.0f} % of the cost in calm")

# %% [markdown]
# What this does not say: one seed, one cut-off (the sanctions as announced, on Russia and Belarus),
# and an end after which nothing counts,
# though what was learned stays. Move `months`, `WORLDS` or `FACTORS`.
