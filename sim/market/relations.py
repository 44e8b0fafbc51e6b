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
        for b in range(places.buyers[s], places.buyers[s + 1]):
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
