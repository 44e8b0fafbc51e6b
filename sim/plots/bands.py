"""An ensemble as a picture: how sure is the model of what changed, given its luck?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes as Plot
from matplotlib.figure import Figure

from sim.axes import Axes, Month
from sim.plots import style
from sim.record.columns import REGIONS
from sim.record.words import ENOUGH, counted, spread

if TYPE_CHECKING:
    import pandas as pd

ROWS = ("real_gdp", "real_consumption", "cpi")
COLUMNS = 5
NOTHING = 0.05


def write_bands(
    frames: Mapping[str, pd.DataFrame],
    axes: Axes,
    source: str,
    about: Mapping[str, Any],
    folder: Path,
) -> list[Path]:
    """Draw the figures of an ensemble into an existing folder.

    frames: 'changes' and 'trade_changes', see `sim.study.ensemble`. about: scenario, reference
    (None: the base month), seeds.
    """
    largest = _largest_member(frames["trade"], axes)
    return [
        style.save(member_bands(frames["changes"], axes, source, about), folder / "bands.png"),
        style.save(
            trade_bands(frames["trade"], frames["trade_changes"], axes, largest, source, about),
            folder / f"bands_trade_of_{largest}.png",
        ),
    ]


def member_bands(
    changes: pd.DataFrame, axes: Axes, source: str, about: Mapping[str, Any]
) -> Figure:
    """Output, consumption and prices of every member: median, 50 % and 90 % of the seeds."""
    members = list(axes.focus)[:COLUMNS]
    months = _months(changes)
    paths = dict(iter(changes.groupby(["variable", "region"], observed=True)))
    with style.look():
        message = _message(paths, axes, members, months, about)
        figure = style.sheet((11.5, 7.2), message, _subtitle(about), style.footer(source))
        figure.subplots_adjust(
            left=0.055, right=0.985, top=0.85, bottom=0.085, wspace=0.16, hspace=0.34
        )
        grid = figure.subplots(len(ROWS), len(members), sharey="row", squeeze=False)
        for row, variable in zip(grid, ROWS, strict=True):
            for plot, code in zip(row, members, strict=True):
                _band(plot, months, paths[variable, code])
                plot.set_title(f"{axes.region_names[axes.region(code)]}", pad=6)
            row[0].set_ylabel(style.named(REGIONS[variable]))
            _room(row)
    return figure


def trade_bands(
    levels: pd.DataFrame,
    changes: pd.DataFrame,
    axes: Axes,
    region: str,
    source: str,
    about: Mapping[str, Any],
) -> Figure:
    """Value of a region's imports from and exports to its main partners, with bands."""
    months = _months(changes)
    levels = levels[levels["variable"] == "value_musd"]
    changes = changes[changes["variable"] == "value_musd"]
    headings = {"destination": "Imports from", "origin": "Exports to"}
    name = axes.region_names[axes.region(region)]
    with style.look():
        title = f"{name}: trade with its main partners until {style.month_text(months[-1])}"
        figure = style.sheet((11.5, 5.4), title, _subtitle(about), style.footer(source))
        figure.subplots_adjust(
            left=0.055, right=0.985, top=0.80, bottom=0.11, wspace=0.20, hspace=0.40
        )
        grid = figure.subplots(2, COLUMNS, sharey="row", squeeze=False)
        largest = _partners(levels, region)
        for row, (here, heading) in zip(grid, headings.items(), strict=True):
            there = "origin" if here == "destination" else "destination"
            paths = changes[changes[here] == region]
            for plot, partner in zip(row, largest, strict=False):
                _band(plot, months, paths[paths[there] == partner])
                plot.set_title(style.name_of(axes, axes.region(partner), 20), pad=6)
            for plot in row[len(largest) :]:
                plot.set_axis_off()
            row[0].set_ylabel(f"{heading}, %")
            _room(row[: len(largest)])
    return figure


def _partners(levels: pd.DataFrame, region: str) -> list[str]:
    """The largest by exports and imports together, so that a column is one partner."""
    size: dict[str, float] = {}
    for here, there in (("destination", "origin"), ("origin", "destination")):
        means = levels[levels[here] == region].groupby(there, observed=True)["median"].mean()
        for partner, value in means.items():
            size[str(partner)] = size.get(str(partner), 0.0) + float(value)
    return sorted(size, key=lambda partner: -size[partner])[:COLUMNS]


def _band(plot: Plot, months: list[Month], path: pd.DataFrame) -> None:
    """Median and shaded bands of one path, from 0 in the base month."""
    dates = style.month_axis(plot, months)

    def line(quantile: str) -> np.ndarray:
        return np.append(0.0, path[quantile].to_numpy())

    plot.axhline(0, color=style.QUIET, lw=1)
    colour = style.COLOURS[0]
    plot.fill_between(dates, line("q05"), line("q95"), color=colour, alpha=0.18, lw=0)
    plot.fill_between(dates, line("q25"), line("q75"), color=colour, alpha=0.35, lw=0)
    if "network_q05" in path:
        for edge in ("network_q05", "network_q95"):
            plot.plot(dates, line(edge), color=style.COLOURS[1], lw=1.0, ls=(0, (1, 1.6)))
    plot.plot(dates, line("median"), color=colour, lw=1.6)
    plot.tick_params(axis="x", labelsize=8)


def _room(row: Any) -> None:
    """At least one per cent either way, so that a little looks little."""
    if len(row):
        low, high = row[0].get_ylim()
        row[0].set_ylim(min(low, -1.0), max(high, 1.0))


def _subtitle(about: Mapping[str, Any]) -> str:
    against = f"scenario {about['reference']}, seed by seed" if about["reference"] else "baseline"
    draws = about.get("draws", 0)
    told = counted(len(about["seeds"]), "seed")
    told = f"{counted(draws, 'draw')} of parameters x {told}" if draws else told
    luck = "; dotted: what the luck of the network alone would give" if draws else ""
    return (
        f"Scenario {about['scenario']} against {against}, {told}. "
        + _bands_told(len(about["seeds"]) * max(draws, 1))
        + luck
    )


def _bands_told(seeds: int) -> str:
    """What line and shades are; of few seeds the light one is nearly their range."""
    if seeds < 2:
        return "Line: the one seed"
    dark = "; dark: the middle half" if seeds >= 4 else ""
    light = "90 % of them" if seeds >= ENOUGH else "their range"
    return f"Line: median{dark}; light: {light}"


def _message(
    paths: Mapping[Any, pd.DataFrame], axes: Axes, members: list[str], months: list[Month],
    about: Mapping[str, Any],
) -> str:  # fmt: skip
    """The member whose output moved most, and how sure that is."""
    last = {code: paths["real_gdp", code].iloc[-1] for code in members}
    most = max(members, key=lambda code: abs(last[code]["median"]))
    low, mid, high = (last[most][q] for q in ("q05", "median", "q95"))
    if max(abs(low), abs(high)) < NOTHING:
        return f"Real GDP moves nowhere in any seed, {style.month_text(months[-1])}"
    seeds, draws = len(about["seeds"]), about.get("draws", 0)
    told = f", {spread(seeds, draws)} {style.signed(low)} to {style.signed(high)}"
    return (
        f"Real GDP of {axes.region_names[axes.region(most)]}, {style.month_text(months[-1])}: "
        f"{style.signed(mid)} %" + (told if seeds > 1 or draws > 1 else "")
    )


def _months(frame: pd.DataFrame) -> list[Month]:
    stamps = sorted(frame["month"].unique())
    return [Month.parse(stamp.strftime("%Y-%m")) for stamp in stamps]


def _largest_member(levels: pd.DataFrame, axes: Axes) -> str:
    value = levels[levels["variable"] == "value_musd"]
    total = {
        code: value.loc[(value["origin"] == code) | (value["destination"] == code), "median"].sum()
        for code in axes.focus
    }
    return max(total, key=lambda code: total[code])
