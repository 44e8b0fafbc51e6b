"""Charts of the members by month, for the page and for the snapshot alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, DatetimeTickFormatter, HoverTool, Range1d, Span
from bokeh.plotting import figure as Figure

from sim.axes import Axes, Month
from sim.look import palette
from sim.page.answers import Paths
from sim.record.columns import Column
from sim.record.words import signed

LEAST = {"%": 0.8, "points": 0.4}
"""A chart spans at least from minus to plus this, so that nothing is not drawn as something."""
FONT = value("DejaVu Sans, Verdana, sans-serif")
HEIGHT = 270
MARGIN = 0.26
"""Room right of the last month for the members' names, share of the axis."""


@dataclass(frozen=True)
class Mark:
    """A date on which something begins or ends. kind: 'start' or 'end'."""

    day: str
    kind: str
    what: str


class Chart:
    """One indicator of every member; `update` may be called with every month that comes in."""

    def __init__(self, column: Column, axes: Axes) -> None:
        """Make it empty. column: what it shows; its name is that of what is taken away."""
        self.key, self.axes = column.name, axes
        self.title = palette.named(column)
        self.members = list(axes.members)
        columns = ["month", *(f"{m}{q}" for m in self.members for q in ("", "_low", "_high"))]
        self.columns = columns
        self.source = ColumnDataSource({c: [] for c in columns})
        self.ends = ColumnDataSource({c: [] for c in ("x", "y", "text", "colour")})
        self.marks = ColumnDataSource({c: [] for c in ("x", "y", "shape", "what", "colour")})
        self.figure = self._figure()

    def _figure(self) -> Figure:
        plot = Figure(
            height=HEIGHT, sizing_mode="stretch_width", title=self.title, tools="",
            toolbar_location=None, x_axis_type="datetime", x_range=Range1d(0, 1),
            y_range=Range1d(-1, 1), name=f"chart-{self.key}",
        )  # fmt: skip
        dressed(plot)
        plot.xgrid.grid_line_color = None
        plot.xaxis.formatter = DatetimeTickFormatter(months="%b\n%Y", years="%Y", days="%b\n%Y")
        plot.xaxis.ticker.desired_num_ticks = 5
        plot.add_layout(Span(location=0, dimension="width", line_color=palette.QUIET))
        lines = []
        for k, member in enumerate(self.members):
            colour = palette.COLOURS[k % len(palette.COLOURS)]
            plot.varea(
                "month", f"{member}_low", f"{member}_high", source=self.source,
                fill_color=colour, fill_alpha=0.18, name=f"band-{member}",
            )  # fmt: skip
            lines.append(
                plot.line(
                    "month", member, source=self.source, color=colour, line_width=2, name=member
                )
            )
        tips = [("", "$name @$name{+0.0}, @month{%b %Y}")]
        plot.add_tools(HoverTool(renderers=lines, tooltips=tips, formatters={"@month": "datetime"}))
        plot.text(
            "x", "y", "text", source=self.ends, text_color="colour", text_font_size="12px",
            text_baseline="middle", text_font=FONT,
        )  # fmt: skip
        drawn = plot.scatter(
            "x", "y", marker="shape", source=self.marks, size=9, color="colour", alpha=0.9
        )
        plot.add_tools(HoverTool(renderers=[drawn], tooltips="@what", mode="mouse"))
        return plot

    def update(self, start: Month, span: int, found: Paths, marks: Sequence[Mark]) -> None:
        """Draw what there is. span: months the run will have; found: the paths so far."""
        months = len(found.middle)
        first = start + (-1)
        dates = stamps([first + t for t in range(span + 1)])
        data: dict[str, object] = {"month": dates[:months]}
        for k, member in enumerate(self.members):
            data[member] = found.middle[:, k]
            data[f"{member}_low"], data[f"{member}_high"] = found.low[:, k], found.high[:, k]
        self.source.data = data
        length = dates[-1] - dates[0]
        self.figure.x_range.start = dates[0]
        self.figure.x_range.end = dates[-1] + MARGIN * length
        every = np.concatenate([found.low.ravel(), found.high.ravel()])
        every = every[np.isfinite(every)]
        least = LEAST.get(found.unit, 0.8)
        low, high = min(float(every.min()), -least), max(float(every.max()), least)
        pad = 0.08 * (high - low)
        low, high = low - 1.6 * pad, high + pad
        self.figure.y_range.start, self.figure.y_range.end = low, high
        self._label(found.middle[-1], float(dates[months - 1]), length, low, high)
        inside = [m for m in marks if dates[0] <= stamp(m.day) <= dates[-1]]
        self.marks.data = {
            "x": [stamp(m.day) for m in inside],
            "y": [low + 0.5 * pad] * len(inside),
            "shape": ["triangle" if m.kind == "start" else "inverted_triangle" for m in inside],
            "what": [m.what for m in inside],
            "colour": [palette.INK if m.kind == "start" else palette.QUIET for m in inside],
        }

    def _label(self, last: np.ndarray, at: float, length: float, low: float, high: float) -> None:
        """A member's name and number beside the end of its line, none over another."""
        order = np.argsort(last, kind="stable")
        gap = 15 / (HEIGHT - 70)
        where = (last[order] - low) / (high - low)
        places = np.clip(palette.spread(where, gap), 0.06, 0.97) * (high - low) + low
        self.ends.data = {
            "x": [at + 0.015 * length] * len(order),
            "y": list(places),
            "text": [f"{self.members[k]} {signed(last[k])}" for k in order],
            "colour": [palette.COLOURS[k % len(palette.COLOURS)] for k in order],
        }


def dressed(plot: Figure) -> None:
    """The look of the house."""
    font = "DejaVu Sans, Verdana, sans-serif"
    plot.title.text_font, plot.title.text_font_size = font, "14px"
    plot.title.text_color = palette.INK
    plot.outline_line_color = None
    plot.background_fill_color = plot.border_fill_color = "#ffffff"
    for axis in plot.axis:
        axis.axis_line_color, axis.minor_tick_line_color = palette.FAINT, None
        axis.major_tick_line_color = palette.FAINT
        axis.major_label_text_color, axis.major_label_text_font = palette.QUIET, font
        axis.major_label_text_font_size = "11px"
    plot.grid.grid_line_color = palette.GRID


def stamp(day: str) -> float:
    """Milliseconds of a day, as Bokeh counts them."""
    return float(np.datetime64(day, "ms").astype(np.int64))


def stamps(months: Sequence[Month]) -> np.ndarray:
    """First days of months, milliseconds."""
    return np.array([stamp(str(month)) for month in months])
