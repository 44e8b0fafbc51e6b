"""Waves of runs that rule out what cannot have been: implausibility and the space that is left.

I(x) = |emulated - observed| / sqrt(emulator's variance + noise + doubt²), for each summary. A place
is ruled out where the second largest passes the cutoff (3: Pukelsheim's rule): of four flows or
more one may be told wrongly by the model whatever its parameters. A wave runs places that are not
ruled out yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sim.calibrate.design import sobol
from sim.calibrate.emulator import Emulator, emulate, screen
from sim.calibrate.summaries import Summary
from sim.errors import InputError

Model = Callable[[np.ndarray, int], np.ndarray]
"""Places `[n, parameters]` and the first seed to summaries `[n, summaries]`."""
LOOKED_AT = 1 << 15
"""Places that say how much of the space is left."""
ENOUGH = 4
"""Summaries from which one may be told wrongly."""
BATCHES = 8
"""How many times as many are looked through for places to run, where little is left."""


@dataclass(frozen=True)
class Wave:
    """A wave: what it ran, and what was left of the prior's space after it.

    left: share not ruled out. held: share of its runs within 95 % of what the emulators of the
    wave before said of them (NaN for the first), their true test. told: the same when every run of
    its emulators is told from all the others.
    """

    number: int
    places: np.ndarray
    values: np.ndarray
    left: float
    held: float
    told: float


@dataclass(frozen=True)
class Matched:
    """What is known after the last wave. worst: the largest implausibility of each summary at the
    best place found, which says what no parameters can tell.
    """

    waves: tuple[Wave, ...]
    emulators: tuple[Emulator, ...]
    summaries: tuple[Summary, ...]
    worst: np.ndarray

    @property
    def active(self) -> np.ndarray:
        """Inputs that any summary depends on."""
        return np.unique(np.concatenate([e.active for e in self.emulators]))


def implausibility(
    emulators: Sequence[Emulator], found: Sequence[Summary], places: np.ndarray
) -> np.ndarray:
    """`float64[places, summaries]`, see the head of this file."""
    out = np.empty((len(places), len(found)))
    for k, (emulator, summary) in enumerate(zip(emulators, found, strict=True)):
        mean, variance = emulator.at(places)
        doubt = np.sqrt(variance + emulator.noise + summary.doubt * summary.doubt)
        out[:, k] = np.abs(mean - summary.observed) / doubt
    return out


def second(values: np.ndarray) -> np.ndarray:
    """The second largest of each row; the largest where there are too few to forgive one."""
    return np.sort(values, axis=1)[:, -2 if values.shape[1] >= ENOUGH else -1]


def left_over(
    emulators: Sequence[Emulator], found: Sequence[Summary], places: np.ndarray, cutoff: float
) -> np.ndarray:
    """Which places are not ruled out, `bool[places]`.

    Variances cost most, so they are asked for only where the widest one would not rule out.
    """
    floor = np.empty((len(places), len(found)))
    for k, (emulator, summary) in enumerate(zip(emulators, found, strict=True)):
        widest = emulator.widest + emulator.noise + summary.doubt * summary.doubt
        floor[:, k] = np.abs(emulator.mean(places) - summary.observed) / np.sqrt(widest)
    left = second(floor) <= cutoff
    some = np.flatnonzero(left)
    if len(some):
        left[some] = second(implausibility(emulators, found, places[some])) <= cutoff
    return left


def match(
    model: Model, found: Sequence[Summary], parameters: int, points: int, most: int,
    cutoff: float, least_shrink: float, seed: int = 0,
    tell: Callable[[str], object] = lambda text: None,
) -> Matched:  # fmt: skip
    """Run waves until the space stops shrinking, at most `most` of them.

    InputError if nothing is left: then the model cannot tell what was observed, and the message
    names the summaries that are furthest off.
    """
    looked_at = sobol(LOOKED_AT, parameters, salt=1)
    waves: list[Wave] = []
    emulators: list[Emulator] = []
    places, before = sobol(points, parameters), 1.0
    while True:
        number = len(waves) + 1
        values = model(places, seed + sum(len(w.places) for w in waves))
        held = _held(emulators, places, values) if emulators else float("nan")
        every = np.vstack([*(w.places for w in waves), places])
        known = np.vstack([*(w.values for w in waves), values])
        moved = screen(every, known)
        emulators = [emulate(every, column, moved) for column in known.T]
        left = left_over(emulators, found, looked_at, cutoff)
        share, told = float(left.mean()), _told(emulators)
        waves.append(Wave(number, places, values, share, held, told))
        tell(
            f"wave {number}: {len(places)} runs, {share:.2%} of the space is left; "
            f"{told:.0%} of the runs are told within 95 %"
        )
        if not left.any():
            raise InputError(_nothing(emulators, found, looked_at))
        if number == most or share > (1.0 - least_shrink) * before:
            break
        before = share
        places = _next(emulators, found, parameters, points, cutoff, number)
    inside = implausibility(emulators, found, looked_at[left])
    return Matched(tuple(waves), tuple(emulators), tuple(found), inside[second(inside).argmin()])


def _next(
    emulators: Sequence[Emulator], found: Sequence[Summary], parameters: int, points: int,
    cutoff: float, number: int,
) -> np.ndarray:  # fmt: skip
    """Places of the next wave: the first of a new sequence that are not ruled out."""
    kept: list[np.ndarray] = []
    for batch in range(BATCHES):
        tried = sobol(LOOKED_AT, parameters, salt=100 * number + batch)
        kept.append(tried[left_over(emulators, found, tried, cutoff)])
        if sum(map(len, kept)) >= points:
            break
    places = np.vstack(kept)[:points]
    if len(places) < min(points, 8):
        raise InputError(
            f"wave {number} left so little that {LOOKED_AT * BATCHES:,} places hold only "
            f"{len(places)} to run: raise points or the discrepancy"
        )
    return places


def _held(emulators: Sequence[Emulator], places: np.ndarray, values: np.ndarray) -> float:
    """Share of new runs within 95 % of what was expected of them."""
    inside = []
    for emulator, column in zip(emulators, values.T, strict=True):
        mean, variance = emulator.at(places)
        inside.append(np.abs(column - mean) <= 1.96 * np.sqrt(variance + emulator.noise))
    return float(np.mean(inside))


def _told(emulators: Sequence[Emulator]) -> float:
    """Share of runs within 95 % of what all the others say of them."""
    inside = []
    for emulator in emulators:
        mean, deviation = emulator.left_out()
        inside.append(np.abs(emulator.values - mean) <= 1.96 * deviation)
    return float(np.mean(inside))


def _nothing(emulators: Sequence[Emulator], found: Sequence[Summary], places: np.ndarray) -> str:
    least = implausibility(emulators, found, places).min(axis=0)
    worst = sorted(zip(least, (s.name for s in found), strict=True), reverse=True)[:2]
    told = " and ".join(f"'{name}' ({size:.1f} standard deviations)" for size, name in worst)
    return (
        f"no parameters are left: furthest off is {told}; raise the discrepancy or mend the model"
    )
