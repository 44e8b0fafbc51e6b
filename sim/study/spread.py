"""How sure a number is: over parameters, over the luck of the network, and over both.

A study runs every draw of parameters with the same seeds (common random numbers), so its numbers
are a table, draws x seeds. What is left of it when seeds are averaged is what parameters do; what
is left around each draw's own mean is luck.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from sim.errors import InputError
from sim.record.columns import Column

LOW, HIGH = 0.05, 0.95
"""Ends of every band: 90 % of what was tried lies between."""
CLEAR = 0.9
"""Share of the draws that have to agree on a sign before it is called clear."""
CHANCE = 0.05
"""How often chance alone may call any parameter of an answer sure: one answer in twenty, not one
parameter in twenty, of which a list of 56 always holds some."""
QUANTILES = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}
"""Bounds of the bands: 90 % of the seeds lie between q05 and q95, 50 % between q25 and q75."""


def changes(column: Column, path: np.ndarray, against: np.ndarray) -> np.ndarray:
    """What changed of a column, as its record tells changes.

    Rounded to 1e-9, under which all is arithmetic; NaN where something came from nothing.
    """
    raw = column.changed(path, against)
    return np.round(np.where(np.isfinite(raw), raw, np.nan), 9) + 0.0


def bands(stack: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Quantiles over the seeds: variable -> `[quantiles, months, cells]`."""
    return {v: np.quantile(a, list(QUANTILES.values()), axis=0) for v, a in stack.items()}


@dataclass(frozen=True)
class Spread:
    """Bands of one number or of many (then every field has their shape).

    mean: over all runs. both, parameters, network: `[2, ...]`, 5 % and 95 % of all runs, of the
    draws' means over seeds, and of what seeds add, around the mean. agree: the share of the draws
    whose own mean bears the sign of the mean.
    """

    mean: Any
    both: np.ndarray
    parameters: np.ndarray
    network: np.ndarray
    agree: Any

    @property
    def clear(self) -> Any:
        """Whether nine draws in ten agree on the sign."""
        return self.agree >= CLEAR


def spread_of(values: np.ndarray) -> Spread:
    """Bands from `float64[draws, seeds, ...]`; one draw has no band of parameters but its mean."""
    if values.ndim < 2 or not values.size:
        raise InputError(f"values of shape {values.shape} are no draws x seeds")
    of_draw = values.mean(axis=1)
    mean = of_draw.mean(axis=0)
    luck = mean + values - of_draw[:, None]
    flat = (-1, *values.shape[2:])
    return Spread(
        mean,
        np.quantile(values.reshape(flat), (LOW, HIGH), axis=0),
        np.quantile(of_draw, (LOW, HIGH), axis=0),
        np.quantile(luck.reshape(flat), (LOW, HIGH), axis=0),
        (np.sign(of_draw) == np.sign(mean)).mean(axis=0),
    )


@dataclass(frozen=True)
class Pull:
    """What one parameter does to one number over the draws.

    correlation: of ranks, Spearman's. swing: the number's mean where the parameter is above its
    median, less that where it is below. sure: chance alone gives that much to any of the
    parameters in one answer of twenty.
    """

    parameter: str
    correlation: float
    swing: float
    sure: bool


def pulls(draws: Sequence[Mapping[str, float]], values: np.ndarray) -> list[Pull]:
    """The tornado of a number: what every parameter does to it, strongest first.

    values: `float64[draws]`, means over seeds. Ranks ask no more than that the answer rises or
    falls with a parameter; with few draws only strong ones stand out, and `sure` says which: the
    more parameters are tried, the more it asks (Sidak 1967).
    InputError with fewer than four draws.
    """
    count = len(draws)
    if count < 4 or len(values) != count:
        raise InputError(f"{count} draws and {len(values)} numbers: four draws or more are needed")
    alone = 1.0 - (1.0 - CHANCE) ** (1.0 / len(draws[0]))
    least = NormalDist().inv_cdf(1.0 - 0.5 * alone) / float(np.sqrt(count - 1))
    ranks = _centred(values)
    out = []
    for name in draws[0]:
        column = np.array([draw[name] for draw in draws])
        other = _centred(column)
        scale = float(np.sqrt((other * other).sum() * (ranks * ranks).sum()))
        together = float((other * ranks).sum()) / scale if scale > 0.0 else 0.0
        above = column > np.median(column)
        swing = float(values[above].mean() - values[~above].mean()) if above.any() else 0.0
        out.append(Pull(name, together, swing, abs(together) > least))
    return sorted(out, key=lambda pull: -abs(pull.correlation))


def _centred(column: np.ndarray) -> np.ndarray:
    """Ranks less their mean; equal values share the mean of their ranks."""
    _, place, counts = np.unique(column, return_inverse=True, return_counts=True)
    ends = counts.cumsum()
    rank = (ends - 0.5 * (counts - 1))[place]
    return rank - rank.mean()
