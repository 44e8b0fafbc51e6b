"""Mutated tables: whatever happens to a folder, it is read right or refused in one line.

    python -m tests.fuzz.fuzz_tables --count 500 --seed 1

A mutation is drawn from its own number, so `--seed 1 --only 137` repeats one. Exit code 1 with a
line for each that ends in a traceback, in more than a line, or in silently wrong numbers.
"""

from __future__ import annotations

import csv
import random
import shutil
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

import sim
from sim.baseline.tables import shipped
from tests.fuzz.telling import tell

SIZE = ("firms.count=40", "months=3", "scenario=none")
BAR = 1e-9
NUMBERS = """NaN|nan|inf|-inf|-1|-0.0001|0|1e308|1e400|1e15|1e-300||-|1,234|1 234|1.234,5|1_000|0x10
１２|١٢|1e|abc|12%|$5|1.5.2| 7 |1e5|+3|TRUE|None|null|n/a|=1+1|5\u00a0000|−3|#N/A""".replace(
    "\n", "|"
).split("|")
TEXTS = """|XXX|NOR |nor|Ñ|日本|a b|a,b|a"b|VALUE_ADDED|all|members|NaN|<img src=x>|..|a/b|a\\b
\u202e|\x00|0|#x|-""".replace("\n", "|").split("|")
TEXTS.append("x" * 500)
CODES = """A B|Å|日本|a,b|a;b|a"b|<b>|a/b|..|=1+1|NaN|NA|NO|members|all|goods|1|-1|None|true|*|N/R
ALL_GOODS|VALUE_ADDED|__index_level_0__|month|$x$|%s|\u202ex|Север""".replace("\n", "|").split("|")
CODES += ["x" * 60, "a\nb"]
Rows = list[list[str]]


@dataclass
class Folder:
    """Tables on disk as rows of text. Comments of the source are left out."""

    path: Path
    draw: random.Random

    @property
    def names(self) -> list[str]:
        return sorted(p.name for p in self.path.glob("*.csv"))

    def any(self) -> str:
        return self.draw.choice(self.names)

    def read(self, name: str) -> Rows:
        text = (self.path / name).read_text(encoding="utf-8")
        return list(csv.reader(line for line in text.splitlines() if line and line[0] != "#"))

    def write(self, name: str, rows: Rows, separator: str = ",", end: str = "\n") -> None:
        with (self.path / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=separator, lineterminator=end).writerows(rows)

    def column(self, name: str, numeric: bool) -> int:
        rows = self.read(name)
        found = [c for c in range(len(rows[0])) if _number(rows[1][c]) == numeric]
        return self.draw.choice(found or [0])


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


MUTATIONS: dict[str, Callable[[Folder], str]] = {}
NEUTRAL: set[str] = set()


def mutation(neutral: bool = False) -> Callable[[Callable[[Folder], str]], Callable[[Folder], str]]:
    """Enter a mutation; a neutral one must not move a bit of the result."""

    def enter(made: Callable[[Folder], str]) -> Callable[[Folder], str]:
        MUTATIONS[made.__name__] = made
        if neutral:
            NEUTRAL.add(made.__name__)
        return made

    return enter


def rows_of(change: Callable[[Folder, Rows], str]) -> Callable[[Folder], str]:
    """A mutation of the rows of any one file."""

    def mutate(folder: Folder) -> str:
        name = folder.any()
        rows = folder.read(name)
        said = change(folder, rows)
        folder.write(name, rows)
        return f"{name}: {said}"

    mutate.__name__ = change.__name__
    return mutate


@mutation()
@rows_of
def row_deleted(folder: Folder, rows: Rows) -> str:
    return str(rows.pop(folder.draw.randrange(1, len(rows))))


@mutation()
@rows_of
def rows_cut(folder: Folder, rows: Rows) -> str:
    del rows[folder.draw.randrange(1, len(rows)) :]
    return f"{len(rows)} left"


@mutation()
@rows_of
def row_doubled(folder: Folder, rows: Rows) -> str:
    rows.append(list(folder.draw.choice(rows[1:])))
    return str(rows[-1])


@mutation()
@rows_of
def header_repeated(folder: Folder, rows: Rows) -> str:
    rows.insert(folder.draw.randrange(1, len(rows)), list(rows[0]))
    return "in the middle"


@mutation()
@rows_of
def column_deleted(folder: Folder, rows: Rows) -> str:
    c = folder.draw.randrange(len(rows[0]))
    gone = [row.pop(c) for row in rows]
    return gone[0]


@mutation()
@rows_of
def column_doubled(folder: Folder, rows: Rows) -> str:
    c = folder.draw.randrange(len(rows[0]))
    for row in rows:
        row.append(row[c])
    return rows[0][c]


@mutation()
@rows_of
def column_renamed(folder: Folder, rows: Rows) -> str:
    c = folder.draw.randrange(len(rows[0]))
    old = rows[0][c]
    rows[0][c] = folder.draw.choice([old + "s", old.upper(), "x", old.replace("_", " "), old[:-1]])
    return f"{old} -> {rows[0][c]}"


@mutation()
@rows_of
def cells_of_two_columns_swapped(folder: Folder, rows: Rows) -> str:
    a, b = (folder.draw.randrange(len(rows[0])) for _ in range(2))
    for row in rows[1:]:
        row[a], row[b] = row[b], row[a]
    return f"{rows[0][a]}, {rows[0][b]}"


@mutation(neutral=True)
@rows_of
def columns_swapped(folder: Folder, rows: Rows) -> str:
    a, b = (folder.draw.randrange(len(rows[0])) for _ in range(2))
    for row in rows:
        row[a], row[b] = row[b], row[a]
    return f"{rows[0][a]}, {rows[0][b]}"


@mutation(neutral=True)
@rows_of
def column_added(folder: Folder, rows: Rows) -> str:
    for n, row in enumerate(rows):
        row.append("checked by" if n == 0 else "x y")
    return "checked by"


@mutation(neutral=True)
@rows_of
def empty_columns_added(folder: Folder, rows: Rows) -> str:
    for row in rows:
        row.extend(["", ""])
    return "two"


@mutation(neutral=True)
@rows_of
def blank_rows_added(folder: Folder, rows: Rows) -> str:
    width = len(rows[0])
    for place in range(len(rows), 0, -2):
        rows.insert(place, [""] * width)
    return ",,,"


@mutation(neutral=True)
@rows_of
def cells_padded(folder: Folder, rows: Rows) -> str:
    for row in rows:
        row[:] = [f" {cell}\u00a0 " for cell in row]
    return "blanks"


@mutation(neutral=True)
@rows_of
def comment_added(folder: Folder, rows: Rows) -> str:
    rows.insert(folder.draw.randrange(1, len(rows)), ["# a comment", "of two cells"])
    return "in the middle"


def a_number(folder: Folder) -> str:
    name = folder.any()
    c, rows = folder.column(name, numeric=True), folder.read(name)
    row, value = folder.draw.randrange(1, len(rows)), folder.draw.choice(NUMBERS)
    said = f"{name} {rows[0][c]} of {rows[row]} -> {value!r}"
    rows[row][c] = value
    folder.write(name, rows)
    return said


for _n in range(5):  # the commonest slip of all
    MUTATIONS[f"a_number_{_n}"] = a_number


@mutation()
def many_numbers(folder: Folder) -> str:
    name = folder.any()
    c, rows = folder.column(name, numeric=True), folder.read(name)
    value = folder.draw.choice(["0", "1", "1e-9", "1e12", "0.5", "1e-30"])
    for row in rows[1:]:
        if folder.draw.random() < 0.5:
            row[c] = value
    folder.write(name, rows)
    return f"{name} {rows[0][c]} half {value}"


@mutation()
def a_column_in_other_units(folder: Folder) -> str:
    name = folder.any()
    c, rows = folder.column(name, numeric=True), folder.read(name)
    factor = folder.draw.choice([1e-9, 1e-6, 1e-3, 1e3, 1e6, 1e12])
    for row in rows[1:]:
        row[c] = repr(float(row[c]) * factor) if _number(row[c]) else row[c]
    folder.write(name, rows)
    return f"{name} {rows[0][c]} x {factor:g}"


@mutation()
def a_text(folder: Folder) -> str:
    name = folder.any()
    c, rows = folder.column(name, numeric=False), folder.read(name)
    row, value = folder.draw.randrange(1, len(rows)), folder.draw.choice(TEXTS)
    said = f"{name} {rows[0][c]} of {rows[row]} -> {value[:20]!r}"
    rows[row][c] = value
    folder.write(name, rows)
    return said


@mutation()
def all_numbers_of_a_file_zero(folder: Folder) -> str:
    name = folder.any()
    rows = folder.read(name)
    for row in rows[1:]:
        row[:] = ["0" if _number(cell) else cell for cell in row]
    folder.write(name, rows)
    return name


@mutation()
def unknown_code_added(folder: Folder) -> str:
    name = folder.any()
    rows = folder.read(name)
    row = list(folder.draw.choice(rows[1:]))
    row[folder.column(name, numeric=False)] = "ZZZ"
    folder.write(name, [*rows, row])
    return f"{name} {row}"


def code_changed(folder: Folder, which: str, everywhere: float) -> str:
    old = folder.draw.choice(folder.read(which)[1:])[0]
    new = folder.draw.choice(CODES)
    for name in folder.names:
        if folder.draw.random() <= everywhere:
            rows = folder.read(name)
            keep = [c for c, head in enumerate(rows[0]) if head not in ("name", "class", "flow")]
            for row in rows[1:]:
                for c in keep:
                    row[c] = new if row[c] == old else row[c]
            folder.write(name, rows)
    return f"{old} -> {new[:20]!r}{'' if everywhere == 1 else ' here and there'}"


@mutation()
def region_renamed(folder: Folder) -> str:
    return code_changed(folder, "regions.csv", 1.0)


@mutation()
def sector_renamed(folder: Folder) -> str:
    return code_changed(folder, "sectors.csv", 1.0)


@mutation()
def region_renamed_in_part(folder: Folder) -> str:
    return code_changed(folder, "regions.csv", 0.5)


@mutation()
def region_dropped(folder: Folder) -> str:
    code = folder.draw.choice(folder.read("regions.csv")[1:])[0]
    for name in folder.names:
        folder.write(name, [row for row in folder.read(name) if code not in row])
    return code


@mutation()
def one_region_alone(folder: Folder) -> str:
    codes = {row[0] for row in folder.read("regions.csv")[2:]}
    for name in folder.names:
        folder.write(name, [row for row in folder.read(name) if not codes & set(row)])
    return "the first"


@mutation()
def no_trade_in_a_sector(folder: Folder) -> str:
    code = folder.draw.choice(folder.read("sectors.csv")[1:])[0]
    for name in ("trade_goods.csv", "trade_services.csv"):
        folder.write(name, [row for row in folder.read(name) if code not in row])
    return code


@mutation()
def no_trade(folder: Folder) -> str:
    value = folder.draw.choice(["0", "1e-9", "1e-3"])
    for name in ("trade_goods.csv", "trade_services.csv"):
        rows = folder.read(name)
        folder.write(name, [rows[0], *([*row[:3], value, *row[4:]] for row in rows[1:])])
    return value


@mutation()
def output_of_a_cell(folder: Folder) -> str:
    rows = folder.read("output.csv")
    row = folder.draw.randrange(1, len(rows))
    rows[row][2] = folder.draw.choice(["0", "1e-12", "1e-9", "1e-6", "1e-3", "1"])
    folder.write("output.csv", rows)
    return str(rows[row])


@mutation()
def a_sector_hardly_there(folder: Folder) -> str:
    """Output of a cell next to nothing, no trade in it, and a GDP that agrees."""
    rows = folder.read("output.csv")
    picked = folder.draw.choice(rows[1:])
    region, sector, before = picked[0], picked[1], float(picked[2])
    picked[2] = folder.draw.choice(["0", "1e-30", "1e-12", "1e-9", "1e-6", "1e-3", "0.009", "0.1"])
    folder.write("output.csv", rows)
    for name in ("trade_goods.csv", "trade_services.csv"):
        kept = [r for r in folder.read(name) if not (sector == r[2] and region in r[:2])]
        folder.write(name, kept)
    share = next(float(r[3]) for r in folder.read("io_coefficients.csv")[1:]
                 if r[:3] == [region, "VALUE_ADDED", sector])  # fmt: skip
    macro = folder.read("macro.csv")
    for row in macro[1:]:
        if row[0] == region:
            row[1] = repr(float(row[1]) - share * (before - float(picked[2])))
    folder.write("macro.csv", macro)
    return str(picked)


@mutation()
def nobody_or_everybody_is_a_member(folder: Folder) -> str:
    rows, value = folder.read("regions.csv"), folder.draw.choice("01")
    for row in rows[1:]:
        row[2] = value
    folder.write("regions.csv", rows)
    return value


@mutation()
def all_goods_or_all_services(folder: Folder) -> str:
    rows, value = folder.read("sectors.csv"), folder.draw.choice("01")
    for row in rows[1:]:
        row[2] = value
    folder.write("sectors.csv", rows)
    return value


@mutation(neutral=True)
def all_money_in_other_units(folder: Folder) -> str:
    """Neutral but for rounding: what is compared are shares."""
    factor = folder.draw.choice([1e-9, 1e-6, 1e-3, 1e3, 1e9])
    for name in folder.names:
        rows = folder.read(name)
        for c, head in enumerate(rows[0]):
            if head.endswith("_musd"):
                for row in rows[1:]:
                    row[c] = repr(float(row[c]) * factor)
        folder.write(name, rows)
    return f"x {factor:g}"


@mutation(neutral=True)
def saved_by_a_spreadsheet(folder: Folder) -> str:
    """Other separators, line ends and byte order marks, decimal commas where they can be told."""
    name = folder.any()
    rows, separator = folder.read(name), folder.draw.choice(",;\t")
    folder.write(name, rows, separator, folder.draw.choice(["\n", "\r\n", "\r"]))
    raw, kind = (folder.path / name).read_bytes(), folder.draw.choice(["", "bom", "utf-16"])
    if kind:
        raw = b"\xef\xbb\xbf" + raw if kind == "bom" else raw.decode().encode("utf-16")
    (folder.path / name).write_bytes(raw)
    return f"{name} {separator!r} {kind}"


@mutation()
def bytes_of_another_kind(folder: Folder) -> str:
    name = folder.any()
    path = folder.path / name
    raw = path.read_bytes()
    place = folder.draw.randrange(len(raw))
    kinds = {
        "nothing": b"",
        "latin-1": b"# \xe9\n" + raw,
        "utf-16 without mark": raw.decode().encode("utf-16-le"),
        "noise": folder.draw.randbytes(2000),
        "a NUL": raw[:place] + b"\0" + raw[place:],
        "a workbook": b"PK\x03\x04" + folder.draw.randbytes(300),
        "comments": b"# nothing\n#\n",
        "header alone": raw.split(b"\n")[1] + b"\n",
        "half of it": raw[:place],
        "a huge cell": raw + b"x" * 200_000,
        "an open quote": raw[:place] + b'"' + raw[place:],
    }
    kind = folder.draw.choice(sorted(kinds))
    path.write_bytes(kinds[kind])
    return f"{name} {kind}"


@mutation()
def no_such_file(folder: Folder) -> str:
    name = folder.any()
    path = folder.path / name
    kind = folder.draw.choice(["missing", "folder", "loop", "capitals", "typing error"])
    if kind in ("capitals", "typing error"):
        path.rename(
            folder.path / (name.upper() if kind == "capitals" else name.replace("s", "", 1))
        )
        return f"{name} {kind}"
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    return f"{name} {kind}"


@mutation()
def turned_over(folder: Folder) -> str:
    name = folder.any()
    folder.write(name, [list(column) for column in zip(*folder.read(name), strict=True)])
    return name


@cache
def _untouched(source: Path) -> tuple[str, np.ndarray]:
    panel = sim.simulate(sim.load(f"baseline.path={source}", *SIZE))
    return panel.digest, panel.values("sectors", "output")


def wrong(panel: sim.Panel, kind: str, source: Path) -> list[str]:
    """What is not as it must be in a run without a measure."""
    found = []
    for name, table in panel.tables.items():
        for variable in table.variables:
            if not np.isfinite(panel.values(name, variable)).all():
                found.append(f"{name}.{variable} is not finite")
    worst = panel.residuals.select_dtypes("number").abs().max().max()
    if not worst <= BAR:
        found.append(f"residual {worst:g}")
    gdp = panel.relative("regions", "real_gdp")
    if not np.abs(gdp - 1.0).max() <= BAR:
        found.append(f"not at rest: GDP moves by {np.abs(gdp - 1.0).max():g}")
    if kind in NEUTRAL:
        digest, output = _untouched(source)
        scaled = panel.values("sectors", "output")
        ratio = scaled / scaled.sum() * output.sum() / output - 1.0
        if kind != "all_money_in_other_units" and panel.digest != digest:
            found.append("a neutral mutation moved bits")
        elif np.abs(ratio).max() > BAR:
            found.append(f"another unit moves shares by {np.abs(ratio).max():g}")
    return found


def one(seed: int, number: int, source: Path) -> tuple[str, str]:
    """Draw mutation `number` and run it: (outcome, what was done and said)."""
    draw = random.Random(seed * 1_000_003 + number)
    names = sorted(MUTATIONS)
    kind = names[number % len(names)]
    with tempfile.TemporaryDirectory(prefix="tables_") as place:
        path = Path(shutil.copytree(source, Path(place) / "tables"))
        folder = Folder(path, draw)
        for name in folder.names:  # one form for all: without comments
            if kind != "bytes_of_another_kind":
                folder.write(name, folder.read(name))
        done = f"{kind}: {MUTATIONS[kind](folder)}"
        try:
            warnings.simplefilter("error", RuntimeWarning)
            panel = sim.simulate(sim.load(f"baseline.path={path}", *SIZE))
        except sim.InputError as error:
            said = str(error).replace(str(path), "…")
            tidy = "\n" not in said and len(said) < 1500
            return "refused" if tidy else "refused at length", f"{done} | {said}"
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(last.filename).name}:{last.lineno}"
            return "traceback", f"{done} | {type(error).__name__}: {error} @ {where}"
    found = wrong(panel, kind, source)
    return ("wrong" if found else "read"), f"{done} | {'; '.join(found)}"


GOOD = ("refused", "read")


def main(arguments: list[str] | None = None) -> int:
    """Run many and tell what was found."""
    return tell(
        __doc__,
        "fuzz_tables",
        lambda seed, n: one(seed, n, shipped("toy")),
        GOOD,
        "folders",
        500,
        arguments,
    )


if __name__ == "__main__":
    sys.exit(main())
