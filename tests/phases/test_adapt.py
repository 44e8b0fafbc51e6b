"""How expectations, prices, wages and capacity move, against numbers by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bench import MAN, NOR, RAW, SUD

from sim.phases import adapt


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
    cost = adapt.cost_of_unit(economy, state, index)
    assert cost[f] == pytest.approx(1.1 * labour + 2.0 * inputs)


def test_the_real_wage_goes_with_the_level_of_unemployment(bench):
    """Twice the unemployment: 2^-0.1 of the real wage, reached by a share of the gap a month."""
    plan, outcome = bench.plan(), bench.clear()
    made = bench.produce(plan, outcome)
    force = bench.economy.labour_force
    employment = bench.economy.employment.copy()
    employment[SUD] = 0.90 * force[SUD]
    index = bench.state.price_index.copy()
    index[bench.economy.nodes[NOR]] = 1.1
    made = replace(made, employment=employment)
    wage = adapt.wages(bench.economy, bench.state, made, index)
    assert wage == pytest.approx([1.1**0.083, 2.0 ** (-0.1 * 0.083), 1.0])
    for _ in range(200):
        bench.state.wage = adapt.wages(bench.economy, bench.state, made, index)
    assert bench.state.wage == pytest.approx([1.1, 2.0**-0.1, 1.0])  # a level, not a sum of gaps


def test_a_phillips_curve_instead_adds_up_all_gaps(bench):
    plan, outcome = bench.plan(), bench.clear()
    made = bench.produce(plan, outcome)
    bench.rules(wage_response=0.1, wage_speed=0.0)
    employment = bench.economy.employment * np.array([1.0, 0.9, 1.05])
    made = replace(made, employment=employment)
    wage = adapt.wages(bench.economy, bench.state, made, bench.state.price_index)
    assert wage == pytest.approx([1.0, 1.0 - 0.1 * 0.1, 1.0 + 0.1 * 0.05])


def test_with_everybody_at_work_wages_are_high_but_finite(bench):
    plan, outcome = bench.plan(), bench.clear()
    made = replace(bench.produce(plan, outcome), employment=bench.economy.labour_force)
    wage = adapt.wages(bench.economy, bench.state, made, bench.state.price_index)
    assert wage == pytest.approx(10.0 ** (0.1 * 0.083))


def test_capacity_follows_use(bench):
    plan, outcome = bench.plan(), bench.clear()
    made = bench.produce(plan, outcome)
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
