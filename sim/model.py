"""The union as a Mesa model: the month, readable by an economist (model note, section 4)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import perf_counter

import mesa
import numpy as np

from sim.agents import Country, Firm
from sim.axes import Month
from sim.baseline.balance import Baseline, load_baseline
from sim.baseline.network import build_network
from sim.baseline.tables import shipped
from sim.baseline.traders import add_traders
from sim.levers import Levers, combine, neutral
from sim.phases import identities
from sim.phases.adapt import commit
from sim.phases.clear import Border, clear, draw_border, open_market, same_border
from sim.phases.observe import (
    observe_regions,
    observe_sectors,
    observe_technology,
    observe_trade,
    observe_transit,
)
from sim.phases.plan import make_plan
from sim.phases.produce import produce
from sim.phases.search import need_of_suppliers, relate, search
from sim.phases.settle import settle
from sim.phases.technology import adapt_technology, efficiency
from sim.phases.traders import call, route_appeal
from sim.phases.turnover import turnover
from sim.policies.scenario import compile_scenario
from sim.record.panel import Panel
from sim.settings import Settings
from sim.state import Economy, State

IDENTITY_TOLERANCE = 1e-9


class UnionModel(mesa.Model):
    """A regional union and its partners, month by month.

    `step()` runs one month: countries decide, everybody plans, markets clear, goods are
    delivered and used, every payment is made, and all adapt; the panel keeps what happened.
    Mesa holds the countries and, up to `firms.agents`, a window on every firm.

    Raises InputError for a baseline or scenario that cannot be used, IdentityError in a month
    whose books do not balance.
    """

    def __init__(self, settings: Settings, baseline: Baseline | None = None) -> None:
        """Build the economy at rest. baseline: a loaded one, to spare reading it again."""
        super().__init__(rng=settings.seed)
        self.settings = settings
        rules = settings.behaviour
        loaded = baseline or load_baseline(
            settings.baseline.path or shipped(settings.baseline.name)
        )
        loaded = replace(loaded, sigma=1.0 + rules.sigma_scale * (loaded.sigma - 1.0))
        self.path = compile_scenario(settings.scenario, loaded, settings.start, settings.months)
        network = build_network(loaded, settings.firms, settings.seed)
        traders = settings.traders
        if traders.active:
            hubs = np.flatnonzero(loaded.axes.is_transit)
            network = add_traders(
                network, hubs, loaded.axes.is_good, traders.per_market, traders.margin
            )
        self.economy = Economy.at_rest(loaded, network, rules, settings.technology, settings.seed)
        self.economy = replace(self.economy, route_appeal=route_appeal(self.economy, traders))
        self.state = State.at_rest(self.economy)
        self.market = open_market(self.economy, self.state, settings.market)
        self.clock = 0
        self.money = self.state.money(self.economy)
        self.passes = np.zeros(settings.months, dtype=np.int64)
        self.seconds = 0.0
        self.countries = [Country(self, r) for r in range(self.economy.regions)]
        self._held = {row: Firm(self, row) for row in range(self._firms_held())}
        self._border: tuple[Levers, Border] | None = None
        base = self._base_month()
        self.last_regions = base["regions"]
        self.panel = Panel(
            loaded.axes,
            settings.start,
            settings.months,
            base,
            identities.NAMES,
            scenario=settings.scenario.label,
            source=self._source(),
        )

    @property
    def month(self) -> Month:
        """The calendar month that the next step runs."""
        return self.settings.start + self.clock

    def firm(self, row: int) -> Firm:
        """The agent of a firm, made on demand where it is not held already."""
        if not 0 <= row < len(self.economy.cell):
            raise IndexError(f"firm {row}: there are {len(self.economy.cell)} firms")
        if row not in self._held:
            self._held[row] = Firm(self, row)
        return self._held[row]

    def step(self) -> None:
        """One month (model note, section 4)."""
        began = perf_counter()
        economy, state, market = self.economy, self.state, self.market
        opening = identities.Opening.of(state)
        levers = self._levers()
        border = self._border_of(levers)
        for country in self.countries:
            country.decide(levers)
        public = np.array([country.public_spending for country in self.countries])
        state.compliance = np.array([country.compliance for country in self.countries])

        state.efficiency = efficiency(economy.exposure, state.technology)
        plan = make_plan(economy, state, public, levers.demand_shift, levers.research_support)
        outcome = clear(economy, state, plan, market, border)
        production = produce(economy, state, plan, outcome)
        accounts = settle(
            economy,
            state,
            plan,
            outcome,
            production,
            border.tariff,
            border.payment_cost,
            levers.transfers,
            levers.subsidy,
        )
        trade = observe_trade(outcome, self.settings.traders.ghost_share)
        regions = observe_regions(economy, state, plan, outcome, production, accounts)
        sectors = observe_sectors(economy, state, plan, outcome, production)
        transit = observe_transit(
            economy, state, outcome, levers.secondary_pressure, self.settings.traders.ghost_share
        )

        technology = observe_technology(economy, state, levers)

        commit(
            economy,
            state,
            plan,
            outcome,
            production,
            accounts,
            levers.subsidy,
            self.settings.traders,
        )
        state.technology = adapt_technology(
            economy.exposure,
            state.technology,
            levers,
            accounts.research,
            state.cash,
            state.active,
            self.settings.seed,
            self.clock,
        )
        relate(economy, state, market, border)
        need = need_of_suppliers(plan, outcome, market.lost, state.found)
        search(economy, state, market, border, need, self.settings.seed, self.clock)
        call(
            economy,
            state,
            market,
            border,
            plan,
            outcome,
            self.senders,
            self.settings.traders,
            self.settings.seed,
            self.clock,
        )
        founded = turnover(
            economy,
            state,
            levers.secondary_pressure,
            self.settings.traders,
            self.settings.seed,
            self.clock,
        )

        residuals = identities.residuals(
            economy,
            opening,
            state,
            outcome,
            production,
            accounts,
            border.wedges,
            trade,
            self.settings.traders.ghost_share,
            founded,
            self.money,
        )
        identities.check(residuals, IDENTITY_TOLERANCE, str(self.month))
        self.panel.write(
            self.clock,
            trade=trade,
            regions=regions,
            sectors=sectors,
            residuals=residuals,
            transit=transit,
            technology=technology,
        )
        self.last_regions = regions
        self.passes[self.clock] = outcome.passes.max()
        self.clock += 1
        self.seconds += perf_counter() - began

    def _levers(self) -> Levers:
        """Announced levers of the month, and what countries answer on their own."""
        announced = self.path.at(self.clock)
        self.senders = self.path.senders(self.clock)
        answers = {country.code: country.respond(announced) for country in self.countries}
        return combine(announced, answers)

    def _source(self) -> str:
        """What stands under a picture: which model, data and draw made it."""
        tables = self.settings.baseline.path or self.settings.baseline.name
        firms = f"{len(self.economy.cell):,} firms"
        return f"eaeu-sim, tables '{Path(tables).name}', {firms}, seed {self.settings.seed}"

    def _border_of(self, levers: Levers) -> Border:
        """Wedges of the month; worked out again only when a lever that moves them changed."""
        if self._border is None or not same_border(self._border[0], levers):
            self._border = (levers, draw_border(self.economy, levers))
        return self._border[1]

    def _firms_held(self) -> int:
        """All firms are agents if they are few enough, else none: half a population misleads."""
        firms = len(self.economy.cell)
        return firms if firms <= self.settings.firms.agents else 0

    def _base_month(self) -> dict[str, dict[str, np.ndarray]]:
        """The base month as the recorder would have seen it: one month at rest, on a copy."""
        economy, state = self.economy, self.state.copy()
        market = open_market(economy, state, self.settings.market)
        quiet = neutral(economy.baseline.axes)
        border = draw_border(economy, quiet)
        plan = make_plan(
            economy, state, economy.public_spending, quiet.demand_shift, quiet.research_support
        )
        outcome = clear(economy, state, plan, market, border)
        production = produce(economy, state, plan, outcome)
        accounts = settle(
            economy,
            state,
            plan,
            outcome,
            production,
            border.tariff,
            border.payment_cost,
            quiet.transfers,
            quiet.subsidy,
        )
        return {
            "trade": observe_trade(outcome, self.settings.traders.ghost_share),
            "regions": observe_regions(economy, state, plan, outcome, production, accounts),
            "sectors": observe_sectors(economy, state, plan, outcome, production),
        }
