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
# # 03 The Eurasian roundabout, seen from Kazakhstan
#
# Goods that may not go to Russia go to its neighbours. How much of what was lost comes back that
# way, through whom, and what do the customs of Kazakhstan see of it?

# %%
import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

import sim
from sim.plots.style import COLOURS, FAINT, QUIET, look
from sim.record.indicators import premium, rerouting

SIZE = (
    f"firms.count={os.environ.get('SIM_FIRMS', '3000')}",
    f"months={os.environ.get('SIM_MONTHS', '36')}",
)
SENDERS = ("EU27", "GBR", "USA", "JPN", "KOR")
STRICT, HUBS = "scenario=[eu_2022,strict_compliance]", "ARM,BLR,KAZ,KGZ,CHN,TUR,ARE,UZB,GEO"
SCENARIOS = {
    "no compliance": ["scenario=[eu_2022,no_compliance]"],
    "as decided": ["scenario=eu_2022"],
    "nine strict hubs": [STRICT, f"scenario.measures.strict_floor.on=[{HUBS}]"],
    "India too": [STRICT, f"scenario.measures.strict_floor.on=[{HUBS},IND]"],
}
runs = {name: sim.simulate(sim.load(*given, *SIZE)) for name, given in SCENARIOS.items()}
shipped = runs["as decided"]
months = pd.to_datetime([str(m) for m in shipped.months])


def over_time(plot):
    """Few dates, short, and room for names at the right."""
    locator = AutoDateLocator(minticks=3, maxticks=7)
    plot.xaxis.set_major_locator(locator)
    plot.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))


# %% [markdown]
# ## How much of the lost trade comes back through third countries?
# Re-exports to Russia against what the senders no longer sell it. In the first month or two hardly
# anything is lost yet, and the ratio says little. A net with one hole holds little: where nine
# hubs stop nine of ten such goods, the tenth carries them; where all do, trading no longer pays.

# %%
offset = {n: 100 * rerouting(panel, "RUS", SENDERS).offset for n, panel in runs.items()}
with look():
    figure, plot = plt.subplots(figsize=(8, 3.6), layout="constrained")
    for (name, path), colour in zip(offset.items(), COLOURS, strict=False):
        plot.plot(months, path, color=colour, label=name)
    over_time(plot)
    plot.set_ylim(bottom=0)
    plot.set_ylabel("re-exports, % of lost direct trade")
    plot.legend(frameon=False, ncols=4, loc="upper left")
    plot.set_ylim(top=1.2 * max(1.0, *(np.max(path) for path in offset.values())))
    decided, nine = (offset[n][-12:].mean() for n in ("as decided", "nine strict hubs"))
    plot.set_title(
        f"How much comes back? Last year {decided:.0f} % as decided, "
        f"{nine:.0f} % with nine strict hubs"
    )

# %% [markdown]
# ## Which hubs win?
# Nobody decided it: distance, tariffs, existing trade on both legs and compliance did.

# %%
there = shipped.axes.region("RUS")
by_hub = shipped.values("trade", "reexport_musd")[:, :, there].sum(axis=2)
hubs = pd.DataFrame(by_hub, index=months, columns=list(shipped.axes.regions))
top = hubs.sum().sort_values(ascending=False).index[:6]
with look():
    figure, plot = plt.subplots(figsize=(8, 3.6), layout="constrained")
    plot.stackplot(months, hubs[top].T, colors=COLOURS, labels=top, alpha=0.85)
    rest = hubs.drop(columns=top).sum(axis=1)
    plot.stackplot(months, [hubs[top].sum(axis=1), rest], colors=["none", FAINT],
                   labels=["_", "others"])  # fmt: skip
    over_time(plot)
    plot.set_ylabel("re-exports to Russia, mUSD a month")
    plot.legend(frameon=False, ncols=7, loc="upper left", fontsize=8, columnspacing=1)
    plot.set_ylim(0, 1.18 * max(1.0, hubs.sum(axis=1).max()))
    share = 100 * hubs[top[:2]].sum().sum() / max(hubs.sum().sum(), 1e-9)
    plot.set_title(f"Which hubs win? {top[0]} and {top[1]} carry {share:.0f} % of it")

# %% [markdown]
# ## What does it cost Russia?

# %%
pd.Series({name: premium(panel, "RUS", "EU27")[-12:].mean() for name, panel in runs.items()},
          name="price of re-exported goods over the maker's").round(2)  # fmt: skip

# %% [markdown]
# ## What do the customs of Kazakhstan see?
# The exporter records a sale to Kazakhstan; a part of the goods never enters. The share recorded
# fell to 0.70 in 2022 (Eurostat and BNS).

# %%
eu, kaz = shipped.axes.region("EU27"), shipped.axes.region("KAZ")
sides = {
    side: shipped.values("trade", f"recorded_{side}_musd")[:, eu, kaz].sum(axis=1)
    for side in ("export", "import")
}
mirror = pd.DataFrame(sides, index=months)
seen = (mirror["import"] / mirror["export"]).iloc[-12:].mean()
with look():
    figure, plot = plt.subplots(figsize=(8, 3.6), layout="constrained")
    plot.plot(months, mirror["export"], color=COLOURS[0], label="as the EU records its exports")
    plot.plot(months, mirror["import"], color=COLOURS[1], label="as Kazakhstan records its imports")
    plot.fill_between(months, mirror["import"], mirror["export"], color=QUIET, alpha=0.15, lw=0)
    over_time(plot)
    plot.set_ylim(bottom=0)
    plot.set_ylabel("goods, EU to Kazakhstan, mUSD a month")
    plot.legend(frameon=False, loc="lower right")
    plot.set_title(f"What does Kazakhstan see? {100 * seen:.0f} % of what the EU says it sent")
