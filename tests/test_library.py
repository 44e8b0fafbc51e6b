"""The library interface: `import sim; sim.simulate(sim.load(...))`."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import sim
from sim.baseline.balance import load_baseline
from sim.baseline.tables import shipped

SMALL = ("baseline=toy", "firms.count=60", "months=4")

# as the issue lists them
COLUMNS = {
    "trade": "month origin destination sector value_musd volume recorded_export_musd "
    "recorded_import_musd reexport_musd price",
    "regions": "month region gdp_musd real_gdp real_consumption cpi wage unemployment exports_musd "
    "imports_musd tariff_revenue_musd household_deposits_musd government_balance_musd shortage",
    "sectors": "month region sector output sales stock price shortage firms employment",
}


@pytest.fixture(scope="module")
def panel() -> sim.Panel:
    return sim.simulate(sim.load(*SMALL))


@pytest.mark.parametrize("name", COLUMNS)
def test_tables_have_exactly_the_promised_columns(panel, name):
    assert list(getattr(panel, name).columns) == COLUMNS[name].split()


def test_tables_have_a_row_a_month_and_cell(panel):
    assert len(panel.regions) == 4 * 3
    assert len(panel.sectors) == 4 * 3 * 3
    assert len(panel.trade) == 4 * 27
    assert len(panel.residuals) == 4
    for name in COLUMNS:
        frame = getattr(panel, name)
        assert isinstance(frame, pd.DataFrame)
        assert not frame.isna().any().any()
        keys = [c for c in ("month", "region", "origin", "destination", "sector") if c in frame]
        assert not frame.duplicated(keys).any()
    assert list(panel.regions["month"].unique()) == list(
        pd.to_datetime(["2022-01", "2022-02", "2022-03", "2022-04"])
    )


def test_residuals_name_every_identity(panel):
    assert list(panel.residuals.columns) == [
        "month", "links", "goods", "inputs", "firms", "households", "governments", "money",
        "regions", "world", "mirrors",
    ]  # fmt: skip


def test_tables_agree_with_each_other(panel):
    trade = panel.trade
    abroad = trade[trade["origin"].astype(str) != trade["destination"].astype(str)]
    for column, key in (("exports_musd", "origin"), ("imports_musd", "destination")):
        wanted = abroad.groupby(["month", key], observed=False)["value_musd"].sum()
        given = panel.regions.set_index(["month", "region"])[column]
        assert given.to_numpy() == pytest.approx(wanted.to_numpy())
    sold = trade.groupby(["month", "origin", "sector"], observed=False)["volume"].sum()
    assert panel.sectors["sales"].to_numpy() == pytest.approx(sold.to_numpy())
    unit = trade["value_musd"] / trade["volume"]
    assert trade["price"].to_numpy() == pytest.approx(unit.to_numpy())


def test_a_frame_is_the_users_own(panel):
    before = panel.digest
    frame = panel.regions
    frame["mine"] = 1.0
    frame.loc[:, "cpi"] = 0.0
    assert "mine" not in panel.regions.columns
    assert (panel.regions["cpi"] > 0.5).all()
    assert panel.digest == before


def test_the_digest_is_that_of_the_numbers():
    first = sim.simulate(sim.load(*SMALL))
    assert len(first.digest) == 64
    assert sim.simulate(sim.load(*SMALL)).digest == first.digest
    assert sim.simulate(sim.load(*SMALL, "name=other", "output.figures=false")).digest == (
        first.digest
    )
    assert sim.simulate(sim.load(*SMALL, "seed=1")).digest != first.digest
    assert sim.simulate(sim.load(*SMALL, "months=5")).digest != first.digest


def test_stepping_by_hand_is_simulating():
    settings = sim.load(*SMALL)
    model = sim.UnionModel(settings)
    for _ in range(settings.months):
        model.step()
    assert model.panel.digest == sim.simulate(settings).digest


def test_a_loaded_baseline_is_used_and_left_alone():
    toy = load_baseline(shipped("toy"))
    before = toy.trade.copy(), toy.sigma.copy()
    settings = sim.load(*SMALL, "behaviour.sigma_scale=2")
    assert sim.simulate(settings, toy).digest == sim.simulate(settings).digest
    assert np.array_equal(toy.trade, before[0]) and np.array_equal(toy.sigma, before[1])


def test_progress_is_told_month_by_month():
    months: list[str] = []
    sim.simulate(sim.load(*SMALL), tick=months.append)
    assert months == ["2022-01", "2022-02", "2022-03", "2022-04"]


def test_an_unfinished_run_shows_what_there_is():
    model = sim.UnionModel(sim.load(*SMALL))
    assert len(model.panel.regions) == 0
    model.step()
    assert len(model.panel.regions) == 3


def test_load_can_be_called_again_and_again():
    from hydra.core.global_hydra import GlobalHydra

    for months in (3, 4, 5):
        assert sim.load(*SMALL[:2], f"months={months}").months == months
        assert not GlobalHydra.instance().is_initialized()
    with pytest.raises(sim.InputError, match="did you mean 'months'"):
        sim.load("mnths=3")
    assert not GlobalHydra.instance().is_initialized()
    assert sim.load("scenario=eu_2022").scenario.label == "eu_2022"
    assert sim.load().scenario.label == "none"  # nothing of the call before is left


def test_what_cannot_be_used_is_said_before_a_month_runs():
    with pytest.raises(sim.InputError, match="firms"):
        sim.simulate(sim.load("baseline=toy", "firms.count=26"))
    measure = "+scenario.measures.x={policy: embargo, by: [WLD], on: [RUS]}"
    with pytest.raises(sim.InputError, match=r"'RUS'.*NOR, SUD, WLD"):
        sim.simulate(sim.load(*SMALL, measure))
    measure = "+scenario.measures.x={policy: demand, by: [WLD], sectors: [TOY], factor: 2}"
    with pytest.raises(sim.InputError, match="'TOY'"):
        sim.UnionModel(sim.load(*SMALL, measure))


def test_importing_sim_is_quick_and_quiet():
    """Neither compiler nor plots nor Hydra is loaded before it is used."""
    script = (
        "import sim, sys; heavy = {'numba', 'matplotlib', 'hydra', 'mesa', 'pandas', 'scipy'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]" and done.stderr == ""


def test_simulating_does_not_load_matplotlib():
    script = (
        f"import sim, sys; sim.simulate(sim.load(*{SMALL!r})); print('matplotlib' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "False"


def test_an_unknown_name_of_the_library_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'simulte'"):
        sim.simulte  # noqa: B018
