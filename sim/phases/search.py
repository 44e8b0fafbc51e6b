"""Search: buyers that lost suppliers look for others; relationships follow (model note, §6)."""

from __future__ import annotations

import numpy as np

from sim.market.clearing import Market, Outcome
from sim.market.kernels import Wedges
from sim.market.relations import adapt_relations, meet
from sim.phases.plan import Plan
from sim.state import Economy, State
from sim.streams import Stream, generator

TAKEOVER = 0.5  # share of what a buyer misses that one new supplier can take over


def relate(economy: Economy, state: State, market: Market, wedges: Wedges) -> None:
    """Relationship capital of every link moves towards its target, in place."""
    rules, network = economy.behaviour, economy.network
    adapt_relations(
        market.places, wedges, network.variety_low, network.variety_high, state.active,
        network.owner, network.buyer_firm, rules.relationship_growth, rules.relationship_decay,
        rules.owner_stickiness, state.relation,
    )


def need_of_suppliers(plan: Plan, outcome: Outcome, lost: np.ndarray, found: np.ndarray):
    """Share of a buyer's wants that it cannot place: float64[B].

    Barred taste not yet replaced, or budget left unspent because sellers ration.
    """
    unspent = 1.0 - outcome.paid / np.maximum(plan.budget, 1e-300)
    unspent[(plan.budget <= 0.0) | (unspent < 1e-3)] = 0.0
    return np.maximum(np.maximum(lost - found, 0.0), unspent)


def search(
    economy: Economy,
    state: State,
    market: Market,
    wedges: Wedges,
    need: np.ndarray,
    seed: int,
    month: int,
) -> int:
    """Buyers in need meet at most one new supplier each; returns how many links were made.

    Candidates come from the meeting distribution: base trade times relations of what is not
    barred, then firms by size. No draw is made at rest, and none depends on another.
    """
    if not need.any():
        return 0
    rules, network = economy.behaviour, economy.network
    trade = economy.baseline.trade.transpose(2, 1, 0)  # sector, destination, origin
    meeting = np.cumsum(trade * wedges.relation * (1.0 - wedges.covered), axis=2)
    chance = generator(seed, Stream.SEARCH, month).random(len(need))
    where, whom = generator(seed, Stream.PARTNER, month).random((2, len(need)))
    return meet(
        market.places, wedges, network.variety_low, network.variety_high, state.active, meeting,
        network.cells, economy.size_order, need, chance, where, whom, rules.search_rate,
        TAKEOVER * rules.substitute_quality, rules.first_trust, state.taste, state.relation,
        state.found,
    )
