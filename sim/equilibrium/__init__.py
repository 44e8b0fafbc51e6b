"""The static companion: the equilibrium that economists know, from the same scenario.

`solve(accounts, shock, closure=..., inputs=...)` is the pure solver on bare arrays.
"""

from __future__ import annotations

from sim.equilibrium.solver import (
    CLOSURES,
    INPUTS,
    Accounts,
    Equilibrium,
    NoEquilibrium,
    Shock,
    solve,
)

__all__ = ["CLOSURES", "INPUTS", "Accounts", "Equilibrium", "NoEquilibrium", "Shock", "solve"]
