"""The static companion: the equilibrium that economists know, from the same scenario.

>>> import sim
>>> made = sim.equilibrium(sim.load("scenario=eu_2022"), at="2024-12")   # doctest: +SKIP

The package can be called: it answers a scenario (`companion.equilibrium`). Beneath it,
`solve(accounts, shock, closure=..., inputs=...)` is the pure solver on bare arrays, for any world.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sim.equilibrium.accounts import Accounts, Shock
from sim.equilibrium.solver import CLOSURES, INPUTS, Equilibrium, NoEquilibrium, solve

if TYPE_CHECKING:
    from sim.equilibrium.companion import Companion

__all__ = ["CLOSURES", "INPUTS", "Accounts", "Equilibrium", "NoEquilibrium", "Shock", "solve"]


class _Callable(ModuleType):
    """Package and function in one: two of one name would hide each other."""

    def __call__(self, *arguments: Any, **options: Any) -> Companion:
        from sim.equilibrium.companion import equilibrium

        return equilibrium(*arguments, **options)


sys.modules[__name__].__class__ = _Callable
