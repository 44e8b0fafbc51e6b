"""Priors: they hold the default, lie within the bounds, and mean what they say."""

from __future__ import annotations

from dataclasses import fields

import pytest

from sim.config import load
from sim.priors import even, factor, peak

ROOMS = ("firms", "market", "behaviour", "traders", "countries", "technology", "decisions")


def believed():
    """Every number that has a prior: name, its field, its default."""
    settings = load()
    for room in ROOMS:
        record = getattr(getattr(settings, room), "rules", getattr(settings, room))
        for f in fields(record):
            if f.metadata.get("prior"):
                yield pytest.param(f.metadata, getattr(record, f.name), id=f"{room}.{f.name}")


@pytest.mark.parametrize("about, default", believed())
def test_a_prior_lies_within_the_bounds_and_holds_the_default(about, default):
    prior = about["prior"]
    assert about["low"] <= prior.low <= default <= prior.high <= about["high"]
    assert prior.low < prior.high
    assert len(prior.why.split()) > 2, "a prior has a reason"


def test_most_numbers_of_behaviour_have_one():
    assert len(list(believed())) > 50


@pytest.mark.parametrize(
    "prior, quantiles",
    [
        (even(2, 4, "-"), {0.0: 2, 0.25: 2.5, 1.0: 4}),
        (factor(1, 4, "-"), {0.0: 1, 0.5: 2, 1.0: 4}),
        (peak(0, 1, 4, "-"), {0.0: 0, 0.25: 1, 1.0: 4}),
        (peak(0, 1, 1, "-"), {0.0: 0, 0.25: 0.5, 1.0: 1}),  # a limit: its top is its end
    ],
)
def test_quantiles(prior, quantiles):
    for share, value in quantiles.items():
        assert prior.at(share) == pytest.approx(value, abs=1e-12)


def test_a_triangle_is_as_dense_as_its_name_says():
    prior = peak(0.0, 0.3, 1.0, "-")
    places = [prior.at((k + 0.5) / 400) for k in range(400)]
    assert places == sorted(places)
    assert sum(places) / 400 == pytest.approx(1.3 / 3, abs=1e-4)  # its mean
