"""Settings are checked however they are made."""

from __future__ import annotations

from dataclasses import replace

import pytest

import sim
from sim.errors import InputError


@pytest.fixture(scope="module")
def settings():
    return sim.load(["baseline=toy", "months=3"], "firms.count=60", "reference=none")


def test_a_list_of_overrides_is_understood(settings):
    assert (settings.months, settings.firms.count) == (3, 60)
    with pytest.raises(InputError, match="3 is no text such as 'months=24'"):
        sim.load(3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: replace(s, months=2.5), "months = 2.5 is not a whole number"),
        (lambda s: replace(s, months="a"), "months = 'a' is no number"),
        (lambda s: replace(s, seeds=0), r"seeds = 0 is outside \[1"),
        (lambda s: replace(s.firms, count=99.5), "firms.count = 99.5 is not a whole number"),
        (lambda s: replace(s.behaviour, sigma_scale=-1), "behaviour.sigma_scale = -1 is outside"),
        (lambda s: s.with_("months=2.5"), "months = 2.5 is not a whole number"),
        (lambda s: s.with_("mnths=2"), "unknown key 'mnths'; did you mean 'months'"),
        (lambda s: s.with_("scenario=eu_2022"), r"whole groups are composed by sim\.load"),
        (lambda s: s.with_("months.x=2"), "months = 3 holds no further keys"),
    ],
)
def test_what_cannot_be_is_refused_however_it_is_said(settings, change, words):
    with pytest.raises(InputError, match=words):
        change(settings)


def test_with_changes_single_values_and_the_reference_along(settings):
    other = settings.with_("months=4", "behaviour.sigma_scale=0.9", "market.tolerance=1e-6")
    assert (other.months, other.behaviour.sigma_scale, other.market.tolerance) == (4, 0.9, 1e-6)
    assert (other.reference.months, other.reference.behaviour.sigma_scale) == (4, 0.9)
    assert settings.months == 3 and other.scenario == settings.scenario
    assert "months=4" in other.overrides and "months=3" not in other.overrides
    assert settings.with_() == settings
