"""Runs of a study side by side: what each combination of parameters did to each member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from sim.plots import style
from sim.record.words import spread

if TYPE_CHECKING:
    import pandas as pd

MOST = 24
"""Rows; more are for a table."""
MEMBERS = 5


def compared(
    changes: pd.DataFrame,
    keys: Sequence[str],
    names: Mapping[str, str],
    title: str,
    against: str,
    source: str,
) -> Figure:
    """A panel a member, a row a combination: mean over seeds (dot), 5 % to 95 % (bar).

    Grey where the seeds do not agree on the sign.

    changes: `sim.study.results.Results.changes` for one indicator. keys: what tells the rows
    apart. names: of the members that are shown, by code. against: what the changes are from.
    """
    shown = dict(list(names.items())[:MEMBERS])
    rows = changes.drop_duplicates(keys)[list(keys)].reset_index(drop=True)
    labels = [_told(row, keys) for _, row in rows.iterrows()]
    seeds = int(changes["seeds"].max())
    unit = changes["unit"].iloc[0]
    height = 1.65 + 0.38 * len(rows)
    left = min(0.42, 0.03 + 0.0061 * max(map(len, labels)))
    subtitle = f"Mean of the last twelve months against {against}, {unit}"
    subtitle += f"; dot: mean, bar: {spread(seeds)}; grey: either sign" if seeds > 1 else ""
    with style.look():
        figure = style.sheet((11.5, height), title, subtitle, style.footer(source))
        figure.subplots_adjust(
            left=left, right=0.985, top=1 - 0.95 / height, bottom=0.62 / height, wspace=0.12
        )
        grid = figure.subplots(1, len(shown), sharex=True, sharey=True, squeeze=False)[0]
        for plot, (code, name) in zip(grid, shown.items(), strict=True):
            mine = rows.merge(changes[changes["region"] == code], on=list(keys), how="left")
            plot.axvline(0.0, color=style.QUIET, linewidth=0.8)
            for place, (mean, low, high) in enumerate(mine[["mean", "low", "high"]].to_numpy()):
                colour = style.FAINT if low <= 0 <= high else style.RISE if mean > 0 else style.FALL
                plot.plot([low, high], [place, place], color=colour, linewidth=4, alpha=0.45)
                plot.plot([mean], [place], "o", color=colour, markersize=4)
                plot.annotate(
                    style.signed(mean), (mean, place), (0, 5), textcoords="offset points",
                    ha="center", va="bottom", fontsize=7.5, color=style.QUIET,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
                )  # fmt: skip
            plot.set_title(name, pad=6)
            plot.grid(axis="x")
            plot.grid(axis="y", visible=False)
            plot.tick_params(axis="y", length=0)
        grid[0].set_yticks(range(len(rows)), labels, color=style.INK)
        grid[0].set_ylim(len(rows) - 0.4, -0.6)
    return figure


def _told(row: pd.Series, keys: Sequence[str]) -> str:
    """What a row is; of what it does not set, nothing."""
    return ", ".join(_label(k, row[k], keys) for k in keys if row[k] == row[k])


def _label(key: str, value: object, keys: Sequence[str]) -> str:
    """A value as a reader would say it; of the scenario without its name."""
    text = f"{value:.4g}" if isinstance(value, float) else str(value).replace("+", " + ")
    if key == "scenario" or len(keys) == 1:
        return text
    return f"{key.rpartition('.')[2].replace('_', ' ')} {text}"
