"""Search: buyers that lost suppliers look for others; relationships follow (model note, §6)."""

from __future__ import annotations

import numpy as np

from sim.market.clearing import Market, Outcome
from sim.market.relations import FirstDeal, Meetings, Speeds, adapt_relations, let_go, meet
from sim.phases.clear import Border
from sim.phases.plan import Plan
from sim.state import Economy, State
from sim.streams import Stream, generator

LEAST_SHORTAGE = 1e-3  # budgets left over by less are within the accuracy of clearing


def relate(economy: Economy, state: State, market: Market, border: Border) -> None:
    """Relationship capital moves towards its target, and replacements no longer needed fade."""
    rules, network = economy.behaviour, economy.network
    speeds = Speeds(rules.relationship_growth, rules.relationship_decay, rules.owner_stickiness)
    places, links, active = market.places, state.links, state.active
    adapt_relations(places, links, border.wedges, active, network.owner, network.buyer_firm, speeds)
    let_go(places, links, network.length, active, market.weights.lost, rules.relationship_growth)


def need_of_suppliers(
    plan: Plan, outcome: Outcome, lost: np.ndarray, found: np.ndarray
) -> np.ndarray:
    """Share of a buyer's wants that it cannot place: float64[B].

    Barred taste not yet replaced, or budget left unspent because sellers ration.
    """
    unspent = 1.0 - outcome.paid / np.maximum(plan.budget, 1e-300)
    unspent[(plan.budget <= 0.0) | (unspent < LEAST_SHORTAGE)] = 0.0
    return np.maximum(lost - found, unspent)


def search(
    economy: Economy,
    state: State,
    market: Market,
    border: Border,
    need: np.ndarray,
    month: int,
) -> int:
    """Buyers in need meet at most one new supplier each; returns how many links were made.

    No draw is made at rest, and a buyer's draw is its own: need elsewhere does not shift it.
    """
    if not (need > 0.0).any():
        return 0
    rules, network = economy.behaviour, economy.network
    chance = np.ones(len(need))
    buyers = economy.buyers_without_traders
    chance[buyers] = generator(economy.seed, Stream.SEARCH, month).random(len(buyers))
    meetings = Meetings(border.meeting, network.cells, economy.size_order)
    deal = FirstDeal(rules.search_rate, rules.takeover, rules.substitute_quality, rules.first_trust)
    return int(
        meet(market.places, state.links, border.wedges, meetings, deal, state.active, need, chance)
    )
