"""exp, log and power against decimal arithmetic of 60 digits, and against what C says of limits."""

from __future__ import annotations

import math
import re
from decimal import Context, Decimal, localcontext

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from sim import arithmetic
from sim.arithmetic import exp, exp_of, log, log_of, power, power_of

DIGITS = Context(prec=60, Emin=-999999, Emax=999999)
SMALLEST = 5e-324
FINITE = st.floats(allow_nan=False, allow_infinity=False)
POSITIVE = st.floats(min_value=SMALLEST, allow_infinity=False)


def ulps(got: float, exact: Decimal) -> float:
    """Error in units in the last place of what was got."""
    return float(abs(Decimal(got) - exact) / Decimal(math.ulp(got)))


def spread(rng: np.random.Generator, count: int) -> np.ndarray:
    """Positive numbers: of all sizes, ordinary ones, and very near to one."""
    return np.concatenate(
        [
            10.0 ** rng.uniform(-323, 308, count),
            rng.uniform(0.3, 3.0, count),
            1.0 + rng.uniform(-1, 1, count) * 10.0 ** rng.uniform(-16, -1, count),
        ]
    )


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(8)


def test_exp_is_right_to_one_unit_in_the_last_place(rng):
    x = np.concatenate(
        [
            rng.uniform(-745.1, 709.78, 2000),
            rng.uniform(-1, 1, 2000),
            10.0 ** rng.uniform(-20, 0, 500),
        ]
    )
    with localcontext(DIGITS):
        errors = [
            ulps(y, Decimal(v).exp()) for v, y in zip(x.tolist(), exp(x).tolist(), strict=True)
        ]
    assert max(errors) < 1.0


def test_log_is_right_to_one_unit_in_the_last_place(rng):
    x = spread(rng, 1500)
    with localcontext(DIGITS):
        errors = [
            ulps(y, Decimal(v).ln()) for v, y in zip(x.tolist(), log(x).tolist(), strict=True)
        ]
    assert max(errors) < 1.0


def test_power_is_right_to_one_and_a_half_units_in_the_last_place(rng):
    x = spread(rng, 1000)
    x = x[x != 1.0]
    reach = 709.0 / np.abs(log(x))
    y = rng.uniform(-1.0, 1.0, x.size) * reach
    with localcontext(DIGITS):
        errors = [
            ulps(z, (Decimal(b) * Decimal(a).ln()).exp())
            for a, b, z in zip(x.tolist(), y.tolist(), power(x, y).tolist(), strict=True)
        ]
    assert max(errors) < 1.5


@settings(max_examples=300, deadline=None)
@given(x=FINITE)
def test_exp_of_any_number(x):
    try:
        expected = math.exp(x)
    except OverflowError:
        expected = math.inf
    got = float(exp(x))
    assert got == expected or abs(got - expected) <= 2.0 * math.ulp(expected)


@settings(max_examples=300, deadline=None)
@given(x=POSITIVE)
def test_log_of_any_positive_number(x):
    assert abs(float(log(x)) - math.log(x)) <= 2.0 * math.ulp(math.log(x))


@settings(max_examples=300, deadline=None)
@given(x=POSITIVE, y=FINITE)
def test_power_of_any_positive_number(x, y):
    try:
        expected = math.pow(x, y)
    except OverflowError:
        expected = math.inf
    got = float(power(x, y))
    assert got == expected or abs(got - expected) <= 2.0 * math.ulp(expected)


def test_what_has_an_exact_value_has_it(rng):
    x = spread(rng, 200)
    assert float(exp(0.0)) == 1.0 and float(log(1.0)) == 0.0
    assert np.array_equal(power(x, 0.0), np.ones_like(x))
    assert np.array_equal(power(x, 1.0), x)
    assert np.array_equal(power(1.0, x), np.ones_like(x))
    whole = np.arange(-1074.0, 1024.0)
    assert np.array_equal(power(2.0, whole), np.ldexp(1.0, whole.astype(int)))


LIMITS = (0.0, 1.0, 2.0, 3.0, 2.5, 0.5, SMALLEST, 1.7e308, 1e17, 2.0**53 + 2.0, math.inf)
SIGNED = [*LIMITS, *(-x for x in LIMITS), math.nan]


@pytest.mark.parametrize("x", SIGNED)
@pytest.mark.parametrize("of", [power, power_of], ids=["array", "kernel"])
def test_powers_at_the_limits_are_those_of_c(x, of):
    for y in SIGNED:
        try:
            expected = math.pow(x, y)
        except OverflowError:
            expected = math.copysign(math.inf, x if y == math.floor(y) and y % 2 == 1 else 1.0)
        except ValueError:  # Python's own: a pole, or no real number
            expected = math.nan
            if x == 0.0:
                expected = math.copysign(math.inf, x if y == math.floor(y) and y % 2 == 1 else 1.0)
        got = float(of(x, y))
        if math.isnan(expected):
            assert math.isnan(got), (x, y)
        else:
            assert math.copysign(1.0, got) == math.copysign(1.0, expected), (x, y)
            assert got == pytest.approx(expected, rel=1e-15, abs=0.0), (x, y)


def test_exp_and_log_at_the_limits():
    assert exp([-0.0, math.inf, -math.inf, -746.0, 710.0]).tolist() == [1, math.inf, 0, 0, math.inf]
    assert log([0.0, -0.0, math.inf]).tolist() == [-math.inf, -math.inf, math.inf]
    assert np.isnan([*log([-1.0, -math.inf, math.nan]), exp(math.nan)]).all()
    assert float(exp(-745.0)) == SMALLEST and float(log(SMALLEST)) == math.log(SMALLEST)


def test_shapes_and_numbers():
    """A number for a number; arrays broadcast; integers and views are taken as they are."""
    assert isinstance(exp(1), float) and exp(np.zeros((2, 0, 3))).shape == (2, 0, 3)
    table = np.arange(1.0, 13.0).reshape(3, 4)
    assert power(table[:, :, None], np.array([1.0, 2.0])).shape == (3, 4, 2)
    assert np.array_equal(log(table.T[::2]), log(table).T[::2])
    assert power(2, 10) == 1024.0


def test_the_same_bits_one_by_one_and_in_vectors(rng):
    """Kernels take one number at a time, arrays several at once."""
    x, y = spread(rng, 500), rng.uniform(-3, 3, 1500)
    assert [exp_of(v) for v in y] == exp(y).tolist()
    assert [log_of(v) for v in x] == log(x).tolist()
    assert [power_of(a, b) for a, b in zip(x, y, strict=True)] == power(x, y).tolist()


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="NUMBA_DISABLE_JIT is set")
@pytest.mark.parametrize("loop", ["_exp_each", "_log_each", "_power_each"])
def test_nothing_is_fused_or_reordered_and_loops_use_vectors(loop):
    """A fused multiply-add rounds once where two operations round twice."""
    kernel = njit(getattr(arithmetic, loop).py_func)
    kernel(*[np.ones(8)] * (3 if "power" in loop else 2))
    (program,) = kernel.inspect_llvm().values()
    assert not re.findall(r" f(?:mul|add|sub|div) (?:fast|contract|reassoc|arcp)", program)
    assert "llvm.fma" not in program and "llvm.fmuladd" not in program
    assert re.search(r"fmul <\d+ x double>", program)
    (code,) = kernel.inspect_asm().values()
    assert not re.findall(r"\tv?f(?:n?m(?:add|sub)|ml[as])", code)
