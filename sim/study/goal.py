"""What a search is after: outputs as low or as high as can be, or what was observed.

Observed are the `calib` rows of targets.csv, as ratios to 2021; a row weighs by its confidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.arithmetic import log
from sim.errors import InputError, blaming, unknown
from sim.prepared import tables
from sim.record.panel import Panel
from sim.study import validate
from sim.study.experiment import Experiment
from sim.study.outputs import Output
from sim.study.periods import window

CONFIDENCE = {"H": 1.0, "M": 0.5, "L": 0.25}
UNSEEN = 1e-6
"""A model value at or below this counts as this: a logarithm must exist."""


@dataclass(frozen=True)
class Target:
    """One row of targets.csv to come close to, as a ratio to 2021."""

    name: str
    period: str
    observed: float
    weight: float
    run: str
    measure: validate.Reader
    against: str | None = None

    def compared(self, value: float, other: float) -> float:
        """A target has no other run to be held against; the difference if it had."""
        return value - other

    def of(self, panel: Panel) -> float:
        """The same ratio in the model."""
        months = window(self.period, panel.start, len(panel.months))
        assert months is not None, self.period
        return self.measure(panel, months)


@dataclass(frozen=True)
class Goal:
    """What a study minimises or maximises, and from which readings."""

    names: tuple[str, ...]
    units: tuple[str, ...]
    directions: tuple[str, ...]
    readings: tuple[Any, ...]

    def of(self, means: np.ndarray) -> list[float]:
        """The objectives of a point from the means of its readings."""
        if isinstance(self.readings[0], Target):
            return [distance(self.readings, means)]
        return [float(x) for x in means]


def distance(targets: Sequence[Target], model: np.ndarray) -> float:
    """Root of the weighted mean squared log difference; 0.1 is about ten per cent off."""
    weight = np.array([t.weight for t in targets])
    gap = log(np.maximum(model, UNSEEN)) - log([t.observed for t in targets])
    return float(np.sqrt((weight * gap * gap).sum() / weight.sum()))


def read_goal(experiment: Experiment) -> Goal:
    """Targets of a calibration, outputs of a frontier. InputError where both are mixed."""
    options = experiment.options
    if options["kind"] == "calibrate":
        rows = _targets(experiment)
        return Goal(("distance",), ("root mean square log",), ("minimize",), tuple(rows))
    for key in ("targets", "weights"):
        if options[key] is not None:
            raise InputError(f"{key} = {options[key]!r} says nothing to a frontier; leave it out")
    outputs = [
        Output.read(str(n), given, list(experiment.runs)) for n, given in experiment.outputs.items()
    ]
    if len(outputs) < 2:
        raise InputError(f"'{experiment.name}': a frontier needs two outputs or more")
    for output in outputs:
        run = experiment.runs[output.run]
        output.check(tables(run).axes, run.start, run.months)
    return Goal(
        tuple(o.name for o in outputs),
        tuple(o.unit for o in outputs),
        tuple("minimize" if o.best == "low" else "maximize" for o in outputs),
        tuple(outputs),
    )


def _targets(experiment: Experiment) -> list[Target]:
    """The `calib` rows that the model can speak to within the months of the run."""
    import pandas as pd

    if len(experiment.runs) > 1 or experiment.outputs:
        raise InputError(
            f"'{experiment.name}': calibrate has one run and no outputs but the targets"
        )
    absent = {"EU27", "KAZ", "RUS"} - set(tables(experiment.first).axes.regions)
    if experiment.options["targets"] is None and absent:
        raise InputError(
            f"the shipped targets speak of {', '.join(sorted(absent))}, which the tables "
            f"'{experiment.first.baseline.label}' do not have; give targets=FILE"
        )
    path = targets_path(experiment)
    given = experiment.options["weights"]
    weights = CONFIDENCE if given is None else given
    if not isinstance(weights, Mapping):
        raise InputError(f"weights = {weights!r} is not a mapping of confidence to number")
    try:
        table = pd.read_csv(path, comment="#")
        rows = table[table["use"] == "calib"]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"cannot read targets '{path}': {error}") from None
    run, settings = next(iter(experiment.runs.items()))
    start, last = settings.start, settings.start + (settings.months - 1)
    out = []
    for _, row in rows.iterrows():
        name, period = str(row["name"]), str(row["period"])
        measure, seen = validate.measure_of(name), validate.observed(row, table)
        months = window(period, start, settings.months)
        if measure is None or seen is None or months is None:
            continue
        with blaming(f"targets '{path}', {name}"):
            weight = weights.get(row["confidence"])
            if not isinstance(weight, int | float) or weight < 0:
                raise unknown("confidence with a weight", row["confidence"], weights)
            if not seen > 0:
                raise InputError(f"observed ratio {seen:g} has no logarithm")
        if weight > 0:
            out.append(Target(name, period, seen, float(weight), run, measure))
    if not out:
        raise InputError(
            f"no calib row of '{path}' lies within {start} to {last}; simulate more months"
        )
    return out


def targets_path(experiment: Experiment) -> Path:
    """The table of what was observed: the experiment's own, else the shipped one."""
    given = experiment.options["targets"]
    return validate.TARGETS if given is None else Path(str(given)).expanduser()
