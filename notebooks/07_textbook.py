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
# # 07 What would the textbook say?
#
# Trade economists have a model of their own for questions like these: world equilibrium in changes
# (Dekle, Eaton & Kortum 2008; Caliendo & Parro 2015), without time and without firms. Here it reads
# the same scenario file as the agent model. We look at its answer first, then at the other, and
# then at what lies between them, a mechanism at a time. The gap is a result.

# %%
import os

import pandas as pd

import sim
from sim.equilibrium import CLOSURES
from sim.equilibrium.compare import STEPS, compare
from sim.plots.waterfall import waterfall

FIRMS = min(2000, int(os.environ.get("SIM_FIRMS", "2000")))
MONTHS = int(os.environ.get("SIM_MONTHS", "36"))
REST = 4 * MONTHS if MONTHS < 36 else 120
settings = sim.load("scenario=eu_2022", f"months={MONTHS}", f"firms.count={FIRMS}")

# %% [markdown]
# ## The static answer
# The levers of the last month, held for ever, in a few milliseconds: income over prices, exactly.

# %%
static = sim.equilibrium(settings)
print(static.assumptions)
static.table().round(2)

# %% [markdown]
# What every lever was taken for is part of the answer. One that needs time would have been refused.

# %%
pd.Series(static.notes, name="taken for").to_frame()

# %% [markdown]
# ## The closure matters
# A static model has to say what becomes of trade deficits. That choice alone moves the loss.

# %%
members = list(static.axes.members)
pd.DataFrame(
    {
        words: sim.equilibrium(settings, closure=name).table()["real_income"][members]
        for name, words in CLOSURES.items()
    }
).round(2)

# %% [markdown]
# With deficits removed, regions that lived on money from abroad lose it whatever the sanctions:
# that closure is for comparing two scenarios, not for one against the base.
#
# ## The agent model beside it
# Both as real consumption of households, in % against the base.

# %%
between = compare(settings, rest=REST)
between.path.loc[members].round(2)

# %% [markdown]
# ## Why the agent model says more or less

# %%
for step, meaning in STEPS.items():
    print(f"{step:20} {meaning}")


# %%
def story(region: str):
    """The waterfall of one region, its message in the title."""
    levels = between.levels[region]
    more = levels.iloc[-1] < levels.iloc[0]
    largest = between.steps[region].iloc[1:].abs().idxmax()
    name = between.axes.region_names[between.axes.region(region)]
    return waterfall(
        list(levels.index), levels.tolist(),
        f"{name}: the agent model says {'a greater' if more else 'a smaller'} loss than the "
        f"textbook, most of all by “{largest}”",
        f"Real consumption under {between.scenario} in {between.month}",
        between.source,
    )  # fmt: skip


story("RUS")

# %%
story("KAZ")

# %%
between.steps[members].round(2)
