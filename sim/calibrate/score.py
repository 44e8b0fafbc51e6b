"""How good: flows that were left out, and one look at the rows that nothing was fitted to.

Leave-one-flow-out: what would be expected of a flow had it never been seen, by runs of the model
itself (not the emulator), held against what was observed; beside it the error of the numbers as
they are, which are no fit of one flow either. Coverage: the share of observed summaries inside 90 %
bands, with the discrepancy that was stated.

The runs are those of the first wave, which are even over the priors: each counts by its likelihood
(importance sampling). Where too few then count, draws are made and run instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from sim.calibrate.emulator import Emulator
from sim.calibrate.posterior import likelihood, sample
from sim.calibrate.summaries import Row, Summary, flows_of

Runner = Callable[[np.ndarray, int], Sequence[Mapping[Row, float]]]
"""Places and the first seed to ratios by row: the model itself."""
FEWEST = 50.0
"""Independent runs that a weighted design has to be worth; else draws are run."""
HALVES = np.linspace(0.005, 0.995, 100)


@dataclass(frozen=True)
class FlowScore:
    """A flow that was left out: mean |log error| of its summaries, by runs weighted or drawn
    without it, by the numbers as they are, and of a model in which nothing changes. worth:
    independent runs that the first is a mean of.
    """

    flow: str
    summaries: int
    left_out: float
    default: float
    still: float
    worth: float


def weigh(
    emulators: Sequence[Emulator], found: Sequence[Summary], places: np.ndarray
) -> np.ndarray:
    """How much a run at each place counts once the summaries are known, `float64[n]`, sum 1."""
    told = likelihood(emulators, found, places)
    weights = np.exp(told - told.max())
    return np.asarray(weights / weights.sum())


def worth(weights: np.ndarray) -> float:
    """Independent runs that weighted ones stand for (Kish 1965)."""
    return float(1.0 / (weights * weights).sum())


def leave_out(
    emulators: Sequence[Emulator], found: Sequence[Summary], places: np.ndarray, values: np.ndarray,
    run: Runner, default: Sequence[Mapping[Row, float]], checks: int, walkers: int, steps: int,
    seed: int, tell: Callable[[str], object] = lambda text: None,
) -> list[FlowScore]:  # fmt: skip
    """A score for each flow.

    places, values: runs that are even over the priors, `[n, parameters]` and `[n, summaries]`.
    run, checks, walkers, steps, seed: how others are drawn and run where those are worth too
    little. default: runs at the numbers as they are.
    """
    out = []
    for k, flow in enumerate(flows_of(found)):
        kept = [s for s in found if s.flow != flow]
        own = [e for e, s in zip(emulators, found, strict=True) if s.flow != flow]
        mine = [s for s in found if s.flow == flow]
        weights = weigh(own, kept, places)
        if worth(weights) >= FEWEST:
            columns = values[:, [s.flow == flow for s in found]]
        else:
            without = sample(own, kept, checks, walkers, steps, seed=seed + k)
            columns = _told(mine, run(without.places, seed + k * checks))
            weights = np.full(checks, 1.0 / checks)
        seen = np.array([s.observed for s in mine])
        expected, usual = weights @ columns, _told(mine, default).mean(axis=0)
        off, as_they_are, still = (
            float(np.abs(model - seen).mean()) for model in (expected, usual, 0.0 * seen)
        )
        out.append(FlowScore(flow, len(mine), off, as_they_are, still, worth(weights)))
        tell(f"left out {flow}: {out[-1].left_out:.3f}, as they are {out[-1].default:.3f}")
    return out


def _told(mine: Sequence[Summary], runs: Sequence[Mapping[Row, float]]) -> np.ndarray:
    """What runs say to summaries, `float64[runs, summaries]`."""
    return np.array([[s.of(r) for s in mine] for r in runs])


@dataclass(frozen=True)
class Held:
    """A summary beside what draws say: mean and 90 % band, the band with the stated doubt."""

    summary: Summary
    mean: float
    low: float
    high: float
    default: float

    @property
    def inside(self) -> bool:
        """Whether the band holds what was observed."""
        return self.low <= self.summary.observed <= self.high


def held(
    found: Sequence[Summary], runs: Sequence[Mapping[Row, float]],
    default: Sequence[Mapping[Row, float]], weights: np.ndarray | None = None,
) -> list[Held]:  # fmt: skip
    """Every summary with its band: of the runs, each blurred by the summary's doubt.

    weights: what each run counts, all alike unless given, `float64[runs]`, sum 1. default: runs at
    the numbers as they are; where there are none, NaN stands for what they say.
    """
    blur = np.array([NormalDist().inv_cdf(share) for share in HALVES])
    counts = np.full(len(runs), 1.0 / len(runs)) if weights is None else weights
    each = np.repeat(counts / len(blur), len(blur))
    out = []
    for s in found:
        values = np.array([s.of(r) for r in runs])
        cloud = (values[:, None] + s.doubt * blur).ravel()
        order = cloud.argsort(kind="stable")
        below = each[order].cumsum() - 0.5 * each[order]
        low, high = np.interp((0.05, 0.95), below, cloud[order])
        usual = float(np.mean([s.of(r) for r in default])) if default else float("nan")
        out.append(Held(s, float(counts @ values), float(low), float(high), usual))
    return out


def coverage(rows: Sequence[Held]) -> float:
    """Share of the summaries inside their bands."""
    return float(np.mean([row.inside for row in rows]))


def bands(rows: Sequence[Held]) -> pd.DataFrame:
    """For a file: all as ratios to 2021 at its prices, but the doubt, in logs."""
    return pd.DataFrame(
        [
            {
                "flow": row.summary.flow,
                "year": row.summary.year,
                "observed": float(np.exp(row.summary.observed)),
                "doubt": row.summary.doubt,
                "model": float(np.exp(row.mean)),
                "low": float(np.exp(row.low)),
                "high": float(np.exp(row.high)),
                "as_they_are": float(np.exp(row.default)),
                "inside": row.inside,
            }
            for row in rows
        ]
    )
