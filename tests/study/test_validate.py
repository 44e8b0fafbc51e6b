"""Observed targets: periods, ratios, and a model at rest that is nowhere off."""

from __future__ import annotations

import pandas as pd
import pytest

import sim
from sim.study import validate
from sim.study.periods import window


@pytest.fixture(scope="module")
def rest() -> sim.Panel:
    return sim.simulate(sim.load("scenario=none", "firms.count=900", "months=36"))


@pytest.mark.parametrize(
    ("period", "months"),
    [
        ("2022", (0, 12)),
        ("2022-03", (2, 3)),
        ("2022-03..2022-05", (2, 5)),
        ("2023-03..", (14, 36)),
        ("2022 vs 2021", (0, 12)),
        ("2022-2023", (0, 24)),
        ("2021", None),
        ("2026-01..", None),
        ("post 2022", None),
    ],
)
def test_periods(rest, period, months):
    assert window(period, rest.start, len(rest.months)) == months


def test_at_rest_every_target_is_one(rest):
    table = validate.compare([rest])
    assert len(table) > 60 and set(table["use"]) == {"calib", "validate"}
    plain = ~table["name"].str.contains("CCA3")
    assert table.loc[plain, "model"].to_numpy() == pytest.approx(1.0, abs=1e-8)


def test_observed_values_become_ratios_to_2021():
    table = pd.read_csv(validate.TARGETS, comment="#")
    rows = {(r["name"], str(r["period"])): validate.observed(r, table) for _, r in table.iterrows()}
    assert rows["EU_exports_RUS", "2022"] == pytest.approx(55008 / 89169)
    assert rows["KAZ_turnover_RUS_11m", "2022-01..2022-11"] == pytest.approx(23.6 / 22.1)
    assert rows["GDP_growth_RUS", "2022"] == pytest.approx(0.988)
    assert rows["EU_exports_RUS", "2021"] is None
