"""Observe: what statistical offices would publish about the month (model note, section 4)."""

from __future__ import annotations

import numpy as np

from sim.arithmetic import exp, log
from sim.levers import Levers
from sim.market.clearing import Outcome, unit_value
from sim.phases.month import MonthSoFar, Row, World
from sim.phases.plan import Plan
from sim.phases.settle import Accounts
from sim.phases.technology import adoption, cut_off, own_technology
from sim.state import Economy, State


def observe(world: World, month: MonthSoFar) -> dict[str, Row]:
    """The month's row of every table, by the names of the panel. The state has not adapted yet."""
    economy, state, outcome, levers = world.economy, world.state, month.outcome, month.levers
    price = _prices_paid(economy, state, outcome)
    return {
        "trade": observe_trade(outcome, economy.ghost_share),
        "regions": observe_regions(world, month, price),
        "sectors": observe_sectors(world, month),
        "transit": observe_transit(economy, state, outcome, levers),
        "technology": observe_technology(economy, state, levers),
        "budgets": observe_budgets(economy, month.accounts, price),
    }


def observe_trade(outcome: Outcome, ghost_share: np.ndarray) -> Row:
    """Trade by origin, destination and sector, `float64[R, R, S]`, domestic sales included.

    Of the goods that traders buy for a hub, `ghost_share` [R] never enters it: the exporter records
    a sale to the hub that the hub's customs never saw, and the hub no sale of what went on from
    there, though its destination records the hub as origin (mirror statistics, note, §6).
    """
    value = outcome.value
    row = {
        "value_musd": value,
        "volume": outcome.volume,
        "recorded_export_musd": value - ghost_share * outcome.resold_value,
        "recorded_import_musd": value - ghost_share[:, None] * outcome.bought_value,
        "reexport_musd": outcome.resold_value,
    }
    return {name: values.transpose(2, 1, 0) for name, values in row.items()}


def observe_regions(world: World, month: MonthSoFar, price: np.ndarray) -> Row:
    """National accounts and prices, `float64[R]` each.

    gdp_musd: value added at market prices, production side. real_gdp: the same at base prices, a
    firm's value added moving with its output and tariffs with import volumes. cpi: households'
    basket at the prices they paid, fixed value shares. real_consumption: households' spending
    over cpi. shortage: share of what buyers wanted to spend that found no seller.
    price: float64[R, S], what final demand paid.
    """
    economy, network = world.economy, world.economy.network
    plan, outcome, accounts = month.plan, month.outcome, month.accounts
    production = month.production
    trade = outcome.value.sum(axis=0)  # destination, origin
    own = np.diag(trade)
    output = trade.sum(axis=0)
    inputs = economy.by_region(accounts.out_inputs)
    base_tariff = economy.baseline.tariff.transpose(2, 1, 0)
    duties_at_base = (outcome.volume * base_tariff).sum(axis=(0, 2))
    cpi = exp((economy.consumption_share * log(price)).sum(axis=1))
    wanted = np.bincount(network.buyer_region, plan.budget, minlength=economy.regions)
    spent = np.bincount(network.buyer_region, _met(plan, outcome), minlength=economy.regions)
    return {
        "gdp_musd": output - inputs + accounts.in_tariffs + accounts.fees_paid + accounts.in_duties,
        "real_gdp": economy.by_region(network.value_added * production.output) + duties_at_base,
        "real_consumption": economy.consumed * accounts.out_spending / cpi,
        "cpi": cpi,
        "wage": world.state.wage.copy(),
        "unemployment": np.maximum(1.0 - production.employment / economy.labour_force, 0.0),
        "exports_musd": output - own,
        "imports_musd": trade.sum(axis=1) - own,
        "tariff_revenue_musd": accounts.in_tariffs,
        "household_deposits_musd": accounts.deposits,
        "government_balance_musd": _balance(accounts),
        "shortage": _share_missing(spent, wanted),
    }


def observe_sectors(world: World, month: MonthSoFar) -> Row:
    """Sectors of regions, `float64[R, S]`: units at base prices, price per unit, firms, jobs.

    stock: goods left at the end of the month. employment: in base wage bills (mUSD).
    """
    economy, state, network = world.economy, world.state, world.economy.network
    plan, outcome, production = month.plan, month.outcome, month.production
    shape = economy.baseline.final.shape
    sold, revenue = economy.by_cell(outcome.sold), economy.by_cell(outcome.revenue)
    offered = economy.by_cell(state.price * network.sales) / economy.by_cell(network.sales)
    left = np.where(economy.service, 0.0, state.stock - outcome.sold + production.output)
    buyer = network.buyer_region * shape[1] + network.buyer_sector
    size = shape[0] * shape[1]
    wanted = np.bincount(buyer, plan.budget, minlength=size).reshape(shape)
    spent = np.bincount(buyer, _met(plan, outcome), minlength=size).reshape(shape)
    return {
        "output": economy.by_cell(production.output),
        "sales": sold,
        "stock": economy.by_cell(left),
        "price": np.where(sold > 0.0, revenue / np.where(sold > 0.0, sold, 1.0), offered),
        "shortage": _share_missing(spent, wanted),
        "firms": economy.by_cell(state.active.astype(np.float64)),
        "employment": economy.by_cell(production.labour),
    }


def observe_technology(economy: Economy, state: State, levers: Levers) -> Row:
    """Technology by region and class, `float64[R, C]`.

    access: share of foreign technology that may still be had. lost: what no longer works.
    belief: share expected to be lost. adopted: share replaced, by value. maturity: how well
    domestic technology does the work. own: share of all needs met by technology of one's own
    that does the work. spending_musd: on replacing what is foreign, this month.
    """
    exposure, now = economy.exposure, state.technology
    return {
        "access": 1.0 - cut_off(now.suppliers, levers.technology_access),
        "lost": now.lost,
        "belief": now.belief,
        "adopted": adoption(exposure, now),
        "maturity": now.maturity,
        "own": own_technology(exposure, now),
        "spending_musd": exposure.by_region(now.spending),
    }


def observe_budgets(economy: Economy, accounts: Accounts, price: np.ndarray) -> Row:
    """What governments take, pay each other and buy, `float64[R]`.

    purchases_musd: all of them; research_musd: the part that paid for research. real_purchases:
    the others, at the prices of the government's own basket. price: float64[R, S], paid.
    """
    basket = exp((economy.public_share * log(price)).sum(axis=1))
    research = accounts.research.sum(axis=1)
    return {
        "taxes_musd": accounts.out_taxes,
        "tariffs_musd": accounts.in_tariffs,
        "transfers_musd": accounts.in_transfers,
        "subsidies_musd": accounts.out_subsidies,
        "purchases_musd": accounts.out_purchases,
        "research_musd": research,
        "real_purchases": (accounts.out_purchases - research) / basket,
    }


def observe_transit(economy: Economy, state: State, outcome: Outcome, levers: Levers) -> Row:
    """Rerouting through each region, `float64[R]`.

    compliance: share of barred re-exports that customs stop. pressure: of third countries.
    traders: in business. reexports_musd: what they sold abroad. ghost_musd: what they bought that
    never entered the region.
    """
    working = state.active[economy.traders]
    where = economy.network.firm_region[economy.traders]
    return {
        "compliance": state.compliance,
        "pressure": levers.secondary_pressure,
        "traders": np.bincount(where, working, minlength=economy.regions).astype(np.float64),
        "reexports_musd": outcome.resold_value.sum(axis=(0, 1)),
        "ghost_musd": economy.ghost_share * outcome.bought_value.sum(axis=(0, 2)),
    }


def _balance(accounts: Accounts) -> np.ndarray:
    """Revenue less purchases; zero where the difference is rounding of equal sums."""
    balance = accounts.revenue - accounts.out_purchases
    return np.where(np.abs(balance) > 1e-11 * np.abs(accounts.revenue), balance, 0.0)


def _met(plan: Plan, outcome: Outcome) -> np.ndarray:
    return np.minimum(outcome.paid, plan.budget)


def _share_missing(spent: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """1 - spent / wanted; below a millionth it is rounding of the clearing, not shortage."""
    missing = 1.0 - spent / np.where(wanted > 0.0, wanted, 1.0)
    return np.where((wanted > 0.0) & (missing > 1e-6), missing, 0.0)


def _prices_paid(economy: Economy, state: State, outcome: Outcome) -> np.ndarray:
    """Money per composite unit of final demand, `float64[R, S]`; last month's where none came."""
    paid, received = outcome.paid[economy.nodes], outcome.received[economy.nodes]
    return unit_value(paid, received, state.price_index[economy.nodes])
