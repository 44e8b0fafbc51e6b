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
# # 01 A first run and its picture
#
# In February 2022 trade between a coalition of five and Russia starts to be barred. What happens to
# the members of the union, month by month? One line loads a scenario, one line runs it.

# %%
import os

import sim
from sim.plots import flow_map, partner_trade, union_dashboard

# a smaller union than the default of 10,000 firms, so that a laptop answers while you read
SIZE = (
    f"firms.count={os.environ.get('SIM_FIRMS', '3000')}",
    f"months={os.environ.get('SIM_MONTHS', '36')}",
)

settings = sim.load("scenario=eu_2022", *SIZE)
panel = sim.simulate(settings)
panel.regions.tail()

# %% [markdown]
# ## Who lost and who gained?
# `index_of` puts every region at 100 in the base month. Russia loses, its neighbours gain: what
# the coalition no longer sells to Russia, others do.

# %%
panel.index_of("real_consumption")[["RUS", "KAZ", "BLR", "ARM", "KGZ", "EU27"]].iloc[::6].round(1)

# %%
union_dashboard(panel)

# %% [markdown]
# ## Where did Russia's trade go?

# %%
partner_trade(panel, "RUS")

# %%
flow_map(panel)

# %% [markdown]
# ## Can we trust the books?
# Every month nine accounting identities are checked; these are the largest violations of the whole
# run, relative to what is counted. A violation above 1e-9 would have stopped it.

# %%
panel.residuals.drop(columns="month").max()
