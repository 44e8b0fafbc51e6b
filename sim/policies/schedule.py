"""Tables of dated rates instead of a measure for each line of a treaty (`trade.tariff_schedule`).

A table is a CSV file with the columns of COLUMNS, or its rows as text: what a run keeps of it are
the rows, so that results need no file that may have changed since.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from sim.axes import parse_date
from sim.errors import InputError, brief, shown, unknown

COLUMNS = ("importer", "exporter", "sector", "rate", "date")
LOW, HIGH = -1.0, 10.0
MOST_TOLD = 10


@dataclass(frozen=True)
class Row:
    """From a date on, what is added to the tariff of some flows."""

    importer: str
    exporter: str
    sector: str
    rate: float
    since: date

    def __str__(self) -> str:
        return f"{self.importer},{self.exporter},{self.sector},{self.rate!r},{self.since}"


def canonical(value: object, where: str) -> tuple[str, ...]:
    """The rows of a table, each `importer,exporter,sector,rate,date`, from a file or from rows."""
    if isinstance(value, str):
        return tuple(map(str, read(Path(value).expanduser())))
    if not isinstance(value, list | tuple) or not value:
        raise InputError(f"{where} = {shown(value)} is neither a file nor a list of its rows")
    return tuple(map(str, _checked(COLUMNS, [str(row).split(",") for row in value], where)))


@lru_cache(maxsize=8)
def parsed(rows: tuple[str, ...]) -> tuple[Row, ...]:
    """The rows that `canonical` wrote as text."""
    return tuple(_checked(COLUMNS, [row.split(",") for row in rows], "table"))


def read(path: Path) -> list[Row]:
    """The rows of a file; InputError with its lines for the first ten things wrong."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise InputError(f"table '{brief(path)}' cannot be read: {told}") from None
    lines = list(enumerate(csv.reader(text.splitlines()), 1))
    lines = [(n, [c.strip() for c in cells]) for n, cells in lines]
    lines = [(n, cells) for n, cells in lines if any(cells) and not cells[0].startswith("#")]
    if len(lines) < 2:
        raise InputError(f"{path.name} has no rows; it needs the columns {', '.join(COLUMNS)}")
    names = lines[0][1]
    for name in names:
        if name not in COLUMNS:
            raise unknown(f"column of {path.name}", name, COLUMNS)
    for name in COLUMNS:
        if names.count(name) != 1:
            raise InputError(f"{path.name}: the column '{name}' is not there once")
    numbers = [n for n, _ in lines[1:]]
    return _checked(names, [cells for _, cells in lines[1:]], path.name, numbers)


def _checked(
    names: Sequence[str], rows: Sequence[list[str]], where: str, lines: Sequence[int] = ()
) -> list[Row]:
    """All rows, or an InputError with what is wrong in the first ten that are."""
    out, wrong = [], []
    seen: dict[tuple[object, ...], int] = {}
    for k, cells in enumerate(rows):
        line = lines[k] if lines else k + 1
        try:
            row = _row(names, cells)
            key = (row.importer, row.exporter, row.sector, row.since)
            if key in seen:
                raise InputError(f"the same flow and date as line {seen[key]}")
            seen[key] = line
            out.append(row)
        except InputError as error:
            wrong.append(f"{where}, line {line}: {error}")
    if wrong:
        more = f"; and {len(wrong) - MOST_TOLD} more" if len(wrong) > MOST_TOLD else ""
        raise InputError("; ".join(wrong[:MOST_TOLD]) + more)
    return out


def _row(names: Sequence[str], cells: Sequence[str]) -> Row:
    if len(cells) != len(names):
        raise InputError(f"{len(cells)} cells, and there are {len(names)} columns")
    text = {name: cell.strip() for name, cell in zip(names, cells, strict=True)}
    for name in COLUMNS:
        if not text[name]:
            raise InputError(f"{name} is empty")
    try:
        rate = float(text["rate"])
    except ValueError:
        percent = "; write a share, 0.05 for 5 %" if "%" in text["rate"] else ""
        raise InputError(f"rate '{brief(text['rate'])}' is not a number{percent}") from None
    if not LOW <= rate <= HIGH:
        raise InputError(f"rate = {rate:g} is outside [{LOW:g}, {HIGH:g}] (share of the value)")
    since = parse_date(text["date"], "date")
    return Row(text["importer"], text["exporter"], text["sector"], rate, since)
