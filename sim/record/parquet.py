"""The tables of a run as Parquet files: how they are written, and read again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.axes import Axes, Month
from sim.record import frames
from sim.record.columns import TABLES, Table, labels_of, residuals_table
from sim.record.frames import Arrays, Long
from sim.record.sound import axes_of, damaged, intact, panel_of

if TYPE_CHECKING:  # a panel reads itself from here
    from sim.record.panel import Panel


def write_tables(folder: Path, panel: Panel) -> None:
    """All tables of a panel, and below `baseline` those of its base month."""
    (folder / "baseline").mkdir()
    for name, table in panel.tables.items():
        _write_table(folder / f"{name}.parquet", table, panel.long(name), panel.axes)
    for table in TABLES:
        path = folder / "baseline" / f"{table.name}.parquet"
        _write_table(path, table, panel.base_long(table.name), panel.axes, dated=False)


def _write_table(path: Path, table: Table, long: Long, axes: Axes, dated: bool = True) -> None:
    """A table as Parquet; every column's field says its unit, meaning and kind of change.

    Readers find what a data frame of it would be; nobody waits for pandas to write numbers.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, Any] = {"month": _column(long.month, pa.timestamp("us"))} if dated else {}
    for key, codes in long.codes.items():
        labels = labels_of(axes, key)
        narrow, kind = (np.int8, pa.int8()) if len(labels) <= 127 else (np.int16, pa.int16())
        indices = _column(codes.astype(narrow), kind)
        columns[key] = pa.DictionaryArray.from_arrays(indices, _words(labels))
    columns |= {name: _column(values, pa.float64()) for name, values in long.values.items()}
    told = {c.name: {"unit": c.unit, "change": c.change, "meaning": c.meaning,
                     "symbol": c.symbol} for c in table.columns}  # fmt: skip
    fields = [pa.field(n, a.type, metadata=told.get(n)) for n, a in columns.items()]
    content = pa.Table.from_arrays(list(columns.values()), schema=pa.schema(fields))
    pq.write_table(content, path, compression="zstd")


def _column(values: np.ndarray, kind: Any) -> Any:
    """An array of Arrow on the same memory; `pyarrow.array` would import pandas to look at it."""
    import pyarrow as pa

    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def _words(labels: Sequence[str]) -> Any:
    import pyarrow as pa

    texts = [label.encode() for label in labels]
    ends = np.cumsum([0, *map(len, texts)], dtype=np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(texts))]
    return pa.Array.from_buffers(pa.string(), len(texts), buffers)


class Stored(NamedTuple):
    """What a run's folder has of its panel.

    meta: what `Panel.meta` told. base: variables of the base month by table. path: those of every
    month.
    """

    axes: Axes
    start: Month
    meta: dict[str, Any]
    base: dict[str, Arrays]
    path: dict[str, Arrays]


def read_tables(folder: Path) -> Stored:
    """What `write_tables` and the manifest keep; InputError if a file is missing or damaged."""
    import pandas as pd

    meta = panel_of(folder)
    axes, start = axes_of(meta), Month.parse(meta["start"])
    months = [start + t for t in range(meta["months"])]
    tables = (*TABLES, residuals_table(meta["identities"]))
    names = [f"{table.name}.parquet" for table in tables]
    intact(folder, [*(f"baseline/{table.name}.parquet" for table in TABLES), *names])
    base, path, file = {}, {}, folder
    try:
        for table in TABLES:
            file = folder / "baseline" / f"{table.name}.parquet"
            frame = pd.read_parquet(file).assign(month=str(start))
            arrays = frames.from_frame(table, frame, axes, [start])
            base[table.name] = {v: arrays[v][0] for v in table.given}
        for table in tables:
            file = folder / f"{table.name}.parquet"
            path[table.name] = frames.from_frame(table, pd.read_parquet(file), axes, months)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(file, error) from error
    return Stored(axes, start, meta, base, path)
