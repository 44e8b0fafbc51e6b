"""Exit and entry: firms that cannot pay or sell leave, places that pay are filled (note, §4)."""

from __future__ import annotations

import numpy as np

from sim.arithmetic import log
from sim.phases.month import MonthSoFar, World
from sim.phases.plan import running
from sim.phases.traders import stop_traders
from sim.state import Economy, State
from sim.streams import Stream, generator


def turnover(world: World, month: MonthSoFar) -> tuple[np.ndarray, np.ndarray]:
    """Traders stopped, exits, then entries.

    Returns money from households to firms, float64[R] mUSD, and goods that closed traders left to
    others, float64[N] units.
    """
    economy, state = world.economy, world.state
    deposits, stock = state.deposits.copy(), state.stock.copy()
    stop_traders(economy, state, month.levers.secondary_pressure, month.number)
    sell_off(economy, state)
    leave(economy, state, running(economy, month.levers))
    enter(economy, state, month.number)
    return deposits - state.deposits, state.stock - stock


def sell_off(economy: Economy, state: State) -> None:
    """What closed traders leave in store goes to the hub's own firms of the sector, by size.

    Traders and firms belong to the same households, so no money moves now; the firms sell it.
    """
    rows = economy.traders[~state.active[economy.traders] & (state.stock[economy.traders] > 0.0)]
    if rows.size == 0:
        return
    network = economy.network
    left = np.zeros(economy.baseline.final.shape)
    np.add.at(left, (network.firm_region[rows], network.firm_sector[rows]), state.stock[rows])
    size = np.where(state.active & economy.producer, network.sales, 0.0)
    all_sizes = economy.by_cell(size)
    each = np.divide(left, all_sizes, out=np.zeros_like(left), where=all_sizes > 0.0)
    state.stock += each[network.firm_region, network.firm_sector] * size
    somebody = all_sizes[network.firm_region[rows], network.firm_sector[rows]] > 0.0
    state.stock[rows[somebody]] = 0.0


def leave(economy: Economy, state: State, run: np.ndarray | float = 1.0) -> int:
    """Firms close whose debt exceeds their credit, or that sell too little for what they are.

    Too little is less than `least_scale` of what the firm was built for: it has costs that do not
    shrink with sales. Plants that their owners have stopped (run below 1) wait for them. Households
    of the region pay what is owed, and have what is left. The firm's row stays and keeps its
    unsold goods, which an entrant takes over. Returns the number of exits. Money is moved, not
    destroyed.
    """
    network, rules = economy.network, economy.behaviour
    owes = state.cash < -rules.credit_limit * network.sales * state.price
    small = (state.expected < rules.least_scale * network.sales) & (np.asarray(run) == 1.0)
    closing = np.flatnonzero(state.active & economy.producer & (owes | small))
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
    # who starts below the scale that pays would close at once
    expected = max(rules.entrant_size, rules.least_scale) * network.sales[empty]
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
