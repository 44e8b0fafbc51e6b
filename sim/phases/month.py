"""What every phase of a month is given: the world, and the month as far as it has gone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.levers import Levers
from sim.market.clearing import Market, Outcome
from sim.state import Economy, State

if TYPE_CHECKING:  # phases know this file; it knows what they return by name only
    from sim.phases.clear import Border
    from sim.phases.plan import Plan
    from sim.phases.produce import Production
    from sim.phases.settle import Accounts

Row = dict[str, np.ndarray]


class World(NamedTuple):
    """Where a month happens: what stays, what persists from month to month, and the markets."""

    economy: Economy
    state: State
    market: Market


@dataclass
class MonthSoFar:
    """What is known and decided before anybody acts, then what each phase adds under its name.

    number: counted from the start of the run. levers: announced and answered. posted: the border
    as they draw it. public_spending: float64[R] mUSD, what governments decided. senders: int64[n],
    regions that have barred something; their buyers do not ask traders.
    border: as buyers act on it. record: the row of every table of the panel. founded: float64[R]
    mUSD, what households paid into firms. handed: float64[N], goods that closed traders left.

    A phase that asks for what has not happened yet gets an AttributeError with its name.
    """

    number: int
    levers: Levers
    posted: Border
    public_spending: np.ndarray
    senders: np.ndarray
    border: Border = field(init=False)
    plan: Plan = field(init=False)
    outcome: Outcome = field(init=False)
    production: Production = field(init=False)
    accounts: Accounts = field(init=False)
    record: dict[str, Row] = field(init=False)
    founded: np.ndarray = field(init=False)
    handed: np.ndarray = field(init=False)
