"""Specificity: what a lost supplier made, others do not make (model note, section 6).

Budgets go to whoever is left, by CES; but a machine that is no longer delivered is not replaced by
more of another. Until a supplier like the lost one is found, or a way without it, the need shrinks,
what is made with it shrinks, and the money stays.
"""

from __future__ import annotations

import numpy as np

from sim.market.suppliers import replaced
from sim.phases.month import MonthSoFar, World
from sim.state import Economy, State

NOTHING = 1e-6  # of a buyer's spending: less is not missed


def needed(economy: Economy, state: State) -> np.ndarray:
    """Share of their usual needs that slots still order and hold in stock: float64[K]."""
    return 1.0 - economy.behaviour.specificity * state.missing[economy.slots]


def wanted(economy: Economy, state: State) -> np.ndarray:
    """Share of its usual spending that final demand still brings to market: float64[R, S]."""
    return 1.0 - economy.behaviour.specificity_final * state.missing[economy.nodes]


def gone(economy: Economy, state: State) -> np.ndarray:
    """g: share of their usual input that slots work without this month, reserves used up."""
    short = 1.0 - np.minimum(state.reserve, 1.0)
    return economy.behaviour.specificity * state.missing[economy.slots] * short


def delivers(state: State, month: MonthSoFar) -> np.ndarray:
    """Whether a seller had anything to sell this month: bool[N]."""
    return state.active & (month.plan.offer > 0.0)


def count_missing(world: World, month: MonthSoFar) -> None:
    """What is missing after this month's search: lost, not replaced, not designed away.

    gap = lost - back, adapted <- min(adapted + redesign missing, gap), missing <- gap - adapted.
    The reserve, months of use left, starts at the cover and is used up while something is missing;
    what is newly lost brings its own stock.
    """
    economy, state, market = world
    lost, links = market.weights.lost, state.links
    quiet = not (lost.any() or state.missing.any() or state.adapted.any())
    if quiet and not (state.reserve < economy.cover).any():
        return
    before = state.missing[economy.slots]
    back = np.empty(len(state.missing))
    replaced(market.places, links, economy.network.length, delivers(state, month), back)
    gap = np.clip(lost - back, 0.0, 1.0)
    redesigned = state.adapted + economy.behaviour.redesign * state.missing
    state.adapted = np.minimum(redesigned, gap)
    state.missing = gap - state.adapted
    now = state.missing[economy.slots]
    newly = np.maximum(now - before, 0.0) / np.maximum(now, 1e-300)
    left = np.maximum(state.reserve - 1.0, 0.0)
    used_up = left * (1.0 - newly) + economy.cover * newly
    filled = state.reserve + economy.cover / economy.behaviour.input_speed
    state.reserve = np.where(now > NOTHING, used_up, np.minimum(economy.cover, filled))
