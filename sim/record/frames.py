"""The tables a run leaves behind: arrays <-> data frames; `columns` says what is in them.

A table is a set of variables over the same axes. In memory each variable is one array,
`float64[months, *axes]`; for the user a table is a data frame in long form, one row a month
and cell. `month` is the first day of the month as a timestamp: comparing it with '2022-12'
works, so do resampling and plotting, and Parquet keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from sim.axes import Axes, Month
from sim.record.columns import Table, labels_of

if TYPE_CHECKING:  # pandas takes half a second to import: only who asks for a frame pays
    import pandas as pd

Arrays = dict[str, np.ndarray]


def ever_used(table: Table, base: Arrays, path: Arrays) -> np.ndarray | None:
    """`bool[*axes]`: cells with anything in the base month or any month; None keeps all."""
    if not table.sparse:
        return None
    used = np.zeros(base[table.given[0]].shape, dtype=bool)
    for variable in table.given:
        used |= (base[variable] != 0.0) | (path[variable] != 0.0).any(axis=0)
    return used


@dataclass(frozen=True)
class Long:
    """A table in long form, a row each month and cell, in plain columns.

    month: datetime64[us], the first day. codes: int16 positions among the labels of each key.
    values: float64 by variable.
    """

    month: np.ndarray
    codes: dict[str, np.ndarray]
    values: dict[str, np.ndarray]

    @classmethod
    def of(
        cls,
        table: Table,
        arrays: Arrays,
        axes: Axes,
        months: Sequence[Month],
        keep: np.ndarray | None,
    ) -> Long:
        """From `float64[months, *axes]` arrays; keep: `bool[*axes]`, cells with rows."""
        shape = table.shape(axes)
        cells = np.arange(prod(shape)) if keep is None else np.flatnonzero(keep)
        stamps = np.array([str(m) for m in months], dtype="datetime64[M]").astype("datetime64[us]")
        positions = np.unravel_index(cells, shape) if shape else ()
        return cls(
            month=np.repeat(stamps, cells.size),
            codes={
                key: np.tile(position.astype(np.int16), len(months))
                for key, position in zip(table.keys, positions, strict=True)
            },
            values={
                v: arrays[v].reshape(len(months), prod(shape))[:, cells].ravel()
                for v in table.variables
            },
        )


def to_frame(table: Table, long: Long, axes: Axes) -> pd.DataFrame:
    """The same as a data frame: month, keys, variables, in that order."""
    import pandas as pd

    columns: dict[str, object] = {"month": long.month}
    for key, codes in long.codes.items():
        columns[key] = pd.Categorical.from_codes(codes, categories=pd.Index(labels_of(axes, key)))
    return pd.DataFrame(columns | long.values)


def from_frame(table: Table, frame: pd.DataFrame, axes: Axes, months: Sequence[Month]) -> Arrays:
    """Arrays of a long table; cells without a row hold 0, their price 1.

    Exactly undoes `Long.of`, whose missing rows are cells in which nothing ever moved.
    """
    month = frame["month"].to_numpy().astype("datetime64[M]")
    first = np.datetime64(str(months[0]), "M")
    where = [(month - first).astype(np.int64)]
    for key in table.keys:
        codes = (
            frame[key].astype("category").cat.set_categories(list(labels_of(axes, key))).cat.codes
        )
        where.append(codes.to_numpy().astype(np.int64))
    if any(index.size and index.min() < 0 for index in where):
        raise ValueError(f"{table.name}: rows for labels or months that the run does not have")
    shape = (len(months), *table.shape(axes))
    if any(index.size and index.max() >= size for index, size in zip(where, shape, strict=True)):
        raise ValueError(f"{table.name}: rows for months that the run does not have")
    if not table.sparse and len(frame) != prod(shape):
        raise ValueError(f"{table.name}: {len(frame)} rows, not {prod(shape)}")
    if np.unique(np.ravel_multi_index(tuple(where), shape)).size != len(frame):
        raise ValueError(f"{table.name}: several rows for one cell")
    arrays = empty(table, axes, len(months))
    for variable in table.variables:
        arrays[variable][tuple(where)] = frame[variable].to_numpy()
    return arrays


def empty(table: Table, axes: Axes, months: int) -> Arrays:
    """Arrays in which nothing has happened: quantities and values 0, derived prices 1."""
    shape = (months, *table.shape(axes))
    return {v: np.full(shape, 1.0 if table[v].derived else 0.0) for v in table.variables}


def check_names(what: str, given: Mapping[str, object], wanted: Sequence[str]) -> None:
    """Raise KeyError unless exactly the wanted names are there."""
    missing = [name for name in wanted if name not in given]
    extra = [name for name in given if name not in wanted]
    if missing or extra:
        raise KeyError(f"{what}: missing {missing}, not expected {extra}")
