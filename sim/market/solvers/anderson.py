"""Tatonnement with one step of memory, sector by sector, compiled: the default."""

from __future__ import annotations

import numpy as np

from sim.market.kernels import Places, Quotes, Response, Solution, Weights, clear_sectors
from sim.market.links import Links


def solve(
    places: Places,
    links: Links,
    weights: Weights,
    quotes: Quotes,
    budget: np.ndarray,
    response: Response,
) -> Solution:
    """As `sim.market.solvers` says; the same bits for any number of threads."""
    found = Solution.empty(len(quotes.log_price), len(budget), len(response.sigma))
    scratch = np.zeros((3, len(quotes.log_price)))
    clear_sectors(places, links, weights, quotes, budget, response, scratch, found)
    return found
