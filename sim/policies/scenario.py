"""A scenario: measures by name, and the path of levers they compile to.

The path can be plotted and tested before anything runs, and compiling it is where every name,
date and number of a measure is held against the baseline.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from sim import levers
from sim.axes import Month
from sim.errors import InputError, blaming, unknown
from sim.policies.context import Context, HasCoverage
from sim.policies.measure import Measure
from sim.policies.path import LeverPath
from sim.policies.policy import Policy, checked, known
from sim.reading import Elsewhere, codes, known_keys, mapping, real, typed


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


def read_scenario(tree: object, elsewhere: Elsewhere = dict) -> Scenario:
    """Measures by name; `intensity` scales all of them, `sets` are for references only.

    about: `{scenario: one line}`, one entry for each file that was composed. elsewhere: see
    `sim.reading.known_keys`.
    """
    where = "scenario"
    tree = mapping(tree, where)
    for key in tree:
        for room in ("measures", "sets"):
            if key not in ("about", "intensity", "sets", "measures") and key in (
                mapping(tree.get(room), f"{where}.{room}")
            ):
                raise InputError(
                    f"unknown key in {where} '{key}'; did you mean {where}.{room}.{key}?"
                )
    known_keys(tree, ["about", "intensity", "sets", "measures"], where, elsewhere)
    for name, regions in mapping(tree.get("sets"), f"{where}.sets").items():
        codes(regions, f"{where}.sets.{name}")
    whole = real(tree.get("intensity", 1.0), f"{where}.intensity")
    if not 0 <= whole <= 1:
        raise InputError(f"{where}.intensity = {whole:g} is outside [0, 1]")
    given = mapping(tree.get("measures"), f"{where}.measures")
    measures = []
    for name in sorted(given, key=str):
        if name is None or isinstance(name, bool):
            raise InputError(
                f"a measure is called {name}, as YAML reads null, yes, no, on and off: "
                "put quotes around its name"
            )
        if isinstance(given[name], Mapping) and "policy" not in given[name]:
            # an override of a measure that is not there: `scenario.measures.typo.intensity=0`
            raise unknown("measure", name, [str(n) for n in given if n != name])
        measure = checked(Measure.from_dict(str(name), given[name]))
        measures.append(replace(measure, intensity=whole * measure.intensity))
    about = mapping(tree.get("about"), f"{where}.about")
    for name, line in about.items():
        typed(line, str, f"{where}.about.{name}")
    names = tuple(str(name) for name in about)
    alone = ("custom",) if measures else ("none",)
    return Scenario(names or alone, tuple(measures), tuple(map(str, about.values())), whole)


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
