"""Suppliers: who is found in place of who was lost, and left again (model note, section 6)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.compiled import compiled
from sim.lookup import first_above
from sim.market.relations import openness

FAINT = 1e-4  # of a buyer's spending: a replacement worth less is left


@compiled()
def drop_replacements(places, links, base_length, active, lost, rate):
    """Buyers leave replacements they need no longer, and miss those that have closed (section 6).

    base_length: int64[B], links of the base year; what stands after them was found. lost:
    float64[B] barred taste. rate: share of what was found in excess that goes a month, as
    relationships with the old suppliers come back. A link that is left makes room for another.
    In/out: links.
    """
    seller, taste, relation, found = links.seller, links.taste, links.relation, links.found
    for s in range(len(places.order)):
        for b in range(places.buyers[s], places.trader_buyers[s]):
            if found[b] <= 0.0:
                continue
            keep = 1.0
            if found[b] > lost[b]:
                keep = 1.0 - rate * (found[b] - lost[b]) / found[b]
            begin, end = places.row[b] + base_length[b], places.row[b] + links.length[b]
            before, kept, to = 0.0, 0.0, begin
            for e in range(begin, end):
                before += taste[e]
                left = keep * taste[e]
                if active[seller[e]] and left > FAINT:
                    seller[to], relation[to], taste[to] = seller[e], relation[e], left
                    kept += left
                    to += 1
            if to < end or keep < 1.0:
                links.length[b] = to - places.row[b]
                found[b] *= kept / before if before > 0.0 else 0.0


@compiled()
def replaced(places, links, base_length, delivers, back):
    """What suppliers found since the base year can stand in for: sum of taste x min(K, 1).

    A placed order is no delivery: a new supplier counts once it has goods to sell, as far as the
    relationship works. base_length: int64[B]. delivers: bool[N]. back: out float64[B].
    """
    for b in range(len(links.length)):
        back[b] = 0.0
        for e in range(places.row[b] + base_length[b], places.row[b] + links.length[b]):
            if delivers[links.seller[e]]:
                back[b] += links.taste[e] * min(links.relation[e], 1.0)


@compiled()
def find_link(places, links, b, seller):
    """Where the link of a buyer with a seller stands; -1 if there is none."""
    for e in range(places.row[b], places.row[b] + links.length[b]):
        if links.seller[e] == seller:
            return e
    return -1


@compiled()
def link_with(places, links, b, seller, trust):
    """The link of a buyer with a seller, made with no taste yet if there is none; -1: no room."""
    known = find_link(places, links, b, seller)
    if known >= 0:
        return known
    end = places.row[b] + links.length[b]
    if end >= places.row[b + 1]:
        return -1
    links.seller[end] = seller
    links.taste[end] = 0.0
    links.relation[end] = trust
    links.length[b] += 1
    return end


class Meetings(NamedTuple):
    """Where buyers look for suppliers, and whom they find there.

    reach: float64[S, R, R], chance that a buyer of a destination meets an origin, cumulative over
    origins. cells: int64[S, R + 1] first firm of each origin. size: float64[N] cumulative size
    share in its cell.
    """

    reach: np.ndarray
    cells: np.ndarray
    size: np.ndarray


class FirstDeal(NamedTuple):
    """How a buyer in need takes up with a new supplier; numbers of `BehaviourParams`.

    rate: chance a month at full need. takeover: share of the need that the supplier takes over.
    quality: the taste it is worth, over the taste that was lost. trust: K of the new link.
    """

    rate: float
    takeover: float
    quality: float
    trust: float


@compiled()
def meet(places, links, wedges, meetings, deal, active, need, chance):
    """Buyers in need search for suppliers and meet at most one a month (section 6).

    active: bool[N]. need: float64[B] lost share not yet replaced. chance: float64[B] uniform
    draws; one draw decides whether, where and whom, each from what the step before leaves of it.
    In/out: links. Returns the number of new ones.
    """
    new = 0
    rate, reach, cells, size = deal.rate, meetings.reach, meetings.cells, meetings.size
    regions = reach.shape[1]
    for s in range(len(places.order)):
        for b in range(places.buyers[s], places.trader_buyers[s]):
            if chance[b] >= rate * need[b]:
                continue
            d = places.buyer_region[b]
            total = reach[s, d, regions - 1]
            u = chance[b] / (rate * need[b]) * total
            o = first_above(reach[s, d], u)
            if o >= regions:
                continue
            before = reach[s, d, o - 1] if o > 0 else 0.0
            u = (u - before) / (reach[s, d, o] - before)
            first, after = cells[s, o], cells[s, o + 1]
            f = min(first + first_above(size[first:after], u), after - 1)
            part = openness(wedges.covered[s, d, o], places.low[f], places.high[f])
            if not active[f] or part <= 0.0 or find_link(places, links, b, f) >= 0:
                continue
            e = link_with(places, links, b, f, deal.trust)
            if e < 0:
                continue
            links.taste[e] = deal.quality * deal.takeover * need[b]
            links.found[b] += deal.takeover * need[b]
            links.stirred[s, d] = True
            new += 1
    return new
