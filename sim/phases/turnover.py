"""Exit and entry: firms that cannot pay leave, and places that pay are filled (model note, §4)."""

from __future__ import annotations

import numpy as np

from sim.arithmetic import log
from sim.phases.month import MonthSoFar, World
from sim.phases.traders import police
from sim.state import Economy, State
from sim.streams import Stream, generator


def turnover(world: World, month: MonthSoFar) -> np.ndarray:
    """Traders stopped, exits, then entries: float64[R], money from households to firms."""
    economy, state = world.economy, world.state
    before = state.deposits.copy()
    police(economy, state, month.levers.secondary_pressure, month.number)
    leave(economy, state)
    enter(economy, state, month.number)
    return before - state.deposits


def leave(economy: Economy, state: State) -> int:
    """Firms whose debt exceeds their credit close; households of their region pay what is owed.

    The firm's row stays and keeps its unsold goods, which an entrant takes over. Returns the
    number of exits. Money is moved, not destroyed.
    """
    network = economy.network
    limit = economy.behaviour.credit_limit * network.sales * state.price
    closing = np.flatnonzero(state.active & economy.producer & (state.cash < -limit))
    if closing.size == 0:
        return 0
    np.add.at(state.deposits, network.firm_region[closing], state.cash[closing])
    state.cash[closing] = 0.0
    state.expected[closing] = 0.0
    state.active[closing] = False
    return int(closing.size)


def enter(economy: Economy, state: State, month: int) -> int:
    """Empty places are taken with `entry_rate` where prices cover the usual margin.

    Founders pay the working capital from their region's deposits. Returns the number of entries.
    """
    empty = np.flatnonzero(~state.active & economy.producer)
    if empty.size == 0:
        return 0
    rules, network = economy.behaviour, economy.network
    alive = np.where(state.active, network.sales, 0.0)
    margin = economy.by_cell(alive * state.price) / np.maximum(
        economy.by_cell(alive * state.reference), 1e-300
    )
    draw = np.ones(len(state.active))
    draw[economy.producer] = generator(economy.seed, Stream.ENTRY, month).random(
        int(economy.producer.sum())
    )
    draw = draw[empty]
    region, sector = network.firm_region[empty], network.firm_sector[empty]
    lone = economy.by_cell(alive)[region, sector] == 0.0
    expected = rules.entrant_size * network.sales[empty]
    capital = rules.cash_target * expected * state.reference[empty]
    enters = (draw < rules.entry_rate) & ((margin[region, sector] >= 1.0) | lone)
    enters &= capital < rules.founding_limit * np.maximum(state.deposits[region], 0.0)
    new, paid = empty[enters], capital[enters]
    if new.size == 0:
        return 0
    np.subtract.at(state.deposits, network.firm_region[new], paid)
    state.cash[new] += paid
    state.expected[new] = expected[enters]
    state.price[new] = state.reference[new]
    state.log_virtual[new] = log(state.reference[new])
    state.active[new] = True
    return int(new.size)
