"""A bench for the rules of the month: without traders and technology, who have their own files."""

from __future__ import annotations

import pytest
from bench import PLAIN, Bench

import sim
from sim.baseline.balance import Baseline, load_baseline
from sim.baseline.tables import shipped


@pytest.fixture(scope="session")
def toy() -> Baseline:
    """Three regions and three sectors that can be checked by hand."""
    return load_baseline(shipped("toy"))


@pytest.fixture(scope="session")
def resting(toy) -> sim.UnionModel:
    """Built once; every test has a state and markets of its own."""
    return sim.UnionModel(sim.load("baseline=toy", "firms.count=60", *PLAIN), toy)


@pytest.fixture
def bench(resting) -> Bench:
    return Bench(resting)


@pytest.fixture
def toy_model(toy) -> sim.UnionModel:
    """A toy of sixty firms before its first month."""
    return sim.UnionModel(sim.load("baseline=toy", "firms.count=60", "months=12"), toy)
