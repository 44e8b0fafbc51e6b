"""A measure: one policy, used by somebody on somebody, from a date to a date."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

import numpy as np

from sim.axes import Month, parse_date
from sim.errors import InputError, shown
from sim.reading import codes, real

DAYS_A_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Measure:
    """What a scenario is made of.

    name: key in the scenario; policy: which one (sim/policies).
    by, on: region codes, or the sets 'members', 'partners', 'all'.
    sectors: sector codes, or the sets 'goods', 'services', 'all'.
    start, end: first day in force and first day no longer in force (None: open).
    ramp: months over which it rises, in a straight line, to its full strength.
    intensity: share of full strength, [0, 1]; 0 is as if it were not there.
    options: what else the policy asks for, by name.
    """

    name: str
    policy: str
    by: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ("all",)
    start: date | None = None
    end: date | None = None
    ramp: int = 0
    intensity: float = 1.0
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        where = f"measure '{self.name}'"
        if not 0 <= self.intensity <= 1:
            raise InputError(f"{where}: intensity = {self.intensity} is outside [0, 1]")
        if self.start and self.end and self.end <= self.start:
            raise InputError(f"{where}: end {self.end} is not after start {self.start}")
        if not 0 <= self.ramp <= 240:
            raise InputError(f"{where}: ramp = {self.ramp} is outside [0, 240] (months)")
        if self.ramp and not self.start:
            raise InputError(f"{where}: a ramp of {self.ramp} months needs a start date")

    def share(self, month: Month, since: date | None = None, until: date | None = None) -> float:
        """Mean over a month's days of being in force (0, 1, or the height of the ramp).

        since, until: count only the days from one to before the other.
        """
        begin = max((d for d in (self.start, since) if d), default=date.min)
        stop = min((d for d in (self.end, until) if d), default=date.max)
        first = date(month.year, month.number, 1)
        age = (first - self.start).days if self.start else 0
        if not self.ramp or age >= self.ramp * DAYS_A_MONTH:  # a full month is exactly 1
            return month.share_between(begin, stop)
        days = np.arange(monthrange(month.year, month.number)[1])
        height = np.clip((age + days + 0.5) / (self.ramp * DAYS_A_MONTH), 0, 1)
        days += first.toordinal()
        inside = (begin.toordinal() <= days) & (days < stop.toordinal())
        return float(np.sum(height * inside) / len(days))

    def strength(self, month: Month) -> float:
        """Intensity times the share of the month in force."""
        return self.intensity * self.share(month)

    def to_dict(self) -> dict[str, Any]:
        """Plain and flat, as in YAML; `from_dict` reads it back."""
        plain: dict[str, Any] = {
            f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("name", "options")
        }
        for key in ("by", "on", "sectors"):
            plain[key] = list(plain[key])
        for key in ("start", "end"):
            plain[key] = plain[key] and plain[key].isoformat()
        return plain | {key: _plain(self.options[key]) for key in sorted(self.options)}

    @classmethod
    def from_dict(cls, name: str, tree: object) -> Measure:
        """Read the form of the YAML files; whatever is not a common key is an option."""
        where = f"measure '{name}'"
        if not isinstance(tree, Mapping):
            raise InputError(f"{where} is {shown(tree)}; a measure is a mapping with a policy")
        if not isinstance(tree.get("policy"), str):
            raise InputError(f"{where} names no policy")
        if True in tree:  # YAML reads a bare `on` as the truth value
            tree = {"on" if key is True else key: tree[key] for key in tree} | {
                key: tree[key] for key in tree if key == "on"
            }
        known = {f.name for f in fields(cls)} - {"name", "options"}
        given = {key: tree[key] for key in tree if key in known}
        for key in ("by", "on", "sectors"):
            if key in given:
                given[key] = codes(given[key], f"{where}: {key}")
        for key in ("start", "end"):
            if given.get(key) is not None:
                given[key] = parse_date(given[key], f"{where}: {key}")
        if "ramp" in given and type(given["ramp"]) is not int:
            raise InputError(
                f"{where}: ramp = {shown(given['ramp'])} is not a whole number of months"
            )
        if "intensity" in given:
            given["intensity"] = real(given["intensity"], f"{where}: intensity")
        options = {key: tree[key] for key in tree if key not in known}
        return cls(name=name, options=options, **given)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(value[key]) for key in sorted(value)}
    return list(value) if isinstance(value, tuple) else value
