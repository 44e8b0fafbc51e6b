"""What the page shows of panels, as numbers: paths, flows and the closing table.

Nothing is worked out here in a way of its own. Changes and bands are those of an ensemble
(`sim.study.ensemble`), the table those of `summary.csv` and `Results.changes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.axes import YEAR
from sim.record.columns import PER_CENT, REGIONS, Column, shown
from sim.record.panel import Panel
from sim.record.summary import change, summary
from sim.study.spread import QUANTILES, bands, changes

TRADE = Column(
    "trade", "M USD a month", PER_CENT, "exports and imports", "foreign trade in USD, both ways"
)
SHOWN = {
    column.name: column
    for column in (
        REGIONS["real_gdp"],
        REGIONS["real_consumption"],
        REGIONS["cpi"],
        TRADE,
        REGIONS["unemployment"],
    )
}
"""Charts in their order. `trade` is exports and imports together."""
PARTS = {"trade": ("exports_musd", "imports_musd")}
BN_A_YEAR = YEAR / 1000
"""Of a million USD a month."""
LEAST_THROUGH = 4.0
"""M USD a month under which nothing is said to go through anybody."""


@dataclass(frozen=True)
class Paths:
    """Changes of the members from the base month on: `float64[months + 1, members]` in `unit`.

    low, high: between them lie 90 % of the seeds; equal to middle when there is one.
    """

    unit: str
    middle: np.ndarray
    low: np.ndarray
    high: np.ndarray


def paths(own: Sequence[Panel], reference: Sequence[Panel], key: str) -> Paths:
    """An indicator of the members, seed by seed against the reference, or, without, the base."""
    months = min(panel.written for panel in (*own, *reference))
    pairs = min(len(own), len(reference)) if reference else len(own)
    mine = np.stack([_path(panel, key)[:months] for panel in own[:pairs]])
    if reference:
        against = np.stack([_path(panel, key)[:months] for panel in reference[:pairs]])
    else:
        against = np.stack([_base(panel, key)[None] for panel in own])
    moved = changes(SHOWN[key], mine, against)
    quantiles = bands({key: moved})[key]
    axes = own[0].axes
    members = [axes.region(code) for code in axes.members]
    start = np.zeros((1, len(members)))  # the base month: nothing has changed
    low, middle, high = (
        np.vstack([start, quantiles[list(QUANTILES).index(q)][:, members]])
        for q in ("q05", "median", "q95")
    )
    return Paths(SHOWN[key].change_unit, middle, low, high)


def _path(panel: Panel, key: str) -> np.ndarray:
    return np.sum([panel.values("regions", v) for v in PARTS.get(key, (key,))], axis=0)


def _base(panel: Panel, key: str) -> np.ndarray:
    return np.sum([panel.base("regions", v) for v in PARTS.get(key, (key,))], axis=0)


def flows(own: Sequence[Panel], reference: Sequence[Panel]) -> tuple[np.ndarray, np.ndarray]:
    """Change of trade between regions, and its level: `float64[months, R, R]`, bn USD a year.

    Median over the seeds, against the reference seed by seed or, without, the base month.
    """
    months = min(panel.written for panel in (*own, *reference))
    pairs = min(len(own), len(reference)) if reference else len(own)
    read = [panel.bilateral() for panel in own[:pairs]]
    against = [panel.bilateral()[0][:months] for panel in reference[:pairs]]
    against = against or [base[None] for _, base in read]
    level = np.stack([path[:months] for path, _ in read])
    moved = level - np.stack(against)
    return np.median(moved, axis=0) * BN_A_YEAR, np.median(level, axis=0) * BN_A_YEAR


@dataclass(frozen=True)
class Cell:
    """A change in the last twelve months: mean over the seeds, and where 5 % to 95 % lie."""

    mean: float
    low: float
    high: float
    unit: str


def table(own: Sequence[Panel], reference: Sequence[Panel]) -> dict[tuple[str, str], Cell]:
    """What changed, by region and indicator of the closing table, as `Results.changes` has it."""
    pairs = min(len(own), len(reference)) if reference else len(own)
    names = [column.name for column in shown()]
    found: dict[tuple[str, str], list[float]] = {}
    for k in range(pairs):
        lines = {(line.region, line.indicator): line for line in summary(own[k])}
        other = {(x.region, x.indicator): x for x in summary(reference[k])} if reference else {}
        for key, line in lines.items():
            if key[1] in names:
                base = other[key].last_12_months if other else line.baseline
                level = np.asarray(line.last_12_months)
                moved = change(REGIONS[key[1]], level, np.asarray(base))
                found.setdefault(key, []).append(moved)
    return {
        key: Cell(
            float(np.mean(values)),
            float(np.quantile(values, 0.05)),
            float(np.quantile(values, 0.95)),
            REGIONS[key[1]].change_unit,
        )
        for key, values in found.items()
    }


@dataclass(frozen=True)
class Hub:
    """How a region's goods reach another by way of it; means of the last twelve months and seeds.

    through: bn USD a year that its traders sell on. exports: goods it sells there, and recorded:
    what its customs record of them, bn USD a year. sectors: the goods it sells on and their shares
    of `through`, the largest first. entered: what its own customs record of what others say they
    sold to it, share; goods that never enter are missing.
    """

    region: str
    through: float
    exports: float
    recorded: float
    sectors: tuple[tuple[str, float], ...]
    entered: float


def target(own: Sequence[Panel]) -> str | None:
    """The region that most re-exports go to; None where hardly any go anywhere."""
    came = np.mean([_last(panel, "reexport_musd").sum(axis=(0, 2)) for panel in own], axis=0)
    return own[0].axes.regions[int(came.argmax())] if came.max() >= LEAST_THROUGH else None


def hubs(own: Sequence[Panel], there: str) -> list[Hub]:
    """Through whom goods go to a region, the largest first."""
    axes = own[0].axes
    d = axes.region(there)
    names = ("reexport_musd", "value_musd", "recorded_export_musd", "recorded_import_musd")
    resold, value, sent, came = (
        np.mean([_last(panel, name) for panel in own], axis=0) * BN_A_YEAR for name in names
    )
    found = []
    for o, code in enumerate(axes.regions):
        through = float(resold[o, d].sum())
        if o == d or through < LEAST_THROUGH * BN_A_YEAR:
            continue
        order = np.argsort(-resold[o, d], kind="stable")
        goods = tuple((axes.sectors[s], float(resold[o, d, s]) / through) for s in order)
        abroad = np.arange(len(axes.regions)) != o
        sides = [x[abroad, o][:, axes.is_good].sum() for x in (came, sent)]
        exports, recorded = (float(x[o, d, axes.is_good].sum()) for x in (value, sent))
        found.append(Hub(code, through, exports, recorded, goods, float(sides[0] / sides[1])))
    return sorted(found, key=lambda hub: -hub.through)


def _last(panel: Panel, name: str) -> np.ndarray:
    """Mean of the last twelve months of what there is of trade: `[R, R, S]`, M USD a month."""
    return panel.values("trade", name)[-YEAR:].mean(axis=0)
