"""One market for each sector: the polite door to the kernels (model note, section 5)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sim.market.kernels import Places, Quotes, Wedges, clear_sectors, deliver_sectors
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
    """The fixed shape of all sector markets, the link weights in use, and scratch space.

    places: who sits where. sigma, epsilon: float64[S], elasticities of
    substitution and of the offer in the reference price. stirred: bool[S, R],
    markets by destination whose weights may differ from last month's. weight, net: float64[L],
    lost: float64[B], as of the last `weigh_links`; what follows from state and levers is kept
    here only because most of it does not change.
    """

    places: Places
    sigma: np.ndarray
    epsilon: np.ndarray
    params: MarketParams
    stirred: np.ndarray = field(init=False)
    weight: np.ndarray = field(init=False)
    net: np.ndarray = field(init=False)
    lost: np.ndarray = field(init=False)
    _scratch: np.ndarray = field(init=False)
    _pull: np.ndarray = field(init=False)
    _per_unit: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        regions = int(self.places.buyer_region.max()) + 1
        self.stirred = np.zeros((len(self.sigma), regions), dtype=bool)
        self.weight, self.net = np.zeros((2, len(self.places.seller)))
        self.lost = np.zeros(len(self.places.buyer_region))
        self._scratch = np.zeros((4, len(self.places.firm_region)))
        self._per_unit = np.zeros((len(self.places.firm_region), 3))
        self._pull = np.zeros(len(self.places.buyer_region))

    def clear(
        self,
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
        params, places = self.params, self.places
        band = 1.0 + params.price_band
        firms, sectors, regions = len(stock), len(self.sigma), wedges.paid.shape[1]
        with np.errstate(divide="ignore"):
            quotes = Quotes(
                log_stock=np.log(stock),
                log_planned=np.log(planned),
                log_reference=np.log(reference),
                log_floor=np.log(last_price / band),
                log_price=log_virtual,
            )
        demand = np.empty(firms)
        passes, gap = np.zeros(sectors, dtype=np.int64), np.zeros(sectors)
        clear_sectors(
            places,
            quotes,
            self.weight,
            self.net,
            budget,
            self.sigma,
            self.epsilon,
            params.tolerance,
            params.max_passes,
            self._scratch,
            self._pull,
            demand,
            passes,
            gap,
        )
        virtual = np.exp(log_virtual)
        # who sells nothing quotes what it did
        price = np.where(demand > 0.0, np.minimum(virtual, last_price * band), last_price)
        served = np.where(demand > stock, stock / np.maximum(demand, 1e-300), 1.0)
        outcome = Outcome(
            virtual=virtual,
            price=price,
            sold=np.minimum(demand, stock),
            revenue=np.empty(firms),
            paid=np.empty(len(budget)),
            received=np.empty(len(budget)),
            value=np.empty((sectors, regions, regions)),
            volume=np.empty((sectors, regions, regions)),
            bought_value=np.empty((sectors, regions, regions)),
            resold_value=np.empty((sectors, regions, regions)),
            resold_volume=np.empty((sectors, regions, regions)),
            units_in=np.empty(len(budget)),
            passes=passes,
            gap=gap,
        )
        deliver_sectors(
            places,
            wedges,
            self.net,
            self._pull,
            self._scratch[0],
            virtual,
            price,
            served,
            budget,
            self.sigma,
            self._per_unit,
            outcome.revenue,
            outcome.paid,
            outcome.received,
            outcome.value,
            outcome.volume,
            outcome.units_in,
            outcome.bought_value,
            outcome.resold_value,
            outcome.resold_volume,
        )
        return outcome


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
