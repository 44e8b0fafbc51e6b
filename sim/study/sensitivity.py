"""Which numbers does an answer hang on? Morris screening and Sobol indices, by SALib.

Morris (1991), mu* of Campolongo et al. (2007): the mean absolute change of an output when one
parameter crosses its whole range, and sigma, how much that differs from place to place
(interaction, curvature). Sobol: the share of an output's variance that a parameter explains
alone (S1) and with all it interacts with (ST; Saltelli et al. 2010).

Results are in `results/<name>/sensitivity/<method>-<id>/`: `points.csv`, `indices.csv`,
`study.yaml`, `study.json`, `figures/`, `DONE`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from sim.errors import InputError, unknown
from sim.prepared import tables
from sim.progress import bar
from sim.record.manifest import model_version, run_id
from sim.record.store import DONE, make_home, whole
from sim.study.evaluate import evaluate
from sim.study.experiment import positive, read_experiment
from sim.study.outputs import Output
from sim.study.parameter import Parameter, Point

if TYPE_CHECKING:
    import pandas as pd

OPTIONS: dict[str, Any] = {"method": "morris", "samples": 10, "levels": 4, "confidence": 0.9}
"""What an experiment may say beside what all experiments know, see `sampled`."""
COLUMNS = {
    "morris": {"mu_star": "mu_star", "mu_star_conf": "mu_star_conf", "mu": "mu", "sigma": "sigma"},
    "sobol": {"S1": "s1", "S1_conf": "s1_conf", "ST": "st", "ST_conf": "st_conf"},
}
RESAMPLES = 1000


def sampled(
    parameters: Sequence[Parameter], options: Mapping[str, Any], seed: int = 0
) -> np.ndarray:
    """Places in the unit cube, `[points, parameters]`.

    options: method; samples, the trajectories of Morris (points: samples x (parameters + 1)) or
    the base sample of Sobol (points: samples x (parameters + 2)); levels of Morris's grid.
    """
    _options(options)
    _salib()
    problem, count = _problem(parameters), options["samples"]
    if options["method"] == "morris":
        from SALib.sample import morris

        return morris.sample(problem, count, num_levels=options["levels"], seed=seed)
    from SALib.sample import sobol

    return sobol.sample(problem, count, calc_second_order=False, seed=seed)


def indices(
    parameters: Sequence[Parameter],
    options: Mapping[str, Any],
    places: np.ndarray,
    values: np.ndarray,
    outputs: Sequence[str],
    seed: int = 0,
) -> pd.DataFrame:
    """A row for each output and parameter, with confidence half-widths by bootstrap.

    places: what `sampled` gave; values: `[points, outputs]`. An output that nothing moves has
    zeros.
    """
    import pandas as pd

    _salib()
    from SALib.analyze import morris, sobol

    problem, method = _problem(parameters), options["method"]
    how: dict[str, Any] = {"num_resamples": RESAMPLES, "conf_level": options["confidence"]}
    rows = []
    for name, column in zip(outputs, values.T, strict=True):
        still = np.ptp(column) <= 1e-12 * max(1.0, float(np.abs(column).max()))
        if still:
            found = {key: np.zeros(len(parameters)) for key in COLUMNS[method]}
        elif method == "morris":
            found = morris.analyze(
                problem, places, column, num_levels=options["levels"], seed=seed, **how
            )
        else:
            found = sobol.analyze(problem, column, calc_second_order=False, seed=seed, **how)
        for k, parameter in enumerate(parameters):
            numbers = {to: float(found[at][k]) for at, to in COLUMNS[method].items()}
            rows.append({"output": name, "parameter": parameter.name, **numbers})
    return pd.DataFrame(rows)


def study(
    parameters: Sequence[Parameter],
    options: Mapping[str, Any],
    outputs: Sequence[str],
    of: Callable[[list[Point]], np.ndarray],
    seed: int = 0,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sample, evaluate, analyse: the points with their outputs, and the indices.

    of: the outputs of points, `[points, outputs]`.
    """
    import pandas as pd

    places = sampled(parameters, options, seed)
    points: list[Point] = [
        {p.name: p.at(share) for p, share in zip(parameters, row, strict=True)} for row in places
    ]
    values = of(points)
    table = pd.concat([pd.DataFrame(points), pd.DataFrame(values, columns=list(outputs))], axis=1)
    return table, indices(parameters, options, places, values, outputs, seed)


def run_sensitivity(arguments: Sequence[str]) -> Path:
    """`python -m sim.sensitivity experiment=NAME`: the folder with tables and figures."""
    _salib()
    experiment = read_experiment("sensitivity", arguments, OPTIONS)
    _options(experiment.options)
    readings = [
        Output.read(str(n), given, list(experiment.runs)) for n, given in experiment.outputs.items()
    ]
    if not readings:
        raise InputError(f"'{experiment.name}' has no outputs: give some, NAME: {{measure: ...}}")
    for reading in readings:
        run = experiment.runs[reading.run]
        reading.check(tables(run).axes, run.start, run.months)
    experiment.say()
    output, seed = experiment.first.output, experiment.first.seed
    home = make_home(output.folder, experiment.first.name)
    version = (tables(experiment.first).source_digest, model_version())
    identifier = run_id({"experiment": experiment.identity(), "form": 1}, *version)
    final = home / "sensitivity" / f"{experiment.options['method']}-{identifier}"
    if (final / DONE).is_file():
        return final
    new = 0

    with bar(experiment.name, output.progress, unit="runs") as tell:

        def of(points: list[Point]) -> np.ndarray:
            nonlocal new
            done = evaluate(experiment, points, readings, tell)
            new = done.new
            return done.mean

        names = [reading.name for reading in readings]
        points, found = study(experiment.parameters, experiment.options, names, of, seed)
    about = {
        "study": "sensitivity",
        "name": experiment.name,
        "about": experiment.about,
        "method": experiment.options["method"],
        "points": len(points),
        "seeds": experiment.seeds,
        "runs_new": new,
        "units": {reading.name: reading.unit for reading in readings},
        "model": version[1],
        "data_digest": version[0],
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with whole(final) as folder:
        points.to_csv(folder / "points.csv", index=False, float_format="%.10g")
        found.to_csv(folder / "indices.csv", index=False, float_format="%.6g")
        text = yaml.safe_dump(experiment.resolved(), sort_keys=False, allow_unicode=True)
        (folder / "study.yaml").write_text(text, encoding="utf-8")
        (folder / "study.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        if output.figures is not False:
            from sim.plots.sensitivity import write_sensitivity

            (folder / "figures").mkdir()
            source = experiment.first.source(experiment.first.span)
            write_sensitivity(
                found, {r.name: r.label for r in readings}, about, source, folder / "figures"
            )
    return final


def _options(options: Mapping[str, Any]) -> None:
    if options["method"] not in COLUMNS:
        raise unknown("method", options["method"], COLUMNS)
    positive(options, "samples", "levels")
    count = options["samples"]
    if options["method"] == "sobol" and (count & (count - 1) or count < 4):
        raise InputError(f"samples = {count}: Sobol's sequence wants a power of two, e.g. 64")
    if options["method"] == "morris" and (options["levels"] % 2 or count < 2):
        raise InputError(
            f"samples = {count}, levels = {options['levels']}: Morris wants two or more "
            "trajectories and an even number of levels"
        )
    confidence = options["confidence"]
    if not isinstance(confidence, float) or not 0.0 < confidence < 1.0:
        raise InputError(f"confidence = {confidence!r} is not between 0 and 1")


def _problem(parameters: Sequence[Parameter]) -> dict[str, Any]:
    names = [p.name for p in parameters]
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def _salib() -> None:
    try:
        import SALib  # noqa: F401
    except ImportError:
        raise InputError("sensitivity needs SALib: pip install 'eaeu-sim[study]'") from None


def closing(folder: Path) -> str:
    """What moved each output most, in words, and where the tables are."""
    import pandas as pd

    about = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    found = pd.read_csv(folder / "indices.csv")
    key = "mu_star" if about["method"] == "morris" else "st"
    lines = [f"{about['about']}", f"{about['points']} points x {about['seeds']} seeds: {folder}"]
    for output, rows in found.groupby("output", sort=False):
        if not rows[key].gt(0).any():
            lines.append(f"  {output} [{about['units'][output]}]: moved by nothing that is varied")
            continue
        top = rows.sort_values(key, ascending=False, kind="stable").head(3)
        named = ", ".join(
            f"{p} {v:.3g} ± {c:.2g}"
            for p, v, c in zip(top["parameter"], top[key], top[f"{key}_conf"], strict=True)
        )
        lines.append(f"  {output} [{about['units'][output]}] by {key}: {named}")
    return "\n".join(lines)
