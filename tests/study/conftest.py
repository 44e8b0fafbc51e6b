"""The command line as users call it, on the toy baseline."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
TOY = ("baseline=toy", "firms.count=27", "months=2")

Said = subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPO), "COLUMNS": "100"}


@pytest.fixture(scope="session")
def say(environment) -> Callable[..., Said]:
    """`say(cwd, "-m", "seed=1,2")` is `python -m sim` in that folder; `module=` another door."""

    def say(cwd: Path, *arguments: str, module: str = "sim") -> Said:
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)

    return say


@pytest.fixture(scope="session")
def study(tmp_path_factory, say) -> Path:
    """A finished sweep: 2 x 2 points, 2 seeds, against a reference; results/x below it."""
    root = tmp_path_factory.mktemp("study")
    done = say(
        root, "-m", *TOY, "name=x", "seeds=2", "reference=none", "output.jobs=1",
        "behaviour.sigma_scale=0.8,1.0", "behaviour.search_rate=0.1,0.3",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "4 of 4 points finished" in done.stdout
    return root
