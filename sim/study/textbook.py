"""Why a run says more, or less, than the textbook: a section of its report, a page of claims."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from html import escape
from pathlib import Path

import pandas as pd

from sim.equilibrium.compare import STEPS, Comparison, compare
from sim.errors import InputError
from sim.plots.style import save
from sim.plots.waterfall import waterfall
from sim.record.sound import manifest_of
from sim.record.words import markdown, signed
from sim.settings import Settings
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


def beside(
    settings: Settings, folder: Path, tell: Callable[[str], object] | None = None
) -> list[str]:
    """The same of one run of a set of claims: textbook.csv, a figure, and Markdown to go with it.

    folder: where the answers are written; the figure goes to its figures/, unless the settings want
    none. A scenario without a static answer gets a line that says why.
    """
    lead = ["", f"## {HEADING}", ""]
    try:
        between = compare(settings, tell=tell)
    except InputError as error:
        return [*lead, f"{settings.scenario.label}: {error}"]
    _steps(between).round(4).to_csv(
        folder / "textbook.csv", index_label="step", lineterminator="\n"
    )
    if settings.output.figures is not False:
        (folder / "figures").mkdir(exist_ok=True)
        _draw(between, _most_moved(between), folder / "figures" / "textbook.png")
    return [
        *lead,
        f"{_lead(between, settings.scenario.label)} One seed.",
        "",
        *markdown(*_rows(between)),
    ]


def _steps(between: Comparison) -> pd.DataFrame:
    """What every step adds, by region, and last what the agent model says."""
    last = between.levels.iloc[[-1]].set_axis(["agent model"])
    return pd.concat([between.steps, last])


def _rows(between: Comparison) -> tuple[list[str], list[list[str]]]:
    """The same of the regions that are told, in words: a head and rows."""
    axes = between.axes
    regions = list(axes.focus[:MOST])
    names = [axes.region_names[axes.region(code)] for code in regions]
    rows = [
        [str(step), *(signed(float(x)) for x in row)]
        for step, row in _steps(between)[regions].iterrows()
    ]
    return ["step", *names], rows


def _most_moved(between: Comparison) -> str:
    return str(between.levels[list(between.axes.focus[:MOST])].abs().max().idxmax())


def _lead(between: Comparison, scenario: str = "") -> str:
    under = f" under {scenario}" if scenario else ""
    return (
        f"Households' real consumption{under} in {between.month}, % against the base: the static "
        "equilibrium under the levers of that month, and what every mechanism adds to it."
    )


def section(between: Comparison) -> str:
    """The section of what `compare` found; the same for a report and for the article's page."""
    with tempfile.TemporaryDirectory() as scratch:
        _draw(between, _most_moved(between), Path(scratch) / "textbook.png")
        figures = pictures(Path(scratch), "")
    meanings = "".join(
        f"<li><b>{escape(step)}</b>: {escape(text)}</li>" for step, text in STEPS.items()
    )
    return (
        f"<h2>{HEADING}</h2><p class=note>{escape(_lead(between))}</p>{''.join(figures)}"
        f"{table(*_rows(between))}<ul class=note>{meanings}</ul>"
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
