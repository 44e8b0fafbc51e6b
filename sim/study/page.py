"""A page of HTML that needs nothing else: its frame, tables and pictures."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from sim.record.words import MINUS

MOST_ROWS = 60
"""Longer tables are cut, and it is said where the rest is."""
CAPTIONS = {
    "bands": "Members: median, 50 % and 90 % of the runs",
    "bands_trade_of": "Trade with the main partners, with bands",
    "compared": "Real consumption of the members",
    "trade_of": "Trade with the main partners",
    "union_dashboard": "The members",
    "flow_map": "Trade flows, every pair",
    "trade_map": "Trade flows on the map",
    "textbook": "From the textbook's answer to the agent model's, a mechanism at a time",
    "claims": "Every answer with its spread over seeds",
    "tornado": "Which parameters move the answer (Morris)",
    "tornado_of_draws": "Which parameters move the members' answers (draws)",
    "sobol": "Which parameters explain the variance (Sobol)",
    "frontier": "The frontier",
    "calibrated": "What the draws were held against, what was left open, what moved",
    "calibration": "How close the calibration came",
}
PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
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
table { border-collapse: collapse; font-size: .82rem; font-variant-numeric: tabular-nums;
  margin: .5rem 0; max-width: 100%; }
th, td { padding: .22rem .7rem .22rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--grid); }
thead th { border-bottom: 1px solid var(--quiet); color: var(--quiet); font-weight: normal;
  vertical-align: bottom; }
td.n, th.n { text-align: right; }
td.t { overflow-wrap: anywhere; }
p, li, h1, h2, h3, figcaption { overflow-wrap: break-word; }
pre { font: .78rem/1.4 "DejaVu Sans Mono", Consolas, monospace; background: #f6f6f6;
  padding: .8rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; }
summary { cursor: pointer; color: var(--mark); }
footer { margin-top: 3rem; border-top: 1px solid var(--faint); padding-top: .6rem; }
$stacked
@media screen and (max-width: 560px) { body { padding: 1.2rem .7rem 2rem; }
  table { font-size: .74rem; } th, td { padding-right: .35rem; } }
@page { size: A4; margin: 15mm 14mm; }
@media print {
  body { max-width: none; padding: 0; font-size: 9pt; }
  h1 { font-size: 15pt; } h2 { margin-top: 1.2rem; } figure { margin: .7rem 0; }
  h2, h3 { break-after: avoid; }
  tr, figure { break-inside: avoid; }
  thead { display: table-header-group; }
  th, td { padding: .12rem .4rem .12rem 0; }
  table.l, table.xl { font-size: 6.6pt; }
  pre { font-size: 7pt; border: 1px solid var(--grid); background: none; }
  summary { list-style: none; color: var(--quiet); }
  summary::-webkit-details-marker { display: none; }
}
</style>
</head>
<body>
<h1>$title</h1>
<p class="lead">$lead</p>
$body
<footer>$foot</footer>
</body>
</html>
""")


STACKED = {"m": 720, "l": 1040, "xl": 100_000}
"""Width of the screen, px, below which the rows of a table become blocks, by how wide it is."""


def _stacked() -> str:
    return "\n".join(
        f"""@media screen and (max-width: {width}px) {{
  table.{kind}, table.{kind} tbody {{ display: block; width: 100%; }}
  table.{kind} thead {{ display: none; }}
  table.{kind} tr {{ display: block; padding: .4rem 0; border-bottom: 1px solid var(--faint); }}
  table.{kind} td {{ display: flex; gap: .8rem; justify-content: space-between; text-align: right;
    border: 0; padding: .05rem 0; }}
  table.{kind} td::before {{ content: attr(data-of); color: var(--quiet); text-align: left;
    flex: 0 0 46%; }}
  table.{kind} td:first-child {{ font-weight: bold; }}
}}"""
        for kind, width in STACKED.items()
    )


def _kind(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[bool]) -> str:
    """How wide a table has to be: '' fits a phone, else a key of STACKED.

    A column of numbers is as wide as its longest, one of text as its longest word.
    """
    width = 0.0
    for k, number in enumerate(numbers):
        longest = max((len(row[k]) for row in rows), default=0)
        words = (len(w) for text in (head[k], *(row[k] for row in rows)) for w in text.split())
        word = min(max(words, default=0), LONG_WORD)
        width += 11 + 7.4 * (max(longest, word) if number else max(word, min(longest, 16)))
    return "" if width <= 350 else "m" if width <= 660 else "l" if width <= 1100 else "xl"


LONG_WORD = 24
"""Longer ones, hashes and paths, may be broken anywhere; names never are."""


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
        out = []
        for name, text, number in zip(head, map(str, cells), kind, strict=True):
            long = any(len(word) > LONG_WORD for word in text.split())
            marks = " ".join(m for m, so in (("n", number), ("t", long)) if so)
            of = f' data-of="{escape(name)}"' if tag == "td" and name else ""
            out.append(f"<{tag}{of}{f' class={chr(34)}{marks}{chr(34)}' if marks else ''}>"
                       f"{escape(text)}</{tag}>")  # fmt: skip
        return "".join(out)

    top = f"<thead><tr>{line(head, 'th')}</tr></thead>" if any(head) else ""
    shown = [list(map(str, row)) for row in every[:MOST_ROWS]]
    body = "".join(f"<tr>{line(row, 'td')}</tr>" for row in shown)
    width = _kind(head, shown, kind)
    more = len(every) - MOST_ROWS
    note = f"<p class=note>{more} more rows in {escape(where or 'the folder')}.</p>"
    chosen = f" class={width}" if width else ""
    return f"<table{chosen}>{top}<tbody>{body}</tbody></table>{note if more > 0 else ''}"


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
        return "" if value != value else f"{value:.4g}".replace("-", MINUS)
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
        stacked=_stacked(),
        title=escape(title),
        lead=lead,
        body="\n".join(body),
        foot=escape("; ".join(told)),
    )
