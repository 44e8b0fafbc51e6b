"""Colours of the house, and the few words that stand at its lines."""

from __future__ import annotations

from calendar import month_abbr

import numpy as np

from sim.axes import Month
from sim.record.columns import Column

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe & Ito (2008) without yellow, which is lost on white; distinct to colour-blind eyes."""
INK, QUIET, FAINT, GRID = "#222222", "#6b6b6b", "#c9c9c9", "#e6e6e6"
RISE, FALL = "#08519c", "#b35806"


def named(column: Column) -> str:
    """A column and what its change is counted in, e.g. 'Real GDP, %'."""
    words = column.words
    return f"{words[0].upper()}{words[1:]}, {column.change_unit}"


def month_text(month: Month) -> str:
    """Month for a title, e.g. 'Dec 2024'."""
    return f"{month_abbr[month.number]} {month.year}"


def spread(places: np.ndarray, gap: float) -> np.ndarray:
    """Nearest places (least squares) to the ascending given ones that are `gap` apart.

    With z_i = y_i - i gap this is isotonic regression, solved by pooling adjacent violators.
    """
    pools: list[list[float]] = []  # mean, count
    for i, place in enumerate(places):
        pools.append([float(place) - i * gap, 1.0])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            mean, count = pools.pop()
            before = pools[-1]
            before[0] = (before[0] * before[1] + mean * count) / (before[1] + count)
            before[1] += count
    level = np.repeat([mean for mean, _ in pools], [int(count) for _, count in pools])
    return np.asarray(level + gap * np.arange(len(places)))
