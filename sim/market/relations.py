"""Relationship capital: how usable a link is today, and how it changes (model note, section 6)."""

from __future__ import annotations

import numpy as np
from numba import njit, prange


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
    takeover: taste a found supplier takes over, per unit of need. In/out: places.seller and
    places.length, stirred bool[S, R], taste, relation [L], found float64[B].
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
            taste[end] = takeover * need[b]
            relation[end] = trust
            places.length[b] += 1
            found[b] += takeover * need[b]
            stirred[s, d] = True
            new += 1
    return new


@njit(cache=True, nogil=True)
def call_traders(
    places, wedges, low, high, appeal, hubs, let_through, per_market, trader_slot, need, chance,
    rate, batch, trust, quality, margin, budget, price, listed, stirred, taste, relation, found,
    active, expected, reference, quoted, log_virtual, price_index,
):  # fmt: skip
    """Buyers that lost suppliers order the same makers' goods through traders (section 6).

    appeal: float64[S, R, R, H] destination, origin, hub. hubs: int64[H]. let_through: float64[H].
    trader_slot: int64[N] slot of a trader, -1 of others. need: float64[B] lost share not yet
    replaced. chance: float64[B]; one draw decides whether, which lost maker, which hub and which
    trader. batch: least share of what a buyer misses that one order replaces: the trader brings
    what the lost maker's like have made, too. budget: float64[B] mUSD. price: float64[N] paid at
    the gate. listed: bool[N]. In/out: places.seller and places.length, stirred, taste, relation
    [L], found [B], and for the traders called active, expected, reference, quoted, log_virtual
    [N], price_index [B]. Returns the number of orders.
    """
    orders = 0
    routes = np.zeros(len(hubs))
    for s in range(len(places.order)):
        if places.trader_firms[s] == places.firms[s + 1]:
            continue  # services cannot be traded on
        for b in range(places.buyers[s], places.trader_buyers[s]):
            if chance[b] >= rate * need[b]:
                continue
            u = chance[b] / (rate * need[b])
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
                continue
            u = min(max(left / missed, 0.0), 1.0 - 1e-16)
            o = places.firm_region[maker]
            total, asked = 0.0, 0.0
            for h in range(len(hubs)):
                r = hubs[h]
                route = 0.0
                if r != d and r != o and wedges.covered[s, d, r] <= 0.0:
                    route = appeal[s, d, o, h] * wedges.relation[d, r]
                    route *= wedges.weight[s, d, r] * wedges.weight[s, r, o]
                    route *= openness(wedges.covered[s, r, o], low[maker], high[maker])
                asked += route
                total += route * let_through[h]
                routes[h] = total
            if u * asked >= total:
                continue  # the hub that was asked lets nothing through
            h = min(np.searchsorted(routes, u * asked, side="right"), len(hubs) - 1)
            before = routes[h - 1] if h > 0 else 0.0
            if routes[h] <= before:
                continue
            u = (u * asked - before) / (routes[h] - before)
            r = hubs[h]
            trader = -1
            for k in range(per_market):
                place = (int(u * per_market) + k) % per_market
                t = places.trader_firms[s] + h * per_market + place
                if not listed[t]:
                    trader = t
                    break
            if trader < 0:
                continue
            taken = min(max(missed, batch * need[b]), need[b])
            at = -1
            for e in range(begin, end):
                if places.seller[e] == trader:
                    at = e
            if at < 0:
                if end >= places.row[b + 1]:
                    continue
                at = end
                places.seller[at] = trader
                taste[at] = 0.0
                relation[at] = trust
                places.length[b] += 1
            taste[at] += quality * taken
            found[b] += taken
            cost = price[maker] * wedges.paid[s, r, o] * wedges.border[s, r, o]
            slot = trader_slot[trader]
            if not active[trader]:
                active[trader] = True
                expected[trader] = 0.0
                reference[trader] = cost * (1.0 + margin)
                quoted[trader] = reference[trader]
                log_virtual[trader] = np.log(reference[trader])
                price_index[slot] = cost
            order = budget[b] * taken * trust
            expected[trader] += order / (reference[trader] * wedges.paid[s, d, r])
            first, after = places.row[slot], places.row[slot] + places.length[slot]
            supply = -1
            for e in range(first, after):
                if places.seller[e] == maker:
                    supply = e
            if supply < 0 and after < places.row[slot + 1]:
                supply = after
                places.seller[supply] = maker
                taste[supply] = 0.0
                relation[supply] = 1.0
                places.length[slot] += 1
            if supply >= 0:
                taste[supply] += order
            stirred[s, d] = True
            stirred[s, r] = True
            orders += 1
    return orders
