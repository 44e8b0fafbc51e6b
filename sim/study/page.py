"""A page of HTML that needs nothing else: its frame, tables and pictures."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

MOST_ROWS = 60
"""Longer tables are cut, and it is said where the rest is."""
CAPTIONS = {
    "bands": "Members: median, 50 % and 90 % of the seeds",
    "bands_trade_of": "Trade with the main partners, with bands",
    "compared": "Real consumption of the members",
    "trade_of": "Trade with the main partners",
    "union_dashboard": "The members",
    "flow_map": "Trade flows",
    "claims": "Every answer with its spread over seeds",
    "tornado": "Which parameters move the answer (Morris)",
    "sobol": "Which parameters explain the variance (Sobol)",
    "frontier": "The frontier",
    "calibration": "How close the calibration came",
}
PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root { --ink: #222; --quiet: #6b6b6b; --faint: #c9c9c9; --grid: #e6e6e6; --mark: #0072b2; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.2rem 1.6rem 4rem; max-width: 62rem; color: var(--ink);
  font: 15px/1.5 "DejaVu Sans", Verdana, "Segoe UI", Helvetica, Arial, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .2rem; }
h2 { font-size: 1.15rem; margin: 2.4rem 0 .5rem; padding-top: .5rem;
  border-top: 2px solid var(--mark); }
h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
.lead, .note, figcaption, footer { color: var(--quiet); }
.note, figcaption, footer { font-size: .85rem; }
figure { margin: 1.2rem 0; break-inside: avoid; }
img { max-width: 100%; height: auto; display: block; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .82rem; font-variant-numeric: tabular-nums;
  margin: .5rem 0; }
th, td { padding: .22rem .7rem .22rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--grid); overflow-wrap: anywhere; }
thead th { border-bottom: 1px solid var(--quiet); color: var(--quiet); font-weight: normal;
  vertical-align: bottom; overflow-wrap: normal; }
td.n, th.n { text-align: right; white-space: nowrap; }
pre { font: .78rem/1.4 "DejaVu Sans Mono", Consolas, monospace; background: #f6f6f6;
  padding: .8rem 1rem; overflow-x: auto; white-space: pre-wrap; }
summary { cursor: pointer; color: var(--mark); }
footer { margin-top: 3rem; border-top: 1px solid var(--faint); padding-top: .6rem; }
@page { size: A4; margin: 16mm 15mm; }
@media print {
  body { max-width: none; padding: 0; font-size: 9.5pt; }
  h2, h3 { break-after: avoid; }
  tr, figure { break-inside: avoid; }
  thead { display: table-header-group; }
  .wide { overflow: visible; }
  td.n, th.n, th, td { padding-right: .4rem; }
  pre { font-size: 7pt; border: 1px solid var(--grid); background: none; }
  summary { list-style: none; color: var(--quiet); }
  summary::-webkit-details-marker { display: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
</style>
</head>
<body>
<h1>$title</h1>
<p class="lead">$lead</p>
$body
<footer>$foot</footer>
<script>
addEventListener("beforeprint", () => document.querySelectorAll("details")
  .forEach(d => { d.open = true; }));
</script>
</body>
</html>
""")


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    labels: int = 1,
    where: str = "",
    numbers: Sequence[bool] | None = None,
) -> str:
    """An HTML table; the first `labels` columns are text, the others right-aligned numbers."""
    kind = list(numbers or [k >= labels for k in range(len(head))])
    every = list(rows)

    def line(cells: Sequence[str], tag: str) -> str:
        marked: Callable[[bool], str] = lambda number: " class=n" if number else ""  # noqa: E731
        return "".join(
            f"<{tag}{marked(number)}>{escape(str(cell))}</{tag}>"
            for cell, number in zip(cells, kind, strict=True)
        )

    top = f"<thead><tr>{line(head, 'th')}</tr></thead>" if any(head) else ""
    body = "".join(f"<tr>{line(row, 'td')}</tr>" for row in every[:MOST_ROWS])
    more = len(every) - MOST_ROWS
    note = f"<p class=note>{more} more rows in {escape(where or 'the folder')}.</p>"
    return f"<div class=wide><table>{top}<tbody>{body}</tbody></table></div>" + (
        note if more > 0 else ""
    )


def pictures(folder: Path, below: str = "figures") -> list[str]:
    """Every PNG as a figure with its picture inside the page."""
    out = []
    for path in sorted((folder / below).glob("*.png")):
        key = max((k for k in CAPTIONS if path.stem.startswith(k)), key=len, default=None)
        about = CAPTIONS[key] if key else words(path.stem)
        data = base64.b64encode(path.read_bytes()).decode("ascii")
        out.append(
            f'<figure><img alt="{escape(about)}" src="data:image/png;base64,{data}">'
            f"<figcaption>{escape(about)}</figcaption></figure>"
        )
    return out


def cell(value: object) -> str:
    """A value as the text of a table; a missing number is left empty."""
    if isinstance(value, float):
        return "" if value != value else f"{value:.4g}"
    return str(value)


def words(name: str) -> str:
    """A column's name for the eye, its unit said elsewhere."""
    return str(name).replace("_musd", "").replace("_", " ")


def page(title: str, lead: str, body: Sequence[str], about: Mapping[str, Any]) -> str:
    """The whole page. lead and body: HTML. about: what a manifest or study.json says of itself."""
    told = [f"eaeu-sim {about['model']}" if about.get("model") else "eaeu-sim"]
    told += [f"finished {about['finished']}"] if about.get("finished") else []
    told.append("all numbers are simulated; read differences between scenarios, not levels")
    return PAGE.substitute(
        title=escape(title), lead=lead, body="\n".join(body), foot=escape("; ".join(told))
    )
