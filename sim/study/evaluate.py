"""Points of an experiment evaluated: every run that they need finished once, and read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sim.prepared import identify
from sim.record.panel import Panel
from sim.run import complete
from sim.settings import Settings
from sim.study.experiment import Experiment
from sim.study.parameter import Point
from sim.study.replicate import Place, here, one_line, over_cores, require_all, work_at

Tick = Callable[[int, int], object]


class Reading(Protocol):
    """What is read out of a run: `sim.study.outputs.Output` or a target of the calibration."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def run(self) -> str: ...  # noqa: D102
    @property
    def against(self) -> str | None: ...  # noqa: D102
    def of(self, panel: Panel) -> float: ...  # noqa: D102
    def compared(self, value: float, other: float) -> float: ...  # noqa: D102


@dataclass(frozen=True)
class Evaluated:
    """Numbers of many points: `mean` and `spread` (standard deviation over runs), `[points, n]`.

    new: how many runs were not there before.
    """

    mean: np.ndarray
    spread: np.ndarray
    new: int


def evaluate(
    experiment: Experiment,
    points: Sequence[Point],
    readings: Sequence[Reading],
    tick: Tick | None = None,
) -> Evaluated:
    """Have all runs of all points finished and read; each different run once.

    tick: called with the runs done and their number. InputError once all that can be run has
    been, if some failed.
    """
    wanted: dict[str, tuple[Settings, dict[int, Reading]]] = {}
    place: dict[tuple[int, str, int], str] = {}
    named = {r for reading in readings for r in (reading.run, reading.against) if r}
    for k, point in enumerate(points):
        for run in sorted(named):
            for s, made in enumerate(experiment.settings(point, run)):
                identifier = identify(made)
                place[k, run, s] = identifier
                asked = wanted.setdefault(identifier, (made, {}))[1]
                asked |= {n: r for n, r in enumerate(readings) if run in (r.run, r.against)}
    found: dict[str, dict[int, float]] = {}
    failures, new = [], 0
    jobs = [(identifier, *wanted[identifier], here()) for identifier in wanted]
    for done in over_cores(_read, jobs, experiment.first.output.jobs):
        new += not done.reused
        if done.error:
            failures.append(done.error)
        found[done.identifier] = done.values
        if tick:
            tick(len(found), len(jobs))
    require_all(failures, len(jobs))
    out = np.empty((len(points), len(readings), experiment.size))
    for k, n, s in np.ndindex(out.shape):
        reading = readings[n]
        value = found[place[k, reading.run, s]][n]
        if reading.against:
            value = reading.compared(value, found[place[k, reading.against, s]][n])
        out[k, n, s] = value
    return Evaluated(out.mean(axis=2), out.std(axis=2), new)


@dataclass(frozen=True)
class _Read:
    """What became of one run: the readings by number, or the error in one line."""

    identifier: str
    values: dict[int, float]
    reused: bool = False
    error: str = ""


def _read(
    identifier: str, settings: Settings, readings: Mapping[int, Reading], place: Place
) -> _Read:
    work_at(place)
    try:
        done = complete(settings, figures=settings.output.figures is True)
        panel = done.panel or Panel.read(done.folder)
        values = {n: float(reading.of(panel)) for n, reading in readings.items()}
    except Exception as error:
        return _Read(identifier, {}, error=one_line(error))
    for n, value in values.items():
        if not math.isfinite(value):
            told = f"'{readings[n].name}' is {value} in {done.folder}"
            return _Read(identifier, {}, done.reused, told)
    return _Read(identifier, values, done.reused)
