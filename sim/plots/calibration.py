"""A calibration as a picture: what it was held against, what was left open, and what moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes as Plot
from matplotlib.figure import Figure

from sim.plots import style

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 14
DRAWN, SEEN, USUAL = style.COLOURS[0], style.INK, style.COLOURS[1]


def calibrated(
    closed: pd.DataFrame, opened: pd.DataFrame, moved: pd.DataFrame, about: Mapping[str, Any],
    source: str,
) -> Figure:  # fmt: skip
    """Bands of flows, fitted and open, beside observed values; priors and posteriors.

    closed, opened, moved: `summaries.csv`, `open.csv` and `moved.csv` of a calibration.
    """
    rows = max(len(closed), len(opened), SHOWN)
    height = 1.9 + 0.27 * rows
    title = (
        f"90 % bands hold {about['coverage_calib']:.0%} of the flows they were held against "
        f"and {about['coverage_open']:.0%} of the others"
    )
    told = (
        "Bar: 90 % of what is left with the stated discrepancy, tick: mean; black: observed; "
        "ring: the numbers as they are. Right: prior (light) and posterior (dark)"
    )
    with style.look():
        figure = style.sheet((15.0, height), title, told, style.footer(source))
        figure.subplots_adjust(
            left=0.125, right=0.985, top=1 - 1.15 / height, bottom=0.62 / height, wspace=0.72
        )
        plots = figure.subplots(1, 3)
        _bands(plots[0], closed, "Held against (calib)")
        _bands(plots[1], opened, "Open (validate)")
        _beliefs(plots[2], moved.head(SHOWN))
    return figure


def _bands(plot: Plot, rows: pd.DataFrame, title: str) -> None:
    places = np.arange(len(rows))[::-1]
    plot.hlines(places, rows["low"], rows["high"], color=DRAWN, lw=5, alpha=0.35)
    plot.plot(rows["model"], places, "|", color=DRAWN, ms=9, mew=2)
    plot.plot(rows["as_they_are"], places, "o", mfc="white", mec=USUAL, ms=5)
    plot.plot(rows["observed"], places, "D", color=SEEN, ms=4)
    names = [f"{f} {y}".replace("_", " ") for f, y in zip(rows["flow"], rows["year"], strict=True)]
    plot.set_yticks(places, names, fontsize=7.5, color=style.INK)
    plot.set_xscale("log")
    ticks = [0.25, 0.5, 1.0, 2.0, 4.0]
    plot.set_xticks(ticks, [f"{t:g}" for t in ticks])
    plot.set_xticks([], minor=True)
    plot.axvline(1.0, color=style.QUIET, lw=0.8)
    plot.grid(axis="x", color=style.GRID)
    plot.grid(axis="y", visible=False)
    plot.set_title(f"{title}, 2021 = 1", fontsize=9.5)


def _beliefs(plot: Plot, rows: pd.DataFrame) -> None:
    """90 % of prior and posterior, on the scale of the prior: 0 and 1 are its 5 % and 95 %."""
    places = np.arange(len(rows))[::-1]
    low, width = rows["prior_q05"], rows["prior_q95"] - rows["prior_q05"]
    plot.hlines(places, 0.0, 1.0, color=style.FAINT, lw=6)
    begins, ends = ((rows[key] - low) / width for key in ("q05", "q95"))
    plot.hlines(places, begins, ends, color=DRAWN, lw=3)
    plot.plot((rows["median"] - low) / width, places, "|", color=style.INK, ms=8, mew=1.5)
    names = [str(name).replace("_", " ") for name in rows["parameter"]]
    plot.set_yticks(places, names, fontsize=7.5, color=style.INK)
    plot.set_xticks([0.0, 1.0], ["prior 5 %", "95 %"])
    plot.grid(axis="y", visible=False)
    plot.set_title("What history says most of", fontsize=9.5)
