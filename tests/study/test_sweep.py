"""Sweeps: nothing lost, nothing twice, failures told, mistakes refused in one line."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import sim
from sim.record.store import DONE, claim
from sim.study.sweep import Journal, Tally, sweep

REPO = Path(__file__).parents[2]
TOY = ("baseline=toy", "firms.count=27", "months=2")
ONE = (*TOY, "name=x", "output.jobs=1")


def test_a_sweep_leaves_runs_and_ensembles_and_nothing_else(study):
    home = study / "results" / "x"
    assert sorted(p.name for p in study.iterdir()) == ["results"]
    runs = [p for p in home.iterdir() if len(p.name) == 12]
    assert len(runs) == 8 and all((p / DONE).is_file() for p in runs)
    assert len(list((home / "ensembles").glob(f"*/{DONE}"))) == 4
    assert {p.name for p in home.iterdir()} - {p.name for p in runs} == {"ensembles", ".sweep"}
    assert list((home / ".sweep").iterdir()) == []
    assert not list(home.rglob("figures"))


def test_what_is_finished_is_skipped(study, say):
    stamps = {p: p.stat().st_mtime_ns for p in study.rglob(DONE)}
    again = (
        "-m", *ONE, "seeds=2", "reference=none", "behaviour.sigma_scale=0.8,1.0",
        "behaviour.search_rate=0.1,0.3",
    )  # fmt: skip
    done = say(study, *again)
    assert done.returncode == 0 and "(0 runs, 8 more were there)" in done.stdout, done.stderr
    assert stamps == {p: p.stat().st_mtime_ns for p in study.rglob(DONE)}


def test_an_experiment_holds_a_whole_study(tmp_path, say):
    short = ("months=1", "seeds=1", "behaviour.search_rate=0.1")
    done = say(tmp_path, "-m", "experiment=toy", "hydra/launcher=joblib", *short)
    assert done.returncode == 0 and "3 of 3 points" in done.stdout, done.stderr
    results = sim.open_results(tmp_path / "results" / "toy")
    assert results.parameters == ["behaviour.sigma_scale"] and len(results) == 3
    alone = sim.load("experiment=toy")
    assert (alone.name, alone.seeds, alone.baseline.name) == ("toy", 3, "toy")


def test_an_experiment_that_sweeps_is_not_run_as_one(tmp_path, say):
    done = say(tmp_path, "experiment=toy")
    assert done.returncode == 2 and not list(tmp_path.iterdir())
    assert "sweeps behaviour.sigma_scale, behaviour.search_rate: say -m" in done.stderr
    one = ("behaviour.sigma_scale=1", "behaviour.search_rate=0.2", "seeds=1", "months=2")
    assert say(tmp_path, "experiment=toy", *one).returncode == 0


def test_own_scenarios_are_swept_beside_the_shipped(tmp_path, say):
    (tmp_path / "my" / "scenario").mkdir(parents=True)
    mine = tmp_path / "my" / "scenario" / "mine.yaml"
    ban = 'b: {policy: embargo, by: [WLD], "on": [NOR]}'
    mine.write_text(f"about: {{mine: a full stop}}\nmeasures:\n  {ban}\n")
    done = say(tmp_path, "-m", *ONE, "scenario=none,mine", "--config-dir", "my")
    assert done.returncode == 0 and "2 of 2 points finished" in done.stdout, done.stderr
    assert set(sim.open_results(tmp_path / "results" / "x").index["scenario"]) == {"none", "mine"}
    done = say(tmp_path, "-m", *ONE, "scenario=none,mien", "--config-dir", "my")
    assert done.returncode == 2 and "did you mean 'mine'?" in done.stderr
    mine.write_text("measures:\n  b: {policy: embargo\n")
    done = say(tmp_path, *ONE, "scenario=mine", "--config-dir", "my")
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "mine.yaml, line 3: expected ',' or '}'" in done.stderr


def test_every_shipped_experiment_loads():
    for file in (REPO / "conf" / "experiment").glob("*.yaml"):
        assert sim.load(f"experiment={file.stem}").name == file.stem


def test_a_point_that_fails_is_in_a_table_and_the_others_are_finished(tmp_path, say):
    arguments = ("-m", "baseline=toy", "firms.count=27,20", "months=1", "seed=0,1", "name=x")
    done = say(tmp_path, *arguments)
    assert done.returncode == 1
    assert "2 of 4 points finished" in done.stdout
    assert done.stderr.startswith("error: 2 of 4 points failed (firms.count = 20 is too small")
    assert done.stderr.count("\n") == 1
    rows = list(csv.DictReader((tmp_path / "results" / "x" / "failures.csv").open()))
    assert [(r["point"], r["seed"]) for r in rows] == [("2", "0"), ("3", "1")]
    assert "firms.count=20" in rows[0]["overrides"] and "too small" in rows[0]["error"]
    assert len(sim.open_results(tmp_path / "results" / "x")) == 2
    done = say(tmp_path, "-m", "baseline=toy", "firms.count=27", "months=1", "seed=0,1", "name=x")
    assert done.returncode == 0 and not (tmp_path / "results" / "x" / "failures.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["experiment=tyo"], "unknown experiment 'tyo'; did you mean 'toy'"),
        ([], "nothing to sweep"),
        (["months=3"], "nothing to sweep"),
        (["months=range(0,0)"], "nothing to sweep: no values for months"),
        (["months=interval(1,3)"], "cannot sweep"),
        (["scenario=none,eu_2023"], "unknown scenario 'eu_2023'; did you mean 'eu_2022'"),
        (["seeed=1,2"], "unknown key 'seeed'; did you mean 'seed'"),
        (["name=a,b"], "name belongs to the whole sweep"),
        (["output.folder=a,b"], "output.folder belongs to the whole sweep"),
        (["months=0,3"], "months = 0 is outside"),
        (["seed=1,2", "hydra/launcher=jolib"], "unknown hydra/launcher 'jolib'; did you mean"),
        (["seed=1,2", "output.folder=/dev/null/x"], "cannot write results to '/dev/null/x/"),
    ],
)
def test_mistakes_are_refused_before_anything_is_written(
    arguments, message, tmp_path, monkeypatch, capsys
):
    from sim.door import door

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["sim", "-m", *arguments])
    code = door(lambda settings: None)
    said = capsys.readouterr().err
    assert code == 2 and said.startswith(f"error: {message}"), said
    assert said.count("\n") == 1 and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("launcher", ["submitit_slurm", "ray", "ray_cluster"])
def test_a_launcher_that_is_not_installed_names_its_extra(launcher, tmp_path, monkeypatch, capsys):
    from sim.door import EXTRAS, door

    for package in EXTRAS:
        try:
            __import__(f"hydra_plugins.{package}")
        except ImportError:
            continue
        pytest.skip("it is installed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["sim", "-m", "seed=1,2", f"hydra/launcher={launcher}"])
    assert door(lambda settings: None) == 2
    extra = "slurm" if "slurm" in launcher else "ray"
    assert f"is not installed; pip install 'eaeu-sim[{extra}]'" in capsys.readouterr().err


def test_a_sweep_is_named_by_its_experiment_or_by_what_varies():
    from sim.door import _name

    assert _name(["scenario", "behaviour.sigma_scale"], []) == "sweep-scenario-sigma_scale"
    assert _name(["seed"], ["experiment=toy", "seed=1,2"]) == "toy"
    assert _name(["experiment"], ["experiment=toy,other"]) == "sweep-experiment"


def test_composing_once_gives_what_hydra_gives():
    from hydra.core.global_hydra import GlobalHydra
    from hydra.types import RunMode

    from sim.config import CONF, composing
    from sim.door import Composer

    points = [
        ["scenario=eu_2022", "++seed=1", "++behaviour.sigma_scale=0.8"],
        ["scenario=eu_2022", "++seed=2", "++scenario.measures.payment_swift.intensity=0"],
        ["scenario=[none,embargo]", "++scenario.sets.coalition=[EU27,USA]", "++seed=2"],
        ["scenario=eu_2022", "+scenario.measures.m={policy: tariff}", "++start='2023-01'"],
        ["scenario=eu_2022", "~scenario.measures.payment_swift", "++months=1e1"],
    ]
    with composing([CONF]):
        hydra = GlobalHydra.instance().hydra
        assert hydra is not None
        cfg = hydra.compose_config("config", [], RunMode.MULTIRUN, with_log_configuration=False)
        composer = Composer(hydra.config_loader)
        for point in points:
            fast = composer.load_sweep_config(cfg, point)
            slow = hydra.config_loader.load_sweep_config(cfg, point)
            assert {k: fast[k] for k in fast if k != "hydra"} == {
                k: slow[k] for k in slow if k != "hydra"
            }
            assert list(fast.hydra.overrides.task) == list(slow.hydra.overrides.task)


def test_killed_with_9_and_resumed(tmp_path, say, environment):
    """The same at length: benchmarks/sweep_kill.py."""
    fuzz_kill = pytest.importorskip("tests.fuzz.fuzz_kill", reason="not run from the checkout")
    arguments = ["-m", *ONE, "seed=range(0,16)", "hydra/launcher=joblib"]
    arguments += ["hydra.launcher.n_jobs=2"]
    command = [sys.executable, "-m", "sim", *arguments]
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, start_new_session=True)
    home = tmp_path / "results" / "x"
    while len(list(home.glob(f"[0-9a-f]*/{DONE}"))) < 2:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    fuzz_kill.wait_for_all(process.pid)  # its workers leave before they have done it all
    there = {p: p.stat().st_mtime_ns for p in home.glob(f"[0-9a-f]*/{DONE}")}
    assert len(there) < 16
    done = say(tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    assert f"({16 - len(there)} runs, {len(there)} more were there)" in done.stdout
    assert all(p.stat().st_mtime_ns == stamp for p, stamp in there.items())
    assert len(sim.open_results(home)) == 16
    assert [p.name for p in home.iterdir() if p.name.startswith(".")] == [".sweep"]


def test_whoever_wants_a_claimed_run_waits_and_a_dead_claim_is_free(tmp_path, environment):
    (tmp_path / "x").mkdir()
    code = (
        "import sys, time; from sim.record.store import claim\n"
        f"with claim({str(tmp_path)!r}, 'x', '0123456789ab'):\n"
        "    print('mine', flush=True); time.sleep(60)\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout.readline() == "mine\n"
    import threading

    got = threading.Event()

    def want():
        with claim(tmp_path, "x", "0123456789ab"):
            got.set()

    thread = threading.Thread(target=want)
    thread.start()
    assert not got.wait(0.3)
    other.kill()
    other.wait()
    thread.join(10)
    assert got.is_set() and list((tmp_path / "x").iterdir()) == []


def journalled(tmp_path, launch, points=("a", "b", "c")):
    return sweep("x", str(tmp_path), points, len(points), launch, progress=False)


def test_points_lost_with_their_worker_are_tried_once_more(tmp_path, capsys):
    calls = []

    def launch(journal: Journal, points):
        calls.append(list(points))
        for point in points:
            journal.write(point=point, event="begun")
            if point == "b":
                raise RuntimeError("a worker was killed")
            journal.write(point=point, event="done")

    assert not journalled(tmp_path, launch)
    assert calls == [["a", "b", "c"], ["b", "c"], ["c"]]
    said = capsys.readouterr()
    assert "2 of 3 points finished" in said.out and "its process was lost 2 times" in said.err


def test_a_launcher_that_does_nothing_ends(tmp_path, capsys):
    def launch(journal, points):
        raise RuntimeError("no cluster there")

    assert not journalled(tmp_path, launch)
    assert "3 of 3 points were not run (RuntimeError: no cluster there)" in capsys.readouterr().err


def test_half_a_line_is_not_read(tmp_path):
    journal = Journal(tmp_path)
    journal.write(point="a", event="run", seed=1, reused=True)
    with next(tmp_path.glob("*.jsonl")).open("a") as file:
        file.write('{"point": "a", "ev')
    assert Tally.of(journal.read()) == Tally(runs=1, reused=1)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="mounts a small disk")
@pytest.mark.slow
def test_a_disk_that_fills_up_is_told_and_leaves_nothing_half_written(tmp_path, say):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "x", str(disk)])
    if mounted.returncode:
        pytest.skip("may not mount")
    try:
        done = say(tmp_path, "-m", *ONE, "seed=range(0,12)", f"output.folder={disk}")
        assert done.returncode in (1, 2)
        assert "No space left on device" in done.stderr and "Traceback" not in done.stderr
        for run in (path.parent for path in disk.rglob(DONE)):
            check = ["sha256sum", "--quiet", "-c", "DONE"]
            assert subprocess.run(check, cwd=run).returncode == 0
    finally:
        subprocess.run(["umount", str(disk)], check=True)
