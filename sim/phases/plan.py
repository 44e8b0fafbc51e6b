"""Plan: from expected sales to output, orders and budgets (model note, section 4).

Firms, households and governments know last month, never this one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.levers import Levers
from sim.phases.month import MonthSoFar, World
from sim.phases.specificity import needed, wanted
from sim.state import Economy, State

ROUNDING = 1e-12  # of what is added up: sums of numbers that cancel are no truer


@dataclass(frozen=True)
class Plan:
    """What everybody means to do this month.

    output: float64[N] units to make. offer: float64[N] most that can be sold this month.
    budget: float64[B] mUSD each buyer brings to market.
    private, public, technology: float64[R, S] the parts of the final-demand budgets; technology
    is what firms spend on replacing foreign technology. research: float64[R, S], part of public.
    """

    output: np.ndarray
    offer: np.ndarray
    budget: np.ndarray
    private: np.ndarray
    public: np.ndarray
    technology: np.ndarray
    research: np.ndarray


def running(economy: Economy, levers: Levers) -> np.ndarray:
    """Share of its capacity that a firm may run, float64[N]: what no owner has closed."""
    network = economy.network
    return 1.0 - levers.closed[network.firm_region, network.firm_sector] * economy.producer


def plan_output(economy: Economy, state: State, run: np.ndarray | float = 1.0) -> np.ndarray:
    """y* = clip(x + (beta x - (S - x)) / tau_S, 0, capacity A): sales and stock to be rebuilt.

    run: float64[N], share of the capacity that may run.
    """
    rules, x = economy.behaviour, state.expected
    gap = rules.stock_cover * x - (state.stock - x)
    wanted = np.where(economy.service, x, x + gap / rules.stock_speed)
    most = np.where(economy.producer, run * state.capacity * state.efficiency, np.inf)
    return np.where(state.active, np.clip(wanted, 0.0, most), 0.0)


def plan_offer(economy: Economy, state: State, run: np.ndarray | float = 1.0) -> np.ndarray:
    """Most a firm can sell: its stock of goods, or the month's capacity of a service.

    A service needs its workers this month, so a region's services together never offer more
    than its labour force can make.
    """
    network = economy.network
    most = run * state.capacity * state.able * state.efficiency
    ready = np.where(economy.service, most, state.stock)
    labour = ready * network.labour / state.efficiency
    hands = economy.by_region(np.where(economy.service, labour, 0.0))
    crowded = np.minimum(1.0, economy.labour_force / np.maximum(hands, 1e-300))
    ready = np.where(economy.service, ready * crowded[network.firm_region], ready)
    rows = economy.traders  # customs hold back what a compliant hub does not let through
    ready[rows] *= 1.0 - state.compliance[network.firm_region[rows]]
    return np.where(state.active, ready, 0.0)


def plan_orders(economy: Economy, state: State, output: np.ndarray) -> np.ndarray:
    """Budgets of the input slots: z = max(0, l a y* + (l M* - M)/tau_M), E = z P, within means.

    l is what is left of a need whose suppliers are lost: of the stock held, too, or stocks would
    undo it.
    Returns float64[K]. When cash and credit do not cover a firm's orders, all shrink together.
    """
    rules, firm, left = economy.behaviour, economy.slot_firm, needed(economy, state)
    target = left * economy.cover * economy.coefficient * state.expected[firm]
    use = left * economy.coefficient * output[firm]
    units = use + (target - state.inputs) / rules.input_speed
    # what rounding leaves of a need that is met, or of credit that is used up, buys nothing: the
    # price of such an order would be the slot's price index
    units = np.where(units > ROUNDING * (use + target), units, 0.0)
    orders = units * state.price_index[economy.slots]
    credit = rules.credit_limit * state.expected * state.price
    means = state.cash + credit
    means = np.where(means > ROUNDING * credit, means, 0.0)
    total = economy.by_firm(orders)
    share = _covered(means, total)
    return orders * (share * state.active)[firm]


def household_spending(economy: Economy, state: State) -> np.ndarray:
    """C = Y + kappa (wealth - wealth*), wealth* in months of income: float64[R], within deposits.

    Households own the firms and pay for investment as well as consumption.
    """
    rules = economy.behaviour
    gap = state.deposits - rules.wealth_target * state.income
    return np.clip(state.income + rules.wealth_speed * gap, 0.0, np.maximum(state.deposits, 0.0))


def make_plan(world: World, month: MonthSoFar) -> Plan:
    """All plans of a month.

    A shift of demand is paid from deposits, as far as they go. Research is bought from the
    sectors that do the work and paid from the treasury, on top of other public spending.
    """
    economy, state, levers = world.economy, world.state, month.levers
    demand_shift, research_support = levers.demand_shift, levers.research_support
    run = running(economy, levers)
    output = plan_output(economy, state, run)
    private = household_spending(economy, state)[:, None] * economy.private_share * demand_shift
    public = month.public_spending[:, None] * economy.public_share * demand_shift
    left = wanted(economy, state)
    private, public = private * left, public * left
    private *= _affordable(private, state.deposits)
    public += research_support
    affordable = _affordable(public, state.treasury)
    public *= affordable
    technology = economy.exposure.by_source(state.technology.spending, public.shape[1])
    budget = np.empty(len(state.price_index))
    budget[economy.slots] = plan_orders(economy, state, output)
    budget[economy.nodes] = private + public + technology
    return Plan(
        output=output,
        offer=plan_offer(economy, state, run),
        budget=budget,
        private=private,
        public=public,
        technology=technology,
        research=research_support * affordable,
    )


def _affordable(budget: np.ndarray, account: np.ndarray) -> np.ndarray:
    return _covered(account[:, None], budget.sum(axis=1, keepdims=True))


def _covered(means: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Share of a total that means cover, 0 to 1; of nothing, all."""
    short = (total > means) & (total > 0.0)
    return np.where(short, np.maximum(means, 0.0) / np.where(short, total, 1.0), 1.0)
