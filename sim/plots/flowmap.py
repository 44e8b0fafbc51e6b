"""Where trade moved: the change between every two regions in one matrix."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes as Plot
from matplotlib.colors import LinearSegmentedColormap, ListedColormap, SymLogNorm
from matplotlib.figure import Figure

from sim.axes import YEAR
from sim.plots import style
from sim.record.panel import Panel

WRITTEN, WRITTEN_MEMBER = 1.0, 0.1
"""Billion USD a year; smaller changes, without and with a member, have their colour only."""
LISTED = 6
LEAST = 0.05
"""bn USD a year that is not written as nothing."""
MOST_WRITTEN = 22
"""Regions up to which a cell has room for its number."""
ROW = 0.19
"""Inches that a row needs to be read."""
SMALLEST_SCALE = 1.0
MAP = LinearSegmentedColormap.from_list(
    "change", [style.FALL, "#fdd0a2", "white", "#9ecae1", style.RISE]
)


def flow_map(panel: Panel) -> Figure:
    """Change of trade from each origin (row) to each destination (column), bn USD a year.

    The mean of the last 12 months, or of as many as there are, against the base month. The bars
    and the title speak of flows from or to a member: between large partners a change of little
    per cent is many billions.
    """
    change, before = moved(panel)
    largest = ranked(np.where(looked_at(panel), change, 0.0))
    with style.look():
        height = max(7.6, 1.7 + ROW * len(panel.axes.regions))
        figure = style.sheet(
            (12.5, height), message(panel, change, largest), told(panel),
            style.footer(panel.source),
        )  # fmt: skip
        top = 1.25 / height
        high = 1 - top - 0.38 / height
        _matrix(figure.add_axes((0.115, 1 - top - high, 0.50, high)), panel, change)
        bars = 5.3 / height
        _bars(figure.add_axes((0.765, 1 - top - bars, 0.155, bars)), panel, change, before, largest)
    return figure


def moved(panel: Panel) -> tuple[np.ndarray, np.ndarray]:
    """Change of trade and trade of the base month, each `float64[R, R]`, bn USD a year."""
    path, base = panel.bilateral()
    before = base * YEAR / 1000.0
    change = path[-YEAR:].mean(axis=0) * YEAR / 1000.0 - before
    change[np.abs(change) < 1e-6] = 0.0
    return change, before


def told(panel: Panel) -> str:
    """What is shown, under a title."""
    months = min(YEAR, len(panel.months))
    first, last = (style.month_text(panel.months[i]) for i in (-months, -1))
    span = f"mean of {first} to {last}" if months > 1 else last
    return f"Scenario {panel.scenario}. Change of yearly trade, bn USD: {span} against the baseline"


def looked_at(panel: Panel) -> np.ndarray:
    """`bool[R, R]`: flows from or to a member; all where there are no members."""
    member = panel.axes.is_member if panel.axes.members else np.ones(len(panel.axes.regions), bool)
    looked: np.ndarray = member[:, None] | member[None, :]
    return looked


def ranked(change: np.ndarray) -> list[tuple[int, int]]:
    """The largest rises, then the largest falls, each from the top of the picture down."""
    order = np.argsort(change, axis=None, kind="stable")
    pairs = [tuple(int(k) for k in np.unravel_index(i, change.shape)) for i in order]
    falls = [(o, d) for o, d in pairs[:LISTED] if change[o, d] <= -LEAST]
    rises = [(o, d) for o, d in pairs[: -LISTED - 1 : -1] if change[o, d] >= LEAST]
    return rises + falls[::-1]


def _matrix(plot: Plot, panel: Panel, change: np.ndarray) -> None:
    axes = panel.axes
    count = len(axes.regions)
    top = max(SMALLEST_SCALE, float(np.abs(change).max()))
    norm = SymLogNorm(linthresh=top / 30, vmin=-top, vmax=top)
    plot.imshow(change, cmap=MAP, norm=norm, aspect="auto")
    size = max(6.5, min(8.0, 150.0 / count))
    codes = list(axes.regions)
    upright = max(map(len, codes)) * 0.09 * size / 8 > 6.0 / count
    plot.set_xticks(range(count), codes, fontsize=size, rotation=90 if upright else 0)
    names = [style.name_of(axes, r, 18) for r in range(count)]
    plot.set_yticks(range(count), names, fontsize=size)
    plot.xaxis.tick_top()
    plot.tick_params(length=0, colors=style.INK)
    plot.annotate(
        "from \u2193  to \u2192",
        xy=(0, 1),
        xytext=(-6, 4),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        color=style.QUIET,
        fontsize=8,
    )
    plot.grid(False)
    edges = np.arange(count + 1) - 0.5
    plot.hlines(edges, -0.5, count - 0.5, color=style.GRID, lw=0.7)
    plot.vlines(edges, -0.5, count - 0.5, color=style.GRID, lw=0.7)
    for edge in np.flatnonzero(np.diff(axes.is_member.astype(int)) != 0) + 0.5:
        plot.axhline(edge, color=style.QUIET, lw=1)
        plot.axvline(edge, color=style.QUIET, lw=1)
    plot.spines[:].set_visible(False)
    least = np.where(looked_at(panel), WRITTEN_MEMBER, WRITTEN)
    for o, d in np.argwhere(np.abs(change) >= least) if count <= MOST_WRITTEN else ():
        value = change[o, d]
        dark = abs(float(norm(value)) - 0.5) > 0.34
        colour = "white" if dark else style.INK
        plot.text(d, o, bn(value), ha="center", va="center", fontsize=7, color=colour)
    own = np.where(np.eye(count, dtype=bool), 1.0, np.nan)
    plot.imshow(own, cmap=ListedColormap([style.GRID]), aspect="auto")


def _bars(
    plot: Plot,
    panel: Panel,
    change: np.ndarray,
    before: np.ndarray,
    ranked: list[tuple[int, int]],
) -> None:
    plot.set_title(f"{_whose(panel)} largest changes, bn USD a year", pad=8, x=-0.75)
    plot.grid(False)
    plot.spines[:].set_visible(False)
    plot.set_xticks([])
    if not ranked:
        plot.set_yticks([])
        plot.text(0.0, 0.5, "none", color=style.QUIET, transform=plot.transAxes)
        return
    values = np.array([change[pair] for pair in ranked])
    rows = np.arange(len(ranked)) + 0.6 * (values < 0)
    plot.barh(rows, np.abs(values), color=np.where(values > 0, style.RISE, style.FALL), height=0.7)
    codes = panel.axes.regions
    plot.set_yticks(rows, [f"{codes[o]} \u2192 {codes[d]}" for o, d in ranked], color=style.INK)
    plot.set_ylim(max(rows[-1] + 0.6, 2 * LISTED), -0.6)
    for row, value, pair in zip(rows, values, ranked, strict=True):
        share = f" ({style.signed(100 * value / before[pair], 0)} %)" if before[pair] > 0 else ""
        text = f" {bn(value)}{share}"
        plot.text(abs(value), row, text, va="center", fontsize=8, color=style.INK)


def bn(value: float) -> str:
    """A change in bn USD with its sign, in as many digits as mean anything."""
    return style.signed(value, 0 if abs(value) >= 9.95 else 1)


def message(panel: Panel, change: np.ndarray, ranked: list[tuple[int, int]]) -> str:
    """The largest fall and rise of `ranked` in a sentence."""
    if not ranked or max(abs(change[pair]) for pair in ranked) < LEAST:
        return f"No trade{' of a member' if panel.axes.members else ''} moved"
    codes = panel.axes.regions
    parts = []
    for what, pair in (("fall", ranked[-1]), ("rise", ranked[0])):
        value = change[pair]
        if (value < 0) == (what == "fall") and abs(value) >= LEAST:
            flow = f"{codes[pair[0]]} \u2192 {codes[pair[1]]}"
            parts.append(f"largest {what} {flow} {bn(value)}")
    return f"{_whose(panel)} trade: {', '.join(parts)} bn USD a year"


def _whose(panel: Panel) -> str:
    return "Members'" if panel.axes.members else "All regions'"
