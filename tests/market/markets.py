"""Random small markets, and the market's equations once more in dense NumPy (model note, §5).

Nothing here is read from a baseline: a test sees the whole economy it is about.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.market.clearing import Market, Outcome, hand_out
from sim.market.kernels import Places, Wedges
from sim.market.links import Links
from sim.params import MarketParams

TIGHT = 1e-13  # tatonnement tolerance; 64 bits resolve prices near 1 to 2e-16
EVER = 100_000  # passes
SPARE = 2  # empty places in every row, as a network has


@dataclass(frozen=True, repr=False)
class Case:
    """All that a month's markets depend on. Nothing is kept.

    stock, planned [units], reference, last_price: float64[N].
    budget: float64[B] mUSD. sigma, epsilon: float64[S]. band: share, inf is Walrasian.
    """

    places: Places
    wedges: Wedges
    links: Links
    stock: np.ndarray
    planned: np.ndarray
    reference: np.ndarray
    last_price: np.ndarray
    budget: np.ndarray
    sigma: np.ndarray
    epsilon: np.ndarray
    band: float

    def market(self, tolerance: float = TIGHT, most: int = EVER) -> Market:
        """A market with its links weighed."""
        params = MarketParams(price_band=self.band, tolerance=tolerance, max_passes=most)
        market = Market(self.places, self.sigma, self.epsilon, params)
        market.weigh(self.links, self.wedges)
        return market

    def clear(self, start: np.ndarray | None = None, market: Market | None = None) -> Outcome:
        """Clear once, from log v = `start` (last month's prices if None; never written to)."""
        return (market or self.market()).clear(
            self.links,
            stock=self.stock,
            planned=self.planned,
            reference=self.reference,
            last_price=self.last_price,
            log_virtual=np.log(self.last_price) if start is None else start.copy(),
            budget=self.budget,
            wedges=self.wedges,
        )

    def dense(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """a and theta `float64[B, N]` (a = 0 and theta = 1 without a link); sector `int64[B]`."""
        places, links, wedges = self.places, self.links, self.wedges
        a, theta = np.zeros((2, len(self.budget), len(self.stock)))
        theta += 1.0
        sector = np.repeat(np.arange(len(self.sigma)), np.diff(places.buyers))
        for b, s in enumerate(sector):
            e = np.arange(places.row[b], places.row[b] + links.length[b])
            f, d = links.seller[e], places.buyer_region[b]
            o = places.firm_region[f]
            a[b, f] = links.taste[e] * wedges.weight[s, d, o] * (wedges.covered[s, d, o] < 1.0)
            theta[b, f] = wedges.paid[s, d, o]
        return a, theta, sector

    def orders(self, virtual: np.ndarray) -> np.ndarray:
        """q_bf = E_b s_bf / (v_f theta_bf), s_bf = a_bf v_f^(1 - sigma) / A_b: `float64[B, N]`."""
        a, theta, sector = self.dense()
        pulls = a * virtual ** (1.0 - self.sigma[sector])[:, None]
        total = pulls.sum(axis=1, keepdims=True)
        share = np.divide(pulls, total, out=np.zeros_like(pulls), where=total > 0)
        return self.budget[:, None] * share / (virtual * theta)

    def price_index(self, virtual: np.ndarray) -> np.ndarray:
        """P_b = A_b^(1 / (1 - sigma)): `float64[B]`, inf for a buyer without links."""
        a, _, sector = self.dense()
        sigma = self.sigma[sector]
        total = (a * virtual ** (1.0 - sigma)[:, None]).sum(axis=1)
        with np.errstate(divide="ignore"):
            return total ** (1.0 / (1.0 - sigma))

    def offer(self, virtual: np.ndarray) -> np.ndarray:
        """S_f(v) = min(stock, x (v / r)^epsilon): `float64[N]`."""
        epsilon = np.repeat(self.epsilon, np.diff(self.places.firms))
        return np.minimum(self.stock, self.planned * (virtual / self.reference) ** epsilon)

    @property
    def reached(self) -> np.ndarray:
        """`bool[N]`: sellers with something to sell and a buyer with money."""
        a, _, _ = self.dense()
        wanted = (a > 0) & (self.budget > 0)[:, None]
        return wanted.any(axis=0) & (self.stock > 0) & (self.planned > 0)

    def bar(self, buyer: int, link: int) -> Case:
        """The same without one link of one buyer (its taste is 0)."""
        links = self.links.copy()
        links.taste[self.places.row[buyer] + link] = 0.0
        return replace(self, links=links)


def fresh(seller: np.ndarray, length: np.ndarray, taste: np.ndarray, shape: tuple) -> Links:
    """Links of full capital, to be weighed in all markets; shape: sectors, regions."""
    return Links(
        seller=np.asarray(seller, dtype=np.uint32),
        taste=taste,
        relation=np.ones_like(taste),
        length=length,
        found=np.zeros(len(length)),
        stirred=np.ones(shape, dtype=bool),
    )


def no_wedges(sectors: int, regions: int) -> Wedges:
    """Free trade: every factor 1, nothing barred, no ceiling."""
    ones = np.ones((sectors, regions, regions))
    return Wedges(
        paid=ones,
        weight=ones.copy(),
        full=ones.copy(),
        border=ones.copy(),
        covered=0.0 * ones,
        ceiling=np.inf * ones,
        relation=ones[0].copy(),
        refused=0.0 * ones[0],
    )


def tariffs(rate: np.ndarray, sigma: np.ndarray, border: np.ndarray | float = 1.0) -> Wedges:
    """Tariffs and iceberg costs, both absent at base: Theta = theta x border `[S, R, R]`."""
    free = no_wedges(*rate.shape[:2])
    border = border * np.ones_like(rate)
    weight = ((1.0 + rate) * border) ** (1.0 - sigma)[:, None, None]
    return free._replace(paid=1.0 + rate, weight=weight, full=weight, border=border)


def draw(
    seed: int,
    sigma: float = 4.0,
    epsilon: float = 0.0,
    band: float = np.inf,
    walls: bool = False,
    sectors: int = 2,
    regions: int = 3,
    firms: int = 6,
    buyers: int = 9,
    links: int = 4,
) -> Case:
    """A random market: sizes, prices and tastes over two orders of magnitude.

    walls: tariffs and iceberg costs between regions. Sectors differ a little in sigma and
    epsilon. Some sellers are reached by nobody; every buyer has at least one link.
    """
    rng = np.random.default_rng(seed)
    number = rng.integers(2, firms + 1, sectors)
    buying = rng.integers(1, buyers + 1, sectors)
    starts, rows = np.append(0, np.cumsum(number)), np.append(0, np.cumsum(buying))
    count, demanders = int(starts[-1]), int(rows[-1])
    seller: list[np.ndarray] = []
    length = np.zeros(demanders, dtype=np.int64)
    for s in range(sectors):
        for b in range(rows[s], rows[s + 1]):
            met = rng.permutation(number[s])[: rng.integers(1, links + 1)] + starts[s]
            length[b] = len(met)
            seller.append(np.append(met, np.repeat(met[:1], SPARE)))
    row = np.append(0, np.cumsum(length + SPARE))
    sigmas = sigma + 0.2 * np.arange(sectors)
    wedges = no_wedges(sectors, regions)
    if walls:
        shape = (sectors, regions, regions)
        wedges = tariffs(rng.uniform(0.0, 0.5, shape), sigmas, rng.uniform(0.7, 2.0, shape))

    def spread(size: int) -> np.ndarray:
        return np.exp(rng.normal(0.0, 1.0, size))

    planned = spread(count)
    return Case(
        places=Places(
            order=hand_out(np.diff(row[rows])),
            firms=starts,
            buyers=rows,
            row=row,
            buyer_region=rng.integers(0, regions, demanders),
            firm_region=rng.integers(0, regions, count).astype(np.uint32),
            trader_firms=starts[1:],
            trader_buyers=rows[1:],
            low=np.zeros(count),
            high=np.ones(count),
        ),
        wedges=wedges,
        links=fresh(np.concatenate(seller), length, spread(int(row[-1])), (sectors, regions)),
        stock=planned * rng.uniform(1.0, 2.5, count),
        planned=planned,
        reference=np.exp(rng.normal(0.0, 0.1, count)),
        last_price=np.exp(rng.normal(0.0, 0.1, count)),
        budget=spread(demanders),
        sigma=sigmas,
        epsilon=epsilon + 0.1 * np.arange(sectors) * (epsilon > 0),
        band=band,
    )
