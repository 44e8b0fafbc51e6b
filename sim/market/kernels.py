"""The hot loop: virtual prices, deliveries and link weights over all links (model note, §5-6).

Letters are those of the note: v virtual price, s_bf budget share, A_b its denominator, D demand,
S offer, sigma and epsilon the elasticities of demand and supply. All functions run sector by
sector; a sector's firms, buyers and links lie together and no other sector touches them, so the
same bits come out for any number of threads.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import prange

from sim.arithmetic import exp_of, log_of
from sim.compiled import compiled


class Places(NamedTuple):
    """Who sits where. S sectors, B buyers, L places for links, N firms, R regions.

    order: int64[S] in which sectors are handed to threads. firms, buyers: int64[S + 1] offsets.
    row: int64[B + 1] first place of each buyer. buyer_region: int64[B]. firm_region: uint32[N].
    trader_firms, trader_buyers: int64[S], first trader and first trader's slot of each sector;
    both run to the sector's end. low, high: float64[N], the varieties that a firm makes.
    """

    order: np.ndarray
    firms: np.ndarray
    buyers: np.ndarray
    row: np.ndarray
    buyer_region: np.ndarray
    firm_region: np.ndarray
    trader_firms: np.ndarray
    trader_buyers: np.ndarray
    low: np.ndarray
    high: np.ndarray


class Weights(NamedTuple):
    """What links weigh this month. weight, net: float64[L], a_e and a_e / theta.

    counts: float64[L], the part of a weight that counts for what is received: habit and ties move
    who is bought from, not what the goods are worth. lost: float64[B], taste of barred links.
    """

    weight: np.ndarray
    net: np.ndarray
    counts: np.ndarray
    lost: np.ndarray


class Response(NamedTuple):
    """How buyers and sellers respond to prices, and when prices are near enough.

    sigma, epsilon: float64[S], elasticities of substitution and of the offer in the reference
    price. tolerance: of max |d log v|. most: passes.
    """

    sigma: np.ndarray
    epsilon: np.ndarray
    tolerance: float
    most: int


class Quotes(NamedTuple):
    """What sellers bring; all float64[N], in logs (-inf: nothing).

    log_stock: most that can be sold. log_planned: offer at the reference price.
    log_reference, log_floor: prices. log_price: virtual price, start and result.
    """

    log_stock: np.ndarray
    log_planned: np.ndarray
    log_reference: np.ndarray
    log_floor: np.ndarray
    log_price: np.ndarray


class Wedges(NamedTuple):
    """What stands between seller and buyer this month; float64[S, R, R] destination, origin.

    paid: theta, buyer's over seller's price. weight: Theta^(1 - sigma), the same relative to
    baseline with iceberg cost, as buyers have taken notice of it; full: as it is. border: iceberg
    factor, shipped over arrived. covered: share of varieties barred. ceiling: highest price per
    unit at the seller's gate. relation, refused: float64[R, R] destination, origin, M and the
    share of payments that banks refuse.
    """

    paid: np.ndarray
    weight: np.ndarray
    full: np.ndarray
    border: np.ndarray
    covered: np.ndarray
    ceiling: np.ndarray
    relation: np.ndarray
    refused: np.ndarray


class Solution(NamedTuple):
    """What a search for prices leaves; the virtual prices themselves are `Quotes.log_price`.

    power: float64[N], v^(1 - sigma), 0 of who offers nothing. pull: float64[B], E_b / A_b.
    demand: float64[N], units at v. passes: int64[S]. gaps: float64[S], the last max |d log v|.
    """

    power: np.ndarray
    pull: np.ndarray
    demand: np.ndarray
    passes: np.ndarray
    gaps: np.ndarray

    @classmethod
    def empty(cls, firms: int, buyers: int, sectors: int) -> Solution:
        """Room for a search; who is never reached sells nothing."""
        power, pull, demand = np.zeros(firms), np.zeros(buyers), np.empty(firms)
        return cls(power, pull, demand, np.zeros(sectors, dtype=np.int64), np.zeros(sectors))


class Prices(NamedTuple):
    """At which goods change hands; all float64[N].

    virtual: v. paid: at the seller's gate. served: share of demand met, 1 up to the tolerance.
    """

    virtual: np.ndarray
    paid: np.ndarray
    served: np.ndarray


class Delivery(NamedTuple):
    """Goods and money of a month.

    revenue: float64[N] mUSD. paid [mUSD with wedges], received [composite units], units_in [units
    that reached a trader, others 0]: float64[B]. value [mUSD at the gate], volume [units shipped]:
    float64[S, R, R], destination, origin; bought_value: what traders bought of it; resold_value,
    resold_volume: what they sold.
    """

    revenue: np.ndarray
    paid: np.ndarray
    received: np.ndarray
    units_in: np.ndarray
    value: np.ndarray
    volume: np.ndarray
    bought_value: np.ndarray
    resold_value: np.ndarray
    resold_volume: np.ndarray

    @classmethod
    def empty(cls, firms: int, buyers: int, sectors: int, regions: int) -> Delivery:
        """Room for a month; the kernel writes every entry."""
        by_firm, by_buyer, by_pair = (firms,), (buyers,), (sectors, regions, regions)
        shapes = (by_firm, *3 * (by_buyer,), *5 * (by_pair,))
        return cls(*map(np.empty, shapes))


HIGHEST = 27.6  # log of 1e12: how far a virtual price may rise above what is asked
LEAST_WEIGHT = 1e-250  # of a buyer's links, all together: fainter ones would divide by nothing
LONGEST_STRIDE = 5.0  # times the plain step; longer ones overshoot where stocks start to bind


@compiled()
def sector_pass(places, links, weights, budget, s, power, pull, demand):
    """One stream over a sector's links: budget shares, then demand per unit of v^-sigma.

    s: the sector. budget: float64[B]. power: v^(1 - sigma). Out: pull E_b / A_b; demand, sum over
    buyers of pull x net.
    """
    row, length, seller = places.row, links.length, links.seller
    weight, net = weights.weight, weights.net
    for f in range(places.firms[s], places.firms[s + 1]):
        demand[f] = 0.0
    for b in range(places.buyers[s], places.buyers[s + 1]):
        begin = np.uint64(row[b])
        end = begin + np.uint64(length[b])
        total = 0.0
        for e in range(begin, end):
            total += weight[e] * power[seller[e]]
        g = budget[b] / total if total > LEAST_WEIGHT else 0.0
        pull[b] = g
        for e in range(begin, end):
            demand[seller[e]] += net[e] * g


@compiled(parallel=True)
def one_pass(places, links, weights, budget, power, pull, demand):
    """`sector_pass` for all sectors; the unit that the benchmark compares."""
    for i in prange(len(places.order)):
        sector_pass(places, links, weights, budget, places.order[i], power, pull, demand)


@compiled(parallel=True)
def clear_sectors(places, links, weights, quotes, budget, response, scratch, found):
    """Virtual prices of all sectors by tatonnement (model note, section 5).

    v <- max(floor, v (D/S)^(1/(sigma + epsilon))), epsilon = 0 where the stock binds, in logs.
    At 1e12 times the price asked, or the floor, v stays: buyers with a choice have left long
    before (a share of 1e12^(1 - sigma) is what they spend there), and those without one are
    rationed in proportion instead, which is the same to them. So v is finite however small a
    stock is.
    budget: float64[B]. scratch: float64[3, N]. Out: quotes.log_price, found.
    A firm without offer, or that nobody reaches, keeps its price and sells nothing. Prices that
    have converged are left as they are, so a market at rest does not move by a bit.
    """
    proposal, last_gap, ahead = scratch[0], scratch[1], scratch[2]
    log_price, sigma, epsilon = quotes.log_price, response.sigma, response.epsilon
    power, pull, demand = found.power, found.pull, found.demand
    passes, gaps = found.passes, found.gaps
    for i in prange(len(places.order)):
        s = places.order[i]
        low, high = places.firms[s], places.firms[s + 1]
        n = 0
        step = last_step = np.inf
        while True:
            for f in range(low, high):
                offers = quotes.log_planned[f] > -np.inf and quotes.log_stock[f] > -np.inf
                power[f] = exp_of((1.0 - sigma[s]) * log_price[f]) if offers else 0.0
            sector_pass(places, links, weights, budget, s, power, pull, demand)
            n += 1
            step = bend = slide = 0.0
            for f in range(low, high):
                v = log_price[f]
                new = v
                if power[f] > 0.0 and demand[f] > 0.0:
                    offer = quotes.log_planned[f] + epsilon[s] * (v - quotes.log_reference[f])
                    slope = sigma[s] + epsilon[s]
                    if offer >= quotes.log_stock[f]:
                        offer = quotes.log_stock[f]
                        slope = sigma[s]
                    # log D without a further exponential: demand holds D v^sigma
                    excess = log_of(demand[f]) - sigma[s] * v - offer
                    floor = quotes.log_floor[f]
                    highest = max(floor, quotes.log_reference[f]) + HIGHEST
                    new = min(max(floor, v + excess / slope), highest)
                gap_now = new - v
                step = max(step, abs(gap_now))
                turn = gap_now - last_gap[f]
                bend += turn * turn
                slide += gap_now * turn
                last_gap[f] = gap_now
                ahead[f] = new - proposal[f]
                proposal[f] = new
            if step <= response.tolerance or n >= response.most:
                break
            # Anderson mixing with one step of memory, while it pays: about half the passes
            mix = 0.0
            if n > 1 and bend > 0.0 and step < last_step:
                mix = min(max(slide / bend, -LONGEST_STRIDE), 0.5)
            last_step = step
            for f in range(low, high):
                new = proposal[f] - mix * ahead[f]
                floor = quotes.log_floor[f]
                highest = max(floor, quotes.log_reference[f]) + HIGHEST
                log_price[f] = min(max(new, floor), highest) if mix != 0.0 else new
        for f in range(low, high):
            sells = power[f] > 0.0
            demand[f] = demand[f] * power[f] * exp_of(-log_price[f]) if sells else 0.0
        passes[s] = n
        gaps[s] = step


@compiled(parallel=True)
def deliver_sectors(places, links, wedges, weights, moved, budget, sigma, found, prices, out):
    """Goods and money along every link at the cleared prices (model note, sections 4 and 5).

    weights, budget: float64[B], sigma: float64[S], found: as prices were searched with and what the
    search left. moved: whether any weight counts in part only. Out: every entry of `Delivery`.
    """
    net, counts = weights.net, weights.counts
    pull, power, virtual, served = found.pull, found.power, prices.virtual, prices.served
    revenue, paid, received, units_in = out.revenue, out.paid, out.received, out.units_in
    value, volume, bought_value = out.value, out.volume, out.bought_value
    resold_value, resold_volume = out.resold_value, out.resold_volume
    per_unit = np.empty((len(places.firm_region), 3))
    regions = value.shape[1]
    flat_paid, flat_ceiling = wedges.paid.ravel(), wedges.ceiling.ravel()
    flat_value, flat_volume = value.ravel(), volume.ravel()
    flat_resold, flat_resold_volume = resold_value.ravel(), resold_volume.ravel()
    flat_bought, flat_border = bought_value.ravel(), wedges.border.ravel()
    for i in prange(len(places.order)):
        s = places.order[i]
        for f in range(places.firms[s], places.firms[s + 1]):
            revenue[f] = 0.0
            # units, their price and their virtual price, each per unit of net x pull
            per_unit[f, 0] = power[f] / virtual[f] * served[f]
            per_unit[f, 1] = prices.paid[f]
            per_unit[f, 2] = power[f] * served[f]
        value[s] = 0.0
        volume[s] = 0.0
        bought_value[s] = 0.0
        resold_value[s] = 0.0
        resold_volume[s] = 0.0
        first_trader = np.uint32(places.trader_firms[s])
        for b in range(places.buyers[s], places.buyers[s + 1]):
            g = pull[b]
            spent = 0.0
            met = 0.0
            # one index into the [S, R, R] tables: three would cost more than the arithmetic
            own = np.uint64((s * regions + places.buyer_region[b]) * regions)
            if g > 0.0:
                begin = np.uint64(places.row[b])
                for e in range(begin, begin + np.uint64(links.length[b])):
                    f = links.seller[e]
                    cell = own + places.firm_region[f]
                    drawn = g * net[e]
                    units = drawn * per_unit[f, 0]
                    money = units * min(per_unit[f, 1], flat_ceiling[cell])
                    theta = flat_paid[cell]
                    revenue[f] += money
                    spent += money * theta
                    met += drawn * per_unit[f, 2] * theta
                    flat_value[cell] += money
                    flat_volume[cell] += units
                    if f >= first_trader:
                        flat_resold[cell] += money
                        flat_resold_volume[cell] += units
            paid[b] = spent
            # U = E / P(v), P = A^(1/(1-sigma)), A = E / pull, of what counts; less what could not
            # be served
            received[b] = 0.0
            if met > 0.0:
                worth = budget[b] / g
                if moved:
                    counted = 0.0
                    for e in range(places.row[b], places.row[b] + links.length[b]):
                        f = links.seller[e]
                        theta = flat_paid[own + places.firm_region[f]]
                        counted += g * net[e] * per_unit[f, 2] * theta * counts[e]
                    worth *= counted / met
                received[b] = met * exp_of(log_of(worth) / (sigma[s] - 1.0))
            units_in[b] = 0.0
            if b >= places.trader_buyers[s]:
                for e in range(places.row[b], places.row[b] + links.length[b]):
                    f = links.seller[e]
                    cell = own + places.firm_region[f]
                    units = g * net[e] * per_unit[f, 0]
                    units_in[b] += units / flat_border[cell]
                    flat_bought[cell] += units * min(per_unit[f, 1], flat_ceiling[cell])
