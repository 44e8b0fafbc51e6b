"""What a study reads out of a run: functions of a Panel by name, one number each.

A study file names one of MEASURES and its arguments, e.g.
`{measure: change, variable: real_consumption, region: RUS}`. Values are in the unit they are
told in; windows are the last months of a run, a year by default.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.axes import Axes
from sim.errors import InputError, blaming, unknown
from sim.record import indicators
from sim.record.columns import REGIONS
from sim.record.panel import Panel

Codes = str | Sequence[str]
YEAR = 12
CODES = (
    "region", "origin", "destination", "target", "senders", "hubs", "partners", "suppliers"
)  # fmt: skip
"""Arguments that are a region's code, a set such as `members`, or a list of these."""


def change(panel: Panel, variable: str, region: Codes, last: int = YEAR) -> float:
    """A regional variable, summed over the regions, against the base month, %."""
    here = panel.axes.region_positions(_listed(region))
    path = panel.values("regions", variable)[-last:, here].sum(axis=1).mean()
    return float(100.0 * (path / panel.base("regions", variable)[here].sum() - 1.0))


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


def sovereignty(panel: Panel, region: str) -> float:
    """Technology needs met by working technology of one's own in the last month, %."""
    return float(100.0 * indicators.sovereignty_index(panel)[-1, panel.axes.region(region)])


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


Measure = Callable[..., float]
MEASURES: dict[str, tuple[Measure, str]] = {
    "change": (change, "%"),
    "trade": (trade, "base = 100"),
    "offset": (offset, "% of trade lost"),
    "rerouted": (rerouted, "% of imports"),
    "loss": (loss, "bn USD"),
    "consumption_lost": (consumption_lost, "bn USD"),
    "sovereignty": (sovereignty, "% of needs"),
    "orientation": (orientation, "% of trade"),
    "dependence": (dependence, "% of purchases"),
    "concentration": (concentration, "index"),
}
"""Measures a study may name, with the unit of each."""


def _listed(codes: Codes) -> list[str]:
    return [codes] if isinstance(codes, str) else list(codes)


@dataclass(frozen=True)
class Output:
    """A number a study looks at: a measure of one run, less that of another if one is named.

    run, against: names among the runs of the study. best: 'low' or 'high' for a search.
    """

    name: str
    measure: str
    run: str
    against: str | None = None
    best: str = "low"
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, name: str, given: object, runs: Sequence[str]) -> Output:
        """Checked as far as it can be without a baseline; InputError otherwise."""
        with blaming(f"output '{name}'"):
            if not isinstance(given, Mapping) or "measure" not in given:
                raise InputError(f"{given!r} names no measure (known: {', '.join(MEASURES)})")
            rest = dict(given)
            measure = rest.pop("measure")
            if measure not in MEASURES:
                raise unknown("measure", measure, MEASURES)
            run, against = rest.pop("run", runs[0]), rest.pop("against", None)
            for chosen in (run, against):
                if chosen is not None and chosen not in runs:
                    raise unknown("run", chosen, runs)
            best = rest.pop("best", "low")
            if best not in ("low", "high"):
                raise unknown("best", best, ("low", "high"))
            _fits(measure, rest)
        return cls(name, measure, run, against, best, rest)

    def check(self, axes: Axes) -> None:
        """InputError for a region or a variable that the baseline does not have."""
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

    def of(self, panel: Panel) -> float:
        """The measure of one panel."""
        return MEASURES[self.measure][0](panel, **self.arguments)

    @property
    def unit(self) -> str:
        """For tables and axes; the difference of two percentages is in points."""
        unit = MEASURES[self.measure][1]
        return "points" if self.against and unit.startswith("%") else unit

    @property
    def label(self) -> str:
        """The name for the eye."""
        return f"{self.name.replace('_', ' ')} ({self.unit})"


def _fits(measure: str, arguments: Mapping[str, Any]) -> None:
    allowed = {k: p for k, p in inspect.signature(MEASURES[measure][0]).parameters.items()
               if k != "panel"}  # fmt: skip
    for key in arguments:
        if key not in allowed:
            raise unknown(f"argument of {measure}", key, allowed)
    missing = [k for k, p in allowed.items() if p.default is p.empty and k not in arguments]
    if missing:
        raise InputError(f"measure {measure} needs {', '.join(missing)}")
