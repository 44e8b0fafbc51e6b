"""What a policy may see of the world: labels, the table of dated bans, and what countries are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Protocol, TypeVar

import numpy as np

from sim.axes import Axes, Month
from sim.baseline.rows import Rows
from sim.baseline.technology import Technology
from sim.errors import InputError, unknown
from sim.policies.measure import Measure

T = TypeVar("T")
# rows of the coverage table that repeat the others
TOTALS = ("ALL_GOODS",)


class HasCoverage(Protocol):
    """The part of a baseline that measures need.

    coverage: flow, target, date, package, sector, coverage_cumulative, coverage_effective;
    a row is the level of one sector from its date until the next date of that flow and target.
    egovernment: `[R]` capability of e-government, 0 to 1. gdp, population: `[R]`.
    technology: the classes, for the sectors that make them. trade, tariff: `[R,R,S]` of the base
    year, origin, destination, sector.
    """

    @property
    def axes(self) -> Axes:
        """Labels."""

    @property
    def coverage(self) -> Rows:
        """Dated bans."""

    @property
    def egovernment(self) -> np.ndarray:
        """Capability of e-government."""

    @property
    def gdp(self) -> np.ndarray:
        """Any unit: only shares are used."""

    @property
    def population(self) -> np.ndarray:
        """Persons."""

    @property
    def technology(self) -> Technology:
        """Technology of the base year."""

    @property
    def trade(self) -> np.ndarray:
        """Any unit: only shares are used."""

    @property
    def tariff(self) -> np.ndarray:
        """Shares of the value."""


class Context:
    """Cells by label, and coverage by month. Arrays are origin, destination, sector."""

    def __init__(self, baseline: HasCoverage) -> None:
        self.axes = baseline.axes
        self.regions, self.sectors = len(self.axes.regions), len(self.axes.sectors)
        self.egovernment = baseline.egovernment
        self._baseline = baseline
        table = baseline.coverage
        keys = zip(table["flow"], table["target"], strict=True)
        self._rows: dict[tuple[str, str], list[int]] = {}
        for row, (key, sector) in enumerate(zip(keys, table["sector"], strict=True)):
            if sector not in TOTALS:
                self._rows.setdefault(key, []).append(row)
        self._levels: dict[tuple[str, str, str], tuple[list[date], np.ndarray]] = {}
        self._remembered: dict[object, Any] = {}

    def remembered(self, key: object, make: Callable[[], T]) -> T:
        """What a policy works out once for all months, under a key of its own."""
        if key not in self._remembered:
            self._remembered[key] = make()
        found: T = self._remembered[key]
        return found

    @property
    def technology_source(self) -> np.ndarray:
        """`int64[C]`: the sector that makes each technology class."""
        technology = self._baseline.technology
        if not technology.weight.any():
            raise InputError("the baseline has no technology.csv: there is no class to work on")
        return technology.source

    @property
    def outside_tariff(self) -> np.ndarray:
        """`[R,S]`: mean duty of a region on goods of outsiders that pay any, weighted by trade."""
        base, outside = self._baseline, ~self.axes.is_member
        paying = (base.tariff.max(axis=2) > 0.0) & outside[:, None]  # origin, destination
        trade = base.trade * paying[:, :, None]
        return (trade * base.tariff).sum(axis=0) / np.maximum(trade.sum(axis=0), 1e-300)

    def size(self, measured_by: str) -> np.ndarray:
        """`[R]`: regions by 'gdp' or 'population', or all 'equal'."""
        if measured_by == "equal":
            return np.ones(self.regions)
        return self._baseline.gdp if measured_by == "gdp" else self._baseline.population

    def pairs(
        self, origins: Iterable[str], destinations: Iterable[str], both_ways: bool = False
    ) -> np.ndarray:
        """`bool[R, R]`: from origins to destinations, never from a region to itself."""
        out = np.zeros((self.regions, self.regions), dtype=bool)
        rows, columns = self._regions(origins), self._regions(destinations)
        out[np.ix_(rows, columns)] = True
        if both_ways:
            out |= out.T
        np.fill_diagonal(out, False)
        if not out.any():
            raise InputError("by and on hold no two different regions")
        return out

    def chosen(self, measure: Measure) -> np.ndarray:
        """`bool[S]`: the sectors of a measure."""
        out = np.zeros(self.sectors, dtype=bool)
        out[self.axes.sector_positions(measure.sectors)] = True
        if not out.any():
            raise InputError("sectors is empty")
        return out

    def cells(self, measure: Measure, pairs: np.ndarray) -> np.ndarray:
        """`bool[R, R, S]`: pairs in the sectors of a measure."""
        return pairs[:, :, None] & self.chosen(measure)

    def listed(self, measure: Measure, month: Month) -> np.ndarray:
        """`[R, S]` share of varieties that a measure bars for each target in `on`.

        From the table: the mean of the dated levels over the days on which the measure is in
        force, which its strength then spreads over the month. Regions not in `on` have 0.
        Options `enforcement` and `over_compliance` turn what is listed into what is not traded.
        """
        given = measure.options["coverage"]
        out = np.zeros((self.regions, self.sectors))
        for region in self._regions(measure.on):
            out[region] = (
                self._mean(measure, month, given["flow"], region, given["column"])
                if isinstance(given, dict)
                else _held(measure, np.asarray(given))
            )
        return out * self.chosen(measure)

    def _regions(self, codes: Iterable[str]) -> np.ndarray:
        return self.axes.region_positions(codes)

    def _mean(
        self, measure: Measure, month: Month, flow: str, region: int, column: str
    ) -> np.ndarray:
        dates, levels = self._table(flow, self.axes.regions[region], column)
        total, days = np.zeros(self.sectors), measure.share(month)
        for level, since, until in zip(levels, dates, [*dates[1:], None], strict=True):
            share = measure.share(month, since, until)
            if share:  # a whole month of one level is that level, to the bit
                total += _held(measure, level) * (share / days)
        return total

    def _table(self, flow: str, target: str, column: str) -> tuple[list[date], np.ndarray]:
        """Dates, and the level from each on, `[dates, S]`."""
        key = (flow, target, column)
        if key not in self._levels:
            if (flow, target) not in self._rows:
                known = [f"{f} {t}" for f, t in sorted(self._rows)]
                raise unknown("flow and target of the coverage table", f"{flow} {target}", known)
            table, rows = self._baseline.coverage, self._rows[flow, target]
            dates = sorted({table["date"][row] for row in rows})
            levels = np.zeros((len(dates), self.sectors))
            for row in sorted(rows, key=lambda row: table["date"][row]):
                sector = self.axes.sector(table["sector"][row])
                levels[dates.index(table["date"][row]) :, sector] = table[column][row]
            self._levels[key] = dates, levels
        return self._levels[key]


def _held(measure: Measure, listed: np.ndarray) -> np.ndarray:
    """Share of varieties no longer traded: what holds of the list, and what firms drop besides.

    Nothing is dropped where nothing is listed: over-compliance is caution near a ban.
    """
    held = measure.options["enforcement"] * listed
    dropped = measure.options["over_compliance"] * (1.0 - held)
    return np.where(listed > 0.0, held + dropped, 0.0)
