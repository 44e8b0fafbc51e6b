"""What must hold every month, whatever the scenario (model note, section 9).

Each residual compares two ways to the same number that share no sum: sellers' books against
buyers' books, stocks against flows, production against income and expenditure. It is relative to
what moves: to the gross flows that the two ways add up, never to a balance of them, which may be
nothing (a region without trade, a firm without cash) while its rounding is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sim.phases.month import MonthSoFar, World
from sim.state import State


class IdentityError(RuntimeError):
    """An accounting identity is violated: a defect of the model, never of the input."""


@dataclass(frozen=True)
class Opening:
    """Balances at the start of a month; stock, cash `[N]`, inputs `[K]`, the others `[R]`."""

    stock: np.ndarray
    inputs: np.ndarray
    cash: np.ndarray
    deposits: np.ndarray
    treasury: np.ndarray

    @classmethod
    def of(cls, state: State) -> Opening:
        """Copies of the balances of a state."""
        return cls(
            state.stock.copy(),
            state.inputs.copy(),
            state.cash.copy(),
            state.deposits.copy(),
            state.treasury.copy(),
        )


def residuals(world: World, opening: Opening, month: MonthSoFar, money: float) -> dict[str, float]:
    """Largest relative violation of every identity of a month that is over.

    opening: balances before it. money: all money at the start of the run.
    """
    economy, state, network = world.economy, world.state, world.economy.network
    outcome, production, accounts = month.outcome, month.production, month.accounts
    founded, recorded = month.founded, month.record["trade"]
    trifle = TRIFLE * float(economy.private_spending.sum())
    trade = outcome.value.sum(axis=0)  # destination, origin
    exports = trade.sum(axis=0) - np.diag(trade)
    imports = trade.sum(axis=1) - np.diag(trade)
    inputs = economy.by_region(accounts.out_inputs)
    final = accounts.out_spending + accounts.out_purchases
    final = final + economy.by_region(accounts.out_technology)
    produced = economy.by_region(accounts.in_sales) - inputs + accounts.in_tariffs
    produced += accounts.fees_paid + accounts.in_duties
    earned = economy.by_region(accounts.in_sales - accounts.out_inputs - accounts.out_wages)
    earned += accounts.in_wages + accounts.in_tariffs + accounts.fees_paid + accounts.in_duties
    # exports are worth what the buyer pays at the border, duties on them included
    exports, imports = exports + accounts.in_duties, imports + accounts.duties_paid
    spent = final + exports - imports
    cash_before, cash_after = economy.by_region(opening.cash), economy.by_region(state.cash)
    firms_in = economy.by_region(accounts.in_sales + accounts.in_subsidies) + founded
    firms_out = inputs + economy.by_region(
        accounts.out_wages + accounts.out_dividends + accounts.out_technology
    )
    houses_in = accounts.in_wages + accounts.in_dividends + accounts.in_fees + accounts.in_capital
    houses_out = accounts.out_taxes + accounts.out_spending + founded
    all_before = cash_before + opening.deposits + opening.treasury
    all_after = cash_after + state.deposits + state.treasury
    dividends_abroad = economy.by_region(accounts.out_dividends) - accounts.in_dividends
    financial = (
        accounts.in_capital
        + accounts.in_fees
        - accounts.fees_paid
        + accounts.in_transfers
        + accounts.in_pool
        - dividends_abroad
    )
    goods_moved = network.sales + opening.stock + production.output  # idle traders start at 0
    paid_out = accounts.in_sales + accounts.out_wages + accounts.out_dividends
    turnover = economy.by_region(paid_out) + inputs + final + np.abs(accounts.in_capital)
    held_cash = economy.by_region(np.abs(opening.cash))
    wealth = held_cash + np.abs(opening.deposits) + np.abs(opening.treasury)
    made_less_sold = np.where(economy.service, 0.0, production.output - outcome.sold)
    place = network.firm_region * len(economy.baseline.sigma) + network.firm_sector
    handed, kept = np.bincount(place, month.handed), np.bincount(place, state.stock)
    held = opening.inputs + production.arrived
    carried = np.where(economy.service, outcome.sold - production.output, 0.0)
    duty_paid = (outcome.value * month.border.wedges.paid).sum(axis=(0, 2))
    by_buyers = np.bincount(network.buyer_region, outcome.paid, minlength=economy.regions)
    made_volume = outcome.volume - outcome.resold_volume
    made_value = outcome.value - outcome.resold_value
    traders = economy.traders
    by_traders = np.bincount(
        network.firm_region[traders], outcome.revenue[traders], minlength=economy.regions
    )
    bought, resold = outcome.bought_value.sum(axis=0).T, outcome.resold_value.sum(axis=0).T
    ghosts = economy.ghost_share * bought - economy.ghost_share[:, None] * resold

    def gap(left: ArrayLike, right: ArrayLike, scale: ArrayLike | None = None) -> float:
        """Largest |left - right| over the size of the entry, or of `scale`."""
        size = np.maximum(np.abs(left), np.abs(right)) if scale is None else np.abs(scale)
        apart = np.abs(np.subtract(left, right))
        return float(np.max(apart / np.maximum(size, trifle), initial=0.0))

    return {
        "links": max(
            gap(economy.by_cell(outcome.sold), made_volume.sum(axis=1).T),
            gap(economy.by_cell(outcome.revenue), made_value.sum(axis=1).T),
            gap(by_traders, outcome.resold_value.sum(axis=(0, 1))),
            gap(by_buyers, duty_paid),
        ),
        "goods": max(
            gap(opening.stock + made_less_sold + month.handed, state.stock, goods_moved),
            gap(handed, 0.0, kept),
            gap(carried, 0.0, goods_moved),
        ),
        "inputs": max(
            gap(opening.inputs + production.arrived - production.used, state.inputs, held),
            # what reaches a trader goes on: nothing stays behind unseen
            gap(production.arrived[economy.trader_inputs], production.output[traders]),
        ),
        "firms": gap(
            cash_before + firms_in - firms_out,
            cash_after,
            held_cash + np.abs(firms_in) + np.abs(firms_out),
        ),
        "households": gap(
            opening.deposits + houses_in - houses_out,
            state.deposits,
            np.abs(opening.deposits) + np.abs(houses_in) + np.abs(houses_out),
        ),
        "governments": gap(
            opening.treasury + accounts.revenue - accounts.out_purchases,
            state.treasury,
            np.abs(opening.treasury) + np.abs(accounts.revenue) + accounts.out_purchases,
        ),
        "money": gap(state.money(economy), money),
        "regions": max(
            gap(produced, earned, turnover),
            gap(produced, spent, turnover),
            gap(all_after - all_before, exports - imports + financial, wealth + turnover),
        ),
        "world": max(
            gap(exports.sum(), imports.sum()),
            gap(financial.sum(), 0.0, turnover.sum()),
        ),
        "mirrors": gap(
            recorded["recorded_export_musd"].sum(axis=2),
            recorded["recorded_import_musd"].sum(axis=2) + ghosts,
        ),
    }


def check(found: dict[str, float], tolerance: float, month: str) -> None:
    """Stop a run whose books do not balance. Raises IdentityError naming the worst identity."""
    name = max(found, key=lambda key: found[key] if found[key] == found[key] else np.inf)
    if not found[name] <= tolerance:
        raise IdentityError(
            f"identity '{name}' is violated in {month}: residual {found[name]:.3g} > "
            f"{tolerance:g}; the run was stopped"
        )


TRIFLE = 1e-10
"""Of the private spending of all regions: entries below it are compared with it, not with
themselves. A gap of 1e-9 of a trifle is less than a cent where the world spends a trillion."""
