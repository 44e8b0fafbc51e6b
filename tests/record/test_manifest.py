"""A run's name changes with everything that could change a number, and with nothing else."""

import json
import subprocess
from datetime import date

import numpy as np
import pytest

from sim.record import manifest


def test_run_id_ignores_order_and_container_but_sees_values():
    one = manifest.run_id({"a": 1, "b": {"c": [1, 2], "d": 0.5}}, "data", "0.1+x")
    assert one == manifest.run_id({"b": {"d": 0.5, "c": (1, 2)}, "a": 1}, "data", "0.1+x")
    assert len(one) == 12 and int(one, 16) >= 0
    others = [
        manifest.run_id({"a": 2, "b": {"c": [1, 2], "d": 0.5}}, "data", "0.1+x"),
        manifest.run_id({"a": 1, "b": {"c": [2, 1], "d": 0.5}}, "data", "0.1+x"),
        manifest.run_id({"a": 1, "b": {"c": [1, 2], "d": 0.5}}, "tada", "0.1+x"),
        manifest.run_id({"a": 1, "b": {"c": [1, 2], "d": 0.5}}, "data", "0.2+x"),
    ]
    assert len({one, *others}) == 5


def test_run_id_takes_what_configurations_hold():
    assert manifest.run_id({"start": date(2022, 1, 1), "n": np.int64(3)}, "", "") == (
        manifest.run_id({"start": "2022-01-01", "n": 3}, "", "")
    )
    with pytest.raises(TypeError, match="object cannot be part of a run's name"):
        manifest.run_id({"x": object()}, "", "")


def test_source_hash_sees_code_but_not_pictures(tmp_path):
    for name in ("a.py", "plots/p.py", "record/r.py", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x = 1\n")
    first = manifest.source_hash(tmp_path)
    (tmp_path / "plots/p.py").write_bytes(b"x = 2\n")
    (tmp_path / "notes.txt").write_bytes(b"x = 2\n")
    (tmp_path / "a.py").write_bytes(b"x = 1\r\n")
    assert manifest.source_hash(tmp_path) == first
    (tmp_path / "record/r.py").write_bytes(b"x = 2\n")
    assert manifest.source_hash(tmp_path) != first


def test_commit_of_a_checkout_and_of_none(tmp_path):
    def git(*arguments):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(
            ["git", "-C", str(tmp_path), *identity, *arguments], check=True, capture_output=True
        )

    assert manifest.commit(tmp_path) is None
    git("init", "-q")
    assert manifest.commit(tmp_path) is None  # no commit yet
    (tmp_path / "inside").mkdir()
    (tmp_path / "file").write_text("x")
    git("add", ".")
    git("commit", "-qm", "x")
    found = manifest.commit(tmp_path)
    assert found is not None and len(found["id"]) == 40 and found["dirty"] is False
    (tmp_path / "file").write_text("y")
    assert manifest.commit(tmp_path) == {**found, "dirty": True}
    assert manifest.commit(tmp_path / "inside") is None  # someone else's checkout


def test_manifest_is_json_and_complete():
    found = manifest.collect(
        run_id="0123456789ab",
        seed=1,
        digest="d",
        data_digest="e",
        timings={"build": np.float64(1.23456)},
    )
    assert json.loads(json.dumps(found)) == found
    assert found["libraries"]["numpy"] == np.__version__
    assert found["timings_s"] == {"build": 1.235}
    assert found["model"] == manifest.model_version()
    assert set(found["processor"]) == {"machine", "name", "features", "blas", "threads"}
    assert found["processor"]["threads"] >= 1
