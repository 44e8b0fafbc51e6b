"""A study whose process is killed with -9 goes on where it was, and ends where it would have."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

pytest.importorskip("optuna")
pytest.importorskip("SALib")


def said(room, root, *more):
    shared = ("experiment=toy", f"output.folder={root}", "output.progress=false")
    return [sys.executable, "-m", f"sim.{room}", *shared, "output.figures=false", *more]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("room", "table", "more"),
    [
        ("search", "trials.csv", ("trials=16", "output.jobs=1")),
        ("sensitivity", "points.csv", ("output.jobs=2",)),
    ],
)
def test_a_study_survives_its_process(room, table, more, tmp_path):
    for place in ("whole", "killed"):
        process = subprocess.Popen(said(room, tmp_path / place, *more))
        while place == "killed" and process.poll() is None:
            if len(list((tmp_path / place).glob("toy/[0-9a-f]*/DONE"))) >= 3:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.01)
        if process.wait() == 0:
            assert place == "whole", "it was over before it could be killed"
        else:
            assert not list((tmp_path / place).rglob(table))
            before = {
                p: p.stat().st_mtime_ns for p in (tmp_path / place).glob("toy/[0-9a-f]*/DONE")
            }
            assert before
            subprocess.run(said(room, tmp_path / place, *more), check=True)
            assert {p: p.stat().st_mtime_ns for p in before} == before, "run again"
    whole, killed = (next((tmp_path / p).rglob(table)) for p in ("whole", "killed"))
    pd.testing.assert_frame_equal(pd.read_csv(whole), pd.read_csv(killed))
    runs = [sorted(p.parent.name for p in tmp_path.glob(f"{x}/toy/[0-9a-f]*/DONE")) for x in
            ("whole", "killed")]  # fmt: skip
    assert runs[0] == runs[1]
