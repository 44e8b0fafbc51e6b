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
import pandas as pd

import sim
from sim.record.indicators import premium, rerouting

SIZE = (f"firms.count={os.environ.get('SIM_FIRMS', '3000')}", "months=36")
SENDERS = ("EU27", "GBR", "USA", "JPN", "KOR")

free = sim.simulate(sim.load("scenario=[eu_2022,no_compliance]", *SIZE))
shipped = sim.simulate(sim.load("scenario=eu_2022", *SIZE))
strict = sim.simulate(sim.load("scenario=[eu_2022,strict_compliance]", *SIZE))
runs = {"no compliance": free, "as decided": shipped, "strict": strict}
months = pd.to_datetime([str(m) for m in shipped.months])

# %% [markdown]
# ## How much of the lost trade comes back through third countries?

# %%
figure, plot = plt.subplots(figsize=(8, 4))
for name, panel in runs.items():
    plot.plot(months, 100 * rerouting(panel, "RUS", SENDERS).offset, label=name)
plot.set_title("Strict customs close most of the roundabout", loc="left", weight="bold")
plot.set_ylabel("re-exports, % of lost direct trade")
plot.legend(frameon=False)
plot.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# ## Which hubs win?
# Nobody decided it: distance, tariffs, existing trade on both legs and compliance did.

# %%
there = shipped.axes.region("RUS")
by_hub = shipped.values("trade", "reexport_musd")[:, :, there].sum(axis=2)
table = pd.DataFrame(by_hub, index=months, columns=list(shipped.axes.regions))
top = table.sum().sort_values(ascending=False).index[:6]
axis = table[top].plot(figsize=(8, 4), title="A few neighbours carry most of it")
axis.set_ylabel("re-exports to Russia, million USD a month")
axis.spines[["top", "right"]].set_visible(False)

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
axis = mirror.plot(figsize=(8, 4), title="EU exports to Kazakhstan: two records of one flow")
axis.set_ylabel("million USD a month")
axis.spines[["top", "right"]].set_visible(False)
