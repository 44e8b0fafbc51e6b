"""What came of a run as HTML: the table of the members and the sentence above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from sim.look import palette
from sim.page.answers import Cell
from sim.record.columns import shown
from sim.record.panel import Panel
from sim.record.words import signed


def table(found: Mapping[tuple[str, str], Cell], own: Sequence[Panel], compared: str) -> str:
    """A row a member, a column an indicator. compared: what the changes are against."""
    axes = own[0].axes
    months = min(panel.written for panel in own)
    heads = "".join(
        f"<th scope=col>{escape(column.words)}<br><small>{escape(column.change_unit)}</small></th>"
        for column in shown()
    )
    rows = ""
    for member in axes.members:
        cells = ""
        for column in shown():
            cell = found[member, column.name]
            cells += f"<td>{signed(cell.mean)}"
            if len(own) > 1:
                cells += f"<br><small>{signed(cell.low)} … {signed(cell.high)}</small>"
            cells += "</td>"
        name = axes.region_names[axes.region(member)]
        rows += f"<tr><th scope=row>{escape(name)}</th>{cells}</tr>"
    last = palette.month_text(own[0].months[months - 1])
    what = f"mean of the last {min(months, 12)} months to {last} against {compared}"
    if len(own) > 1:
        what += f"; mean of {len(own)} seeds, and where 5 % to 95 % of them lie"
    return (
        f"<div class=wide><table><caption>{escape(what)}</caption>"
        f"<thead><tr><th scope=col>Member</th>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def headline(found: Mapping[tuple[str, str], Cell], panel: Panel) -> str:
    """Who loses and who gains most of its output."""
    gdp = {member: found[member, "real_gdp"].mean for member in panel.axes.members}
    ends = (min(gdp, key=gdp.__getitem__), max(gdp, key=gdp.__getitem__))
    parts = [f"{signed(gdp[m])} % in {panel.axes.region_names[panel.axes.region(m)]}" for m in ends]
    return f"{panel.scenario}: real GDP {', '.join(parts)}"
