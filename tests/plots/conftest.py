"""The synthetic panels of the record tests."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest


@pytest.fixture(scope="session")
def synthetic() -> SimpleNamespace:
    path = Path(__file__).parents[1] / "record" / "synthetic.py"
    return SimpleNamespace(**runpy.run_path(str(path)))
