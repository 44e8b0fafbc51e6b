"""Which parameters move an answer: Morris's tornado, Sobol's shares of the variance."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes as Plot
from matplotlib.figure import Figure

from sim.plots import style

if TYPE_CHECKING:
    import pandas as pd

ACROSS = 3
LEFT, RIGHT = 2.6, 0.3
ALONE, WHOLE = style.COLOURS[0], style.COLOURS[5]


def write_sensitivity(
    found: pd.DataFrame,
    labels: Mapping[str, str],
    about: Mapping[str, Any],
    source: str,
    folder: Path,
) -> list[Path]:
    """Draw `tornado.png` or `sobol.png` into an existing folder."""
    name = "tornado" if about["method"] == "morris" else "sobol"
    return [style.save(effects(found, labels, about, style.footer(source)), folder / f"{name}.png")]


def effects(
    found: pd.DataFrame, labels: Mapping[str, str], about: Mapping[str, Any], source: str
) -> Figure:
    """A panel an output; parameters in one order, by their mean share of the largest effect.

    found: columns output, parameter and those of Morris (mu_star, mu_star_conf, sigma) or Sobol
    (s1, s1_conf, st, st_conf). labels: of the outputs, in the order of the panels.
    """
    morris = about["method"] == "morris"
    key = "mu_star" if morris else "st"
    share = found[key] / found.groupby("output")[key].transform("max").replace(0.0, 1.0)
    order = list(share.groupby(found["parameter"]).mean().sort_values(kind="stable").index)
    rows = -(-len(labels) // ACROSS)
    columns = min(ACROSS, len(labels))
    tall = 0.34 * len(order) + 1.15
    height, width = 1.35 + rows * tall, max(8.6, LEFT + RIGHT + columns * 3.2)
    seeds = "" if about["seeds"] == 1 else f" x {about['seeds']} seeds"
    told = (
        "Bar: mean change when a parameter crosses its range (mu*), with confidence interval; "
        "ring: sigma, how much it varies"
        if morris
        else "Share of the variance: dark, alone (S1); light, with interactions (ST); "
        "with confidence intervals"
    )
    with style.look():
        figure = style.sheet(
            (width, height), about["about"], f"{told}. {about['points']} points{seeds}", source
        )
        grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
        figure.subplots_adjust(
            left=LEFT / width, right=1 - RIGHT / width, top=1 - 1.15 / height, bottom=0.62 / height,
            wspace=0.12, hspace=1.0 / (tall - 1.0),
        )  # fmt: skip
        for plot, (output, label) in zip(grid.flat, labels.items(), strict=False):
            mine = found[found["output"] == output].set_index("parameter").loc[order]
            _tornado(plot, mine) if morris else _shares(plot, mine)
            plot.set_title("\n".join(wrap(label, 36)), fontsize=9.5, pad=5)
            plot.set_yticks(range(len(order)), [_short(p) for p in order], color=style.INK)
            plot.grid(axis="x", color=style.GRID)
            plot.grid(axis="y", visible=False)
        for plot in list(grid.flat)[len(labels) :]:
            plot.set_axis_off()
    return figure


def _tornado(plot: Plot, rows: pd.DataFrame) -> None:
    places = np.arange(len(rows))
    plot.barh(places, rows["mu_star"], height=0.6, color=ALONE, alpha=0.85)
    _whiskers(plot, places, rows["mu_star"], rows["mu_star_conf"])
    plot.plot(rows["sigma"], places, "o", mfc="white", mec=style.COLOURS[1], ms=5.5, mew=1.5)
    plot.set_xlim(0.0, _room(rows["mu_star"] + rows["mu_star_conf"], rows["sigma"]))


def _shares(plot: Plot, rows: pd.DataFrame) -> None:
    places = np.arange(len(rows))
    plot.barh(places + 0.19, rows["s1"], height=0.36, color=ALONE)
    plot.barh(places - 0.19, rows["st"], height=0.36, color=WHOLE)
    _whiskers(plot, places + 0.19, rows["s1"], rows["s1_conf"])
    _whiskers(plot, places - 0.19, rows["st"], rows["st_conf"])
    plot.axvline(0.0, color=style.QUIET, lw=0.8)
    low = min(float((rows[k] - rows[f"{k}_conf"]).min()) for k in ("s1", "st"))
    high = max(float((rows[k] + rows[f"{k}_conf"]).max()) for k in ("s1", "st"))
    plot.set_xlim(min(0.0, max(low, -0.5)), max(1.0, min(1.05 * high, 1.5)))


def _whiskers(plot: Plot, places: np.ndarray, value: pd.Series, half: pd.Series) -> None:
    plot.errorbar(value, places, xerr=half, fmt="none", ecolor=style.INK, elinewidth=1, capsize=2)


def _room(*columns: pd.Series) -> float:
    """A little more than the largest; an output that nothing moves has some room too."""
    return 1.06 * max(float(c.max()) for c in columns) or 1.0


def _short(parameter: str) -> str:
    """`behaviour.sigma_scale` without its room, for the eye."""
    return parameter.rpartition(".")[2].replace("_", " ")
