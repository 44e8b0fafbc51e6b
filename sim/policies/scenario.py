"""A scenario: measures by name, and the path of levers they compile to.

The path can be plotted and tested before anything runs, and compiling it is where every name,
date and number of a measure is held against the baseline.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from sim import levers
from sim.axes import Month
from sim.errors import InputError, blaming
from sim.policies.context import Context, HasCoverage
from sim.policies.measure import Measure
from sim.policies.path import LeverPath
from sim.policies.policy import Policy, checked, known


@dataclass(frozen=True)
class Scenario:
    """Measures in the order of their names.

    names: what the scenario was composed of. about: a line on each of them. intensity: the
    factor that those of the measures have in them already.
    """

    names: tuple[str, ...] = ("none",)
    measures: tuple[Measure, ...] = ()
    about: tuple[str, ...] = field(default=(), compare=False)
    intensity: float = field(default=1.0, compare=False)

    @property
    def label(self) -> str:
        """For folders and titles, e.g. 'eu_2022+embargo'."""
        return "+".join(self.names)

    def __iter__(self) -> Iterator[Measure]:
        return iter(self.measures)

    def __len__(self) -> int:
        return len(self.measures)


def compile_scenario(
    measures: Iterable[Measure],
    baseline: HasCoverage,
    start: Month,
    months: int,
    policies: Mapping[str, Policy] | None = None,
) -> LeverPath:
    """The path of levers of `months` months; every measure is checked, even one never in force.

    policies: instead of the ones found in sim/policies.
    Raises InputError with the measure's name and the nearest valid one.
    """
    rules = dict(known() if policies is None else policies)
    listed = sorted((checked(m, rules) for m in measures), key=lambda m: m.name)
    for one, two in pairwise(listed):
        if one.name == two.name:
            raise InputError(f"two measures are called '{one.name}'")
    context = Context(baseline)
    path = LeverPath(tuple(listed), context, start, rules)
    for measure in listed:
        with blaming(f"measure '{measure.name}'"):
            day = measure.start
            trial = Month(day.year, day.month) if day else start
            for name, values in rules[measure.policy].contribute(measure, context, trial).items():
                lever = levers.find(name)
                levers.check(lever, np.broadcast_to(values, path.shape(name)), path.axes)
    if months:
        path.at(months - 1)
    return path
