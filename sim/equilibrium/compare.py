"""Why the agent model says more or less than the textbook: one mechanism at a time.

From the static answer to the agent model's in steps whose sum is the whole difference, all in % of
households' real consumption against the base. The agent model runs without traders, search and
technology to rest first, the nest that is nearest to the textbook; then time, and one mechanism
after the other, come back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sim.axes import Axes, Month
from sim.baseline.balance import Baseline
from sim.equilibrium.companion import CLOSURE, INPUTS, NUMERAIRE
from sim.equilibrium.employment import with_wage_curve
from sim.equilibrium.households import real_consumption
from sim.equilibrium.solver import solve
from sim.equilibrium.translate import REFUSED, TECHNOLOGY, accounts_of, translate
from sim.prepared import prepare
from sim.run import simulate
from sim.settings import Settings

STEPS = {
    "textbook": "static, Cobb-Douglas inputs, all value added a wage",
    "without technology": "the same without the levers of technology",
    "recipes, mark-ups": "fixed recipes, profits a mark-up on all costs",
    "wages": "wages that give a little only, so jobs are lost: the static model on the wage curve",
    "few suppliers": "firms buy from some suppliers each: the agent model at rest, traders, search "
    "and technology off, nobody a price taker",
    "price takers": "sellers of commodities take the price that the world pays",
    "sluggishness": "the same in the month asked for",
    "search": "lost suppliers are missed and others searched for",
    "traders": "barred goods find a way round",
    "technology": "what is cut off wears out and is replaced, and the union pools its customs: the "
    "agent model itself",
}
"""Each step and what is true from it on. The first is a level, the others changes."""
MARKS = (12, 24, 36)
AVERAGED = 3  # months; a month of the agent model has a little noise of its own

Tell = Callable[[str], object]


@dataclass(frozen=True)
class Comparison:
    """Both models under one scenario; % of households' real consumption against the base.

    month: whose levers and whose state. levels: steps x regions, what is true up to that step, the
    last being the agent model itself. path: by region, the agent model after 12, 24, 36 months
    (as far as they were run) and at `rest`, and the textbook.
    """

    axes: Axes
    scenario: str
    month: Month
    levels: pd.DataFrame
    path: pd.DataFrame
    source: str

    @property
    def steps(self) -> pd.DataFrame:
        """Steps x regions: the textbook's level, then what each step adds."""
        return self.levels.diff().fillna(self.levels)


def nest(settings: Settings) -> Settings:
    """The agent model without traders, search, missed inputs, late notice, technology, the pool."""
    quiet = replace(
        settings.behaviour, search_rate=0.0, specificity=0.0, specificity_final=0.0, notice=1.0
    )
    return replace(
        settings,
        behaviour=quiet,
        traders=replace(settings.traders, active=False),
        technology=replace(settings.technology, active=False),
        countries=replace(settings.countries, pool_customs=False),
    )


def compare(
    settings: Settings,
    rest: int = 120,
    baseline: Baseline | None = None,
    tell: Tell | None = None,
) -> Comparison:
    """Run both models, and what lies between them.

    settings: months says the month that is explained (its levers hold in the static answers).
    rest: months until the agent model counts as being at rest. tell: called with each run.
    Levers without a static meaning are left out of the static answers; they stand in the last step.
    With `behaviour.wage_curve` 0 there is no static answer with unemployment, and what wages do
    stands with the suppliers.
    """
    prepared = prepare(settings, baseline)
    loaded = prepared.baseline
    last = settings.months - 1
    rest = max(rest, settings.months)
    levers = prepared.path.at(last)

    def static(markups: bool, inputs: str, technology: bool, wages: bool = False) -> np.ndarray:
        left = tuple(REFUSED) if technology else TECHNOLOGY
        made = translate(levers, loaded, settings.behaviour, settings.technology, left)
        accounts = accounts_of(loaded, settings.behaviour, markups)
        if wages and settings.behaviour.wage_curve > 0:
            found = with_wage_curve(
                accounts, made.shock, loaded, settings.behaviour, CLOSURE, inputs, NUMERAIRE
            )
        else:
            found = solve(accounts, made.shock, CLOSURE, inputs, NUMERAIRE)
        return real_consumption(found, loaded)

    def agents(what: Settings, months: int, name: str, on: Baseline | None = None) -> np.ndarray:
        if tell:
            tell(name)
        of = replace(prepared, settings=replace(what, months=months))
        panel = simulate(of if on is None else replace(of, baseline=on))
        return panel.relative("regions", "real_consumption")

    bare = nest(settings)
    searching = replace(bare, behaviour=settings.behaviour)
    trading = replace(searching, traders=settings.traders)
    competitive = replace(loaded, price_taking=np.zeros_like(loaded.price_taking))
    few = agents(bare, rest, "few suppliers", competitive)
    alone = agents(bare, rest, "price takers")
    whole = agents(settings, rest, "the agent model")
    levels = [
        static(False, INPUTS, technology=True),
        static(False, INPUTS, technology=False),
        static(True, "leontief", technology=False),
        static(True, "leontief", technology=False, wages=True),
        _around(few, rest - 1),
        _around(alone, rest - 1),
        _around(alone, last),
        _around(agents(searching, settings.months, "search"), last),
        _around(agents(trading, settings.months, "traders"), last),
        _around(whole, last),
    ]
    regions = pd.Index(loaded.axes.regions, name="region")
    path = {f"month {m}": _around(whole, m - 1) for m in MARKS if m <= rest}
    path |= {f"rest (month {rest})": _around(whole, rest - 1), "textbook": levels[0]}
    return Comparison(
        axes=loaded.axes,
        scenario=settings.scenario.label,
        month=settings.start + last,
        levels=100.0 * (pd.DataFrame(levels, index=list(STEPS), columns=regions) - 1.0),
        path=100.0 * (pd.DataFrame(path, index=regions) - 1.0),
        source=settings.source(f"seed {settings.seed}, rest after {rest} months"),
    )


def _around(path: np.ndarray, month: int) -> np.ndarray:
    """Mean of the last few months up to `month`, `[R]`."""
    return path[max(month + 1 - AVERAGED, 0) : month + 1].mean(axis=0)
