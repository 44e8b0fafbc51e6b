"""Where trade moved, drawn as a map: arcs from origin to destination."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes as Plot
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.look import atlas
from sim.plots import style
from sim.plots.flowmap import LEAST, bn, looked_at, message, moved, ranked, told
from sim.record.panel import Panel

MOST = 24
"""Arcs: the largest changes; more hide one another."""
THIN, THICK = 0.8, 8.0
HEAD = 4.0
"""Points that the head of an arc is wider than the arc."""
SIDES = {"left": (-7, 0, "right", "center"), "right": (7, 0, "left", "center"),
         "below": (0, -7, "center", "top")}  # fmt: skip
"""On which side of its point a name stands: offsets in points and alignment."""


def trade_map(panel: Panel) -> Figure:
    """Change of trade with members as arcs over coasts, bn USD a year; see `flow_map`.

    An arc bends to the left of who goes along it, so that both directions of a pair are seen.
    Where no region of a baseline has a place on earth, they stand on a ring.
    """
    change, _ = moved(panel)
    mine = np.where(looked_at(panel), change, 0.0)
    np.fill_diagonal(mine, 0.0)
    order = np.argsort(-np.abs(mine), axis=None, kind="stable")[:MOST]
    cells = [tuple(map(int, np.unravel_index(i, mine.shape))) for i in order]
    pairs = [(o, d) for o, d in cells if abs(mine[o, d]) >= LEAST]
    with style.look():
        figure = style.sheet(
            (10.6, 7.2), message(panel, change, ranked(mine)), told(panel),
            style.footer(panel.source),
        )  # fmt: skip
        plot = figure.add_axes((0.02, 0.045, 0.79, 0.845))
        plot.set_anchor("W")
        at = atlas.places(panel.axes)
        _ground(plot, panel)
        top = max(float(np.abs(mine).max()), 2.0)
        _arcs(plot, [(at[panel.axes.regions[o]], at[panel.axes.regions[d]], mine[o, d])
                     for o, d in pairs[::-1]], top)  # fmt: skip
        _names(plot, panel, at)
        _key(figure, panel, pairs, mine, top)
    return figure


def _ground(plot: Plot, panel: Panel) -> None:
    plot.set_axis_off()
    plot.set_aspect("equal")
    plot.set_xlim(*atlas.WIDE)
    plot.set_ylim(*atlas.HIGH)
    if not atlas.on_earth(panel.axes):
        return
    plot.axhspan(*atlas.HIGH, color=atlas.SEA, lw=0)
    rings = [(hole, np.column_stack(atlas.project(lon, lat))) for hole, lon, lat in atlas.land()]
    plot.add_collection(
        PolyCollection(
            [ring for _, ring in rings], edgecolors=atlas.COAST, linewidths=0.6,
            facecolors=[atlas.SEA if hole else atlas.LAND for hole, _ in rings],
        ),
        autolim=False,
    )  # fmt: skip


def _arcs(plot: Plot, flows: list[tuple[atlas.Place, atlas.Place, float]], top: float) -> None:
    """The largest last, over the others."""
    for one, other, value in flows:
        xs, ys = atlas.arc((one.x, one.y), (other.x, other.y), 40)
        colour = style.RISE if value > 0 else style.FALL
        width = _width(value, top)
        plot.plot(
            xs[:-1], ys[:-1], color=colour, lw=width, alpha=0.75, solid_capstyle="butt", zorder=2
        )
        turn = np.degrees(np.arctan2(ys[-1] - ys[-3], xs[-1] - xs[-3])) - 90.0
        plot.plot(
            xs[-2], ys[-2], marker=(3, 0, turn), color=colour, ms=HEAD + width, mew=0, zorder=2
        )


def _width(value: float, top: float) -> float:
    """Points; by the root, so that the small are seen beside the large."""
    return THIN + (THICK - THIN) * float(np.sqrt(abs(value) / top))


def _names(plot: Plot, panel: Panel, at: dict[str, atlas.Place]) -> None:
    size = min(8.5, 260.0 / len(at))
    for code, place in at.items():
        member = code in panel.axes.members
        colour = style.INK if member else style.QUIET
        plot.plot(
            [place.x], [place.y], "o", color=colour, ms=6 if member else 4.5, mec="white", mew=0.8
        )
        dx, dy, across, up = SIDES[place.side]
        if code not in atlas.homes():  # out of the ring
            far = np.hypot(place.x, place.y)
            dx, dy, across, up = 16 * place.x / far, 12 * place.y / far, "center", "center"
        plot.annotate(
            code, (place.x, place.y), (dx, dy), textcoords="offset points", ha=across, va=up,
            fontsize=size, color=style.INK, fontweight="bold" if member else "normal", zorder=4,
            bbox={"facecolor": "white", "alpha": 0.65, "edgecolor": "none", "pad": 0.6},
        )  # fmt: skip


def _key(
    figure: Figure, panel: Panel, pairs: list[tuple[int, int]], change: np.ndarray, top: float
) -> None:
    """What colours and widths mean, and what the widest arcs are."""
    codes = panel.axes.regions
    lines = [Line2D([], [], color=style.RISE, lw=4), Line2D([], [], color=style.FALL, lw=4)]
    words = ["more trade", "less trade"]
    for size in (top, top / 10):
        lines.append(Line2D([], [], color=style.QUIET, lw=_width(size, top)))
        words.append(f"{size:,.0f} bn" if size >= 9.95 else f"{size:.2g} bn")
    figure.legend(
        lines, words, loc="upper left", bbox_to_anchor=(0.80, 0.90), frameon=False,
        fontsize=8.5, handlelength=2.2, labelspacing=0.7,
    )  # fmt: skip
    listed = [f"{codes[o]} \u2192 {codes[d]}  {bn(change[o, d])}" for o, d in pairs[:12]]
    figure.text(0.81, 0.735, "Largest changes", fontsize=9, fontweight="bold", va="top")
    figure.text(0.81, 0.70, "\n".join(listed) or "none", fontsize=8.5, va="top", linespacing=1.6)
    if atlas.on_earth(panel.axes) and "ROW" in codes:
        figure.text(
            0.81, 0.05, "USA and ROW stand where\nthere is room, not where\nthey are.",
            fontsize=7.5, color=style.QUIET, va="bottom",
        )  # fmt: skip
