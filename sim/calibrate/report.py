"""A calibration from its file to a folder: waves, draws, score, and one look at the open rows.

`results/NAME/calibration/<id>/`:

| file | content |
|---|---|
| `posterior.csv` | a column a parameter, a row a draw, in random order; provenance in comments |
| `waves.csv`, `points.csv` | what each wave left; every run with its summaries |
| `summaries.csv` | what was observed, by flow and year, with its doubt and its emulator |
| `score.csv` | error of each flow when it was left out, beside the numbers as they are |
| `open.csv` | rows marked validate: band of the draws, observed, as they are; looked at once |
| `moved.csv` | what history says of each parameter: prior and posterior, 5 %, median, 95 % |
| `page.md`, `study.json`, `figures/` | what came out |
| `study.yaml`, `DONE` | how it was asked |
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from sim.calibrate.design import SEED, as_draw
from sim.calibrate.emulator import one_thread
from sim.calibrate.form import Form, read_form
from sim.calibrate.matching import Matched, match
from sim.calibrate.page import FIGURE, page
from sim.calibrate.posterior import Posterior, sample
from sim.calibrate.runs import Bench, Ratios, reading, rows_of
from sim.calibrate.score import (
    FEWEST,
    FlowScore,
    Held,
    bands,
    coverage,
    held,
    leave_out,
    weigh,
    worth,
)
from sim.calibrate.summaries import summaries
from sim.prepared import prepare
from sim.record.manifest import commit, model_version, run_id
from sim.record.store import DONE, make_home, whole

FORM = 1
"""Raised when the folder changes, so that old ones are made anew."""
LEFT_OUT, LOOK, DEFAULT = 100_000, 200_000, 300_000
"""Where the seeds of the checks begin: never those of a wave."""
LIBRARIES = ("numpy", "scipy", "scikit-learn", "emcee")
"""Draws come out the same under the same of these."""
LOOKS = 3
"""The last look has so many times the runs of a flow that is left out."""


def run_calibrate(arguments: Sequence[str]) -> Path:
    """`python -m sim.calibrate experiment=NAME`: the folder of the results."""
    form = read_form(arguments)
    with one_thread():
        return _calibrated(form)


def _calibrated(form: Form) -> Path:
    """The folder: as it was left, or made."""
    version = (prepare(form.base).baseline.source_digest, model_version())
    home = make_home(form.base.output.folder, form.base.name)
    asked = {"plan": form.resolved(), "run": form.base.identity()}
    identity = {"form": FORM, "reading": reading(), **asked}
    final = home / "calibration" / run_id(identity, *version)
    if (final / DONE).is_file():
        return final
    say = print if form.base.output.progress else _silent
    bench = Bench.open(form)
    rows = rows_of(form.base)
    found = summaries(rows, "calib", form.discrepancy, form.confidence, form.without)
    sizes = form.sizes

    def model(places: np.ndarray, seed: int) -> np.ndarray:
        return bench.at(places, found, seed)

    def run(places: np.ndarray, seed: int) -> list[Ratios]:
        return bench.of([as_draw(form.priors, place) for place in places], seed)

    matched = match(
        model, found, len(form.priors), sizes["points"], sizes["waves"], form.cutoff,
        form.least_shrink, form.base.seed, say,
    )  # fmt: skip
    walk = (sizes["walkers"], sizes["steps"])
    posterior = sample(matched.emulators, found, sizes["draws"], *walk, seed=form.base.seed)
    say(
        f"posterior: split R-hat {posterior.split:.3f}, {posterior.effective:.0f} independent draws"
    )
    default = bench.of([{}] * sizes["checks"], DEFAULT)
    first = matched.waves[0]
    scores = leave_out(
        matched.emulators, found, first.places, first.values, run, default, sizes["checks"], *walk,
        LEFT_OUT, say,
    )  # fmt: skip
    weights = weigh(matched.emulators, found, first.places)
    if worth(weights) >= FEWEST:
        runs = run(first.places, form.base.seed)  # which are kept
    else:
        count = min(LOOKS * sizes["checks"], len(posterior.places))
        runs, weights = run(posterior.places[:count], LOOK), np.full(count, 1.0 / count)
    closed = held(found, runs, default, weights)
    still_open = summaries(rows, "validate", form.discrepancy, form.confidence)
    opened = held(still_open, runs, default, weights)
    looks = (len(runs), worth(weights))
    about = _about(form, version, matched, posterior, scores, closed, opened, bench.new, looks)
    with whole(final) as folder:
        _write(folder, form, matched, posterior, scores, closed, opened, about)
    return final


def _silent(text: str) -> None:
    """Nothing is said where no progress is wanted."""


def _about(
    form: Form, version: tuple[str, str], matched: Matched, posterior: Posterior,
    scores: Sequence[FlowScore], closed: Sequence[Held], opened: Sequence[Held], new: int,
    looks: tuple[int, float],
) -> dict[str, Any]:  # fmt: skip
    """What study.json says: how it was made and what came out."""
    made = commit()
    return {
        "study": "calibrate",
        "name": form.name,
        "about": form.about,
        "command": f"python -m sim.calibrate experiment={form.name} "
        + " ".join(o for o in form.base.overrides if not o.startswith(("name=", "output."))),
        "parameters": len(form.priors),
        "moving": len(matched.active),
        "summaries": len(matched.summaries),
        "waves": [len(w.places) for w in matched.waves],
        "left": [w.left for w in matched.waves],
        "runs_new": new,
        "firms": form.base.firms.count,
        "months": form.base.months,
        "seeds": 1,
        "draws": len(posterior.places),
        "split_r_hat": posterior.split,
        "autocorrelation": posterior.length,
        "independent_draws": posterior.effective,
        "accepted": posterior.accepted,
        "left_out_error": float(np.mean([s.left_out for s in scores])),
        "default_error": float(np.mean([s.default for s in scores])),
        "still_error": float(np.mean([s.still for s in scores])),
        "looks": looks[0],
        "looks_worth": looks[1],
        "coverage_calib": coverage(closed),
        "coverage_open": coverage(opened),
        "model": version[1],
        "commit": made["id"][:12] + ("+" if made["dirty"] else "") if made else None,
        "data_digest": version[0],
        "libraries": {name: installed(name) for name in LIBRARIES},
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _write(
    folder: Path, form: Form, matched: Matched, posterior: Posterior, scores: Sequence[FlowScore],
    closed: Sequence[Held], opened: Sequence[Held], about: Mapping[str, Any],
) -> None:  # fmt: skip
    draws = pd.DataFrame([as_draw(form.priors, place) for place in posterior.places])
    text = draws.to_csv(index=False, float_format="%.6g")
    head = provenance(form, about, text)
    (folder / "posterior.csv").write_text(head + text, encoding="utf-8", newline="\n")
    tables = {
        "waves": pd.DataFrame([
            {"wave": w.number, "runs": len(w.places), "space_left": w.left,
             "new_runs_within_95": w.held, "runs_left_out_within_95": w.told}
            for w in matched.waves
        ]),
        "points": _points(form, matched),
        "summaries": _summaries(form, matched, closed),
        "score": pd.DataFrame([vars(s) for s in scores]),
        "open": bands(opened),
        "moved": moved(form, draws),
    }  # fmt: skip
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, float_format="%.6g")
    plan = yaml.safe_dump(form.resolved(), sort_keys=False, allow_unicode=True)
    (folder / "study.yaml").write_text(plan, encoding="utf-8")
    (folder / "study.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    if form.base.output.figures is not False:
        from sim.plots.calibration import calibrated
        from sim.plots.style import save

        (folder / "figures").mkdir()
        source = form.base.source(f"{about['looks']} runs, {form.base.span}")
        save(
            calibrated(tables["summaries"], tables["open"], tables["moved"], about, source),
            folder / FIGURE,
        )
    (folder / "page.md").write_text(page(folder), encoding="utf-8")


def provenance(form: Form, about: Mapping[str, Any], text: str) -> str:
    """Comments that stand above the draws: who made them, from what, and how good they are.

    text: the draws as they are written.
    """
    runs = sum(about["waves"])
    doubts = ", ".join(f"{k} {v:.0%}" for k, v in form.discrepancy.items())
    varied = about["parameters"] - about["moving"]
    lines = (
        f"Draws of parameters for the tables '{form.base.baseline.label}', in random order.",
        f"Made by {about['command']}",
        f"on {about['finished'][:10]}, commit {about['commit'] or 'unknown'}, model "
        f"{about['model']}, data {about['data_digest'][:12]}.",
        f"{runs} runs in {len(about['waves'])} waves, {about['firms']:,} firms, "
        f"{about['months']} months; {about['left'][-1]:.2%} of the priors' space was left.",
        f"Design: Sobol's sequence, scramble {SEED}; runs from seed {form.base.seed} on.",
        f"With {', '.join(f'{name} {number}' for name, number in about['libraries'].items())}.",
        f"Held against {about['summaries']} flows by year (rows marked calib), at prices of 2021.",
        f"Discrepancy: {doubts}. {varied} parameters that move none of them are from their priors.",
        f"Split R-hat {about['split_r_hat']:.3f}, {about['independent_draws']:.0f} independent "
        "draws.",
        f"Error of flows left out {about['left_out_error']:.3f} in logs, of the numbers as they "
        f"are {about['default_error']:.3f}.",
        f"90 % bands hold {about['coverage_calib']:.0%} of the flows that were fitted and "
        f"{about['coverage_open']:.0%} of the open ones (rows marked validate).",
        f"SHA-256 of the lines below: {sha256(text.encode()).hexdigest()}",
    )
    return "".join(f"# {line}\n" for line in lines)


def _points(form: Form, matched: Matched) -> pd.DataFrame:
    """Every run of every wave: its parameters and summaries."""
    parts = []
    for wave in matched.waves:
        made = pd.DataFrame([as_draw(form.priors, place) for place in wave.places])
        made.insert(0, "wave", wave.number)
        values = pd.DataFrame(wave.values, columns=[s.name for s in matched.summaries])
        parts.append(pd.concat([made, values], axis=1))
    return pd.concat(parts, ignore_index=True)


def _summaries(form: Form, matched: Matched, closed: Sequence[Held]) -> pd.DataFrame:
    table = bands(closed)
    names = list(form.priors)
    table["noise"] = [float(np.sqrt(e.noise)) for e in matched.emulators]
    table["hangs_on"] = [" ".join(names[k] for k in e.active) for e in matched.emulators]
    table["least_implausible"] = matched.worst
    return table


def moved(form: Form, draws: pd.DataFrame) -> pd.DataFrame:
    """Prior and posterior of every parameter, those first that history says most of.

    shift: distance of the medians over the width of the prior's 90 %; narrowed: how much narrower
    the posterior's 90 % is.
    """
    rows = []
    for name, prior in form.priors.items():
        before = [prior.at(share) for share in (0.05, 0.5, 0.95)]
        after = [float(x) for x in np.quantile(draws[name], (0.05, 0.5, 0.95))]
        width = before[2] - before[0]
        keys = ("prior_q05", "prior_median", "prior_q95", "q05", "median", "q95")
        rows.append(
            {
                "parameter": name,
                **dict(zip(keys, (*before, *after), strict=True)),
                "shift": (after[1] - before[1]) / width,
                "narrowed": 1.0 - (after[2] - after[0]) / width,
            }
        )
    table = pd.DataFrame(rows)
    order = (table["shift"].abs() + table["narrowed"].clip(lower=0)).sort_values(
        ascending=False, kind="stable"
    )
    return table.loc[order.index].reset_index(drop=True)


def closing(folder: Path) -> str:
    """What came out, in words, and how to use the draws."""
    about = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    waves = ", ".join(
        f"{runs} runs left {left:.2%}"
        for runs, left in zip(about["waves"], about["left"], strict=True)
    )
    better = "below" if about["left_out_error"] < about["default_error"] else "not below"
    lines = [
        about["about"],
        f"{about['parameters']} parameters, {about['moving']} of which move what was observed; "
        f"{about['summaries']} flows by year",
        f"waves: {waves} of the priors' space",
        f"draws: {about['draws']}, split R-hat {about['split_r_hat']:.3f}, worth "
        f"{about['independent_draws']:.0f} independent ones",
        f"flows left out: mean error {about['left_out_error']:.3f} in logs, {better} that of the "
        f"numbers as they are, {about['default_error']:.3f} (nothing changes: "
        f"{about['still_error']:.3f})",
        f"90 % bands hold {about['coverage_calib']:.0%} of the calib and "
        f"{about['coverage_open']:.0%} of the open summaries",
        f"to use the draws: put {folder / 'posterior.csv'} into posterior/ of a --config-dir, as "
        "TABLES.csv, and say draws=20",
    ]
    return "\n".join(lines)
