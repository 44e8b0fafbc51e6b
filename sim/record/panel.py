"""What happened: every recorded variable of every month, copied once, never a live array."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from sim.axes import Axes, Month
from sim.errors import unknown
from sim.record import frames
from sim.record.columns import ANSWERS, IDENTITIES, MAIN, TRADE, Table, ratio, residuals_table
from sim.record.frames import Arrays, Long
from sim.record.parquet import read_tables
from sim.record.sound import damaged

if TYPE_CHECKING:
    import pandas as pd


class Panel:
    """The record of one run, filled month by month and read as tables.

    Buffers are `float64[months, origin, destination, sector]` for trade,
    `[months, region(, sector or class)]` for the others and `[months]` for residuals; the base
    month stands beside them without the first axis. A trade price is the unit value paid,
    value / volume; in a month without trade it is the last price paid, and 1, the base price,
    before the first trade. So a price path has neither holes nor jumps that nobody paid.
    """

    def __init__(
        self,
        axes: Axes,
        start: Month,
        months: int,
        baseline: Mapping[str, Mapping[str, ArrayLike]],
        identities: Sequence[str] = IDENTITIES,
        scenario: str = "none",
        source: str = "",
    ) -> None:
        """Reserve the buffers and copy the base month.

        baseline: the given variables of each table in the base month.
        scenario, source: texts for titles and footers of pictures.
        decisions, filled later: what countries thought of their options, a row each; no part of
        the digest.
        """
        self.axes, self.start, self.scenario, self.source = axes, start, scenario, source
        self.written = 0
        self.decisions: list[dict[str, Any]] = []
        residuals = residuals_table(identities)
        self.tables = {t.name: t for t in (*MAIN, *ANSWERS, residuals)}
        self._path = {t.name: frames.empty(t, axes, months) for t in self.tables.values()}
        self._base = {t.name: frames.empty(t, axes, 1) for t in (*MAIN, *ANSWERS)}
        self._frames: dict[str, pd.DataFrame] = {}
        silent = [table.name for table in ANSWERS if table.name not in baseline]
        frames.check_names("baseline", {**baseline, **dict.fromkeys(silent)}, tuple(self._base))
        for name, variables in baseline.items():
            self._copy(self.tables[name], self._base[name], 0, variables, "the base month")

    def __repr__(self) -> str:
        size = f"{len(self.axes.regions)} regions, {len(self.axes.sectors)} sectors"
        return f"<Panel of {self.scenario}: {self.written} months from {self.start}, {size}>"

    def write(
        self,
        t: int,
        *,
        trade: Mapping[str, ArrayLike],
        regions: Mapping[str, ArrayLike],
        sectors: Mapping[str, ArrayLike],
        residuals: Mapping[str, ArrayLike],
        **answers: Mapping[str, ArrayLike],
    ) -> None:
        """Copy month `t`, the next one, from arrays that the model goes on changing.

        answers: 'transit' and 'technology', zero where not given. Each mapping holds exactly the
        given variables of its table (`Table.given`): the trade price is not among them. Raises
        KeyError for a name, IndexError for a month out of turn, ValueError for a shape or a
        number that is not finite.
        """
        if t != self.written or t >= self._capacity:
            raise IndexError(f"month {t} written, {self.written} of {self._capacity} expected")
        label = str(self.start + t)
        given = {"trade": trade, "regions": regions, "sectors": sectors, "residuals": residuals}
        given.update(answers)
        for name, variables in given.items():
            self._copy(self.tables[name], self._path[name], t, variables, label)
        self.written += 1
        self._frames.clear()

    def _copy(
        self, table: Table, into: Arrays, t: int, given: Mapping[str, ArrayLike], label: str
    ) -> None:
        frames.check_names(f"{table.name} in {label}", given, table.given)
        shape = table.shape(self.axes)
        for variable, values in given.items():
            array = np.asarray(values, dtype=np.float64)
            if array.shape != shape:
                raise ValueError(
                    f"{table.name}.{variable} in {label}: shape {array.shape}, not {shape}"
                )
            if not np.isfinite(array).all():
                cell = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
                raise ValueError(f"{table.name}.{variable}{list(cell)} in {label} is not finite")
            np.add(array, 0.0, out=into[variable][t, ...])  # + 0.0: no negative zeros
        if table.name == TRADE.name:  # a copied panel has tables of its own
            before = into["price"][t - 1] if t > 0 else self._base["trade"]["price"][0]
            price = into["price"][t]
            price[...] = before
            np.divide(into["value_musd"][t], into["volume"][t], price, where=into["volume"][t] > 0)

    def recorded(self) -> dict[str, np.ndarray]:
        """The months written so far, `{table.variable: float64[written, *axes]}`; views."""
        return {
            f"{table}.{variable}": self.values(table, variable)
            for table, variables in self._path.items()
            for variable in variables
        }

    def resume(self, recorded: Mapping[str, np.ndarray], months: int) -> None:
        """Take over the first months of another panel of the same run, as `recorded` gave them.

        Raises KeyError for a variable that is missing, ValueError for one of another shape.
        """
        if not 0 <= months <= self._capacity:
            raise ValueError(f"{months} months of {self._capacity}")
        for table, variables in self._path.items():
            for variable, path in variables.items():
                given = recorded[f"{table}.{variable}"]
                if given.shape != (months, *path.shape[1:]) or given.dtype != path.dtype:
                    raise ValueError(f"{table}.{variable}: shape {given.shape}")
                path[:months] = given
        self.written = months
        self._frames.clear()

    @property
    def _capacity(self) -> int:
        return len(self._path["regions"]["cpi"])

    @property
    def months(self) -> tuple[Month, ...]:
        """The months written so far."""
        return tuple(self.start + t for t in range(self.written))

    def values(self, table: str, variable: str) -> np.ndarray:
        """Path of a variable, `float64[written, *axes]`; a view that cannot be written to."""
        return self._view(self._path, table, variable)[: self.written]

    def base(self, table: str, variable: str) -> np.ndarray:
        """The same variable in the base month, `float64[*axes]`."""
        month: np.ndarray = self._view(self._base, table, variable)[0]
        return month

    def _view(self, store: dict[str, Arrays], table: str, variable: str) -> np.ndarray:
        if table not in store:
            raise unknown("table", table, store)
        if variable not in store[table]:
            raise unknown(f"variable of {table}", variable, store[table])
        view = store[table][variable].view()
        view.flags.writeable = False
        return view

    def within(self, first: int, after: int) -> Panel:
        """The months from `first` to before `after` as a panel that shares the numbers."""
        return self._part(
            first, after - first,
            {t: {v: a[first:after] for v, a in arrays.items()} for t, arrays in self._path.items()},
        )  # fmt: skip

    def at_base(self) -> Panel:
        """As many months in which nothing moves: every one is the base month."""

        def still(table: str, variable: str, path: np.ndarray) -> np.ndarray:
            shape = (self.written, *path.shape[1:])
            return np.broadcast_to(self._base[table][variable], shape)

        moved = {t: a for t, a in self._path.items() if t in self._base}
        return self._part(
            0, self.written, {t: {v: still(t, v, a) for v, a in arrays.items()}
                              for t, arrays in moved.items()},
        )  # fmt: skip

    def _part(self, first: int, months: int, path: dict[str, Arrays]) -> Panel:
        part = copy(self)
        part.start, part.written, part._path, part._frames = self.start + first, months, path, {}
        return part

    def relative(self, table: str, variable: str) -> np.ndarray:
        """Ratio to the base month, `float64[written, *axes]`.

        1 where both are zero, infinite where something came from nothing.
        """
        return ratio(self.values(table, variable), self.base(table, variable))

    def index_of(self, variable: str) -> pd.DataFrame:
        """A variable of the regions as an index, 100 = base month: a row a month."""
        import pandas as pd

        months = pd.to_datetime([str(m) for m in self.months])
        index = pd.Index(months, name="month")
        return pd.DataFrame(
            100.0 * self.relative("regions", variable), index, list(self.axes.regions)
        )

    def bilateral(self, variable: str = "value_musd") -> tuple[np.ndarray, np.ndarray]:
        """Trade between different regions over all sectors, [M USD a month].

        Returns the path `float64[written, origin, destination]` and the base month.
        """
        abroad = ~np.eye(len(self.axes.regions), dtype=bool)
        path = self.values("trade", variable).sum(axis=3) * abroad
        return path, self.base("trade", variable).sum(axis=2) * abroad

    @property
    def trade(self) -> pd.DataFrame:
        """Trade by month, origin, destination and sector; origin = destination is domestic.

        Cells without trade in the base month and in every month have no rows.
        """
        return self._frame("trade")

    @property
    def regions(self) -> pd.DataFrame:
        """Aggregates by month and region."""
        return self._frame("regions")

    @property
    def sectors(self) -> pd.DataFrame:
        """Producers by month, region and sector."""
        return self._frame("sectors")

    @property
    def transit(self) -> pd.DataFrame:
        """Rerouting by month and region: compliance, pressure, traders, re-exports, ghosts."""
        return self._frame("transit")

    @property
    def technology(self) -> pd.DataFrame:
        """Technology by month, region and class: access, loss, adoption, maturity, what is own."""
        return self._frame("technology")

    @property
    def budgets(self) -> pd.DataFrame:
        """Governments by month and region: taxes, transfers, purchases, research."""
        return self._frame("budgets")

    @property
    def residuals(self) -> pd.DataFrame:
        """Relative residual of each identity by month (model note, section 9)."""
        return self._frame("residuals")

    def _frame(self, name: str) -> pd.DataFrame:
        if name not in self._frames:
            long = self.long(name)
            self._frames[name] = frames.to_frame(self.tables[name], long, self.axes)
        return self._frames[name].copy(deep=False)

    def long(self, name: str) -> Long:
        """A table in long form, as plain columns: for files, which need no data frame."""
        table = self.tables[name]
        path = {v: self.values(name, v) for v in table.variables}
        base = {v: self.base(name, v) for v in table.variables} if table.sparse else {}
        keep = frames.ever_used(table, base, path)
        return Long.of(table, path, self.axes, self.months, keep)

    def base_long(self, name: str) -> Long:
        """The base month of a table, in one row a cell."""
        table = self.tables[name]
        base = {v: self.base(name, v) for v in table.variables}
        keep = frames.ever_used(table, base, {v: base[v][None] for v in base})
        return Long.of(table, base, self.axes, [self.start], keep)

    def base_frame(self, name: str) -> pd.DataFrame:
        """The base month of a table, in the table's columns without `month`."""
        frame = frames.to_frame(self.tables[name], self.base_long(name), self.axes)
        return frame.drop(columns="month")

    @property
    def digest(self) -> str:
        """SHA-256 of all names, shapes and bits of the base month and the months written.

        Neither texts nor library versions enter: two runs with the same numbers have the same
        digest, whatever their scenarios are called.
        """
        digest = sha256()
        digest.update(json.dumps([self.axes.regions, self.axes.sectors, str(self.start)]).encode())
        for kind, store, months in (("base", self._base, 1), ("path", self._path, self.written)):
            for table, variables in store.items():
                for variable, array in variables.items():
                    part = np.ascontiguousarray(array[:months], dtype="<f8")
                    digest.update(json.dumps([kind, table, variable, part.shape]).encode())
                    digest.update(part.data)
        return digest.hexdigest()

    def meta(self) -> dict[str, Any]:
        """What `read` needs beside the tables; plain enough for JSON."""
        return {
            "axes": asdict(self.axes),
            "start": str(self.start),
            "months": self.written,
            "identities": list(self.tables["residuals"].variables),
            "scenario": self.scenario,
            "source": self.source,
            "decisions": self.decisions,
        }

    @classmethod
    def read(cls, folder: str | Path) -> Panel:
        """Open the folder of a finished run; InputError if it is none or a file is damaged."""
        axes, start, meta, base, path = read_tables(Path(folder))
        months, told = meta["months"], (meta["identities"], meta["scenario"], meta["source"])
        try:
            panel = cls(axes, start, months, base, *told)
            panel.decisions = [dict(row) for row in meta.get("decisions", [])]
            given = {name: table.given for name, table in panel.tables.items()}
            for t in range(months):
                panel.write(t, **{n: {v: path[n][v][t] for v in given[n]} for n in given})
        except (ValueError, KeyError, TypeError) as error:
            raise damaged(Path(folder), error) from error
        return panel
