"""What the model is held against: one number a flow and year, at prices of 2021.

A flow seen in three windows and a whole year of 2022 is one observation, not four: its rows are
averaged in logs, in the model as in the data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.errors import InputError, unknown
from sim.study.validate import TRADE

UNSEEN = 1e-3
"""A ratio at or below this counts as this: a logarithm must exist."""
Row = tuple[str, str]
"""Name and period of a row of targets.csv."""


@dataclass(frozen=True)
class Summary:
    """One flow in one year. observed: in logs, of 2021 at its prices. doubt: standard deviation of
    what even the best parameters and a perfect eye would leave, in logs.
    """

    flow: str
    year: str
    rows: tuple[Row, ...]
    observed: float
    doubt: float

    @property
    def name(self) -> str:
        """For tables."""
        return f"{self.flow} {self.year}"

    def of(self, ratios: Mapping[Row, float]) -> float:
        """The same number of a run, from its ratios by row."""
        return float(np.mean([np.log(max(ratios[row], UNSEEN)) for row in self.rows]))


def summaries(
    table: pd.DataFrame,
    use: str,
    discrepancy: Mapping[str, float],
    confidence: Mapping[str, float],
    without: Sequence[str] = (),
) -> tuple[Summary, ...]:
    """From the rows of `sim.study.validate.compare` that may be used: 'calib' or 'validate'.

    Only flows of goods that have a value at prices of 2021. without: flows to leave aside.
    InputError if there are none, or for one to leave aside that is not among them.
    """
    flows = table[(table["use"] == use) & table["real"].notna()]
    flows = flows[~flows["name"].astype(str).str.fullmatch(TRADE)]
    known = sorted(set(flows["flow"]))
    for name in without:
        if name not in known:
            raise unknown("flow", name, known)
    flows = flows[~flows["flow"].isin(list(without))]
    found = []
    years = flows["period"].map(_year)
    for (flow, year), rows in flows.groupby([flows["flow"], years], sort=True):
        logs = np.log(np.maximum(rows["real"].to_numpy(float), UNSEEN))
        off = discrepancy.get(str(flow), discrepancy["rest"])
        seen = min(confidence.get(str(mark), confidence["L"]) for mark in rows["confidence"])
        keys = tuple(zip(rows["name"].astype(str), rows["period"].astype(str), strict=True))
        doubt = float(np.hypot(off, seen))
        found.append(Summary(str(flow), str(year), keys, float(logs.mean()), doubt))
    if not found:
        raise InputError(f"no row marked {use} is a flow that a run of these months can speak to")
    return tuple(found)


def _year(period: object) -> str:
    match = re.search(r"\d{4}", str(period))
    assert match is not None, period  # `compare` keeps only rows whose period it could read
    return match[0]


def flows_of(found: Sequence[Summary]) -> list[str]:
    """The flows, each once, in order."""
    return list(dict.fromkeys(summary.flow for summary in found))
