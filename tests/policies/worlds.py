"""Small worlds for the tests of measures: labels and a table of bans, no baseline needed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from sim.axes import Axes


@dataclass(frozen=True)
class World:
    axes: Axes
    coverage: pd.DataFrame


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
    return World(axes, pd.DataFrame(rows, columns=columns))
