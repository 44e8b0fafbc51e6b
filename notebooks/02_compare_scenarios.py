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
# # 02 Whose loss, and how sure?
#
# Which firm buys from which is drawn at random: one run is one draw. Here three scenarios run for
# the same seeds: the sanctions as announced, the same with strict customs in every transit country,
# and a full stop of trade. Every decision of the model has a random stream of its own, so the runs
# of one seed share their luck (*common random numbers*) and differ by the scenario alone.

# %%
import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.dates import DateFormatter, YearLocator

import sim
from sim.plots.style import COLOURS, QUIET, look, signed
from sim.study.ensemble import ensemble

SEEDS = int(os.environ.get("SIM_SEEDS", "8"))
SIZE = (
    f"firms.count={os.environ.get('SIM_FIRMS', '3000')}",
    f"months={os.environ.get('SIM_MONTHS', '36')}",
    f"seeds={SEEDS}",
    "output.figures=false",
)
STRICT = (
    "scenario=[eu_2022,strict_compliance]",
    "scenario.measures.strict_floor.on=[ARM,BLR,KAZ,KGZ,CHN,TUR,ARE,UZB,GEO,IND]",
)
SCENARIOS = {"announced": ("scenario=eu_2022",), "strict": STRICT, "embargo": ("scenario=embargo",)}
MEMBERS = ["RUS", "BLR", "KAZ", "KGZ", "ARM"]
NAMES = dict(zip(MEMBERS, "Russia Belarus Kazakhstan Kyrgyzstan Armenia".split(), strict=True))

# %% [markdown]
# `ensemble` runs what is missing, on all cores, and keeps tables with the bands. Without a
# `reference` a change is one against the base month: nothing moves until somebody does something.

# %%
folders = {
    name: ensemble(sim.load(*given, "name=compare", *SIZE)) for name, given in SCENARIOS.items()
}
changes = pd.concat({n: pd.read_parquet(f / "changes.parquet") for n, f in folders.items()},
                    names=["scenario"]).reset_index("scenario")  # fmt: skip
path = changes[changes["variable"] == "real_consumption"].set_index(["scenario", "region"])
last = path[path["month"] == path["month"].max()].loc[:, ["q05", "median", "q95"]]
last.loc[[(s, m) for s in SCENARIOS for m in MEMBERS]].round(2)

# %% [markdown]
# ## Who loses?
# Russia, in every draw. Its neighbours gain what passes through them, most under an embargo that
# puts no pressure on hubs, and Belarus most of all. The scale of each panel is its own.


# %%
def bands(plot, name, region, colour):
    """Median as a line, 90 % of the seeds as a shade, from 0 in the base month."""
    rows = path.loc[[(name, region)]].sort_values("month")
    dates = [rows["month"].iloc[0] - pd.DateOffset(months=1), *rows["month"]]
    low, mid, high = (np.append(0.0, rows[q]) for q in ("q05", "median", "q95"))
    plot.fill_between(dates, low, high, color=colour, alpha=0.18, lw=0)
    plot.plot(dates, mid, color=colour, label=name)


with look():
    figure, plots = plt.subplots(1, 5, figsize=(12, 3.8), layout="constrained")
    for plot, region in zip(plots, MEMBERS, strict=True):
        for name, colour in zip(SCENARIOS, COLOURS, strict=False):
            bands(plot, name, region, colour)
        plot.axhline(0, color=QUIET, lw=1)
        plot.set_title(NAMES[region])
        plot.xaxis.set_major_locator(YearLocator())
        plot.xaxis.set_major_formatter(DateFormatter("%Y"))
    plots[0].set_ylabel("real consumption, %")
    figure.legend(*plots[0].get_legend_handles_labels(), loc="outside lower left", ncols=3,
                  frameon=False)  # fmt: skip
    least, most = (signed(last.loc[(n, "RUS"), "median"]) for n in ("announced", "embargo"))
    figure.suptitle(
        f"Who loses? Russia: {least} % under the sanctions announced, {most} % under an embargo"
        f"\n(line: median; shade: 90 % of {SEEDS} seeds)",
        x=0.01, ha="left", fontweight="bold", fontsize=11,
    )  # fmt: skip

# %% [markdown]
# ## Does it matter to the neighbours how strict customs are?
# Two wide bands that overlap do not say that a difference is unsure. Pair runs seed by seed, and
# most of the luck drops out. On the left the seeds of both scenarios were mixed, as two independent
# samples would be; on the right each seed is held against itself.

# %%
paired = ensemble(sim.load(*STRICT, "reference=eu_2022", "name=compare", *SIZE))
rows = pd.read_parquet(paired / "differences.parquet")
rows = rows[rows["variable"] == "real_consumption"]
year = rows[rows["month"].isin(sorted(rows["month"].unique())[-12:])]
means = year.groupby(["region", "seed"], observed=True)[["value", "reference"]].mean()


def spread(region):
    """Strict against announced, last year, %: every seed against every other, and itself."""
    strict, announced = (means.loc[region, side].to_numpy() for side in ("value", "reference"))
    every = 100 * (strict[:, None] / announced - 1)
    return every[~np.eye(len(strict), dtype=bool)], np.diag(every)


def sure(region):
    """Whether 90 % of the paired seeds lie on one side of zero."""
    low, high = np.quantile(spread(region)[1], [0.05, 0.95])
    return low * high > 0


with look():
    figure, plots = plt.subplots(
        1, 2, figsize=(10, 3.2), sharey=True, sharex=True, layout="constrained"
    )
    for plot, which, heading in zip(plots, (0, 1), ("Seeds mixed", "Seed by seed"), strict=True):
        for row, region in enumerate(MEMBERS):
            low, mid, high = np.quantile(spread(region)[which], [0.05, 0.5, 0.95])
            colour = COLOURS[0] if low * high > 0 else QUIET
            plot.plot([low, high], [row, row], color=colour, lw=5, alpha=0.35)
            plot.plot(mid, row, "o", color=colour)
        plot.axvline(0, color=QUIET, lw=1)
        plot.set_title(heading)
        plot.set_yticks(range(len(MEMBERS)), [NAMES[m] for m in MEMBERS])
        plot.set_xlabel("real consumption, strict against announced, %, last year")
    plots[0].invert_yaxis()
    told = ", ".join(NAMES[m] for m in MEMBERS if sure(m)) or "nobody"
    figure.suptitle(f"Whom do strict customs move for sure? {told}", x=0.01, ha="left",
                    fontweight="bold", fontsize=11)  # fmt: skip

# %% [markdown]
# Colour: 90 % of the values lie on one side of zero. The right column also says how many seeds a
# study needs: as many as it takes for the smallest effect of interest to leave the grey.

# %%
pd.DataFrame(
    {
        "mixed, width of 90 %": [np.ptp(np.quantile(spread(m)[0], [0.05, 0.95])) for m in MEMBERS],
        "paired, width of 90 %": [np.ptp(np.quantile(spread(m)[1], [0.05, 0.95])) for m in MEMBERS],
    },
    index=MEMBERS,
).round(3)
