"""A results folder is whole or absent: killed, raced, without room, or simply read back."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.errors import InputError
from sim.record import store
from sim.record.panel import Panel

RUN = "0123456789ab"
WRITER = """
import runpy, sys, time
from pathlib import Path
from sim.errors import InputError
from sim.record import store
synthetic, root, what = sys.argv[1:]
ns = runpy.run_path(synthetic)
panel = ns["make"](ns["TOY"], months=3)
def figures(panel, folder):
    (folder / "x.png").write_bytes(b"x")
    if what == "hang":
        print("drawing", flush=True)
        time.sleep(60)
if what == "small":
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
if what == "together":
    print("ready", flush=True)
    sys.stdin.readline()
try:
    print(store.write_run(root, "x", "0123456789ab", panel, "a: 1\\n", {}, figures))
except InputError as error:
    print("InputError:", error)
"""


def writer(root: Path, what: str) -> subprocess.Popen[str]:
    """Another process that stores the toy run."""
    repo = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(Path(__file__).parent / "synthetic.py"), root, what],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(repo)},
    )


def resign(folder: Path) -> None:
    """Write DONE anew, as a careful forger would."""
    names = [line.split("  ")[1] for line in (folder / "DONE").read_text().splitlines()]
    lines = [f"{store.hash_of(folder / name)}  {name}\n" for name in names]
    (folder / "DONE").write_text("".join(lines))


def write(root: Path, panel: Panel, figures=None, name: str = "x") -> Path:
    return store.write_run(root, name, RUN, panel, "a: 1\n", {"digest": panel.digest}, figures)


def test_folder_is_complete_and_reads_back(tmp_path, toy):
    def figures(panel, folder):
        (folder / "x.png").write_bytes(b"x")

    assert store.find_finished(tmp_path, "x", RUN) is None
    folder = write(tmp_path, toy, figures)
    assert folder == tmp_path / "x" / RUN == store.find_finished(tmp_path, "x", RUN)
    assert {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} == {
        *("config.yaml", "manifest.json", "summary.csv", "DONE", "figures/x.png"),
        *("trade.parquet", "regions.parquet", "sectors.parquet", "residuals.parquet"),
        *("transit.parquet", "technology.parquet", "budgets.parquet"),
        *("baseline/transit.parquet", "baseline/technology.parquet", "baseline/budgets.parquet"),
        *("baseline/trade.parquet", "baseline/regions.parquet", "baseline/sectors.parquet"),
    }
    assert [p.name for p in (tmp_path / "x").iterdir()] == [RUN]
    again = Panel.read(folder)
    assert (
        again.digest == toy.digest == json.loads((folder / "manifest.json").read_text())["digest"]
    )
    assert again.months == toy.months and again.axes == toy.axes
    assert again.scenario == toy.scenario and again.source == toy.source
    for name in toy.tables:
        stored = pd.read_parquet(folder / f"{name}.parquet")
        pd.testing.assert_frame_equal(stored, getattr(toy, name))
        pd.testing.assert_frame_equal(getattr(again, name), getattr(toy, name))


def test_full_size_panel_with_empty_cells_reads_back(tmp_path, synthetic):
    panel = synthetic.make(months=2)
    assert len(panel.trade) < 2 * 17**3
    assert Panel.read(write(tmp_path, panel)).digest == panel.digest


def test_done_lists_the_hashes_of_all_other_files(tmp_path, toy):
    folder = write(tmp_path, toy)
    check = subprocess.run(["sha256sum", "-c", "DONE"], cwd=folder, capture_output=True, text=True)
    assert check.returncode == 0 and check.stdout.count(": OK") == 16


def test_killed_while_writing_claims_nothing_and_the_rerun_completes(tmp_path, toy):
    process = writer(tmp_path, "hang")
    assert process.stdout.readline() == "drawing\n"
    (partial,) = (tmp_path / "x").iterdir()
    store.make_home(tmp_path, "x")
    assert partial.exists(), "the work of a living process is left alone"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert store.find_finished(tmp_path, "x", RUN) is None
    assert (partial / "manifest.json").exists() and not list(tmp_path.rglob(store.DONE))
    assert write(tmp_path, toy) == store.find_finished(tmp_path, "x", RUN)
    assert not partial.exists()


def test_a_partial_of_another_host_is_left_alone(tmp_path):
    home = store.make_home(tmp_path, "x")
    foreign = home / f".{RUN}.elsewhere.999999999.0a.partial"
    own = home / f".{RUN}.{store.this_host()}.999999999.0a.partial"
    foreign.mkdir()
    own.mkdir()
    store.make_home(tmp_path, "x")
    assert foreign.exists() and not own.exists()


def test_processes_that_finish_the_same_run_at_once(tmp_path):
    processes = [writer(tmp_path, "together") for _ in range(3)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = {process.communicate()[0] for process in processes}
    assert outputs == {f"{tmp_path / 'x' / RUN}\n"}
    assert [p.name for p in (tmp_path / "x").iterdir()] == [RUN]
    Panel.read(tmp_path / "x" / RUN)


def test_the_first_to_finish_stays(tmp_path, toy):
    folder = write(tmp_path, toy)
    stamp = (folder / store.DONE).stat().st_mtime_ns
    time.sleep(0.01)
    assert write(tmp_path, toy) == folder
    assert (folder / store.DONE).stat().st_mtime_ns == stamp
    assert [p.name for p in (tmp_path / "x").iterdir()] == [RUN]


def test_a_folder_that_lost_its_marker_is_replaced(tmp_path, toy):
    folder = write(tmp_path, toy)
    (folder / store.DONE).unlink()
    (folder / "trade.parquet").write_bytes(b"")
    assert Panel.read(write(tmp_path, toy)).digest == toy.digest
    assert [p.name for p in (tmp_path / "x").iterdir()] == [RUN]


def test_a_damaged_run_is_not_finished_and_is_replaced(tmp_path, toy):
    folder = write(tmp_path, toy)
    assert store.find_finished(tmp_path, "x", RUN) == folder
    (folder / "regions.parquet").write_bytes((folder / "regions.parquet").read_bytes()[:100])
    assert store.find_finished(tmp_path, "x", RUN) is None
    assert write(tmp_path, toy) == folder and Panel.read(folder).digest == toy.digest
    (folder / store.DONE).write_text("")
    assert store.find_finished(tmp_path, "x", RUN) is None


def test_a_disk_without_room_is_one_line_and_leaves_nothing(tmp_path):
    output = writer(tmp_path, "small").communicate()[0]
    assert output.startswith(f"InputError: cannot write results to '{tmp_path / 'x'}': ")
    assert "choose another folder" in output and output.count("\n") == 1
    assert list((tmp_path / "x").iterdir()) == []


@pytest.mark.parametrize("number", ["ENOSPC", "EROFS", "EACCES"])
def test_other_refusals_of_the_system(tmp_path, toy, number, monkeypatch):
    import errno

    def refuse(*_):
        raise OSError(getattr(errno, number), os.strerror(getattr(errno, number)))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(InputError, match="cannot write results") as caught:
        write(tmp_path, toy)
    assert os.strerror(getattr(errno, number)) in str(caught.value)
    assert list((tmp_path / "x").iterdir()) == []


def test_a_file_where_the_folder_should_be_is_known_before_the_run(tmp_path):
    (tmp_path / "results").write_text("")
    with pytest.raises(InputError, match=r"cannot write results to .*Not a directory"):
        store.make_home(tmp_path / "results", "x")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_forbidden_folder_is_known_before_the_run(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="Permission denied"):
        store.make_home(tmp_path, "x")


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "/abs"])
def test_a_name_that_is_no_folder(tmp_path, name):
    with pytest.raises(InputError, match="cannot be a folder"):
        store.make_home(tmp_path, name)


def test_an_error_while_drawing_leaves_nothing(tmp_path, toy):
    def figures(panel, folder):
        raise RuntimeError("no ink")

    with pytest.raises(RuntimeError, match="no ink"):
        write(tmp_path, toy, figures)
    assert list((tmp_path / "x").iterdir()) == []


@pytest.mark.parametrize("name", ["trade.parquet", "manifest.json", "baseline/sectors.parquet"])
def test_reading_damage_names_the_file(tmp_path, toy, name):
    folder = write(tmp_path, toy)
    (folder / name).write_bytes((folder / name).read_bytes()[:40])
    with pytest.raises(InputError, match=f"{name}' is missing or damaged"):
        Panel.read(folder)
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"{name}' is missing or damaged"):
        Panel.read(folder)


def test_reading_what_is_no_run(tmp_path):
    with pytest.raises(InputError, match="not the folder of a finished run"):
        Panel.read(tmp_path)


def test_a_changed_number_shows_in_the_digest(tmp_path, toy):
    folder = write(tmp_path, toy)
    frame = pd.read_parquet(folder / "regions.parquet")
    frame.loc[4, "wage"] = np.nextafter(frame.loc[4, "wage"], 2.0)
    frame.to_parquet(folder / "regions.parquet", index=False)
    with pytest.raises(InputError, match=r"regions\.parquet' is missing or damaged"):
        Panel.read(folder)
    resign(folder)
    assert Panel.read(folder).digest != toy.digest
