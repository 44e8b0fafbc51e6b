"""The tables a run leaves behind: which columns they have, and arrays <-> data frames.

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
from sim.levers import TECHNOLOGY_CLASSES

if TYPE_CHECKING:  # pandas takes half a second to import: only who asks for a frame pays
    import pandas as pd

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Table:
    """Columns of one table.

    keys: label columns, in array order; empty for one row a month.
    variables: what is measured, in column order.
    derived: those of the variables that the panel computes itself.
    sparse: rows of cells that never hold anything are left out.
    """

    name: str
    keys: tuple[str, ...]
    variables: tuple[str, ...]
    derived: tuple[str, ...] = ()
    sparse: bool = False

    @property
    def given(self) -> tuple[str, ...]:
        """Variables that the model hands over each month."""
        return tuple(v for v in self.variables if v not in self.derived)

    def shape(self, axes: Axes) -> tuple[int, ...]:
        """Cells of one month."""
        return tuple(len(_labels(axes, key)) for key in self.keys)


TRADE = Table(
    "trade",
    ("origin", "destination", "sector"),
    (
        "value_musd",
        "volume",
        "recorded_export_musd",
        "recorded_import_musd",
        "reexport_musd",
        "price",
    ),
    derived=("price",),
    sparse=True,
)
REGIONS = Table(
    "regions",
    ("region",),
    (
        "gdp_musd",
        "real_gdp",
        "real_consumption",
        "cpi",
        "wage",
        "unemployment",
        "exports_musd",
        "imports_musd",
        "tariff_revenue_musd",
        "household_deposits_musd",
        "government_balance_musd",
        "shortage",
    ),
)
SECTORS = Table(
    "sectors",
    ("region", "sector"),
    ("output", "sales", "stock", "price", "shortage", "firms", "employment"),
)
TRANSIT = Table(
    "transit",
    ("region",),
    ("compliance", "pressure", "traders", "reexports_musd", "ghost_musd"),
)
TECHNOLOGY = Table(
    "technology",
    ("region", "class"),
    ("access", "lost", "belief", "adopted", "maturity", "own", "spending_musd"),
)
BUDGETS = Table(
    "budgets",
    ("region",),
    (
        "taxes_musd",
        "tariffs_musd",
        "transfers_musd",
        "subsidies_musd",
        "purchases_musd",
        "research_musd",
        "real_purchases",
    ),
)
MAIN = (TRADE, REGIONS, SECTORS)
ANSWERS = (TRANSIT, TECHNOLOGY, BUDGETS)
"""Tables of what countries and firms do about it; zeros where a model has no such part."""


IDENTITIES = (
    "links",
    "goods",
    "firms",
    "households",
    "governments",
    "money",
    "regions",
    "world",
    "mirrors",
)
"""Identities of the model note, section 9, in the order of the columns."""


def residuals_table(identities: Sequence[str]) -> Table:
    """One row a month, one column an identity (model note, section 9)."""
    return Table("residuals", (), tuple(identities))


def _labels(axes: Axes, key: str) -> tuple[str, ...]:
    return {"sector": axes.sectors, "class": TECHNOLOGY_CLASSES}.get(key, axes.regions)


def ever_used(table: Table, base: Arrays, path: Arrays) -> np.ndarray | None:
    """`bool[*axes]`: cells with anything in the base month or any month; None keeps all."""
    if not table.sparse:
        return None
    used = np.zeros(base[table.given[0]].shape, dtype=bool)
    for variable in table.given:
        used |= (base[variable] != 0.0) | (path[variable] != 0.0).any(axis=0)
    return used


def to_frame(
    table: Table, arrays: Arrays, axes: Axes, months: Sequence[Month], keep: np.ndarray | None
) -> pd.DataFrame:
    """Long form of `float64[months, *axes]` arrays: month, keys, variables, in that order."""
    import pandas as pd

    shape = table.shape(axes)
    cells = np.arange(prod(shape)) if keep is None else np.flatnonzero(keep)
    stamps = np.array([str(m) for m in months], dtype="datetime64[M]").astype("datetime64[us]")
    columns: dict[str, object] = {"month": np.repeat(stamps, cells.size)}
    positions = np.unravel_index(cells, shape) if shape else ()
    for key, position in zip(table.keys, positions, strict=True):
        codes = np.tile(position.astype(np.int16), len(months))
        columns[key] = pd.Categorical.from_codes(codes, categories=pd.Index(_labels(axes, key)))
    for variable in table.variables:
        columns[variable] = arrays[variable].reshape(len(months), prod(shape))[:, cells].ravel()
    return pd.DataFrame(columns)


def from_frame(table: Table, frame: pd.DataFrame, axes: Axes, months: Sequence[Month]) -> Arrays:
    """Arrays of a long table; cells without a row hold 0, their price 1.

    Exactly undoes `to_frame`, whose missing rows are cells in which nothing ever moved.
    """
    month = frame["month"].to_numpy().astype("datetime64[M]")
    first = np.datetime64(str(months[0]), "M")
    where = [(month - first).astype(np.int64)]
    for key in table.keys:
        codes = frame[key].cat.set_categories(list(_labels(axes, key))).cat.codes
        where.append(codes.to_numpy().astype(np.int64))
    if any(index.size and index.min() < 0 for index in where):
        raise ValueError(f"{table.name}: rows for labels or months that the run does not have")
    arrays = empty(table, axes, len(months))
    for variable in table.variables:
        arrays[variable][tuple(where)] = frame[variable].to_numpy()
    return arrays


def empty(table: Table, axes: Axes, months: int) -> Arrays:
    """Arrays in which nothing has happened: quantities and values 0, derived prices 1."""
    shape = (months, *table.shape(axes))
    return {v: np.full(shape, 1.0 if v in table.derived else 0.0) for v in table.variables}


def check_names(what: str, given: Mapping[str, object], wanted: Sequence[str]) -> None:
    """Raise KeyError unless exactly the wanted names are there."""
    missing = [name for name in wanted if name not in given]
    extra = [name for name in given if name not in wanted]
    if missing or extra:
        raise KeyError(f"{what}: missing {missing}, not expected {extra}")


def ratio(path: np.ndarray, base: np.ndarray) -> np.ndarray:
    """path / base; 1 where both are zero, infinite where base alone is."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((path == 0.0) & (base == 0.0), 1.0, path / base)
