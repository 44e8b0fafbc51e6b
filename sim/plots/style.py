"""The look of the house: colours, type, axes and labels that every figure shares.

Figures are built without pyplot, so nothing is left behind in a session or a worker, and no
display is needed; Jupyter shows them all the same, because they know how to draw themselves.
"""

from __future__ import annotations

from calendar import month_abbr
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes as Plot
from matplotlib.colors import to_hex, to_rgb
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

from sim.axes import Axes, Month
from sim.look.palette import COLOURS as COLOURS
from sim.look.palette import FAINT as FAINT
from sim.look.palette import FALL as FALL
from sim.look.palette import GRID as GRID
from sim.look.palette import INK as INK
from sim.look.palette import QUIET as QUIET
from sim.look.palette import RISE as RISE
from sim.look.palette import month_text as month_text
from sim.look.palette import named as named
from sim.look.palette import spread as spread
from sim.record.words import signed as signed

FEW_MONTHS = 12
"""Up to here months are marked; Matplotlib's own choice would mark days."""

_LOOK: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "grid.color": GRID,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "ytick.major.size": 0,
    "lines.linewidth": 2.0,
    "lines.solid_capstyle": "round",
    "pdf.fonttype": 42,  # words stay words for whoever edits a figure
    "svg.hashsalt": "eaeu-sim",
}


@contextmanager
def look() -> Iterator[None]:
    """The house look while a figure is built; the caller's own settings come back after.

    Only what the look sets is put back. `rc_context` would put back everything, also Jupyter's
    choice to show figures, made when the first one is drawn.
    """
    before = {key: matplotlib.rcParams[key] for key in _LOOK}
    matplotlib.rcParams.update(_LOOK)
    try:
        yield
    finally:
        matplotlib.rcParams.update(before)


class Picture(Figure):
    """A figure that Jupyter shows though no backend of pyplot knows it."""

    def _repr_png_(self) -> bytes:
        file = BytesIO()
        self.savefig(file, format="png", dpi=100, facecolor="white")
        return file.getvalue()


def sheet(size: tuple[float, float], title: str, subtitle: str, source: str) -> Figure:
    """A figure with its message on top, what is shown below it, and the source at the foot."""
    figure = Picture(figsize=size)
    height = size[1]
    figure.text(0.02, 1 - 0.14 / height, title, fontsize=13, fontweight="bold", va="top")
    room = 13.2 * size[0]  # characters that a line has room for
    small = 9.5 * min(1.0, room / max(len(subtitle), 1))
    figure.text(0.02, 1 - 0.44 / height, subtitle, color=QUIET, va="top", fontsize=small)
    figure.text(0.02, 0.10 / height, source, color=QUIET, fontsize=7.5, va="bottom")
    return figure


UNDATED = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}


def save(figure: Figure, path: Path) -> Path:
    """Write what the name ends with: PNG at 150 dots an inch, SVG or PDF.

    Without a date and with names of its own making, so that the same figure is the same file.
    """
    with look():
        figure.savefig(path, dpi=150, facecolor="white", metadata=UNDATED.get(path.suffix))
    return path


def footer(source: str) -> str:
    """The source line; it says that these numbers are simulated."""
    return f"Source: {source}." if source else "Source: simulation."


def name_of(axes: Axes, region: int, room: int = 14) -> str:
    """A region's name where it fits, else its code."""
    name = axes.region_names[region]
    return name if len(name) <= room else axes.regions[region]


def _tick(month: Month, begins: bool) -> str:
    """A month, with its year where one begins."""
    year = f"\n{month.year}" if begins else ""
    return f"{month_abbr[month.number]}{year}"


def month_axis(plot: Plot, months: Sequence[Month]) -> np.ndarray:
    """Prepare the axis for the base month and all months; returns the dates to plot against.

    The base month stands one month before the first.
    """
    span = [months[0] + (-1), *months]
    dates = np.array([str(m) for m in span], dtype="datetime64[M]").astype("datetime64[D]")
    if len(months) <= FEW_MONTHS:
        every = 1 if len(months) <= FEW_MONTHS // 2 else 2
        shown = span[::every]
        begins = [k == 0 or m.year != shown[k - 1].year for k, m in enumerate(shown)]
        plot.set_xticks(dates[::every], list(map(_tick, shown, begins)))
    else:
        locator = AutoDateLocator(minticks=3, maxticks=7)
        plot.xaxis.set_major_locator(locator)
        plot.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))
    plot.set_xlim(dates[0], dates[-1])
    return dates


def darker(colour: str) -> str:
    """A colour of a line as one that words can be read in on white."""
    mixed = 0.7 * np.array(to_rgb(colour)) + 0.3 * np.array(to_rgb(INK))
    return to_hex(tuple(mixed))


@dataclass(frozen=True)
class Label:
    """A word beside the end of a line."""

    y: float
    text: str
    colour: str
    bold: bool = False


def label_ends(plot: Plot, labels: Sequence[Label], size: float = 8.5) -> None:
    """Write labels right of the plot, each near its line's end and none over another.

    Call it last: it needs the final limits and the final place of the plot.
    """
    if not labels:
        return
    figure = plot.get_figure(root=True)
    assert figure is not None
    height = plot.get_position().height * figure.get_size_inches()[1]
    gap = 1.25 * size / 72 / height
    low, high = plot.get_ylim()
    order = sorted(range(len(labels)), key=lambda i: labels[i].y)
    ends = np.clip([(labels[i].y - low) / (high - low) for i in order], 0.0, 1.0)
    for i, end, place in zip(order, ends, spread(ends, gap), strict=True):
        label = labels[i]
        plot.annotate(
            label.text,
            xy=(1.0, end),
            xytext=(1.035, place),
            xycoords="axes fraction",
            va="center",
            fontsize=size,
            color=darker(label.colour),
            fontweight="bold" if label.bold else "normal",
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": label.colour,
                "lw": 0.7,
                "shrinkA": 0,
                "shrinkB": 0,
                "relpos": (0.0, 0.5),
            },
        )
