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
# # 06 From your own tables to a new union
#
# Nothing in the code knows the Eurasian Economic Union: a union is a folder of tables. We take the
# smallest one, *Northland*, *Southland* and the rest of the world, bring the two closer together,
# make a mistake, read what the program says to it, and ask whether the closer union stands a
# cut-off better.

# %%
import os
import shutil
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

import sim
from sim.baseline.tables import shipped
from sim.plots.style import COLOURS, QUIET, look
from sim.record.indicators import loss, orientation

FIRMS = min(300, int(os.environ.get("SIM_FIRMS", "3000")))
MONTHS = os.environ.get("SIM_MONTHS", "36")

work = Path(tempfile.mkdtemp(prefix="my_union_"))
mine = work / "tables"
shutil.copytree(shipped("toy"), mine)
sorted(path.name for path in mine.iterdir())

# %% [markdown]
# ## Change a number
# Trade in manufactures inside the union is doubled at the expense of the world. Imports in all
# stay, only who sells them changes. Lines that begin with `#` are notes.

# %%
goods = pd.read_csv(mine / "trade_goods.csv", comment="#").set_index(
    ["origin", "destination", "sector"]
)
for a, b in (("NOR", "SUD"), ("SUD", "NOR")):
    more = goods.loc[(a, b, "MAN"), "value_musd"]
    goods.loc[(a, b, "MAN"), "value_musd"] += more
    goods.loc[("WLD", b, "MAN"), "value_musd"] -= more
goods.to_csv(mine / "trade_goods.csv")
goods.xs("MAN", level="sector")["value_musd"].unstack()

# %% [markdown]
# ## Make a mistake
# A slip of the finger: a minus sign. It is found before anything runs, with file, line and remedy.

# %%
good = (mine / "trade_goods.csv").read_text()
(mine / "trade_goods.csv").write_text(good.replace("NOR,SUD,RAW,600", "NOR,SUD,RAW,-600"))


def attempt(*overrides):
    """Run, or say what is wrong."""
    try:
        sim.simulate(sim.load(*overrides, f"firms.count={FIRMS}", "months=1"))
        print("runs")
    except sim.InputError as error:
        print(error)


attempt(f"baseline.path={mine}")

# %% [markdown]
# So is a region that nobody has heard of, and a country that sells more than it makes.

# %%
(mine / "trade_goods.csv").write_text(good.replace("NOR,SUD,RAW", "NOD,SUD,RAW"))
attempt(f"baseline.path={mine}")
(mine / "trade_goods.csv").write_text(good.replace("NOR,SUD,RAW,600", "NOR,SUD,RAW,60000"))
attempt(f"baseline.path={mine}")

# %%
(mine / "trade_goods.csv").write_text(good)
attempt(f"baseline.path={mine}")

# %% [markdown]
# ## A scenario of your own
# A readable file in a folder of yours. The world stops selling manufactures to Northland.

# %%
(work / "conf" / "scenario").mkdir(parents=True)
(work / "conf" / "scenario" / "cut_off.yaml").write_text("""
about:
  cut_off: the world bars four fifths of its manufactures for Northland from April 2022
measures:
  cut_off:
    policy: export_ban
    by: [WLD]
    "on": [NOR]
    sectors: [MAN]
    start: 2022-04-01
    coverage: 0.8
""")
SIZE = (f"firms.count={FIRMS}", f"months={MONTHS}", "scenario=cut_off")
unions = {"as it was": "baseline.name=toy", "closer": f"baseline.path={mine}"}
runs = {
    name: sim.simulate(sim.load(tables, *SIZE, config_dir=work / "conf"))
    for name, tables in unions.items()
}

# %% [markdown]
# ## Does a closer union stand a cut-off better?

# %%
lost = pd.DataFrame({n: {r: loss(p, r) for r in ("NOR", "SUD")} for n, p in runs.items()})
with look():
    figure, plots = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True, layout="constrained")
    for plot, region, name in zip(plots, ("NOR", "SUD"), ("Northland", "Southland"), strict=True):
        for (label, panel), colour in zip(runs.items(), COLOURS, strict=False):
            path = panel.index_of("real_consumption")[region]
            plot.plot(path.index, path, color=colour, label=label)
        plot.axhline(100, color=QUIET, lw=1)
        plot.set_title(name)
        locator = AutoDateLocator(minticks=3, maxticks=7)
        plot.xaxis.set_major_locator(locator)
        plot.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))
    plots[0].set_ylabel("real consumption, base month = 100")
    plots[1].legend(frameon=False)
    better = lost["closer"].sum() < lost["as it was"].sum()
    before, after = lost.sum().round(0).astype(int)
    figure.suptitle(
        f"Does a closer union stand a cut-off better? {'Yes' if better else 'No'}: "
        f"it loses {after:,} mUSD instead of {before:,}",
        x=0.01, ha="left", fontweight="bold", fontsize=11,
    )  # fmt: skip

# %%
pd.concat(
    {"lost, mUSD": lost, "trade with members, %": pd.DataFrame(
        {n: {r: 100 * orientation(p, r)[-1] for r in ("NOR", "SUD")} for n, p in runs.items()})},
    axis=1,
).round(1)  # fmt: skip

# %% [markdown]
# ## From an input-output table
# Multi-regional tables hold flows, `Z` between sectors and `Y` to final demand, with rows and
# columns (region, sector), as pymrio reads WIOD, EXIOBASE or OECD. Two regions and two sectors are
# enough to show the way: what flows do not say is taken from defaults, and said.
# `docs/your_own_union.md` lists every file, column, unit and default.

# %%
from sim.baseline import from_flows

labels = pd.MultiIndex.from_product([["EAST", "WEST"], ["GOODS", "CARE"]])
Z = pd.DataFrame(
    [[30, 10, 8, 1], [10, 20, 0, 1], [12, 2, 60, 20], [1, 1, 20, 40]], index=labels, columns=labels
)
buyers = pd.MultiIndex.from_product([["EAST", "WEST"], ["households", "state", "capital"]])
Y = pd.DataFrame(
    [[40, 2, 20, 6, 0, 2], [50, 30, 2, 1, 0, 0], [10, 1, 9, 90, 5, 50], [2, 0, 0, 100, 60, 5]],
    index=labels,
    columns=buyers,
)
changed = from_flows(
    work / "from_flows", Z, Y,
    goods=["GOODS"], members=["EAST"],
    categories={"households": "HH", "state": "GOV", "capital": "INV"},
    musd=1000,  # billions into millions
)  # fmt: skip
embargo = "scenario.measures.cut={policy: embargo, by: [WEST], on: [EAST], start: 2022-04-01}"
cut = sim.simulate(
    sim.load(f"baseline.path={work / 'from_flows'}", f"firms.count={FIRMS}", "months=12", embargo)
)
cut.index_of("real_consumption").iloc[[0, -1]].round(1)

# %%
shutil.rmtree(work)
