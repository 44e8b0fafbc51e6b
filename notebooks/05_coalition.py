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
# # 05 How much is each coalition member worth?
#
# Five senders, 32 possible coalitions. What a member adds depends on who is there already: goods
# that one bars another may sell. The Shapley value is what it adds on average over all orders in
# which the five could have joined; the five values sum to what the whole coalition does.

# %%
import os
from itertools import combinations
from math import factorial

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import sim
from sim.plots.style import COLOURS, FAINT, QUIET, look
from sim.record.indicators import loss
from sim.record.panel import Panel
from sim.run import complete
from sim.study.replicate import replicate

SENDERS = tuple(os.environ.get("SIM_SENDERS", "EU27,GBR,USA,JPN,KOR").split(","))
SIZE = (
    f"firms.count={os.environ.get('SIM_FIRMS', '3000')}",
    f"months={os.environ.get('SIM_MONTHS', '24')}",
    "name=coalitions",
)
COALITIONS = [c for k in range(len(SENDERS) + 1) for c in combinations(SENDERS, k)]

# %% [markdown]
# One list in the scenario says who is in. With nobody in there are no sanctions to answer: `none`.
# Finished runs are kept in `results/coalitions`, so a second execution only reads.


# %%
def settings(coalition):
    if not coalition:
        return sim.load("scenario=none", *SIZE)
    members = ",".join(coalition)
    return sim.load("scenario=eu_2022", f"scenario.sets.coalition=[{members}]", *SIZE)


wanted = {c: settings(c) for c in COALITIONS}
for outcome in replicate(list(wanted.values())):
    assert not outcome.error, outcome.error


def losses(panel):
    return {region: loss(panel, region) / 1000 for region in ("RUS", *SENDERS)}


lost = {c: losses(Panel.read(complete(one).folder)) for c, one in wanted.items()}
table = pd.DataFrame(lost.values(), index=["+".join(c) or "nobody" for c in COALITIONS])
table.round(1).rename_axis("consumption lost, bn USD")

# %% [markdown]
# ## The value of a member
# $\phi_i = \sum_{C \not\ni i} \frac{|C|!\,(n-|C|-1)!}{n!}\,[v(C \cup i) - v(C)]$, with $v(C)$ the
# consumption that Russia loses.


# %%
def joined(coalition, member):
    """The coalition with a member, in the order of SENDERS."""
    return tuple(s for s in SENDERS if s == member or s in coalition)


def shapley(worth):
    """Shapley value of every sender in the game `worth(coalition)`."""
    n = len(SENDERS)
    return pd.Series(
        {
            i: sum(
                factorial(len(c)) * factorial(n - len(c) - 1) / factorial(n)
                * (worth(joined(c, i)) - worth(c))
                for c in COALITIONS if i not in c
            )
            for i in SENDERS
        }
    )  # fmt: skip


value = shapley(lambda c: lost[c]["RUS"])
assert np.isclose(value.sum(), lost[SENDERS]["RUS"] - lost[()]["RUS"])
without = {i: tuple(s for s in SENDERS if s != i) for i in SENDERS}
worth = pd.DataFrame(
    {
        "alone": {i: lost[(i,)]["RUS"] for i in SENDERS},
        "Shapley": value,
        "last to join": {i: lost[SENDERS]["RUS"] - lost[without[i]]["RUS"] for i in SENDERS},
    }
)
worth.round(1)

# %%
with look():
    figure, plot = plt.subplots(figsize=(8, 3.4), layout="constrained")
    for row, sender in enumerate(SENDERS):
        plot.plot([worth.loc[sender].min(), worth.loc[sender].max()], [row, row], color=FAINT, lw=3)
    rows = range(len(SENDERS))
    for column, marker, colour in zip(worth, "oDs", COLOURS, strict=False):
        plot.plot(worth[column], rows, marker, color=colour, label=column, ms=7)
    plot.axvline(0, color=QUIET, lw=1)
    plot.set_yticks(range(len(SENDERS)), SENDERS)
    plot.invert_yaxis()
    plot.grid(axis="x")
    plot.grid(False, axis="y")
    plot.set_xlabel("consumption that Russia loses by it, bn USD")
    plot.legend(frameon=False, loc="lower right")
    top = value.idxmax()
    plot.set_title(
        f"Who makes the coalition strong? {top}, with {100 * value[top] / value.sum():.0f} % "
        f"of {value.sum():.0f} bn USD"
    )

# %% [markdown]
# Further right when last than alone: it closes what the others left open (complements). Further
# left: others had done its part (substitutes).
#
# ## What does a member pay for its part?
# Its own price is what it would save by leaving while the other four stay, not what it loses in the
# coalition: a part of that comes with its neighbours' losses whether it takes part or not.

# %%
price = pd.Series({i: lost[SENDERS][i] - lost[without[i]][i] for i in SENDERS})
spill = pd.Series({i: lost[without[i]][i] - lost[()][i] for i in SENDERS})
own = pd.DataFrame({"price of taking part": price, "would lose anyway": spill, "Shapley": value})
own["Russian loss per own dollar"] = (value / price).where(price > 0)
own.round(2)

# %%
with look():
    figure, plot = plt.subplots(figsize=(8, 3.4), layout="constrained")
    rows = np.arange(len(SENDERS))
    plot.barh(rows - 0.2, value, 0.36, color=COLOURS[0], label="imposed on Russia (Shapley)")
    plot.barh(rows + 0.2, price, 0.36, color=COLOURS[1], label="own price of taking part")
    plot.axvline(0, color=QUIET, lw=1)
    plot.set_yticks(rows, SENDERS)
    plot.invert_yaxis()
    plot.grid(axis="x")
    plot.grid(False, axis="y")
    plot.set_xlabel("consumption lost, bn USD")
    plot.legend(frameon=False, loc="lower right")
    ratio = value.sum() / price.sum()
    plot.set_title(f"Is it a bargain? Russia loses {ratio:.2f} USD for a dollar the senders pay")

# %% [markdown]
# ## Which coalitions are efficient?
# On the line a dollar of the senders buys most: no other coalition, and no mixture of two, costs
# them less and Russia more. Each step to the right is dearer than the one before.

# %%
points = pd.DataFrame(
    {
        "senders lose": [sum(lost[c][s] for s in SENDERS) for c in COALITIONS],
        "Russia loses": [lost[c]["RUS"] for c in COALITIONS],
    },
    index=["+".join(c) or "nobody" for c in COALITIONS],
)


def hull(points):
    """The upper concave edge, from nobody to the coalition that hurts most."""
    edge, here = ["nobody"], points.loc["nobody"]
    while here["Russia loses"] < points["Russia loses"].max():
        ahead = points[points["Russia loses"] > here["Russia loses"]]
        run = (ahead["senders lose"] - here["senders lose"]).clip(lower=1e-9)
        edge.append(((ahead["Russia loses"] - here["Russia loses"]) / run).idxmax())
        here = points.loc[edge[-1]]
    return points.loc[edge]


edge = hull(points)
with look():
    figure, plot = plt.subplots(figsize=(9, 4.4), layout="constrained")
    plot.scatter(*points.to_numpy().T, color=FAINT, s=30)
    plot.plot(*edge.to_numpy().T, "o-", color=COLOURS[0])
    for number, (_, point) in enumerate(edge.iterrows()):
        plot.annotate(
            f"{number}",
            tuple(point),
            xytext=(-4, 5),
            textcoords="offset points",
            ha="right",
            color=COLOURS[0],
            weight="bold",
        )
    named = "\n".join(f"{number}  {name}" for number, name in enumerate(edge.index))
    plot.text(
        0.98,
        0.04,
        named,
        transform=plot.transAxes,
        ha="right",
        va="bottom",
        fontsize=8.5,
        linespacing=1.5,
        multialignment="left",
    )
    plot.margins(x=0.08, y=0.12)
    plot.set_xlabel("consumption lost by the senders, bn USD")
    plot.set_ylabel("lost by Russia, bn USD")
    plot.set_title(f"Which coalitions are efficient? {len(edge) - 1} of {len(points) - 1} (blue)")

# %% [markdown]
# One draw of the network stands behind these numbers, and small members trade through few firms:
# repeat with other seeds (`seed=1`) and more firms before you quote them.
