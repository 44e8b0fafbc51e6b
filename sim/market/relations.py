"""Relationship capital: how usable a link is today, and how it changes (model note, section 6)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import prange

from sim.arithmetic import log_of, power_of
from sim.compiled import compiled
from sim.lookup import first_above, largest

FAINT = 1e-4  # of a buyer's spending: a replacement worth less is left


@compiled()
def openness(covered, low, high):
    """Share of a firm's varieties, the interval [low, high], that a coverage leaves open."""
    if covered <= low:
        return 1.0
    if covered >= high:
        return 0.0
    return (high - covered) / (high - low)


class Offers(NamedTuple):
    """What sellers think of a capped price, and what buyers have of closer ties.

    price, cost: float64[N], last paid elsewhere, and of making a unit. withholding: d log of what
    is offered to capped buyers / d log (cap / price). variety: share of ties above 1 that counts as
    variety of the goods.
    """

    price: np.ndarray
    cost: np.ndarray
    withholding: float
    variety: float


@compiled()
def willing(ceiling, price, cost, withholding):
    """Share of its goods that a seller leaves to capped buyers: none below cost (section 5)."""
    if ceiling < cost:
        return 0.0
    return power_of(ceiling / price, withholding)


@compiled(parallel=True)
def weigh_links(places, links, wedges, offers, weights):
    """Link weights a_e = taste K Theta^(1 - sigma) of what is open, and a_e / theta.

    Only where links are stirred; the other markets keep the weights they had. Out: weights.
    Ties above 1 draw buyers, but a better acquaintance is no better good: of their weight counts
    min(K, 1)^(1 - variety); the same of costs that buyers have not taken notice of.

    K is the mean over a link's varieties. While a part is barred, the open part keeps its own
    capital, so the usable capital is min(K, open max(K, M)): K itself when nothing is barred,
    0 when all is, and K growing back from what is left of it when a ban is lifted. What banks
    refuse to pay for is lost as long as they do, and leaves the acquaintance as it is.
    """
    regions = wedges.paid.shape[1]
    taste, relation, low, high = links.taste, links.relation, places.low, places.high
    weight, net, counts, lost = weights.weight, weights.net, weights.counts, weights.lost
    flat_full, flat_ceiling = wedges.full.ravel(), wedges.ceiling.ravel()
    flat_refused = wedges.refused.ravel()
    flat_covered, flat_relation = wedges.covered.ravel(), wedges.relation.ravel()
    flat_weight, flat_paid = wedges.weight.ravel(), wedges.paid.ravel()
    for i in prange(len(places.order)):
        s = places.order[i]
        for b in range(places.buyers[s], places.buyers[s + 1]):
            d = places.buyer_region[b]
            if not links.stirred[s, d]:
                continue
            own = np.uint64((s * regions + d) * regions)
            pair = np.uint64(d * regions)
            begin = np.uint64(places.row[b])
            gone = 0.0
            for e in range(begin, begin + np.uint64(links.length[b])):
                f = links.seller[e]
                o = places.firm_region[f]
                k = relation[e]
                covered, paid_for = flat_covered[own + o], 1.0 - flat_refused[pair + o]
                if covered > 0.0:
                    part = openness(covered, low[f], high[f])
                    k = min(k, part * max(k, flat_relation[pair + o]))
                    gone += taste[e] * (1.0 - part * paid_for)
                elif paid_for < 1.0:
                    gone += taste[e] * (1.0 - paid_for)
                k *= paid_for
                counted = 1.0
                if k > 1.0:
                    counted = power_of(k, offers.variety - 1.0)
                if flat_full[own + o] != flat_weight[own + o]:
                    counted *= flat_full[own + o] / flat_weight[own + o]
                counts[e] = counted
                if flat_ceiling[own + o] < offers.price[f] and offers.withholding > 0.0:
                    k *= willing(
                        flat_ceiling[own + o], offers.price[f], offers.cost[f], offers.withholding
                    )
                a = taste[e] * k * flat_weight[own + o]
                weight[e] = a
                net[e] = a / flat_paid[own + o]
            lost[b] = gone


class Speeds(NamedTuple):
    """How fast relationship capital moves in a month.

    growth, decay: shares of the way to the target. stickiness: factor on decay between owner and
    owned.
    """

    growth: float
    decay: float
    stickiness: float


@compiled(parallel=True)
def adapt_relations(places, links, wedges, active, owner, buyer_firm, speeds):
    """K <- K + rho (target - K); target M while open and used, 0 when barred (section 6).

    active: bool[N]. owner: int64[N] region that owns most of a firm. buyer_firm: int64[B], -1 of
    final demand. Links of a foreign-owned firm with its owner's region decay by `stickiness`
    times the usual rate. In/out: links.relation, where links are stirred.
    """
    growth, decay, stickiness = speeds.growth, speeds.decay, speeds.stickiness
    relation, low, high = links.relation, places.low, places.high
    regions = wedges.covered.shape[1]
    flat_covered, flat_relation = wedges.covered.ravel(), wedges.relation.ravel()
    for i in prange(len(places.order)):
        s = places.order[i]
        for b in range(places.buyers[s], places.buyers[s + 1]):
            d = places.buyer_region[b]
            if not links.stirred[s, d]:
                continue
            own = np.uint64((s * regions + d) * regions)
            pair = np.uint64(d * regions)
            user = buyer_firm[b]
            parent = owner[user] if user >= 0 else d
            begin = np.uint64(places.row[b])
            for e in range(begin, begin + np.uint64(links.length[b])):
                f = links.seller[e]
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


@compiled()
def let_go(places, links, base_length, active, lost, rate):
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
def replaced(places, links, base_length, active, back):
    """What suppliers found since the base year can stand in for: sum of taste x min(K, 1).

    A placed order is no delivery: a new supplier counts as far as the relationship works.
    base_length: int64[B]. back: out float64[B].
    """
    for b in range(len(links.length)):
        back[b] = 0.0
        for e in range(places.row[b] + base_length[b], places.row[b] + links.length[b]):
            if active[links.seller[e]]:
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
    order = budget[b] * taken * terms.trust
    stalls.expected[trader] += order / (stalls.reference[trader] * wedges.paid[s, d, r])
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
