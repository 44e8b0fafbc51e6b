"""What firms, households and governments plan, against numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bench import MAN, NOR, RAW, SER, SUD, Bench

from sim.phases.plan import household_spending, plan_offer, plan_orders, plan_output


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
