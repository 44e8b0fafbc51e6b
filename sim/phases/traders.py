"""Traders: they buy where it is allowed and sell where there is shortage (model note, section 6).

Which hub wins is nobody's choice: existing trade on both legs, delivered cost of the detour,
compliance and pressure decide where a buyer that lost a supplier finds its goods again.
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import power
from sim.market.clearing import Outcome
from sim.market.orders import Roads, Stalls, Terms, call_traders
from sim.phases.month import MonthSoFar, World
from sim.phases.plan import Plan
from sim.state import Economy, State
from sim.streams import Stream, generator

SMALLEST_TRADE = 5.7e-11  # of the world's output, 1,000 USD a month in eaeu; below it one closes


def order_through_traders(world: World, month: MonthSoFar) -> int:
    """Buyers that lost suppliers ask traders for the same goods; returns how many orders.

    Hubs are asked in proportion to their appeal and this month's costs, and say yes as far as their
    compliance lets goods through and the margin beats the risk of being stopped. A trader starts
    at the size of the order, at the price the goods cost it there. The senders' own customs know
    what they barred, so their buyers do not ask.
    """
    economy, state, market = world
    params = economy.trading
    need = np.maximum(market.weights.lost - state.links.found, 0.0)
    sends = np.zeros(economy.regions, dtype=bool)
    sends[month.senders] = True
    need[sends[economy.network.buyer_region]] = 0.0
    if len(economy.network.hubs) == 0 or not (need > 0.0).any():
        return 0
    network = economy.network
    buyers = economy.buyers_without_traders
    chance = np.ones(len(need))
    chance[buyers] = generator(economy.seed, Stream.TRADERS, month.number).random(len(buyers))
    let_through = np.where(
        params.margin > params.stop_rate * params.stake * state.compliance[network.hubs],
        1.0 - state.compliance[network.hubs],
        0.0,
    )
    roads = Roads(
        appeal=economy.route_appeal,
        hubs=network.hubs,
        let_through=let_through,
        per_market=network.traders_per_market,
        slot=economy.trader_slot,
        listed=state.listed,
    )
    terms = Terms(
        rate=params.call_rate,
        batch=params.batch,
        trust=params.first_trust,
        quality=params.brand_quality,
        margin=params.margin,
        least_share=params.least_share,
        steady=params.steady_final,
    )
    stalls = Stalls(
        active=state.active,
        expected=state.expected,
        reference=state.reference,
        quoted=state.price,
        log_virtual=state.log_virtual,
        price_index=state.price_index,
    )
    return int(
        call_traders(
            market.places, state.links, month.border.wedges, roads, terms, stalls, need, chance,
            month.plan.budget, month.outcome.price,
        )
    )  # fmt: skip


def learn(economy: Economy, state: State, plan: Plan, outcome: Outcome) -> np.ndarray:
    """Expected sales of traders, float64[T]: orders at the price paid, growth limited.

    Orders, not what could be shipped: a trader that sells out learns how much more was wanted.
    One that had nothing to offer yet keeps its plan.
    """
    rows, params = economy.traders, economy.trading
    x, sold = state.expected[rows], outcome.sold[rows]
    sigma = economy.baseline.sigma[economy.network.firm_sector[rows]]
    more = np.clip(outcome.virtual[rows] / outcome.price[rows], 1.0, params.unmet_limit)
    unmet = power(more, sigma)
    signal = sold * np.minimum(unmet, params.unmet_limit)
    new = x + params.learning_speed * (signal - x)
    new = np.minimum(new, (1.0 + params.growth) * x)
    return np.where(plan.offer[rows] > 0.0, new, x)


def stop_traders(economy: Economy, state: State, pressure: np.ndarray, month: int) -> None:
    """Compliance stops traders, designation bars them for good, and small ones close.

    pressure: float64[R], secondary pressure on each region. What a trader that closes owes is
    paid by the households of its region, as owners.
    """
    rows, params = economy.traders, economy.trading
    working = state.active[rows]
    if not working.any():
        return
    region = economy.network.firm_region[rows]
    draw = generator(economy.seed, Stream.STOPS, month).random((2, len(rows)))
    stopped = draw[0] < params.stop_rate * state.compliance[region]
    designated = draw[1] < params.listing_rate * pressure[region]
    idle = state.expected[rows] < SMALLEST_TRADE * economy.baseline.trade.sum()
    state.listed[rows[working & designated]] = True
    closing = rows[working & (stopped | designated | idle)]
    np.add.at(state.deposits, economy.network.firm_region[closing], state.cash[closing])
    state.cash[closing] = 0.0
    state.expected[closing] = 0.0
    state.active[closing] = False
