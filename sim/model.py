"""The union as a Mesa model: the month, readable by an economist (model note, section 4)."""

from __future__ import annotations

from copy import copy, deepcopy
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from sim import saved
from sim.agents import Country, Firm
from sim.axes import Month
from sim.baseline.balance import Baseline
from sim.baseline.network import build_network
from sim.baseline.traders import add_traders
from sim.errors import InputError
from sim.foresight import Foresight, Thought
from sim.levers import Levers, combine, neutral
from sim.mesa_core import Model
from sim.phases import identities
from sim.phases.adapt import adapt
from sim.phases.clear import Border, clear, draw_border, open_market, same_border, take_notice
from sim.phases.month import MonthSoFar, Row, World
from sim.phases.observe import observe
from sim.phases.plan import make_plan
from sim.phases.produce import produce
from sim.phases.settle import settle
from sim.phases.technology import efficiency
from sim.policies.path import LeverPath, Unchanging
from sim.prepared import Prepared, prepare
from sim.record.panel import Panel
from sim.settings import Settings
from sim.state import Economy, State

IDENTITY_TOLERANCE = 1e-9


class UnionModel(Model):
    """A regional union and its partners, month by month.

    `step()` runs one month: countries decide, everybody plans, markets clear, goods are
    delivered and used, every payment is made, and all adapt; the panel keeps what happened.
    Mesa holds the countries and, up to `firms.agents`, a window on every firm.

    Raises InputError for a baseline or scenario that cannot be used, IdentityError in a month
    whose books do not balance.
    """

    def __init__(self, run: Settings | Prepared, baseline: Baseline | None = None) -> None:
        """Build the economy at rest. baseline: a loaded one, to spare reading it again."""
        prepared = prepare(run, baseline)
        settings = prepared.settings
        super().__init__(rng=settings.seed)
        self.settings = settings
        self.path: LeverPath | Unchanging = prepared.path
        self.economy = build_economy(settings, prepared.baseline)
        tables = self.economy.baseline
        self.foresight = Foresight(settings.decisions, tables, settings.start)
        self.deciding = self.foresight.active
        self.thoughts: list[Thought] = []
        self.state = State.at_rest(self.economy, deciding=len(self.foresight.rows))
        self.market = open_market(self.economy, self.state.links, settings.market)
        self.clock = 0
        self.senders, self.pressing = self.path.senders(0), self.path.pressing(0)
        self.money = self.state.money(self.economy)
        self.passes = np.zeros(settings.months, dtype=np.int64)
        self.seconds = 0.0
        self.countries = [Country(self, r) for r in range(self.economy.regions)]
        self._held = {row: Firm(self, row) for row in range(self._firms_held())}
        self._border: tuple[Levers, Border] | None = None
        base = self._base_month()
        self.last_regions = base["regions"]
        self.panel = Panel(
            tables.axes,
            settings.start,
            settings.months,
            base,
            scenario=settings.told,
            source=settings.source(f"seed {settings.seed}"),
        )

    def __repr__(self) -> str:
        about = f"{self.settings.scenario.label}, {self.settings.firms.count:,} firms"
        return f"<UnionModel of {about}, before {self.month}>"

    @property
    def month(self) -> Month:
        """The calendar month that the next step runs."""
        return self.settings.start + self.clock

    @property
    def world(self) -> World:
        """What the phases of a month are given."""
        return World(self.economy, self.state, self.market)

    def firm(self, row: int) -> Firm:
        """The agent of a firm, made on demand where it is not held already."""
        if not 0 <= row < len(self.economy.cell):
            raise IndexError(f"firm {row}: there are {len(self.economy.cell)} firms")
        if row not in self._held:
            self._held[row] = Firm(self, row)
        return self._held[row]

    def branch(self) -> UnionModel:
        """The same model once more, to go on differently: neither leaves a trace in the other.

        What never changes (economy, settings, path of levers) is shared.
        """
        return deepcopy(self)

    def save(self, path: str | Path) -> Path:
        """Write what changes in a run to a file; `load` goes on from there in any process."""
        return saved.save(self, path)

    @classmethod
    def load(cls, path: str | Path, baseline: Baseline | None = None) -> UnionModel:
        """The model that `save` wrote. baseline: the one it was made with, if any was given.

        Raises InputError for a file that is damaged, foreign or of another version or tables.
        """
        return saved.load(cls, path, baseline)

    def __deepcopy__(self, memo: dict[int, Any]) -> UnionModel:
        kept = (self.settings, self.economy, self.path, self.foresight, self.market.places)
        for shared in (*kept, self._border):
            memo[id(shared)] = shared
        other = memo[id(self)] = type(self).__new__(type(self))
        other.__dict__.update(deepcopy(self.__dict__, memo))
        return other

    def step(self) -> None:
        """One month (model note, section 4). Raises InputError after the last."""
        if self.clock >= self.settings.months:
            raise InputError(
                f"all {self.settings.months} months of the run are done; "
                "settings with more `months` make a longer one"
            )
        began = perf_counter()
        world, opening = self.world, identities.Opening.of(self.state)

        month = self._announce_and_decide()
        live(world, month)
        month.founded, month.handed = adapt(world, month)

        residuals = identities.residuals(world, opening, month, self.money)
        identities.check(residuals, IDENTITY_TOLERANCE, str(self.month))
        self.panel.write(self.clock, residuals=residuals, **month.record)
        self.last_regions = month.record["regions"]
        if self.deciding and self.foresight.news(self.thoughts, self.clock):
            self.panel.decisions = self.foresight.told(self.thoughts, self.panel)
        self.passes[self.clock] = month.outcome.passes.max()
        self.clock += 1
        self.running = self.clock < self.settings.months
        self.seconds += perf_counter() - began

    def _announce_and_decide(self) -> MonthSoFar:
        """The month before anybody trades: what is announced, answered and decided."""
        levers = self._announce_and_respond()
        return MonthSoFar(
            number=self.clock,
            levers=levers,
            posted=self._border_of(levers),
            public_spending=self._decide(levers),
            senders=self.senders,
        )

    def _announce_and_respond(self) -> Levers:
        """Announced levers of the month, and what countries answer on their own."""
        announced = self.path.at(self.clock)
        self.senders = self.path.senders(self.clock)
        self.pressing = self.path.pressing(self.clock)
        if self.deciding and self.foresight.due(self.clock):
            self.thoughts += self.foresight.decide(self)
        answers = {country.code: country.respond(announced) for country in self.countries}
        answers["choices"] = self.foresight.levers(self.state, self.clock)
        return combine(announced, answers)

    def _decide(self, levers: Levers) -> np.ndarray:
        """Countries decide compliance and public spending (returned, float64[R] mUSD)."""
        for country in self.countries:
            country.decide(levers)
        self.state.compliance = np.array([country.compliance for country in self.countries])
        return np.array([country.public_spending for country in self.countries])

    def _border_of(self, levers: Levers) -> Border:
        """Wedges of the month; worked out again only when a lever that moves them changed."""
        if self._border is None or not same_border(self._border[0], levers):
            self._border = (levers, draw_border(self.economy, levers))
        return self._border[1]

    def _firms_held(self) -> int:
        """All firms are agents if they are few enough, else none: half a population misleads."""
        firms = len(self.economy.cell)
        return firms if firms <= self.settings.firms.agents else 0

    def _base_month(self) -> dict[str, Row]:
        """The base month as the recorder would have seen it: one month at rest.

        It writes nothing but virtual prices and what is stirred, so the rest needs no copy; and
        markets that nothing stirs keep their weights.
        """
        economy, state = self.economy, copy(self.state)
        state.log_virtual = state.log_virtual.copy()
        state.links = state.links._replace(stirred=state.links.stirred.copy())
        quiet = neutral(economy.baseline.axes)
        month = MonthSoFar(
            number=0,
            levers=quiet,
            posted=draw_border(economy, quiet),
            public_spending=economy.public_spending,
            senders=np.empty(0, dtype=np.int64),
        )
        live(World(economy, state, self.market), month)
        return month.record


def build_economy(settings: Settings, baseline: Baseline) -> Economy:
    """Firms, links, traders and accounts of the tables, as the settings want them."""
    rules, traders = settings.behaviour, settings.traders
    tables = replace(baseline, sigma=1.0 + rules.sigma_scale * (baseline.sigma - 1.0))
    if not settings.countries.pool_customs:
        tables = replace(tables, customs_share=np.zeros_like(tables.customs_share))
    network = build_network(tables, settings.firms, settings.seed)
    if traders.active:
        hubs = np.flatnonzero(tables.axes.is_transit)
        network = add_traders(
            network,
            hubs,
            tables.axes.is_good,
            traders.per_market,
            traders.margin,
            room=len(hubs) if traders.least_share <= 1.0 else 0,
        )
    return Economy.at_rest(tables, network, rules, traders, settings.technology, settings.seed)


def live(world: World, month: MonthSoFar) -> None:
    """A month until somebody learns from it (model note, section 4): each phase adds what it did.

    What a firm can do and what buyers notice is seen first; the state moves on when all adapt.
    """
    world.state.efficiency = efficiency(world.economy.exposure, world.state.technology)
    month.border = take_notice(world, month)
    month.plan = make_plan(world, month)
    month.outcome = clear(world, month)
    month.production = produce(world, month)
    month.accounts = settle(world, month)
    month.record = observe(world, month)
