"""What is shipped: a wheel that runs where there is no checkout, typed, with its command."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

import sim

ROOT = Path(__file__).parents[1]


def test_the_version_is_said_once_and_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "version" in project["dynamic"] and re.fullmatch(r"\d+\.\d+\.\d+", sim.__version__)
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"] == sim.__version__
    assert project["scripts"] == {"eaeu-sim": "eaeu_sim:main"}


@pytest.mark.slow
def test_a_wheel_runs_where_there_is_no_checkout(tmp_path):
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    built = subprocess.run(
        [*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path / "dist"), str(ROOT)],
        capture_output=True, text=True,
    )  # fmt: skip
    if built.returncode and "hatchling" in built.stderr:
        pytest.skip("the builder of wheels cannot be fetched")
    assert built.returncode == 0, built.stderr
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for name in (
        "sim/py.typed",
        "sim/conf/config.yaml",
        "sim/conf/posterior/eaeu.csv",
        "eaeu_sim.py",
    ):
        assert name in names
    assert not [n for n in names if n.startswith(("tests/", "results/", "notebooks/"))]
    place, home = tmp_path / "site", tmp_path / "home"
    home.mkdir()
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--target", place, wheel], check=True)
    env = {"PYTHONPATH": str(place), "PATH": "/usr/bin:/bin", "HOME": str(home)}
    env |= {"NUMBA_DISABLE_JIT": "1"}  # compiling takes a minute, and has tests of its own

    def said(*command: str) -> str:
        done = subprocess.run(command, cwd=home, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert said(sys.executable, "-c", "import sim; print(sim.__file__)").startswith(str(place))
    assert said(sys.executable, "-c", "import sim; print(len(sim.load('draws=2').draws))") == "2\n"
    script = str(place / "bin" / "eaeu-sim")
    assert said(script, "run", "--version") == f"eaeu-sim {sim.__version__}\n"
    assert "embargo" in said(script, "scenarios")
    small = ("baseline=toy", "firms.count=60", "months=2", "seeds=2", "output.jobs=2")
    said(script, "run", *small, "output.figures=false", "output.progress=false")
    assert len(list(home.glob("results/none/*/DONE"))) == 2
