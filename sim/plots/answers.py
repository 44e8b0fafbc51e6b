"""A page that answers claims: each effect with its spread over seeds, on one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from matplotlib.figure import Figure

from sim.plots.style import look, sheet

DOT, NOTHING = "#0072B2", "#999999"


class Effect(Protocol):
    """What a row needs: a label, the effect with its range, its unit, and plain words."""

    @property
    def label(self) -> str: ...  # noqa: D102
    @property
    def unit(self) -> str: ...  # noqa: D102
    @property
    def mean(self) -> float: ...  # noqa: D102
    @property
    def low(self) -> float: ...  # noqa: D102
    @property
    def high(self) -> float: ...  # noqa: D102
    @property
    def words(self) -> str: ...  # noqa: D102


def answers_page(effects: Sequence[Effect], title: str, subtitle: str, source: str) -> Figure:
    """One row an effect: dot for the mean, bar for 5 % to 95 %, words at the right.

    Rows without a detectable effect step back. Effects are drawn in their own unit (% or points);
    they are comparable in sign and sureness, not in weight.
    """
    with look():
        figure = sheet((12.5, 1.6 + 0.42 * len(effects)), title, subtitle, source)
        height = 1.6 + 0.42 * len(effects)
        plot = figure.add_axes((0.42, 0.7 / height, 0.28, 1.0 - 1.8 / height))
        plot.axvline(0.0, color="#444444", linewidth=0.8)
        for row, effect in enumerate(effects):
            silent = "no detectable" in effect.words
            color = NOTHING if silent else DOT
            plot.plot([effect.low, effect.high], [row, row], color=color, linewidth=3, alpha=0.5)
            plot.plot([effect.mean], [row], "o", color=color, markersize=6)
            grey = "#777777" if silent else "#222222"
            plot.text(
                -0.03,
                row,
                effect.label,
                transform=plot.get_yaxis_transform(),
                ha="right",
                va="center",
                fontsize=8.5,
                color=grey,
            )
            text = f"{effect.mean:+.2f} {effect.unit}   {effect.words}"
            plot.text(1.03, row, text, transform=plot.get_yaxis_transform(),
                      ha="left", va="center", fontsize=8.5, color=grey)  # fmt: skip
        plot.set_ylim(len(effects) - 0.5, -0.5)
        plot.set_yticks([])
        plot.set_xscale("symlog", linthresh=1.0)
        plot.grid(axis="x", color="#dddddd", linewidth=0.6)
        for side in ("left", "right", "top"):
            plot.spines[side].set_visible(False)
    return figure
