"""One clearing pass over all links against the same two sparse products with SciPy.

    python -m pytest benchmarks/bench_pass.py -s

SciPy's side is A = W @ power and D = N^T @ (E / A), both in CSR with 32-bit indices, on one
thread as always. Both sides are timed warm, in turns, in one process; a round is the ratio of
medians. A busy machine only ever adds time, most of all where two threads wait for each other,
so the best of several rounds counts.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

import numba
import numpy as np
import pytest
from scipy import sparse

import sim
from sim.market.kernels import one_pass

BAR = 0.6
ROUNDS, TURNS = 12, 60

Work = Callable[[], np.ndarray]


@pytest.fixture(scope="module")
def sides() -> tuple[Work, Work, int]:
    return sides_of(sim.UnionModel(sim.load("scenario=none", "months=1", "firms.agents=0")))


def sides_of(model: sim.UnionModel) -> tuple[Work, Work, int]:
    """Our pass and SciPy's, each returning demand per unit of v^-sigma; the number of links."""
    places, links, weights = model.market.places, model.state.links, model.market.weights
    firms, buyers = len(places.firm_region), len(places.buyer_region)
    budget = model.economy.network.spending
    power = np.exp(0.1 * np.random.default_rng(0).standard_normal(firms))
    pull, demand = np.zeros(buyers), np.zeros(firms)

    starts = np.repeat(places.row[:-1], links.length)
    first = np.repeat(np.cumsum(links.length) - links.length, links.length)
    used = starts + np.arange(len(starts)) - first
    buyer = np.repeat(np.arange(buyers, dtype=np.int32), links.length)
    seller = links.seller[used].astype(np.int32)
    weight = sparse.csr_array((weights.weight[used], (buyer, seller)), shape=(buyers, firms))
    net = sparse.csr_array((weights.net[used], (seller, buyer)), shape=(firms, buyers))
    reached = weight.sum(axis=1) > 0

    def ours() -> np.ndarray:
        one_pass(places, links, weights, budget, power, pull, demand)
        return demand

    def scipys() -> np.ndarray:
        total = weight @ power
        return net @ np.divide(budget, total, out=np.zeros(buyers), where=reached)

    return ours, scipys, len(used)


@pytest.fixture(params=[1, 2])
def threads(request):
    if request.param > numba.config.NUMBA_NUM_THREADS:
        pytest.skip("one core")
    before = numba.get_num_threads()
    numba.set_num_threads(request.param)
    yield request.param
    numba.set_num_threads(before)


def seconds(work: Work) -> float:
    work()  # its own data in the caches, as from one pass of a tatonnement to the next
    began = perf_counter()
    work()
    return perf_counter() - began


def test_both_sides_find_the_same(sides):
    ours, scipys, _ = sides
    assert ours() == pytest.approx(scipys(), rel=1e-13)


def test_a_pass_costs_less_than_two_sparse_products(sides, threads, capsys):
    """The bar holds for the pass as the model runs it, on the machine's threads."""
    ours, scipys, links = sides
    rounds = []
    for _ in range(ROUNDS):
        pairs = [(seconds(ours), seconds(scipys)) for _ in range(TURNS)]
        one, other = (median(column) for column in zip(*pairs, strict=True))
        rounds.append((one / other, one, other))
    ratio, one, other = min(rounds)
    with capsys.disabled():
        print(
            f"\none pass, {links:,} links, {threads} thread(s): {one / links * 1e9:.2f} ns a link, "
            f"SciPy {other / links * 1e9:.2f}, ratio {ratio:.2f} (bar {BAR})"
        )
    if threads == 1 and numba.config.NUMBA_NUM_THREADS > 1:
        return  # shown, not barred
    assert ratio <= BAR
