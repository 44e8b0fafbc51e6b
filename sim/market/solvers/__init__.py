"""Ways to find the prices that clear all markets: a module each, `market.solver` is its name.

A solver is a function `solve(places, links, weights, quotes, budget, response)` in a module of
this package, looked through like policies. It replaces `quotes.log_price` by log v and returns
the `Solution` whose conditions section 5 of the model note states: v >= floor, D(v) <= S(v),
(v - floor)(D - S) = 0. v is unique, so solvers differ in speed, and in bits below the tolerance.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sim.errors import unknown

if TYPE_CHECKING:
    from sim.market.kernels import Solution

Solver = Callable[..., "Solution"]


def known() -> tuple[str, ...]:
    """Names of all solvers; none is imported for that."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def checked(name: Any) -> str:
    """A name that is known; InputError with the nearest otherwise."""
    if name not in known():
        raise unknown("market.solver", name, known())
    return str(name)


def named(name: str) -> Solver:
    """The solver of a name; InputError with the nearest if there is none."""
    solve: Solver = import_module(f"{__name__}.{checked(name)}").solve
    return solve
