"""A page that answers claims: each effect with its spread over seeds, on one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from matplotlib.figure import Figure

from sim.plots.style import footer, look, sheet
from sim.record.words import signed, spread

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
    def words(self) -> str: ...  # noqa: D102


def answers_page(effects: Sequence[Effect], title: str, seeds: int, source: str) -> Figure:
    """One row an effect: dot for the mean, bar for 5 % to 95 % of the seeds, words at the right.

    Rows without a detectable effect step back. Effects are drawn in their own unit (% or points);
    they are comparable in sign and sureness, not in weight.
    """
    subtitle = f"Dot: mean effect, bar: {spread(seeds)}" if seeds > 1 else "Dot: effect in one seed"
    with look():
        figure = sheet(
            (12.5, 1.6 + 0.42 * len(effects)),
            title,
            f"{subtitle}; grey: no detectable effect",
            footer(source),
        )
        height = 1.6 + 0.42 * len(effects)
        plot = figure.add_axes((0.45, 0.95 / height, 0.29, 1.0 - 1.95 / height))
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
            plot.text(1.03, row, text, transform=plot.get_yaxis_transform(),
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
    return figure
