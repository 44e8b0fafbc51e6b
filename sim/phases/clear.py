"""Clear: this month's wedges and link weights, then all sector markets (model note, §5-7)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.levers import Levers
from sim.market.clearing import Market, Outcome
from sim.market.kernels import Wedges
from sim.market.relations import weigh_links
from sim.phases.plan import Plan
from sim.state import Economy, State

MARKET_ORDER = (2, 1, 0)  # levers are origin, destination, sector; markets the other way round


@dataclass(frozen=True)
class Border:
    """What the levers of a month mean for the markets.

    wedges: as the kernels read them. tariff: float64[S, R, R] and payment_cost: float64[R, R],
    by destination and origin, shares of the value at the gate.
    """

    wedges: Wedges
    tariff: np.ndarray
    payment_cost: np.ndarray


def draw_border(economy: Economy, levers: Levers, sigma: np.ndarray) -> Border:
    """theta = 1 + tariff + payment cost; Theta = theta border / theta_0 (model note, section 5)."""
    base = np.ascontiguousarray(economy.baseline.tariff.transpose(MARKET_ORDER))
    tariff = base + levers.tariff_change.transpose(MARKET_ORDER)
    payment_cost = np.ascontiguousarray(levers.payment_cost.T)
    paid = 1.0 + tariff + payment_cost
    border = np.ascontiguousarray(levers.border_cost.transpose(MARKET_ORDER))
    delivered = paid * border / (1.0 + base)
    return Border(
        wedges=Wedges(
            paid=paid,
            weight=delivered ** (1.0 - sigma)[:, None, None],
            border=border,
            covered=np.ascontiguousarray(levers.coverage.transpose(MARKET_ORDER)),
            ceiling=np.ascontiguousarray(levers.price_ceiling.transpose(MARKET_ORDER)),
            relation=np.ascontiguousarray(levers.relations.T),
        ),
        tariff=tariff,
        payment_cost=payment_cost,
    )


def clear(
    economy: Economy, state: State, plan: Plan, market: Market, wedges: Wedges
) -> tuple[Outcome, np.ndarray]:
    """Clear all markets. Returns what they did and the lost taste of every buyer, float64[B].

    Replaces `state.log_virtual`, the start of next month's search for prices.
    """
    network = economy.network
    weight, net = np.empty_like(state.taste), np.empty_like(state.taste)
    lost = np.empty(len(plan.budget))
    weigh_links(
        market.places, wedges, network.variety_low, network.variety_high, state.taste,
        state.relation, weight, net, lost,
    )
    outcome = market.clear(
        stock=plan.offer,
        planned=np.where(state.active, state.expected, 0.0),
        reference=state.reference,
        last_price=state.price,
        log_virtual=state.log_virtual,
        weight=weight,
        net=net,
        budget=plan.budget,
        wedges=wedges,
    )
    return outcome, lost
