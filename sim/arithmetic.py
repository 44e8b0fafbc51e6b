"""exp, log and power that give the same bits on every processor.

Libraries choose among several versions of these by what the processor can do (fused
multiply-add, wide vectors), and a last bit that differs flips a decision some months later. Here
are only additions, multiplications, divisions and shifts of bits, each of which IEEE 754 defines
to the last bit; Numba without fastmath neither reorders nor fuses them. Nor are the libraries'
sums of products safe (`@`, `dot`, `einsum`), so rooms whose numbers decide do without.

`exp`, `log`, `power` take numbers and arrays; `exp_of`, `log_of`, `power_of` one number, in
kernels. Errors in units in the last place of the result, over the whole range: exp and log below
1, power below 1.5. Zero, infinity, not-a-number and negative bases as in C (C17, annex F);
subnormal numbers are not flushed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from sim.compiled import compiled

LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10  # 33 bits, and what is missing
ROUNDS = 6755399441055744.0  # 1.5 * 2^52: a sum with it is rounded to whole numbers
ROUNDS_BITS = 0x4338000000000000
EXPONENT_BITS = 0x4330000000000000  # of 2^52: with a whole number below them, 2^52 + the number
ROOT_HALF_BITS = 0x3FE6A09E667F3BCD
TWO_52 = 4503599627370496.0
SMALLEST_NORMAL, LIFT = 2.2250738585072014e-308, 18014398509481984.0  # 2^-1022, 2^54
HALVES = 134217729.0  # 2^27 + 1 splits a number into two of half as many bits (Veltkamp)
THIRD, THIRD_LOW = 1.0 / 3.0, 1.850371707708594e-17
LARGEST_POWER = 73786976294838206464.0  # 2^66; from here on every power is 0, 1 or infinite

# a call or the test for a zero divisor inside a loop would keep LLVM from using vectors
inlined = njit(forceinline=True, error_model="numpy")


@inlined
def _bits(x):
    return np.float64(x).view(np.int64)


@inlined
def _number(bits):
    return np.int64(bits).view(np.float64)


@inlined
def _exp(x, low):
    """e^(x + low), |low| far below |x|: x = k ln 2 + r, a polynomial in r, twice a factor 2^(k/2).

    Two factors, for 2^k itself may be beyond the largest number or below the smallest normal one.
    """
    within = x if x > -746.0 else -746.0
    within = within if within < 710.0 else 710.0
    rounded = within * LOG2_E + ROUNDS
    k = rounded - ROUNDS
    r = ((within - k * LN2_HIGH) - k * LN2_LOW) + low
    p = 1.0 / 6227020800.0  # Taylor: 1/13!; the remainder is below 2^-57
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    y = 1.0 + (r + r * r * p)
    whole = _bits(rounded) - ROUNDS_BITS
    half = whole >> 1
    y = y * _number((half + 1023) << 52) * _number((whole - half + 1023) << 52)
    return y if x == x else x


@inlined
def exp_of(x):
    """e^x."""
    return _exp(x, 0.0)


@inlined
def _split(x):
    """(k, f) with x = 2^k (1 + f) and 1 + f between the roots of 1/2 and 2, for finite x > 0."""
    small = x < SMALLEST_NORMAL
    bits = _bits(x * (LIFT if small else 1.0))
    # unsigned, and by way of the digits of 2^52: old processors have no other vector instruction
    biased = np.uint64(bits - ROOT_HALF_BITS + (1023 << 52)) >> np.uint64(52)
    k = _number(np.int64(biased) | EXPONENT_BITS) - (TWO_52 + 1023.0)
    f = _number(bits - ((np.int64(biased) - 1023) << 52)) - 1.0
    return (k - 54.0 if small else k), f


@inlined
def log_of(x):
    """ln x, by ln(1 + f) = 2 artanh(f / (2 + f)) and the coefficients of fdlibm (Sun, 1993)."""
    k, f = _split(x)
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    odd = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373))
    even = z * (
        0.6666666666666735
        + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586))
    )
    half = 0.5 * f * f
    y = k * LN2_HIGH - ((half - (s * (half + (even + odd)) + k * LN2_LOW)) - f)
    if x == np.inf:
        y = np.inf
    if not x > 0.0:
        y = -np.inf if x == 0.0 else np.nan
    return y


@inlined
def _product(a, b):
    """a b as a sum of two numbers, exactly (Dekker 1971)."""
    high = a * b
    t = HALVES * a
    a1 = t - (t - a)
    a2 = a - a1
    t = HALVES * b
    b1 = t - (t - b)
    b2 = b - b1
    return high, ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2


@inlined
def _sum(a, b):
    """a + b as a sum of two numbers, exactly (Knuth)."""
    high = a + b
    t = high - a
    return high, (a - (high - t)) + (b - t)


@inlined
def _long_log(x):
    """ln x as a sum of two numbers, to 2^-64 of itself; finite x > 0.

    Powers need it: an error of ln x grows by |y ln x|, up to 745 times.
    """
    k, f = _split(x)
    d, d_low = _sum(2.0, f)
    s = f / d
    p, p_low = _product(s, d)
    s_low = (((f - p) - p_low) - s * d_low) / d
    z, z_low = _product(s, s)
    z_low += 2.0 * s * s_low
    rest = 1.0 / 27.0  # 1 + z/3 + z²/5 + ...: from the third term on, ordinary numbers will do
    rest = rest * z + 1.0 / 25.0
    rest = rest * z + 1.0 / 23.0
    rest = rest * z + 1.0 / 21.0
    rest = rest * z + 1.0 / 19.0
    rest = rest * z + 1.0 / 17.0
    rest = rest * z + 1.0 / 15.0
    rest = rest * z + 1.0 / 13.0
    rest = rest * z + 1.0 / 11.0
    rest = rest * z + 1.0 / 9.0
    rest = rest * z + 1.0 / 7.0
    rest = rest * z + 1.0 / 5.0
    t, t_low = _product(z, THIRD)
    t_low += z * THIRD_LOW + z_low * THIRD
    u, u_low = _sum(1.0, t)
    u_low += t_low
    u, more = _sum(u, z * z * rest)
    u_low += more
    m, m_low = _product(2.0 * s, u)
    m_low += 2.0 * (s * u_low + s_low * u)
    high, low = _sum(k * LN2_HIGH, m)
    low += m_low
    high, more = _sum(high, k * LN2_LOW)
    return _sum(high, low + more)


@inlined
def _is_whole(x):
    return (x >= TWO_52) | ((x + TWO_52) - TWO_52 == x)


@inlined
def power_of(x, y):
    """x^y = e^(y ln x), the logarithm and its multiple with twice the digits."""
    size = abs(x)
    ordinary = (size > 0.0) & (size < np.inf)
    high, low = _long_log(size if ordinary else 1.0)
    within = y if y > -LARGEST_POWER else -LARGEST_POWER
    within = within if within < LARGEST_POWER else LARGEST_POWER
    product, rest = _product(within, high)
    rest += within * low
    out = _exp(product, rest if abs(product) < 750.0 else 0.0)
    limit = np.inf if (size > 1.0) == (y > 0.0) else 0.0
    out = out if ordinary else limit
    negative = _bits(x) < 0
    whole = _is_whole(abs(y))
    odd = whole & (not _is_whole(0.5 * abs(y)))
    out = -out if negative & odd else out
    out = np.nan if negative & ordinary & (not whole) else out
    out = np.nan if (x != x) | (y != y) else out
    out = x if y == 1.0 else out
    return 1.0 if (y == 0.0) | (x == 1.0) else out


@compiled()
def _exp_each(x, out):
    for i in range(x.size):
        out[i] = exp_of(x[i])


@compiled()
def _log_each(x, out):
    for i in range(x.size):
        out[i] = log_of(x[i])


@compiled()
def _power_each(x, y, out):
    for i in range(x.size):
        out[i] = power_of(x[i], y[i])


def exp(x: ArrayLike) -> Any:
    """e^x of each number: an array of the same shape, or a number."""
    return _each(_exp_each, x)


def log(x: ArrayLike) -> Any:
    """ln x of each number: -inf at 0, not-a-number below."""
    return _each(_log_each, x)


def power(x: ArrayLike, y: ArrayLike) -> Any:
    """x^y of each pair, shapes as in `x + y`."""
    return _each(_power_each, x, y)


def _each(loop: Callable[..., None], *arguments: ArrayLike) -> Any:
    arrays = [np.asarray(x, dtype=np.float64) for x in arguments]
    if len(arrays) > 1:  # broadcasting one array is a tenth of all the time of a small one
        arrays = list(np.broadcast_arrays(*arrays))
    out = np.empty(arrays[0].shape)
    loop(*(x.ravel() for x in arrays), out.reshape(-1))
    return out[()]
