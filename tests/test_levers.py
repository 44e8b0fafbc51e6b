from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from sim.axes import Axes
from sim.errors import InputError
from sim.levers import LEVERS, Levers, check, combine, find, neutral

AXES = Axes(("A", "B", "X"), ("s", "t"), ("A", "B"), ("s",), ("A", "B", "X"), ("s", "t"))
NEUTRAL = neutral(AXES)


def test_a_row_of_the_table_is_a_field_of_the_levers():
    assert [lever.name for lever in LEVERS] == [f.name for f in fields(Levers)]
    assert all(lever.moves for lever in LEVERS)


@pytest.mark.parametrize("lever", LEVERS, ids=lambda lever: lever.name)
def test_neutral_has_the_declared_shape_and_is_neutral_to_its_own_rule(lever):
    size = {"origin": 3, "destination": 3, "region": 3, "partner": 3, "sector": 2, "class": 3}
    values = getattr(NEUTRAL, lever.name)
    assert values.shape == tuple(size[axis] for axis in lever.axes)
    assert (values == lever.neutral).all()
    assert lever.low <= lever.neutral <= lever.high
    other = np.full(values.shape, 0.5)
    combined = combine(NEUTRAL, {"m": {lever.name: other}})
    assert (getattr(combined, lever.name) == 0.5).all()


def test_levers_of_a_month_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        NEUTRAL.coverage[0, 0, 0] = 1


@pytest.mark.parametrize(
    ("name", "one", "two", "both"),
    [
        ("coverage", 0.2, 0.5, 0.5),
        ("price_ceiling", 0.9, 0.7, 0.7),
        ("border_cost", 1.5, 2.0, 3.0),
        ("payment_cost", 0.25, 0.5, 0.75),
        ("technology_access", 0.5, 0.1, 0.1),
    ],
)
def test_rules(name, one, two, both):
    shape = getattr(NEUTRAL, name).shape
    parts = {"a": {name: np.full(shape, one)}, "b": {name: np.full(shape, two)}}
    assert (getattr(combine(NEUTRAL, parts), name) == both).all()


def test_nothing_contributed_returns_the_neutral_object():
    assert combine(NEUTRAL, {}) is NEUTRAL
    assert combine(NEUTRAL, {"a": {}}) is NEUTRAL


@pytest.mark.parametrize("lever", LEVERS, ids=lambda lever: lever.name)
def test_scaling_is_exact_at_full_strength_and_leaves_neutral_cells_neutral(lever):
    values = getattr(NEUTRAL, lever.name).copy()
    values.flat[0] = 0.1
    assert lever.scaled(values, 1.0) is values
    for strength in (1e-3, 1 / 3, 0.999):
        scaled = lever.scaled(values, strength)
        assert (scaled.ravel()[1:] == lever.neutral).all()
        assert min(0.1, lever.neutral) < scaled.flat[0] < max(0.1, lever.neutral)


def test_values_out_of_bounds_name_the_cell():
    values = NEUTRAL.coverage.copy()
    values[0, 2, 1] = 1.5
    with pytest.raises(InputError, match=r"coverage\[A, X, t\] = 1.5 is outside \[0, 1\]"):
        check(find("coverage"), values, AXES)
    values[0, 2, 1] = np.nan
    with pytest.raises(InputError, match=r"coverage\[A, X, t\] = nan"):
        check(find("coverage"), values, AXES)


def test_transfers_must_sum_to_zero():
    check(find("transfers"), np.array([1e3 / 3, 1e3 / 3, -2e3 / 3]), AXES)
    with pytest.raises(InputError, match="transfers sum to 1 mUSD a month, not to 0"):
        check(find("transfers"), np.array([2.0, 0.0, -1.0]), AXES)


def test_an_unknown_lever_names_the_nearest():
    with pytest.raises(InputError, match="did you mean 'coverage'"):
        find("coverrage")
