"""Clear: this month's wedges and link weights, then all sector markets (model note, §5-7)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.arithmetic import power
from sim.levers import Levers, moving, neutral
from sim.market.clearing import Market, Outcome, hand_out
from sim.market.kernels import Places, Wedges
from sim.market.links import Links
from sim.market.relations import Offers
from sim.params import MarketParams
from sim.phases.month import MonthSoFar, World
from sim.state import Economy, State

LEAST_PAID = 0.01  # of the price at the gate and what is paid on it
MARKET_ORDER = (2, 1, 0)  # levers are origin, destination, sector; markets the other way round


@dataclass(frozen=True)
class Border:
    """What the levers of a month mean for the markets.

    wedges: as the kernels read them. theta: float64[S, R, R], what is paid over that of the
    base. tariff, export_duty: float64[S, R, R] and payment_cost: float64[R, R],
    by destination and origin, shares of the value at the gate. stirs: bool[S, R], markets by
    destination that a lever touches. meeting: float64[S, R, R], cumulative over origins: where
    buyers of a destination look for suppliers (base trade x relations of what is not barred).
    """

    wedges: Wedges
    theta: np.ndarray
    stirs: np.ndarray
    meeting: np.ndarray
    tariff: np.ndarray
    export_duty: np.ndarray
    payment_cost: np.ndarray


MOVES_BORDER = tuple(lever.name for lever in moving("border"))


def same_border(one: Levers, other: Levers) -> bool:
    """Whether two months' levers are one and the same array wherever markets look at them."""
    return all(getattr(one, name) is getattr(other, name) for name in MOVES_BORDER)


def draw_border(economy: Economy, levers: Levers) -> Border:
    """theta = 1 + tariff + duty + payment cost; Theta = theta border / theta_0 (section 5)."""
    base = np.ascontiguousarray(economy.baseline.tariff.transpose(MARKET_ORDER))
    # a preference can make a tariff nothing, not a subsidy
    tariff = np.maximum(base + levers.tariff_change.transpose(MARKET_ORDER), 0.0)
    # nobody is paid for paying: a saving spares what banks on the way had taken
    payment_cost = np.ascontiguousarray(np.maximum(levers.payment_cost, 0.0).T)
    spared = 1.0 + np.minimum(levers.payment_cost, 0.0)
    # and a subsidy to exports goes no further than giving them away
    most = -(1.0 - LEAST_PAID) * (1.0 + tariff + payment_cost)
    duty = np.maximum(levers.export_duty.transpose(MARKET_ORDER), most)
    paid = 1.0 + tariff + payment_cost + duty
    border = levers.border_cost * spared[:, :, None] * local_content_cost(economy, levers)
    border = np.ascontiguousarray(border.transpose(MARKET_ORDER))
    delivered = paid * border / (1.0 + base)
    covered = np.ascontiguousarray(levers.coverage.transpose(MARKET_ORDER))
    relation = np.ascontiguousarray(levers.relations.T)
    ceiling = np.ascontiguousarray(levers.price_ceiling.transpose(MARKET_ORDER))
    refused = np.ascontiguousarray(levers.refused.T)
    full = power(delivered, (1.0 - economy.baseline.sigma)[:, None, None])
    trade = economy.baseline.trade.transpose(MARKET_ORDER)
    wedges = Wedges(
        paid=paid,
        weight=full,
        full=full,
        border=border,
        covered=covered,
        ceiling=ceiling,
        relation=relation,
        refused=refused,
    )
    return Border(
        stirs=away_from_rest(wedges, base),
        meeting=np.cumsum(trade * relation * (1.0 - covered) * (1.0 - refused), axis=2),
        wedges=wedges,
        theta=paid / (1.0 + base),
        tariff=tariff,
        export_duty=duty,
        payment_cost=payment_cost,
    )


def away_from_rest(wedges: Wedges, tariff: np.ndarray) -> np.ndarray:
    """Where any wedge is not as in the base year: bool[S, R], markets by destination."""
    one, none = np.ones(()), np.zeros(())
    rest = Wedges(
        paid=1.0 + tariff,
        weight=one,
        full=one,
        border=one,
        covered=none,
        ceiling=np.full((), np.inf),
        relation=one,
        refused=none,
    )
    moved = np.zeros(tariff.shape, dtype=bool)
    for now, before in zip(wedges, rest, strict=True):
        moved |= now != before
    return np.asarray(moved.any(axis=2))


def take_notice(world: World, month: MonthSoFar) -> Border:
    """The border as buyers act on it: costs paid are noticed with a lag (model note, section 5).

    n <- n (theta/n)^lambda, weight = n^(1 - sigma) (theta/n)^(1 - s0) border^(1 - sigma), which is
    the full weight times (theta/n)^(sigma - s0): a tariff costs at once, and moves who is bought
    from over years (Boehm et al. 2023). Goods lost on the way are seen at once. Writes
    `state.noticed`.
    """
    economy, state, border = world.economy, world.state, month.posted
    rules, theta = economy.behaviour, border.theta
    if rules.notice == 1.0:
        state.noticed = theta
        return border
    if (theta == state.noticed).all():
        return border
    state.noticed = state.noticed * power(theta / state.noticed, rules.notice)
    late = (economy.baseline.sigma - rules.first_sigma)[:, None, None]
    weight = border.wedges.full * power(theta / state.noticed, late)
    return replace(border, wedges=border.wedges._replace(weight=weight))


def local_content_cost(economy: Economy, levers: Levers) -> np.ndarray:
    """Iceberg factor of local content rules on imports: float64[R, R, S], 1 where there are none.

    Foreign suppliers must make a part at the buyer's place or prove that nobody there can: as
    far as more is asked than had been bought at home. Members are at home with each other.
    """
    if not levers.local_content.any():
        return np.ones_like(levers.border_cost)
    base = economy.baseline
    home = np.eye(economy.regions, dtype=bool) | np.logical_and.outer(*2 * (base.axes.is_member,))
    bought = base.trade.sum(axis=0)  # destination, sector
    domestic = (base.trade * home[:, :, None]).sum(axis=0) / np.maximum(bought, 1e-300)
    lacking = np.maximum(levers.local_content - domestic, 0.0)
    return 1.0 + economy.behaviour.local_content_cost * np.where(home[:, :, None], 0.0, lacking)


def cost_of_unit(economy: Economy, state: State, index: np.ndarray) -> np.ndarray:
    """Wages l w / A and inputs per unit of output at the prices of an index, float64[N]."""
    network = economy.network
    inputs = economy.by_firm(economy.coefficient * index[economy.slots])
    return state.wage[network.firm_region] * (network.labour / state.efficiency) + inputs


def open_market(economy: Economy, links: Links, params: MarketParams) -> Market:
    """The markets of an economy, with the weights that links have at rest.

    At any month of a run: what is not stirred has never left rest, and what is stirred is weighed
    anew before markets clear. So a market opened in mid-run goes on to the bit.
    """
    network = economy.network
    market = Market(
        places=Places(
            order=hand_out(np.diff(network.row[network.buyers])),
            firms=network.firms,
            buyers=network.buyers,
            row=network.row,
            buyer_region=network.buyer_region,
            firm_region=network.firm_region.astype(np.uint32),
            trader_firms=network.trader_firms,
            trader_buyers=network.trader_buyers,
            low=network.variety_low,
            high=network.variety_high,
        ),
        sigma=economy.baseline.sigma,
        epsilon=params.supply_elasticity * (1.0 - economy.baseline.price_taking),
        params=params,
    )
    quiet = draw_border(economy, neutral(economy.baseline.axes))
    market.weigh(links._replace(stirred=np.ones_like(links.stirred)), quiet.wedges)
    return market


def clear(world: World, month: MonthSoFar) -> Outcome:
    """Weigh the links and clear all markets.

    Replaces `state.log_virtual`, the start of next month's search for prices, and the weights
    that `market` works with. Markets that no lever ever touched and nobody searched in keep theirs.
    """
    economy, state, market = world
    plan, border, links = month.plan, month.border, state.links
    closed = ~state.active & economy.producer
    if closed.any():
        links.stirred[np.unique(economy.network.firm_sector[closed])] = True
    np.logical_or(links.stirred, border.stirs, out=links.stirred)
    rules = economy.behaviour
    offers = Offers(
        price=state.price,
        cost=cost_of_unit(economy, state, state.price_index),
        withholding=rules.cap_withholding,
        variety=rules.tie_variety,
    )
    market.weigh(links, border.wedges, offers)
    return market.clear(
        links,
        stock=plan.offer,
        planned=np.where(state.active, state.expected, 0.0),
        reference=state.reference,
        last_price=state.price,
        log_virtual=state.log_virtual,
        budget=plan.budget,
        wedges=border.wedges,
    )
