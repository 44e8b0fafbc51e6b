"""What came of a run as HTML: the table of the members and the sentence above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from sim.axes import Axes
from sim.look import palette
from sim.page.answers import Cell, Hub
from sim.page.worker import Why
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
        f"<div class=wide><table><caption><span>{escape(what)}</span></caption>"
        f"<thead><tr><th scope=col>Member</th>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def headline(found: Mapping[tuple[str, str], Cell], panel: Panel) -> str:
    """Who loses and who gains most of its output."""
    gdp = {member: found[member, "real_gdp"].mean for member in panel.axes.members}
    ends = (min(gdp, key=gdp.__getitem__), max(gdp, key=gdp.__getitem__))
    parts = [f"{signed(gdp[m])} % in {panel.axes.region_names[panel.axes.region(m)]}" for m in ends]
    return f"{panel.scenario}: real GDP {', '.join(parts)}"


def through(found: Sequence[Hub], panel: Panel, there: str) -> str:
    """A row a hub: what it sells on, of which goods, and what the customs see of it."""
    axes, months = panel.axes, min(panel.written, 12)
    name = axes.region_names[axes.region(there)]
    heads = "".join(
        f"<th scope=col>{words}<br><small>{unit}</small></th>"
        for words, unit in (
            ("sold on", "bn USD a year"),
            ("most of it", "share of what is sold on"),
            ("exports there", "bn USD a year"),
            ("its customs record", "bn USD a year"),
            ("entered", "% of what others sold to it"),
        )
    )
    rows = ""
    for hub in found:
        goods = ", ".join(f"{code} {share:.0%}" for code, share in hub.sectors[:3] if share >= 0.05)
        cells = (
            f"{hub.through:,.1f}", escape(goods), f"{hub.exports:,.1f}", f"{hub.recorded:,.1f}",
            f"{100 * hub.entered:.0f}",
        )  # fmt: skip
        rows += f"<tr><th scope=row>{escape(axes.region_names[axes.region(hub.region)])}</th>"
        rows += "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    return (
        f"<div class=wide><table><caption><span>Goods that others sell on to {escape(name)}; mean "
        f"of the last {months} months. Of what others sell to a hub a part never enters: its "
        "customs see less than theirs.</span></caption>"
        f"<thead><tr><th scope=col>Hub</th>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def why(found: Why, axes: Axes) -> str:
    """A row a step from the textbook to the run, a column a region, in points."""
    names = [axes.region_names[axes.region(code)] for code in found.regions]
    heads = "".join(f"<th scope=col>{escape(name)}</th>" for name in names)
    rows = ""
    for step, row in zip(found.places, found.rows, strict=True):
        cells = "".join(f"<td>{signed(value, 2)}</td>" for value in row)
        rows += f"<tr><th scope=row>{escape(step)}</th>{cells}</tr>"
    listed = "".join(
        f"<li><b>{escape(step)}</b>: {escape(text)}</li>"
        for step, text in zip(found.steps, found.meanings, strict=True)
    )
    return (
        "<div class=wide><table><caption><span>The static answer to the measures of "
        f"{found.month}, what each mechanism adds to it, and the run: %</span></caption>"
        f"<thead><tr><th scope=col>Step</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        f"<details><summary>What each step is</summary><ul>{listed}</ul></details>"
    )
