"""What a scenario asks for and does not get, a line each: said before a run, refused by nobody.

A table of zeros after ten seconds looks like an answer. It is none if the measure began after
the last month, if it moved nothing, or if it cut a tariff that was not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol

import numpy as np

from sim import levers
from sim.axes import Axes, Month
from sim.policies.measure import Measure
from sim.policies.path import LeverPath

NAMED = 4
"""Measures that a line names; of more it says how many."""
_CELLS = ("origin", "destination", "sector")


class Trading(Protocol):
    """The part of a baseline that tells whether a measure bites: labels, trade and tariffs."""

    @property
    def axes(self) -> Axes:
        """Labels."""

    @property
    def trade(self) -> np.ndarray:
        """`[R,R,S]` mUSD a month, origin, destination, sector."""

    @property
    def tariff(self) -> np.ndarray:
        """`[R,R,S]` share of the value."""


def notes(path: LeverPath, baseline: Trading, months: int) -> tuple[str, ...]:
    """Sentences on measures of a compiled path that do nothing, or less than they say.

    Measures that were switched off (intensity 0) are not spoken of.
    """
    first, last = path.start, path.start + (months - 1)
    wanted = [m for m in path.measures if m.intensity > 0]
    late = [m.name for m in wanted if m.start and _month(m.start) - last > 0]
    over = [m.name for m in wanted if m.end and m.end <= date(first.year, first.number, 1)]
    idle = [m for m in wanted if m.name not in (*late, *over)]
    return tuple(
        sentence
        for sentence in (
            _sentence(late, f"after the last month, {last}, and does nothing in this run",
                      f"after the last month, {last}, and do nothing in this run", "begin"),
            _sentence(over, f"before the first month, {first}, and does nothing in this run",
                      f"before the first month, {first}, and do nothing in this run", "end"),
            *_without_effect(path, baseline, idle),
            _at_once(idle, first),
            _below_zero(path, baseline, months),
        )
        if sentence
    )  # fmt: skip


def _month(day: date) -> Month:
    return Month(day.year, day.month)


def _sentence(names: Sequence[str], one: str, many: str, verb: str = "") -> str:
    """`measure 'x' begins ...` or `measures a, b begin ...`; nothing for nobody."""
    if not names:
        return ""
    if len(names) == 1:
        return f"measure '{names[0]}' {verb + 's ' if verb else ''}{one}"
    return f"measures {listed(names)} {verb + ' ' if verb else ''}{many}"


def listed(names: Sequence[str]) -> str:
    """The first of them by name, and how many more there are."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _without_effect(
    path: LeverPath, baseline: Trading, measures: Iterable[Measure]
) -> tuple[str, ...]:
    """Measures in force that move nothing, that others always outdo, or that meet no trade."""
    traded = baseline.trade > 0
    still, outdone, untraded = [], [], []
    for measure in measures:
        name = measure.name
        if name not in path.moved:
            still.append(name)
            continue
        at = {lever: cells for lever, cells in path.acts(name).items() if cells.any()}
        if not at:
            outdone.append(name)
        elif all(
            levers.find(lever).axes == _CELLS and not (cells & traded).any()
            for lever, cells in at.items()
        ):
            untraded.append(name)
    return (
        _sentence(still, "moves nothing in these months: its options or its table of dates leave "
                  "everything as it is", "move nothing in these months: their options or their "
                  "tables of dates leave everything as it is"),
        _sentence(outdone, "never has its way: others always go further",
                  "never have their way: others always go further"),
        _sentence(untraded, "falls only on goods that are not traded there in the base year",
                  "fall only on goods that are not traded there in the base year"),
    )  # fmt: skip


def _at_once(measures: Iterable[Measure], first: Month) -> str:
    """Measures older than the run hit in its first month together."""
    begin = date(first.year, first.number, 1)
    old = [m.name for m in measures if m.start and m.start < begin]
    return _sentence(
        old,
        f"began before the first month, {first}: it is in force at once, as one shock",
        f"began before the first month, {first}: they are in force at once, as one shock",
    )


def _below_zero(path: LeverPath, baseline: Trading, months: int) -> str:
    """Tariffs that are cut by more than they are; they stop at zero."""
    traded = baseline.trade > 0
    cut = np.zeros_like(baseline.tariff)
    for t in range(months):
        now = path.at(t)
        if now is not path.neutral and (not t or now is not path.at(t - 1)):
            cut = np.minimum(cut, now.tariff_change)
    below = traded & (cut < 0) & (baseline.tariff + cut < -1e-12)
    if not below.any():
        return ""
    o, d, s = cell = tuple(np.argwhere(below)[0])
    axes = baseline.axes
    who = [m.name for m in path.measures
           if (at := path.acts(m.name).get("tariff_change")) is not None and at[cell]]  # fmt: skip
    others = f" and of {below.sum() - 1} other flows" if below.sum() > 1 else ""
    return (
        f"the tariff of {axes.regions[o]} to {axes.regions[d]}, {axes.sectors[s]}{others} is cut "
        f"by more than it is ({-cut[cell]:.3g} of {baseline.tariff[cell]:.3g}; {listed(who)}): it "
        "stops at zero"
    )
