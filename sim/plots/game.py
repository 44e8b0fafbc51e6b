"""What countries gain in a game: alone, together, and who would have to be paid."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from sim.plots import style

BAR = 0.36
UNITS = (("bn USD", 1.0), ("mn USD", 1e3), ("thousand USD", 1e6))
"""The first in which the largest gain is a number that can be read."""


def bargained(
    players: Sequence[str],
    gains: Mapping[str, np.ndarray],
    payment: np.ndarray,
    title: str,
    start: str,
    source: str,
) -> Figure:
    """A row a player: its gain in each outcome, and what it must be paid to stay.

    Dots are means over draws, bars reach over all of them.

    gains: `float64[draws, players]` by the words of the outcome, bn USD against `start`. payment:
    `float64[players]`, bn USD, what makes each stay with the last outcome; 0 for who stays anyway.
    """
    largest = max((float(np.abs(values).max()) for values in gains.values()), default=1.0)
    unit, size = next((u for u in UNITS if largest * u[1] >= 0.1), UNITS[-1])
    rows = len(players)
    legend = [textwrap.fill(words, 90) for words in gains]
    height = 2.0 + 0.5 * rows + 0.22 * sum(text.count("\n") + 1 for text in legend)
    with style.look():
        figure = style.sheet(
            (9.5, height), title,
            f"Consumption gained over \u201c{start}\u201d, {unit} of the base year, discounted",
            style.footer(source),
        )  # fmt: skip
        top = 1 - (0.85 + 0.22 * sum(text.count("\n") + 1 for text in legend)) / height
        figure.subplots_adjust(left=0.12, right=0.97, top=top, bottom=0.75 / height)
        plot = figure.subplots()
        for k, (words, gained) in enumerate(gains.items()):
            values = size * gained
            colour = style.COLOURS[k]
            shift = (k - (len(gains) - 1) / 2) * BAR
            for i in range(rows):
                low, high = values[:, i].min(), values[:, i].max()
                plot.plot([low, high], [i + shift] * 2, color=colour, linewidth=5, alpha=0.4)
            plot.plot(values.mean(axis=0), np.arange(rows) + shift, "o", color=colour, label=words)
        for i, paid in enumerate(payment):
            if paid <= 0.0:
                continue
            plot.annotate(
                f"stays for {size * paid:.2g} {unit.split()[0]}", (1.0, i),
                xycoords=("axes fraction", "data"), ha="right", va="center", fontsize=8,
                color=style.QUIET,
            )  # fmt: skip
        plot.axvline(0.0, color=style.QUIET, linewidth=0.8)
        plot.grid(axis="x")
        plot.grid(axis="y", visible=False)
        plot.set_yticks(range(rows), players, color=style.INK)
        plot.set_ylim(rows - 0.4, -0.6)
        handles, _ = plot.get_legend_handles_labels()
        if handles:
            plot.legend(
                handles, legend, loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False,
                borderaxespad=0.2, handletextpad=0.3,
            )  # fmt: skip
    return figure
