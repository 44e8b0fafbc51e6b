"""Economics of trade policy: elasticities by horizon, caps, ties and refused payments."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import sim

SMALL = ("firms.count=900", "scenario=none")


def run(union, months: int, measure: str, *overrides: str) -> sim.Panel:
    settings = sim.load(
        *SMALL, f"months={months}", f"+scenario.measures.m={{{measure}}}", *overrides
    )
    return sim.simulate(settings, union)


def volume(panel: sim.Panel, origins: list[str], buyers: list[str], sectors=None) -> np.ndarray:
    """Units of goods shipped over the base, by month."""
    axes = panel.axes
    chosen = axes.is_good if sectors is None else np.isin(axes.sectors, sectors)
    o, d = axes.region_positions(origins), axes.region_positions(buyers)
    path = panel.values("trade", "volume")[:, o][:, :, d][..., chosen].sum(axis=(1, 2, 3))
    return path / panel.base("trade", "volume")[o][:, d][..., chosen].sum()


def consumption(panel: sim.Panel, code: str) -> np.ndarray:
    return panel.relative("regions", "real_consumption")[:, panel.axes.region(code)]


# --- what is paid moves trade little at first and much in years --------------------------------

TARIFF = "policy: tariff, by: [EU27], on: [USA], sectors: goods, rate: 0.1"


def elasticity(union, panel: sim.Panel) -> np.ndarray:
    """d log volume / d log (1 + tariff) of goods, by month."""
    usa, eu, goods = union.axes.region("USA"), union.axes.region("EU27"), union.axes.is_good
    before = 1.0 + union.tariff[usa, eu, goods]
    weight = union.trade[usa, eu, goods] / union.trade[usa, eu, goods].sum()
    step = (np.log((before + 0.1) / before) * weight).sum()
    return np.log(volume(panel, ["USA"], ["EU27"])) / step


def test_trade_answers_a_tariff_little_in_a_year_and_much_in_eight(union):
    """0.76 in the first year, about 2 after seven to ten (Boehm et al. 2023)."""
    found = -elasticity(union, run(union, 96, TARIFF))
    assert 0.6 <= found[:12].mean() <= 0.9
    assert found[84:].mean() >= 1.7
    assert found[95] > found[59] > found[23] > found[11] > found[5]


def test_without_the_lag_trade_answers_at_once(union):
    found = -elasticity(union, run(union, 3, TARIFF, "behaviour.notice=1"))
    assert found[0] > 1.5


def test_a_tariff_costs_its_buyers_whether_noticed_or_not(union):
    """Habit moves who is bought from, not what goods are worth: dear habits make nobody rich."""
    lagged, at_once = (
        run(union, 2, TARIFF, "behaviour.stock_cover=1", f"behaviour.notice={n}") for n in (0.02, 1)
    )
    for panel in (lagged, at_once):
        assert panel.relative("regions", "cpi")[0, union.axes.region("EU27")] > 1.0
    cpi = [p.relative("regions", "cpi")[0, union.axes.region("EU27")] for p in (lagged, at_once)]
    assert cpi[0] == pytest.approx(cpi[1], rel=2e-3)


def test_what_is_lost_on_the_way_is_seen_at_once(union):
    cost = "policy: border_cost, by: [USA], on: [EU27], sectors: goods, factor: 1.1"
    slow, fast = (run(union, 2, cost, f"behaviour.notice={n}") for n in (0.02, 1))
    assert slow.digest == fast.digest


# --- a price cap ------------------------------------------------------------------------------

BUYERS = ["EU27", "GBR", "USA", "JPN", "KOR"]


def capped(union, ceiling: float, *overrides: str) -> sim.Panel:
    return run(
        union, 6, "policy: price_ceiling, by: [EU27], on: [RUS], sectors: [ENE], "
        f"buyers: [EU27, GBR, USA, JPN, KOR], ceiling: {ceiling}", *overrides,
    )  # fmt: skip


def test_a_cap_above_the_price_moves_nothing(union):
    assert capped(union, 1.5).digest == run(union, 6, "policy: embargo, by: [EU27], on: [RUS], "
                                            "intensity: 0").digest  # fmt: skip


def test_a_tight_cap_is_answered_by_selling_elsewhere(union):
    loose, tight, free = (
        capped(union, 0.9),
        capped(union, 0.4),
        capped(union, 0.4, "behaviour.cap_withholding=0"),
    )
    to_capped = [volume(p, ["RUS"], BUYERS, ["ENE"])[3:].mean() for p in (loose, tight)]
    elsewhere = [
        volume(p, ["RUS"], ["CHN", "IND", "TUR"], ["ENE"])[3:].mean() for p in (loose, tight)
    ]
    assert to_capped[1] < to_capped[0] < 1.0
    assert elsewhere[1] > elsewhere[0] > 1.0
    # sellers who must sell at any price were expropriated: their country lost three times as much
    assert consumption(tight, "RUS")[-1] > consumption(free, "RUS")[-1]


# --- ties -------------------------------------------------------------------------------------


def test_better_ties_with_all_alike_change_nothing(union, monkeypatch):
    """Who is bought from does not change, nor what the goods are worth."""
    model = sim.UnionModel(sim.load(*SMALL, "months=24"), union)
    quiet = model.path.at(0)
    closer = replace(quiet, relations=np.full_like(quiet.relations, 1.2))
    monkeypatch.setattr(model, "_announce_and_respond", lambda: closer)
    for _ in range(24):
        model.step()
    assert model.state.links.relation.max() > 1.15
    assert model.panel.relative("regions", "real_consumption") == pytest.approx(1.0, abs=1e-6)


def test_everybodys_better_ties_abroad_make_the_world_no_richer(union):
    """They move trade and its terms between countries; as variety they were a free lunch."""
    ties = "policy: relations, by: [all], on: [all], factor: 1.2"

    def gain(*overrides: str) -> float:
        panel = run(union, 36, ties, *overrides)
        now = panel.values("regions", "real_consumption")[-1].sum()
        return float(now / panel.base("regions", "real_consumption").sum() - 1.0)

    assert abs(gain()) < 0.002
    assert gain("behaviour.tie_variety=1") > 0.01


def test_ties_of_one_country_draw_trade_to_it(union):
    panel = run(union, 24, "policy: relations, by: [KAZ], on: [CHN], factor: 1.2")
    assert volume(panel, ["KAZ"], ["CHN"])[-1] > 1.05
    assert abs(consumption(panel, "KAZ")[-1] - 1.0) < 0.01


def test_a_lost_link_costs_what_it_did(union):
    cut = "policy: embargo, by: [EU27], on: [RUS]"
    assert run(union, 6, cut).digest == run(union, 6, cut, "behaviour.tie_variety=1").digest


# --- refused payments -------------------------------------------------------------------------


def test_refused_payments_stop_their_share_of_trade_until_they_are_made_again(union):
    refusal = "policy: payment_removal, by: [EU27], on: [RUS], cost: 0, refused: {}"
    flows = [
        volume(run(union, 8, refusal.format(x) + ", end: 2022-05-01", "traders=off"),
               ["EU27"], ["RUS"])
        for x in (0.0, 0.2, 0.5)
    ]  # fmt: skip
    assert flows[0] == pytest.approx(1.0)
    for refused, flow in zip((0.2, 0.5), flows[1:], strict=True):
        # a little less than the share: what can be paid for takes up some of the budget
        assert 1.0 - refused < flow[0] < 1.0 - 0.5 * refused
        assert flow[5] > 0.9, "acquaintances outlast a bank's refusal"


def test_what_is_refused_finds_another_way(union):
    refusal = "policy: payment_removal, by: [EU27], on: [RUS], cost: 0, refused: 0.5"
    panel = run(union, 8, refusal)
    resold = panel.values("trade", "reexport_musd")[:, :, panel.axes.region("RUS")].sum(axis=(1, 2))
    assert resold[0] == 0.0 < resold[-1]
    assert (
        resold[:,].max()
        < 0.5
        * panel.base("trade", "value_musd")[
            panel.axes.region("EU27"), panel.axes.region("RUS")
        ].sum()
    )


def test_closed_plants_make_less_and_reopen(union):
    shut = "policy: plants_closed, on: [RUS], sectors: [TRN], share: 0.5, end: 2022-07-01"
    panel = run(union, 36, shut)
    russia, vehicles = panel.axes.region("RUS"), panel.axes.sector("TRN")
    made = panel.relative("sectors", "output")[:, russia, vehicles]
    assert (made[:6] < 0.65).all()  # half of capacity, which had an eighth to spare
    assert made[-1] > 0.9
    capacity = run(union, 24, shut.replace(", end: 2022-07-01", ""))
    held = capacity.relative("sectors", "output")[:, russia, vehicles]
    assert held[-1] > 0.4, "what stands still does not drag down what runs"
