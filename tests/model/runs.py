"""Short ways to the runs that the tests of the model look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

import sim
from sim.baseline.balance import Baseline
from sim.policies.measure import Measure
from sim.policies.scenario import Scenario
from sim.record.panel import Panel
from sim.settings import Settings


def with_measures(settings: Settings, *measures: Measure) -> Settings:
    """The settings with these measures instead of the scenario's own."""
    return replace(settings, scenario=Scenario(settings.scenario.names, measures))


def ran(settings: Settings, baseline: Baseline) -> sim.UnionModel:
    """The model after all its months."""
    model = sim.UnionModel(settings, baseline)
    for _ in range(settings.months):
        model.step()
    return model


def flow(panel: Panel, origin: str, destination: str) -> np.ndarray:
    """Trade of a pair over all sectors relative to the base month, `float64[months]`."""
    path, base = panel.bilateral()
    o, d = panel.axes.region(origin), panel.axes.region(destination)
    return path[:, o, d] / base[o, d]


def region(panel: Panel, variable: str, code: str) -> np.ndarray:
    """A variable of a region relative to the base month, `float64[months]`."""
    return panel.relative("regions", variable)[:, panel.axes.region(code)]


def largest_change(panel: Panel) -> dict[str, float]:
    """By table and variable, the largest relative change of any cell in any month.

    Where the base is zero, or rounding of zero, a change counts as it is.
    """
    out = {}
    for name in ("trade", "regions", "sectors"):
        for variable in panel.tables[name].variables:
            path, base = panel.values(name, variable), panel.base(name, variable)
            size = np.where(np.abs(base) < 1e-12, 1.0, np.abs(base))
            out[f"{name}.{variable}"] = float(np.max(np.abs(path - base) / size))
    return out


def apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, float]:
    """By name, the largest relative difference of two sets of arrays; inf for another shape."""
    out = {}
    for name in one:
        a, b = np.asarray(one[name], dtype=float), np.asarray(other[name], dtype=float)
        if a.shape != b.shape:
            out[name] = np.inf
            continue
        size = np.where(b == 0.0, 1.0, np.abs(b))
        out[name] = float(np.max(np.abs(a - b) / size, initial=0.0))
    return out
