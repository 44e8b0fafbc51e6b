"""Relationship capital: how usable a link is today, and how it changes (model note, section 6)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import prange

from sim.arithmetic import power_of
from sim.compiled import compiled


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
