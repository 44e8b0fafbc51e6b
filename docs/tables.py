"""Write the pages about tables from the tables: `python docs/tables.py`.

The part of `your_own_union.md` that lists files and columns comes from `sim.baseline.form`; the
page `data.md`, what the shipped tables hold, where they are from and what balancing did to them,
from the folders themselves.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np

from sim.baseline.balance import Baseline, load_baseline
from sim.baseline.form import FORM, READ_BY_OTHERS, as_markdown
from sim.baseline.tables import Tables, read_tables, shipped

HERE = Path(__file__).parent
BEGIN, END = "<!-- form: python docs/tables.py -->", "<!-- end of the form -->"
MOST_MOVED = 12


def your_own_union(text: str) -> str:
    """The page with the part between `BEGIN` and `END` written anew."""
    before, after = text.split(BEGIN)[0], text.split(END)[-1]
    return f"{before}{BEGIN}\n\n{as_markdown()}\n{END}{after}"


def data() -> str:
    """The page about the shipped tables."""
    folder = shipped("eaeu")
    tables, baseline = read_tables(folder), load_baseline(folder)
    parts = [
        "# The data",
        "Made by `python docs/tables.py` from "
        "`sim/baseline/data/eaeu`, the base year 2021 of the union "
        "and its twelve main partners. "
        "[Your own union](your_own_union.md) says what each column means.",
        "## The tables",
        _files(folder),
        "## How good they are",
        _quality(tables),
        "## What balancing moved",
        _moved(baseline),
        "## Sources",
        _sources(folder),
        "## Licence",
        "The code is under the MIT licence. The tables are aggregates computed from official "
        "statistics and published databases, named above; they are not relicensed. Whoever passes "
        "the tables on should cite the agencies, and follow their terms for the original data.",
    ]
    return "\n\n".join(parts) + "\n"


def _files(folder: Path) -> str:
    lines = ["| file | rows | what it says of itself |", "|---|---|---|"]
    for name in (*FORM, *READ_BY_OTHERS):
        path = folder / name
        if path.is_file():
            text = path.read_text(encoding="utf-8").splitlines()
            notes = " ".join(line.lstrip("# ").strip() for line in text if line.startswith("#"))
            rows = sum(1 for line in text if line.strip() and not line.startswith("#")) - 1
            lines.append(f"| `{name}` | {rows:,} | {notes.replace('|', '/')} |")
    return "\n".join(lines)


def _quality(tables: Tables) -> str:
    meaning = {
        "A": "reported structure and totals",
        "B": "national product data of 2021",
        "C": "observed total, older structure",
        "D": "interpolated, proxy or assumption; gives way between non-members where it must",
    }
    lines = [
        "Every flow between regions carries a letter.",
        "",
        "| quality | meaning | flows | share of all trade | of members' trade |",
        "|---|---|---|---|---|",
    ]
    member = tables.axes.is_member
    of_members = tables.trade * (member[:, None] | member)[:, :, None]
    for letter, what in meaning.items():
        cells = tables.quality == letter
        shares = (t[cells].sum() / t.sum() for t in (tables.trade, of_members))
        both = " | ".join(f"{100 * share:.1f} %" for share in shares)
        lines.append(f"| {letter} | {what} | {int(cells.sum()):,} | {both} |")
    return "\n".join(lines)


def _moved(baseline: Baseline) -> str:
    notes = "\n".join(f"- {note[0].upper()}{note[1:]}." for note in baseline.notes())
    rows = baseline.adjustments.assign(moved=lambda frame: 12 * (frame["after"] - frame["before"]))
    largest = rows.iloc[np.argsort(-rows["moved"].abs().to_numpy(), kind="stable")[:MOST_MOVED]]
    lines = [
        notes,
        "",
        f"The {MOST_MOVED} largest changes, million USD a year:",
        "",
        "| table | region | sector | user | published | balanced | why |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in largest.itertuples():
        lines.append(
            f"| {row.table} | {row.region} | {row.sector} | {row.user} | {12 * row.before:,.1f} | "
            f"{12 * row.after:,.1f} | {row.reason} |"
        )
    return "\n".join(lines)


def _sources(folder: Path) -> str:
    """SOURCES.md, its headings two storeys lower."""
    text = (folder / "SOURCES.md").read_text(encoding="utf-8")
    return re.sub(r"^#", "###", text, flags=re.M).strip()


def pages() -> dict[Path, str]:
    """Path -> what should stand there."""
    union = HERE / "your_own_union.md"
    return {
        union: your_own_union(union.read_text(encoding="utf-8")),
        HERE / "data.md": data(),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    sys.exit()
