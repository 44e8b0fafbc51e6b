"""Small searches that kernels do by themselves.

NumPy's functions of the same kind are compiled from a room of Numba that imports SciPy's linear
algebra, which a fresh process would wait for.
"""

from __future__ import annotations

import numpy as np

from sim.compiled import compiled


@compiled()
def first_above(run: np.ndarray, u: float) -> int:
    """Position of the first entry of an ascending run that is above u; its length if none is.

    A draw u among shares that `run` adds up falls to that entry.
    """
    low, high = 0, len(run)
    while low < high:
        middle = (low + high) // 2
        if run[middle] > u:
            high = middle
        else:
            low = middle + 1
    return low


@compiled()
def largest(values: np.ndarray) -> int:
    """Position of the largest value, the first of equal ones."""
    best = 0
    for k in range(1, len(values)):
        if values[k] > values[best]:
            best = k
    return best
