"""What the runs of a study changed, side by side: each combination of parameters over its seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.errors import InputError, unknown
from sim.record.columns import REGIONS
from sim.record.sound import damaged, text_of
from sim.record.summary import change

if TYPE_CHECKING:
    from sim.study.results import Results

LABELS = ["region", "indicator"]
VERSIONS = ("model", "data_digest")
FILE = "summary.csv"
COLUMNS = ["region", "indicator", "baseline", "last_12_months"]


def changes(
    results: Results,
    indicators: Iterable[str],
    against: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """See `Results.changes`."""
    wanted = [indicators] if isinstance(indicators, str) else list(indicators)
    for name in wanted:
        if name not in REGIONS.variables:
            raise unknown("indicator", name, REGIONS.variables)
    keys = [p for p in results.parameters if p != "seed"] or ["scenario"]
    keys += [v for v in VERSIONS if results.index[v].nunique() > 1]  # never pooled as if seeds
    frame = _levels(results, keys, wanted)
    frame["base"] = frame["baseline"] if not against else _reference(frame, keys, against)
    frame["change"] = [
        change(REGIONS[name], level, base)
        for level, base, name in zip(
            frame["last_12_months"], frame["base"], frame["indicator"], strict=True
        )
    ]
    grouped = frame.groupby([*keys, *LABELS], dropna=False, sort=False)["change"]
    table = grouped.agg(["size", "mean"]).set_axis(["seeds", "mean"], axis=1)
    table["low"], table["high"] = grouped.quantile(0.05), grouped.quantile(0.95)
    table = table.reset_index()
    units = [REGIONS[name].change_unit for name in table["indicator"]]
    table.insert(len(keys) + len(LABELS), "unit", units)
    return table


def _levels(results: Results, keys: list[str], wanted: list[str]) -> pd.DataFrame:
    """A row a run, region and indicator: base month, last year, and what tells the run apart."""
    parts = []
    for run, where in zip(results.index["run_id"], results.index["folder"], strict=True):
        frame = read_summary(results.root / where)
        parts.append(frame.loc[frame["indicator"].isin(wanted), COLUMNS].assign(run_id=run))
    told = results.index[["run_id", "seed", *keys]]
    return pd.concat(parts, ignore_index=True).merge(told, on="run_id", validate="many_to_one")


def _reference(frame: pd.DataFrame, keys: list[str], against: Mapping[str, Any]) -> pd.Series:
    """Level in the run of the same seed that is as `against` says and else the same."""
    mask = pd.Series(True, frame.index)
    for key, value in against.items():
        if key not in keys:
            raise unknown("parameter that differs", key, keys)
        mask &= is_so(frame[key], value)
        if not mask.any():
            there = frame[key].drop_duplicates()
            raise unknown(key, value, ["null" if pd.isna(v) else str(v) for v in there])
    pair = [k for k in keys if k not in against] + ["seed", *LABELS]
    other = frame.loc[mask, [*pair, "last_12_months"]]
    if other.duplicated(pair).any():
        raise InputError(f"against = {dict(against)!r}: several runs of a seed are so; say more")
    found = frame[pair].merge(other, on=pair, how="left", validate="many_to_one")
    lone = found["last_12_months"].isna().to_numpy()
    if lone.any():
        first = frame[lone].iloc[0]
        told = ", ".join(f"{k} = {first[k]}" for k in [*pair[:-2]])
        raise InputError(f"against = {dict(against)!r}: no such run with {told}")
    return pd.Series(found["last_12_months"].to_numpy(), frame.index)


def is_so(column: pd.Series, value: Any) -> pd.Series:
    """Rows with a value; None: those of runs that do not have the parameter."""
    if isinstance(value, list):  # scenarios are written so, and labelled with +
        value = "+".join(map(str, value))
    if isinstance(value, Mapping):
        raise InputError(f"against: {value!r} is not a value of {column.name}")
    return column.isna() if value is None else column == value


def read_summary(run: Path) -> pd.DataFrame:
    """summary.csv of a run; InputError if it cannot be read."""
    text = text_of(run, FILE)
    try:
        frame = pd.read_csv(StringIO(text))
        return frame.astype(dict.fromkeys(COLUMNS[2:], float), errors="raise")
    except (ValueError, KeyError) as error:
        raise damaged(run / FILE, error) from None
