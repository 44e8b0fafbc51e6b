"""What a search found: a frontier of policies, or how close a calibration came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes as Plot
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

from sim.plots import style

if TYPE_CHECKING:
    import pandas as pd

WORDS = (0.33, 0.045)
"""Width and height of a point's words, as shares of the plot."""


def frontier(
    trials: pd.DataFrame, found: pd.DataFrame, about: Mapping[str, Any], source: str
) -> Figure:
    """All trials in two objectives at a time, the unbeaten ones joined and named.

    With more than two objectives a panel for each further one, against the first.
    """
    first, *others = about["objectives"]
    width = max(8.6, 5.4 * len(others))
    seeds = "" if about["seeds"] == 1 else f", mean over {about['seeds']} seeds"
    with style.look():
        figure = style.sheet(
            (width, 5.6), about["about"],
            f"Dot: one of {len(trials)} trials{seeds}; blue: "
            f"{len(found)} that no other beats in everything", style.footer(source),
        )  # fmt: skip
        figure.subplots_adjust(left=0.75 / width, right=1 - 0.45 / width, top=0.83, bottom=0.15)
        for plot, other in zip(
            figure.subplots(1, len(others), squeeze=False)[0], others, strict=True
        ):
            _front(plot, trials, found, first, other, about["parameters"])
    return figure


def _front(
    plot: Plot, trials: pd.DataFrame, found: pd.DataFrame, first: Mapping[str, str],
    other: Mapping[str, str], parameters: list[str],
) -> None:  # fmt: skip
    x, y = first["name"], other["name"]
    plot.plot(trials[x], trials[y], "o", color=style.FAINT, ms=5, mec="white", mew=0.5)
    along = found.sort_values(x)
    plot.plot(along[x], along[y], "-", color=style.COLOURS[0], lw=1, alpha=0.5)
    plot.plot(along[x], along[y], "o", color=style.COLOURS[0], ms=7)
    plot.margins(0.08)
    left, right = plot.get_xlim()
    plot.set_xlim(left, right + 0.28 * (right - left))  # room for the words of the last point
    for place in _named(plot, along[x].to_numpy(), along[y].to_numpy()):
        row = along.iloc[place]
        text = ", ".join(_value(row[p], p, len(parameters)) for p in parameters)
        plot.annotate(
            text, (row[x], row[y]), xytext=(7, 5), textcoords="offset points", fontsize=7.5,
            color=style.INK, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
            zorder=3,
        )  # fmt: skip
    plot.grid(axis="x", color=style.GRID)
    for axis, goal in ((plot.xaxis, first), (plot.yaxis, other)):
        better = "less" if goal["direction"] == "minimize" else "more"
        axis.set_label_text(
            f"{goal['name'].replace('_', ' ')}, {goal['unit']} ({better} is better)"
        )


def _named(plot: Plot, x: np.ndarray, y: np.ndarray) -> list[int]:
    """Points whose words do not lie on those of another; both ends first."""
    spans = [high - low for low, high in (plot.get_xlim(), plot.get_ylim())]
    order = [0, len(x) - 1, *range(1, len(x) - 1)]
    chosen: list[int] = []
    for k in order:
        near = (abs(x[k] - x[c]) < WORDS[0] * spans[0] and abs(y[k] - y[c]) < WORDS[1] * spans[1]
                for c in chosen)  # fmt: skip
        if not any(near):
            chosen.append(k)
    return chosen


def _value(value: Any, parameter: str, count: int) -> str:
    text = f"{value:.3g}" if isinstance(value, float) else str(value).strip("[]").replace(",", "+")
    return text if count == 1 else f"{parameter.rpartition('.')[2].replace('_', ' ')} {text}"


def calibration(
    trials: pd.DataFrame, fit: pd.DataFrame, about: Mapping[str, Any], source: str
) -> Figure:
    """Left: distance by trial and the best so far. Right: observed against the best trial."""
    with style.look():
        figure = style.sheet(
            (10.6, 5.6), about["about"],
            f"Best of {len(trials)} trials: distance {trials['distance'].min():.3g} "
            "(root of the weighted mean squared log difference)", style.footer(source),
        )  # fmt: skip
        figure.subplots_adjust(left=0.07, right=0.975, top=0.80, bottom=0.15, wspace=0.22)
        left, right = figure.subplots(1, 2)
        left.plot(trials["trial"], trials["distance"], "o", color=style.FAINT, ms=5)
        left.step(
            trials["trial"], trials["distance"].cummin(), where="post", color=style.COLOURS[0]
        )
        left.set_title("Distance by trial; line: best so far")
        left.set_xlabel("trial")
        left.xaxis.set_major_locator(MaxNLocator(integer=True))
        _fitted(right, fit)
    return figure


def _fitted(plot: Plot, fit: pd.DataFrame) -> None:
    values = fit[["observed", "model"]].to_numpy().clip(1e-3)
    low, high = values.min() / 1.15, values.max() * 1.15
    plot.plot([low, high], [low, high], color=style.QUIET, lw=1)
    for use, colour in (("validate", style.COLOURS[4]), ("calib", style.COLOURS[0])):
        mine = fit[fit["use"] == use]
        word = "calibrated on" if use == "calib" else "only compared"
        if len(mine):
            plot.plot(mine["observed"].clip(1e-3), mine["model"].clip(1e-3), "o", color=colour,
                      ms=6, mec="white", mew=0.5, label=word)  # fmt: skip
    plot.set_xscale("log")
    plot.set_yscale("log")
    plot.set_xlim(low, high)
    plot.set_ylim(low, high)
    plain = FuncFormatter(lambda value, _: f"{value:g}")
    for axis in (plot.xaxis, plot.yaxis):
        axis.set_major_locator(LogLocator(subs=(1.0, 1.5, 2.0, 3.0, 5.0, 7.0), numticks=7))
        axis.set_major_formatter(plain)
        axis.set_minor_formatter("")
    plot.grid(axis="x", color=style.GRID)
    plot.set_title("Ratios to the base year: observed, best trial")
    plot.set_xlabel("observed")
    plot.set_ylabel("model")
    plot.legend(frameon=False, fontsize=8.5, loc="upper left")
