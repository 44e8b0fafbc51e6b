"""Traders and rerouting: what emerges when a union member is cut off (model note, section 6)."""

from __future__ import annotations

import numpy as np
import pytest

import sim

SMALL = ("firms.count=2000", "months=18", "scenario=embargo")
BARRED_FROM = 2  # the embargo of the shipped scenario starts in the third month


def run(*overrides: str) -> sim.Panel:
    return sim.simulate(sim.load(*SMALL, *overrides))


@pytest.fixture(scope="module")
def free() -> sim.Panel:
    return run("countries.compliance=0")


@pytest.fixture(scope="module")
def strict() -> sim.Panel:
    return run("countries.compliance=0.7")


@pytest.fixture(scope="module")
def without() -> sim.Panel:
    return run("traders=off")


def to_russia(panel: sim.Panel) -> np.ndarray:
    """Re-exports to Russia by month and hub."""
    there = panel.axes.region("RUS")
    return panel.values("trade", "reexport_musd")[:, :, there].sum(axis=2)


def test_rerouting_takes_months(free):
    flow = to_russia(free).sum(axis=1)
    assert np.all(flow[: BARRED_FROM + 2] == 0.0), "goods are ordered, bought and only then resold"
    assert 0.0 < flow[BARRED_FROM + 2] < 0.6 * flow[-1]
    assert flow[BARRED_FROM + 6] < 0.9 * flow[-1]


def test_a_brand_that_is_known_is_bought_from_the_first_day(free):
    """What the trader sells are the lost maker's goods: trust delays nobody, search does."""
    strange = to_russia(run("countries.compliance=0", "traders.first_trust=0.3")).sum(axis=1)
    known = to_russia(free).sum(axis=1)
    assert (known[BARRED_FROM + 2 :] > strange[BARRED_FROM + 2 :]).all()
    assert strange[BARRED_FROM + 4] / strange[-1] < known[BARRED_FROM + 4] / known[-1]


def test_orders_that_are_split_are_no_lottery(union):
    """By how much hubs' flows differ between seeds: split over hubs, or all to one drawn."""

    def spread(*overrides: str) -> np.ndarray:
        year = ("firms.count=1000", "months=10", "scenario=embargo", "countries.compliance=0")
        flows = [
            to_russia(sim.simulate(sim.load(*year, f"seed={seed}", *overrides), union))[-3:].sum(0)
            for seed in range(4)
        ]
        seen = np.min(flows, axis=0) > 0.0
        return np.log(np.array(flows)[:, seen]).std(axis=0, ddof=1)

    split, drawn = spread(), spread("traders.least_share=2", "traders.steady_final=false")
    assert np.median(split) < 0.7 * np.median(drawn)
    assert split.max() < drawn.max()


def test_an_order_goes_to_hubs_by_their_routes(toy):
    """One lost maker: the parts of the hubs are their routes' shares, less what they refuse."""
    ban = "+scenario.measures.ban={policy: embargo, by: [WLD], on: [NOR]}"
    for compliance in (0.0, 0.25):
        model = sim.UnionModel(
            sim.load("baseline=toy", "firms.count=60", ban, f"countries.compliance={compliance}"),
            toy,
        )
        model.step()
        node = model.economy.nodes[0, 1]  # NOR's final demand for a good
        asked = model.market.weights.lost[node]
        assert model.state.links.found[node] <= (1.0 - compliance) * asked + 1e-12
        assert model.state.links.found[node] > 0.0


def test_only_hubs_that_may_trade_with_both_sides_win(free):
    flow, axes = to_russia(free)[-1], free.axes
    senders = [axes.region(code) for code in ("EU27", "GBR", "USA", "JPN", "KOR")]
    assert flow[senders].sum() == 0.0, "who bars exports to Russia is no way to Russia"
    assert flow[axes.region("RUS")] == 0.0
    assert flow[axes.region("KAZ")] > 0.0


def test_compliance_reduces_rerouting(free, strict):
    assert to_russia(strict)[-6:].sum() < 0.5 * to_russia(free)[-6:].sum()


def test_compliance_raises_the_premium_in_the_target(free, strict, without):
    def premium(panel: sim.Panel) -> float:
        """Price of re-exported goods over what the makers are paid at their gate."""
        axes = panel.axes
        value = panel.values("trade", "reexport_musd")[-6:, :, axes.region("RUS")]
        price = panel.values("trade", "price")[-6:, :, axes.region("RUS")]
        gate = panel.values("trade", "price")[-6:, axes.region("EU27"), axes.region("KAZ")]
        sold = value > 0.0
        return float((value * price / gate[:, None])[sold].sum() / value[sold].sum())

    assert premium(strict) > premium(free) > 1.0


def test_rerouting_softens_the_loss(free, without):
    russia = free.axes.region("RUS")
    loss = [1 - p.relative("regions", "real_consumption")[-6:, russia].mean()
            for p in (free, without)]  # fmt: skip
    assert 0.0 < loss[0] < loss[1]


def test_hubs_earn_the_margin(free, without):
    kaz = free.axes.region("KAZ")
    gain = [p.values("regions", "exports_musd")[-6:, kaz].mean() for p in (free, without)]
    assert gain[0] > gain[1]


def test_mirrors_differ_by_the_ghosts_only(free, union):
    trade = {v: free.values("trade", v)[-1] for v in free.tables["trade"].given}
    ghosts = free.values("transit", "ghost_musd")[-1]
    resold = trade["reexport_musd"].sum(axis=(1, 2))
    never_entered = (trade["value_musd"] - trade["recorded_import_musd"]).sum(axis=(0, 2))
    never_left = (trade["value_musd"] - trade["recorded_export_musd"]).sum(axis=(1, 2))
    assert never_entered == pytest.approx(ghosts, rel=1e-9, abs=1e-9)
    share = np.minimum(0.3 * union.ghosts, 1.0)  # hubs differ
    assert never_left == pytest.approx(share * resold, rel=1e-9, abs=1e-9)


def test_without_a_ban_traders_leave_no_trace():
    quiet = ("firms.count=1000", "months=4", "scenario=none")
    with_traders = sim.simulate(sim.load(*quiet))
    assert with_traders.digest == sim.simulate(sim.load(*quiet, "traders=off")).digest


def test_a_listed_hub_loses_its_traders():
    pressed = run(
        "countries.compliance=0",
        "+scenario.measures.press={policy: secondary_pressure, by: [USA], on: [KAZ], level: 1.0}",
        "traders.listing_rate=1.0",
    )
    kaz = pressed.axes.region("KAZ")
    assert to_russia(pressed)[:, kaz].sum() == 0.0, "designated before they could sell"


def test_countries_weigh_pressure_against_trade():
    def compliance(*overrides: str) -> float:
        panel = run("months=8", *overrides)
        return float(panel.values("transit", "compliance")[-1, panel.axes.region("KAZ")])

    press = (
        "+scenario.measures.press={{policy: secondary_pressure, by: [EU27], on: [KAZ], level: {}}}"
    )
    calm, pressed = compliance(), compliance(press.format(0.8))
    assert calm == 0.0 < pressed
    assert compliance(press.format(0.8), "countries.comply=false") == 0.0
    assert compliance("countries.compliance=0.4") == 0.4


def test_retaliation_bars_what_can_be_replaced():
    answering = run("months=6", "scenario=eu_2022", "countries.retaliate=true")
    silent = run("months=6", "scenario=eu_2022")
    eu, rus = (answering.axes.region(c) for c in ("EU27", "RUS"))
    flow = [p.bilateral()[0][-1, eu, rus] for p in (answering, silent)]
    assert flow[0] < flow[1]


BRIEF = (
    "baseline=toy", "firms.count=60", "months=60", "firms.agents=0",
    "scenario.measures.exit={policy: private_exit, by: [WLD], on: [NOR], coverage: 0.6, "
    "start: 2022-02-01, end: 2022-08-01}",
)  # fmt: skip


def found_taste(model):
    """Of each buyer: taste of its base links, of found links with open and with closed sellers."""
    network, state = model.economy.network, model.state
    row, links = model.market.places.row, state.links
    sums = np.zeros((3, len(links.found)))
    for b in model.economy.buyers_without_traders:
        place = np.arange(row[b], row[b] + links.length[b])
        late = place >= row[b] + network.length[b]
        open_ = state.active[links.seller[place]]
        for k, chosen in enumerate((~late, late & open_, late & ~open_)):
            sums[k, b] = links.taste[place[chosen]].sum()
    return sums


def test_what_replaced_a_supplier_fades_when_the_ban_ends():
    model = sim.UnionModel(sim.load(*BRIEF))
    for _ in range(7):  # the last month of the ban
        model.step()
    assert model.state.links.found.max() > 0.5
    for _ in range(53):
        model.step()
    _, found, _ = found_taste(model)
    assert found.max() < 0.01 and model.state.links.found.max() < 0.01
    trade = model.panel.values("trade", "reexport_musd").sum(axis=(1, 2, 3))
    assert trade[-1] < 0.02 * trade[:12].max()
    consumption = model.panel.relative("regions", "real_consumption")[-1]
    assert consumption == pytest.approx(1.0, abs=0.01)  # a ban that is over makes nobody rich


def test_who_lost_its_trader_misses_it_again():
    model = sim.UnionModel(
        sim.load(*BRIEF[:-1], BRIEF[-1].replace(", end: 2022-08-01", ""), "traders.stop_rate=0")
    )
    for _ in range(12):
        model.step()
    before = model.state.links.found.copy()
    _, served, _ = found_taste(model)
    rows = model.economy.traders
    working = rows[model.state.active[rows]]
    model.state.active[working] = False
    model.state.listed[rows] = True  # none of them comes back
    model.step()
    _, left, closed = found_taste(model)
    assert not closed.any(), "a closed trader serves nobody"
    lost = served > 0
    assert lost.any() and (model.state.links.found[lost] < before[lost]).all()
    assert (left[lost] <= served[lost]).all()


def test_substitutes_that_are_worth_nothing_replace_nothing():
    """The lower bound of what a found supplier may be worth: searched for, and left again."""
    model = sim.UnionModel(
        sim.load(*BRIEF, "behaviour.substitute_quality=0", "traders.brand_quality=0")
    )
    for _ in range(6):
        model.step()
    _, found, closed = found_taste(model)
    assert not found.any() and not closed.any()
    assert not model.panel.values("trade", "reexport_musd")[:6].any()
