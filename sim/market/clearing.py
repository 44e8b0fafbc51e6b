"""One market for each sector: the polite door to the kernels (model note, section 5)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sim.arithmetic import exp, log
from sim.market.kernels import (
    Delivery,
    Places,
    Prices,
    Quotes,
    Response,
    Wedges,
    Weights,
    deliver_sectors,
)
from sim.market.links import Links
from sim.market.relations import Offers, weigh_links
from sim.market.solvers import Solver, named
from sim.params import MarketParams


@dataclass(frozen=True)
class Outcome:
    """What a month's markets did.

    virtual, price: float64[N], v and the price paid at the gate. sold [units], revenue [mUSD]:
    float64[N]. paid [mUSD with wedges], received [composite units]: float64[B]. value [mUSD at
    the gate], volume [units shipped]: float64[S, R, R], destination, origin; resold_value,
    resold_volume: the part that traders sold; bought_value: what they bought. units_in:
    float64[B], units that reached a trader. passes: int64[S]; gap: float64[S], last max |d log v|.
    """

    virtual: np.ndarray
    price: np.ndarray
    sold: np.ndarray
    revenue: np.ndarray
    paid: np.ndarray
    received: np.ndarray
    value: np.ndarray
    volume: np.ndarray
    bought_value: np.ndarray
    resold_value: np.ndarray
    resold_volume: np.ndarray
    units_in: np.ndarray
    passes: np.ndarray
    gap: np.ndarray


@dataclass
class Market:
    """The fixed shape of all sector markets, and room to work in. It owns nothing that persists.

    places: who sits where. sigma, epsilon: float64[S], elasticities of substitution and of the
    offer in the reference price. weights: what links weigh this month, from the last `weigh`;
    links that are not stirred keep the weights of the first one, so it is kept here only because
    most of it does not change. solve: what finds the prices, `params.solver`.
    """

    places: Places
    sigma: np.ndarray
    epsilon: np.ndarray
    params: MarketParams
    weights: Weights = field(init=False)
    solve: Solver = field(init=False)

    def __post_init__(self) -> None:
        weight, net = np.zeros((2, int(self.places.row[-1])))
        lost = np.zeros(len(self.places.buyer_region))
        self.weights = Weights(weight, net, np.ones_like(weight), lost)
        self.solve = named(self.params.solver)

    def weigh(self, links: Links, wedges: Wedges, offers: Offers | None = None) -> None:
        """Work out what links weigh behind these wedges, wherever they are stirred.

        offers: what sellers and buyers make of caps and ties; without them sellers sell at any
        cap, and ties count as variety.
        """
        if offers is None:
            none = np.zeros(len(self.places.firm_region))
            offers = Offers(none, none, 0.0, 1.0)
        weigh_links(self.places, links, wedges, offers, self.weights)

    def clear(
        self,
        links: Links,
        stock: np.ndarray,
        planned: np.ndarray,
        reference: np.ndarray,
        last_price: np.ndarray,
        log_virtual: np.ndarray,
        budget: np.ndarray,
        wedges: Wedges,
    ) -> Outcome:
        """Clear every sector and deliver.

        stock, planned [units], reference, last_price: float64[N]. log_virtual: float64[N], last
        month's log v as a start; replaced by the new one. budget: float64[B] mUSD. Prices stay
        within the band (1 + price_band) around last_price: at the floor goods stay unsold, at
        the ceiling v rations and only the ceiling is paid.
        """
        band = 1.0 + self.params.price_band
        quotes = Quotes(
            log_stock=log(stock),
            log_planned=log(planned),
            log_reference=log(reference),
            log_floor=log(last_price / band),
            log_price=log_virtual,
        )
        params = self.params
        response = Response(self.sigma, self.epsilon, params.tolerance, params.max_passes)
        found = self.solve(self.places, links, self.weights, quotes, budget, response)
        virtual, demand = exp(log_virtual), found.demand
        prices = Prices(
            virtual=virtual,
            # who sells nothing quotes what it did
            paid=np.where(demand > 0.0, np.minimum(virtual, last_price * band), last_price),
            served=np.where(demand > stock, stock / np.maximum(demand, 1e-300), 1.0),
        )
        delivered = Delivery.empty(len(stock), len(budget), *wedges.paid.shape[:2])
        moved = bool((self.weights.counts != 1.0).any())
        deliver_sectors(
            self.places, links, wedges, self.weights, moved, budget, self.sigma, found, prices,
            delivered,
        )  # fmt: skip
        return Outcome(
            virtual=virtual,
            price=prices.paid,
            sold=np.minimum(demand, stock),
            passes=found.passes,
            gap=found.gaps,
            **delivered._asdict(),
        )


def unit_value(money: np.ndarray, units: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Money per unit, or the last one known where no unit came; arrays of one shape."""
    came = units > 0.0
    return np.where(came, money / np.where(came, units, 1.0), last)


def hand_out(links: np.ndarray) -> np.ndarray:
    """An order of sectors that spreads their links evenly over two halves: `int64[S]`.

    Numba gives each thread a run of iterations; dealing sectors by size balances the runs.
    """
    by_size = np.argsort(-links, kind="stable")
    return np.concatenate((by_size[::2], by_size[1::2]))
