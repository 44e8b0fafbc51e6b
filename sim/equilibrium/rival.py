"""The static model as a rival: its answer to every month, in the form of a run's panel.

So the rows that were observed are scored by the same code for the agents and for the textbook, and
everyone sees what the agents add.
"""

from __future__ import annotations

import numpy as np

from sim.baseline.balance import Baseline
from sim.equilibrium.accounts import Shock
from sim.equilibrium.companion import CLOSURE, INPUTS, NUMERAIRE
from sim.equilibrium.households import real_consumption
from sim.equilibrium.solver import Equilibrium, solve
from sim.equilibrium.translate import REFUSED, accounts_of, translate
from sim.levers import LEVERS
from sim.prepared import Prepared, prepare
from sim.record.columns import MAIN
from sim.record.panel import Panel
from sim.settings import Settings

RIVALS = {
    "textbook_bans": tuple(lever.name for lever in LEVERS if lever.name != "coverage"),
    "textbook": tuple(REFUSED),
}
"""What each rival leaves out: all but bans, or only what has no static meaning."""


def static_answers(
    settings: Settings,
    baseline: Baseline | None = None,
    closure: str = CLOSURE,
    inputs: str = INPUTS,
) -> dict[str, Panel]:
    """By name of the rival, the equilibria of all months of the settings as a panel.

    Filled are trade (value, volume, recorded as traded: nothing is re-exported), and of regions
    real_gdp (value added over the prices of final demand), real_consumption and wage, as ratios to
    the base; what the textbook does not know is 0.
    """
    prepared = prepare(settings, baseline)
    return {name: _panel(prepared, left, closure, inputs) for name, left in RIVALS.items()}


def _panel(prepared: Prepared, left: tuple[str, ...], closure: str, inputs: str) -> Panel:
    settings, baseline = prepared.settings, prepared.baseline
    accounts = accounts_of(baseline, settings.behaviour)
    nothing = solve(accounts, Shock(), closure, inputs, NUMERAIRE)
    panel = Panel(
        baseline.axes, settings.start, settings.months, _tables(nothing, baseline),
        identities=(), scenario=settings.scenario.label, source="static equilibrium",
    )  # fmt: skip
    levers = found = None
    for t in range(settings.months):
        now = prepared.path.at(t)
        if found is None or now is not levers:  # the same object while nothing changes
            levers = now
            shock = translate(now, baseline, settings.behaviour, settings.technology, left).shock
            found = solve(accounts, shock, closure, inputs, NUMERAIRE)
        panel.write(t, **_tables(found, baseline), residuals={})
    return panel


def _tables(found: Equilibrium, baseline: Baseline) -> dict[str, dict[str, np.ndarray]]:
    """The tables of one month."""
    made = {
        table.name: {name: np.zeros(table.shape(baseline.axes)) for name in table.given}
        for table in MAIN
    }
    for side in ("value_musd", "recorded_export_musd", "recorded_import_musd"):
        made["trade"][side] = found.trade
    made["trade"]["volume"] = found.trade / found.cost[:, None, :]
    made["regions"]["real_gdp"] = found.real_wage
    made["regions"]["real_consumption"] = real_consumption(found, baseline)
    made["regions"]["wage"] = found.wage
    return made
