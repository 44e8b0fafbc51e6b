"""Sensitivity: known indices are found, runs are shared and resumed, mistakes are refused."""

from __future__ import annotations

import json
import math
import sys

import numpy as np
import pandas as pd
import pytest

from sim.config import CONF
from sim.errors import InputError
from sim.record.store import DONE
from sim.sensitivity import main
from sim.study import evaluate as evaluating
from sim.study.experiment import read_experiment
from sim.study.outputs import STATISTICS, Output
from sim.study.parameter import Parameter
from sim.study.sensitivity import OPTIONS, run_sensitivity, study

pytest.importorskip("SALib")

ANGLES = tuple(Parameter(name, (name,), -math.pi, math.pi) for name in ("x1", "x2", "x3"))


def ishigami(points):
    """Ishigami & Homma (1990), a = 7, b = 0.1; and something that nothing moves."""
    x = np.array([[p[f"x{k}"] for k in (1, 2, 3)] for p in points]).T
    y = np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])
    return np.column_stack([y, np.full(len(points), 3.0)])


def test_sobol_finds_the_known_indices_of_ishigami():
    options = OPTIONS | {"method": "sobol", "samples": 1024}
    points, found = study(ANGLES, options, ["y", "still"], ishigami)
    assert len(points) == 1024 * 5 and list(points) == ["x1", "x2", "x3", "y", "still"]
    y = found[found["output"] == "y"].set_index("parameter")
    np.testing.assert_allclose(y["s1"], [0.3139, 0.4424, 0.0], atol=0.03)
    np.testing.assert_allclose(y["st"], [0.5576, 0.4424, 0.2437], atol=0.03)
    assert (np.abs(y["st"] - [0.5576, 0.4424, 0.2437]) < 2 * y["st_conf"]).all()
    still = found[found["output"] == "still"].drop(columns=["output", "parameter"])
    assert (still == 0).all(axis=None)


def test_morris_of_a_plane_is_its_slopes_over_the_ranges():
    parameters = (Parameter("a", ("a",), 0.0, 2.0), Parameter("b", ("b",), -1.0, 1.0))

    def plane(points):
        return np.array([[3.0 * p["a"] - 0.5 * p["b"]] for p in points])

    points, found = study(parameters, OPTIONS, ["y"], plane)
    assert len(points) == 10 * 3
    np.testing.assert_allclose(found["mu_star"], [6.0, 1.0])
    np.testing.assert_allclose(found["mu"], [6.0, -1.0])
    np.testing.assert_allclose(found["sigma"], 0.0, atol=1e-12)


def test_places_become_values():
    assert Parameter("n", ("n",), 1, 3, whole=True).at(1.0) == 3
    assert [Parameter("n", ("n",), 1, 3, whole=True).at(s) for s in (0.0, 0.4, 0.9)] == [1, 2, 3]
    assert Parameter("x", ("x",), 0.01, 1.0, log=True).at(0.5) == pytest.approx(0.1)
    assert [Parameter("c", ("c",), choices=("a", "b")).at(s) for s in (0.0, 0.5, 1.0)] == [*"abb"]


SMALL = ("experiment=toy", "months=2", "samples=2", "output.jobs=1", "output.progress=false")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    root = tmp_path_factory.mktemp("sensitivity")
    return root, run_sensitivity([*SMALL, f"output.folder={root}"])


def test_a_study_leaves_tables_a_figure_and_normal_runs(done):
    root, folder = done
    assert folder.parent == root / "toy" / "sensitivity" and (folder / DONE).is_file()
    assert {p.name for p in folder.iterdir()} == {
        "DONE", "figures", "indices.csv", "points.csv", "study.json", "study.yaml",
    }  # fmt: skip
    assert (folder / "figures" / "tornado.png").stat().st_size > 10_000
    points, found = pd.read_csv(folder / "points.csv"), pd.read_csv(folder / "indices.csv")
    assert len(points) == 8 and len(found) == 3 * 2
    about = json.loads((folder / "study.json").read_text())
    assert about["units"]["consumption_of_Northland"] == "%"
    import sim

    results = sim.open_results(root / "toy")  # the study's own folder is not taken for a run
    assert len(results) == len(points.drop_duplicates()) == about["runs_new"]
    assert {"behaviour.sigma_scale", "behaviour.search_rate"} <= set(results.parameters)
    level = results.index["behaviour.sigma_scale"]
    assert set(level.round(9)) == set(points["behaviour.sigma_scale"].round(9))


def test_what_is_finished_is_not_run_again(done, monkeypatch):
    root, folder = done
    before = {p: p.stat().st_mtime_ns for p in root.rglob(DONE)}
    monkeypatch.setattr("sim.run.simulate", lambda *a: pytest.fail("simulated again"))
    assert run_sensitivity([*SMALL, f"output.folder={root}"]) == folder
    again = {p: p.stat().st_mtime_ns for p in root.rglob(DONE)}
    assert again == before
    other = run_sensitivity([*SMALL, f"output.folder={root}", "confidence=0.8"])  # the same points
    assert other != folder and json.loads((other / "study.json").read_text())["runs_new"] == 0
    one, two = (pd.read_csv(f / "indices.csv") for f in (folder, other))
    pd.testing.assert_series_equal(one["mu_star"], two["mu_star"])


def test_a_killed_study_goes_on_and_ends_the_same(done, tmp_path, monkeypatch):
    root, folder = done
    count = 0
    complete = evaluating.complete

    def dies(*args, **kwargs):
        nonlocal count
        count += 1
        if count > 3:
            raise KeyboardInterrupt
        return complete(*args, **kwargs)

    monkeypatch.setattr(evaluating, "complete", dies)
    command = [*SMALL, f"output.folder={tmp_path}"]
    assert main(command) == 130
    assert len(list(tmp_path.glob("toy/*/DONE"))) == 3
    monkeypatch.setattr(evaluating, "complete", complete)
    again = run_sensitivity(command)
    assert again.name == folder.name
    for name in ("points.csv", "indices.csv", "study.yaml"):
        left, right = ((f / name).read_text() for f in (again, folder))
        assert left.replace(str(tmp_path), "") == right.replace(str(root), ""), name
    total = json.loads((folder / "study.json").read_text())["runs_new"]
    assert json.loads((again / "study.json").read_text())["runs_new"] == total - 3


def test_a_run_that_fails_is_told_and_the_others_are_kept(tmp_path, monkeypatch, capsys):
    complete, count = evaluating.complete, 0

    def fails_once(*args, **kwargs):
        nonlocal count
        count += 1
        if count == 2:
            raise RuntimeError("the books do not balance")
        return complete(*args, **kwargs)

    monkeypatch.setattr(evaluating, "complete", fails_once)
    assert main([*SMALL, f"output.folder={tmp_path}"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "1 of " in said and "the books do not balance" in said
    assert list(tmp_path.glob("toy/*/DONE")) and not list(tmp_path.glob("toy/sensitivity/*"))


def test_a_difference_of_two_runs_is_read_seed_by_seed(tmp_path):
    (tmp_path / "sensitivity").mkdir()
    (tmp_path / "sensitivity" / "own.yaml").write_text(
        """
runs:
  calm: [baseline=toy, firms.count=27, months=2]
  ban:
    - baseline=toy
    - firms.count=27
    - months=2
    - scenario.measures.ban={policy:export_ban,by:[WLD],on:[NOR],coverage:0.6}
seeds: 2
samples: 2
parameters:
  ban: {sets: scenario.measures.ban.coverage, low: 0, high: 0.9, runs: ban}
outputs:
  imports: {measure: trade, origin: WLD, destination: NOR, run: ban, against: calm}
"""
    )
    folder = run_sensitivity(
        [
            "experiment=own",
            "--config-dir",
            str(tmp_path),
            f"output.folder={tmp_path}",
            "output.jobs=1",
        ]
    )
    points = pd.read_csv(folder / "points.csv")
    none = points[points["ban"] == 0]["imports"]
    assert len(none) and (none.abs() < 1e-6).all() and (points["imports"] <= 1e-6).all()
    assert len(list((tmp_path / "own").glob("*/DONE"))) == 2 * (1 + points["ban"].nunique())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a study: experiment=NAME"),
        (["experiment=toi"], "did you mean 'toy'?"),
        (["experiment=toy", "method=moris"], "did you mean 'morris'?"),
        (["experiment=toy", "method=sobol", "samples=10"], "power of two"),
        (["experiment=toy", "samples=1"], "two or more"),
        (["experiment=toy", "samples=many"], "whole number"),
        (["experiment=toy", "confidence=2"], "between 0 and 1"),
        (["experiment=toy", "seeds=0"], "seeds = 0"),
        (["experiment=toy", "mnths=3"], "did you mean 'months'?"),
        (["experiment=toy", "reference=none"], "has a reference"),
        (["experiment=toy", "baseline=eaeu"], "output 'consumption_of_Northland'"),
        (["experiment=toy", "behaviour.search_rate=0.2"], "is varied by 'toy'"),
        (["experiment=toy", "-m"], "there is no option '-m'"),
        (["experiment=toy", "months"], "write it as key=value"),
        (["experiment=toy", "--config-dir", "nowhere"], "does not exist"),
    ],
)
def test_mistakes_are_refused_in_one_line_before_anything_is_written(
    arguments, said, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1 and said in error
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("parameters: {behaviour.sigma_scal: [0.5, 1]}", "did you mean 'behaviour.sigma_scale'?"),
        ("parameters: {behaviour.sigma_scale: [0.5, 9]}", "outside [0.1, 5]"),
        ("parameters: {behaviour.sigma_scale: [1, 0.5]}", "is not below"),
        ("parameters: {behaviour.sigma_scale: 1}", "neither [low, high] nor a mapping"),
        ("parameters: {behaviour.sigma_scale: {lo: 1}}", "did you mean 'low'?"),
        ("parameters: {a: {sets: scenario.measures.x.y}}", "low = None is not a number"),
        ("parameters: {a: {choices: [b]}}", "two or more"),
        ("parameters: {}", "no parameters"),
        ("sampels: 3", "did you mean 'samples'?"),
        ("[1, 2]", "not a mapping"),
        ("a: [", "cannot read"),
    ],
)
def test_a_bad_file_is_refused(text, said, tmp_path):
    (tmp_path / "sensitivity").mkdir()
    (tmp_path / "sensitivity" / "own.yaml").write_text(text)
    with pytest.raises(InputError) as error:
        read_experiment("sensitivity", ["experiment=own", f"--config-dir={tmp_path}"], OPTIONS)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (3, "names no measure"),
        ({"measure": "chang"}, "did you mean 'change'?"),
        ({"measure": "change", "region": "RUS"}, "needs variable"),
        ({"measure": "loss", "region": "RUS", "varable": 1}, "did you mean 'variable'?"),
        ({"measure": "loss", "region": "RUS", "run": "b"}, "unknown run 'b'"),
        ({"measure": "loss", "region": "RUS", "best": "hi"}, "unknown best 'hi'"),
    ],
)
def test_a_bad_output_is_refused(given, said):
    with pytest.raises(InputError, match="output 'o'") as error:
        Output.read("o", given, ["a"])
    assert said in str(error.value)


def test_every_shipped_study_is_one():
    from sim.study import search

    for group, options in (("sensitivity", OPTIONS), ("search", search.OPTIONS)):
        for file in (CONF / group).glob("*.yaml"):
            experiment = read_experiment(group, [f"experiment={file.stem}"], options)
            experiment.check()
            for name, given in experiment.outputs.items():
                from sim.prepared import tables

                output = Output.read(name, given, list(experiment.runs))
                run = experiment.runs[output.run]
                output.check(tables(run).axes, run.start, run.months)
    assert all(measure.of.__doc__ for measure in STATISTICS.values())


def test_without_salib_the_extra_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "SALib", None)
    assert main(["experiment=toy"]) == 2
    assert "pip install 'eaeu-sim[study]'" in capsys.readouterr().err


def test_a_key_given_twice_in_a_file_is_refused(tmp_path):
    file = tmp_path / "sensitivity" / "mine.yaml"
    file.parent.mkdir()
    text = (CONF / "sensitivity" / "toy.yaml").read_text(encoding="utf-8")
    file.write_text(f"{text}\nseeds: 3\nseeds: 4\n", encoding="utf-8")
    said = ["experiment=mine", f"--config-dir={tmp_path}"]
    with pytest.raises(InputError, match="found duplicate key seeds"):
        read_experiment("sensitivity", said, OPTIONS)
