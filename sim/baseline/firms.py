"""Who produces: how many firms, how large, with which inputs, owned by whom (model note, §3.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arithmetic import power
from sim.axes import Axes
from sim.baseline.balance import Baseline
from sim.baseline.rows import Rows
from sim.errors import InputError
from sim.params import FirmParams
from sim.streams import Stream, generator

FEWEST_PER_CELL = 3
LARGE_PER_CELL = 3  # the largest firms of a cell buy every input; the others a sample
BLOCK = 65_536  # firms at a time: a million rows of all sectors would not fit into the caches
THIN_MARGIN = 0.2  # below this value-added share a firm buys every input


@dataclass(frozen=True)
class Firms:
    """The firms of a baseline, ordered by sector, then region, then falling size.

    region, sector: int64[N] positions. weight: float64[N], drawn size as share of its cell.
    offsets: int64[S + 1], first firm of each sector. cells: int64[S, R + 1], first firm of each
    region within a sector.
    """

    region: np.ndarray
    sector: np.ndarray
    weight: np.ndarray
    offsets: np.ndarray
    cells: np.ndarray


def firm_numbers(output: np.ndarray, count: int) -> np.ndarray:
    """Firms per cell `int64[R, S]`, proportional to the root of output, at least three.

    Raises InputError when `count` is too small for three firms in every cell.
    """
    fewest = FEWEST_PER_CELL * output.size
    if count < fewest:
        raise InputError(
            f"firms.count = {count} is too small: {output.shape[0]} regions x {output.shape[1]} "
            f"sectors with {FEWEST_PER_CELL} firms each need at least {fewest}"
        )
    root = np.sqrt(output).ravel()
    numbers = np.full(root.size, FEWEST_PER_CELL, dtype=np.int64)
    free = np.ones(root.size, dtype=bool)
    while True:  # water-filling: cells below the minimum leave the proportional rule
        room = count - FEWEST_PER_CELL * int((~free).sum())
        share = np.where(free, root, 0.0) * (room / root[free].sum())
        too_small = free & (share < FEWEST_PER_CELL)
        if not too_small.any():
            break
        free &= ~too_small
    numbers[free] = np.floor(share[free]).astype(np.int64)
    rest = count - int(numbers.sum())
    by_remainder = np.argsort(-(share - np.floor(share)) * free, kind="stable")
    numbers[by_remainder[:rest]] += 1
    return numbers.reshape(output.shape)


def draw_firms(baseline: Baseline, params: FirmParams, seed: int) -> Firms:
    """Number and size of firms: truncated Pareto with Axtell's exponent in every cell."""
    numbers = firm_numbers(baseline.output, params.count).T  # sector, region
    sectors, regions = numbers.shape
    count = int(numbers.sum())
    sector = np.repeat(np.arange(sectors), numbers.sum(axis=1))
    region = np.repeat(np.tile(np.arange(regions), sectors), numbers.ravel())
    uniform = generator(seed, Stream.FIRM_SIZES).random(count)
    # inverse of the truncated Pareto distribution on [1, size_range]
    tail = power(params.size_range, -params.size_exponent)
    size = power(1.0 - uniform * (1.0 - tail), -1.0 / params.size_exponent)
    cell = sector * regions + region
    order = np.lexsort((-size, cell))
    size = size[order]
    weight = size / np.bincount(cell, size)[cell]
    starts = np.concatenate(([0], np.cumsum(numbers.ravel())))
    cells = np.empty((sectors, regions + 1), dtype=np.int64)
    cells[:, :-1] = starts[:-1].reshape(sectors, regions)
    cells[:, -1] = starts[regions::regions]
    return Firms(
        region=region.astype(np.int64),
        sector=sector.astype(np.int64),
        weight=weight,
        offsets=starts[::regions].astype(np.int64),
        cells=cells,
    )


def draw_inputs(
    baseline: Baseline, firms: Firms, params: FirmParams, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which inputs each firm buys, and how much per unit of output.

    Returns (firm int64[B], input sector int64[B], coefficient float64[B]), ordered by input
    sector, then firm. Large firms buy every input of their sector's recipe. A small firm buys a
    systematic sample with probabilities proportional to the coefficients and pays the coefficient
    over its probability, so that every firm of a cell has the same intermediate share and the
    cell's recipe is met on average (Horvitz & Thompson); calibration then meets it exactly.
    """
    use = baseline.use / baseline.output[:, None, :]  # d, input, user
    recipes = np.ascontiguousarray(use.transpose(0, 2, 1))
    count, inputs = len(firms.region), use.shape[1]
    rank = np.arange(count) - firms.cells[firms.sector, firms.region]
    rng = generator(seed, Stream.INPUTS)
    blocks = [slice(first, first + BLOCK) for first in range(0, count, BLOCK)]
    order = np.empty((count, inputs), dtype=np.uint8 if inputs < 256 else np.int64)
    for block in blocks:
        order[block] = rng.random(order[block].shape).argsort(axis=1, kind="stable")
    start = rng.random((count, 1))
    taken = np.empty(order.shape, dtype=bool)
    each = np.empty(order.shape)
    for block in blocks:
        recipe = recipes[firms.region[block], firms.sector[block]]  # firm, input
        margin = 1.0 - recipe.sum(axis=1)
        full = (rank[block] < LARGE_PER_CELL) | (margin < THIN_MARGIN)
        chance = np.where(full[:, None], 1.0, _inclusion(recipe, params.inputs))
        drawn = _systematic(chance, order[block].astype(np.int64), start[block])
        taken[block] = drawn & (recipe > 0.0)
        each[block] = recipe / chance
    sector, firm = np.nonzero(taken.T)
    return firm, sector, each[firm, sector]


def _systematic(chance: np.ndarray, order: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Systematic sampling along each row in random order: `bool[N, S]`."""
    steps = np.cumsum(np.take_along_axis(chance, order, axis=1), axis=1)
    edges = np.floor(np.concatenate((0.0 * start, steps), axis=1) + start + 1e-9)
    taken = np.zeros(chance.shape, dtype=bool)
    np.put_along_axis(taken, order, np.diff(edges, axis=1) > 0, axis=1)
    return taken | (chance >= 1.0)


def _inclusion(recipe: np.ndarray, inputs: float) -> np.ndarray:
    """Probabilities `[N, S]` proportional to the recipe, at most one, that sum to `inputs`."""
    certain = np.zeros(recipe.shape, dtype=bool)
    wanted = np.minimum(inputs, (recipe > 0).sum(axis=1))[:, None]
    for _ in range(recipe.shape[1]):
        open_part = np.where(certain, 0.0, recipe)
        rest = open_part.sum(axis=1, keepdims=True)
        scale = (wanted - certain.sum(axis=1, keepdims=True)) / np.where(rest > 0, rest, 1.0)
        chance = np.where(certain, 1.0, np.clip(open_part * scale, 0.0, None))
        newly = (chance >= 1.0) & ~certain
        if not newly.any():
            break
        certain |= newly
    return np.where(certain, 1.0, np.clip(chance, 1e-12, 1.0))


def draw_owners(
    axes: Axes, ownership: Rows, firms: Firms, sales: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Foreign owners: (owner int64[N] region, share float64[N] of profit that goes there).

    In each host, firms are drawn in random order until the owner's share of the host's sales
    reaches `profit_share` of the ownership table; joint ventures give half of their profit away.
    """
    owner, share = firms.region.copy(), np.zeros(len(sales))
    rng = generator(seed, Stream.OWNERS)
    columns = ("host", "owner", "profit_share", "joint_venture_share")
    for host_code, owner_code, profit, joint in zip(
        *(ownership[column] for column in columns), strict=True
    ):
        host = axes.region(host_code)
        there = np.flatnonzero((firms.region == host) & (share == 0.0))
        rng.shuffle(there)
        part = np.where(rng.random(there.size) < joint, 0.5, 1.0)
        wanted = profit * sales[firms.region == host].sum()
        # a firm larger than what is still wanted is passed over: no single giant is the whole stake
        held = 0.0
        for firm, stake in zip(there, part, strict=True):
            if held + stake * sales[firm] <= wanted:
                held += stake * sales[firm]
                owner[firm], share[firm] = axes.region(owner_code), stake
    return owner, share
