"""What a calibration found, as a page: made from the tables of its folder alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError
from sim.record.sound import json_of
from sim.study.truth import markdown, said

FIGURE = "figures/calibrated.png"
NAMED = 12
"""Parameters that are shown: those that history says most of."""
KEYS = (
    "command", "parameters", "moving", "summaries", "waves", "left", "firms", "months", "draws",
    "split_r_hat", "autocorrelation", "independent_draws", "left_out_error", "default_error",
    "still_error", "looks", "looks_worth", "coverage_calib", "coverage_open", "commit", "model",
    "finished",
)  # fmt: skip


def page(folder: Path) -> str:
    """The page of a finished calibration; InputError for a folder that lacks any of its tables."""
    about = json_of(folder, "study.json", KEYS, False)
    try:
        score, closed, opened, moved = (
            pd.read_csv(folder / f"{name}.csv") for name in ("score", "summaries", "open", "moved")
        )
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {folder}: {error}") from None
    parts = [
        _found(about),
        f"![Bands of the draws beside what was observed; what moved]({FIGURE})"
        if (folder / FIGURE).is_file()
        else "",
        "### Every flow left out once",
        f"Mean error in logs: without having seen the flow {about['left_out_error']:.3f}, the "
        f"numbers as they are {about['default_error']:.3f}, no change at all "
        f"{about['still_error']:.3f}.",
        markdown(
            ("flow", "years", "left out", "as they are", "no change"),
            [
                (said(str(r["flow"])), r["summaries"],
                 *(f"{r[k]:.3f}" for k in ("left_out", "default", "still")))
                for _, r in score.iterrows()
            ],
        ),
        "### Flows and their bands",
        f"{about['looks']} runs, each as likely as history makes it (worth "
        f"{about['looks_worth']:.0f}): 90 % of them with the stated discrepancy, as ratios to 2021 "
        f"at its prices. They hold {about['coverage_calib']:.0%} of the flows that were fitted and "
        f"{about['coverage_open']:.0%} of the open ones.",
        markdown(
            ("flow", "year", "observed", "as they are", "draws", "band", "use", ""),
            [*_bands(closed, "calib"), *_bands(opened, "validate")],
        ),
        "### What history says of the numbers",
        f"The {min(NAMED, len(moved))} of {about['parameters']} it says most of, median and 90 %. "
        "Of the others it says nothing: they keep their priors.",
        markdown(
            ("parameter", "prior", "draws", "narrower by"),
            [
                (f"`{r['parameter']}`", _range(r, "prior_"), _range(r, ""),
                 f"{max(100 * r['narrowed'], 0.0):.0f} %")
                for _, r in moved.head(NAMED).iterrows()
            ],
        ),
        f"Made by `{about['command']}` on {about['finished'][:10]}, commit {about['commit']}, "
        f"model {about['model']}.",
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def _found(about: Mapping[str, Any]) -> str:
    """Waves and draws in words."""
    runs = sum(about["waves"])
    waves = "one wave" if len(about["waves"]) == 1 else f"{len(about['waves'])} waves"
    return (
        f"{runs} runs of {about['firms']:,} firms and {about['months']} months in {waves} left "
        f"{about['left'][-1]:.1%} of the priors' space. Of {about['parameters']} parameters "
        f"{about['moving']} move what was observed, {about['summaries']} flows by year. "
        f"{about['draws']} draws: split R-hat {about['split_r_hat']:.3f}, autocorrelation "
        f"{about['autocorrelation']:.0f} steps, worth {about['independent_draws']:.0f} "
        "independent ones."
    )


def _bands(rows: pd.DataFrame, use: str) -> list[tuple[object, ...]]:
    return [
        (
            said(str(r["flow"])), r["year"], f"{r['observed']:.2f}", f"{r['as_they_are']:.2f}",
            f"{r['model']:.2f}", f"{r['low']:.2f} to {r['high']:.2f}", use,
            "" if r["inside"] else "**outside**",
        )
        for _, r in rows.iterrows()
    ]  # fmt: skip


def _range(row: pd.Series, prefix: str) -> str:
    low, middle, high = (row[prefix + key] for key in ("q05", "median", "q95"))
    return f"{middle:.3g} ({low:.3g} to {high:.3g})"
