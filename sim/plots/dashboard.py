"""The union at a glance: who gained, who lost, in output, consumption, prices and trade."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes as Plot
from matplotlib.figure import Figure

from sim.plots import style
from sim.record.columns import REGIONS, ratio
from sim.record.panel import Panel

NOTHING = 0.05
"""Per cent; a path that stays inside prints as 0.0 throughout."""


def union_dashboard(panel: Panel) -> Figure:
    """Four series of every member, in per cent of the base month."""
    trade = [sum(part("regions", f"{way}_musd") for way in ("exports", "imports"))
             for part in (panel.values, panel.base)]  # fmt: skip
    series = {
        style.named(REGIONS[name]): panel.relative("regions", name)
        for name in ("real_gdp", "real_consumption", "cpi")
    }
    series["Foreign trade in USD, exports + imports, %"] = ratio(*map(np.asarray, trade))
    members = _members(panel)
    change = {name: 100.0 * (path[:, members] - 1.0) for name, path in series.items()}
    subtitle = f"Scenario {panel.scenario}. Change against the baseline, %"
    with style.look():
        figure = style.sheet(
            (11.5, 7.2), _message(panel, members, change), subtitle, style.footer(panel.source)
        )
        figure.subplots_adjust(
            left=0.06, right=0.865, top=0.86, bottom=0.085, wspace=0.42, hspace=0.30
        )
        for plot, (name, values) in zip(figure.subplots(2, 2).flat, change.items(), strict=True):
            plot.set_title(name, pad=8)
            _lines(plot, panel, members, values)
    return figure


def regional(panel: Panel, name: str) -> Figure:
    """Any column of `regions` of every member, as it changed against the base month.

    KeyError if there is no such column.
    """
    column, members = REGIONS[name], _members(panel)
    change = column.changed(panel.values("regions", name), panel.base("regions", name))[:, members]
    last = change[-1]
    low, high = (
        f"{style.signed(last[k])} in {style.name_of(panel.axes, members[k], 24)}"
        for k in (int(last.argmin()), int(last.argmax()))
    )
    words = column.words[0].upper() + column.words[1:]
    title = f"{words}, {style.month_text(panel.months[-1])}: from {low} to {high}"
    told = f"Scenario {panel.scenario}. Change against the baseline, {column.change_unit}"
    with style.look():
        figure = style.sheet((8.2, 4.8), title, told, style.footer(panel.source))
        figure.subplots_adjust(left=0.08, right=0.80, top=0.80, bottom=0.12)
        _lines(figure.subplots(), panel, members, change)
    return figure


def _members(panel: Panel) -> list[int]:
    """Positions of those that have a colour."""
    return [panel.axes.region(code) for code in panel.axes.focus[: len(style.COLOURS)]]


def _lines(plot: Plot, panel: Panel, members: list[int], values: np.ndarray) -> None:
    """Lines of the members, `values[months, members]` [%], from 0 in the base month."""
    dates = style.month_axis(plot, panel.months)
    values = np.vstack([np.zeros(len(members)), values])
    plot.axhline(0, color=style.QUIET, lw=1)
    labels = []
    for k, r in enumerate(members):
        colour = style.COLOURS[k % len(style.COLOURS)]
        plot.plot(dates, np.where(np.isfinite(values[:, k]), values[:, k], np.nan), color=colour)
        text = f"{style.name_of(panel.axes, r)} {style.signed(values[-1, k])}"
        labels.append(style.Label(values[-1, k], text, colour))
    finite = values[np.isfinite(values)]
    low, high = min(float(finite.min()), -0.8), max(float(finite.max()), 0.8)
    pad = 0.06 * (high - low)
    plot.set_ylim(low - pad, high + pad)
    if np.abs(finite).max() < NOTHING:
        labels = [style.Label(0.0, "all 0.0", style.INK)]
    style.label_ends(plot, labels)


def _message(panel: Panel, members: list[int], change: dict[str, np.ndarray]) -> str:
    when = style.month_text(panel.months[-1])
    if all(np.abs(values).max() < NOTHING for values in change.values()):
        return f"Nothing moves: every {_who(panel)} stays at its baseline until {when}"
    gdp = change[style.named(REGIONS["real_gdp"])][-1]
    low, high = int(gdp.argmin()), int(gdp.argmax())

    def of(k: int) -> str:
        return f"{style.signed(gdp[k])} % in {style.name_of(panel.axes, members[k], 24)}"

    if style.signed(gdp[low]) == style.signed(gdp[high]):
        return f"Real GDP of every {_who(panel)}, {when}: {style.signed(gdp[low])} %"
    return f"Real GDP of the {_who(panel)}s, {when}: from {of(low)} to {of(high)}"


def _who(panel: Panel) -> str:
    return "member" if panel.axes.members else "region"
