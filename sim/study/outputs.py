"""What a study reads out of a run: functions of a Panel by name, one number each.

A study file names one of STATISTICS and its arguments, e.g.
`{measure: change, variable: real_consumption, region: RUS}`. Values are in the unit they are
told in; windows are the last months of a run, a year by default, or a `period`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from sim.axes import YEAR, Axes, Month
from sim.errors import InputError, blaming, unknown
from sim.levers import TECHNOLOGY_CLASSES
from sim.record import indicators
from sim.record.columns import DIFFERENCE, PER_CENT, POINTS, REGIONS
from sim.record.panel import Panel
from sim.study.periods import window

Codes = str | Sequence[str]
BASE = "base"
"""What a run is held against where that is its own base month, not another run."""
CODES = (
    "region", "origin", "destination", "target", "senders", "hubs", "partners", "suppliers",
    "partner", "rivals", "behind",
)  # fmt: skip
"""Arguments that are a region's code, a set such as `members`, or a list of these."""


def change(panel: Panel, variable: str, region: Codes, last: int = YEAR) -> float:
    """A regional variable, summed over the regions, against the base month, %."""
    here = panel.axes.region_positions(_listed(region))
    path = panel.values("regions", variable)[-last:, here].sum(axis=1).mean()
    return float(100.0 * (path / panel.base("regions", variable)[here].sum() - 1.0))


def level(panel: Panel, variable: str, region: Codes, last: int = YEAR) -> float:
    """A regional variable, summed over the regions, mean of months."""
    here = panel.axes.region_positions(_listed(region))
    return float(panel.values("regions", variable)[-last:, here].sum(axis=1).mean())


def consumption(panel: Panel, region: Codes, last: int = YEAR) -> float:
    """What households and governments of the regions consume, at base prices, mean of months."""
    path, _ = indicators.consumption(panel)
    here = panel.axes.region_positions(_listed(region))
    return float(path[-last:, here].sum(axis=1).mean())


def output(panel: Panel, region: Codes, sectors: Sequence[str], last: int = YEAR) -> float:
    """What sectors of the regions make, at base prices, mean of months."""
    here, chosen = panel.axes.region_positions(_listed(region)), _chosen(panel, sectors)
    made = panel.values("sectors", "output")[-last:, here]
    return float(made[:, :, chosen].sum(axis=(1, 2)).mean())


def lag(
    panel: Panel, region: Codes, behind: Codes, variable: str = "real_gdp", last: int = YEAR
) -> float:
    """How far a variable of the regions has fallen behind that of others since the base, %."""
    own, other = (100.0 + change(panel, variable, one, last) for one in (region, behind))
    return 100.0 * (1.0 - own / other)


def turnover(panel: Panel, region: str, partners: Codes, last: int = YEAR) -> float:
    """Goods traded both ways as the region's customs record them, mean of months."""
    path, _ = indicators.recorded_turnover(panel, region, _listed(partners))
    return float(path[-last:].mean())


def lead(panel: Panel, region: str, partner: str, rivals: Codes, last: int = YEAR) -> float:
    """Turnover with a partner over that with the largest of its rivals."""
    codes = [panel.axes.regions[r] for r in panel.axes.region_positions(_listed(rivals))]
    others = [turnover(panel, region, r, last) for r in codes if r not in (region, partner)]
    return turnover(panel, region, partner, last) / max(others)


def trade(
    panel: Panel, origin: Codes, destination: Codes, last: int = YEAR,
    sectors: Sequence[str] | None = None,
) -> float:  # fmt: skip
    """Trade in goods between two sets of regions, 100 = base month."""
    months = (max(0, panel.written - last), panel.written)
    chosen = None if sectors is None else list(sectors)
    return 100.0 * indicators.goods(
        panel, months, _listed(origin), _listed(destination), sectors=chosen
    )


def offset(
    panel: Panel, target: str, senders: Codes, hubs: Codes = "all", last: int = YEAR
) -> float:
    """Goods that reach the target through hubs, % of the senders' direct trade lost."""
    found = indicators.rerouting(panel, target, _listed(senders), _listed(hubs))
    return float(100.0 * found.offset[-last:].mean())


def rerouted(panel: Panel, target: str, senders: Codes, last: int = YEAR) -> float:
    """Re-exports, % of the target's imports of goods."""
    return float(100.0 * indicators.rerouting(panel, target, _listed(senders)).share[-last:].mean())


def loss(panel: Panel, region: Codes, variable: str = "real_consumption") -> float:
    """What the regions fall short of their base over all months, billion USD of the base year."""
    here = panel.axes.region_positions(_listed(region))
    short = panel.base("regions", variable)[here] - panel.values("regions", variable)[:, here]
    return float(short.sum() / 1000.0)


def consumption_lost(panel: Panel, region: Codes) -> float:
    """What households and governments of the regions consume less than at base, bn USD in all."""
    here = panel.axes.region_positions(_listed(region))
    path, base = indicators.consumption(panel)
    return float((base[here] - path[:, here]).sum() / 1000.0)


def sovereignty(panel: Panel, region: str, classes: Sequence[str] = TECHNOLOGY_CLASSES) -> float:
    """Technology needs met by working technology of one's own in the last month, %."""
    index = indicators.sovereignty_index(panel, list(classes))
    return float(100.0 * index[-1, panel.axes.region(region)])


def orientation(panel: Panel, region: str, partners: Codes = "members", last: int = YEAR) -> float:
    """Share of a region's foreign trade that is with the partners, %."""
    share = indicators.orientation(panel, region, _listed(partners))
    return float(100.0 * share[-last:].mean())


def dependence(
    panel: Panel, region: str, suppliers: Codes, last: int = YEAR,
    sectors: Sequence[str] | None = None,
) -> float:  # fmt: skip
    """Share of a region's purchases that comes from the suppliers, mean over sectors, %."""
    share = indicators.dependence(panel, region, _listed(suppliers))[-last:]
    return float(100.0 * share[:, _chosen(panel, sectors)].mean())


def concentration(
    panel: Panel, region: str, last: int = YEAR, sectors: Sequence[str] | None = None
) -> float:
    """Herfindahl index of a region's foreign suppliers, mean over sectors: 1 is a single one."""
    index = indicators.concentration(panel, region)[-last:]
    return float(index[:, _chosen(panel, sectors)].mean())


def _chosen(panel: Panel, sectors: Sequence[str] | None) -> np.ndarray:
    """Goods, unless sectors are named."""
    axes = panel.axes
    return axes.is_good if sectors is None else np.isin(axes.sectors, list(sectors))


class Statistic(NamedTuple):
    """What a study may read out of a run: the function, its unit, how two runs are compared."""

    of: Callable[..., float]
    unit: str
    change: str = DIFFERENCE


STATISTICS: dict[str, Statistic] = {
    "change": Statistic(change, "%", POINTS),
    "level": Statistic(level, "", PER_CENT),
    "consumption": Statistic(consumption, "M USD of the base year a month", PER_CENT),
    "output": Statistic(output, "M USD of the base year a month", PER_CENT),
    "lag": Statistic(lag, "% behind", POINTS),
    "turnover": Statistic(turnover, "M USD a month", PER_CENT),
    "lead": Statistic(lead, "ratio"),
    "trade": Statistic(trade, "base = 100"),
    "offset": Statistic(offset, "% of trade lost", POINTS),
    "rerouted": Statistic(rerouted, "% of imports", POINTS),
    "loss": Statistic(loss, "bn USD"),
    "consumption_lost": Statistic(consumption_lost, "bn USD"),
    "sovereignty": Statistic(sovereignty, "% of needs", POINTS),
    "orientation": Statistic(orientation, "% of trade", POINTS),
    "dependence": Statistic(dependence, "% of purchases", POINTS),
    "concentration": Statistic(concentration, "index"),
}
"""What `measure:` may name. Shares are told in per cent, so their differences are points."""


def _listed(codes: Codes) -> list[str]:
    return [codes] if isinstance(codes, str) else list(codes)


@dataclass(frozen=True)
class Output:
    """A number a study looks at: a measure of one run, held against another if one is named.

    run, against: names among the runs of the study. to_base: held against the run's own base
    month. best: 'low' or 'high' for a search. period: the months looked at, see `periods`.
    """

    name: str
    measure: str
    run: str
    against: str | None = None
    best: str = "low"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    period: str | None = None
    to_base: bool = False

    @classmethod
    def read(cls, name: str, given: object, runs: Sequence[str]) -> Output:
        """Checked as far as it can be without a baseline; InputError otherwise."""
        with blaming(f"output '{name}'"):
            if not isinstance(given, Mapping) or "measure" not in given:
                raise InputError(f"{given!r} names no measure (known: {', '.join(STATISTICS)})")
            rest = dict(given)
            measure = rest.pop("measure")
            if not isinstance(measure, str) or measure not in STATISTICS:
                raise unknown("measure", measure, STATISTICS)
            run, against = rest.pop("run", runs[0]), rest.pop("against", None)
            for chosen in (run, against):
                if chosen not in (None, *runs) and (chosen is run or chosen != BASE):
                    raise unknown("run", chosen, [*runs, BASE])
            to_base = against == BASE and BASE not in runs
            best = rest.pop("best", "low")
            if best not in ("low", "high"):
                raise unknown("best", best, ("low", "high"))
            period = rest.pop("period", None)
            _fits(measure, rest)
            if period is not None and "last" in rest:
                raise InputError("period and last both say which months; leave one out")
        period = None if period is None else str(period)
        return cls(name, measure, run, None if to_base else against, best, rest, period, to_base)

    def check(self, axes: Axes, start: Month, months: int) -> None:
        """InputError for a region, a variable or a period that the run does not have."""
        with blaming(f"output '{self.name}'"):
            for key in CODES:
                if key in self.arguments:
                    axes.region_positions(_listed(self.arguments[key]))
            variable = self.arguments.get("variable")
            if variable is not None and variable not in REGIONS.variables:
                raise unknown("variable of regions", variable, REGIONS.variables)
            for sector in self.arguments.get("sectors") or ():
                if sector not in axes.sectors:
                    raise unknown("sector", sector, axes.sectors)
            for name in self.arguments.get("classes") or ():
                if name not in TECHNOLOGY_CLASSES:
                    raise unknown("class of technology", name, TECHNOLOGY_CLASSES)
            if self.period is not None and window(self.period, start, months) is None:
                raise InputError(
                    f"period '{self.period}' is not within {start} to {start + (months - 1)}; "
                    "simulate more months, or write it as 2022, 2022-03..2022-11 or 2023-03.."
                )

    def of(self, panel: Panel) -> float:
        """The measure of one panel, or how it differs from its own base month."""
        value = self._measured(panel)
        return self.compared(value, self._measured(panel.at_base())) if self.to_base else value

    def _measured(self, panel: Panel) -> float:
        arguments = dict(self.arguments)
        if self.period is not None:
            months = window(self.period, panel.start, panel.written)
            assert months is not None, self.period
            panel = panel.within(*months)
            if "last" in _arguments(self.measure):
                arguments["last"] = panel.written
        return STATISTICS[self.measure].of(panel, **arguments)

    def compared(self, value: float, other: float) -> float:
        """How a run's value differs from another's, in `unit`."""
        if STATISTICS[self.measure].change == PER_CENT:
            return 100.0 * (value / other - 1.0)
        return value - other

    @property
    def level(self) -> bool:
        """Whether it is a level, not a difference."""
        return self.against is None and not self.to_base

    @property
    def unit(self) -> str:
        """For tables and axes; the difference of two percentages is in points."""
        measure = STATISTICS[self.measure]
        if not self.level and measure.change != DIFFERENCE:
            return measure.change
        variable = self.arguments.get("variable")
        return measure.unit or (REGIONS[variable].unit if variable else "")

    @property
    def label(self) -> str:
        """The name for the eye."""
        return f"{self.name.replace('_', ' ')} ({self.unit})"


def _arguments(measure: str) -> dict[str, inspect.Parameter]:
    given = inspect.signature(STATISTICS[measure].of).parameters
    return {name: parameter for name, parameter in given.items() if name != "panel"}


def _fits(measure: str, arguments: Mapping[str, Any]) -> None:
    allowed = _arguments(measure)
    for key in arguments:
        if key not in allowed:
            raise unknown(f"argument of {measure}", key, allowed)
    missing = [k for k, p in allowed.items() if p.default is p.empty and k not in arguments]
    if missing:
        raise InputError(f"measure {measure} needs {', '.join(missing)}")
