"""What was observed beside the model and its rivals: rows on one logarithmic axis, and errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes as Plot
from matplotlib.figure import Figure

from sim.plots import style

if TYPE_CHECKING:
    import pandas as pd

SHARES = r"CCA3|EU_offset|KAZ_imports_EU_recorded"
LOW, HIGH = 0.08, 12.0
"""Ratios to 2021 that have a place; what lies beyond stands at the edge."""
ROW = 0.19  # inches
TICKS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def observed_and_model(
    table: pd.DataFrame, rivals: Mapping[str, str], band: str, source: str
) -> Figure:
    """Every row: what was observed (ring), the model with its band (dot, bar), the last rival.

    table: see `sim.study.truth.rows_of`. rivals: names by column; the last is drawn, the one that
    is given most. Rows that are shares, no ratios to 2021, are left to the table.
    """
    shown = table[~table["name"].str.match(SHARES)]
    left = shown.iloc[: (len(shown) + 1) // 2]
    right = shown.iloc[len(left) :]
    height = 1.75 + ROW * len(left)
    rival = list(rivals)[-1] if rivals else None
    missed = int(table["missed"].sum())
    title = f"Observed and model: {missed} of {len(table)} rows are missed"
    words = f"Ratio to 2021. Ring: observed; dot and bar: model, {band}; brown: missed"
    words += f"; cross: {rivals[rival]}" if rival else ""
    with style.look():
        figure = style.sheet((12.5, height), title, words, style.footer(source))
        figure.subplots_adjust(
            left=0.215, right=0.985, top=1 - 0.75 / height, bottom=0.62 / height, wspace=0.78
        )
        for plot, part in zip(figure.subplots(1, 2), (left, right), strict=True):
            _rows(plot, part, rival)
    return figure


def _rows(plot: Plot, rows: pd.DataFrame, rival: str | None) -> None:
    places = np.arange(len(rows))
    plot.set_xscale("log")
    plot.set_xlim(LOW, HIGH)
    plot.set_ylim(len(rows) - 0.4, -0.6)
    plot.axvline(1.0, color=style.QUIET, lw=0.8)
    numbers = {c: np.clip(rows[c].to_numpy(float), LOW, HIGH) for c in ("low", "high", "model")}
    colours = [style.FALL if bad else style.RISE for bad in rows["missed"]]
    plot.hlines(places, numbers["low"], numbers["high"], colors=colours, lw=3.5, alpha=0.45)
    if rival:
        answer = np.clip(rows[rival].to_numpy(float), LOW, HIGH)
        plot.plot(answer, places, "x", color=style.QUIET, ms=4.5, mew=1.0)
    seen = np.clip(rows["seen"].to_numpy(float), LOW, HIGH)
    plot.plot(seen, places, "o", mfc="none", mec=style.INK, ms=6.5, mew=1.2, clip_on=False)
    plot.scatter(numbers["model"], places, s=16, c=colours, zorder=3)
    names = [f"{_said(n)}, {p}" for n, p in zip(rows["name"], rows["period"], strict=True)]
    plot.set_yticks(places, names, fontsize=7.5, color=style.INK)
    for label, bad in zip(plot.get_yticklabels(), rows["missed"], strict=True):
        label.set_color(style.FALL if bad else style.INK)
    plot.set_xticks(TICKS, [f"{t:g}" for t in TICKS])
    plot.set_xticks([], minor=True)
    plot.grid(axis="x")
    plot.grid(axis="y", visible=False)


def error_bars(flows: pd.DataFrame, rivals: Mapping[str, str], source: str) -> Figure:
    """Mean |log error| of every flow: the model beside its rivals, the largest error on top."""
    total = flows.loc["all rows"]
    mine = flows.drop(index=["all rows", "mean of flows"])
    mine = mine.iloc[np.argsort(-mine["nominal"].to_numpy(), kind="stable")]
    names = [
        *(f"{_said(str(n))} ({int(r)})" for n, r in zip(mine.index, mine["rows"], strict=True))
    ]
    height = 1.75 + 0.21 * len(mine)
    kinds = {"nominal": "model", **rivals, "still": "no change at all"}
    marks = ("o", "+", "x", "|")
    title = f"Mean error of goods flows in logs: model {total['nominal']:.2f}"
    if rivals:
        title += f", textbook {total[list(rivals)].min():.2f}"
    title += f", no change {total['still']:.2f}"
    with style.look():
        figure = style.sheet(
            (11.5, height), title,
            "Mean |log error| against the rows as published; in brackets the number of rows",
            style.footer(source),
        )  # fmt: skip
        plot = figure.add_axes((0.24, 0.62 / height, 0.57, 1 - 1.45 / height))
        places = np.arange(len(mine))
        for k, (column, text) in enumerate(kinds.items()):
            colour = (style.COLOURS[0], style.COLOURS[4], style.COLOURS[1], style.QUIET)[k % 4]
            plot.plot(
                mine[column].to_numpy(float), places, marks[k % 4], color=colour,
                label=f"{text}, {total[column]:.2f}", ms=7 if column == "nominal" else 6, mew=1.6,
            )  # fmt: skip
        plot.set_yticks(places, names, fontsize=8, color=style.INK)
        plot.set_ylim(len(mine) - 0.4, -0.6)
        plot.set_xlim(0, None)
        plot.grid(axis="x")
        plot.grid(axis="y", visible=True, lw=0.4)
        figure.legend(
            loc="upper left", bbox_to_anchor=(0.815, 1 - 0.85 / height), frameon=False, fontsize=8.5
        )
    return figure


def _said(name: str) -> str:
    return " ".join(name.removeprefix("idx_").replace("_", " ").split())
