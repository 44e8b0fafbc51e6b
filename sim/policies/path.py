"""The path of levers: what all measures together move, month by month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from sim import levers
from sim.axes import Month
from sim.errors import blaming
from sim.levers import Lever, Levers
from sim.policies.context import Context
from sim.policies.measure import Measure
from sim.policies.policy import Contribution, Policy

if TYPE_CHECKING:
    import pandas as pd

UNSENT = ("counter_sanctions", "road_closed")  # bars trade, and makes neither a sender nor a target


@dataclass(frozen=True, eq=False)
class Part:
    """What a measure contributes in a month: at full strength, and at the strength it has."""

    strength: float
    full: Contribution
    scaled: Contribution


class LeverPath:
    """The levers of every month.

    conflicts: sentences on measures of one policy that move a cell in opposite directions.
    moved: names of measures that moved anything at all in the months compiled so far.
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
        self._pressing: list[np.ndarray] = []
        self._parts: dict[str, Part] = {}
        self._acts: dict[str, dict[str, np.ndarray]] = {}
        self.moved: set[str] = set()

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

    def known_at(self, t: int) -> Unchanging:
        """The path of somebody who thinks that month t goes on for ever."""
        return Unchanging(self, t)

    def senders(self, t: int) -> np.ndarray:
        """Regions that bar trade with another or press third countries in month t: `int64[n]`.

        Counter-sanctions and closed roads make neither a sender nor a target.
        """
        self.at(t)
        return self._senders[t]

    def pressing(self, t: int) -> np.ndarray:
        """Those of them that press third countries: `int64[n]`."""
        self.at(t)
        return self._pressing[t]

    def _sending(self, parts: Mapping[str, Contribution]) -> tuple[np.ndarray, np.ndarray]:
        """Senders, and those of them that press."""
        by: set[str] = set()
        press: set[str] = set()
        barred: set[str] = set()
        for measure in self.measures:
            part = parts.get(measure.name)
            if part is None or measure.policy in UNSENT:
                continue
            if "coverage" in part:
                barred.update(measure.on)
            if "coverage" in part or "secondary_pressure" in part:
                by.update(measure.by)
            if "secondary_pressure" in part:
                press.update(measure.by)
        targets = set(self.axes.region_positions(barred))
        sending, pressing = (
            np.array([r for r in self.axes.region_positions(who) if r not in targets], np.int64)
            for who in (by, press)
        )
        return sending, pressing

    def shape(self, lever: str) -> tuple[int, ...]:
        """Shape of a lever, by name."""
        return getattr(self.neutral, lever).shape

    def table(self) -> pd.DataFrame:
        """month, lever, origin, destination, sector, value: every cell that is not neutral.

        Levers of one region have it as origin; a technology class stands under sector.
        """
        import pandas as pd

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

    def acts(self, measure: str) -> Mapping[str, np.ndarray]:
        """Where a measure had its way in the months compiled so far: `{lever: bool[shape]}`.

        Where others go further in what only the strongest decides, it has not.
        """
        return self._acts.get(measure, {})

    def _compiled(self, month: Month) -> Levers:
        parts = {m.name: part for m in self.measures if (part := self._part(m, month))}
        last, self._parts = self._parts, parts
        same = parts.keys() == last.keys() and all(parts[name] is last[name] for name in parts)
        if self._months and same:
            self._senders.append(self._senders[-1])
            self._pressing.append(self._pressing[-1])
            return self._months[-1]
        given = {name: part.scaled for name, part in parts.items()}
        made = levers.combine(self.neutral, given)
        for lever in levers.LEVERS:
            who = [name for name in given if lever.name in given[name]]
            if who:
                with blaming(f"measures {', '.join(who)} in {month}"):
                    levers.check(lever, getattr(made, lever.name), self.axes)
                self._note_acts(lever, getattr(made, lever.name), given, who)
        self._note_conflicts(given, month)
        sending, pressing = self._sending(given)
        self._senders.append(sending)
        self._pressing.append(pressing)
        return made

    def _part(self, measure: Measure, month: Month) -> Part | None:
        """What one measure adds this month; nothing at all when it is not in force.

        The same object as last month if nothing of it changed.
        """
        strength = measure.strength(month)
        if strength == 0:
            return None
        full = self._rules[measure.policy].contribute(measure, self._context, month)
        last = self._parts.get(measure.name)
        if last and last.strength == strength and _equal(last.full, full):
            return last
        scaled = {
            name: np.broadcast_to(levers.find(name).scaled(value, strength), self.shape(name))
            for name, value in full.items()
        }
        return Part(strength, full, scaled)

    def _note_acts(
        self, lever: Lever, made: np.ndarray, given: Mapping[str, Contribution], who: list[str]
    ) -> None:
        for name in who:
            part = given[name][lever.name]
            moving = part != lever.neutral
            if not moving.any():
                continue
            self.moved.add(name)
            if lever.rule in ("max", "min"):
                moving = moving & (part == made)
            at = self._acts.setdefault(name, {})
            at[lever.name] = at[lever.name] | moving if lever.name in at else moving

    def _note_conflicts(self, given: Mapping[str, Contribution], month: Month) -> None:
        """Only measures that meet in a cell that others move the other way are held together."""
        families: dict[tuple[str, str], list[str]] = {}
        for measure in self.measures:
            for name in given.get(measure.name, ()):
                if levers.find(name).rule not in ("max", "min"):  # the strongest: no contradiction
                    families.setdefault((measure.policy, name), []).append(measure.name)
        for (policy, name), members in families.items():
            if len(members) > 1:
                self._note_opposites(policy, levers.find(name), members, given, month)

    def _note_opposites(
        self, policy: str, lever: Lever, members: list[str], given: Mapping[str, Contribution],
        month: Month,
    ) -> None:  # fmt: skip
        ways = {who: given[who][lever.name] - lever.neutral for who in members}
        contested = np.any([way > 0 for way in ways.values()], axis=0)
        contested &= np.any([way < 0 for way in ways.values()], axis=0)
        if not contested.any():
            return
        there = {who: way[contested] for who, way in ways.items()}
        meeting = [who for who in members if there[who].any()]
        names, cells = levers.labels(lever, self.axes), np.argwhere(contested)
        for one, two in combinations(meeting, 2):
            against = there[one] * there[two] < 0
            if against.any() and (one, two) not in self._conflicts:
                cell = cells[np.argmax(against)]
                at = " ".join(x[i] for x, i in zip(names, cell, strict=True))
                self._conflicts[one, two] = (
                    f"measures '{one}' and '{two}' ({policy}) move {lever.name} of "
                    f"{at} in opposite directions from {month}"
                )


def _equal(one: Contribution, two: Contribution) -> bool:
    return one.keys() == two.keys() and all(np.array_equal(one[k], two[k]) for k in one)


@dataclass(frozen=True)
class Unchanging:
    """A path of levers for somebody who thinks that month `last` goes on for ever."""

    path: LeverPath
    last: int

    def at(self, t: int) -> Levers:
        """As `LeverPath.at`, of the last month known."""
        return self.path.at(min(t, self.last))

    def known_at(self, t: int) -> Unchanging:
        """As `LeverPath.known_at`."""
        return Unchanging(self.path, min(t, self.last))

    def senders(self, t: int) -> np.ndarray:
        """As `LeverPath.senders`, of the last month known."""
        return self.path.senders(min(t, self.last))

    def pressing(self, t: int) -> np.ndarray:
        """As `LeverPath.pressing`, of the last month known."""
        return self.path.pressing(min(t, self.last))


def _columns(axes: tuple[str, ...]) -> list[str]:
    """Where the labels of each axis of a lever stand in the tidy table."""
    last = {"sector": "sector", "class": "sector", "destination": "destination"}
    return [last.get(axis, "destination" if axis == "partner" else "origin") for axis in axes]
