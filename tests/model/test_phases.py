"""Each rule of the month alone, on the toy at rest, against numbers worked out by hand.

Without traders and technology: their rules have files of their own.
"""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

import sim
from sim.levers import neutral
from sim.market.relations import openness
from sim.phases import adapt
from sim.phases.clear import clear, draw_border, open_market
from sim.phases.plan import household_spending, make_plan, plan_offer, plan_orders, plan_output
from sim.phases.produce import produce
from sim.phases.search import relate
from sim.phases.settle import capital_flows, settle
from sim.phases.turnover import enter, leave
from sim.state import State, dividends_received

PLAIN = ("traders=off", "technology=off")
NOR, SUD, WLD = range(3)
RAW, MAN, SER = range(3)


class Bench:
    """The toy at rest with the phases of a month within reach."""

    def __init__(self, model: sim.UnionModel) -> None:
        self.economy = model.economy
        self.state = State.at_rest(self.economy)
        self.market = open_market(self.economy, self.state, model.settings.market)
        self.levers = neutral(self.economy.baseline.axes)

    def firm(self, region: int, sector: int, rank: int = 0) -> int:
        return int(self.economy.network.cells[sector, region]) + rank

    def slots(self, firm: int) -> np.ndarray:
        return np.flatnonzero(self.economy.slot_firm == firm)

    def border(self, **levers: np.ndarray):
        return draw_border(self.economy, replace(self.levers, **levers))

    def plan(self, demand_shift: np.ndarray | None = None):
        levers = self.levers
        if demand_shift is not None:
            levers = replace(levers, demand_shift=demand_shift)
        return make_plan(self.economy, self.state, self.economy.public_spending, levers)

    def clear(self, plan=None, border=None):
        return clear(
            self.economy, self.state, plan or self.plan(), self.market, border or self.border()
        )

    def rules(self, **numbers: float) -> None:
        self.economy = replace(self.economy, behaviour=replace(self.economy.behaviour, **numbers))

    def settle(self, plan, outcome, production, border, transfers=None):
        levers = self.levers if transfers is None else replace(self.levers, transfers=transfers)
        return settle(self.economy, self.state, plan, outcome, production, border, levers)

    def reference_price(self, outcome, cost, taking):
        return adapt.reference_price(
            self.economy, self.state, outcome, cost, taking, self.levers.subsidy
        )

    def links(self) -> dict[str, np.ndarray]:
        network, state = self.economy.network, self.state
        buyer = np.repeat(np.arange(len(state.length)), state.length)
        place = network.row[buyer] + np.concatenate([np.arange(n) for n in state.length])
        seller = state.seller[place].astype(int)
        return {
            "place": place,
            "seller": seller,
            "destination": network.buyer_region[buyer],
            "sector": network.buyer_sector[buyer],
            "origin": network.firm_region[seller],
            "user": network.buyer_firm[buyer],
        }


@pytest.fixture(scope="module")
def resting(toy) -> sim.UnionModel:
    """Built once; every test has a state and markets of its own."""
    return sim.UnionModel(sim.load("baseline=toy", "firms.count=60", *PLAIN), toy)


@pytest.fixture
def bench(resting) -> Bench:
    return Bench(resting)


# --- plan ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "stock", "capacity", "output"),
    [
        (100.0, 200.0, 500.0, 100.0),  # cover of one month after this month's sales: on target
        (100.0, 150.0, 500.0, 112.5),  # 50 missing, a quarter of it a month
        (100.0, 150.0, 110.0, 110.0),  # capacity binds
        (100.0, 300.0, 500.0, 75.0),  # 100 too many
        (100.0, 900.0, 500.0, 0.0),  # far too many: nothing is made, nothing is unmade
    ],
)
def test_planned_output_of_goods(bench, expected, stock, capacity, output):
    f = bench.firm(NOR, RAW)
    state = bench.state
    state.expected[f], state.stock[f], state.capacity[f] = expected, stock, capacity
    assert plan_output(bench.economy, state)[f] == pytest.approx(output)


def test_planned_output_of_services_and_of_the_closed(bench):
    f = bench.firm(SUD, SER)
    bench.state.expected[f], bench.state.capacity[f] = 100.0, 130.0
    assert plan_output(bench.economy, bench.state)[f] == 100.0
    bench.state.expected[f] = 140.0
    assert plan_output(bench.economy, bench.state)[f] == 130.0
    bench.state.active[f] = False
    assert plan_output(bench.economy, bench.state)[f] == 0.0
    assert plan_offer(bench.economy, bench.state)[f] == 0.0


def test_what_is_offered(bench):
    goods, service = bench.firm(NOR, MAN), bench.firm(NOR, SER, 3)
    state = bench.state
    state.stock[goods] = 42.0
    state.capacity *= 0.5  # far from the limit of labour
    state.able[service] = 0.6
    offer = plan_offer(bench.economy, state)
    assert offer[goods] == 42.0  # what is made this month is for the next
    assert offer[service] == pytest.approx(0.6 * state.capacity[service])


def orders_of(bench: Bench, firm: int) -> np.ndarray:
    """Orders of a firm that needs 20 units a slot, has 14 of the 20 it wants and pays 1.5."""
    slots, economy, state = bench.slots(firm), bench.economy, bench.state
    coefficient, cover = economy.coefficient.copy(), economy.cover.copy()
    coefficient[slots], cover[slots] = 0.2, 1.0
    bench.economy = replace(economy, coefficient=coefficient, cover=cover)
    state.expected[firm], state.price[firm] = 100.0, 2.0
    state.inputs[slots] = 14.0
    state.price_index[economy.slots[slots]] = 1.5
    output = economy.network.sales.copy()
    output[firm] = 100.0
    return plan_orders(bench.economy, state, output)[slots]


def test_orders_replace_what_is_used_and_close_a_third_of_the_gap(bench):
    f = bench.firm(NOR, MAN)
    bench.state.cash[f] = 1e6
    assert orders_of(bench, f) == pytest.approx((20.0 + 6.0 / 3.0) * 1.5)


def test_orders_shrink_together_when_cash_and_credit_do_not_cover_them(bench):
    f = bench.firm(NOR, MAN)
    wanted = 33.0 * len(bench.slots(f))
    bench.state.cash[f] = 0.4 * wanted - 200.0  # credit: a month of expected sales, 100 x 2
    assert orders_of(bench, f) == pytest.approx(0.4 * 33.0)
    bench.state.cash[f] = -201.0  # beyond its credit
    assert orders_of(bench, f) == pytest.approx(0.0)


def test_orders_never_send_goods_back(bench):
    f = bench.firm(NOR, MAN)
    bench.state.cash[f] = 1e6
    slots = bench.slots(f)
    bench.state.inputs[slots] = 1e9
    output = plan_output(bench.economy, bench.state)
    assert (plan_orders(bench.economy, bench.state, output)[slots] == 0.0).all()


def test_households_spend_income_and_a_tenth_of_excess_wealth(bench):
    state = bench.state
    state.income[:] = (100.0, 100.0, 100.0)
    state.deposits[:] = (300.0, 400.0, 20.0)  # on target; a month above; nearly nothing
    spending = household_spending(bench.economy, state)
    assert spending == pytest.approx([100.0, 110.0, 20.0])


def test_a_shift_of_demand_is_paid_from_what_there_is(bench):
    shift = np.ones((3, 3))
    shift[SUD, MAN] = 1.5
    quiet, plan = bench.plan(), bench.plan(shift)
    assert plan.private[SUD, MAN] == pytest.approx(1.5 * quiet.private[SUD, MAN])
    assert plan.public[SUD, MAN] == pytest.approx(1.5 * quiet.public[SUD, MAN])
    assert plan.private[SUD, RAW] == quiet.private[SUD, RAW]
    assert plan.budget[bench.economy.nodes] == pytest.approx(plan.private + plan.public)
    wild = bench.plan(np.full((3, 3), 100.0))
    assert wild.private.sum(axis=1) == pytest.approx(bench.state.deposits)
    assert wild.public.sum(axis=1) == pytest.approx(bench.state.treasury)


def test_the_country_spends_its_revenue_and_a_tenth_of_what_it_has_too_much(toy_model):
    country, state = toy_model.countries[NOR], toy_model.state
    state.revenue[NOR], state.treasury[NOR] = 50.0, 170.0
    assert country.spend() == pytest.approx(50.0 + 0.1 * (170.0 - 150.0))
    state.treasury[NOR] = 10.0
    assert country.spend() == pytest.approx(10.0)  # never more than the account holds
    state.treasury[NOR] = -5.0
    assert country.spend() == 0.0


# --- produce ---------------------------------------------------------------------------------


def produced(bench: Bench, firm: int, fills: dict[int, tuple[float, float]]):
    """Production of a firm that plans 100 from slots of 0.2; fills: slot: (share, criticality)."""
    slots, economy = bench.slots(firm), bench.economy
    coefficient, criticality = economy.coefficient.copy(), economy.criticality.copy()
    coefficient[slots], criticality[slots] = 0.2, 0.0
    bench.state.inputs[slots] = 20.0
    for k, (fill, critical) in fills.items():
        bench.state.inputs[slots[k]], criticality[slots[k]] = fill * 20.0, critical
    economy = replace(economy, coefficient=coefficient, criticality=criticality)
    plan, outcome = bench.plan(), bench.clear()
    received = outcome.received.copy()
    received[economy.slots[slots]] = 0.0
    plan.output[firm] = 100.0
    return slots, produce(economy, bench.state, plan, replace(outcome, received=received))


@pytest.mark.parametrize(
    ("critical", "fill", "output"),
    [(0.0, 0.25, 100.0), (0.5, 0.25, 62.5), (1.0, 0.25, 25.0), (1.0, 0.0, 0.0), (1.0, 2.0, 100.0)],
)
def test_partially_binding_leontief(bench, critical, fill, output):
    f = bench.firm(NOR, RAW)
    slots, made = produced(bench, f, {0: (fill, critical)})
    assert made.output[f] == pytest.approx(output)
    assert made.able[f] == pytest.approx(output / 100.0)
    # what is there is used, up to the recipe
    left = max(fill * 20.0 - 0.2 * output, 0.0)
    assert made.inputs[slots[0]] == pytest.approx(left)


def test_the_tightest_input_decides(bench):
    f = bench.firm(NOR, MAN)
    slots, made = produced(bench, f, {0: (0.5, 0.5), 1: (0.9, 1.0)})  # 0.75 and 0.90
    assert len(slots) >= 2
    assert made.output[f] == pytest.approx(75.0)


def test_inputs_that_arrive_are_used_in_the_same_month(bench):
    f = bench.firm(NOR, RAW)
    slots = bench.slots(f)
    bench.state.inputs[slots] = 0.0
    plan = bench.plan()
    outcome = bench.clear(plan)
    arrived = outcome.received[bench.economy.slots[slots]]
    used = bench.economy.coefficient[slots] * plan.output[f]
    assert (arrived >= (1.0 - 1e-9) * used).all()
    made = produce(bench.economy, bench.state, plan, outcome)
    assert made.output[f] == pytest.approx(plan.output[f])


def test_a_region_cannot_employ_more_than_its_labour_force(bench):
    economy, plan, outcome = bench.economy, bench.plan(), bench.clear()
    rest = produce(economy, bench.state, plan, outcome)
    assert rest.employment == pytest.approx(economy.employment)
    assert economy.employment == pytest.approx(0.95 * economy.labour_force)
    there = economy.network.firm_region == SUD
    bench.state.inputs[there[economy.slot_firm]] *= 10.0
    plan.output[there & ~economy.service] *= 3.0
    made = produce(economy, bench.state, plan, outcome)
    assert made.employment[SUD] == pytest.approx(economy.labour_force[SUD])
    assert made.employment[[NOR, WLD]] == pytest.approx(economy.employment[[NOR, WLD]])
    # goods give way to services, all by the same share: hands left / hands wanted
    work = economy.network.labour * rest.output
    services = work[there & economy.service].sum()
    goods = work[there & ~economy.service].sum()
    share = (economy.labour_force[SUD] - services) / (3.0 * goods)
    scarce = there & ~economy.service
    assert made.output[scarce] == pytest.approx(share * plan.output[scarce])
    assert made.output[there & economy.service] == pytest.approx(
        rest.output[there & economy.service]
    )


def test_services_are_not_stored(toy):
    measure = "+scenario.measures.boom={policy: demand, by: [NOR], sectors: [SER], factor: 1.2}"
    model = sim.UnionModel(sim.load("baseline=toy", "firms.count=60", "months=4", measure), toy)
    service = model.economy.service
    for _ in range(4):
        model.step()
        assert (model.state.stock[service] == 0.0).all()
    made, sold = (model.panel.values("sectors", name)[:, :, SER] for name in ("output", "sales"))
    assert np.array_equal(made, sold)
    assert (sold[:, NOR] > 1.05 * model.panel.base("sectors", "sales")[NOR, SER]).all()
    assert (model.panel.values("sectors", "stock")[:, :, :SER] > 0.0).all()


# --- settle ----------------------------------------------------------------------------------


def test_profit_goes_to_the_owners_region(bench):
    network = bench.economy.network
    paid = np.zeros(len(network.sales))
    at_home, venture, subsidiary = bench.firm(NOR, RAW), bench.firm(SUD, RAW), bench.firm(SUD, MAN)
    paid[[at_home, venture, subsidiary]] = 7.0, 10.0, 4.0
    owner, share = network.firm_region.copy(), np.zeros(len(paid))
    owner[[venture, subsidiary]], share[[venture, subsidiary]] = NOR, (0.5, 1.0)
    network = replace(network, owner=owner, owner_share=share)
    assert dividends_received(network, paid, 3) == pytest.approx([7.0 + 5.0 + 4.0, 5.0, 0.0])


def test_the_toy_pays_a_tenth_of_southern_profit_to_the_north(bench):
    plan, outcome = bench.plan(), bench.clear()
    accounts = bench.settle(
        plan, outcome, produce(bench.economy, bench.state, plan, outcome), bench.border()
    )
    paid = bench.economy.by_region(accounts.out_dividends)
    abroad = accounts.in_dividends - paid
    assert abroad.sum() == pytest.approx(0.0, abs=1e-9)
    assert abroad[NOR] == pytest.approx(-abroad[SUD]) and abroad[WLD] == pytest.approx(0.0)
    assert 0.0 < abroad[NOR] / paid[SUD] < 0.2


def test_only_cash_above_the_target_is_paid_out(bench):
    plan, outcome = bench.plan(), bench.clear()
    made = produce(bench.economy, bench.state, plan, outcome)
    poor, rich = bench.firm(NOR, RAW), bench.firm(NOR, MAN)
    border = bench.border()
    usual = bench.settle(plan, outcome, made, border)
    bench.state.cash[poor] -= 1000.0
    bench.state.cash[rich] += 1000.0
    accounts = bench.settle(plan, outcome, made, border)
    assert accounts.out_dividends[poor] == 0.0
    assert accounts.out_dividends[rich] == pytest.approx(usual.out_dividends[rich] + 1000.0)
    target = 1.5 * bench.state.expected * outcome.price
    assert accounts.cash[rich] == pytest.approx(target[rich])
    assert accounts.cash[poor] < target[poor]


def test_tariffs_and_payment_costs(bench):
    bench.rules(fee_to_origin=0.25)
    plan, outcome = bench.plan(), bench.clear()
    made = produce(bench.economy, bench.state, plan, outcome)
    value = np.zeros_like(outcome.value)  # sector, destination, origin
    value[MAN, SUD, WLD], value[RAW, WLD, NOR], value[MAN, NOR, WLD] = 200.0, 300.0, 50.0
    tariff_change = np.zeros((3, 3, 3))  # origin, destination, sector
    tariff_change[WLD, SUD, MAN] = 0.02
    tariff_change[NOR, WLD, RAW] = -0.5  # a preference ends at no tariff, not at a subsidy
    payment_cost = np.zeros((3, 3))
    payment_cost[WLD, SUD] = 0.1
    border = bench.border(tariff_change=tariff_change, payment_cost=payment_cost)
    accounts = bench.settle(plan, replace(outcome, value=value), made, border)
    # tables: 10 % on manufactures of the world in either member, none on raw goods of NOR
    assert accounts.in_tariffs == pytest.approx([5.0, 0.12 * 200.0, 0.0])
    assert accounts.fees_paid == pytest.approx([0.0, 20.0, 0.0])
    assert accounts.in_fees == pytest.approx([0.0, 15.0, 5.0])


def test_transfers_move_between_governments(bench):
    plan, outcome = bench.plan(), bench.clear()
    made, border = produce(bench.economy, bench.state, plan, outcome), bench.border()
    usual = bench.settle(plan, outcome, made, border)
    sent = bench.settle(plan, outcome, made, border, np.array([-4.0, 4.0, 0.0]))
    assert sent.treasury - usual.treasury == pytest.approx([-4.0, 4.0, 0.0])
    assert sent.revenue - usual.revenue == pytest.approx([-4.0, 4.0, 0.0])
    assert np.array_equal(sent.deposits, usual.deposits)


def test_taxes_are_a_share_of_wages_and_dividends(bench):
    plan, outcome = bench.plan(), bench.clear()
    made = produce(bench.economy, bench.state, plan, outcome)
    accounts = bench.settle(plan, outcome, made, bench.border())
    wanted = bench.economy.tax_rate * (accounts.in_wages + accounts.in_dividends)
    assert accounts.out_taxes == pytest.approx(wanted)
    # at rest the budget is balanced and households spend what they earn
    assert accounts.revenue == pytest.approx(accounts.out_purchases, rel=1e-9)
    assert accounts.income == pytest.approx(accounts.out_spending, rel=1e-9)


def test_capital_flows_sum_to_zero_and_follow_the_exports_of_those_who_invest(bench):
    bench.economy = replace(
        bench.economy,
        capital_flow=np.array([-30.0, 10.0, 20.0]),
        exports=np.array([100.0, 80.0, 50.0]),
    )
    bench.state.exports = np.array([50.0, 800.0, 5.0])
    flows = capital_flows(bench.economy, bench.state)
    assert flows == pytest.approx([-15.0, 5.0, 10.0])
    bench.state.exports = np.array([0.0, 80.0, 50.0])
    assert capital_flows(bench.economy, bench.state) == pytest.approx([0.0, 0.0, 0.0])
    rng = np.random.default_rng(0)
    for _ in range(20):
        bench.state.exports = rng.random(3) * 100.0
        assert capital_flows(bench.economy, bench.state).sum() == pytest.approx(0.0, abs=1e-12)


# --- adapt -----------------------------------------------------------------------------------


def test_expectations_follow_sales_and_believe_shortage_up_to_a_point(bench):
    outcome = bench.clear()
    f, rationing, hopeless = (bench.firm(NOR, MAN, k) for k in range(3))
    state = bench.state
    state.expected[[f, rationing, hopeless]] = 100.0
    outcome.sold[[f, rationing, hopeless]] = 80.0, 100.0, 100.0
    sigma = bench.economy.baseline.sigma[MAN]
    outcome.virtual[rationing] = outcome.price[rationing] * 1.5 ** (1.0 / sigma)
    outcome.virtual[hopeless] = outcome.price[hopeless] * 100.0
    x = adapt.expected_sales(bench.economy, state, outcome, np.zeros(len(outcome.sold)))
    assert x[f] == pytest.approx(100.0 + 0.25 * (80.0 - 100.0))
    assert x[rationing] == pytest.approx(100.0 + 0.25 * (150.0 - 100.0))
    assert x[hopeless] == pytest.approx(100.0 + 0.25 * (200.0 - 100.0))
    taken = adapt.expected_sales(bench.economy, state, outcome, np.full(len(outcome.sold), 0.5))
    assert taken[f] == pytest.approx(100.0 + 0.125 * (80.0 - 100.0))
    state.active[f] = False
    assert adapt.expected_sales(bench.economy, state, outcome, 0.0 * taken)[f] == 0.0


def test_the_reference_price_follows_cost_at_the_base_markup(bench):
    outcome = bench.clear()
    cost, f = bench.economy.unit_cost.copy(), bench.firm(NOR, MAN)
    cost[f] *= 1.2
    taking = np.zeros(len(cost))
    r = bench.reference_price(outcome, cost, taking)
    assert r[f] == pytest.approx(1.2**0.12)
    assert np.delete(r, f) == pytest.approx(1.0)
    taking[f], outcome.price[f] = 0.5, 2.0
    r = bench.reference_price(outcome, cost, taking)
    assert r[f] == pytest.approx((1.2**0.5 * 2.0**0.5) ** 0.12)


def test_a_firm_takes_the_markets_price_only_above_its_cost(bench):
    outcome, f = bench.clear(), bench.firm(NOR, RAW)
    cost = bench.economy.unit_cost.copy()
    assert adapt.price_taking(bench.economy, outcome, cost)[f] == 0.5
    cost[f] = outcome.price[f] * 1.01
    assert adapt.price_taking(bench.economy, outcome, cost)[f] == 0.0
    assert adapt.price_taking(bench.economy, outcome, cost)[bench.firm(NOR, MAN)] == 0.0


def test_unit_cost_is_wages_and_inputs(bench):
    economy, state = bench.economy, bench.state
    f = bench.firm(SUD, MAN)
    state.wage[SUD] = 1.1
    index = np.full(len(state.price_index), 2.0)
    labour, inputs = economy.network.labour[f], economy.coefficient[bench.slots(f)].sum()
    cost = adapt.unit_cost(economy, state, index)
    assert cost[f] == pytest.approx(1.1 * labour + 2.0 * inputs)


def test_wages_follow_employment(bench):
    plan, outcome = bench.plan(), bench.clear()
    made = produce(bench.economy, bench.state, plan, outcome)
    employment = bench.economy.employment * np.array([1.0, 0.9, 1.05])
    wage = adapt.wages(bench.economy, bench.state, replace(made, employment=employment))
    assert wage == pytest.approx([1.0, 1.0 - 0.1 * 0.1, 1.0 + 0.1 * 0.05])


def test_capacity_follows_use(bench):
    plan, outcome = bench.plan(), bench.clear()
    made = produce(bench.economy, bench.state, plan, outcome)
    f = bench.firm(NOR, RAW)
    bench.state.capacity[f], made.output[f] = 115.0, 90.0
    room = adapt.capacity(bench.economy, bench.state, made)
    assert room[f] == pytest.approx(115.0 + 0.02 * (1.15 * 90.0 - 115.0))


def test_the_price_index_is_what_was_paid_per_unit_or_what_it_was(bench):
    outcome = bench.clear()
    bench.state.price_index[:2] = 7.0
    outcome.paid[:2], outcome.received[:2] = (30.0, 0.0), (20.0, 0.0)
    index = adapt.price_index(bench.economy, bench.state, outcome)
    assert index[:2] == pytest.approx([1.5, 7.0])


# --- exit and entry --------------------------------------------------------------------------


def test_exit_moves_money_and_goods_stay(bench):
    economy, state = bench.economy, bench.state
    f = bench.firm(SUD, MAN)
    limit = economy.network.sales[f]  # a month of sales
    state.cash[f] = -limit + 1e-6
    assert leave(economy, state) == 0
    state.cash[f] = -limit - 1.0
    before, deposits, stock = state.money(economy), state.deposits.copy(), state.stock.copy()
    assert leave(economy, state) == 1
    assert not state.active[f] and state.cash[f] == 0.0
    assert state.deposits - deposits == pytest.approx([0.0, -limit - 1.0, 0.0])
    assert state.money(economy) == pytest.approx(before, rel=1e-14)
    assert np.array_equal(state.stock, stock)
    assert plan_output(economy, state)[f] == 0.0 and plan_offer(economy, state)[f] == 0.0


def test_entry_moves_money_and_takes_over_the_goods(bench):
    bench.rules(entry_rate=1.0)
    economy, state = bench.economy, bench.state
    f = bench.firm(WLD, MAN, 2)
    state.cash[f] = -2.0 * economy.network.sales[f]
    leave(economy, state)
    before, deposits, stock = state.money(economy), state.deposits.copy(), state.stock.copy()
    assert enter(economy, state, 3) == 1
    capital = 1.5 * 0.2 * economy.network.sales[f]
    assert state.active[f]
    assert state.cash[f] == pytest.approx(capital)
    assert state.expected[f] == pytest.approx(0.2 * economy.network.sales[f])
    assert state.deposits - deposits == pytest.approx([0.0, 0.0, -capital])
    assert state.money(economy) == pytest.approx(before, rel=1e-14)
    assert np.array_equal(state.stock, stock)


def test_nobody_enters_where_prices_do_not_cover_the_usual_margin(bench):
    bench.rules(entry_rate=1.0)
    economy, state = bench.economy, bench.state
    f = bench.firm(NOR, RAW, 1)
    state.active[f] = False
    cell = (economy.network.firm_region == NOR) & (economy.network.firm_sector == RAW)
    state.reference[cell] = 1.2
    assert enter(economy, state, 0) == 0
    state.price[cell] = 1.25
    assert enter(economy, state, 0) == 1


def test_entry_is_rare_and_drawn_for_each_place(bench):
    bench.rules(entry_rate=0.3)
    came = []
    for month in range(200):
        state = bench.state.copy()
        state.active[[bench.firm(NOR, RAW, 1), bench.firm(WLD, SER, 1)]] = False
        came.append(enter(bench.economy, state, month))
    assert np.mean(came) / 2 == pytest.approx(0.3, abs=0.08)


# --- relationships ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("covered", "low", "high", "share"),
    [
        (0.0, 0.2, 0.6, 1.0),
        (0.2, 0.2, 0.6, 1.0),
        (0.5, 0.2, 0.6, 0.25),
        (0.6, 0.2, 0.6, 0.0),
        (1.0, 0.2, 0.6, 0.0),
        (0.3, 0.0, 1.0, 0.7),
    ],
)
def test_openness_is_the_share_of_varieties_left(covered, low, high, share):
    assert openness(covered, low, high) == pytest.approx(share)


def cut(bench: Bench, covered: float, factor: float = 1.0):
    """A border with a part of WLD's manufactures barred from SUD, and relations at `factor`."""
    coverage = np.zeros((3, 3, 3))
    coverage[WLD, SUD, MAN] = covered
    relations = np.ones((3, 3))
    relations[WLD, SUD] = factor
    border = bench.border(coverage=coverage, relations=relations)
    links = bench.links()
    there = (links["origin"] == WLD) & (links["destination"] == SUD) & (links["sector"] == MAN)
    return border, {name: values[there] for name, values in links.items()}


@pytest.mark.parametrize("relation", [0.1, 0.5, 1.0, 1.4])
@pytest.mark.parametrize("factor", [1.0, 1.4])
@pytest.mark.parametrize("covered", [0.0, 0.4, 1.0])
def test_weights_are_usable_capital_times_cost(bench, covered, factor, relation):
    border, links = cut(bench, covered, factor)
    place, network = links["place"], bench.economy.network
    bench.state.relation[place] = relation
    bench.market.stirred[:] = True  # it is not by a rule that the capital moved
    bench.clear(border=border)
    low, high = network.variety_low[links["seller"]], network.variety_high[links["seller"]]
    part = np.clip((high - covered) / (high - low), 0.0, 1.0)
    usable = np.minimum(relation, part * max(relation, factor))
    if covered == 0.0:
        usable[:] = relation
    assert bench.market.weight[place] == pytest.approx(bench.state.taste[place] * usable)
    assert bench.market.net[place] == pytest.approx(bench.market.weight[place] / 1.1)  # tariff


def test_a_dearer_border_weighs_with_one_less_sigma(bench):
    _, links = cut(bench, 0.0)
    border_cost, payment_cost = np.ones((3, 3, 3)), np.zeros((3, 3))
    border_cost[WLD, SUD, MAN], payment_cost[WLD, SUD] = 1.2, 0.3
    bench.clear(border=bench.border(border_cost=border_cost, payment_cost=payment_cost))
    sigma = bench.economy.baseline.sigma[MAN]
    delivered = (1.0 + 0.1 + 0.3) / 1.1 * 1.2
    weight = bench.state.taste[links["place"]] * delivered ** (1.0 - sigma)
    assert bench.market.weight[links["place"]] == pytest.approx(weight)
    assert bench.market.net[links["place"]] == pytest.approx(weight / 1.4)


def related(bench: Bench, border) -> None:
    """One month's change of relationships, after the markets saw the border."""
    bench.clear(border=border)
    relate(bench.economy, bench.state, bench.market, border)


def test_relationships_decay_where_barred_by_the_barred_share(bench):
    border, links = cut(bench, 0.4)
    network = bench.economy.network
    before = bench.state.relation.copy()
    related(bench, border)
    low, high = network.variety_low[links["seller"]], network.variety_high[links["seller"]]
    target = np.clip((high - 0.4) / (high - low), 0.0, 1.0)
    after = bench.state.relation[links["place"]]
    assert after == pytest.approx(1.0 + 0.064 * (target - 1.0))
    assert {0.0, 1.0} <= set(target)  # some bear it all, some nothing
    untouched = np.ones(len(before), dtype=bool)
    untouched[links["place"]] = False
    assert np.array_equal(bench.state.relation[untouched], before[untouched])


def test_relationships_grow_towards_better_relations(bench):
    border, links = cut(bench, 0.0, factor=1.5)
    bench.state.relation[links["place"][0]] = 1.8
    related(bench, border)
    after = bench.state.relation[links["place"]]
    assert after[1:] == pytest.approx(1.0 + 0.1 * (1.5 - 1.0))
    assert after[0] == pytest.approx(1.8 + 0.064 * (1.5 - 1.8))


def test_the_ties_of_a_foreign_owned_firm_last_longer(bench):
    _, links = cut(bench, 0.0)
    bought = links["user"] >= 0
    user = links["user"][bought][0]
    owner = bench.economy.network.owner.copy()
    owner[user] = WLD
    bench.economy = replace(bench.economy, network=replace(bench.economy.network, owner=owner))
    border, _ = cut(bench, 1.0)
    related(bench, border)
    after, own = bench.state.relation[links["place"]], links["user"] == user
    assert after[own] == pytest.approx(1.0 - 0.5 * 0.064)
    assert after[~own] == pytest.approx(1.0 - 0.064)


def test_ties_to_a_firm_that_closed_wear_off(bench):
    f = bench.firm(NOR, RAW, 1)
    bench.state.active[f] = False
    related(bench, bench.border())
    links = bench.links()
    gone = links["place"][links["seller"] == f]
    assert gone.size
    assert bench.state.relation[gone] == pytest.approx(1.0 - 0.064)


# --- state -----------------------------------------------------------------------------------


ARRAYS = [f.name for f in fields(State) if f.name != "technology"]


def test_a_copy_of_the_state_shares_nothing(bench):
    copy, technology = bench.state.copy(), bench.state.technology
    for name in ARRAYS:
        assert not np.shares_memory(getattr(copy, name), getattr(bench.state, name))
    for f in fields(technology):
        mine, other = getattr(technology, f.name), getattr(copy.technology, f.name)
        assert not np.shares_memory(mine, other)


def test_no_phase_before_commit_changes_the_state(bench):
    """Compute first, commit once: only the start of next month's price search may move."""
    before = bench.state.copy()
    border = bench.border(payment_cost=np.full((3, 3), 0.1))
    plan = bench.plan()
    outcome = bench.clear(plan, border)
    made = produce(bench.economy, bench.state, plan, outcome)
    bench.settle(plan, outcome, made, border)
    for name in ARRAYS:
        same = np.array_equal(getattr(before, name), getattr(bench.state, name))
        assert same or name == "log_virtual", name
