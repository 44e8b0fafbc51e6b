"""Technology: hand numbers, rest to the bit, and the signs that economics asks for."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from sim.baseline.balance import load_baseline
from sim.baseline.network import build_network
from sim.baseline.tables import shipped
from sim.levers import neutral
from sim.params import FirmParams, TechnologyParams
from sim.phases.technology import (
    adapt_technology,
    adoption,
    cut_off,
    efficiency,
    own_technology,
    stirs,
    unmet_need,
)
from sim.technology import Exposure, TechnologyState

NOR, SUD, WLD = range(3)
SOFTWARE, ELECTRONICS, EQUIPMENT = range(3)
RAW, MAN, SER = range(3)


class World:
    """A network with technology and nothing else: months of levers, one after the other."""

    def __init__(self, name: str = "toy", firms: int = 300, **rules) -> None:
        self.baseline = load_baseline(shipped(name))
        self.network = build_network(self.baseline, FirmParams(count=firms), 0)
        self.exposure = Exposure.draw(self.baseline, self.network, TechnologyParams(**rules), 0)
        self.rest = TechnologyState.at_rest(self.exposure)
        self.neutral = neutral(self.baseline.axes)
        self.cash = 100 * self.network.sales
        self.price = np.ones_like(self.baseline.final)

    def levers(self, **cells):
        """Neutral levers but for `{lever: {cell: value}}`."""
        changed = {}
        for name, values in cells.items():
            changed[name] = getattr(self.neutral, name).copy()
            for cell, value in values.items():
                changed[name][cell] = value
        return replace(self.neutral, **changed)

    def after(self, levers, months, state=None, first=0, cash=None):
        state = self.rest if state is None else state
        active = np.ones(len(self.cash), dtype=bool)
        cash = self.cash if cash is None else cash
        for month in range(first, first + months):
            paid = levers.research_support
            state = adapt_technology(
                self.exposure, state, levers, paid, self.price, cash, active, 0, month
            )
        return state

    def mean_efficiency(self, state, region):
        here = self.network.firm_region == region
        weight = self.network.sales[here]
        return 1.0 - float((1.0 - efficiency(self.exposure, state)[here]) @ weight / weight.sum())


CUT = {(WLD, NOR): 0.0, (WLD, SUD): 0.0}
CUT_NOR = {(WLD, NOR): 0.0, (SUD, NOR): 0.0}


@pytest.fixture(scope="module")
def toy():
    return World()


@pytest.fixture(scope="module")
def union():
    return World("eaeu", 10_000)


def same(one, other):
    pairs = ((getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    return all(np.array_equal(a, b) for a, b in pairs)


def test_rest_stays_the_same_object_and_efficiency_is_exactly_one(toy):
    state = toy.after(toy.neutral, 120)
    assert state is toy.rest
    assert (efficiency(toy.exposure, state) == 1.0).all()


def test_stirred_but_neutral_is_still_rest_to_the_bit(toy):
    state = toy.after(toy.neutral, 24, replace(toy.rest, stirred=True))
    assert same(replace(state, stirred=False), toy.rest)
    assert (efficiency(toy.exposure, state) == 1.0).all()


@pytest.mark.parametrize("rules", [{"active": False}, {"weight_scale": 0.0}])
def test_switched_off_is_the_model_without_it(rules):
    world = World(**rules)
    levers = world.levers(
        technology_access=CUT, adoption_mandate={NOR: 1.0}, research_support={(NOR, SER): 50}
    )
    assert world.exposure.idle
    state = world.after(levers, 12)
    assert state is world.rest
    assert (efficiency(world.exposure, state) == 1.0).all()


def test_a_region_without_rows_depends_on_nobody(toy):
    assert not (toy.exposure.region == WLD).any()
    state = toy.after(toy.levers(technology_access={(NOR, WLD): 0.0, (SUD, WLD): 0.0}), 24)
    assert toy.mean_efficiency(state, WLD) == 1.0


def test_what_each_lever_stirs(toy):
    assert not stirs(toy.neutral)
    assert not stirs(toy.levers(local_content={(NOR, MAN): 0.5}, subsidy={(NOR, MAN): 0.1}))
    for moved in (
        {"technology_access": {(WLD, NOR, SOFTWARE): 0.5}}, {"research_support": {(NOR, SER): 1}},
        {"adoption_mandate": {NOR: 0.1}}, {"maturity_spillover": {(NOR, SUD): 0.1}},
        {"relations": {(WLD, NOR): 1.1}},
    ):  # fmt: skip
        assert stirs(toy.levers(**moved))


def test_efficiency_by_hand():
    world = World(exposure_spread=0.0)
    ex = world.exposure
    lost = np.zeros((3, 3))
    lost[NOR] = 0.5, 0.2, 0.1
    adopted = np.zeros_like(world.rest.adopted)
    adopted[:, SOFTWARE] = 0.25
    state = replace(world.rest, lost=lost, adopted=adopted, stirred=True)
    theta = ex.theta[ex.region == NOR][0]
    need = ex.need[ex.region == NOR][0, SOFTWARE]
    left = np.clip((need - 0.3) / 0.5 + 0.5, 0, 1)
    software = 0.12 * theta[0] * (0.75 * 0.5 + 0.25 * left)
    wanted = 1 - software - 0.10 * theta[1] * 0.2 - 0.15 * theta[2] * 0.1
    first = ex.firm[ex.region == NOR][0]
    assert efficiency(ex, state)[first] == pytest.approx(wanted, rel=1e-14)


@pytest.mark.parametrize("maturity", [0.0, 0.1, 0.25, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("spread", [0.0, 0.5, 1.0])
def test_what_an_analogue_leaves_unmet_is_one_minus_maturity_on_average(toy, maturity, spread):
    needs = np.broadcast_to(((np.arange(10_000) + 0.5) / 10_000)[:, None], (10_000, 3))
    even = replace(
        toy.exposure, need=needs, region=np.zeros(10_000, dtype=np.int64),
        rules=TechnologyParams(fit_spread=spread),
    )  # fmt: skip
    got = unmet_need(even, np.full((3, 3), maturity), slice(None))
    assert got.mean() == pytest.approx(1 - maturity, abs=1e-4)
    better = unmet_need(even, np.full((3, 3), min(1.0, maturity + 0.05)), slice(None))
    assert (better <= got + 1e-12).all()


def test_dependence_has_the_mean_of_the_table_and_is_a_share(union):
    ex, base = union.exposure, union.baseline
    assert ex.theta.min() >= 0 and ex.theta.max() <= 1
    assert not np.isin(ex.firm, union.network.traders).any()
    sales = union.network.sales[ex.firm, None]
    got = ex.by_region(ex.theta * sales) / np.maximum(ex.by_region(sales + 0 * ex.theta), 1e-300)
    members = base.axes.is_member
    assert np.abs(got - base.technology.dependence)[members].max() < 0.1  # firms drawn around it
    share = ex.by_region(ex.user_share)[members]
    np.testing.assert_allclose(share, 1.0, rtol=1e-12)


def test_supplier_shares_are_those_of_imports(toy):
    shares = toy.exposure.suppliers  # NOR buys manufactures of SUD (600) and WLD (1800)
    np.testing.assert_allclose(shares[:, NOR, EQUIPMENT], [0, 0.25, 0.75])
    np.testing.assert_allclose(shares[:, NOR, SOFTWARE], [0, 0.25, 0.75])  # 120 and 360 of services
    access = toy.levers(technology_access={(WLD, NOR, EQUIPMENT): 0.4}).technology_access
    assert cut_off(shares, access)[NOR, EQUIPMENT] == pytest.approx(0.75 * 0.6)


def test_loss_grows_at_the_rate_of_its_class_and_recovers():
    world = World(resupply_speed=0.0)
    levers = world.levers(technology_access=CUT_NOR)
    first = world.after(levers, 1)
    np.testing.assert_allclose(first.lost[NOR], [0.06, 0.05, 0.02])
    year = world.after(levers, 12)
    np.testing.assert_allclose(year.lost[NOR], 1 - (1 - np.array([0.06, 0.05, 0.02])) ** 12)
    assert not year.lost[SUD].any()
    path = [world.mean_efficiency(world.after(levers, t), NOR) for t in (1, 3, 12)]
    assert 1 > path[0] > 0.98 > path[1] > path[2]  # it does not bite at once
    back = world.after(world.neutral, 12, year, first=12)
    assert (back.lost[NOR] < year.lost[NOR]).all() and back.lost[NOR].min() > 0


def test_other_suppliers_take_over_but_slowly(toy):
    levers = toy.levers(technology_access=CUT)  # SUD still sells to NOR
    one, two = toy.after(levers, 1), toy.after(levers, 24)
    assert one.suppliers[SUD, NOR, SOFTWARE] == pytest.approx(0.25 + 0.02 * 0.75)
    assert two.suppliers[SUD, NOR, SOFTWARE] == pytest.approx(1 - 0.75 * 0.98**24)
    np.testing.assert_allclose(two.suppliers.sum(axis=0)[[NOR, SUD]], 1.0)


def test_hedging_before_a_cut_off_makes_it_smaller(toy):
    hedge = toy.levers(relations={(WLD, NOR): 0.2})
    cut = toy.levers(technology_access=CUT)
    hedged = toy.after(cut, 12, toy.after(hedge, 24), first=24)
    bare = toy.after(cut, 12, first=24)
    assert (hedged.lost[NOR] < bare.lost[NOR]).all()


def test_fear_follows_the_announcement_spreads_in_part_and_fades_slowly(toy):
    levers = toy.levers(technology_access=CUT_NOR)
    one = toy.after(levers, 1)
    np.testing.assert_allclose(one.belief[NOR], 0.3)
    np.testing.assert_allclose(one.belief[SUD], 0.3 * 0.2)
    assert not one.belief[WLD].any()  # not a member
    high = toy.after(levers, 24)
    calm = toy.after(toy.neutral, 6, high, first=24)
    np.testing.assert_allclose(calm.belief, high.belief * 0.97**6)


def test_research_by_hand_and_shared_by_the_classes_of_one_sector(toy):
    levers = toy.levers(research_support={(NOR, SER): 10, (NOR, MAN): 8, (SUD, RAW): 5})
    one, two = toy.after(levers, 1), toy.after(levers, 2)
    np.testing.assert_allclose(one.research[NOR], [10, 4, 4])
    assert not one.research[SUD].any()  # raw goods make no technology
    np.testing.assert_allclose(two.research[NOR], 0.9875 * one.research[NOR] + [10, 4, 4])
    assert (one.maturity == toy.rest.maturity).all()  # what is paid this month is known later
    gain = 0.015 * 10 / (10 + 100) * (1 - 0.3)
    assert two.maturity[NOR, SOFTWARE] == pytest.approx(0.3 + gain, rel=1e-13)


def test_more_money_has_a_smaller_return(toy):
    def risen(amount):
        state = toy.after(toy.levers(research_support={(NOR, SER): amount}), 36)
        return state.maturity[NOR, SOFTWARE] - 0.3

    assert 0 < risen(10) < risen(20) < 2 * risen(10)
    assert risen(1e6) < 0.7


def test_a_joint_spill_over_raises_the_one_behind_only(toy):
    levers = toy.levers(maturity_spillover={(NOR, SUD): 0.1, (SUD, NOR): 0.1})
    one = toy.after(levers, 1).maturity - toy.rest.maturity
    np.testing.assert_allclose(one[NOR], [0.1 * 0.2, 0, 0], atol=1e-15)  # software: SUD is ahead
    np.testing.assert_allclose(one[SUD], [0, 0.1 * 0.1, 0.1 * 0.2], atol=1e-15)
    long = toy.after(levers, 600)
    np.testing.assert_allclose(long.maturity[NOR], long.maturity[SUD])
    assert (long.maturity <= 1).all()


def test_maturity_never_leaves_its_bounds(toy):
    levers = toy.levers(
        maturity_spillover={...: 1.0}, research_support={...: 1e6}, adoption_mandate={...: 1.0}
    )
    state = toy.after(levers, 200)
    assert (state.maturity <= 1).all() and (state.maturity >= toy.rest.maturity).all()


def test_only_what_has_an_analogue_migrates(toy):
    ex = toy.exposure
    state = toy.after(toy.levers(adoption_mandate={NOR: 1.0}), 120)
    np.testing.assert_allclose(ex.room[NOR], [1 - 0.2 / 0.8, 1 - 0.6 / 0.8, 1 - 0.4 / 0.5])
    nor = ex.region == NOR
    np.testing.assert_allclose(state.adopted[nor], np.broadcast_to(ex.room[NOR], (nor.sum(), 3)))
    assert not state.adopted[~nor].any()


def test_a_mandate_obliges_a_share_of_firms_and_more_of_it_the_same_and_others(toy):
    few = toy.after(toy.levers(adoption_mandate={NOR: 0.3}), 60).adopted[:, SOFTWARE] > 0
    many = toy.after(toy.levers(adoption_mandate={NOR: 0.6}), 60).adopted[:, SOFTWARE] > 0
    assert few.any() and (many >= few).all() and many.sum() > few.sum()
    nor = toy.exposure.region == NOR
    assert few[nor].mean() == pytest.approx(0.3, abs=0.1)


def test_a_mandate_costs_before_a_cut_off_and_pays_after(toy):
    mandate = toy.levers(adoption_mandate={NOR: 1.0}, maturity_spillover={(NOR, SUD): 0.05})
    ready = toy.after(mandate, 48)
    assert toy.mean_efficiency(ready, NOR) < 1.0 == toy.mean_efficiency(toy.rest, NOR)
    cut = toy.levers(adoption_mandate={NOR: 1.0}, technology_access=CUT_NOR)
    bare = toy.levers(technology_access=CUT_NOR)
    after_ready = toy.mean_efficiency(toy.after(cut, 36, ready, first=48), NOR)
    after_bare = toy.mean_efficiency(toy.after(bare, 36, first=48), NOR)
    assert after_ready > after_bare


def test_higher_maturity_means_a_smaller_loss(toy):
    levers = toy.levers(technology_access=CUT_NOR)
    got = []
    for maturity in (0.2, 0.5, 0.8, 1.0):
        start = replace(toy.rest, maturity=np.full((3, 3), maturity))
        got.append(toy.mean_efficiency(toy.after(levers, 60, start), NOR))
    assert got == sorted(got) and got[0] < got[-1]


def test_nobody_migrates_without_fear_or_order_and_fear_moves_many(toy):
    start = replace(toy.rest, maturity=np.full((3, 3), 0.8), stirred=True)
    assert not toy.after(toy.neutral, 36, start).adopted.any()
    scared = toy.after(toy.levers(technology_access=CUT_NOR), 36, start)
    assert adoption(toy.exposure, scared)[NOR, SOFTWARE] > 0.3


def test_what_was_migrated_outlives_a_moderate_fear_and_not_its_absence(toy):
    ex = toy.exposure
    done = np.where(ex.region[:, None] == NOR, ex.room[ex.region], 0.0)
    start = replace(toy.rest, adopted=done, stirred=True)
    useless = replace(start, maturity=np.zeros((3, 3)))
    belief = np.zeros((3, 3))
    belief[NOR, SOFTWARE] = 0.98  # below the penalty of 1, by less than the bill
    calm = World(forgetting=0.0, learning_rate=0.0)
    kept = calm.after(calm.neutral, 24, replace(useless, belief=belief))
    assert (kept.adopted[:, SOFTWARE] == done[:, SOFTWARE]).all()
    gone = calm.after(calm.neutral, 60, useless)
    assert adoption(calm.exposure, gone)[NOR, SOFTWARE] < 0.05


def test_spending_by_hand_and_by_source(toy):
    ex = toy.exposure
    one = toy.after(toy.levers(adoption_mandate={NOR: 1.0}), 1)
    moved = one.adopted[:, SOFTWARE] > 0
    assert moved.any()
    sales = toy.network.sales[ex.firm]
    wanted = 12 * 0.013 * ex.theta[:, SOFTWARE] * sales * one.adopted[:, SOFTWARE]
    np.testing.assert_allclose(one.spending[:, SOFTWARE], wanted)
    by_source = ex.by_source(one.spending, 3)
    np.testing.assert_allclose(by_source[NOR, SER], wanted.sum())
    assert not by_source[NOR, RAW] and not by_source[SUD].any()
    np.testing.assert_allclose(by_source.sum(), ex.by_firm(one.spending).sum())
    cheap = toy.levers(adoption_mandate={NOR: 1.0}, adoption_cost={NOR: 0.5})
    np.testing.assert_allclose(toy.after(cheap, 1).spending, one.spending / 2)


def test_who_cannot_pay_or_is_closed_waits(toy):
    levers = toy.levers(adoption_mandate={NOR: 1.0})
    assert not toy.after(levers, 12, cash=np.zeros_like(toy.cash)).adopted.any()
    closed = np.zeros(len(toy.cash), dtype=bool)
    state = adapt_technology(
        toy.exposure, toy.rest, levers, levers.research_support, toy.price, toy.cash, closed, 0, 0
    )
    assert not state.adopted.any()


def test_the_same_seed_and_month_give_the_same_bits_and_others_do_not(toy):
    levers = toy.levers(adoption_mandate={NOR: 0.5}, technology_access=CUT)
    assert same(toy.after(levers, 12), toy.after(levers, 12))
    assert not same(toy.after(levers, 12), toy.after(levers, 12, first=1))


def test_a_copy_is_independent_and_rules_leave_the_old_state_alone(toy):
    levers = toy.levers(adoption_mandate={NOR: 0.5}, technology_access=CUT)
    state = toy.after(levers, 3)
    kept = state.copy()
    toy.after(levers, 3, state, first=3)
    assert same(state, kept)
    kept.adopted[:] = 9.0
    assert state.adopted.max() <= 1.0


def test_russia_loses_over_years_not_at_once(union):
    axes = union.baseline.axes
    rus = axes.region("RUS")
    coalition = [axes.region(code) for code in ("EU27", "GBR", "USA", "JPN", "KOR")]
    levers = union.levers(technology_access={(o, rus): 0.4 for o in coalition})
    path = [union.mean_efficiency(union.after(levers, t), rus) for t in (1, 12, 36)]
    assert path[0] > 0.99 and 0.9 < path[2] < path[1] < 0.98
    assert union.mean_efficiency(union.after(levers, 36), axes.region("KAZ")) > 0.995


def test_technology_of_ones_own_is_what_was_domestic_and_what_replaced_the_rest(toy):
    theta = toy.exposure.table.dependence
    still = toy.after(toy.levers(), 1)
    np.testing.assert_allclose(own_technology(toy.exposure, still), 1.0 - theta)
    moved = toy.after(toy.levers(adoption_mandate={NOR: 1.0}), 60)
    own = own_technology(toy.exposure, moved)
    adopted = adoption(toy.exposure, moved)
    assert (own[NOR] > 1.0 - theta[NOR]).all()
    assert (own[NOR] <= 1.0 - theta[NOR] * (1.0 - adopted[NOR]) + 1e-12).all()  # some do not fit


def test_a_duty_to_leave_foreign_software_moves_software_only(toy):
    moved = toy.after(toy.levers(adoption_mandate={(NOR, SOFTWARE): 1.0}), 24)
    adopted = adoption(toy.exposure, moved)[NOR]
    assert adopted[SOFTWARE] > 0.0 and not np.delete(adopted, SOFTWARE).any()


def test_bills_and_research_are_real(toy):
    """Twice the prices and twice the money buy the same migration and the same research."""
    dear = World()
    dear.price = dear.price * 2.0
    levers = toy.levers(adoption_mandate={NOR: 1.0}, research_support={(NOR, SER): 10.0})
    double = toy.levers(adoption_mandate={NOR: 1.0}, research_support={(NOR, SER): 20.0})
    one = toy.after(levers, 6)
    two = dear.after(double, 6, cash=2.0 * toy.cash)
    assert np.array_equal(one.adopted, two.adopted) and np.array_equal(one.research, two.research)
    assert np.array_equal(2.0 * one.spending, two.spending)


def test_what_a_partner_hosts_stops_with_the_partner():
    """Shared technology is lost when the host is cut off, or turns away; its own is not."""
    world = World()
    share = {"maturity_spillover": {(SUD, NOR): 0.1}}
    quality = world.rest.maturity.copy()
    quality[NOR], quality[SUD] = 0.9, 0.3
    ready = replace(world.rest, maturity=quality, usable=quality.copy(), stirred=True)
    met = world.after(world.levers(**share), 24, ready)
    assert (met.hosted[SUD, NOR] > 0.2).all() and not met.hosted[NOR].any()
    np.testing.assert_array_equal(met.usable, met.maturity)
    assert (met.usable[SUD] - met.hosted[SUD].sum(axis=0) >= quality[SUD] - 1e-12).all()

    host_cut = world.after(world.levers(technology_access={(WLD, NOR): 0.0}, **share), 24, met)
    host_gone = world.after(world.levers(technology_access={(NOR, SUD): 0.0}, **share), 1, met)
    assert (host_cut.usable[SUD] < host_cut.maturity[SUD]).all()
    np.testing.assert_allclose(
        host_gone.usable[SUD], host_gone.maturity[SUD] - host_gone.hosted[SUD, NOR]
    )
    back = world.after(world.levers(**share), 1, host_gone)
    np.testing.assert_array_equal(back.usable[SUD], back.maturity[SUD])  # programmes run again
    free = World(host_reliance=0.0)
    spared = free.after(free.levers(technology_access={(NOR, SUD): 0.0}, **share), 1, met)
    np.testing.assert_array_equal(spared.usable, spared.maturity)
