"""One firm per region and nothing but exchange: the market is the Armington model.

Each region owns X_o units of its own good, buys every origin's with a budget of last period's
income plus a deficit fixed in money, and gives tariff revenue to its households. With offers that
do not bend (epsilon = 0), no price band and the periods repeated to rest, that is the endowment
economy behind structural gravity (Anderson 1979; Anderson, Larch & Yotov, World Economy 2018).

Solved independently in changes relative to base (Dekle, Eaton & Kortum 2008): find w' with

    lambda'_od = lambda_od (w'_o Theta_od)^(1-sigma) / sum_k (same),   Theta = theta'/theta iceberg
    E'_d = w'_d Y_d + deficit_d + E'_d sum_o lambda'_od t'_od / (1 + t'_od)
    w'_o Y_o = sum_d lambda'_od E'_d / (1 + t'_od),   sum_d E'_d = sum_d E_d  (the numeraire:
                                    money only moves in the model, so world spending stays)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.optimize import root

from sim.market.clearing import Market, Outcome
from sim.market.kernels import Places, Wedges
from sim.market.links import Links
from sim.params import MarketParams

PERIODS = 20_000
REST = 1e-13  # largest relative change of a budget in a period


@dataclass(frozen=True)
class World:
    """A base table and what changes in it; matrices `float64[R, R]` are destination, origin.

    trade: T at the seller's gate [mUSD]. tariff, new_tariff: shares. iceberg: new over base.
    """

    trade: np.ndarray
    tariff: np.ndarray
    new_tariff: np.ndarray
    iceberg: np.ndarray
    sigma: float

    @property
    def income(self) -> np.ndarray:
        """Y `[R]`: sales at the gate."""
        return self.trade.sum(axis=0)

    @property
    def spending(self) -> np.ndarray:
        """E `[R]`: purchases with tariffs."""
        return (self.trade * (1 + self.tariff)).sum(axis=1)

    @property
    def share(self) -> np.ndarray:
        """lambda `[R, R]` of the destination's spending."""
        return self.trade * (1 + self.tariff) / self.spending[:, None]

    @property
    def deficit(self) -> np.ndarray:
        """`[R]`: spending beyond sales and tariff revenue; sums to 0."""
        return self.spending - self.income - (self.trade * self.tariff).sum(axis=1)

    @property
    def wedge_change(self) -> np.ndarray:
        """Theta `[R, R]`: delivered cost relative to base at the same price at the gate."""
        return (1 + self.new_tariff) / (1 + self.tariff) * self.iceberg


def draw(seed: int, regions: int, sigma: float, shocks: bool = True) -> World:
    """A random table with home bias, a sixth of its cells empty, uneven sizes and deficits.

    Both directions of a pair are of similar size, or a region could run a surplus so large that
    a shock takes its spending below zero: such an economy does not exist.
    """
    rng = np.random.default_rng(seed)
    size = np.exp(rng.normal(0.0, 1.0, regions))
    ties = np.exp(rng.normal(0.0, 0.7, (regions, regions)))
    trade = np.outer(size, size) / size.sum() * ties * ties.T
    trade *= rng.lognormal(0.0, 0.3, trade.shape)
    own = np.eye(regions, dtype=bool)
    trade *= np.where(own, 2.0 * regions, np.where(rng.random(trade.shape) < 1 / 6, 0.0, 1.0))
    tariff = np.where(own, 0.0, rng.uniform(0.0, 0.2, trade.shape))
    if not shocks:
        return World(trade, tariff, tariff, np.ones_like(trade), sigma)
    new = np.where(own, 0.0, rng.uniform(0.0, 0.4, trade.shape))
    iceberg = np.where(own, 1.0, rng.uniform(0.7, 1.6, trade.shape))
    return World(trade, tariff, new, iceberg, sigma)


def by_market(world: World) -> tuple[Outcome, np.ndarray]:
    """The market repeated to rest: its last outcome, and budgets `[R]` [mUSD]."""
    regions = len(world.trade)
    everyone = np.arange(regions)
    places = Places(
        order=np.zeros(1, dtype=np.int64),
        firms=np.array([0, regions]),
        buyers=np.array([0, regions]),
        row=regions * np.arange(regions + 1),
        buyer_region=everyone,
        firm_region=everyone.astype(np.uint32),
        trader_firms=np.array([regions]),
        trader_buyers=np.array([regions]),
        low=np.zeros(regions),
        high=np.ones(regions),
    )
    links = Links(
        seller=np.tile(everyone, regions).astype(np.uint32),
        taste=world.share.ravel(),
        relation=np.ones(regions**2),
        length=np.full(regions, regions),
        found=np.zeros(regions),
        stirred=np.ones((1, regions), dtype=bool),
    )
    paid, ones = 1 + world.new_tariff[None], np.ones((1, regions, regions))
    wedges = Wedges(
        paid=paid,
        weight=world.wedge_change[None] ** (1 - world.sigma),
        full=world.wedge_change[None] ** (1 - world.sigma),
        border=world.iceberg[None],
        covered=0 * ones,
        ceiling=np.inf * ones,
        relation=ones[0],
        refused=0 * ones[0],
    )
    params = MarketParams(price_band=np.inf, tolerance=1e-14, max_passes=10_000)
    market = Market(places, np.array([world.sigma]), np.zeros(1), params)
    market.weigh(links, wedges)
    one = np.ones(regions)
    log_virtual, price, budget = np.zeros(regions), one, world.spending.copy()
    for _ in range(PERIODS):
        out = market.clear(
            links, stock=world.income, planned=world.income, reference=one, last_price=price,
            log_virtual=log_virtual, budget=budget, wedges=wedges,
        )  # fmt: skip
        price = out.price
        duty = (out.value[0] * world.new_tariff).sum(axis=1)
        before, budget = budget, out.revenue + duty + world.deficit
        assert budget.min() > 0
        if np.abs(budget / before - 1).max() < REST:
            return out, budget
    raise AssertionError(f"no rest within {PERIODS} periods")


def by_root(world: World) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hat algebra: w' `[R]`, E' `[R]`, trade at the gate `[R, R]`."""
    before, theta = world.share, 1 + world.new_tariff
    cost = world.wedge_change ** (1 - world.sigma)

    def economy(log_w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        pulls = before * cost * np.exp((1 - world.sigma) * log_w)
        share = pulls / pulls.sum(axis=1, keepdims=True)
        kept = 1 - (share * world.new_tariff / theta).sum(axis=1)
        spending = (np.exp(log_w) * world.income + world.deficit) / kept
        return spending, share * spending[:, None] / theta

    def excess(log_w: np.ndarray) -> np.ndarray:
        spending, trade = economy(log_w)
        found = np.log(trade.sum(axis=0) / (np.exp(log_w) * world.income))
        found[-1] = np.log(spending.sum() / world.spending.sum())  # in place of Walras's redundant
        return found

    found = root(excess, np.zeros(len(before)), method="hybr", options={"xtol": 1e-14})
    assert np.abs(found.fun).max() < 1e-12, found.message
    return np.exp(found.x), *economy(found.x)


@pytest.mark.parametrize("sigma", [1.5, 3.0, 6.0])
@pytest.mark.parametrize("regions", [5, 12, 25, 40])
def test_repeated_to_rest_the_market_is_the_armington_economy(regions, sigma):
    world = draw(regions, regions, sigma)
    out, budget = by_market(world)
    price, spending, trade = by_root(world)
    assert np.abs(price - 1).max() > 0.02  # the shocks matter
    assert np.abs(out.virtual / price - 1).max() <= 1e-8
    assert np.abs(out.revenue / (price * world.income) - 1).max() <= 1e-8
    assert np.abs(budget / spending - 1).max() <= 1e-8
    open_cells = trade > 0
    assert np.array_equal(out.value[0] > 0, open_cells)
    assert np.abs(out.value[0][open_cells] / trade[open_cells] - 1).max() <= 1e-8


@pytest.mark.parametrize("regions", [5, 40])
def test_without_shocks_the_base_table_stays(regions):
    world = draw(regions, regions, 3.0, shocks=False)
    out, budget = by_market(world)
    assert np.abs(out.virtual - 1).max() <= 1e-13
    assert np.allclose(out.value[0], world.trade, rtol=1e-12, atol=0)
    assert np.allclose(budget, world.spending, rtol=1e-12, atol=0)


def test_welfare_follows_from_the_home_share():
    """Real income changes by home share^(1/(1-sigma)) without tariffs and deficits.

    Arkolakis, Costinot & Rodriguez-Clare (AER 2012); the model's composite units per buyer are
    that real income, so it checks `received` against theory as well as flows.
    """
    drawn = draw(3, 8, 4.0)
    none = np.zeros_like(drawn.trade)
    both = drawn.trade + drawn.trade.T  # balanced
    world = World(both, none, none, drawn.iceberg, drawn.sigma)
    out, budget = by_market(world)
    home = np.diag(out.value[0]) / budget / np.diag(world.share)
    real_income = out.received / world.spending
    assert np.allclose(real_income, home ** (1 / (1 - world.sigma)), rtol=1e-10, atol=0)
