"""Loops that draw links and balance them. Arrays in, arrays out; Python callers check and draw.

Everything is sequential within a sector and sectors do not meet, so threads cannot change a bit.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from sim.compiled import compiled
from sim.lookup import first_above


@compiled()
def draw_links(
    start,  # int64[B + 1] room of each buyer's row
    buyer_region,  # int64[B]
    sees_all,  # int64[B] 0 draws suppliers, 1 draws and sees every origin, 2 final demand
    wanted,  # float64[B] spending at base prices
    suppliers,  # int64 draws of an input slot
    shift,  # float64[R] start of each destination's low-discrepancy sequence
    origin_share,  # float64[R, R] cumulative over origins for each destination
    cell_start,  # int64[R + 1] first firm of each origin in this sector
    weight,  # float64[F] cumulative size share of firms within their origin
    exporters,  # float64 share of an origin's firms that a foreign final-demand node sees
    pick,  # float64[L] uniform numbers, one per place in the rows
    order,  # int64[B] order in which buyers draw
    seller,  # out int64[L]
    flow,  # out float64[L] first guess
    length,  # out int64[B]
):
    """Links of one sector: who buys from whom, with a first guess of the monthly flow.

    An input slot draws `suppliers` origins from a golden-ratio sequence over the trade shares of
    its destination: across slots every origin gets its share, within a slot origins differ. A
    final-demand node sees every domestic firm and an even sample of each origin's exporters.
    """
    regions = len(cell_start) - 1
    golden = 0.6180339887498949
    position = shift.copy()
    for place in range(len(order)):
        b = order[place]
        d = buyer_region[b]
        first = start[b]
        n = 0
        if sees_all[b] == 2:
            for o in range(regions):
                before = origin_share[d, o - 1] if o > 0 else 0.0
                share = origin_share[d, o] - before
                if share <= 0.0:
                    continue
                low, high = cell_start[o], cell_start[o + 1]
                number = high - low
                if o != d:
                    number = max(min(2, number), int(np.ceil(exporters * number)))
                total = 0.0
                entry = n
                number = min(number, start[b + 1] - first - n)
                for k in range(number):
                    # systematic: every rank of size has the same chance to export here
                    f = low + int((k + pick[first + entry]) * (high - low) / number)
                    seller[first + n] = f
                    size = weight[f] - (weight[f - 1] if f > low else 0.0)
                    flow[first + n] = size
                    total += size
                    n += 1
                for k in range(entry, n):
                    flow[first + k] *= wanted[b] * share / total
        else:
            for _ in range(suppliers):
                position[d] = (position[d] + golden) % 1.0
                o = first_above(origin_share[d], position[d])
                o = min(o, regions - 1)
                n = add_link(start[b + 1], o, n, first, cell_start, weight, pick, seller)
            if sees_all[b] == 1:
                for o in range(regions):
                    before = origin_share[d, o - 1] if o > 0 else 0.0
                    if origin_share[d, o] > before:
                        n = add_link(start[b + 1], o, n, first, cell_start, weight, pick, seller)
            for k in range(n):
                flow[first + k] = wanted[b] / n
        length[b] = n


@compiled()
def add_link(end, o, n, first, cell_start, weight, pick, seller):
    """Add a firm of origin o, drawn by size, to a row of n links unless it is there already.

    end: first place of the next row; a full row stays as it is.
    """
    low, high = cell_start[o], cell_start[o + 1]
    if high == low or first + n >= end:
        return n
    f = low + first_above(weight[low:high], pick[first + n])
    f = min(f, high - 1)
    for k in range(n):
        if seller[first + k] == f:
            return n
    seller[first + n] = f
    return n + 1


@compiled(parallel=True)
def balance_round(
    buyers,  # int64[S + 1] first buyer of each sector
    row,  # int64[B + 1]
    wanted,  # float64[B] spending each buyer should reach
    buyer_region,  # int64[B]
    seller,  # int64[L] firm
    firm_region,  # int64[N]
    wedge,  # float64[S, R, R] destination, origin: 1 + tariff
    trade,  # float64[S, R, R] destination, origin: flow each cell should reach
    flow,  # in/out float64[L]
    sales,  # out float64[N]
):
    """One round of RAS over the links: rows to their spending, then cells exactly to trade."""
    sectors = len(buyers) - 1
    regions = trade.shape[1]
    for s in prange(sectors):
        cell = np.zeros((regions, regions))
        for b in range(buyers[s], buyers[s + 1]):
            d = buyer_region[b]
            spent = 0.0
            for e in range(row[b], row[b + 1]):
                spent += flow[e] * wedge[s, d, firm_region[seller[e]]]
            scale = wanted[b] / spent if spent > 0.0 else 0.0
            for e in range(row[b], row[b + 1]):
                flow[e] *= scale
                cell[d, firm_region[seller[e]]] += flow[e]
        for d in range(regions):
            for o in range(regions):
                cell[d, o] = trade[s, d, o] / cell[d, o] if cell[d, o] > 0.0 else 0.0
        for b in range(buyers[s], buyers[s + 1]):
            d = buyer_region[b]
            for e in range(row[b], row[b + 1]):
                flow[e] *= cell[d, firm_region[seller[e]]]
                sales[seller[e]] += flow[e]


@compiled()
def pay(row, length, buyer_region, buyer_sector, seller, firm_region, tariff, flow, paid):
    """What buyers pay for the flow of each link: flow (1 + tariff). Links stand in buyer order.

    row: int64[B + 1]. length: int64[B]. tariff: float64[R, R, S]. flow: float64[L]. Out: paid.
    """
    for b in range(len(length)):
        d, s = buyer_region[b], buyer_sector[b]
        for e in range(row[b], row[b] + length[b]):
            paid[e] = flow[e] * (1.0 + tariff[firm_region[seller[e]], d, s])


@compiled(error_model="numpy")
def lay_wide(row, wide, seller, paid, spending, wide_seller, wide_taste):
    """Links in rows with room to spare, and their tastes: shares of what a buyer pays.

    row, wide: int64[B + 1] first places before and after. paid: float64[L], spending: float64[B].
    Out, every entry: wide_seller, wide_taste. Spare places name the first supplier, without taste.
    """
    for b in range(len(spending)):
        to = wide[b]
        for e in range(row[b], row[b + 1]):
            wide_seller[to] = seller[e]
            wide_taste[to] = paid[e] / spending[b]
            to += 1
        for e in range(to, wide[b + 1]):
            wide_seller[e] = seller[row[b]]
            wide_taste[e] = 0.0


@compiled()
def move_rows(old_row, row, moved_buyer, moved_firm, seller, taste, new_seller, new_taste):
    """Rows of links in new places, for buyers and firms that have new numbers.

    old_row: int64[B + 1]; row: first places by new number. moved_buyer, moved_firm: new numbers.
    Out, where old rows stand: new_seller, new_taste.
    """
    for b in range(len(moved_buyer)):
        to = row[moved_buyer[b]]
        for e in range(old_row[b], old_row[b + 1]):
            new_seller[to] = moved_firm[seller[e]]
            new_taste[to] = taste[e]
            to += 1


@compiled()
def base_trade(
    row, length, buyer_region, buyer_sector, spending, seller, taste, firm_region, tariff,
    trade, duties, by_origin,
):  # fmt: skip
    """Trade and duties of the base year, summed link by link in buyer order.

    spending: float64[B]. taste: float64[L], shares of it. tariff: float64[R, R, S]. In/out, from
    zero: trade, by_origin float64[R, R] destination, origin: value at the gate and duties on it;
    duties: float64[R].
    """
    for b in range(len(length)):
        d, s = buyer_region[b], buyer_sector[b]
        for e in range(row[b], row[b] + length[b]):
            o = firm_region[seller[e]]
            rate = tariff[o, d, s]
            flow = taste[e] * spending[b] / (1.0 + rate)
            trade[d, o] += flow
            duties[d] += flow * rate
            by_origin[d, o] += flow * rate
