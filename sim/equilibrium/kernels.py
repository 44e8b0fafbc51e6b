"""The fixed point in compiled loops: wages, prices and spending together, with Anderson mixing.

Bare arrays only. A pass maps (log wages, log prices, spending) to what they imply; at the
equilibrium nothing moves. Every sum runs in one fixed order and without BLAS, so the bits are the
same on every processor.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.arithmetic import exp_of, log_of
from sim.compiled import compiled

MEMORY = 8  # passes that a mixed step looks back on
FIXED, PROPORTIONAL, EXPORTS = 0, 1, 2
CONVERGED, STUCK, BROKEN = 0, 1, 2


class System(NamedTuple):
    """What a pass reads; R regions, S sectors, axes origin, destination, sector.

    pull: float64[R, R, S] base share x weight x (delivered cost change)^(1 - sigma).
    gate: the same over 1 + tariff + fee + duty: what of it reaches the seller's gate.
    counted: float64[R, R, S] what of pull is a better basket, not only more demand; [0, 0, 0] where
    all of it is.
    duty: float64[R, R, S] share of the gate value that the origin's treasury takes from the buyer;
    [0, 0, 0] without any.
    fee: float64[R, R] share of the gate value that is paid to the origin's banks.
    lid: float64[R, R, S] log of the highest price at the gate, base = 1; [0, 0, 0] without any.
    labour: float64[R, S] and inputs: float64[R, S, S] (region, input, user) shares of cost;
    by_user: inputs with the last two axes swapped. margin: float64[R, S] profit in value at cost.
    skill: float64[R, S] log productivity of labour; skill_all: of everything.
    kept: float64[R, S] 1 - subsidy. final: float64[R, S] shares. sigma: float64[S].
    payroll: float64[R] base wages. owned: float64[R, R] share of profits made in the second that
    the first receives. deficit: float64[R] base, or what it is fixed at; over: float64[R] base
    final spending over income without the deficit; exports: float64[R] base.
    gift: float64[R] transfers. size: float64[R, S] that spending is counted in. pace: float64[R],
    step of wages.
    """

    pull: np.ndarray
    gate: np.ndarray
    counted: np.ndarray
    duty: np.ndarray
    fee: np.ndarray
    lid: np.ndarray
    labour: np.ndarray
    inputs: np.ndarray
    by_user: np.ndarray
    margin: np.ndarray
    skill: np.ndarray
    skill_all: np.ndarray
    kept: np.ndarray
    final: np.ndarray
    sigma: np.ndarray
    payroll: np.ndarray
    owned: np.ndarray
    deficit: np.ndarray
    over: np.ndarray
    exports: np.ndarray
    gift: np.ndarray
    size: np.ndarray
    pace: np.ndarray


class Found(NamedTuple):
    """What a pass fills on its way.

    cost: float64[R, S] log unit cost. power: float64[R, S] p^(1 - sigma) at the gate. reach:
    float64[R, S] sum over origins of pull x power; worth: the same of what counts. sold, received:
    float64[R, S] value of sales at cost and as paid. landed: float64[R, S] gate value paid by
    destinations. income, rest, flow, fees, foreign, profit: float64[R]; rest is income without the
    deficit, flow the deficit, fees what comes from and goes to abroad as fees and duties on
    exports, foreign exports.
    """

    cost: np.ndarray
    power: np.ndarray
    reach: np.ndarray
    worth: np.ndarray
    sold: np.ndarray
    received: np.ndarray
    landed: np.ndarray
    income: np.ndarray
    rest: np.ndarray
    flow: np.ndarray
    fees: np.ndarray
    foreign: np.ndarray
    profit: np.ndarray


@compiled()
def costs(system, leontief, x, found):
    """Log unit cost of every producer at wages and prices x: c = w^l prod P^a, or l w + sum a P."""
    regions, sectors = system.labour.shape
    row = np.empty(sectors)
    for r in range(regions):
        wage = x[r]
        first = regions + r * sectors
        cost = found.cost[r]
        if leontief:
            for s in range(sectors):
                row[s] = exp_of(x[first + s])
            for u in range(sectors):
                cost[u] = system.labour[r, u] * exp_of(wage - system.skill[r, u])
        else:
            for s in range(sectors):
                row[s] = x[first + s]
            for u in range(sectors):
                cost[u] = system.labour[r, u] * (wage - system.skill[r, u])
        for s in range(sectors):
            price = row[s]
            shares = system.inputs[r, s]
            for u in range(sectors):
                cost[u] += shares[u] * price
        for u in range(sectors):
            if leontief:
                cost[u] = log_of(cost[u]) if cost[u] > 0.0 else 0.0
            cost[u] -= system.skill_all[r, u]


@compiled()
def reaches(system, found):
    """p^(1 - sigma) of every seller, and how much of it reaches every market."""
    regions, sectors = system.labour.shape
    for o in range(regions):
        for s in range(sectors):
            price = found.cost[o, s] + log_of(system.kept[o, s])
            found.power[o, s] = exp_of((1.0 - system.sigma[s]) * price)
    met(system.pull, found.power, found.reach)
    if system.counted.shape[0] > 0:
        met(system.counted, found.power, found.worth)


@compiled()
def met(pull, power, reach):
    """reach[d, s] = sum over o of pull[o, d, s] power[o, s], in the order of origins.

    One sector alone runs over destinations, which lie side by side.
    """
    regions, sectors = power.shape
    reach[:] = 0.0
    if sectors == 1:
        whole = reach.ravel()
        for o in range(regions):
            row, one = pull[o].ravel(), power[o, 0]
            for d in range(regions):
                whole[d] += row[d] * one
        return
    for o in range(regions):
        for d in range(regions):
            for s in range(sectors):
                reach[d, s] += pull[o, d, s] * power[o, s]


@compiled()
def trade(system, found, spending):
    """Sales of every seller when `spending` is split by reach; returns nothing, fills `found`.

    Under a ceiling the buyer pays no more than it and keeps the rest; the seller goes without.
    """
    regions, sectors = system.labour.shape
    capped, taxed = system.lid.shape[0] > 0, system.duty.shape[0] > 0
    if sectors == 1 and not capped and not taxed:
        trade_of_one(system, found, spending)
        return
    draw = np.empty((regions, sectors))
    for d in range(regions):
        found.fees[d] = 0.0
        for s in range(sectors):
            reach = found.reach[d, s]
            draw[d, s] = spending[d, s] / reach if reach > 0.0 else 0.0
            found.landed[d, s] = 0.0
    flows, price = np.empty(sectors), np.empty(sectors)
    for o in range(regions):
        sold, received, power = found.sold[o], found.received[o], found.power[o]
        for s in range(sectors):
            sold[s] = 0.0
            received[s] = 0.0
            if capped:
                price[s] = found.cost[o, s] + log_of(system.kept[o, s])
        abroad = 0.0
        for d in range(regions):
            gate, pulled, landed = system.gate[o, d], draw[d], found.landed[d]
            for s in range(sectors):
                flows[s] = gate[s] * power[s] * pulled[s]
                sold[s] += flows[s]
            if capped:
                for s in range(sectors):
                    if system.lid[o, d, s] < price[s]:
                        flows[s] *= exp_of(system.lid[o, d, s] - price[s])
            paid = 0.0
            for s in range(sectors):
                received[s] += flows[s]
                landed[s] += flows[s]
            if d != o or system.fee[o, d] != 0.0:
                for s in range(sectors):
                    paid += flows[s]
            if d != o:
                abroad += paid
            fee = system.fee[o, d] * paid
            if taxed:
                for s in range(sectors):
                    fee += system.duty[o, d, s] * flows[s]
            found.fees[o] += fee
            found.fees[d] -= fee
        found.foreign[o] = abroad


@compiled()
def trade_of_one(system, found, spending):
    """`trade` of one sector without ceilings and duties: loops over destinations, side by side."""
    regions = len(system.payroll)
    draw, landed, flows = np.empty(regions), np.zeros(regions), np.empty(regions)
    for d in range(regions):
        reach = found.reach[d, 0]
        draw[d] = spending[d, 0] / reach if reach > 0.0 else 0.0
        found.fees[d] = 0.0
    for o in range(regions):
        gate, fee, power = system.gate[o].ravel(), system.fee[o], found.power[o, 0]
        for d in range(regions):
            flows[d] = gate[d] * power * draw[d]
            landed[d] += flows[d]
        sold = 0.0
        abroad = 0.0
        for d in range(regions):
            sold += flows[d]
            if d != o:
                abroad += flows[d]
        for d in range(regions):
            if fee[d] != 0.0:
                found.fees[o] += fee[d] * flows[d]
                found.fees[d] -= fee[d] * flows[d]
        found.sold[o, 0] = sold
        found.received[o, 0] = sold
        found.foreign[o] = abroad
    for d in range(regions):
        found.landed[d, 0] = landed[d]


@compiled()
def incomes(system, closure, wage, spending, found):
    """Income of every region: wages, profits by owner, duties, fees, less subsidies, and flows."""
    regions, sectors = system.labour.shape
    for r in range(regions):
        profit = 0.0
        other = wage[r] * system.payroll[r] + found.fees[r]
        for s in range(sectors):
            full = found.sold[r, s] / system.kept[r, s]
            profit += system.margin[r, s] * full + found.received[r, s] - found.sold[r, s]
            other += spending[r, s] - found.landed[r, s] - (full - found.sold[r, s])
        found.profit[r] = profit
        found.rest[r] = other
    for r in range(regions):
        for j in range(regions):
            found.rest[r] += system.owned[r, j] * found.profit[j]
    if closure == FIXED:
        for r in range(regions):
            found.flow[r] = system.deficit[r]
    elif closure == PROPORTIONAL:
        whole = 0.0
        wanted = 0.0
        for r in range(regions):
            whole += found.rest[r]
            wanted += system.over[r] * found.rest[r]
        for r in range(regions):
            found.flow[r] = (whole / wanted * system.over[r] - 1.0) * found.rest[r]
    else:
        out = 0.0
        base = 0.0
        for r in range(regions):
            if system.deficit[r] < 0.0:
                found.flow[r] = system.deficit[r] * found.foreign[r] / system.exports[r]
                out -= found.flow[r]
            else:
                base += system.deficit[r]
        for r in range(regions):
            if system.deficit[r] >= 0.0:
                found.flow[r] = system.deficit[r] * out / base if base > 0.0 else 0.0
    for r in range(regions):
        found.income[r] = found.rest[r] + found.flow[r] + system.gift[r]


@compiled()
def one_pass(system, leontief, closure, by_wages, anchor, x, found, moved, gap):
    """moved: float64[n] what x implies, less x. Returns the largest imbalance, not the step's.

    x: log wage [R], log price [R, S], spending / size [R, S], one after the other. gap:
    float64[4], the largest imbalance of labour markets, of prices and of spending (relative to the
    region's), and the number of the region with the largest.
    """
    regions, sectors = system.labour.shape
    cells = regions * sectors
    costs(system, leontief, x, found)
    reaches(system, found)
    wage = np.empty(regions)
    spending = np.empty((regions, sectors))
    for r in range(regions):
        wage[r] = exp_of(x[r])
        for s in range(sectors):
            spending[r, s] = x[regions + cells + r * sectors + s] * system.size[r, s]
    trade(system, found, spending)
    better = found.worth if system.counted.shape[0] > 0 else found.reach
    incomes(system, closure, wage, spending, found)
    gap[0] = 0.0
    gap[1] = 0.0
    gap[2] = 0.0
    bought = np.empty(sectors)
    world = 0.0
    for r in range(regions):
        paid = 0.0
        total = 0.0
        for s in range(sectors):
            bought[s] = 0.0
            total += abs(spending[r, s])
        for u in range(sectors):
            full = (1.0 - system.margin[r, u]) * found.sold[r, u] / system.kept[r, u]
            shares = system.by_user[r, u]
            if leontief:
                unit = exp_of(found.cost[r, u] + system.skill_all[r, u])
                full /= unit
                paid += system.labour[r, u] * full * exp_of(x[r] - system.skill[r, u])
            else:
                paid += system.labour[r, u] * full
            for s in range(sectors):
                bought[s] += shares[s] * full
        for s in range(sectors):
            at = regions + r * sectors + s
            price = 0.0
            if better[r, s] > 0.0:
                price = log_of(better[r, s]) / (1.0 - system.sigma[s])
            moved[at] = price - x[at]
            gap[1] = max(gap[1], abs(moved[at]))
            if leontief:
                bought[s] *= exp_of(x[at])
            wanted = bought[s] + system.final[r, s] * found.income[r]
            at += cells
            if system.size[r, s] > 0.0:
                moved[at] = wanted / system.size[r, s] - x[at]
                gap[2] = max(gap[2], abs(wanted - spending[r, s]) / total)
            else:
                moved[at] = 0.0
        base = system.payroll[r] * wage[r]
        if base > 0.0:
            if not paid > 0.0:
                gap[3] = r
                return np.inf
            off = log_of(paid / base)
            if abs(off) > gap[0]:
                gap[0] = abs(off)
                gap[3] = r
            moved[r] = min(max(system.pace[r] * off, -0.5), 0.5)
        else:
            moved[r] = 0.0
        if by_wages:
            world += system.payroll[r] * exp_of(x[r] + moved[r])
        else:
            world += found.income[r]
    if not world > 0.0:
        gap[3] = -1
        return np.inf
    shift = log_of(world / anchor)
    for r in range(regions):
        moved[r] -= shift
    return max(max(gap[0], abs(shift)), max(gap[1], gap[2]))


@compiled()
def solved(matrix, right, n):
    """The first n unknowns of a symmetric positive system, by elimination in a fixed order.

    Directions that add nothing new (a pivot lost in rounding) get no weight.
    """
    scale = np.empty(n)
    for i in range(n):
        scale[i] = matrix[i, i]
    for k in range(n):
        if not matrix[k, k] > 1e-13 * scale[k]:
            for i in range(n):
                matrix[k, i] = 0.0
                matrix[i, k] = 0.0
            matrix[k, k] = 1.0
            right[k] = 0.0
            continue
        for i in range(k + 1, n):
            share = matrix[i, k] / matrix[k, k]
            if share != 0.0:
                for j in range(k, n):
                    matrix[i, j] -= share * matrix[k, j]
                right[i] -= share * right[k]
    for k in range(n - 1, -1, -1):
        for j in range(k + 1, n):
            right[k] -= matrix[k, j] * right[j]
        right[k] /= matrix[k, k]


@compiled()
def settle(system, leontief, closure, by_wages, anchor, x, found, tolerance, most, memory, gap):
    """Passes with Anderson mixing until nothing moves: (status, passes, largest imbalance).

    x starts and ends there. A mixed step that makes things much worse is forgotten, with all that
    it was built from, and plain passes go on from there with a shorter step in wages.
    """
    n = len(x)
    regions = len(system.payroll)
    moved, last_moved, last_x = np.empty(n), np.empty(n), np.empty(n)
    steps, turns = np.empty((MEMORY, n)), np.empty((MEMORY, n))
    gram = np.zeros((MEMORY, MEMORY))
    small, right = np.empty((MEMORY, MEMORY)), np.empty(MEMORY)
    depth = 0
    place = 0
    best = np.inf
    off = np.inf
    for k in range(most):
        off = one_pass(system, leontief, closure, by_wages, anchor, x, found, moved, gap)
        if off <= tolerance:
            return CONVERGED, k + 1, off
        if not off < np.inf:
            return BROKEN, k + 1, off
        if k > 0 and memory > 0:
            if off > 4.0 * best and depth > 1:
                depth = 0
                place = 0
                best = off
            else:
                for i in range(n):
                    steps[place, i] = x[i] - last_x[i]
                    turns[place, i] = moved[i] - last_moved[i]
                depth = min(depth + 1, memory)
                for j in range(depth):
                    dot = 0.0
                    for i in range(n):
                        dot += turns[place, i] * turns[j, i]
                    gram[place, j] = dot
                    gram[j, place] = dot
                place = (place + 1) % memory
        best = min(best, off)
        for i in range(n):
            last_x[i] = x[i]
            last_moved[i] = moved[i]
        for j in range(depth):
            dot = 0.0
            for i in range(n):
                dot += turns[j, i] * moved[i]
            right[j] = dot
            for i in range(depth):
                small[j, i] = gram[j, i]
        solved(small, right, depth)
        for i in range(n):
            step = moved[i]
            for j in range(depth):
                step -= right[j] * (steps[j, i] + turns[j, i])
            if i < n - (n - regions) // 2:  # logs: never more than threefold at once
                step = min(max(step, -1.0), 1.0)
            x[i] += step
    return STUCK, most, off
