"""The path of levers: what all measures together move, month by month."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from sim import levers
from sim.axes import Month
from sim.errors import blaming
from sim.levers import Lever, Levers
from sim.policies.context import Context
from sim.policies.measure import Measure
from sim.policies.policy import Contribution, Policy

ANSWER = "counter_sanctions"


class LeverPath:
    """The levers of every month.

    conflicts: sentences on measures of one policy that move a cell in opposite directions.
    """

    def __init__(
        self,
        measures: tuple[Measure, ...],
        context: Context,
        start: Month,
        rules: Mapping[str, Policy],
    ) -> None:
        self.start = start
        self.measures = measures
        self.axes = context.axes
        self.neutral = levers.neutral(context.axes)
        self._context = context
        self._rules = rules
        self._months: list[Levers] = []
        self._conflicts: dict[tuple[str, str], str] = {}
        self._senders: list[np.ndarray] = []

    @property
    def conflicts(self) -> tuple[str, ...]:
        """What contradicts itself in the months compiled so far."""
        return tuple(self._conflicts[pair] for pair in sorted(self._conflicts))

    def __len__(self) -> int:
        return len(self._months)

    def at(self, t: int) -> Levers:
        """The levers of month t, counted from the start; the same object while nothing changes.

        Later months than were asked for are compiled when they are reached.
        """
        while len(self._months) <= t:
            made = self._compiled(self.start + len(self._months))
            before = self._months[-1] if self._months else self.neutral
            self._months.append(before if made.same(before) else made)
        return self._months[t]

    def senders(self, t: int) -> np.ndarray:
        """Regions that bar trade with another or press third countries in month t: `int64[n]`.

        Counter-sanctions make neither a sender nor a target.
        """
        self.at(t)
        return self._senders[t]

    def _sending(self, parts: Mapping[str, Contribution]) -> np.ndarray:
        by: set[str] = set()
        barred: set[str] = set()
        for measure in self.measures:
            part = parts.get(measure.name)
            if part is None or measure.policy == ANSWER:
                continue
            if "coverage" in part:
                barred.update(measure.on)
            if "coverage" in part or "secondary_pressure" in part:
                by.update(measure.by)
        targets = set(self.axes.region_positions(barred))
        found = [r for r in self.axes.region_positions(by) if r not in targets]
        return np.array(found, dtype=np.int64)

    def shape(self, lever: str) -> tuple[int, ...]:
        """Shape of a lever, by name."""
        return getattr(self.neutral, lever).shape

    def table(self) -> pd.DataFrame:
        """month, lever, origin, destination, sector, value: every cell that is not neutral.

        Levers of one region have it as origin; a technology class stands under sector.
        """
        rows = []
        for t, month in enumerate(self._months):
            for lever in levers.LEVERS:
                values, names = getattr(month, lever.name), levers.labels(lever, self.axes)
                for cell in np.argwhere(values != lever.neutral):
                    label = dict.fromkeys(("origin", "destination", "sector"), "")
                    for axis, column in enumerate(_columns(lever.axes)):
                        label[column] = names[axis][cell[axis]]
                    rows.append(
                        {"month": str(self.start + t), "lever": lever.name}
                        | label
                        | {"value": float(values[tuple(cell)])}
                    )
        columns = ["month", "lever", "origin", "destination", "sector", "value"]
        return pd.DataFrame(rows, columns=columns)

    def _compiled(self, month: Month) -> Levers:
        parts = {m.name: part for m in self.measures if (part := self._part(m, month))}
        made = levers.combine(self.neutral, parts)
        for lever in levers.LEVERS:
            who = [name for name in parts if lever.name in parts[name]]
            if who:
                with blaming(f"measures {', '.join(who)} in {month}"):
                    levers.check(lever, getattr(made, lever.name), self.axes)
        self._note_conflicts(parts, month)
        self._senders.append(self._sending(parts))
        return made

    def _part(self, measure: Measure, month: Month) -> Contribution:
        """What one measure adds this month; nothing at all when it is not in force."""
        strength = measure.strength(month)
        if strength == 0:
            return {}
        full = self._rules[measure.policy].contribute(measure, self._context, month)
        return {
            name: np.broadcast_to(levers.find(name).scaled(value, strength), self.shape(name))
            for name, value in full.items()
        }

    def _note_conflicts(self, parts: Mapping[str, Contribution], month: Month) -> None:
        acting = [m for m in self.measures if m.name in parts]
        for one, two in combinations(acting, 2):
            pair = (one.name, two.name)
            if one.policy != two.policy or pair in self._conflicts:
                continue
            for name in parts[one.name].keys() & parts[two.name].keys():
                lever = levers.find(name)
                against = _opposite(lever, parts[one.name][name], parts[two.name][name])
                if against.size:
                    names = levers.labels(lever, self.axes)
                    at = " ".join(x[i] for x, i in zip(names, against[0], strict=True))
                    self._conflicts[pair] = (
                        f"measures '{one.name}' and '{two.name}' ({one.policy}) move {name} of "
                        f"{at} in opposite directions from {month}"
                    )


def _opposite(lever: Lever, one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """`int64[n, axes]`: cells that two contributions move away from neutral in different ways.

    Levers that keep the strongest contribution (max, min) cannot be contradicted.
    """
    if lever.rule in ("max", "min"):
        return np.empty((0, len(lever.axes)), dtype=np.int64)
    return np.argwhere((one - lever.neutral) * (two - lever.neutral) < 0)


def _columns(axes: tuple[str, ...]) -> list[str]:
    """Where the labels of each axis of a lever stand in the tidy table."""
    last = {"sector": "sector", "class": "sector", "destination": "destination"}
    return [last.get(axis, "destination" if axis == "partner" else "origin") for axis in axes]
