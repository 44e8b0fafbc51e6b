"""A page that answers claims: each effect with its spread and its path by year, on one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from matplotlib.axes import Axes as Plot
from matplotlib.figure import Figure

from sim.plots.style import footer, look, sheet
from sim.record.words import signed

DOT, NOTHING = "#0072B2", "#999999"


class Effect(Protocol):
    """What a row needs: a label, the effect with its range, its unit, and plain words."""

    @property
    def code(self) -> str: ...  # noqa: D102
    @property
    def measured(self) -> str: ...  # noqa: D102
    @property
    def compared(self) -> str: ...  # noqa: D102
    @property
    def unit(self) -> str: ...  # noqa: D102
    @property
    def mean(self) -> float: ...  # noqa: D102
    @property
    def low(self) -> float: ...  # noqa: D102
    @property
    def high(self) -> float: ...  # noqa: D102
    @property
    def detectable(self) -> bool: ...  # noqa: D102
    @property
    def path(self) -> Mapping[int, tuple[float, float, float]]: ...  # noqa: D102
    @property
    def words(self) -> str: ...  # noqa: D102


def answers_page(effects: Sequence[Effect], title: str, band: str, source: str) -> Figure:
    """One row an effect: dot for the mean, bar for its band, its path by year, words at the right.

    band: what the bars span, in words; empty for a single run. Rows without a detectable effect
    step back. Effects are drawn in their own unit (% or points); they are comparable in sign and
    sureness, not in weight. Each path has its own scale.
    """
    subtitle = f"Dot: mean effect, bar: {band}" if band else "Dot: effect in one run"
    years = sorted({year for effect in effects for year in effect.path})
    followed = len(years) > 1
    if followed:
        subtitle += f"; at its right the same year by year, {years[0]} to {years[-1]}, own scales"
    with look():
        figure = sheet(
            (13.5, 1.6 + 0.42 * len(effects)),
            title,
            f"{subtitle}; grey: no detectable effect",
            footer(source),
        )
        height = 1.6 + 0.42 * len(effects)
        plot = figure.add_axes((0.40, 0.95 / height, 0.25, 1.0 - 1.95 / height))
        plot.axvline(0.0, color="#444444", linewidth=0.8)
        for row, effect in enumerate(effects):
            silent = not effect.detectable
            color = NOTHING if silent else DOT
            plot.plot([effect.low, effect.high], [row, row], color=color, linewidth=3, alpha=0.5)
            plot.plot([effect.mean], [row], "o", color=color, markersize=6)
            grey = "#777777" if silent else "#222222"
            across = plot.get_yaxis_transform()
            plot.text(
                -1.45,
                row,
                effect.code,
                transform=across,
                va="center",
                fontsize=9,
                weight="bold",
                color=grey,
            )
            plot.text(
                -1.34,
                row - 0.17,
                effect.measured,
                transform=across,
                va="center",
                fontsize=9,
                color=grey,
            )
            plot.text(
                -1.34,
                row + 0.22,
                effect.compared,
                transform=across,
                va="center",
                fontsize=7.5,
                color="#888888",
            )
            text = f"{signed(effect.mean, 2)} {effect.unit}   {effect.words}"
            if followed:
                _path(plot, row, effect, years, color)
            plot.text(1.03 + WIDE * followed, row, text, transform=plot.get_yaxis_transform(),
                      ha="left", va="center", fontsize=8.5, color=grey)  # fmt: skip
        plot.set_ylim(len(effects) - 0.5, -0.5)
        plot.set_yticks([])
        plot.set_xscale("symlog", linthresh=1.0)
        ticks = [-30, -10, -3, -1, 0, 1, 3, 10, 30]
        low, high = min(e.low for e in effects), max(e.high for e in effects)
        shown = [t for t in ticks if 1.5 * min(low, -1) <= t <= 1.5 * max(high, 1)]
        plot.set_xticks(shown, [signed(t, 0) for t in shown])
        plot.set_xticks([], minor=True)
        plot.set_xlabel("effect, % or points (logarithmic beyond 1)", fontsize=8.5)
        plot.grid(axis="x", color="#dddddd", linewidth=0.6)
        for side in ("left", "right", "top"):
            plot.spines[side].set_visible(False)
        if followed:
            for year, side in ((years[0], "left"), (years[-1], "right")):
                at = 1.03 + (WIDE - 0.06) * (side == "right")
                plot.text(at, len(effects) - 0.4, f"{year}", transform=plot.get_yaxis_transform(),
                          ha=side, va="top", fontsize=7.5, color="#888888")  # fmt: skip
    return figure


WIDE = 0.30
"""Room for the paths, of the plot's width."""


def _path(plot: Plot, row: int, effect: Effect, years: Sequence[int], color: str) -> None:
    """The effect by year with its band, around a line for nought; up is more."""
    shown = [y for y in years if y in effect.path]
    if len(shown) < 2:
        return
    across = plot.get_yaxis_transform()
    place = [1.03 + (WIDE - 0.06) * (y - years[0]) / (years[-1] - years[0]) for y in shown]
    mean, low, high = zip(*(effect.path[y] for y in shown), strict=True)
    scale = 0.4 / (max(map(abs, (*low, *high))) or 1.0)
    drawn: dict[str, Any] = {"transform": across, "clip_on": False, "color": color}
    plot.plot([place[0], place[-1]], [row, row], lw=0.5, **drawn | {"color": "#bbbbbb"})
    lower, upper = ([row - scale * x for x in side] for side in (low, high))
    plot.fill_between(place, lower, upper, alpha=0.25, lw=0, **drawn)
    plot.plot(place, [row - scale * x for x in mean], lw=1.3, **drawn)
