"""The synthetic panels, loaded by path so that any import mode of pytest finds them."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest


@pytest.fixture(scope="session")
def synthetic() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "synthetic.py")))


@pytest.fixture
def toy(synthetic):
    """A finished panel of three months, three regions and two sectors."""
    return synthetic.make(synthetic.TOY, months=3)
