"""What a page shows of a run, or of runs side by side, as files that a paper takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import InputError, unknown
from sim.record.panel import Panel
from sim.record.sound import manifest_of
from sim.record.words import MINUS
from sim.study.changes import read_summary
from sim.study.report import SHOWN, side_by_side
from sim.study.results import open_results

if TYPE_CHECKING:
    import pandas as pd

FIGURES, TABLES = ("png", "svg", "pdf"), ("csv", "tex")
LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
LATEX |= {sign: f"\\{sign}" for sign in "&%$#_{}"}


def write_files(
    folder: Path, into: Path, formats: Sequence[str], against: Mapping[str, Any] | None = None
) -> list[Path]:
    """Figures and the table of changes of a run, or of the runs of a folder compared.

    into: a folder, made if it is not there. formats: some of png, svg, pdf for the figures, csv
    and tex for the table. against: as in `write_report`.
    Raises InputError for another format, and for a study, which holds its own.
    """
    for name in formats:
        if name not in FIGURES + TABLES:
            raise unknown("format", name, FIGURES + TABLES)
    if any((folder / name).is_file() for name in ("study.json", "ensemble.json")):
        raise InputError(
            f"--formats is for a run or a folder of runs; '{folder}' holds its tables as CSV and "
            "its figures as PNG"
        )
    drawn = [kind for kind in FIGURES if kind in formats]
    table: pd.DataFrame
    try:
        into.mkdir(parents=True, exist_ok=True)
        if (folder / "manifest.json").is_file():
            paths, table = _run(folder, into, drawn)
        else:
            paths, table = _runs(folder, into, drawn, against)
        if "csv" in formats:
            paths.append(into / "changes.csv")
            table.to_csv(paths[-1], index=False)
        if "tex" in formats:
            paths.append(into / "changes.tex")
            paths[-1].write_text(as_latex(table), encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write to '{into}': {error.strerror or error}") from None
    return paths


def _run(folder: Path, into: Path, drawn: list[str]) -> tuple[list[Path], pd.DataFrame]:
    paths: list[Path] = []
    if drawn:
        from sim.plots import write_figures

        paths = write_figures(Panel.read(folder), into, kinds=drawn)
    manifest_of(folder)
    frame = read_summary(folder)
    return paths, frame[frame["indicator"].isin(SHOWN)]


def _runs(
    folder: Path, into: Path, drawn: list[str], against: Mapping[str, Any] | None
) -> tuple[list[Path], pd.DataFrame]:
    found = side_by_side(folder, open_results(folder, "latest"), against)
    figure = found.figure() if drawn else None
    paths = []
    if figure is not None:
        from sim.plots.style import save

        paths = [save(figure, into / f"compared.{kind}") for kind in drawn]
    return paths, found.frame


def as_latex(frame: pd.DataFrame) -> str:
    """A `tabular` of a table: texts to the left, numbers to the right with four digits."""
    numbers = [column.dtype.kind in "fiu" for _, column in frame.items()]
    lines = [_row(map(str, frame.columns)), r"\hline"]
    lines += [_row(map(_written, row)) for row in frame.itertuples(index=False)]
    kinds = "".join("r" if number else "l" for number in numbers)
    return "\n".join([rf"\begin{{tabular}}{{{kinds}}}", *lines, r"\end{tabular}", ""])


def _written(value: object) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.4g}".replace("-", MINUS)
    return str(value)


def _row(cells: Any) -> str:
    texts = ("".join(LATEX.get(sign, sign) for sign in cell) for cell in cells)
    return " & ".join(text.replace(MINUS, "$-$") for text in texts) + r" \\"
