"""Why a run says more, or less, than the textbook: the section of its report that costs runs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from html import escape
from pathlib import Path

from sim.equilibrium.compare import STEPS, Comparison, compare
from sim.plots.style import save
from sim.plots.waterfall import waterfall
from sim.record.sound import manifest_of
from sim.record.words import signed
from sim.study.page import pictures, table
from sim.study.verification import settings_of

HEADING = "Why more, or less, than the textbook?"
MOST = 8
"""Regions that are told, where a union has no members."""


def told(folder: Path, tell: Callable[[str], object] | None = None) -> str:
    """HTML of the section: a waterfall of the member that moves most, and all members' steps.

    Makes five runs of the size of the one in the folder, two or three of them to rest. tell: called
    with each. InputError where the run cannot be made again or has no static answer.
    """
    settings = settings_of(folder, manifest_of(folder)["data_digest"])
    return section(compare(settings, tell=tell))


def section(between: Comparison) -> str:
    """The section of what `compare` found; the same for a report and for the article's page."""
    axes = between.axes
    regions = axes.focus[:MOST]
    moved = between.levels[list(regions)].abs().max()
    first = str(moved.idxmax())
    with tempfile.TemporaryDirectory() as scratch:
        _draw(between, first, Path(scratch) / "textbook.png")
        figures = pictures(Path(scratch), "")
    names = [axes.region_names[axes.region(code)] for code in regions]
    steps = [between.steps[code].tolist() for code in regions]
    rows = [[step, *map(signed, values)] for step, *values in zip(STEPS, *steps, strict=True)]
    rows.append(["agent model", *(signed(float(between.levels[c].iloc[-1])) for c in regions)])
    meanings = "".join(
        f"<li><b>{escape(step)}</b>: {escape(text)}</li>" for step, text in STEPS.items()
    )
    lead = (
        f"Households' real consumption in {between.month}, % against the base: the static "
        "equilibrium under the levers of that month, and what every mechanism adds to it."
    )
    return (
        f"<h2>{HEADING}</h2><p class=note>{escape(lead)}</p>{''.join(figures)}"
        f"{table(['step', *names], rows)}<ul class=note>{meanings}</ul>"
    )


def _draw(between: Comparison, region: str, into: Path) -> None:
    """The waterfall of one region, its message in the title."""
    levels = between.levels[region]
    name = between.axes.region_names[between.axes.region(region)]
    gap = levels.iloc[-1] - levels.iloc[0]
    step = str(between.steps[region].iloc[1:].abs().idxmax())
    most = f", most of all by “{step}”" if abs(gap) >= 0.05 else ""
    figure = waterfall(
        list(levels.index), levels.tolist(),
        f"{name}: {signed(gap)} points between the textbook and the agent model{most}",
        f"Real consumption under {between.scenario} in {between.month}, %",
        between.source,
    )  # fmt: skip
    save(figure, into)
