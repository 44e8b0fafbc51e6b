"""Search by Optuna: parameters that come closest to what was observed, or policy frontiers.

kind: calibrate    the distance to the `calib` rows of targets.csv: the root of the weighted mean
                   of (log model - log observed)^2, with a weight by the row's confidence
kind: frontier     two or more outputs, each as low or as high as can be: a table of the trials
                   that no other beats in all of them (Pareto)

Each trial is a set of normal runs in `results/<name>/`. The study itself is the journal file
`results/<name>/search/<kind>-<id>/study.journal`; the same command goes on with it. What a kill
left of trials that were at work is forgotten and asked for again: each trial draws from a random
stream of its own and its finished runs are still there, so nothing is run twice and the study
finds what it would have found. More `trials` later extend the same study.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from sim.errors import InputError, unknown
from sim.prepared import tables
from sim.progress import bar
from sim.record.manifest import model_version, run_id
from sim.record.panel import Panel
from sim.record.store import claim, disk_trouble, make_home, replacing
from sim.run import complete
from sim.settings import Settings
from sim.study import validate
from sim.study.evaluate import evaluate
from sim.study.experiment import Experiment, positive, read_experiment
from sim.study.goal import Goal, Target, read_goal, targets_path
from sim.study.parameter import Parameter

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("calibrate", "frontier")
SAMPLERS = ("tpe", "nsga2", "random", "grid")
OPTIONS: dict[str, Any] = {
    "kind": "calibrate",
    "trials": 50,
    "sampler": None,
    "batch": 1,
    "population": 20,
    "levels": 3,
    "targets": None,
    "weights": None,
}
"""What an experiment may say beside what all experiments know.

sampler: null takes tpe for calibrate and nsga2 for a frontier; grid tries every choice, and
`levels` values of what is continuous. batch: trials asked for at once and run side by side.
population: of a generation of nsga2. targets, weights: of a calibration, see `sim.study.goal`.
"""
JOURNAL = "study.journal"
WHOLE = "study.whole"
"""How many bytes of the journal were written when no trial was at work."""


def run_search(arguments: Sequence[str]) -> Path:
    """`python -m sim.search experiment=NAME`: the folder with the study, tables and figures."""
    optuna = _optuna()
    experiment = read_experiment("search", arguments, OPTIONS)
    experiment = replace(experiment, options=_options(experiment.options))
    goal = read_goal(experiment)
    experiment.say()
    output = experiment.first.output
    home = make_home(output.folder, experiment.first.name)
    version = (tables(experiment.first).source_digest, model_version())
    observed = [[t.name, t.period, t.observed, t.weight] for t in goal.readings
                if isinstance(t, Target)]  # fmt: skip
    identifier = run_id(
        {"experiment": experiment.identity(("trials",)), "observed": observed}, *version
    )
    folder = home / "search" / f"{experiment.options['kind']}-{identifier}"
    with disk_trouble(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with claim(output.folder, experiment.first.name, f"search-{identifier}"), _quiet(optuna):
        found = _opened(optuna, folder, goal)
        with disk_trouble(folder):
            _go_on(optuna, found, experiment, goal, folder)
        _write(optuna, found, experiment, goal, folder, version)
    return folder


def _opened(optuna: Any, folder: Path, goal: Goal) -> Any:
    from optuna.storages.journal import JournalFileBackend

    path = folder / JOURNAL
    try:
        _cut(path)
        storage = optuna.storages.JournalStorage(JournalFileBackend(str(path)))
        return optuna.create_study(
            storage=storage, study_name="search", directions=list(goal.directions),
            load_if_exists=True,
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        told = " ".join(str(error).split())
        raise InputError(f"cannot read {path}: {told}; remove it to start afresh") from None


def _cut(journal: Path) -> None:
    """Take the journal back to its last whole batch. Nobody else writes, see `claim`.

    A trial killed between two of its draws could not be gone on with: the rest of its stream
    would begin anew. Nor can a sampler that had noted parents before they had children.
    """
    mark = journal.with_name(WHOLE)
    if not journal.is_file():
        mark.unlink(missing_ok=True)
        return
    size = int(mark.read_text(encoding="utf-8")) if mark.is_file() else 0
    if not 0 <= size <= journal.stat().st_size:
        raise ValueError(f"it is shorter than the {size} bytes of '{WHOLE}'")
    os.truncate(journal, size)
    Path(f"{journal}.lock").unlink(missing_ok=True)  # held by who was killed


def _mark(folder: Path) -> None:
    """Say that no trial of the journal is at work."""
    with replacing(folder / WHOLE) as path:
        path.write_text(f"{(folder / JOURNAL).stat().st_size}\n", encoding="utf-8")


def _go_on(optuna: Any, study: Any, experiment: Experiment, goal: Goal, folder: Path) -> None:
    """Trials until there are as many as were asked for."""
    total = experiment.options["trials"]
    if experiment.options["sampler"] == "grid":
        total = min(total, len(_grid(experiment)))
    with bar(experiment.name, experiment.first.output.progress, unit="trials") as tell:
        while True:
            done = len(study.get_trials(deepcopy=False))
            tell(done, max(total, done))
            count = min(experiment.options["batch"], total - done)
            if count <= 0:
                return
            asked, points = [], []
            for number in range(done, done + count):
                study.sampler = _sampler(optuna, experiment, number)
                asked.append(study.ask())
                points.append(_suggest(asked[-1], experiment.parameters))
            numbers = evaluate(experiment, points, goal.readings)
            for trial, means, spread in zip(asked, numbers.mean, numbers.spread, strict=True):
                trial.set_user_attr("spread", [float(x) for x in spread])
                trial.set_user_attr("readings", [float(x) for x in means])
                study.tell(trial, goal.of(means))
            _mark(folder)


def _sampler(optuna: Any, experiment: Experiment, number: int) -> Any:
    """A sampler with the random stream of one trial; what it learned is in the study."""
    kind = experiment.options["sampler"]
    if kind == "grid":
        grid = _grid(experiment)
        return optuna.samplers.PartialFixedSampler(
            grid[number % len(grid)], optuna.samplers.RandomSampler(seed=0)
        )
    stream = np.random.SeedSequence([experiment.first.seed, number])
    seed = int(stream.generate_state(1)[0])
    if number == 0 and experiment.options["kind"] == "calibrate":
        return optuna.samplers.PartialFixedSampler(
            _present(experiment), optuna.samplers.RandomSampler(seed=seed)
        )
    if kind == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    if kind == "nsga2":
        size = experiment.options["population"]
        return optuna.samplers.NSGAIISampler(seed=seed, population_size=size)
    return optuna.samplers.TPESampler(
        seed=seed, n_startup_trials=max(8, 2 * len(experiment.parameters))
    )


def _present(experiment: Experiment) -> dict[str, float]:
    """The parameters as they are without the study: what a calibration has to beat."""
    found = {}
    for p in experiment.parameters:
        room, _, name = p.sets[0].partition(".")
        value = getattr(getattr(experiment.first, room, None), name, None)
        if isinstance(value, int | float) and not p.choices and p.low <= value <= p.high:
            found[p.name] = value
    return found


def _grid(experiment: Experiment) -> list[dict[str, Any]]:
    """Every combination of choices and of `levels` values of what is continuous."""
    axes = []
    for p in experiment.parameters:
        count = len(p.choices) or experiment.options["levels"]
        shares = [0.5] if count == 1 else np.linspace(0.0, 1.0, count)
        axes.append(list(p.choices) or list(dict.fromkeys(p.at(float(s)) for s in shares)))
    names = [p.name for p in experiment.parameters]
    return [dict(zip(names, values, strict=True)) for values in itertools.product(*axes)]


def _suggest(trial: Any, parameters: Sequence[Parameter]) -> dict[str, Any]:
    point: dict[str, Any] = {}
    for p in parameters:
        if p.choices:
            point[p.name] = trial.suggest_categorical(p.name, list(p.choices))
        elif p.whole:
            point[p.name] = trial.suggest_int(p.name, round(p.low), round(p.high), log=p.log)
        else:
            point[p.name] = trial.suggest_float(p.name, p.low, p.high, log=p.log)
    return point


def _options(given: Mapping[str, Any]) -> dict[str, Any]:
    options = dict(given)
    if options["kind"] not in KINDS:
        raise unknown("kind", options["kind"], KINDS)
    if options["sampler"] is None:
        options["sampler"] = "tpe" if options["kind"] == "calibrate" else "nsga2"
    if options["sampler"] not in SAMPLERS:
        raise unknown("sampler", options["sampler"], SAMPLERS)
    positive(options, "trials", "batch", "levels", "population")
    if options["population"] < 2:
        raise InputError("population = 1 is too few for a generation")
    return options


def _write(
    optuna: Any,
    study: Any,
    experiment: Experiment,
    goal: Goal,
    folder: Path,
    version: tuple[str, str],
) -> None:
    """Tables and the figure of all finished trials, each file replaced in one step."""
    done = [t for t in study.get_trials(deepcopy=False)
            if t.state == optuna.trial.TrialState.COMPLETE]  # fmt: skip
    best = study.best_trials if len(goal.names) > 1 else [study.best_trial]
    trials, found = _tables(done, {t.number for t in best}, experiment, goal)
    about = _about(experiment, goal, len(done), version)
    texts = {
        "trials.csv": trials.to_csv(index=False, float_format="%.10g"),
        "found.csv": found.to_csv(index=False, float_format="%.10g"),
        "study.yaml": yaml.safe_dump(experiment.resolved(), sort_keys=False, allow_unicode=True),
        "study.json": json.dumps(about, indent=2) + "\n",
    }
    fit = None
    if experiment.options["kind"] == "calibrate":
        fit = _fit(experiment, {p.name: found.iloc[0][p.name] for p in experiment.parameters})
        texts["fit.csv"] = fit.to_csv(index=False, float_format="%.6g")
    for name, text in texts.items():
        with replacing(folder / name) as path:
            path.write_text(text, encoding="utf-8")
    if experiment.first.output.figures is not False:
        _draw(trials, found, fit, about, experiment.first, folder)


def _tables(
    done: Sequence[Any], best: set[int], experiment: Experiment, goal: Goal
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All trials, a row each, and of these the best."""
    import pandas as pd

    trials = pd.DataFrame(
        [
            {
                "trial": t.number,
                **{p.name: t.params[p.name] for p in experiment.parameters},
                **dict(zip(goal.names, t.values, strict=True)),
            }
            for t in done
        ]
    )
    found = trials[trials["trial"].isin(best)]
    if len(goal.names) > 1:  # two points may do equally well: once is enough
        found = found.drop_duplicates(list(goal.names)).sort_values(goal.names[0])
    return trials, found


def _about(
    experiment: Experiment, goal: Goal, trials: int, version: tuple[str, str]
) -> dict[str, Any]:
    """What study.json says: the question, what was sought, and by which code and tables."""
    return {
        "study": "search",
        "name": experiment.name,
        "about": experiment.about,
        "kind": experiment.options["kind"],
        "trials": trials,
        "seeds": experiment.seeds,
        "objectives": [
            {"name": n, "unit": u, "direction": d}
            for n, u, d in zip(goal.names, goal.units, goal.directions, strict=True)
        ],
        "parameters": [p.name for p in experiment.parameters],
        "present": _present(experiment),
        "model": version[1],
        "data_digest": version[0],
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _draw(
    trials: pd.DataFrame,
    found: pd.DataFrame,
    fit: pd.DataFrame | None,
    about: Mapping[str, Any],
    first: Settings,
    folder: Path,
) -> None:
    """How close a calibration came, or the frontier."""
    from sim.plots.search import calibration, frontier
    from sim.plots.style import save

    source = first.source(first.span)
    with disk_trouble(folder):
        (folder / "figures").mkdir(exist_ok=True)
    if fit is not None:
        figure, name = calibration(trials, fit, about, source), "calibration.png"
    else:
        figure, name = frontier(trials, found, about, source), "frontier.png"
    with replacing(folder / "figures" / name) as path:
        save(figure, path)


def _fit(experiment: Experiment, point: Mapping[str, Any]) -> pd.DataFrame:
    """All targets, calibrated on or not, observed and in the best trial."""
    (run,) = experiment.runs
    panels = []
    for settings in experiment.settings(point, run):
        done = complete(settings)
        panels.append(done.panel or Panel.read(done.folder))
    return validate.compare(panels, targets_path(experiment))


@contextmanager
def _quiet(optuna: Any) -> Iterator[None]:
    """Without Optuna's own lines on every trial; the caller's choice comes back."""
    import warnings

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise InputError("search needs Optuna: pip install 'eaeu-sim[study]'") from None
    return optuna


def closing(folder: Path, rows: int = 12) -> str:
    """What was found, in words, and where the tables are."""
    import pandas as pd

    about = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    found = pd.read_csv(folder / "found.csv")
    lines = [about["about"], f"{about['trials']} trials x {about['seeds']} seeds: {folder}"]
    if about["kind"] == "calibrate":
        best = found.iloc[0]
        lines.append(f"closest: distance {best['distance']:.4g} in trial {best['trial']:.0f}, with")
        lines += [f"  {p}={best[p]:.4g}" if isinstance(best[p], float) else f"  {p}={best[p]}"
                  for p in about["parameters"]]  # fmt: skip
        trials = pd.read_csv(folder / "trials.csv")
        if set(about["present"]) == set(about["parameters"]):
            now = trials.loc[trials["trial"] == 0, "distance"].iloc[0]
            lines.append(f"as they are (trial 0): distance {now:.4g}")
        return "\n".join(lines)
    trials = pd.read_csv(folder / "trials.csv")
    names = [goal["name"] for goal in about["objectives"]]
    if len(trials) > 1 and (trials[names].nunique() == 1).all():
        lines.append("all trials gave the same: nothing that is varied moves what is asked for")
    lines.append(f"{len(found)} trials that no other beats in everything:")
    some = found.iloc[np.unique(np.linspace(0, len(found) - 1, rows).round().astype(int))]
    units = {goal["name"]: f"{goal['name']}, {goal['unit']}" for goal in about["objectives"]}
    text = some.rename(columns=units).to_string(index=False, float_format=lambda x: f"{x:.4g}")
    lines += [f"  {line}" for line in text.splitlines()]
    if len(found) > rows:
        lines.append(f"  ... {len(found) - rows} more in {folder / 'found.csv'}")
    return "\n".join(lines)
