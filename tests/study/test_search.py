"""Search: known optima and frontiers are found, a killed study ends as if it had not been."""

from __future__ import annotations

import json
import shutil
import sys

import numpy as np
import pandas as pd
import pytest

from sim.search import main
from sim.study import evaluate as evaluating
from sim.study import search
from sim.study.experiment import Experiment, read_experiment
from sim.study.goal import Target, distance
from sim.study.search import run_search

optuna = pytest.importorskip("optuna")

BAN = """
runs:
  ban:
    - baseline=toy
    - firms.count=27
    - months=2
    - scenario.measures.ban={policy:export_ban,by:[WLD],on:[NOR],coverage:0.6}
parameters:
  coverage: {sets: scenario.measures.ban.coverage, low: 0.0, high: 0.9}
"""
TARGETS = """name,value,unit,period,source,note,use,confidence
GDP_growth_NOR,-1.0,%,2022-02,made up,,calib,H
GDP_growth_SUD,0.5,%,2022-02,made up,,calib,M
GDP_growth_WLD,0.0,%,2022-01,made up,,validate,H
GDP_growth_WLD,0.0,%,2023,made up,,calib,H
"""


@pytest.fixture
def conf(tmp_path):
    (tmp_path / "search").mkdir()
    (tmp_path / "targets.csv").write_text(TARGETS)
    (tmp_path / "search" / "own.yaml").write_text(
        f"kind: calibrate\ntrials: 3\ntargets: {tmp_path / 'targets.csv'}\n{BAN}"
    )
    return tmp_path


def command(folder, *more, experiment="own"):
    shared = ("output.jobs=1", "output.progress=false", f"output.folder={folder / 'results'}")
    return [f"experiment={experiment}", f"--config-dir={folder}", *shared, *more]


@pytest.fixture
def bowl(monkeypatch):
    """In place of the model: two readings of `coverage`, one falling, one rising."""

    def numbers(experiment, points, readings, tick=None):
        x = np.array([p["coverage"] for p in points])
        mean = np.column_stack([(x - 0.3) ** 2, (x - 0.6) ** 2])[:, : len(readings)]
        return evaluating.Evaluated(mean, np.zeros_like(mean), 0)

    monkeypatch.setattr(search, "evaluate", numbers)


def test_distance_is_the_weighted_mean_square_of_logs():
    def target(observed, weight):
        return Target("t", "2022", observed, weight, "run", lambda panel, months: 0.0)

    two = [target(0.5, 3.0), target(2.0, 1.0)]
    assert distance(two, np.array([0.5, 2.0])) == 0.0
    assert distance(two, np.array([0.5 * np.e, 2.0])) == pytest.approx(np.sqrt(3 / 4))
    assert np.isfinite(distance(two, np.array([0.0, 2.0])))


FRONTIER = (
    "kind: frontier\nsampler: tpe\ntrials: 30\noutputs:\n"
    "  a: {measure: loss, region: NOR}\n  b: {measure: loss, region: WLD}\n" + BAN
)


def test_a_known_frontier_is_found(conf, bowl):
    (conf / "search" / "own.yaml").write_text(FRONTIER.replace("tpe", "nsga2"))
    folder = run_search(command(conf, "population=6", "output.figures=true"))
    trials, found = pd.read_csv(folder / "trials.csv"), pd.read_csv(folder / "found.csv")
    assert len(trials) == 30 and 2 <= len(found) < 30
    between = trials["coverage"].between(0.3, 0.6)
    assert set(trials.loc[between, "trial"]) <= set(found["trial"])
    assert (folder / "figures" / "frontier.png").is_file()


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("sampler", ["tpe", "nsga2"])
def test_a_study_killed_at_any_line_finds_what_it_would_have_found(
    sampler, batch, conf, bowl, monkeypatch
):
    """The journal is cut short after each of its writes in turn, and half of the next is left."""
    choices = "  traders: {choices: [default, 'off']}\n"
    (conf / "search" / "own.yaml").write_text(FRONTIER.replace("tpe", sampler) + choices)

    asked = command(conf, f"batch={batch}", "population=2", "trials=6", "output.figures=false")
    asked_for = read_experiment("search", asked, search.OPTIONS)
    monkeypatch.setattr(search, "read_experiment", lambda *given: asked_for)  # no Hydra
    monkeypatch.setattr(Experiment, "check", lambda experiment: ())

    def trials():
        folder = run_search(asked)
        table = pd.read_csv(folder / "trials.csv")
        (folder / "trials.csv").unlink()
        return folder, table

    journals, written = optuna.storages.journal.JournalFileBackend, 0
    write = journals.append_logs

    def dies(self, logs):
        nonlocal written
        written += 1
        if written > at:
            with open(self._file_path, "ab") as file:
                file.write(b'{"op_code": 4, "wor')
            raise KeyboardInterrupt
        write(self, logs)

    monkeypatch.setattr(journals, "append_logs", dies)
    at = 10**6
    folder, whole = trials()
    assert len(whole) == 6 and whole["traders"].nunique() == 2
    lines = written
    for cut in range(lines):
        shutil.rmtree(folder)
        written, at = 0, cut
        with pytest.raises(KeyboardInterrupt):
            trials()
        at = 10**6
        again, found = trials()
        pd.testing.assert_frame_equal(found, whole, obj=f"after {cut} of {lines} writes")
        assert again == folder


def test_a_study_asked_for_more_keeps_what_it_had_and_for_fewer_loses_nothing(conf, bowl):
    (conf / "search" / "own.yaml").write_text(FRONTIER)

    def trials(count):
        folder = run_search(command(conf, "batch=4", f"trials={count}", "output.figures=false"))
        return pd.read_csv(folder / "trials.csv")

    seven, twelve, five = trials(7), trials(12), trials(5)
    assert (len(seven), len(twelve)) == (7, 12)
    pd.testing.assert_frame_equal(twelve[:7], seven)
    pd.testing.assert_frame_equal(five, twelve)


def test_trials_asked_for_together_differ(conf, bowl):
    (conf / "search" / "own.yaml").write_text(FRONTIER)
    folder = run_search(command(conf, "batch=4", "trials=10", "output.figures=false"))
    trials = pd.read_csv(folder / "trials.csv")
    assert len(trials) == 10 and trials["coverage"].nunique() == 10


def test_a_grid_tries_everything_once(conf, bowl):
    choices = "  traders: {choices: [default, 'off']}\n"
    (conf / "search" / "own.yaml").write_text(FRONTIER.replace("tpe", "grid") + choices)
    folder = run_search(command(conf, "levels=4", "batch=3", "output.figures=false"))
    trials = pd.read_csv(folder / "trials.csv")
    assert len(trials) == 8 and len(trials.drop_duplicates(["coverage", "traders"])) == 8
    np.testing.assert_allclose(sorted(trials["coverage"].unique()), [0, 0.3, 0.6, 0.9])


def test_a_calibration_runs_the_model_and_is_extended(conf, capsys, monkeypatch):
    assert main(command(conf)) == 0
    said = capsys.readouterr().out
    (folder,) = (conf / "results" / "own" / "search").iterdir()
    assert "closest: distance" in said and "coverage=" in said
    trials = pd.read_csv(folder / "trials.csv")
    fit = pd.read_csv(folder / "fit.csv")
    assert set(fit["use"]) == {"calib", "validate"} and len(fit) == 3
    best = trials.loc[trials["distance"].idxmin()]
    gap = np.log(fit["model"] / fit["observed"])[fit["use"] == "calib"].to_numpy() ** 2
    assert best["distance"] == pytest.approx(np.sqrt((gap[0] + 0.5 * gap[1]) / 1.5), rel=1e-3)
    assert (folder / "figures" / "calibration.png").is_file()
    runs = {p: p.stat().st_mtime_ns for p in (conf / "results" / "own").glob("*/DONE")}
    assert len(runs) == 3
    assert main(command(conf, "trials=5")) == 0
    assert json.loads((folder / "study.json").read_text())["trials"] == 5
    again = pd.read_csv(folder / "trials.csv")
    pd.testing.assert_frame_equal(again[:3], trials)
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in runs.items())
    monkeypatch.setattr("sim.run.simulate", lambda *a: pytest.fail("simulated again"))
    assert main(command(conf, "trials=5")) == 0


def test_a_calibration_begins_with_the_numbers_as_they_are(conf, capsys):
    file = conf / "search" / "own.yaml"
    file.write_text(file.read_text() + "  behaviour.sigma_scale: [0.6, 1.6]\n")
    assert main(command(conf, "output.figures=false")) == 0
    trials = pd.read_csv(next((conf / "results").rglob("trials.csv"))).set_index("trial")
    assert trials.loc[0, "behaviour.sigma_scale"] == 1.0
    assert (trials.loc[1:, "behaviour.sigma_scale"] != 1.0).all()
    assert "as they are" not in capsys.readouterr().out  # of `coverage` nobody knows


def test_a_damaged_journal_is_told(conf, bowl, capsys):
    (conf / "search" / "own.yaml").write_text(FRONTIER)
    folder = run_search(command(conf, "output.figures=false"))
    journal, table = folder / "study.journal", (folder / "trials.csv").read_text()
    content = journal.read_bytes()
    for damaged in (b"nonsense\n" * 3, b"n" * 1000 + content[1000:]):  # too short, unreadable
        journal.write_bytes(damaged)
        assert main(command(conf, "output.figures=false")) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and "study.journal" in said and "remove it" in said
    journal.unlink()
    assert main(command(conf, "output.figures=false")) == 0
    assert (folder / "trials.csv").read_text() == table


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["kind=calibrat"], "did you mean 'calibrate'?"),
        (["sampler=tpee"], "did you mean 'tpe'?"),
        (["trials=0"], "trials = 0"),
        (["population=1"], "too few"),
        (["targets=nowhere.csv"], "cannot read targets 'nowhere.csv'"),
        (["targets=null"], "speak of EU27, KAZ, RUS, which the tables 'toy' do not have"),
        (["start=2030-01"], "no calib row"),
        (["weights={H: 1}"], "unknown confidence with a weight 'M'"),
        (["kind=frontier"], "says nothing to a frontier"),
        (["kind=frontier", "targets=null"], "two outputs or more"),
        (["firms.count=20"], "firms.count = 20 is too small"),
        (["output.folder=/proc/x"], "output.folder is given twice"),
    ],
)
def test_mistakes_are_refused_in_one_line(arguments, said, conf, capsys):
    assert main([*command(conf), *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1 and said in error
    assert not (conf / "results").exists()


def test_scenarios_that_a_plan_names_are_not_replaced_for_all_its_runs(tmp_path, capsys):
    given = ["experiment=sovereignty", f"output.folder={tmp_path / 'x'}"]
    assert main([*given, "scenario=embargo"]) == 2
    assert "(run 'calm': scenario=none)" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_without_optuna_the_extra_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert main(["experiment=toy"]) == 2
    assert "pip install 'eaeu-sim[study]'" in capsys.readouterr().err
