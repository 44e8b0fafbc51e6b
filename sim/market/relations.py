"""Relationship capital: how usable a link is today, and how it changes (model note, section 6)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange

FAINT = 1e-4  # of a buyer's spending: a replacement worth less is left


@njit(cache=True, nogil=True)
def openness(covered, low, high):
    """Share of a firm's varieties, the interval [low, high], that a coverage leaves open."""
    if covered <= low:
        return 1.0
    if covered >= high:
        return 0.0
    return (high - covered) / (high - low)


@njit(cache=True, nogil=True, parallel=True)
def weigh_links(places, wedges, low, high, stirred, taste, relation, weight, net, lost):
    """Link weights a_e = taste K Theta^(1 - sigma) of what is open, and a_e / theta.

    low, high: float64[N] varieties a firm makes. stirred: bool[S, R], markets by destination in
    which anything can have changed; the others keep last month's weights. taste, relation:
    float64[L]. Out: weight, net float64[L]; lost float64[B], taste of barred links.

    K is the mean over a link's varieties. While a part is barred, the open part keeps its own
    capital, so the usable capital is min(K, open max(K, M)): K itself when nothing is barred,
    0 when all is, and K growing back from what is left of it when a ban is lifted.
    """
    regions = wedges.paid.shape[1]
    flat_covered, flat_relation = wedges.covered.ravel(), wedges.relation.ravel()
    flat_weight, flat_paid = wedges.weight.ravel(), wedges.paid.ravel()
    for i in prange(len(places.order)):
        s = places.order[i]
        for b in range(places.buyers[s], places.buyers[s + 1]):
            d = places.buyer_region[b]
            if not stirred[s, d]:
                continue
            own = np.uint64((s * regions + d) * regions)
            pair = np.uint64(d * regions)
            begin = np.uint64(places.row[b])
            gone = 0.0
            for e in range(begin, begin + np.uint64(places.length[b])):
                f = places.seller[e]
                o = places.firm_region[f]
                k = relation[e]
                covered = flat_covered[own + o]
                if covered > 0.0:
                    part = openness(covered, low[f], high[f])
                    k = min(k, part * max(k, flat_relation[pair + o]))
                    gone += taste[e] * (1.0 - part)
                a = taste[e] * k * flat_weight[own + o]
                weight[e] = a
                net[e] = a / flat_paid[own + o]
            lost[b] = gone


@njit(cache=True, nogil=True, parallel=True)
def adapt_relations(
    places,
    wedges,
    low,
    high,
    active,
    owner,
    buyer_firm,
    stirred,
    growth,
    decay,
    stickiness,
    relation,
):
    """K <- K + rho (target - K); target M while open and used, 0 when barred (section 6).

    active: bool[N]. owner: int64[N] region that owns most of a firm. Links of a foreign-owned
    firm with its owner's region decay by `stickiness` times the usual rate. stirred: bool[S, R]
    as in `weigh_links`. relation: in/out.
    """
    regions = wedges.covered.shape[1]
    flat_covered, flat_relation = wedges.covered.ravel(), wedges.relation.ravel()
    for i in prange(len(places.order)):
        s = places.order[i]
        for b in range(places.buyers[s], places.buyers[s + 1]):
            d = places.buyer_region[b]
            if not stirred[s, d]:
                continue
            own = np.uint64((s * regions + d) * regions)
            pair = np.uint64(d * regions)
            user = buyer_firm[b]
            parent = owner[user] if user >= 0 else d
            begin = np.uint64(places.row[b])
            for e in range(begin, begin + np.uint64(places.length[b])):
                f = places.seller[e]
                o = places.firm_region[f]
                target = flat_relation[pair + o] if active[f] else 0.0
                covered = flat_covered[own + o]
                if covered > 0.0:
                    target *= openness(covered, low[f], high[f])
                k = relation[e]
                if target > k:
                    relation[e] = k + growth * (target - k)
                elif target < k:
                    rate = decay
                    if o != d and (parent == o or owner[f] == d):
                        rate *= stickiness
                    relation[e] = k + rate * (target - k)


@njit(cache=True, nogil=True)
def let_go(places, base_length, active, lost, rate, taste, relation, found):
    """Buyers leave replacements they need no longer, and miss those that have closed (section 6).

    base_length: int64[B], links of the base year; what stands after them was found. lost:
    float64[B] barred taste. rate: share of what was found in excess that goes a month, as
    relationships with the old suppliers come back. A link that is left makes room for another.
    In/out: places.seller and places.length, taste, relation [L], found [B].
    """
    for s in range(len(places.order)):
        for b in range(places.buyers[s], places.trader_buyers[s]):
            if found[b] <= 0.0:
                continue
            keep = 1.0
            if found[b] > lost[b]:
                keep = 1.0 - rate * (found[b] - lost[b]) / found[b]
            begin, end = places.row[b] + base_length[b], places.row[b] + places.length[b]
            before, kept, to = 0.0, 0.0, begin
            for e in range(begin, end):
                before += taste[e]
                left = keep * taste[e]
                if active[places.seller[e]] and left > FAINT:
                    places.seller[to], relation[to], taste[to] = places.seller[e], relation[e], left
                    kept += left
                    to += 1
            if to < end or keep < 1.0:
                places.length[b] = to - places.row[b]
                found[b] *= kept / before if before > 0.0 else 0.0


@njit(cache=True, nogil=True)
def replaced(places, base_length, active, taste, relation, back):
    """What suppliers found since the base year can stand in for: sum of taste x min(K, 1).

    A placed order is no delivery: a new supplier counts as far as the relationship works.
    base_length: int64[B]. back: out float64[B].
    """
    for b in range(len(places.length)):
        back[b] = 0.0
        for e in range(places.row[b] + base_length[b], places.row[b] + places.length[b]):
            if active[places.seller[e]]:
                back[b] += taste[e] * min(relation[e], 1.0)


@njit(cache=True, nogil=True)
def meet(
    places,
    wedges,
    low,
    high,
    active,
    meeting,
    cells,
    size,
    need,
    chance,
    rate,
    takeover,
    quality,
    trust,
    stirred,
    taste,
    relation,
    found,
):
    """Buyers in need search for suppliers and meet at most one a month (section 6).

    meeting: float64[S, R, R], chance that a buyer of a destination meets an origin, cumulative
    over origins. cells: int64[S, R + 1]. size: float64[N] cumulative size share in its cell.
    need: float64[B] lost share not yet replaced. chance: float64[B] uniform draws; one draw
    decides whether, where and whom, each from what the step before leaves of it.
    takeover: share of the need that a found supplier takes over; quality: the taste it is worth,
    over the taste that was lost. In/out: places.seller and places.length, stirred bool[S, R],
    taste, relation [L], found float64[B].
    Returns the number of new links.
    """
    new = 0
    regions = meeting.shape[1]
    for s in range(len(places.order)):
        for b in range(places.buyers[s], places.trader_buyers[s]):
            if chance[b] >= rate * need[b]:
                continue
            d = places.buyer_region[b]
            total = meeting[s, d, regions - 1]
            u = chance[b] / (rate * need[b]) * total
            o = np.searchsorted(meeting[s, d], u, side="right")
            if o >= regions:
                continue
            before = meeting[s, d, o - 1] if o > 0 else 0.0
            u = (u - before) / (meeting[s, d, o] - before)
            first, after = cells[s, o], cells[s, o + 1]
            f = min(first + np.searchsorted(size[first:after], u, side="right"), after - 1)
            part = openness(wedges.covered[s, d, o], low[f], high[f])
            begin = places.row[b]
            end = begin + places.length[b]
            if not active[f] or part <= 0.0 or end >= places.row[b + 1]:
                continue
            known = False
            for e in range(begin, end):
                known = known or places.seller[e] == f
            if known:
                continue
            places.seller[end] = f
            taste[end] = quality * takeover * need[b]
            relation[end] = trust
            places.length[b] += 1
            found[b] += takeover * need[b]
            stirred[s, d] = True
            new += 1
    return new


@njit(cache=True, nogil=True)
def lost_maker(places, wedges, low, high, taste, s, b, u):
    """A maker that a buyer may no longer buy from in full, drawn by the taste that was lost.

    u: a draw in [0, 1). Returns the maker, -1 if none; the taste lost with it; what is left of
    the draw, in [0, 1).
    """
    d = places.buyer_region[b]
    begin, end = places.row[b], places.row[b] + places.length[b]
    gone = 0.0
    for e in range(begin, end):
        f = places.seller[e]
        covered = wedges.covered[s, d, places.firm_region[f]]
        gone += taste[e] * (1.0 - openness(covered, low[f], high[f]))
    maker, missed, left = -1, 0.0, u * gone
    for e in range(begin, end):
        f = places.seller[e]
        covered = wedges.covered[s, d, places.firm_region[f]]
        part = taste[e] * (1.0 - openness(covered, low[f], high[f]))
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


@njit(cache=True, nogil=True)
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
            route *= wedges.weight[s, d, r] * wedges.weight[s, r, o]
            route *= open_part[h]
        asked += route
        routes[h] = route
    return asked


@njit(cache=True, nogil=True)
def draw_hub(routes, let_through, asked, u):
    """A hub drawn by its route; -1 if it lets nothing through. Also what is left of the draw u."""
    total = 0.0
    for h in range(len(routes)):
        before = total
        total += routes[h] * let_through[h]
        if u * asked < total:
            return h, (u * asked - before) / (total - before)
    return -1, 0.0


@njit(cache=True, nogil=True)
def free_trader(places, listed, per_market, s, h, u):
    """A trader of a hub that is not itself listed, the search beginning at a draw u; or -1."""
    for k in range(per_market):
        place = (int(u * per_market) + k) % per_market
        trader = places.trader_firms[s] + h * per_market + place
        if not listed[trader]:
            return trader
    return -1


@njit(cache=True, nogil=True)
def link_with(places, taste, relation, b, seller, trust):
    """The link of a buyer with a seller, made with no taste yet if there is none; -1: no room."""
    begin, end = places.row[b], places.row[b] + places.length[b]
    for e in range(begin, end):
        if places.seller[e] == seller:
            return e
    if end >= places.row[b + 1]:
        return -1
    places.seller[end] = seller
    taste[end] = 0.0
    relation[end] = trust
    places.length[b] += 1
    return end


@njit(cache=True, nogil=True)
def place_order(
    places, wedges, roads, terms, stalls, budget, price, stirred, taste, relation, found,
    s, b, h, maker, taken, u,
):  # fmt: skip
    """One order of a buyer, for a maker's goods through a hub; 1 if it could be placed, else 0.

    taken: share of the buyer's spending that it replaces. The trader adds the maker to its
    suppliers and starts at the size of the order, at the price the goods cost it there.
    """
    d, o, r = places.buyer_region[b], places.firm_region[maker], roads.hubs[h]
    trader = free_trader(places, roads.listed, roads.per_market, s, h, u)
    if trader < 0:
        return 0
    bought = link_with(places, taste, relation, b, trader, terms.trust)
    if bought < 0:
        return 0
    slot = roads.slot[trader]
    taste[bought] += terms.quality * taken
    found[b] += taken
    if not stalls.active[trader]:
        cost = price[maker] * wedges.paid[s, r, o] * wedges.border[s, r, o]
        stalls.active[trader] = True
        stalls.expected[trader] = 0.0
        stalls.reference[trader] = cost * (1.0 + terms.margin)
        stalls.quoted[trader] = stalls.reference[trader]
        stalls.log_virtual[trader] = np.log(stalls.reference[trader])
        stalls.price_index[slot] = cost
    order = budget[b] * taken * terms.trust
    stalls.expected[trader] += order / (stalls.reference[trader] * wedges.paid[s, d, r])
    supply = link_with(places, taste, relation, slot, maker, 1.0)
    if supply >= 0:
        taste[supply] += order
    stirred[s, d] = True
    stirred[s, r] = True
    return 1


@njit(cache=True, nogil=True)
def call_traders(
    places, wedges, low, high, roads, terms, stalls, need, chance, budget, price,
    stirred, taste, relation, found,
):  # fmt: skip
    """Buyers that lost suppliers order the same makers' goods through traders (section 6).

    An order is split over the hubs by their routes, the largest parts first, down to
    `least_share`; what is left goes to one hub that is drawn (all of it, if the least share is
    above 1). What compliance refuses stays missing and asks again.
    need: float64[B] lost share not yet replaced. chance: float64[B]; one draw decides whether,
    which lost maker, which hub and which trader. Final-demand nodes (first in their sector, one a
    region) stand for many buyers: if `steady`, the part of them that is expected to calls, every
    month. budget: float64[B] mUSD. price: float64[N] paid at the gate. In/out: places.seller and
    places.length, stirred, taste, relation [L], found [B], stalls. Returns the number of orders.
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
            maker, missed, u = lost_maker(places, wedges, low, high, taste, s, b, u)
            if maker < 0:
                continue
            o = places.firm_region[maker]
            for h in range(hubs):
                covered = wedges.covered[s, roads.hubs[h], o]
                open_part[h] = openness(covered, low[maker], high[maker])
            asked = weigh_routes(wedges, roads, open_part, routes, s, d, o)
            if asked <= 0.0:
                continue
            taken = pace * min(max(missed, terms.batch * need[b]), need[b])
            for h in range(hubs):
                parts[h] = routes[h] * roads.let_through[h] / asked
            for _ in range(hubs):
                h = int(np.argmax(parts))
                if parts[h] < terms.least_share:
                    break
                orders += place_order(
                    places, wedges, roads, terms, stalls, budget, price, stirred, taste, relation,
                    found, s, b, h, maker, parts[h] * taken, u,
                )  # fmt: skip
                routes[h] = parts[h] = 0.0
            others = 0.0
            for h in range(hubs):
                others += routes[h]
            h, u = draw_hub(routes, roads.let_through, others, u)
            if h >= 0:
                orders += place_order(
                    places, wedges, roads, terms, stalls, budget, price, stirred, taste, relation,
                    found, s, b, h, maker, others / asked * taken, u,
                )  # fmt: skip
    return orders
