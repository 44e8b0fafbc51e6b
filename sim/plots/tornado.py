"""Tornadoes of draws: what every parameter does to an answer, the strongest on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes as Plot
from matplotlib.figure import Figure

from sim.plots import style
from sim.record.columns import REGIONS

if TYPE_CHECKING:
    import pandas as pd

ROWS = ("real_gdp", "real_consumption", "cpi")
COLUMNS, BARS = 5, 6
WIDTH = 3.1
UP, DOWN = style.COLOURS[0], style.COLOURS[1]


@dataclass(frozen=True)
class Answer:
    """One panel. bars: (parameter, swing in `unit`, whether it is more than chance), in order."""

    title: str
    unit: str
    bars: Sequence[tuple[str, float, bool]]


def tornadoes(
    answers: Sequence[Answer], title: str, subtitle: str, source: str, across: int = COLUMNS
) -> Figure:
    """A panel an answer, its strongest parameters as bars; what chance could give is grey."""
    columns = min(across, len(answers))
    rows = -(-len(answers) // columns)
    width, height = max(WIDTH * columns, 8.6), 1.2 + 1.95 * rows
    with style.look():
        figure = style.sheet((width, height), title, subtitle, source)
        grid = figure.subplots(rows, columns, squeeze=False)
        figure.subplots_adjust(
            left=1.35 / width, right=1 - 0.15 / width, top=1 - 1.05 / height,
            bottom=0.6 / height, wspace=0.85, hspace=0.75,
        )  # fmt: skip
        for plot, answer in zip(grid.flat, answers, strict=False):
            _bars(plot, answer)
        for plot in list(grid.flat)[len(answers) :]:
            plot.set_axis_off()
    return figure


def _bars(plot: Plot, answer: Answer) -> None:
    shown = list(answer.bars)[:BARS][::-1]
    colours = [(UP if swing > 0 else DOWN) if sure else style.FAINT for _, swing, sure in shown]
    names = [name.rpartition(".")[2].replace("_", " ") for name, _, _ in shown]
    plot.barh(range(len(shown)), [swing for _, swing, _ in shown], height=0.62, color=colours)
    plot.axvline(0.0, color=style.QUIET, lw=0.8)
    reach = 1.1 * max((abs(swing) for _, swing, _ in shown), default=0.0) or 1.0
    plot.set_xlim(-reach, reach)
    plot.set_yticks(range(len(shown)), names, color=style.INK, fontsize=7.5)
    plot.tick_params(axis="x", labelsize=7.5)
    plot.locator_params(axis="x", nbins=3)
    plot.set_title("\n".join(wrap(f"{answer.title}, {answer.unit}", 34)), fontsize=8.5, pad=4)
    plot.grid(axis="x", color=style.GRID)
    plot.grid(axis="y", visible=False)


def write_tornado(found: pd.DataFrame, about: Mapping[str, Any], source: str, path: Path) -> Path:
    """The members' answers of an ensemble, a row of panels for each variable.

    found: `tornado.csv` of an ensemble. about: its ensemble.json.
    """
    names = dict(zip(about["members"], about["member_names"], strict=True))
    answers = []
    for variable in ROWS:
        for code in about["members"][:COLUMNS]:
            mine = found[(found["variable"] == variable) & (found["region"] == code)]
            bars = list(zip(mine["parameter"], mine["swing"], mine["sure"], strict=True))
            title = f"{names[code]}: {REGIONS[variable].words}"
            answers.append(Answer(title, str(mine["unit"].iloc[0]), bars))
    told = (
        f"{about['draws']} draws of parameters, mean of the last year. Bar: the change where a "
        "parameter is above its median less that where it is below; grey: chance could give it"
    )
    title = f"What the answers to {about['scenario']} hang on"
    columns = min(COLUMNS, len(about["members"]))
    return style.save(tornadoes(answers, title, told, style.footer(source), columns), path)
