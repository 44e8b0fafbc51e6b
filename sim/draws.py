"""Draws of parameters: sets of numbers that are as likely as one knows, read from a file.

A file `posterior/TABLES.csv` has a column a parameter (`behaviour.sigma_scale`), a row a draw, in
random order, so the first n are as good as any n. Who made it, from which runs and rows, stands
in its comments.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from sim.errors import InputError, shown

Draw = Mapping[str, float]
MOST_DRAWS = 10_000


def read_rows(label: str, count: object, roots: Sequence[Path]) -> tuple[Draw, ...]:
    """The first `count` draws for the tables `label`; InputError if there are not so many.

    roots: folders with configurations, those of the user last: theirs comes first.
    """
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST_DRAWS:
        raise InputError(f"draws = {shown(count)} is not a whole number from 1 to {MOST_DRAWS}")
    files = (root / "posterior" / f"{label}.csv" for root in reversed(roots))
    path = next((p for p in files if p.is_file()), None)
    if path is None:
        known = sorted({p.stem for root in roots for p in (root / "posterior").glob("*.csv")})
        others = f" (only for {', '.join(known)})" if known else ""
        raise InputError(
            f"draws = {count}: there are no draws of parameters for the tables '{label}'{others}; "
            f"put posterior/{label}.csv, a column a parameter, into your --config-dir"
        )
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {path}: {' '.join(str(error).split())}") from None
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    rows = list(csv.reader(lines))
    if count > len(rows) - 1:
        raise InputError(f"draws = {count}: {path.name} has only {max(len(rows) - 1, 0)}")
    return tuple(_draw(rows[0], row, path) for row in rows[1 : count + 1])


def _draw(names: Sequence[str], row: Sequence[str], path: Path) -> Draw:
    if len(row) != len(names):
        raise InputError(f"{path}: a row has {len(row)} numbers for {len(names)} parameters")
    draw = {}
    for name, text in zip(names, row, strict=True):
        try:
            draw[name] = float(text)
        except ValueError:
            draw[name] = math.nan
        if not math.isfinite(draw[name]):
            raise InputError(f"{path}: {name} = '{text}' is no number")
    return draw
