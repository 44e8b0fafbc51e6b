"""One CSV file whose every complaint names the file, the line, the value and a remedy.

The csv module reads, not pandas: pandas loses the line numbers of commented files and takes
'n/a', a decimal comma or a missing cell for something else without a word. All that is wrong
with a file is found before it is said: a checking method notes a fault and goes on, `settle`
raises what was noted.
"""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sim.baseline.form import File
from sim.errors import InputError, nearest

MOST_TOLD = 10
LONGEST_MESSAGE = 1300
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
EXCEL_ERRORS = ("#REF!", "#N/A", "#NAME?", "#DIV/0!", "#VALUE!", "#NULL!", "#NUM!", "#SPILL!")
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
WITH_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?", re.ASCII)
MAYBE_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
NOT_FINITE = {"nan", "inf", "+inf", "-inf", "infinity", "-infinity"}


class Fault(NamedTuple):
    """Something wrong in a file. line: from 1; 0 where it is the file as a whole."""

    path: Path
    line: int
    problem: str
    remedy: str


class TableError(InputError):
    """One or more faults of tables; the first ten are told, in one line."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(_told(faults))
        self.faults = tuple(faults)


def _told(faults: Sequence[Fault]) -> str:
    """One sentence a fault; a remedy that several in a row share is given once."""
    if len(faults) == 1:
        path, line, problem, remedy = faults[0]
        return f"{path}{f' line {line}' if line else ''}: {problem}; {remedy}"
    paths = {fault.path for fault in faults}
    alone = len(paths) == 1
    text = f"{faults[0].path if alone else faults[0].path.parent}: {len(faults)} faults"
    told = 0
    for (path, remedy), group in groupby(faults[:MOST_TOLD], key=lambda f: (f.path, f.remedy)):
        part: list[str] = []
        for fault in group:
            where = f"line {fault.line}: " if fault.line else ""
            addition = where + fault.problem
            if (
                len(text) + sum(len(words) for words in part) + len(addition) + len(remedy)
                > LONGEST_MESSAGE
            ):
                break
            part.append(addition)
        if not part:
            break
        told += len(part)
        text += f"; {'' if alone else f'{path.name} '}{', '.join(part)}; {remedy}"
    rest = len(faults) - told
    return text + (f"; and {rest} more" if rest else "")


@dataclass(frozen=True)
class Sheet:
    """The rows of one file as text, with the line each one came from.

    columns: header -> cells, in file order. lines: line number of each row in the file,
    counting comments and blanks. header_line: of the header. separator: between cells.
    faults: what is wrong so far. unread: columns that nobody looks at.
    """

    path: Path
    columns: dict[str, list[str]]
    lines: list[int]
    header_line: int = 1
    separator: str = ","
    faults: list[Fault] = field(default_factory=list)
    unread: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path, form: File) -> Sheet:
        """Read a file with '#' comments; TableError unless it can be a table of that form."""
        kept = _data_lines(path)
        if not kept:
            raise _whole(path, "it is empty", "add a header and rows, or remove the file")
        number, text = kept[0]
        separator = _separator(text, form)
        header = [_clean(cell) for cell in _cells(text, separator) or [text]]
        faults: list[Fault] = []
        rows, lines = [], []
        for line, text in kept[1:]:
            row = _cells(text, separator)
            if row is None:
                problem = "a double quote is not closed on this line"
                remedy = "close it; a cell cannot run over several lines"
                if len(text) > csv.field_size_limit():
                    problem, remedy = f"a cell is longer than {csv.field_size_limit():,}", "cut it"
                faults.append(Fault(path, line, problem, remedy))
                continue
            row = [_clean(cell) for cell in row]
            while len(row) > len(header) and not row[-1]:
                row.pop()
            if len(row) != len(header):
                found = shortened(separator.join(row))
                problem = f"{len(row)} cells ({found}) where the header has {len(header)}"
                remedy = "write decimals with a dot and put text with commas in double quotes"
                faults.append(Fault(path, line, problem, remedy))
                continue
            rows.append(row)
            lines.append(line)
        while header and not header[-1] and not any(row[-1] for row in rows):
            header.pop()  # a spreadsheet's empty columns on the right
            rows = [row[:-1] for row in rows]
        faults[:0] = _wrong_header(path, number, header, form, separator)
        if faults:
            raise TableError(faults)
        if not rows and not form.may_be_empty:
            raise _whole(path, "no rows below the header", "add rows or remove the file")
        named = dict(zip(header, map(list, zip(*rows, strict=True)), strict=True)) if rows else {}
        columns = {name: named.get(name, []) for name in header}
        known = {c.name for c in form.columns} | set(form.documents)
        unread = tuple(name for name in header if name not in known)
        return cls(path, columns, lines, number, separator, [], unread)

    def __len__(self) -> int:
        return len(self.lines)

    def __contains__(self, column: str) -> bool:
        return column in self.columns

    def fault(self, row: int, problem: str, remedy: str) -> None:
        """Note what is wrong with a row: where, what, and what to do."""
        self.faults.append(Fault(self.path, self.lines[row], problem, remedy))

    def settle(self) -> None:
        """Raise a TableError with all faults noted so far, if any."""
        if self.faults:
            raise TableError(sorted(self.faults, key=lambda f: f.line))

    def numbers(
        self, column: str, low: float = -math.inf, high: float = math.inf, remedy: str = ""
    ) -> np.ndarray:
        """`float64[n]`: a column of finite numbers within [low, high]; else a fault and NaN."""
        out = np.full(len(self), np.nan)
        cells = self.columns[column]
        comma = self._decimal_comma(column)
        for row, cell in enumerate(cells):
            text = cell.replace(",", ".") if comma and WITH_COMMA.fullmatch(cell) else cell
            if not NUMBER.fullmatch(text):
                self._not_a_number(row, column, cell)
                continue
            value = float(text)
            if not math.isfinite(value):
                self._not_a_number(row, column, cell)
            elif not low <= value <= high:
                problem = f"{column} {shortened(cell)} is outside [{low:g}, {high:g}]"
                self.fault(
                    row, problem, remedy or "check the sign and the unit given in the header"
                )
            else:
                out[row] = value
        return out

    def _not_a_number(self, row: int, column: str, cell: str) -> None:
        if not cell:
            problem, remedy = f"{column} is empty", "write a number with a dot as decimal mark"
        elif cell.lower() in NOT_FINITE or NUMBER.fullmatch(cell):
            problem = f"{column} '{shortened(cell)}' is not a finite number"
            remedy = "write a value, or leave the row out where the table may have gaps"
        else:
            problem = f"{column} '{shortened(cell)}' is not a number"
            remedy = "write a number with a dot as decimal mark and no thousands separator"
        self.fault(row, problem, remedy)

    def _decimal_comma(self, column: str) -> bool:
        """Whether commas of a column are decimal: where they cannot separate columns or thousands.

        Spreadsheets of most of Europe and of Russia write semicolons and decimal commas.
        """
        cells = self.columns[column]
        with_comma = [cell for cell in cells if "," in cell]
        if self.separator == "," or not with_comma:
            return False
        plain = not any("." in cell for cell in cells)
        return plain and not all(MAYBE_THOUSANDS.fullmatch(cell) for cell in with_comma)

    def codes(self, column: str, known: Sequence[str], kind: str) -> np.ndarray:
        """`int64[n]`: positions of a column of codes in `known`; else a fault and -1."""
        position = {code: i for i, code in enumerate(known)}
        out = np.full(len(self), -1, dtype=np.int64)
        declared = f" or add the {kind} to {kind}s.csv" if kind in ("region", "sector") else ""
        for row, cell in enumerate(self.columns[column]):
            if cell in position:
                out[row] = position[cell]
            else:
                self.fault(row, _unknown(kind, cell, known), f"correct {column}{declared}")
        return out

    def flags(self, column: str) -> np.ndarray:
        """`bool[n]`: a column of 0 and 1."""
        cells = self.columns[column]
        for row, cell in enumerate(cells):
            if cell not in ("0", "1"):
                self.fault(row, f"{column} '{shortened(cell)}' is neither 0 nor 1", "write 0 or 1")
        return np.array([cell == "1" for cell in cells], dtype=bool)

    def require_unique(self, *keys: str) -> None:
        """A fault naming both lines where two rows have the same key."""
        seen: dict[tuple[str, ...], int] = {}
        for row, key in enumerate(zip(*(self.columns[k] for k in keys), strict=True)):
            if key in seen:
                what = f"{', '.join(keys)} ({', '.join(map(shortened, key))})"
                problem = f"same {what} as line {self.lines[seen[key]]}"
                self.fault(row, problem, "keep one of the two rows")
            else:
                seen[key] = row

    def require_different(self, one: str, other: str) -> None:
        """A fault where a row names the same region twice."""
        pairs = zip(self.columns[one], self.columns[other], strict=True)
        for row, (a, b) in enumerate(pairs):
            if a == b:
                problem = f"{one} and {other} are both {shortened(a)}"
                self.fault(row, problem, "remove the row: this table is about pairs")

    def without(self, column: str, value: str) -> Sheet:
        """The sheet less the rows with this value."""
        keep = [i for i, cell in enumerate(self.columns[column]) if cell != value]
        columns = {name: [cells[i] for i in keep] for name, cells in self.columns.items()}
        lines = [self.lines[i] for i in keep]
        return Sheet(
            self.path, columns, lines, self.header_line, self.separator, self.faults, self.unread
        )

    def fill(
        self,
        values: np.ndarray,
        positions: Sequence[np.ndarray],
        axes: Sequence[Sequence[str]],
        gap: float | None = None,
    ) -> np.ndarray:
        """`float64[len(axis), ...]`: values at their positions; `gap` or a TableError elsewhere.

        What is wrong with single rows is raised first.
        """
        self.settle()
        out = np.full([len(axis) for axis in axes], np.nan if gap is None else gap)
        out[tuple(positions)] = values
        gaps = np.argwhere(np.isnan(out))
        if len(gaps):
            cell = ", ".join(axis[i] for axis, i in zip(axes, gaps[0], strict=True))
            last = self.lines[-1] if self.lines else self.header_line
            problem = f"no row for {cell} ({len(gaps)} of {out.size} rows missing)"
            raise TableError(
                [Fault(self.path, last, problem, "add it, the table must be complete")]
            )
        return out


def _whole(path: Path, problem: str, remedy: str) -> TableError:
    return TableError([Fault(path, 0, problem, remedy)])


def shortened(cell: str, most: int = 40) -> str:
    """A cell as it can stand in one line."""
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cell)
    return plain if len(plain) <= most else f"{plain[:most]}…"


def _unknown(kind: str, cell: str, known: Sequence[str]) -> str:
    """What is said of a code that is not declared, with the nearest that is."""
    if not cell:
        return f"{kind} is empty"
    near = nearest(cell, known)
    hint = f"; did you mean '{near}'?" if near else ""
    strange = next((c for c in cell if not c.isascii()), None)
    if near and near.isascii() and strange:
        hint += f" (here with '{strange}', {unicodedata.name(strange, 'an odd letter')})"
    several = ", ".join(known) if len(known) <= 20 else f"{', '.join(known[:20])}, …"
    return f"unknown {kind} '{shortened(cell)}'{hint} (known: {several})"


def _clean(cell: str) -> str:
    """Without blanks around it (those of a spreadsheet too), composed letters in one form."""
    bare = cell.strip().strip("\ufeff\u200b")
    return bare if bare.isascii() else unicodedata.normalize("NFC", bare)


def _decoded(path: Path) -> str:
    """The file as text; TableError for what is no text, naming what it seems to be."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        why = error.strerror or error
        raise _whole(path, f"it cannot be read ({why})", "check its permissions") from None
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise _whole(path, "it is a workbook, not text", "save its sheet as CSV, UTF-8")
    try:
        wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))  # "Unicode text" of Excel
        text = raw.decode("utf-16" if wide else "utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        problem, remedy = "not UTF-8 text", "save it as CSV with encoding UTF-8"
        raise TableError([Fault(path, line, problem, remedy)]) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        problem, remedy = "a NUL character: not UTF-8 text", "save it as CSV with encoding UTF-8"
        raise TableError([Fault(path, line, problem, remedy)])
    return text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _data_lines(path: Path) -> list[tuple[int, str]]:
    """(line number, text) of the lines that are neither comment nor blank, header first."""
    kept = []
    for number, line in enumerate(_decoded(path).split("\n"), start=1):
        bare = line.strip(' \t"')
        comment = bare.startswith("#") and not bare.startswith(EXCEL_ERRORS)
        if not comment and line.strip(' \t,;"\u00a0'):
            kept.append((number, line))
    return kept


def _separator(header: str, form: File) -> str:
    """What stands between the cells: whatever makes most of the header's names known."""
    names = {column.name for column in form.columns}

    def known(separator: str) -> int:
        cells = _cells(header, separator) or []
        return len(names & {_clean(cell) for cell in cells})

    return max(SEPARATORS, key=known)


def _cells(line: str, separator: str) -> list[str] | None:
    """Cells of a line, or None where a quote is not closed."""
    try:
        return next(csv.reader([line], delimiter=separator, strict=True))
    except csv.Error:
        return None


def _wrong_header(
    path: Path, line: int, header: list[str], form: File, separator: str
) -> list[Fault]:
    """What is wrong with the names of the columns."""
    faults = []
    for name in dict.fromkeys(header):
        if header.count(name) > 1 and name:
            problem = f"column '{shortened(name)}' is there {header.count(name)} times"
            faults.append(Fault(path, line, problem, "keep one of them"))
    if "" in header:
        problem = f"column {header.index('') + 1} has cells but no name"
        faults.append(Fault(path, line, problem, "name it or remove it"))
    names = [column.name for column in form.columns]
    absent = [name for name in names if name not in header]
    strangers = [name for name in header if name and name not in (*names, *form.documents)]
    stand_ins = form.stand_ins
    for name in absent:
        near = nearest(name, strangers, 0.75)
        found = ", ".join(map(shortened, header))
        if near:
            problem = f"no column '{name}' (found: {shortened(found, 200)})"
            faults.append(Fault(path, line, problem, f"rename '{near}'?"))
        elif name in form.needed and stand_ins.get(name) not in header:
            other = f", or '{stand_ins[name]}'" if name in stand_ins else ""
            apart = ""
            if separator == "," and len(header) == 1:
                apart = " separated by commas, semicolons or tabs"
            problem = f"no column '{name}'{other} (found: {shortened(found, 200)})"
            faults.append(Fault(path, line, problem, f"add it{apart}"))
    for name, other in stand_ins.items():
        if name in header and other in header:
            problem = f"both '{name}' and '{other}'"
            faults.append(Fault(path, line, problem, "keep the one that is meant"))
    return faults
