"""The frame of the page: its HTML, in which widgets and charts have their places."""

from __future__ import annotations

from typing import Any

import panel as pn
from bokeh.document import Document

STYLE = """
:root { --ink: #222; --quiet: #5f5f5f; --grid: #e0e0e0; --mark: #0072b2; }
* { box-sizing: border-box; }
html, body { height: auto; }
body { color: var(--ink); font: 15px/1.5 "DejaVu Sans", Verdana, "Segoe UI", Arial, sans-serif;
  background: #fff; }
header, main, footer { max-width: 1500px; margin: 0 auto; padding: 0 16px; }
h1 { font-size: 1.45rem; line-height: 1.25; margin: 1rem 0 .2rem; }
h2 { font-size: 1.1rem; margin: 1.4rem 0 .4rem; }
p { margin: .3rem 0; }
.lead, .note, footer { color: var(--quiet); font-size: .88rem; }
main { display: grid; grid-template-columns: minmax(0, 340px) minmax(0, 1fr); gap: 28px;
  margin-top: 1rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 430px), 1fr));
  gap: 18px; }
section { min-width: 0; }
details { margin: .8rem 0; }
summary { cursor: pointer; color: var(--mark); }
footer { border-top: 1px solid var(--grid); margin-top: 2rem; padding: .6rem 16px 2rem; }
main.one { display: block; }
@media (max-width: 900px) { main { grid-template-columns: minmax(0, 1fr); } }
"""
TABLE = """
h2 { font-family: "DejaVu Sans", Verdana, "Segoe UI", Arial, sans-serif; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px; }
caption { text-align: left; color: #5f5f5f; padding: 4px 0; }
caption span { display: block; max-width: 86vw; }
th, td { text-align: right; padding: 4px 14px 4px 0; border-bottom: 1px solid #e6e6e6;
  white-space: nowrap; vertical-align: bottom; }
thead th { color: #5f5f5f; font-weight: normal; }
th[scope=row] { text-align: left; font-weight: normal; position: sticky; left: 0;
  background: #fff; }
thead th:first-child { text-align: left; }
small { color: #5f5f5f; }
h2 { margin: .2rem 0; font-size: 1.15rem; }
p, ul { margin: .3rem 0; } ul { padding-left: 1.2rem; }
code, a { overflow-wrap: anywhere; }
.note { color: #5f5f5f; font-size: 13px; }
.trouble { border-left: 4px solid #b35806; background: #fdf3ea; padding: 8px 12px; }
"""
TEMPLATE = (
    """
{% extends base %}
{% block title %}eaeu-sim: what does each answer to sanctions cost and bring?{% endblock %}
{% block postamble %}
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
"""
    + STYLE
    + """</style>
{% endblock %}
{% block contents %}
{{ embed(roots.location) }}
<header>
<h1>What does each answer to sanctions cost and bring, to whom, month by month?</h1>
<p class="lead">A simulation of the Eurasian Economic Union and its partners. Not a forecast: read
differences between scenarios, not levels.</p>
</header>
<main>
<section aria-label="Choose">
<h2>Choose</h2>
{{ embed(roots.choose) }}
<h2>What this run is</h2>
{{ embed(roots.said) }}
<details open><summary>The same run elsewhere: command and link</summary>
{{ embed(roots.same) }}</details>
</section>
<section aria-label="Watch">
{{ embed(roots.headline) }}
{{ embed(roots.compare) }}
{{ embed(roots.table) }}
<div class="charts">
{% for name in charts %}<div>{{ embed(roots[name]) }}</div>{% endfor %}
</div>
<details><summary>Measures by date (the marks at the foot of every chart)</summary>
{{ embed(roots.dates) }}</details>
{{ embed(roots.ask) }}
</section>
</main>
<footer>Simulated by eaeu-sim; every number is the model's. What is chosen is in the address of this
page: keep it as a bookmark, pass it on as a link.</footer>
{% endblock %}
"""
)


class Frame(pn.Template):
    """The template, filled at once: Bokeh would look at every model anew for each of its places."""

    def _init_doc(self, doc: Document | None = None, *given: Any, **named: Any) -> Document:
        document = doc or pn.state.curdoc or Document()
        with document.models.freeze():
            return super()._init_doc(document, *given, **named)
