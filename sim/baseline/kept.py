"""Balanced tables kept between runs: to read, check and balance them takes longer than a month.

Kept under a hash of the tables' files and of the code that makes accounts of them, in the private
folder of compiled code (`sim.compiled`), so that nobody else can write there. It is data and
nothing else: arrays without Python objects, the rest as JSON, the hash of it all in front. What is
not whole, or not as it was written, is made anew; what cannot be written is made again every time.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import fields
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from sim.axes import Axes
from sim.baseline.balance import Baseline
from sim.baseline.rows import Rows
from sim.baseline.technology import Technology
from sim.compiled import private_folder

MOST = 8
"""Folders of tables kept; the oldest go."""
CODE = (Path(__file__).resolve().parent, Path(__file__).resolve().parent.parent)


def kept(files: Iterable[Path], make: Callable[[], Baseline]) -> Baseline:
    """What `make` makes of the files, or made of the same bytes with the same code before."""
    folder = private_folder()
    if folder is None:
        return make()
    place = folder.parent / f"{folder.name}-tables"
    try:
        path = place / _key(files)
        found = _read(path)
    except OSError:
        return make()
    if found is None:
        found = make()
        _write(path, found)
    return found


def _key(files: Iterable[Path]) -> str:
    """Hash of the tables, of the code that reads them, and of the library that sums them."""
    digest = sha256(np.__version__.encode())
    for path in (*files, *sorted(p for room in CODE for p in room.glob("*.py"))):
        text = path.read_bytes()
        digest.update(f"{path.name}\0{len(text)}\0".encode() + text)
    return digest.hexdigest()[:32]


PLAIN: dict[str, Callable[[Any], Any]] = {
    "Axes": lambda told: Axes(**{name: tuple(codes) for name, codes in told.items()}),
    "Rows": Rows,
    "tuple[str, ...]": tuple,
    "str": str,
}
"""How fields of a baseline that are no arrays are made of JSON, by their declared type."""


def _read(path: Path) -> Baseline | None:
    """What is kept there; None where nothing is, or not what was written."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    digest, data = content[:32], content[32:]
    if sha256(data).digest() != digest:
        return None
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        told = json.loads(arrays["told"].tobytes(), object_hook=_dated)
        made = {f.name: arrays[f.name] for f in fields(Baseline) if f.type == "np.ndarray"}
        technology = {f.name: arrays[f"technology.{f.name}"] for f in fields(Technology)}
    plain = {f.name: PLAIN[f.type](told[f.name]) for f in fields(Baseline) if f.type in PLAIN}
    return Baseline(**made, **plain, technology=Technology(**technology))


def _write(path: Path, baseline: Baseline) -> None:
    """Keep it, whole or not at all."""
    given = vars(baseline)
    arrays = {name: value for name, value in given.items() if isinstance(value, np.ndarray)}
    arrays |= {f"technology.{name}": array for name, array in vars(baseline.technology).items()}
    plain = {f.name: given[f.name] for f in fields(Baseline) if f.type in PLAIN}
    arrays["told"] = np.frombuffer(json.dumps(plain, default=_said).encode(), dtype=np.uint8)
    data = io.BytesIO()
    np.savez(data, allow_pickle=False, **arrays)
    partial = path.with_name(f".{uuid4().hex}.partial")
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            partial.write_bytes(sha256(data.getvalue()).digest() + data.getvalue())
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
        aged = sorted(path.parent.iterdir(), key=lambda p: p.stat().st_mtime_ns)
        for old in aged[:-MOST]:
            old.unlink()


def _said(value: object) -> object:
    """What JSON has no word for."""
    if isinstance(value, Axes):
        return vars(value)
    if isinstance(value, Rows):
        return dict(value)
    if isinstance(value, date):
        return {"date": value.isoformat()}
    raise TypeError(f"{value!r} of a baseline cannot be kept")


def _dated(found: dict[str, Any]) -> Any:
    return date.fromisoformat(found["date"]) if found.keys() == {"date"} else found
