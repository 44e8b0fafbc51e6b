"""Charts of what is asked of a run: through whom goods go, and what makes it no textbook."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from bokeh.models import ColumnDataSource, FactorRange, HoverTool, Range1d, Span
from bokeh.plotting import figure as Figure

from sim.look import palette
from sim.page.answers import Hub
from sim.page.charts import FONT, dressed
from sim.page.worker import Why
from sim.record.words import signed

MOST = 8
"""Hubs that are drawn."""


class Hubs:
    """A bar a hub: what goes through it."""

    def __init__(self) -> None:
        """Make it empty."""
        self.columns = ["hub", "through", "recorded", "exports"]
        self.source = ColumnDataSource({c: [] for c in (*self.columns, "label")})
        self.figure = Figure(
            height=270, sizing_mode="stretch_width", tools="", toolbar_location=None,
            y_range=FactorRange(), x_range=Range1d(0, 1), name="chart-hubs",
        )  # fmt: skip
        dressed(self.figure)
        self.figure.ygrid.grid_line_color = None
        bars = self.figure.hbar(
            y="hub", right="through", height=0.62, color=palette.COLOURS[0], source=self.source
        )
        self.figure.text(
            "through", "hub", "label", x_offset=6, text_baseline="middle", text_font=FONT,
            text_font_size="12px", text_color=palette.INK, source=self.source,
        )  # fmt: skip
        tip = "@hub: @through{0.0} bn USD a year, of its exports there @exports{0.0}"
        self.figure.add_tools(HoverTool(renderers=[bars], tooltips=tip))

    def update(self, found: Sequence[Hub], name: str) -> None:
        """Draw them. name: of the region the goods go to."""
        shown = list(found[:MOST])
        self.figure.title.text = f"Sold on to {name}, bn USD a year"
        self.figure.y_range.factors = [hub.region for hub in reversed(shown)]
        self.figure.x_range.end = 1.25 * max((hub.through for hub in shown), default=1.0)
        self.source.data = {
            "hub": [hub.region for hub in shown],
            "through": [hub.through for hub in shown],
            "recorded": [hub.recorded for hub in shown],
            "exports": [hub.exports for hub in shown],
            "label": [f"{hub.through:,.1f}" for hub in shown],
        }


class Waterfall:
    """From the textbook's answer to the run's, a mechanism at a time, of one region."""

    def __init__(self) -> None:
        """Make it empty."""
        names = ("place", "bottom", "top", "colour", "label", "at", "step", "what")
        self.source = ColumnDataSource({c: [] for c in names})
        self.table = ColumnDataSource({"step": []})
        self.columns: list[str] = ["step"]
        self.figure = Figure(
            height=380, sizing_mode="stretch_width", tools="", toolbar_location=None,
            y_range=FactorRange(), x_range=Range1d(-1, 1), name="chart-textbook",
        )  # fmt: skip
        dressed(self.figure)
        self.figure.ygrid.grid_line_color = None
        self.figure.add_layout(Span(location=0, dimension="height", line_color=palette.QUIET))
        bars = self.figure.hbar(
            y="place", left="bottom", right="top", height=0.66, color="colour", source=self.source
        )
        self.figure.text(
            "at", "place", "label", x_offset=6, text_baseline="middle", text_font=FONT,
            text_font_size="12px", text_color=palette.INK, source=self.source,
        )  # fmt: skip
        self.figure.add_tools(HoverTool(renderers=[bars], tooltips="@step, @label: @what"))

    def take(self, why: Why) -> None:
        """The numbers of all regions, for whoever takes them away."""
        self.columns[:] = ["step", *why.regions]
        columns = dict(zip(why.regions, why.rows.T, strict=True))
        self.table.data = {"step": [*why.places], **columns}

    def update(self, why: Why, region: str, name: str) -> None:
        """Draw one region."""
        at = why.regions.index(region)
        levels, moved = why.levels[:, at], why.rows[:, at]
        bottom = np.array([0.0, *levels[:-1], 0.0])
        top = np.array([*levels, levels[-1]])
        places = [*why.places]
        whole = {0, len(places) - 1}
        low, high = min(0.0, levels.min()), max(0.0, levels.max())
        room = 0.1 * (high - low or 1.0)
        self.figure.y_range.factors = places[::-1]
        self.figure.x_range.start, self.figure.x_range.end = low - room, high + 3.0 * room
        self.figure.title.text = f"{name}: real consumption {why.month}, %"
        self.source.data = {
            "place": places,
            "bottom": bottom,
            "top": top,
            "colour": [
                palette.COLOURS[0] if k in whole else palette.RISE if m > 0 else palette.FALL
                for k, m in enumerate(moved)
            ],
            "label": [signed(m, 2) for m in moved],
            "at": np.maximum(bottom, top),
            "step": places,
            "what": [*why.meanings, "what the run says"],
        }
