"""Observed targets: periods, ratios, and a model at rest that is nowhere off."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import sim
from sim.axes import Axes, Month
from sim.errors import InputError
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
    plain = ~table["name"].str.contains("CCA3|EU_offset")
    assert table.loc[plain, "model"].to_numpy() == pytest.approx(1.0, abs=1e-8)


def test_observed_values_become_ratios_to_2021():
    table = pd.read_csv(validate.TARGETS, comment="#")
    rows = {(r["name"], str(r["period"])): validate.observed(r, table) for _, r in table.iterrows()}
    assert rows["EU_exports_RUS", "2022"] == pytest.approx(55008 / 89169)
    assert rows["KAZ_turnover_RUS_11m", "2022-01..2022-11"] == pytest.approx(23.6 / 22.1)
    assert rows["GDP_growth_RUS", "2022"] == pytest.approx(0.988)
    assert rows["EU_exports_RUS", "2021"] is None


def test_rows_at_prices_of_2021_and_beyond_the_world(rest):
    table = validate.compare([rest]).set_index(["name", "period"])
    row = table.loc[("idx_EU_exports_to_RUS", "2022-06..2022-08")]
    assert row["real"] == pytest.approx(0.57 * 0.819)  # euro to dollars, over unit values
    assert table.loc[("CHN_exports_RUS", "2023"), "real"] == pytest.approx(1.643 / 0.997, rel=1e-3)
    # exports to all the world rose by 17 % in euro
    assert table.loc[("EU_exports_KAZ", "2022"), "beyond"] == pytest.approx(
        1.886 / 1.1704, rel=1e-3
    )


def test_a_sign_is_right_only_with_a_move(rest):
    """A model in which nothing moves is right about nothing; a row that stood still asks none."""
    table = validate.compare([rest])
    flows = table[~table["name"].str.fullmatch(validate.TRADE)]
    moved = (flows["observed"] - 1.0).abs() >= 0.05
    assert not flows.loc[moved, "right"].astype(bool).any()
    assert flows.loc[~moved, "right"].isna().all()


def test_a_flow_seen_in_many_windows_counts_once(rest):
    found = validate.errors(validate.compare([rest]))
    assert found.loc["EU_exports_RUS", "rows"] == 8
    assert found.loc["all rows", "nominal"] == pytest.approx(found.loc["all rows", "still"])
    flows = found.drop(index=["all rows", "mean of flows"])
    assert found.loc["mean of flows", "nominal"] == pytest.approx(flows["nominal"].mean())


def test_added_rows_are_told_apart(rest):
    table = validate.compare([rest])
    late = validate.added(table)
    before = table[~late]
    assert (~before["name"].str.fullmatch(validate.TRADE)).sum() == 58
    assert 0 < late.sum() < len(table)


def test_a_value_that_is_no_number_is_one_clear_line(rest, tmp_path):
    bad = tmp_path / "targets.csv"
    text = validate.TARGETS.read_text().replace("EU_exports_RUS,55008,", "EU_exports_RUS,many,")
    bad.write_text(text)
    with pytest.raises(InputError, match=r"targets.csv: EU_exports_RUS, 2022: value 'many' is no"):
        validate.compare([rest], bad)


class Sales:
    """What the EU records of two sectors in one month, as a panel tells it."""

    def __init__(self, to_russia: tuple[float, float], to_hubs: tuple[float, float]) -> None:
        self.axes = Axes(
            regions=("EU27", "RUS", "ARM", "KAZ", "KGZ"), sectors=("AGF", "MCH"),
            members=("RUS", "ARM", "KAZ", "KGZ"), goods=("AGF", "MCH"),
            region_names=tuple("ERAKG"), sector_names=("Food", "Machinery"),
        )  # fmt: skip
        self.start = Month(2023, 12)
        self._base = np.full((5, 5, 2), 100.0)
        self._now = self._base.copy()
        self._now[0, 1] = to_russia
        self._now[0, 3] = to_hubs

    def values(self, *_: str) -> np.ndarray:
        return self._now[None]

    def base(self, *_: str) -> np.ndarray:
        return self._base


def test_the_offset_of_listed_goods_counts_listed_goods_alone():
    offset = validate.measure_of("CCA3_offset_sanctioned")
    food, machinery = validate._listed(Sales((0, 0), (0, 0)), Month(2023, 12))
    assert 0.0 < food < 0.5 < machinery < 1.0
    lost = 100.0 * (food + machinery)
    # all sales of machinery are lost, and 30 go round: the listed part of them counts
    assert offset(Sales((100, 0), (100, 130)), (0, 1)) == pytest.approx(30 * machinery / lost)
    # less is lost than is listed: what goes round is listed
    assert offset(Sales((100, 90), (100, 106)), (0, 1)) == pytest.approx(6 / lost)
    assert offset(Sales((100, 100), (100, 100)), (0, 1)) == 0.0
