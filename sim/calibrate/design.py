"""Places to run the model at: Sobol's sequence over the unit cube, and what they mean.

A place is a share of the belief in every parameter, `float64[parameters]` in [0, 1): the prior is
even over the cube, whatever its shape is in the parameter's own unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.draws import Draw
from sim.errors import InputError
from sim.priors import Prior

SEED = 20251125
"""Of the scramble: one design for everybody."""


def sobol(count: int, parameters: int, salt: int = 0) -> np.ndarray:
    """`float64[count, parameters]`, scrambled; the first n of it fill the cube as evenly as n can.

    salt: another scramble, for places that have to be new.
    """
    qmc = _qmc()
    made = qmc.Sobol(parameters, scramble=True, rng=np.random.default_rng([SEED, salt]))
    power = max(int(np.ceil(np.log2(max(count, 2)))), 1)
    return np.asarray(made.random_base2(power))[:count]


def as_draw(priors: Mapping[str, Prior], place: np.ndarray) -> Draw:
    """The parameters at a place."""
    return {n: p.at(float(x)) for (n, p), x in zip(priors.items(), place, strict=True)}


def _qmc() -> Any:
    try:
        from scipy.stats import qmc
    except ImportError:
        raise InputError("calibrate needs SciPy: pip install 'eaeu-sim[study]'") from None
    return qmc
