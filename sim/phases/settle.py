"""Settle: every payment of the month. Money only moves (model note, section 4) ★."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.phases.month import MonthSoFar, World
from sim.state import Economy, State, dividends_received, pooled


@dataclass(frozen=True)
class Accounts:
    """Payments of a month in mUSD, and the balances they lead to.

    Firms `[N]`: in_sales, in_subsidies, out_inputs, out_wages, out_technology, out_dividends; cash.
    Households `[R]`: in_wages, in_dividends, in_fees, in_capital, out_taxes, out_spending;
    deposits. Governments `[R]`: in_tariffs (collected), in_pool (received of the union's customs
    less what was put in; sums to 0), in_duties (on exports), in_transfers, out_subsidies,
    out_purchases; treasury; their taxes are the households' out_taxes.
    fees_paid, duties_paid: float64[R] payment costs, and duties on exports to it, paid by buyers
    of a region. research: float64[R, S], the
    part of public purchases that bought research.
    """

    in_sales: np.ndarray
    in_subsidies: np.ndarray
    out_inputs: np.ndarray
    out_wages: np.ndarray
    out_technology: np.ndarray
    out_dividends: np.ndarray
    cash: np.ndarray
    in_wages: np.ndarray
    in_dividends: np.ndarray
    in_fees: np.ndarray
    in_capital: np.ndarray
    out_taxes: np.ndarray
    out_spending: np.ndarray
    deposits: np.ndarray
    in_tariffs: np.ndarray
    in_pool: np.ndarray
    in_duties: np.ndarray
    in_transfers: np.ndarray
    out_subsidies: np.ndarray
    out_purchases: np.ndarray
    treasury: np.ndarray
    fees_paid: np.ndarray
    duties_paid: np.ndarray
    research: np.ndarray

    @property
    def income(self) -> np.ndarray:
        """Households' disposable income `float64[R]`."""
        return self.in_wages + self.in_dividends + self.in_fees + self.in_capital - self.out_taxes

    @property
    def revenue(self) -> np.ndarray:
        """Governments' revenue net of subsidies `float64[R]`."""
        taken = self.out_taxes + self.in_tariffs + self.in_pool + self.in_duties
        return taken + self.in_transfers - self.out_subsidies


def capital_flows(economy: Economy, state: State) -> np.ndarray:
    """Net capital inflow `float64[R]`, summing to zero.

    At base it balances each region's trade. Regions that invest abroad go on investing the same
    share of last month's export revenue, so an exporter that loses its markets cuts its foreign
    investment, not only its consumption; receivers share what there is in base proportions.
    """
    base = economy.capital_flow
    invests = base < 0.0
    sells = economy.exports > 0.0  # who never exported invests what it owns abroad anew
    trend = np.where(sells, state.exports / np.where(sells, economy.exports, 1.0), 1.0)
    outflow = np.where(invests, -base * trend, 0.0)
    inflow = np.where(invests, 0.0, base)
    return inflow * (outflow.sum() / max(inflow.sum(), 1e-300)) - outflow


def settle(world: World, month: MonthSoFar) -> Accounts:
    """Sales, wages, tariffs, fees, taxes, dividends by owner, capital flows and transfers.

    Members of a union pool their customs and share them by quota; duties on exports go to the
    origin. Subsidies, a share of domestic producers' sales, and transfers among governments are
    levers; technology that firms replace and research that governments pay for are bought from
    sectors.
    """
    economy, state, plan, outcome = world.economy, world.state, month.plan, month.outcome
    border, levers = month.border, month.levers
    tariff, payment_cost, transfers = border.tariff, border.payment_cost, levers.transfers
    rules, network = economy.behaviour, economy.network
    wages = state.wage[network.firm_region] * month.production.labour
    inputs = economy.by_firm(outcome.paid[economy.slots])
    rate = levers.subsidy[network.firm_region, network.firm_sector]
    subsidies = np.where(economy.producer, rate * outcome.revenue, 0.0)

    spent = outcome.paid[economy.nodes]
    filled = spent / np.maximum(plan.private + plan.public + plan.technology, 1e-300)
    by_households = (filled * plan.private).sum(axis=1)
    by_governments = (filled * plan.public).sum(axis=1)
    exposure = economy.exposure
    share = filled[exposure.region[:, None], exposure.table.source[None, :]]
    technology = exposure.by_firm(state.technology.spending * share)

    before = state.cash + outcome.revenue + subsidies - inputs - wages - technology
    target = rules.cash_target * state.expected * outcome.price
    dividends = np.where(state.active, np.maximum(before - target, 0.0), 0.0)

    in_tariffs = (outcome.value * tariff).sum(axis=(0, 2))
    duties = (outcome.value * tariff).sum(axis=0) if economy.customs_share.any() else None
    nothing = np.zeros(economy.regions)
    in_pool = (
        nothing if duties is None else pooled(economy.customs_share, duties, levers.customs_kept)
    )
    on_exports = outcome.value * border.export_duty  # sector, destination, origin
    fees = outcome.value.sum(axis=0) * payment_cost  # destination, origin
    to_origin = rules.fee_to_origin
    in_fees = to_origin * fees.sum(axis=0) + (1.0 - to_origin) * fees.sum(axis=1)
    in_wages = economy.by_region(wages)
    in_dividends = dividends_received(network, dividends, economy.regions)
    out_taxes = economy.tax_rate * (in_wages + in_dividends)
    in_capital = capital_flows(economy, state)
    return Accounts(
        in_sales=outcome.revenue,
        in_subsidies=subsidies,
        out_inputs=inputs,
        out_wages=wages,
        out_technology=technology,
        out_dividends=dividends,
        cash=before - dividends,
        in_wages=in_wages,
        in_dividends=in_dividends,
        in_fees=in_fees,
        in_capital=in_capital,
        out_taxes=out_taxes,
        out_spending=by_households,
        deposits=state.deposits
        + in_wages
        + in_dividends
        + in_fees
        + in_capital
        - out_taxes
        - by_households,
        in_tariffs=in_tariffs,
        in_pool=in_pool,
        in_duties=on_exports.sum(axis=(0, 1)),
        in_transfers=transfers,
        out_subsidies=economy.by_region(subsidies),
        out_purchases=by_governments,
        treasury=state.treasury
        + out_taxes
        + in_tariffs
        + in_pool
        + on_exports.sum(axis=(0, 1))
        + transfers
        - economy.by_region(subsidies)
        - by_governments,
        fees_paid=fees.sum(axis=1),
        duties_paid=on_exports.sum(axis=(0, 2)),
        research=filled * plan.research,
    )
