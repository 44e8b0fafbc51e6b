"""The map: what moved between whom, as arcs over coasts, month by month."""

from __future__ import annotations

import numpy as np
from bokeh.models import (
    ColumnDataSource,
    CustomJS,
    CustomJSTickFormatter,
    HoverTool,
    Range1d,
    Slider,
)
from bokeh.plotting import figure as Figure

from sim.axes import Axes, Month
from sim.look import palette
from sim.look.atlas import COAST, HIGH, LAND, SEA, WIDE, arc, land, places, project
from sim.page.charts import FONT, dressed
from sim.record.words import signed

MOST = 26
"""Arcs a month: the largest changes."""
LEAST = 0.05
"""bn USD a year under which a change is not drawn."""
ARC = ("month", "xs", "ys", "width", "colour", "what")
HEAD = ("month", "x", "y", "angle", "size", "colour")


class World:
    """Arcs of all months in one source; the slider, in the browser, shows one month of them."""

    def __init__(self, axes: Axes) -> None:
        """Draw coasts and places, without arcs."""
        self.axes = axes
        self.every = ColumnDataSource({c: [] for c in (*ARC, *(f"h_{c}" for c in HEAD[1:]))})
        self.shown = ColumnDataSource({c: [] for c in ARC})
        self.heads = ColumnDataSource({c: [] for c in HEAD})
        self.table = ColumnDataSource(
            {c: [] for c in ("month", "origin", "destination", "change", "level")}
        )
        self.columns = list(self.table.data)
        self.names = ColumnDataSource({"name": []})
        self.slider = Slider(
            start=0, end=1, value=0, step=1, title="Month",
            format=CustomJSTickFormatter(args={"names": self.names}, code=_NAMED),
            sizing_mode="stretch_width", bar_color=palette.COLOURS[0], name="month-slider",
        )  # fmt: skip
        self.figure = self._figure()
        self.slider.js_on_change(
            "value",
            CustomJS(
                args={
                    "every": self.every,
                    "shown": self.shown,
                    "heads": self.heads,
                    "names": self.names,
                    "title": self.figure.title,
                    "slider": self.slider,
                },
                code=_PICK,
            ),
        )

    def _figure(self) -> Figure:
        plot = Figure(
            height=430, sizing_mode="stretch_width", tools="", toolbar_location=None,
            title="Trade moved, bn USD a year", match_aspect=True,
            x_range=Range1d(*WIDE), y_range=Range1d(*HIGH), name="chart-map",
        )  # fmt: skip
        dressed(plot)
        plot.axis.visible = False
        plot.grid.visible = False
        plot.background_fill_color = SEA
        coasts = [(hole, *project(lon, lat)) for hole, lon, lat in land()]
        plot.patches(
            [x for _, x, _ in coasts], [y for *_, y in coasts], line_color=COAST,
            fill_color=[SEA if hole else LAND for hole, *_ in coasts],
        )  # fmt: skip
        arcs = plot.multi_line(
            "xs", "ys", line_width="width", line_color="colour", line_alpha=0.75,
            source=self.shown, line_cap="round",
        )  # fmt: skip
        plot.scatter(
            "x", "y", angle="angle", size="size", color="colour", marker="triangle",
            source=self.heads,
        )  # fmt: skip
        at = places(self.axes)
        member = self.axes.is_member
        x, y = np.array([at[r][:2] for r in self.axes.regions]).T
        plot.scatter(
            x, y, size=np.where(member, 10, 7), line_color="#ffffff",
            color=[palette.INK if m else palette.QUIET for m in member],
        )  # fmt: skip
        for side, dx, dy, align in _SIDES:
            here = [k for k, r in enumerate(self.axes.regions) if at[r][2] == side]
            plot.text(
                x[here], y[here], [self.axes.regions[k] for k in here], x_offset=dx, y_offset=dy,
                text_align=align, text_baseline="middle", text_font_size="12px",
                text_color=palette.INK, text_font_style="bold", text_font=FONT,
                text_outline_color="#ffffff",
            )  # fmt: skip
        plot.add_tools(HoverTool(renderers=[arcs], tooltips="@what", line_policy="nearest"))
        return plot

    def update(self, start: Month, change: np.ndarray, level: np.ndarray) -> None:
        """Arcs of every month. change, level: `float64[months, R, R]`, bn USD a year."""
        at = places(self.axes)
        codes, member = self.axes.regions, self.axes.is_member
        touches = (member[:, None] | member) & ~np.eye(len(codes), dtype=bool)
        rows: dict[str, list[object]] = {c: [] for c in self.every.data}
        listed: dict[str, list[object]] = {c: [] for c in self.table.data}
        names = [palette.month_text(start + t) for t in range(len(change))]
        scale = max(float(np.abs(change[:, touches]).max()), 2.0)
        for t, name in enumerate(names):
            moved = np.where(touches, change[t], 0.0)
            order = np.argsort(-np.abs(moved), axis=None, kind="stable")[:MOST]
            for cell in order[::-1]:
                o, d = np.unravel_index(cell, moved.shape)
                value = float(moved[o, d])
                if abs(value) < LEAST:
                    continue
                xs, ys = arc(at[codes[o]][:2], at[codes[d]][:2])
                width = 1.0 + 9.0 * (abs(value) / scale) ** 0.5
                colour = palette.RISE if value > 0 else palette.FALL
                what = (
                    f"{codes[o]} → {codes[d]}, {name}: {signed(value)} "
                    f"to {level[t, o, d]:,.1f} bn USD a year"
                )
                tip = np.hypot(xs[-1] - xs[-3], ys[-1] - ys[-3])
                angle = np.arctan2(ys[-1] - ys[-3], xs[-1] - xs[-3]) - np.pi / 2 if tip else 0.0
                values = (t, xs, ys, round(width, 2), colour, what)
                for c, v in zip(ARC, values, strict=True):
                    rows[c].append(v)
                head = (xs[-2], ys[-2], round(float(angle), 3), round(5 + width, 1), colour)
                for c, v in zip(HEAD[1:], head, strict=True):
                    rows[f"h_{c}"].append(v)
                said = (str(start + t), codes[o], codes[d], value, float(level[t, o, d]))
                for c, v in zip(self.table.data, said, strict=True):
                    listed[c].append(v)
        last = len(names) - 1
        follows = self.slider.value >= self.slider.end - 1 or self.slider.value > last
        self.every.data, self.table.data, self.names.data = rows, listed, {"name": names}
        self.slider.end = max(last, 1)
        if follows:
            self.slider.value = last
        self._show(int(self.slider.value), names, rows)

    def _show(self, t: int, names: list[str], rows: dict[str, list[object]]) -> None:
        """What the slider's script does in the browser, for the first look."""
        here = [i for i, month in enumerate(rows["month"]) if month == t]
        self.shown.data = {c: [rows[c][i] for i in here] for c in ARC}
        heads = {c: [rows[f"h_{c}"][i] for i in here] for c in HEAD[1:]}
        self.heads.data = {"month": [t] * len(here), **heads}
        self.figure.title.text = f"Trade moved, {names[t]}, bn USD a year"


_SIDES = (("left", -8, 0, "right"), ("right", 8, 0, "left"), ("below", 0, 13, "center"))
"""On which side of its point a name stands: offsets in pixels and alignment."""
_NAMED = "return names.data.name[Math.round(tick)] || '';"
_PICK = """
const t = slider.value, all = every.data;
const here = all.month.map((m, i) => m == t ? i : -1).filter(i => i >= 0);
const take = c => here.map(i => all[c][i]);
shown.data = {month: take("month"), xs: take("xs"), ys: take("ys"), width: take("width"),
  colour: take("colour"), what: take("what")};
heads.data = {month: take("month"), x: take("h_x"), y: take("h_y"), angle: take("h_angle"),
  size: take("h_size"), colour: take("h_colour")};
const name = names.data.name[t];
if (name) title.text = `Trade moved, ${name}, bn USD a year`;
"""
