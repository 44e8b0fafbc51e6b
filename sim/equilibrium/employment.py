"""The static answer with unemployment: labour supply follows the agent model's wage curve.

A textbook employs everybody, so a loss is a loss of prices alone. Where wages give only a little
(Blanchflower & Oswald 1994), the same shock costs jobs, and what they would have made.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.arithmetic import exp, log, power
from sim.baseline.balance import Baseline
from sim.equilibrium.accounts import Accounts, Shock
from sim.equilibrium.solver import Equilibrium, NoEquilibrium, solve
from sim.params import BehaviourParams

PASSES, CLOSE = 200, 1e-10
MOST_IDLE = 0.95


def with_wage_curve(
    accounts: Accounts,
    shock: Shock,
    baseline: Baseline,
    rules: BehaviourParams,
    closure: str,
    inputs: str,
    numeraire: str,
) -> Equilibrium:
    """The equilibrium where u = u0 (w / P)^(-1 / gamma), P being households' prices.

    gamma: `behaviour.wage_curve`, u0: `behaviour.unemployment`. Where gamma is 0 wages do not give
    at all and employment has no static answer: NoEquilibrium, as where it does not come to rest.
    """
    if rules.wage_curve <= 0:
        raise NoEquilibrium(
            "behaviour.wage_curve = 0: wages that never give have no static equilibrium; above 0"
        )
    share = baseline.household / baseline.household.sum(axis=1, keepdims=True)
    full = 1.0 - rules.unemployment
    labour = np.ones(len(share))
    for _ in range(PASSES):
        found = solve(accounts, replace(shock, labour=labour), closure, inputs, numeraire)
        real = found.wage / exp((share * log(found.price)).sum(axis=1))
        idle = np.minimum(rules.unemployment * power(real, -1.0 / rules.wage_curve), MOST_IDLE)
        step = (1.0 - idle) / full - labour
        if np.abs(step).max() < CLOSE:
            return found
        labour = labour + 0.5 * step
    raise NoEquilibrium(
        f"employment does not come to rest on a wage curve of {rules.wage_curve:g}; "
        f"after {PASSES} passes it still moves by {np.abs(step).max():.1e}"
    )
