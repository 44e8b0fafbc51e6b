"""Economies that nobody here made, and flows that become one."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.baseline import from_flows, load_baseline
from sim.errors import InputError
from sim.plots import write_figures

SHARED = Path(os.environ.get("SIM_SHARED") or Path(__file__).parents[2] / "../shared") / "foreign"
CUTS = {
    "pymrio_6x8": "{policy:embargo,by:[REG3],on:[REG1],start:2022-03-01}",
    "gegravity_30x1": "{policy:tariff,by:[USA],on:[members],rate:0.25,start:2022-03-01}",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CUTS)
def test_a_foreign_economy_rests_runs_a_scenario_and_is_drawn(name, tmp_path):
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip("the foreign tables are not beside the checkout")
    size = (f"baseline.path={folder}", "firms.count=300")
    still = sim.simulate(sim.load(*size, "months=12"))
    assert np.abs(still.relative("regions", "real_gdp") - 1).max() <= 1e-9
    panel = sim.simulate(sim.load(*size, "months=6", f"scenario.measures.cut={CUTS[name]}"))
    assert panel.residuals.select_dtypes("number").abs().max().max() <= 1e-9
    assert np.abs(panel.relative("regions", "real_gdp") - 1).max() > 1e-4
    write_figures(panel, tmp_path)
    assert list(tmp_path.glob("*.png"))


REGIONS, SECTORS = ["East", "The West"], ["Basic goods", "CARE"]
ROWS = pd.MultiIndex.from_product([REGIONS, SECTORS])
USE = pd.DataFrame([[30, 10, 8, 1], [10, 20, 0, 1], [12, 2, 60, 20], [1, 1, 20, 40.0]], ROWS, ROWS)
FINAL = pd.DataFrame(
    [[40, 2, 20, 6, 0, 2], [50, 30, 2, 1, 0, 0], [10, 1, 9, 90, 5, 50], [2, 0, 0, 100, 60, 5.0]],
    ROWS,
    pd.MultiIndex.from_product([REGIONS, ["households", "state", "capital"]]),
)
KINDS = {"households": "HH", "state": "GOV", "capital": "INV"}


def made(
    folder: Path, use: pd.DataFrame = USE, final: pd.DataFrame = FINAL, **more
) -> pd.DataFrame:
    given = {"goods": ["Basic goods"], "members": ["East"], "categories": KINDS} | more
    return from_flows(folder, use, final, **given)


def test_flows_become_an_economy_with_the_same_flows(tmp_path):
    assert made(tmp_path, musd=1000).empty
    base = load_baseline(tmp_path)
    assert base.axes.regions == ("East", "The_West")
    assert base.axes.region_names == ("East", "The West")
    assert base.axes.sectors == ("Basic_goods", "CARE")
    assert base.axes.members == ("East",) and base.axes.goods == ("Basic_goods",)
    trade = USE.to_numpy().reshape(2, 2, 2, 2).sum(axis=3) + FINAL.to_numpy().reshape(
        2, 2, 2, 3
    ).sum(axis=3)
    np.testing.assert_allclose(12 * base.trade, 1000 * trade.transpose(0, 2, 1), rtol=1e-12)
    np.testing.assert_allclose(12 * base.use, 1000 * USE.to_numpy().reshape(2, 2, 2, 2).sum(axis=0)
                               .transpose(1, 0, 2), rtol=1e-12)  # fmt: skip
    assert base.adjustments.empty
    panel = sim.simulate(sim.load(f"baseline.path={tmp_path}", "firms.count=40", "months=3"))
    assert np.abs(panel.relative("regions", "real_gdp") - 1).max() <= 1e-9


def test_what_cannot_be_is_changed_and_listed(tmp_path):
    use, final = USE.astype(float), FINAL.astype(float)
    final.iloc[0, 2] = -5.0  # drawn from stocks
    use.iloc[:, 1] *= 9.0  # more inputs than output
    changed = made(tmp_path, use, final).set_index(["region", "sector", "table"])
    assert changed.loc[("East", "Basic goods", "final"), "before"] == -5.0
    assert changed.loc[("East", "CARE", "output"), "reason"] == "inputs leave no value added"
    load_baseline(tmp_path)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"goods": ["Steel"]}, "goods: 'Steel' is none of Basic goods, CARE"),
        ({"members": ["North"]}, "members: 'North' is none of East"),
        ({"categories": {"households": "HH"}}, "category 'state' of final demand is none of HH"),
        ({"use": USE.iloc[:3]}, "columns of use: .* is not among the rows|is missing"),
        ({"use": USE.droplevel(0)}, "rows of use have 1 levels"),
        ({"use": USE * np.nan}, "a flow is missing or infinite"),
    ],
)
def test_labels_that_do_not_fit_are_named(tmp_path, more, message):
    with pytest.raises(InputError, match=message):
        made(tmp_path, **more)
