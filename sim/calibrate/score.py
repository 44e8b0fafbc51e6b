"""How good: flows that were left out, and one look at the rows that nothing was fitted to.

Leave-one-flow-out: draws are made as if a flow had never been seen, the model itself is run there
(not the emulator), and its mean answer is held against what was observed; beside it the error of
the numbers as they are, which are no fit of one flow either. Coverage: the share of observed
summaries inside 90 % bands of draws, with the discrepancy that was stated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from sim.calibrate.emulator import Emulator
from sim.calibrate.posterior import sample
from sim.calibrate.summaries import Row, Summary, flows_of

Runner = Callable[[np.ndarray, int], Sequence[Mapping[Row, float]]]
"""Places and the first seed to ratios by row: the model itself."""
HALVES = np.linspace(0.005, 0.995, 100)


@dataclass(frozen=True)
class FlowScore:
    """A flow that was left out: mean |log error| of its summaries, by draws made without it, by the
    numbers as they are, and of a model in which nothing changes.
    """

    flow: str
    summaries: int
    left_out: float
    default: float
    still: float


def leave_out(
    emulators: Sequence[Emulator], found: Sequence[Summary], run: Runner,
    default: Sequence[Mapping[Row, float]], checks: int, walkers: int, steps: int,
    seed: int, tell: Callable[[str], object] = lambda text: None,
) -> list[FlowScore]:  # fmt: skip
    """A score for each flow. default: runs at the numbers as they are."""
    out = []
    for k, flow in enumerate(flows_of(found)):
        kept = [s for s in found if s.flow != flow]
        own = [e for e, s in zip(emulators, found, strict=True) if s.flow != flow]
        mine = [s for s in found if s.flow == flow]
        without = sample(own, kept, checks, walkers, steps, seed=seed + k)
        runs = run(without.places, seed + k * checks)
        out.append(
            FlowScore(
                flow,
                len(mine),
                _off(mine, runs),
                _off(mine, default),
                float(np.mean([abs(s.observed) for s in mine])),
            )
        )
        tell(f"left out {flow}: {out[-1].left_out:.3f}, as they are {out[-1].default:.3f}")
    return out


def _off(mine: Sequence[Summary], runs: Sequence[Mapping[Row, float]]) -> float:
    """Mean over summaries of |mean over runs less observed|, in logs."""
    return float(np.mean([abs(np.mean([s.of(r) for r in runs]) - s.observed) for s in mine]))


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
    default: Sequence[Mapping[Row, float]],
) -> list[Held]:  # fmt: skip
    """Every summary with its band: of the runs, each blurred by the summary's doubt.

    default: runs at the numbers as they are; where there are none, NaN stands for what they say.
    """
    blur = np.array([NormalDist().inv_cdf(share) for share in HALVES])
    out = []
    for s in found:
        values = np.array([s.of(r) for r in runs])
        cloud = (values[:, None] + s.doubt * blur).ravel()
        low, high = np.quantile(cloud, (0.05, 0.95))
        usual = float(np.mean([s.of(r) for r in default])) if default else float("nan")
        out.append(Held(s, float(values.mean()), float(low), float(high), usual))
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
