"""The toy at rest, with the phases of a month within reach of a test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import sim
from sim.levers import neutral
from sim.phases import adapt
from sim.phases.clear import clear, draw_border, open_market
from sim.phases.month import MonthSoFar, World
from sim.phases.plan import make_plan
from sim.phases.produce import produce
from sim.phases.settle import settle
from sim.state import State

PLAIN = ("traders=off", "technology=off")
NOR, SUD, WLD = range(3)
RAW, MAN, SER = range(3)


class Bench:
    """The toy at rest with the phases of a month within reach."""

    def __init__(self, model: sim.UnionModel) -> None:
        self.economy = model.economy
        self.state = State.at_rest(self.economy)
        self.market = open_market(self.economy, self.state.links, model.settings.market)
        self.levers = neutral(self.economy.baseline.axes)

    def firm(self, region: int, sector: int, rank: int = 0) -> int:
        return int(self.economy.network.cells[sector, region]) + rank

    def slots(self, firm: int) -> np.ndarray:
        return np.flatnonzero(self.economy.slot_firm == firm)

    def border(self, **levers: np.ndarray):
        return draw_border(self.economy, replace(self.levers, **levers))

    def month(self, border=None, levers=None, **done) -> MonthSoFar:
        """A quiet month in which the given phases are done: `plan=...`, `outcome=...`."""
        border = border or self.border()
        month = MonthSoFar(
            number=0,
            levers=levers or self.levers,
            posted=border,
            public_spending=self.economy.public_spending,
            senders=np.empty(0, dtype=np.int64),
        )
        for phase, made in {"border": border, **done}.items():
            setattr(month, phase, made)
        return month

    @property
    def world(self) -> World:
        return World(self.economy, self.state, self.market)

    def plan(self, demand_shift: np.ndarray | None = None):
        levers = self.levers
        if demand_shift is not None:
            levers = replace(levers, demand_shift=demand_shift)
        return make_plan(self.world, self.month(levers=levers))

    def clear(self, plan=None, border=None):
        return clear(self.world, self.month(border, plan=plan or self.plan()))

    def produce(self, plan, outcome):
        return produce(self.world, self.month(plan=plan, outcome=outcome))

    def rules(self, **numbers: float) -> None:
        self.economy = replace(self.economy, behaviour=replace(self.economy.behaviour, **numbers))

    def settle(self, plan, outcome, production, border, transfers=None):
        levers = self.levers if transfers is None else replace(self.levers, transfers=transfers)
        done = {"plan": plan, "outcome": outcome, "production": production}
        return settle(self.world, self.month(border, levers, **done))

    def reference_price(self, outcome, cost, taking):
        return adapt.reference_price(
            self.economy, self.state, outcome, cost, taking, self.levers.subsidy
        )

    def links(self) -> dict[str, np.ndarray]:
        network, now = self.economy.network, self.state.links
        buyer = np.repeat(np.arange(len(now.length)), now.length)
        place = network.row[buyer] + np.concatenate([np.arange(n) for n in now.length])
        seller = now.seller[place].astype(int)
        return {
            "place": place,
            "seller": seller,
            "destination": network.buyer_region[buyer],
            "sector": network.buyer_sector[buyer],
            "origin": network.firm_region[seller],
            "user": network.buyer_firm[buyer],
        }
