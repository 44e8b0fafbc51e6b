"""Baselines are read once; the full-size runs that several files look at are made once."""

from __future__ import annotations

import pytest
from runs import ran

import sim
from sim.baseline.balance import Baseline, load_baseline
from sim.baseline.tables import shipped


@pytest.fixture(scope="session")
def union() -> Baseline:
    """The real union of 2021."""
    return load_baseline(shipped("eaeu"))


@pytest.fixture(scope="session")
def toy() -> Baseline:
    """Three regions and three sectors that can be checked by hand."""
    return load_baseline(shipped("toy"))


@pytest.fixture(scope="session")
def at_rest(union) -> sim.UnionModel:
    """10,000 firms and nobody does anything for ten years."""
    return ran(sim.load("scenario=none", "months=120"), union)


@pytest.fixture(scope="session")
def eu_2022(union) -> sim.UnionModel:
    """10,000 firms, the sanctions as announced, 2022 to 2024."""
    return ran(sim.load("scenario=eu_2022", "months=36"), union)


@pytest.fixture(scope="session")
def embargo(union) -> sim.UnionModel:
    """10,000 firms, no trade between the coalition and Russia from March 2022."""
    return ran(sim.load("scenario=embargo", "months=36"), union)


@pytest.fixture
def toy_model(toy) -> sim.UnionModel:
    """A toy of sixty firms before its first month."""
    return sim.UnionModel(sim.load("baseline=toy", "firms.count=60", "months=12"), toy)
