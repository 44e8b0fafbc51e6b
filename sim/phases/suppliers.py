"""Suppliers: buyers that lost some look for others; relationships follow (model note, §6)."""

from __future__ import annotations

import numpy as np

from sim.market.clearing import Outcome
from sim.market.relations import Speeds, adapt_relations
from sim.market.suppliers import FirstDeal, Meetings, drop_replacements, meet
from sim.phases.month import MonthSoFar, World
from sim.phases.plan import Plan
from sim.streams import Stream, generator

LEAST_SHORTAGE = 1e-3  # budgets left over by less are within the accuracy of clearing


def adapt_relationships(world: World, month: MonthSoFar) -> None:
    """Relationship capital moves towards its target, and replacements no longer needed fade."""
    economy, state, market = world
    rules, network = economy.behaviour, economy.network
    speeds = Speeds(rules.relationship_growth, rules.relationship_decay, rules.owner_stickiness)
    places, links, active = market.places, state.links, state.active
    adapt_relations(
        places, links, month.border.wedges, active, network.owner, network.buyer_firm, speeds
    )
    lost, pace = market.weights.lost, rules.relationship_growth
    drop_replacements(places, links, network.length, active, lost, pace)


def need_of_suppliers(
    plan: Plan, outcome: Outcome, lost: np.ndarray, found: np.ndarray
) -> np.ndarray:
    """Share of a buyer's wants that it cannot place: float64[B].

    Barred taste not yet replaced, or budget left unspent because sellers ration.
    """
    unspent = 1.0 - outcome.paid / np.maximum(plan.budget, 1e-300)
    unspent[(plan.budget <= 0.0) | (unspent < LEAST_SHORTAGE)] = 0.0
    return np.maximum(lost - found, unspent)


def find_suppliers(world: World, month: MonthSoFar) -> int:
    """Buyers in need meet at most one new supplier each; returns how many links were made.

    No draw is made at rest, and a buyer's draw is its own: need elsewhere does not shift it.
    """
    economy, state, market = world
    need = need_of_suppliers(month.plan, month.outcome, market.weights.lost, state.links.found)
    if not (need > 0.0).any():
        return 0
    rules, network = economy.behaviour, economy.network
    chance = np.ones(len(need))
    buyers = economy.buyers_without_traders
    chance[buyers] = generator(economy.seed, Stream.SEARCH, month.number).random(len(buyers))
    border = month.border
    meetings = Meetings(border.meeting, network.cells, economy.size_order)
    deal = FirstDeal(rules.search_rate, rules.takeover, rules.substitute_quality, rules.first_trust)
    return int(
        meet(market.places, state.links, border.wedges, meetings, deal, state.active, need, chance)
    )
