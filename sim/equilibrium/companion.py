"""The equilibrium of a scenario: its levers of one month, held for ever."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.axes import Axes, Month
from sim.baseline.balance import Baseline
from sim.equilibrium.solver import Equilibrium, solve
from sim.equilibrium.translate import accounts_of, translate
from sim.errors import InputError
from sim.policies.scenario import compile_scenario
from sim.prepared import tables
from sim.settings import Settings

CLOSURE, INPUTS, NUMERAIRE = "exports", "cobb_douglas", "spending"
"""Of the companion: flows of capital and money as in the agent model, inputs as published."""


@dataclass(frozen=True)
class Companion:
    """The static answer to a scenario.

    found: the answer, closer ties counted as `behaviour.tie_variety` says (by default they move
    demand and are no variety, as in the agent model). if_variety: the same if all of them were
    variety (None where relations do not move). notes: by lever, what it was taken for.
    """

    axes: Axes
    scenario: str
    month: Month
    found: Equilibrium
    if_variety: Equilibrium | None
    notes: dict[str, str]

    @property
    def assumptions(self) -> str:
        """Closure, inputs and numeraire, for under a table."""
        found = self.found
        return f"{found.closure}; {found.inputs}; {found.numeraire} keep their value"

    def table(self) -> pd.DataFrame:
        """By region, in % against the base: what economists look at first.

        real_income is exact; linear_welfare is the first-order sum of terms and volume of trade
        and icebergs. deficit is in % of final spending.
        """
        found, base = self.found, self.found.accounts
        across = found.trade.sum(axis=2)
        before = base.trade.sum(axis=2)
        own = np.eye(len(across), dtype=bool)

        def rise(new: np.ndarray, old: np.ndarray) -> np.ndarray:
            return np.divide(new, old, out=np.full(len(old), np.nan), where=old > 0) - 1.0

        def abroad(flows: np.ndarray, axis: int) -> np.ndarray:
            return np.where(own, 0.0, flows).sum(axis=axis)

        columns = {
            "real_income": found.real_income - 1.0,
            "real_wage": found.real_wage - 1.0,
            "terms_of_trade": found.terms_of_trade,
            "volume_of_trade": found.volume_of_trade,
            "linear_welfare": found.linear_welfare,
            "wage": found.wage - 1.0,
            "consumer_price": found.price_index - 1.0,
            "exports": rise(abroad(across, 1), abroad(before, 1)),
            "imports": rise(abroad(across, 0), abroad(before, 0)),
            "deficit": found.deficit / found.income,
        }
        if self.if_variety is not None:
            columns["real_income_if_ties_were_variety"] = self.if_variety.real_income - 1.0
        frame = pd.DataFrame(columns, index=pd.Index(self.axes.regions, name="region"))
        return 100.0 * frame

    def trade(self) -> pd.DataFrame:
        """origin, destination, sector, base_musd, value_musd at the gate, a month."""
        regions, sectors = self.axes.regions, self.axes.sectors
        cells = pd.MultiIndex.from_product(
            [regions, regions, sectors], names=["origin", "destination", "sector"]
        )
        values = {
            "base_musd": self.found.accounts.trade.ravel(),
            "value_musd": self.found.trade.ravel(),
        }
        return pd.DataFrame(values, index=cells).reset_index()


def equilibrium(
    settings: Settings,
    at: str | Month | None = None,
    closure: str = CLOSURE,
    inputs: str = INPUTS,
    leave_out: Iterable[str] = (),
    baseline: Baseline | None = None,
) -> Companion:
    """The equilibrium under the levers of month `at`, by default the last of the settings.

    closure: 'exports' (outflow of capital follows exports), 'fixed', 'removed', 'proportional'.
    inputs: 'cobb_douglas' or 'leontief'. leave_out: levers to be taken as neutral.
    baseline: tables that are loaded already. NoEquilibrium where a lever has no static meaning or
    there is no equilibrium; never an answer that has not converged.
    """
    loaded = baseline or tables(settings)
    month = settings.start + (settings.months - 1) if at is None else at
    if not isinstance(month, Month):
        month = Month.parse(month, "at")
    ahead = month - settings.start
    if ahead < 0:
        raise InputError(f"at = {month} is before the scenario starts; from {settings.start} on")
    levers = compile_scenario(settings.scenario, loaded, settings.start, 0).at(ahead)
    accounts = accounts_of(loaded, settings.behaviour)
    left = tuple(leave_out)

    def answer(variety: float | None) -> tuple[Equilibrium, dict[str, str]]:
        made = translate(levers, loaded, settings.behaviour, settings.technology, left, variety)
        return solve(accounts, made.shock, closure, inputs, NUMERAIRE), made.notes

    found, notes = answer(None)
    tied = "relations" in notes and "relations" not in left
    other = answer(1.0)[0] if tied else None
    return Companion(loaded.axes, settings.scenario.label, month, found, other, notes)
