"""What textbooks prove of trade, in the toy after years: Lerner, incidence, terms of trade."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.baseline.balance import Baseline, load_baseline
from sim.baseline.tables import shipped

TEN_YEARS, TWENTY_YEARS = 120, 240
QUIET = (
    "baseline=toy", "firms.count=60", "traders=off", "technology=off", "behaviour.notice=1",
)  # fmt: skip
CODES = ("NOR", "SUD", "WLD")
NOR, SUD, WLD = range(3)


def after(baseline: Baseline, measure: str, months: int = TEN_YEARS) -> sim.Panel:
    return sim.simulate(
        sim.load(*QUIET, f"months={months}", f"+scenario.measures.m={{{measure}}}"), baseline
    )


@pytest.fixture(scope="module")
def free_trade(tmp_path_factory) -> Baseline:
    """The toy without duties: on top of others, equal rates would not be equal factors."""
    folder = tmp_path_factory.mktemp("free") / "toy"
    shutil.copytree(shipped("toy"), folder)
    table = Path(folder / "tariffs.csv")
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text("".join(x for x in lines if not x.startswith(CODES)), encoding="utf-8")
    baseline = load_baseline(folder)
    assert not baseline.tariff.any()
    return baseline


def test_a_tax_on_imports_is_a_tax_on_exports(free_trade):
    """Lerner 1936. Closure: one money, and flows of capital in it, in proportion to what those who
    invest abroad export, so that deficits are the same in units of the foreigner. Then the two
    taxes move the same goods; money wages at home differ by the tax, and that is all, but for the
    tax on the balance of trade, which governments collect in one case and households in the other.
    """
    rate = 0.1
    imports, exports = (
        after(free_trade, f"policy: {policy}, by: [NOR], on: [all], rate: {rate}", TWENTY_YEARS)
        for policy in ("tariff", "export_duty")
    )

    def last(panel: sim.Panel, name: str, table: str = "regions") -> np.ndarray:
        return panel.values(table, name)[-1]

    moved = last(imports, "volume", "trade").sum(axis=2)
    again = last(exports, "volume", "trade").sum(axis=2)
    base = imports.base("trade", "volume").sum(axis=2)
    assert abs(moved[WLD, NOR] / base[WLD, NOR] - 1.0) > 0.05  # there is something to compare
    assert again == pytest.approx(moved, rel=5e-3)
    assert last(exports, "real_gdp") == pytest.approx(last(imports, "real_gdp"), rel=1e-3)
    wage = [last(p, "wage")[NOR] / last(p, "wage")[WLD] for p in (imports, exports)]
    assert wage[0] / wage[1] == pytest.approx(1.0 + rate, rel=3e-3)


def terms_of_trade(panel: sim.Panel, region: int) -> float:
    """Price of a region's exports over that of its imports, at the seller's gate, base 1."""
    value, volume = (panel.values("trade", x)[-1] for x in ("value_musd", "volume"))
    others = [r for r in range(3) if r != region]
    sold = value[region, others].sum() / volume[region, others].sum()
    bought = value[others, region].sum() / volume[others, region].sum()
    return float(sold / bought)


def at_gate(panel: sim.Panel, seller: int, buyer: int) -> float:
    """Price of the seller's goods before duty, over that of the buyer's own goods."""
    value, volume = (panel.values("trade", x)[-1][..., :2] for x in ("value_musd", "volume"))
    own = value[buyer, buyer].sum() / volume[buyer, buyer].sum()
    return float(value[seller, buyer].sum() / volume[seller, buyer].sum() / own)


def real_spending(panel: sim.Panel) -> np.ndarray:
    """Private consumption and public purchases at base prices, over the base: `float64[R]`."""
    private = ("regions", "real_consumption")
    public = ("budgets", "real_purchases")
    now = panel.values(*private)[-1] + panel.values(*public)[-1]
    return now / (panel.base(*private) + panel.base(*public))


def duty(toy: Baseline, by: str, on: str, rate: float) -> sim.Panel:
    return after(toy, f"policy: tariff, by: [{by}], on: [{on}], sectors: goods, rate: {rate}")


def test_a_tariff_is_borne_by_both_sides_more_by_who_sells_all_there(toy):
    """Incidence: the world is nine tenths of Northland's market and half of Southland's."""
    rate = 0.05
    borne = [
        1.0 - at_gate(duty(toy, "WLD", x, rate), r, WLD) for x, r in (("NOR", NOR), ("SUD", SUD))
    ]
    assert 0.0 < borne[1] < borne[0] < rate


def test_a_small_tariff_of_a_large_buyer_improves_its_terms_of_trade_and_pays(toy):
    """The sign of the optimal tariff: gains grow less than in proportion, others lose."""
    small, larger = (duty(toy, "NOR", "WLD", rate) for rate in (0.01, 0.2))
    assert terms_of_trade(small, NOR) > 1.0 > terms_of_trade(small, WLD)
    assert terms_of_trade(larger, NOR) > terms_of_trade(small, NOR)
    gain, more = real_spending(small) - 1.0, real_spending(larger) - 1.0
    assert gain[NOR] > 0.0 > gain[WLD] and gain[SUD] < 0.0
    assert more[NOR] < 20.0 * gain[NOR]
    sold = [p.values("trade", "volume")[-1, WLD, NOR].sum() for p in (small, larger)]
    assert sold[1] < sold[0] < small.base("trade", "volume")[WLD, NOR].sum()


def test_a_transfer_costs_the_payer_itself_and_the_terms_of_trade(toy):
    """Keynes against Ohlin: goods of the payer lose value, for it had bought them most.

    What is paid lowers purchases by as much; consumption falls by no more than that again, and in
    the long run both countries make nearly what they made.
    """
    paid = 5.0
    panel = after(toy, f"policy: burden_sharing, amounts: {{NOR: {-paid}, SUD: {paid}}}")
    assert terms_of_trade(panel, NOR) < 1.0 < terms_of_trade(panel, SUD)

    def change(table: str, name: str) -> np.ndarray:
        return panel.values(table, name) - panel.base(table, name)

    bought, consumed = change("budgets", "real_purchases"), change("regions", "real_consumption")
    assert bought[-1, NOR] == pytest.approx(-paid, rel=0.1)
    assert bought[-1, SUD] == pytest.approx(paid, rel=0.1)
    assert -paid < consumed[-1, NOR] < 0.0 < consumed[-1, SUD] < paid
    made = change("regions", "real_gdp")
    assert -paid < made[11, NOR] < made[-1, NOR] < 0.0  # a recession first, then prices work
    assert abs(made[-1, NOR]) < 0.1 * paid
