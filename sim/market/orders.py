"""Orders through traders: a lost maker's goods over a hub that may have them (note, section 6)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.arithmetic import log_of
from sim.compiled import compiled
from sim.lookup import largest
from sim.market.relations import openness
from sim.market.suppliers import link_with


@compiled()
def lost_maker(places, links, wedges, s, b, u):
    """A maker that a buyer may no longer buy from in full, drawn by the taste that was lost.

    u: a draw in [0, 1). Returns the maker, -1 if none; the taste lost with it; what is left of
    the draw, in [0, 1).
    """
    taste, low, high = links.taste, places.low, places.high
    d = places.buyer_region[b]
    begin, end = places.row[b], places.row[b] + links.length[b]
    gone = 0.0
    for e in range(begin, end):
        f = links.seller[e]
        o = places.firm_region[f]
        part = openness(wedges.covered[s, d, o], low[f], high[f]) * (1.0 - wedges.refused[d, o])
        gone += taste[e] * (1.0 - part)
    maker, missed, left = -1, 0.0, u * gone
    for e in range(begin, end):
        f = links.seller[e]
        o = places.firm_region[f]
        part = openness(wedges.covered[s, d, o], low[f], high[f]) * (1.0 - wedges.refused[d, o])
        part = taste[e] * (1.0 - part)
        if part > 0.0 and f < places.trader_firms[s]:
            maker, missed = f, part
            if left < part:
                break
        left -= part
    if maker < 0:
        return -1, 0.0, 0.0
    return maker, missed, min(max(left / missed, 0.0), 1.0 - 1e-16)


class Roads(NamedTuple):
    """What traders of H hubs offer buyers that lost a maker.

    appeal: float64[S, R, R, H] destination, origin, hub. hubs: int64[H] regions. let_through:
    float64[H], share of orders that compliance lets through. per_market: traders of a hub and
    good. slot: int64[N] of a trader, -1 of others. listed: bool[N].
    """

    appeal: np.ndarray
    hubs: np.ndarray
    let_through: np.ndarray
    per_market: int
    slot: np.ndarray
    listed: np.ndarray


class Terms(NamedTuple):
    """How buyers and traders deal with each other; numbers of `TraderParams`.

    batch: least share of what a buyer misses that one order replaces: the trader brings what the
    lost maker's like have made, too.
    """

    rate: float
    batch: float
    trust: float
    quality: float
    margin: float
    least_share: float
    steady: bool


class Stalls(NamedTuple):
    """What opens with a trader: price_index float64[B], the others [N]."""

    active: np.ndarray
    expected: np.ndarray
    reference: np.ndarray
    quoted: np.ndarray
    log_virtual: np.ndarray
    price_index: np.ndarray


@compiled()
def weigh_routes(wedges, roads, open_part, routes, s, d, o):
    """How well each hub brings goods of origin o to d at this month's costs; returns the sum.

    open_part: float64[H], share of the maker's varieties open to each hub. routes: out float64[H].
    """
    asked = 0.0
    for h in range(len(roads.hubs)):
        r = roads.hubs[h]
        route = 0.0
        if r != d and r != o and wedges.covered[s, d, r] <= 0.0:
            route = roads.appeal[s, d, o, h] * wedges.relation[d, r]
            route *= wedges.full[s, d, r] * wedges.full[s, r, o]
            route *= open_part[h]
            route *= (1.0 - wedges.refused[d, r]) * (1.0 - wedges.refused[r, o])
        asked += route
        routes[h] = route
    return asked


@compiled()
def draw_hub(routes, let_through, asked, u):
    """A hub drawn by its route; -1 if it lets nothing through. Also what is left of the draw u."""
    total = 0.0
    for h in range(len(routes)):
        before = total
        total += routes[h] * let_through[h]
        if u * asked < total:
            return h, (u * asked - before) / (total - before)
    return -1, 0.0


@compiled()
def free_trader(places, listed, per_market, s, h, u):
    """A trader of a hub that is not itself listed, the search beginning at a draw u; or -1."""
    for k in range(per_market):
        place = (int(u * per_market) + k) % per_market
        trader = places.trader_firms[s] + h * per_market + place
        if not listed[trader]:
            return trader
    return -1


@compiled()
def place_order(
    places, links, wedges, roads, terms, stalls, budget, price, s, b, h, maker, taken, u
):
    """One order of a buyer, for a maker's goods through a hub; 1 if it could be placed, else 0.

    taken: share of the buyer's spending that it replaces. The trader adds the maker to its
    suppliers and starts at the size of the order, at the price the goods cost it there.
    """
    d, o, r = places.buyer_region[b], places.firm_region[maker], roads.hubs[h]
    trader = free_trader(places, roads.listed, roads.per_market, s, h, u)
    if trader < 0:
        return 0
    bought = link_with(places, links, b, trader, terms.trust)
    if bought < 0:
        return 0
    slot = roads.slot[trader]
    links.taste[bought] += terms.quality * taken
    links.found[b] += taken
    if not stalls.active[trader]:
        cost = price[maker] * wedges.paid[s, r, o] * wedges.border[s, r, o]
        stalls.active[trader] = True
        stalls.expected[trader] = 0.0
        stalls.reference[trader] = cost * (1.0 + terms.margin)
        stalls.quoted[trader] = stalls.reference[trader]
        stalls.log_virtual[trader] = log_of(stalls.reference[trader])
        stalls.price_index[slot] = cost
    # in units, since a trader weighs makers by what was ordered of each, whatever money is worth
    order = budget[b] * taken * terms.trust / (stalls.reference[trader] * wedges.paid[s, d, r])
    stalls.expected[trader] += order
    supply = link_with(places, links, slot, maker, 1.0)
    if supply >= 0:
        links.taste[supply] += order
    links.stirred[s, d] = True
    links.stirred[s, r] = True
    return 1


@compiled()
def call_traders(places, links, wedges, roads, terms, stalls, need, chance, budget, price):
    """Buyers that lost suppliers order the same makers' goods through traders (section 6).

    An order is split over the hubs by their routes, the largest parts first, down to
    `least_share`; what is left goes to one hub that is drawn (all of it, if the least share is
    above 1). What compliance refuses stays missing and asks again.
    need: float64[B] lost share not yet replaced. chance: float64[B]; one draw decides whether,
    which lost maker, which hub and which trader. Final-demand nodes (first in their sector, one a
    region) stand for many buyers: if `steady`, the part of them that is expected to calls, every
    month. budget: float64[B] mUSD. price: float64[N] paid at the gate. In/out: links, stalls.
    Returns the number of orders.
    """
    orders = 0
    hubs, regions = len(roads.hubs), wedges.paid.shape[1]
    routes, open_part, parts = np.zeros(hubs), np.zeros(hubs), np.zeros(hubs)
    for s in range(len(places.order)):
        if places.trader_firms[s] == places.firms[s + 1]:
            continue  # services cannot be traded on
        for b in range(places.buyers[s], places.trader_buyers[s]):
            pace, u = 1.0, chance[b]
            if terms.steady and b < places.buyers[s] + regions:
                pace = terms.rate * need[b]
                if pace <= 0.0:
                    continue
            elif chance[b] < terms.rate * need[b]:
                u = chance[b] / (terms.rate * need[b])
            else:
                continue
            d = places.buyer_region[b]
            maker, missed, u = lost_maker(places, links, wedges, s, b, u)
            if maker < 0:
                continue
            o = places.firm_region[maker]
            for h in range(hubs):
                covered = wedges.covered[s, roads.hubs[h], o]
                open_part[h] = openness(covered, places.low[maker], places.high[maker])
            asked = weigh_routes(wedges, roads, open_part, routes, s, d, o)
            if asked <= 0.0:
                continue
            taken = pace * min(max(missed, terms.batch * need[b]), need[b])
            for h in range(hubs):
                parts[h] = routes[h] * roads.let_through[h] / asked
            for _ in range(hubs):
                h = largest(parts)
                if parts[h] < terms.least_share:
                    break
                orders += place_order(
                    places, links, wedges, roads, terms, stalls, budget, price,
                    s, b, h, maker, parts[h] * taken, u,
                )  # fmt: skip
                routes[h] = parts[h] = 0.0
            others = 0.0
            for h in range(hubs):
                others += routes[h]
            h, u = draw_hub(routes, roads.let_through, others, u)
            if h >= 0:
                orders += place_order(
                    places, links, wedges, roads, terms, stalls, budget, price,
                    s, b, h, maker, others / asked * taken, u,
                )  # fmt: skip
    return orders
