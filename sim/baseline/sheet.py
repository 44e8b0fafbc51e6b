"""One CSV file whose every complaint names the file, the line, the value and a remedy.

The csv module reads, not pandas: pandas loses the line numbers of commented files and takes
'n/a', a decimal comma or a missing cell for something else without a word.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.errors import InputError, nearest, unknown


@dataclass(frozen=True)
class Sheet:
    """The rows of one file as text, with the line each one came from.

    columns: header -> cells, in file order. lines: line number of each row in the file,
    counting comments and blanks.
    """

    path: Path
    columns: dict[str, list[str]]
    lines: list[int]

    @classmethod
    def read(cls, path: Path, required: Sequence[str]) -> Sheet:
        """Read a file with '#' comments; InputError unless it has all required columns."""
        kept = _data_lines(path)
        if len(kept) < 2:
            raise InputError(f"{path}: no rows below the header; add rows or remove the file")
        lines = [number for number, _ in kept]
        rows = _split(path, lines, [text for _, text in kept])
        header, cells = rows[0], rows[1:]
        for column in required:
            if column not in header:
                near = nearest(column, header)
                hint = f"; rename '{near}'?" if near else "; add it"
                raise InputError(
                    f"{path} line {lines[0]}: no column '{column}' "
                    f"(found: {', '.join(header)}){hint}"
                )
        columns = dict(zip(header, map(list, zip(*cells, strict=True)), strict=True))
        return cls(path, columns, lines[1:])

    def error(self, row: int, problem: str, remedy: str) -> InputError:
        """An error about one row: where, what is wrong, what to do."""
        return InputError(f"{self.path} line {self.lines[row]}: {problem}; {remedy}")

    def numbers(
        self, column: str, low: float = -math.inf, high: float = math.inf, remedy: str = ""
    ) -> np.ndarray:
        """`float64[n]`: a column of finite numbers within [low, high]; InputError otherwise."""
        cells = self.columns[column]
        try:
            values = np.array([float(cell) for cell in cells])
        except ValueError:
            row = next(i for i, cell in enumerate(cells) if not _is_number(cell))
            what = f"'{cells[row]}' is not a number" if cells[row] else "is empty"
            hint = "write a number with a dot as decimal mark and no thousands separator"
            raise self.error(row, f"{column} {what}", hint) from None
        bad = ~np.isfinite(values) | (values < low) | (values > high)
        if bad.any():
            row = int(np.argmax(bad))
            if not np.isfinite(values[row]):
                problem = f"{column} '{cells[row]}' is not a finite number"
                remedy = "write a value, or leave the row out where the table may have gaps"
            else:
                problem = f"{column} {cells[row]} is outside [{low:g}, {high:g}]"
                remedy = remedy or "check the sign and the unit given in the header"
            raise self.error(row, problem, remedy)
        return values

    def codes(self, column: str, known: Sequence[str], kind: str) -> np.ndarray:
        """`int64[n]`: positions of a column of codes in `known`; InputError names the nearest."""
        position = {code: i for i, code in enumerate(known)}
        cells = self.columns[column]
        try:
            return np.array([position[cell] for cell in cells], dtype=np.int64)
        except KeyError:
            row = next(i for i, cell in enumerate(cells) if cell not in position)
            declared = f" or add the {kind} to {kind}s.csv" if kind in ("region", "sector") else ""
            remedy = f"correct {column}{declared}"
            raise self.error(row, str(unknown(kind, cells[row], known)), remedy) from None

    def flags(self, column: str) -> np.ndarray:
        """`bool[n]`: a column of 0 and 1."""
        cells = self.columns[column]
        for row, cell in enumerate(cells):
            if cell not in ("0", "1"):
                raise self.error(row, f"{column} '{cell}' is neither 0 nor 1", "write 0 or 1")
        return np.array([cell == "1" for cell in cells])

    def require_unique(self, *keys: str) -> None:
        """InputError naming both lines when two rows have the same key."""
        seen: dict[tuple[str, ...], int] = {}
        for row, key in enumerate(zip(*(self.columns[k] for k in keys), strict=True)):
            if key in seen:
                what = f"{', '.join(keys)} ({', '.join(key)})"
                problem = f"same {what} as line {self.lines[seen[key]]}"
                raise self.error(row, problem, "keep one of the two rows")
            seen[key] = row

    def require_different(self, one: str, other: str) -> None:
        """InputError when a row names the same region twice."""
        pairs = zip(self.columns[one], self.columns[other], strict=True)
        for row, (a, b) in enumerate(pairs):
            if a == b:
                problem = f"{one} and {other} are both {a}"
                raise self.error(row, problem, "remove the row: this table is about pairs")

    def without(self, column: str, value: str) -> Sheet:
        """The sheet less the rows with this value."""
        keep = [i for i, cell in enumerate(self.columns[column]) if cell != value]
        columns = {name: [cells[i] for i in keep] for name, cells in self.columns.items()}
        return Sheet(self.path, columns, [self.lines[i] for i in keep])

    def fill(
        self, values: np.ndarray, positions: Sequence[np.ndarray], axes: Sequence[Sequence[str]]
    ) -> np.ndarray:
        """`float64[len(axis), ...]`: values at their positions; InputError if one is missing."""
        out = np.full([len(axis) for axis in axes], np.nan)
        out[tuple(positions)] = values
        gaps = np.argwhere(np.isnan(out))
        if len(gaps):
            cell = ", ".join(axis[i] for axis, i in zip(axes, gaps[0], strict=True))
            raise InputError(
                f"{self.path} (last line {self.lines[-1]}): no row for {cell} "
                f"({len(gaps)} of {out.size} rows missing); add it, the table must be complete"
            )
        return out


def _data_lines(path: Path) -> list[tuple[int, str]]:
    """(line number, text) of the lines that are neither comment nor blank, header first."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise InputError(
            f"{path} line {line}: not UTF-8 text; save it as CSV with encoding UTF-8"
        ) from None
    numbered = enumerate(text.split("\n"), start=1)
    return [(n, line) for n, line in numbered if line.strip() and not line.startswith("#")]


def _split(path: Path, numbers: list[int], lines: list[str]) -> list[list[str]]:
    """Cells of each line, stripped; InputError where a line has more or fewer than the header."""
    width = len(next(csv.reader(lines[:1])))
    reader = csv.reader(lines)
    rows: list[list[str]] = []
    for row in reader:
        number = numbers[len(rows)]
        if reader.line_num != len(rows) + 1:
            raise InputError(f"{path} line {number}: a double quote is not closed; close it")
        if len(row) != width:
            raise InputError(
                f"{path} line {number}: {len(row)} cells ({','.join(row)}) where the header has "
                f"{width}; write decimals with a dot and put text with commas in double quotes"
            )
        rows.append([cell.strip() for cell in row])
    return rows


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
