"""What a run changed: the few numbers an economist reads first, as a file and on the screen."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from sim.axes import YEAR
from sim.record.columns import REGIONS, Column, shown
from sim.record.panel import Panel
from sim.record.words import signed


@dataclass(frozen=True)
class Line:
    """One indicator of one region: its levels, and its changes against the base month."""

    region: str
    indicator: str
    unit: str
    baseline: float
    last_month: float
    last_12_months: float
    change_unit: str
    change_last_month: float
    change_last_12_months: float


def summary(panel: Panel) -> list[Line]:
    """Every indicator of every region; means cover the last 12 months or as many as there are."""
    lines = []
    for r, region in enumerate(panel.axes.regions):
        for column in REGIONS.columns:
            path = panel.values("regions", column.name)[:, r]
            base = panel.base("regions", column.name)[r]
            last, year = path[-1], path[-YEAR:].mean()
            lines.append(
                Line(
                    region,
                    column.name,
                    column.unit,
                    baseline=float(base),
                    last_month=float(last),
                    last_12_months=float(year),
                    change_unit=column.change_unit,
                    change_last_month=change(column, last, base),
                    change_last_12_months=change(column, year, base),
                )
            )
    return lines


def change(column: Column, level: np.ndarray, base: np.ndarray) -> float:
    """A column's change; rounded to 1e-6, under which all is arithmetic."""
    return round(float(column.changed(level, base)), 6) + 0.0  # + 0.0: no "-0.0"


def write_summary(panel: Panel, path: Path) -> None:
    """Write `summary` as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(Line)], lineterminator="\n")
        writer.writeheader()
        for line in summary(panel):
            row = asdict(line)
            writer.writerow({k: f"{v:.8g}" if isinstance(v, float) else v for k, v in row.items()})


def main_partners(panel: Panel, count: int = 5) -> list[int]:
    """Positions of the regions outside that trade most with the members in the base month."""
    member = panel.axes.is_member
    _, base = panel.bilateral()
    with_members = base[:, member].sum(axis=1) + base[member].sum(axis=0)
    with_members[member] = -1.0
    order = np.argsort(-with_members, kind="stable")
    return [int(r) for r in order[: min(count, int((~member).sum()))]]


def closing_table(panel: Panel, partners: int = 5) -> Table:
    """The last month against the base month for members and main partners, for the terminal."""
    axes = panel.axes
    title = Text(f"{panel.scenario}: {panel.months[-1]} against the baseline")
    table = Table(box=SIMPLE_HEAD, title=title)
    table.add_column("Region", no_wrap=True)
    for column in shown():
        heading = f"{column.heading}\n{column.change_unit}"
        table.add_column(heading, justify="right", vertical="bottom")
    found = {(line.region, line.indicator): line.change_last_month for line in summary(panel)}
    groups = ([axes.region(m) for m in axes.members], main_partners(panel, partners))
    for group in groups:
        for r in group:
            cells = [_cell(found[axes.regions[r], column.name]) for column in shown()]
            table.add_row(Text(axes.region_names[r]), *cells, end_section=r == group[-1])
    return table


def _cell(value: float) -> Text:
    """A change with its sign; what rounds to nothing steps back."""
    if not np.isfinite(value):
        return Text("new")
    return Text(signed(value), style="dim" if abs(value) < 0.05 else "bold")
