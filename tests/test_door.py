"""`python -m sim`: what a user finds in the results folder, and what he never finds there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest
import yaml

import sim
from sim.baseline.balance import load_baseline
from sim.baseline.tables import shipped
from sim.record.manifest import model_version
from sim.words import later

SMALL = ("baseline=toy", "firms.count=60", "months=3")
NO_FIGURES = "output.figures=false"
FILES = {
    "DONE", "config.yaml", "manifest.json", "summary.csv",
    "trade.parquet", "regions.parquet", "sectors.parquet", "residuals.parquet",
}  # fmt: skip


def door(folder: Path, *overrides: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sim", *overrides]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


def finished(folder: Path) -> list[Path]:
    """All folders that claim to be done; what a dead process left bears a hidden name."""
    found = sorted(marker.parent for marker in folder.rglob("DONE"))
    return [path for path in found if not path.name.startswith(".")]


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("door")


@pytest.fixture(scope="module")
def first(home) -> tuple[str, Path]:
    """A run with pictures: what was said, and its folder."""
    done = door(home, *SMALL, "seed=7")
    assert done.returncode == 0, done.stderr
    (folder,) = finished(home / "results" / "none")
    return done.stdout, folder


# --- what is written -------------------------------------------------------------------------


def test_a_run_leaves_one_complete_folder(home, first):
    _, folder = first
    assert folder.parent == home / "results" / "none"
    assert len(folder.name) == 12
    names = {p.name for p in folder.iterdir()}
    assert names >= FILES | {"figures"}
    assert list((folder / "figures").glob("*.png"))
    assert [p.name for p in home.iterdir()] == ["results"]
    assert list(folder.parent.iterdir()) == [folder]  # nothing partial beside it


def test_the_marker_is_last_and_lists_every_file(first):
    _, folder = first
    listed = {}
    for line in (folder / "DONE").read_text().splitlines():
        digest, name = line.split("  ")
        listed[name] = digest
    files = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    assert set(listed) == set(files) - {"DONE"}
    for name, digest in listed.items():
        assert sha256(files[name].read_bytes()).hexdigest() == digest
    assert max(p.stat().st_mtime_ns for p in files.values()) == (folder / "DONE").stat().st_mtime_ns


def test_the_manifest_says_how_to_make_it_again(first):
    _, folder = first
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["run_id"] == folder.name
    assert manifest["seed"] == 7
    assert manifest["model"] == model_version()
    assert manifest["data_digest"] == load_baseline(shipped("toy")).source_digest
    assert manifest["libraries"]["numba"] == version("numba")
    assert manifest["python"] == sys.version.split()[0]
    assert manifest["commit"] is None or set(manifest["commit"]) == {"id", "dirty"}
    assert {"load", "simulate"} <= set(manifest["timings_s"])
    # the configuration beside it gives the same numbers through the library
    settings = sim.load(*SMALL, "seed=7")
    assert manifest["digest"] == sim.simulate(settings).digest
    assert yaml.safe_load((folder / "config.yaml").read_text()) == settings.resolved()


def test_the_tables_are_those_of_the_library(first):
    _, folder = first
    panel = sim.simulate(sim.load(*SMALL, "seed=7"))
    for name in ("trade", "regions", "sectors", "residuals"):
        stored = pd.read_parquet(folder / f"{name}.parquet")
        pd.testing.assert_frame_equal(stored, getattr(panel, name), check_exact=True)
    assert sim.Panel.read(folder).digest == panel.digest
    assert len(pd.read_csv(folder / "summary.csv")) > 0


def test_the_closing_table_names_the_regions_and_the_folder(first):
    said, folder = first
    for word in ("Northland", "Southland", "The world", "Consump", "2022-03", folder.name):
        assert word in said


def test_a_finished_run_is_reused_and_said_so(home, first):
    _, folder = first
    marker = (folder / "DONE").stat().st_mtime_ns
    again = door(home, *SMALL, "seed=7")
    assert again.returncode == 0
    assert "reused" in again.stdout and folder.name in again.stdout
    assert "Northland" in again.stdout
    assert (folder / "DONE").stat().st_mtime_ns == marker
    assert finished(home / "results" / "none") == [folder]


def test_names_and_places_are_not_part_of_a_run(home, first):
    """Another name, another folder, no pictures, not a word: the same run."""
    _, folder = first
    own = ("name=mine", "output.folder=some/where", "output.progress=false")
    other = door(home, *SMALL, "seed=7", NO_FIGURES, *own)
    assert other.returncode == 0 and other.stdout == "", other.stderr
    (mine,) = finished(home / "some" / "where" / "mine")
    assert mine.name == folder.name
    assert not (mine / "figures").exists()
    assert sim.Panel.read(mine).digest == sim.Panel.read(folder).digest
    shutil.rmtree(home / "some")


# --- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("mnths=3", "did you mean 'months'"),
        ("scenario=eu_2023", "did you mean 'eu_2022'"),
        ("firms.count=20", "at least 27"),
        ("+scenario.measures.x={policy: embargo, by: [WDL], on: [NOR]}", "did you mean 'WLD'"),
        ("scenario=embargo", "'EU27'"),  # the toy has no such regions
        ("baseline.path=/no/such/folder", "/no/such/folder"),
    ],
)
def test_what_is_wrong_is_one_line_and_nothing_is_written(tmp_path, override, says):
    done = door(tmp_path, *later(*SMALL, override))
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1 and done.stderr.startswith("error: ")
    assert not list(tmp_path.iterdir())


# --- own tables ------------------------------------------------------------------------------


def test_a_folder_of_ones_own_tables(tmp_path):
    own, overrides = tmp_path / "mine", ("firms.count=60", "months=2")
    shutil.copytree(shipped("toy"), own)
    macro = (own / "macro.csv").read_text()
    assert "6000,1500,1500" in macro
    (own / "macro.csv").write_text(macro.replace("6000,1500,1500", "6010,1500,1490"))
    done = door(tmp_path, *overrides, NO_FIGURES, "baseline.path=mine")
    assert done.returncode == 0, done.stderr
    (folder,) = finished(tmp_path / "results")
    digest = json.loads((folder / "manifest.json").read_text())["digest"]
    assert digest == sim.simulate(sim.load(*overrides, f"baseline.path={own}")).digest
    assert digest != sim.simulate(sim.load(*overrides, "baseline=toy")).digest


# --- sweeps ----------------------------------------------------------------------------------


def digests(folder: Path) -> dict[int, str]:
    """Of all finished runs below a folder, by seed."""
    manifests = [json.loads((f / "manifest.json").read_text()) for f in finished(folder)]
    assert len({m["seed"] for m in manifests}) == len(manifests)
    return {m["seed"]: m["digest"] for m in manifests}


def test_a_sweep_leaves_a_folder_per_point_and_outlives_one_that_fails(tmp_path):
    small = ("baseline=toy", "months=3")
    done = door(tmp_path, "-m", *small, NO_FIGURES, "seed=1,2", "firms.count=20,60")
    assert done.returncode != 0
    assert "firms.count = 20 is too small" in done.stderr
    assert digests(tmp_path) == {
        s: sim.simulate(sim.load(*SMALL, f"seed={s}")).digest for s in (1, 2)
    }
    assert [p.name for p in tmp_path.iterdir()] == ["results"]


@pytest.mark.slow
def test_the_joblib_launcher_gives_the_same_numbers(tmp_path):
    done = door(tmp_path, "-m", "hydra/launcher=joblib", *SMALL, NO_FIGURES, "seed=1,2")
    assert done.returncode == 0, done.stderr
    assert digests(tmp_path) == {
        s: sim.simulate(sim.load(*SMALL, f"seed={s}")).digest for s in (1, 2)
    }


# --- faults ----------------------------------------------------------------------------------


def killed_at(sign: str, folder: Path, *overrides: str) -> int:
    """Start a run and kill -9 it as soon as it leaves a sign: its claim, a partial folder."""
    command = [sys.executable, "-m", "sim", *overrides]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None and not any(folder.glob(f"results/*/.*.{sign}")):
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    return process.wait()


def test_killed_in_the_middle_it_claims_nothing_and_the_rerun_completes(tmp_path):
    """At work on its months, then while it writes."""
    long = ("baseline=toy", "firms.count=3000", "months=1200", NO_FIGURES)
    assert killed_at("claim", tmp_path, *long) == -signal.SIGKILL
    assert not finished(tmp_path)

    run = ("baseline=toy", "firms.count=90", "months=3")
    code = killed_at("partial", tmp_path, *run)
    if code == -signal.SIGKILL:  # else it was faster than the eye
        assert not finished(tmp_path)
    again = door(tmp_path, *run)
    assert again.returncode == 0, again.stderr
    (folder,) = finished(tmp_path)
    assert sim.Panel.read(folder).digest == sim.simulate(sim.load(*run)).digest
    # and what the dead left was swept up
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]


def test_a_working_directory_that_is_gone_is_told(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(sim.InputError, match="working directory is gone"):
        sim.load("baseline=toy")
