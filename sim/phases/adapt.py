"""Adapt: what happened this month decides what the next one starts from (model note, section 4).

Expectations, prices, wages, capacity and technology are read off the old state and put in place
at once (`commit`); then links, traders and firms change in turn.
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import exp, log, power
from sim.market.clearing import Outcome, unit_value
from sim.phases.clear import cost_of_unit
from sim.phases.month import MonthSoFar, World
from sim.phases.plan import running
from sim.phases.produce import Production
from sim.phases.specificity import count_missing
from sim.phases.suppliers import adapt_relationships, find_suppliers
from sim.phases.technology import adapt_technology
from sim.phases.traders import learn, order_through_traders
from sim.phases.turnover import turnover
from sim.state import Economy, State

LEAST_UNEMPLOYMENT = 0.005  # of the labour force: some are always between two jobs
MOST_SUBSIDISED = 0.99  # of a price: nobody gives goods away, whatever is promised
WAGE_STEP = 2.0  # times a month: what hyperinflations reach; beyond it numbers, not wages, move
SMALLEST_PLAN = 1e-4  # of base sales: a firm without buyers keeps a foot in the door


def price_taking(economy: Economy, outcome: Outcome, cost: np.ndarray) -> np.ndarray:
    """How far a firm takes the market's price, float64[N]: its sector's habit, 0 at a loss."""
    return np.where(outcome.price > cost, economy.price_taking, 0.0)


def expected_sales(
    economy: Economy, state: State, outcome: Outcome, taking: np.ndarray
) -> np.ndarray:
    """x <- x + lambda (1 - taking) (signal - x), in units: float64[N].

    The signal is sales, and orders at the price paid if buyers were rationed: at the ceiling the
    virtual price v says how much more would have been bought, (v / p)^sigma. A price taker goes
    on producing and lets the price find the buyers.
    """
    sigma = economy.baseline.sigma[economy.network.firm_sector]
    rationed = outcome.virtual > outcome.price
    unmet = np.ones(len(rationed))
    more = outcome.virtual[rationed] / outcome.price[rationed]
    more = np.minimum(more, economy.behaviour.unmet_limit)
    unmet[rationed] = power(more, sigma[rationed])
    signal = outcome.sold * np.minimum(unmet, economy.behaviour.unmet_limit)
    speed = economy.behaviour.expectation_speed * (1.0 - taking)
    x = state.expected + speed * (signal - state.expected)
    return np.where(state.active, np.maximum(x, SMALLEST_PLAN * economy.network.sales), 0.0)


def reference_price(
    economy: Economy,
    state: State,
    outcome: Outcome,
    cost: np.ndarray,
    taking: np.ndarray,
    subsidy: np.ndarray,
) -> np.ndarray:
    """r <- r (wanted / r)^nu: float64[N]; wanted is cost at the base markup, or what is paid.

    subsidy: float64[R, S], share of sales; producers pass it on.
    """
    network = economy.network
    rate = subsidy[network.firm_region, network.firm_sector] * economy.producer
    by_cost = cost / economy.unit_cost * (1.0 - np.minimum(rate, MOST_SUBSIDISED))
    between = power(by_cost, 1.0 - taking) * power(outcome.price, taking)
    wanted = np.where(taking > 0.0, between, by_cost)
    return state.reference * power(wanted / state.reference, economy.behaviour.price_speed)


def price_index(economy: Economy, state: State, outcome: Outcome) -> np.ndarray:
    """Money paid per unit received, float64[B]; last month's where nothing came.

    Composite units, but for traders: they count the goods they handle.
    """
    received = outcome.received.copy()
    slots = economy.trader_slot[economy.traders]
    received[slots] = outcome.units_in[slots]
    return unit_value(outcome.paid, received, state.price_index)


def wages(economy: Economy, state: State, production: Production, index: np.ndarray) -> np.ndarray:
    """w <- w (1 + phi (N / N0 - 1)) (P (u / u0)^-gamma / w)^nu: float64[R].

    A wage curve: the real wage goes with the level of unemployment u, bargained again once a year
    (Blanchflower & Oswald 1994). P: consumer prices paid. phi above 0 is a Phillips curve instead,
    whose wage is the sum of all gaps there ever were: it cycles with a period of ten years. A
    month at most halves or doubles a wage.
    """
    rules, hired = economy.behaviour, production.employment
    new = state.wage * (1.0 + rules.wage_response * (hired / economy.employment - 1.0))
    low, high = state.wage / WAGE_STEP, state.wage * WAGE_STEP
    if rules.wage_speed == 0.0:
        return np.clip(new, low, high)
    least = LEAST_UNEMPLOYMENT * economy.labour_force
    idle = np.maximum(economy.labour_force - hired, least)
    usual = np.maximum(economy.labour_force - economy.employment, least)
    paid = (economy.consumption_share * log(index[economy.nodes])).sum(axis=1)
    bargained = exp(paid - rules.wage_curve * log(idle / usual))
    return np.clip(new * power(bargained / state.wage, rules.wage_speed), low, high)


def capacity(
    economy: Economy, state: State, production: Production, run: np.ndarray | float = 1.0
) -> np.ndarray:
    """Capacity moves towards output and its usual spare room: float64[N] units a month.

    run: float64[N], share that may run: plants closed by their owners stand, and do not decay.
    """
    rules = economy.behaviour
    may = np.asarray(run)
    wanted = (1.0 + rules.spare_capacity) * production.output
    wanted = np.where(may > 0.0, wanted / np.where(may > 0.0, may, 1.0), state.capacity)
    change = rules.capacity_speed * (wanted - state.capacity)
    return np.where(state.active & economy.producer, state.capacity + change, state.capacity)


def adapt(world: World, month: MonthSoFar) -> tuple[np.ndarray, np.ndarray]:
    """All that adapts, in this order; returns what `turnover` moved."""
    commit(world, month)
    adapt_relationships(world, month)
    find_suppliers(world, month)
    order_through_traders(world, month)
    count_missing(world, month)
    return turnover(world, month)


def commit(world: World, month: MonthSoFar) -> None:
    """Put next month's state in place. All rules read the old state before any is written."""
    economy, state, levers = world.economy, world.state, month.levers
    outcome, production, accounts = month.outcome, month.production, month.accounts
    technology = adapt_technology(
        economy.exposure, state.technology, levers, accounts.research,
        state.price_index[economy.nodes], accounts.cash, state.active, economy.seed, month.number,
    )  # fmt: skip
    index = price_index(economy, state, outcome)
    cost = cost_of_unit(economy, state, index)
    taking = price_taking(economy, outcome, cost)
    expected = expected_sales(economy, state, outcome, taking)
    expected[economy.traders] = learn(economy, state, month.plan, outcome)
    reference = reference_price(economy, state, outcome, cost, taking, levers.subsidy)
    wage = wages(economy, state, production, index)
    room = capacity(economy, state, production, running(economy, levers))

    state.expected, state.reference, state.wage, state.capacity = expected, reference, wage, room
    state.price_index, state.price, state.able = index, outcome.price, production.able
    state.inputs = production.inputs
    state.stock = np.where(economy.service, 0.0, state.stock - outcome.sold + production.output)
    state.cash, state.deposits, state.treasury = accounts.cash, accounts.deposits, accounts.treasury
    state.income, state.revenue = accounts.income, accounts.revenue
    trade = outcome.value.sum(axis=0)  # destination, origin
    # what foreigners pay at the border: duties on exports are part of it
    state.exports = trade.sum(axis=0) - np.diag(trade) + accounts.in_duties
    state.resold = outcome.resold_value.sum(axis=(0, 1)) / np.maximum(state.exports, 1e-300)
    state.technology = technology
