"""What a run records: a record for every column of every table, and nothing said twice.

Whoever needs a column's unit, the kind of its change, its name for the eye or its meaning takes
it from here: data frames, the summary, ensembles, `Results.changes`, figures, the metadata of the
Parquet files and docs/outputs.md. A new output is a `Column` in its table and the line of
`sim/phases/observe.py` that computes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.axes import Axes
from sim.levers import TECHNOLOGY_CLASSES

PER_CENT, POINTS, DIFFERENCE = "%", "points", "difference"
KINDS = (PER_CENT, POINTS, DIFFERENCE)
"""How a change is told: relative, of shares in percentage points, or in the column's own unit.

Balances pass through zero, so no percentage of them means anything."""


@dataclass(frozen=True)
class Column:
    """An output.

    unit: of a level. change: one of KINDS. meaning: one line. label: for the eye, where the name
    with spaces for underscores would not do. symbol: of the model note. heading: on the terminal
    and in reports, for the few columns shown there. derived: the panel computes it itself.
    """

    name: str
    unit: str
    change: str
    meaning: str
    label: str = ""
    symbol: str = ""
    heading: str = ""
    derived: bool = False

    def __post_init__(self) -> None:
        if self.change not in KINDS:
            raise ValueError(f"column {self.name}: change = {self.change!r}; one of {KINDS}")

    @property
    def change_unit(self) -> str:
        """What a change is counted in."""
        return self.unit if self.change == DIFFERENCE else self.change

    @property
    def words(self) -> str:
        """The name for the eye."""
        return self.label or self.name.removesuffix("_musd").replace("_", " ")

    def changed(self, level: np.ndarray, base: np.ndarray) -> np.ndarray:
        """Change of a level against its base; infinite where something came from nothing."""
        if self.change == PER_CENT:
            return 100.0 * (ratio(level, base) - 1.0)
        return (100.0 if self.change == POINTS else 1.0) * (np.asarray(level) - base)


@dataclass(frozen=True)
class Table:
    """Columns over the same axes.

    keys: label columns, in array order; empty for one row a month.
    columns: what is measured, in order.
    sparse: rows of cells that never hold anything are left out.
    """

    name: str
    keys: tuple[str, ...]
    columns: tuple[Column, ...]
    meaning: str = ""
    sparse: bool = False

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def given(self) -> tuple[str, ...]:
        """Those that the model hands over each month."""
        return tuple(column.name for column in self.columns if not column.derived)

    def __getitem__(self, name: str) -> Column:
        """The column of a name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def shape(self, axes: Axes) -> tuple[int, ...]:
        """Cells of one month."""
        return tuple(len(labels_of(axes, key)) for key in self.keys)


def labels_of(axes: Axes, key: str) -> tuple[str, ...]:
    """Labels of a key column."""
    return {"sector": axes.sectors, "class": TECHNOLOGY_CLASSES}.get(key, axes.regions)


MONEY = "M USD a month"
AT_BASE = "M USD of the base year a month"
INDEX = "base = 1"

TRADE = Table(
    "trade",
    ("origin", "destination", "sector"),
    (
        Column("value_musd", MONEY, "%", "paid at the seller's gate", "value of trade", "p q"),
        Column("volume", AT_BASE, "%", "units that cost one dollar in the base year", symbol="q"),
        Column("recorded_export_musd", MONEY, "%", "what the origin's customs record"),
        Column("recorded_import_musd", MONEY, "%", "what the destination's customs record"),
        Column("reexport_musd", MONEY, "%", "the part that traders of the origin sold on"),
        Column("price", INDEX, "%", "unit value paid; the last one in a month without trade",
               symbol="p", derived=True),
    ),
    "trade; origin = destination is domestic",
    sparse=True,
)  # fmt: skip
REGIONS = Table(
    "regions",
    ("region",),
    (
        Column("gdp_musd", MONEY, "%", "value added at market prices", "GDP"),
        Column("real_gdp", AT_BASE, "%", "value added at base prices", "real GDP",
               heading="Real\nGDP"),
        Column("real_consumption", AT_BASE, "%", "households' spending over their prices",
               heading="Consump-\ntion"),
        Column("cpi", INDEX, "%", "households' basket at the prices they paid, fixed shares",
               "consumer prices", heading="Prices"),
        Column("wage", INDEX, "%", "wage of all work in the region", symbol="ŵ"),
        Column("unemployment", "share of labour force", "points", "labour force without work",
               heading="Unem-\nployment"),
        Column("exports_musd", MONEY, "%", "sold abroad, at the seller's gate",
               heading="Exports"),
        Column("imports_musd", MONEY, "%", "bought abroad, at the seller's gate",
               heading="Imports"),
        Column("tariff_revenue_musd", MONEY, "%", "tariffs taken at the border"),
        Column("household_deposits_musd", "M USD", "%", "what households hold"),
        Column("government_balance_musd", "M USD", "difference", "revenue less purchases"),
        Column("shortage", "share of demand", "points", "wanted spending that found no seller"),
    ),
    "national accounts and prices by region",
)  # fmt: skip
SECTORS = Table(
    "sectors",
    ("region", "sector"),
    (
        Column("output", AT_BASE, "%", "units made", symbol="y"),
        Column("sales", AT_BASE, "%", "units sold", symbol="x"),
        Column("stock", "M USD of the base year", "%", "goods left at the end of the month",
               symbol="S"),
        Column("price", INDEX, "%", "received a unit; offered where nothing was sold",
               symbol="p"),
        Column("shortage", "share of demand", "points", "wanted inputs that found no seller"),
        Column("firms", "firms", "%", "in business"),
        Column("employment", "M USD of base wages a month", "%", "work done", symbol="l y / A"),
    ),
    "producers by region and sector",
)  # fmt: skip
TRANSIT = Table(
    "transit",
    ("region",),
    (
        Column("compliance", "share", "points", "barred re-exports that customs stop", symbol="c"),
        Column("pressure", "share", "points", "secondary pressure of third countries"),
        Column("traders", "firms", "%", "traders in business"),
        Column("reexports_musd", MONEY, "%", "what traders sold abroad", "re-exports"),
        Column("ghost_musd", MONEY, "%", "bought by traders and never seen in the region",
               "ghost trade"),
    ),
    "rerouting through each region",
)  # fmt: skip
TECHNOLOGY = Table(
    "technology",
    ("region", "class"),
    (
        Column("access", "share", "points", "foreign technology that may still be had"),
        Column("lost", "share", "points", "foreign technology that no longer works", symbol="L"),
        Column("belief", "share", "points", "expected to be lost"),
        Column("adopted", "share", "points", "replaced by domestic or union technology",
               symbol="g"),
        Column("maturity", "share", "points", "how well that does the work", symbol="Q"),
        Column("own", "share", "points", "needs met by working technology of one's own"),
        Column("spending_musd", MONEY, "%", "on replacing what is foreign"),
    ),
    "technology by region and class",
)  # fmt: skip
BUDGETS = Table(
    "budgets",
    ("region",),
    (
        Column("taxes_musd", MONEY, "%", "taken from incomes and profits"),
        Column("tariffs_musd", MONEY, "%", "taken at the border"),
        Column("transfers_musd", MONEY, "difference", "received from other governments"),
        Column("subsidies_musd", MONEY, "%", "paid to firms"),
        Column("purchases_musd", MONEY, "%", "all purchases, research included"),
        Column("research_musd", MONEY, "%", "purchases that paid for research"),
        Column("real_purchases", AT_BASE, "%", "other purchases over the prices of their basket"),
    ),
    "what governments take, pay each other and buy",
)
MAIN = (TRADE, REGIONS, SECTORS)
ANSWERS = (TRANSIT, TECHNOLOGY, BUDGETS)
"""Tables of what countries and firms do about it; zeros where a model has no such part."""
TABLES = (*MAIN, *ANSWERS)

IDENTITIES = (
    "links",
    "goods",
    "inputs",
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
    columns = (Column(name, "relative", DIFFERENCE, "residual of the books") for name in identities)
    return Table("residuals", (), tuple(columns), "relative residual of every accounting identity")


def shown(table: Table = REGIONS) -> tuple[Column, ...]:
    """Those with a heading, in the order of the terminal: what moved, then the labour market."""
    return tuple(sorted((c for c in table.columns if c.heading), key=lambda c: c.change != "%"))


def document() -> str:
    """docs/outputs.md: every table and column, for readers."""
    lines = [
        "# What a run records",
        "",
        "Made from `sim/record/columns.py` by `python -m sim.record.columns`; a Parquet file says",
        "the same of its columns (`pyarrow.parquet.read_schema(path).field(name).metadata`).",
        "`month` is the first day of a month. Changes are told in per cent, in percentage",
        "points or in the unit itself (difference).",
    ]  # fmt: skip
    for table in TABLES:
        keys = ", ".join(f"`{key}`" for key in ("month", *table.keys))
        lines += ["", f"## `{table.name}`: {table.meaning}", "", f"Keys: {keys}.", ""]
        lines += ["| column | unit | change | meaning | symbol |", "|---|---|---|---|---|"]
        lines += [
            f"| `{c.name}` | {c.unit} | {c.change} | {c.meaning} | {c.symbol} |"
            for c in table.columns
        ]
    return "\n".join(lines) + "\n"


def ratio(path: np.ndarray, base: np.ndarray) -> np.ndarray:
    """path / base; 1 where both are zero, infinite where base alone is."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((path == 0.0) & (base == 0.0), 1.0, path / base)


if __name__ == "__main__":
    print(document(), end="")
