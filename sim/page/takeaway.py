"""Buttons that take a chart away: its numbers as CSV, its picture as PNG and SVG.

All three work in the reader's browser, so they are the same on the page and in the snapshot.
"""

from __future__ import annotations

from bokeh.layouts import column, row
from bokeh.models import Button, Column, ColumnDataSource, CustomJS, Row
from bokeh.plotting import figure as Figure

from sim.page.asked import Hubs, Waterfall
from sim.page.charts import Chart
from sim.page.world import World

_SAVE = """
function save(blob, name) {
  const a = document.createElement("a");
  a.href = URL.createObjectURL(blob);
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 1000);
}
"""
_CSV = (
    _SAVE
    + """
const data = source.data;
const length = data[columns[0]].length;
const lines = [columns.join(",")];
for (let i = 0; i < length; i++)
  lines.push(columns.map(c => {
    const v = data[c][i];
    if (c == "month") return new Date(v).toISOString().slice(0, 7);
    return typeof v == "number" ? (Number.isFinite(v) ? String(v) : "") : JSON.stringify(v);
  }).join(","));
save(new Blob(["\\ufeff" + lines.join("\\n") + "\\n"], {type: "text/csv"}), name + ".csv");
"""
)
_PICTURE = (
    _SAVE
    + """
const view = Bokeh.index.find_one_by_id ? Bokeh.index.find_one_by_id(plot.id)
  : Bokeh.index.find_one(plot);
view.export(kind).to_blob().then(blob => save(blob, name + "." + kind));
"""
)


def buttons(plot: Figure, source: ColumnDataSource, columns: list[str], name: str) -> Row:
    """CSV, PNG and SVG of a chart. columns: of the source, those that are written."""
    made = []
    for kind in ("csv", "png", "svg"):
        button = Button(label=kind.upper(), width=52, height=26, css_classes=["take"])
        button.name = f"{name}.{kind}"
        code = _CSV if kind == "csv" else _PICTURE
        given = {"source": source, "columns": columns} if kind == "csv" else {"plot": plot}
        button.js_on_click(CustomJS(args={**given, "name": name, "kind": kind}, code=code))
        made.append(button)
    return row(*made, sizing_mode="stretch_width")


def framed(chart: Chart) -> Column:
    """A chart over its buttons."""
    take = buttons(chart.figure, chart.source, chart.columns, chart.key)
    return column(chart.figure, take, sizing_mode="stretch_width")


def taken(chart: Hubs | Waterfall, name: str) -> Column:
    """A chart of what was asked over its buttons."""
    source = chart.table if isinstance(chart, Waterfall) else chart.source
    take = buttons(chart.figure, source, chart.columns, name)
    return column(chart.figure, take, sizing_mode="stretch_width")


def mapped(world: World) -> Column:
    """The map over its slider and its buttons."""
    take = buttons(world.figure, world.table, world.columns, "map")
    return column(world.figure, world.slider, take, sizing_mode="stretch_width")
