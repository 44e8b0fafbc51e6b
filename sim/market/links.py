"""Who buys from whom, and how well they know each other: the links that persist."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Links(NamedTuple):
    """All trade links of an economy. L places for links, B buyers, S sectors, R regions.

    A buyer's links stand in its row (`Places.row`), those in use first. seller: uint32[L] firm;
    unsigned positions spare the loops a check for negative ones. taste, relation: float64[L],
    omega and the relationship capital K. length: int64[B] links in use. found: float64[B], lost
    taste already replaced. stirred: bool[S, R], markets by destination in which anything ever
    differed from the base year: the others keep the weights of rest, to the bit.

    The state owns them; markets and kernels borrow them and write into the arrays.
    """

    seller: np.ndarray
    taste: np.ndarray
    relation: np.ndarray
    length: np.ndarray
    found: np.ndarray
    stirred: np.ndarray

    def copy(self) -> Links:
        """The same in arrays of its own."""
        return Links(*(array.copy() for array in self))
