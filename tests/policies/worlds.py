"""Small worlds for the tests of measures: labels and a table of bans, no baseline needed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from sim.axes import Axes, Month
from sim.baseline.rows import Rows
from sim.baseline.technology import Technology
from sim.levers import Levers
from sim.policies.measure import Measure
from sim.policies.scenario import compile_scenario


@dataclass(frozen=True)
class World:
    axes: Axes
    coverage: Rows
    egovernment: np.ndarray
    gdp: np.ndarray
    population: np.ndarray
    technology: Technology
    trade: np.ndarray
    tariff: np.ndarray


def small() -> World:
    """Two members, two partners, two goods, one service; bans on A dated 1 and 16 April 2022."""
    axes = Axes(
        regions=("A", "B", "X", "Y"),
        sectors=("food", "tools", "care"),
        members=("A", "B"),
        goods=("food", "tools"),
        region_names=("Aland", "Bland", "Xland", "Yland"),
        sector_names=("Food", "Tools", "Care"),
    )
    rows = [
        ("exports", "A", date(2022, 4, 1), "1", "food", 0.2, 0.1),
        ("exports", "A", date(2022, 4, 1), "1", "tools", 0.0, 0.0),
        ("exports", "A", date(2022, 4, 16), "2", "food", 0.4, 0.3),
        ("exports", "A", date(2022, 4, 16), "2", "tools", 0.6, 0.5),
        ("exports", "A", date(2022, 4, 16), "2", "ALL_GOODS", 0.5, 0.4),
        ("imports", "A", date(2022, 6, 1), "3", "food", 0.9, 0.9),
    ]
    columns = ["flow", "target", "date", "package", "sector"]
    columns += ["coverage_cumulative", "coverage_effective"]
    tools = np.full(3, axes.sector("tools"))
    return World(
        axes,
        Rows.of(rows, columns),
        egovernment=np.array([0.9, 0.7, 1.0, 0.5]),
        gdp=np.array([30.0, 10.0, 100.0, 60.0]),
        population=np.array([4.0, 1.0, 5.0, 2.0]),
        technology=replace(Technology.none(axes), source=tools, weight=np.full(3, 0.1)),
        trade=np.ones((4, 4, 3)),
        tariff=np.where(np.eye(4, dtype=bool)[:, :, None], 0.0, np.full((4, 4, 3), 0.1)),
    )


def levers_of(world: World, policy: str, options: dict[str, Any], **given: Any) -> Levers:
    """The levers of April 2022 under one measure."""
    measure = Measure("m", policy, options=options, **given)
    return compile_scenario([measure], world, Month(2022, 4), 1).at(0)
