"""From one answer to another, a mechanism at a time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from matplotlib.figure import Figure

from sim.plots.style import COLOURS, FAINT, FALL, INK, QUIET, RISE, footer, look, sheet, signed


def waterfall(
    names: Sequence[str],
    levels: Sequence[float],
    title: str,
    subtitle: str,
    source: str,
    last: str = "agent model",
) -> Figure:
    """Bars from the first level to the last, each step hanging from the one before it.

    names, levels: the first is where the story starts; every further one a step and the level
    that it leads to. last: name of the bar in which the story ends. Values in one unit, shown with
    their sign.
    """
    with look():
        figure = sheet((11.0, 5.0), title, subtitle, footer(source))
        plot = figure.add_axes((0.07, 0.24, 0.91, 0.56))
        wide = 0.62
        plot.bar(0, levels[0], wide, color=COLOURS[0])
        for place, (before, after) in enumerate(pairwise(levels), start=1):
            step = after - before
            plot.bar(place, step, wide, bottom=before, color=RISE if step > 0 else FALL, alpha=0.75)
            plot.plot([place - 1 - wide / 2, place + wide / 2], [before] * 2, color=FAINT, lw=1)
        end = len(levels)
        plot.bar(end, levels[-1], wide, color=COLOURS[0])
        plot.plot([end - 1 - wide / 2, end + wide / 2], [levels[-1]] * 2, color=FAINT, lw=1)
        plot.axhline(0.0, color=INK, lw=0.8)
        low, high = min(0.0, *levels), max(0.0, *levels)
        room = 0.08 * (high - low or 1.0)
        plot.set_ylim(low - 2 * room, high + 2 * room)
        for place, value in enumerate([levels[0], *_steps(levels), levels[-1]]):
            whole = place in (0, end)
            top = max(levels[place], levels[place - 1]) if not whole else max(value, 0.0)
            plot.text(
                place, top + 0.2 * room, signed(value), ha="center", va="bottom",
                fontweight="bold" if whole else "normal", color=INK if whole else QUIET,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
            )  # fmt: skip
        words = [name.replace(" ", "\n") for name in (*names, last)]
        plot.set_xticks(range(end + 1), words)
        plot.tick_params(axis="x", length=0)
        plot.set_ylabel("% against the base")
    return figure


def _steps(levels: Sequence[float]) -> list[float]:
    return [after - before for before, after in pairwise(levels)]
