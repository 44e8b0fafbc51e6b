"""Who buys from whom: links drawn and calibrated so that every trade cell is met (note, §3.3-3.4).

The network is laid out for the market: firms, buyers and links of a sector lie together, a buyer's
links are one row, and each row has spare places for suppliers found later.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sim.baseline.balance import Baseline
from sim.baseline.firms import Firms, draw_firms, draw_inputs, draw_owners
from sim.baseline.network_kernels import balance_round, draw_links, lay_wide, pay
from sim.errors import InputError
from sim.params import FirmParams
from sim.streams import Stream, generator

SPARE_LINKS = 2  # places in an input slot's row for suppliers found later
SPARE_FINAL = 16  # the same for a final-demand node
SEES_ALL = 2  # the largest slots of a market buy from every origin: keeps RAS feasible
SAFE_MARGIN = 0.5  # every firm keeps at least this part of its cell's value-added share
ROUNDS = 400
CONVERGED = 1e-12


@dataclass(frozen=True)
class Network:
    """A calibrated baseline network; money in million USD a month at prices of 1.

    Firms `[N]`: firm_region, firm_sector, sales (base output), labour (per unit of output),
    value_added (per unit), variety_low/high (the part of the sector's varieties it makes, in
    [0, 1]), owner (region), owner_share (of profit).
    Buyers `[B]`: buyer_region, buyer_sector, buyer_firm (-1 for final demand), spending,
    coefficient (composite input per unit of output; 0 for final demand), row (int64[B + 1],
    start of its places), length.
    Links `[L]`: seller (firm), taste (share of the buyer's spending at base).
    firms, buyers: int64[S + 1], first firm / buyer of each sector.
    cells: int64[S, R + 1], first firm of each region within a sector.
    trader_firms, trader_buyers: int64[S], first trader and first trader's slot of each sector
    (at its end; `sim.baseline.traders`). hubs: int64[H], the regions they are in, in order;
    traders_per_market: how many in each hub and sector.
    dropped_musd: trade of the cells left out for being too small, a year.
    last_step: largest relative change of a firm's sales in the last round of calibration.
    """

    firm_region: np.ndarray
    firm_sector: np.ndarray
    sales: np.ndarray
    labour: np.ndarray
    value_added: np.ndarray
    variety_low: np.ndarray
    variety_high: np.ndarray
    owner: np.ndarray
    owner_share: np.ndarray
    firms: np.ndarray
    cells: np.ndarray
    buyer_region: np.ndarray
    buyer_sector: np.ndarray
    buyer_firm: np.ndarray
    spending: np.ndarray
    coefficient: np.ndarray
    row: np.ndarray
    length: np.ndarray
    buyers: np.ndarray
    seller: np.ndarray
    taste: np.ndarray
    dropped_musd: float
    last_step: float
    trader_firms: np.ndarray
    trader_buyers: np.ndarray
    hubs: np.ndarray
    traders_per_market: int

    @property
    def traders(self) -> np.ndarray:
        """Firms that are traders, `int64[T]`, by sector, hub and place."""
        ranges = zip(self.trader_firms, self.firms[1:], strict=True)
        return np.concatenate([np.arange(first, after) for first, after in ranges])

    @property
    def trader_slots(self) -> np.ndarray:
        """The buyer slot of each trader, `int64[T]`, in the order of `traders`."""
        ranges = zip(self.trader_buyers, self.buyers[1:], strict=True)
        return np.concatenate([np.arange(first, after) for first, after in ranges])

    @property
    def links(self) -> int:
        """Number of links in use."""
        return int(self.length.sum())


def build_network(baseline: Baseline, params: FirmParams, seed: int) -> Network:
    """Draw firms and links and calibrate them to the baseline (model note, section 3).

    Every cell of `baseline.traded` is reproduced to rounding, a firm's base output is what it then
    sells, and every firm has positive value added.

    Raises InputError when a firm cannot have positive value added.
    """
    firms = draw_firms(baseline, params, seed)
    trade = baseline.traded
    slot_firm, slot_sector, recipe = draw_inputs(baseline, firms, params, seed)
    buyers = _Buyers.lay_out(baseline, firms, slot_firm, slot_sector, recipe)
    row, length, seller, flow = _links(baseline, trade, firms, buyers, params, seed)
    flow, sales, last_step = _calibrate(baseline, trade, firms, buyers, row, seller, flow)

    paid = np.empty_like(flow)
    pay(
        row, length, buyers.region, buyers.sector, seller, firms.region, baseline.tariff, flow, paid
    )  # fmt: skip
    del flow
    spending = np.add.reduceat(paid, row[:-1])
    slots = buyers.firm >= 0
    coefficient = np.zeros(len(spending))
    coefficient[slots] = spending[slots] / sales[buyers.firm[slots]]
    inputs = np.bincount(buyers.firm[slots], coefficient[slots], minlength=len(sales))
    _check_value_added(baseline, firms, 1.0 - inputs)
    owner, owner_share = draw_owners(baseline.axes, baseline.ownership, firms, sales, seed)
    low, high = _varieties(firms, sales, seed)
    wide_row, wide_seller, wide_taste = _with_spare_places(row, seller, paid, spending, slots)
    return Network(
        firm_region=firms.region,
        firm_sector=firms.sector,
        sales=sales,
        labour=baseline.labour_share[firms.region, firms.sector] * (1.0 - inputs),
        value_added=1.0 - inputs,
        variety_low=low,
        variety_high=high,
        owner=owner,
        owner_share=owner_share,
        firms=firms.offsets,
        cells=firms.cells,
        buyer_region=buyers.region,
        buyer_sector=buyers.sector,
        buyer_firm=buyers.firm,
        spending=spending,
        coefficient=coefficient,
        row=wide_row,
        length=length,
        buyers=buyers.offsets,
        seller=wide_seller,
        taste=wide_taste,
        dropped_musd=baseline.dropped,
        last_step=last_step,
        trader_firms=firms.offsets[1:],
        trader_buyers=buyers.offsets[1:],
        hubs=np.zeros(0, dtype=np.int64),
        traders_per_market=0,
    )


@dataclass(frozen=True)
class _Buyers:
    """Buyers by sector: first a final-demand node per region, then the input slots."""

    region: np.ndarray
    sector: np.ndarray
    firm: np.ndarray
    recipe: np.ndarray
    offsets: np.ndarray

    @classmethod
    def lay_out(
        cls,
        baseline: Baseline,
        firms: Firms,
        slot_firm: np.ndarray,
        slot_sector: np.ndarray,
        recipe: np.ndarray,
    ) -> _Buyers:
        regions, sectors = baseline.final.shape
        sector = np.concatenate((np.repeat(np.arange(sectors), regions), slot_sector))
        region = np.concatenate((np.tile(np.arange(regions), sectors), firms.region[slot_firm]))
        firm = np.concatenate((np.full(regions * sectors, -1), slot_firm))
        order = np.lexsort((firm, sector))
        counts = np.bincount(sector, minlength=sectors)
        return cls(
            region=region[order],
            sector=sector[order],
            firm=firm[order],
            recipe=np.concatenate((np.zeros(regions * sectors), recipe))[order],
            offsets=np.concatenate(([0], np.cumsum(counts))),
        )


def _links(
    baseline: Baseline,
    trade: np.ndarray,
    firms: Firms,
    buyers: _Buyers,
    params: FirmParams,
    seed: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rows, sellers and a first guess of the flows, sector by sector."""
    regions, sectors = baseline.final.shape
    wedge_trade = trade * (1.0 + baseline.tariff)
    rng = generator(seed, Stream.SUPPLIERS)
    first_guess = _first_spending(baseline, firms, buyers)
    _require_sellers(baseline, wedge_trade.sum(axis=0))
    parts = []
    for s in range(sectors):
        own = slice(buyers.offsets[s], buyers.offsets[s + 1])
        wanted, region = first_guess[own], buyers.region[own]
        share = wedge_trade[:, :, s].T  # destination, origin
        share = np.cumsum(share / share.sum(axis=1, keepdims=True), axis=1)
        kind = _kinds(wanted, region, buyers.firm[own], regions)
        size = firms.weight[firms.offsets[s] : firms.offsets[s + 1]]
        starts = firms.cells[s] - firms.offsets[s]
        cumulative = np.concatenate([np.cumsum(size[a:b]) for a, b in pairwise(starts)])
        room = np.where(
            kind == 2,
            _final_room(region, trade[:, :, s], starts, params),
            params.suppliers + (kind == 1) * regions,
        )
        start = np.concatenate(([0], np.cumsum(room)))
        seller = np.zeros(start[-1], dtype=np.int64)
        flow = np.zeros(start[-1])
        length = np.zeros(len(wanted), dtype=np.int64)
        draw_links(
            start,
            region,
            kind,
            wanted,
            params.suppliers,
            rng.random(regions),
            share,
            starts,
            cumulative,
            params.exporter_share,
            rng.random(start[-1]),
            rng.permutation(len(wanted)),
            seller,
            flow,
            length,
        )
        used = np.arange(start[-1]) - np.repeat(start[:-1], room) < np.repeat(length, room)
        parts.append((length, seller[used] + firms.offsets[s], flow[used]))
    length, seller, flow = (np.concatenate(column) for column in zip(*parts, strict=True))
    return np.concatenate(([0], np.cumsum(length))), length, seller, flow


def _require_sellers(baseline: Baseline, bought: np.ndarray) -> None:
    """InputError for a region that can buy nothing of a sector; bought: `[R,S]`."""
    for r, s in np.argwhere(~(bought > 0.0) | ~np.isfinite(bought)):
        raise InputError(
            f"nobody sells {baseline.axes.sectors[s]} to {baseline.axes.regions[r]} (it can buy "
            f"{bought[r, s] * 12:g} mUSD a year); give it output or imports there"
        )


def _first_spending(baseline: Baseline, firms: Firms, buyers: _Buyers) -> np.ndarray:
    output = baseline.output[firms.region, firms.sector] * firms.weight
    slots = buyers.firm >= 0
    return np.where(
        slots,
        buyers.recipe * output[buyers.firm],
        baseline.final[buyers.region, buyers.sector],
    )


def _kinds(wanted: np.ndarray, region: np.ndarray, firm: np.ndarray, regions: int) -> np.ndarray:
    """2 for final demand, 1 for the largest slots of each destination, 0 for other slots."""
    kind = np.where(firm < 0, 2, 0)
    for d in range(regions):
        slots = np.flatnonzero((region == d) & (firm >= 0))
        kind[slots[np.argsort(-wanted[slots], kind="stable")[:SEES_ALL]]] = 1
    return kind


def _final_room(
    region: np.ndarray, trade: np.ndarray, starts: np.ndarray, params: FirmParams
) -> np.ndarray:
    number = np.diff(starts)
    exporters = np.maximum(np.minimum(2, number), np.ceil(params.exporter_share * number))
    foreign = np.where(trade.T > 0, exporters.astype(np.int64)[None, :], 0)
    np.fill_diagonal(foreign, number)
    return foreign.sum(axis=1)[region]


def _calibrate(
    baseline: Baseline,
    trade: np.ndarray,
    firms: Firms,
    buyers: _Buyers,
    row: np.ndarray,
    seller: np.ndarray,
    flow: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, float]:
    """RAS until recipes, final demand and trade cells agree; the last step meets the cells.

    A firm's output is what it sells, so the spending of its slots moves with its sales: this is
    the Leontief fixed point and the biproportional one, solved together.
    """
    layout = (2, 1, 0)  # sector, destination, origin
    wedge = np.ascontiguousarray((1.0 + baseline.tariff).transpose(layout))
    target = np.ascontiguousarray(trade.transpose(layout))
    slots = buyers.firm >= 0
    user = firms.sector[buyers.firm[slots]]
    use_cell = np.ravel_multi_index(
        (buyers.region[slots], buyers.sector[slots], user), baseline.use.shape
    )
    wanted = _first_spending(baseline, firms, buyers)
    sales = baseline.output[firms.region, firms.sector] * firms.weight
    margin = (baseline.value_added / baseline.output)[firms.region, firms.sector]
    user_firm, most = buyers.firm[slots], 1.0 - SAFE_MARGIN * margin
    limit = np.ones(len(sales))
    error = np.inf
    for _ in range(ROUNDS):
        raw = buyers.recipe[slots] * (limit * sales)[user_firm]
        reached = np.bincount(use_cell, raw, minlength=baseline.use.size)
        wanted[slots] = raw * (baseline.use.ravel()[use_cell] / reached[use_cell])
        # a rare input weighs heavily on the few firms that drew it: others then take it over
        spent = np.bincount(user_firm, wanted[slots], minlength=len(sales))
        limit *= np.minimum(1.0, most * sales / np.maximum(spent, 1e-200))
        before = sales
        sales = np.zeros_like(before)
        balance_round(
            buyers.offsets,
            row,
            wanted,
            buyers.region,
            seller,
            firms.region,
            wedge,
            target,
            flow,
            sales,
        )
        error = float(np.max(np.abs(sales / before - 1.0)))
        if error < CONVERGED:
            break
    return flow, sales, error


def _check_value_added(baseline: Baseline, firms: Firms, value_added: np.ndarray) -> None:
    worst = int(np.argmin(value_added))
    if value_added[worst] > 0.0:
        return
    region = baseline.axes.regions[firms.region[worst]]
    sector = baseline.axes.sectors[firms.sector[worst]]
    raise InputError(
        f"a firm of {region} {sector} would have value added of {value_added[worst]:.3f} per unit "
        "of output; raise VALUE_ADDED of that column in io_coefficients.csv or firms.inputs"
    )


def _varieties(firms: Firms, sales: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The interval of varieties each firm makes: random order, width its share of the cell.

    Intervals rather than points: a large firm makes many varieties, so a measure that covers a
    share c of the varieties covers that share of the cell's trade, not all or nothing of a giant.
    """
    cell = firms.sector * (firms.region.max() + 1) + firms.region
    order = np.lexsort((generator(seed, Stream.VARIETIES).random(len(sales)), cell))
    total = np.bincount(cell, sales)
    run = np.cumsum(sales[order])
    first = np.concatenate(([0.0], np.cumsum(total)))[cell[order]]
    high = np.empty_like(sales)
    high[order] = np.clip((run - first) / total[cell[order]], 0.0, 1.0)
    return np.clip(high - sales / total[cell], 0.0, 1.0), high


def _with_spare_places(
    row: np.ndarray, seller: np.ndarray, paid: np.ndarray, spending: np.ndarray, slots: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, sellers and tastes with room in each row for suppliers that a search may find."""
    length = np.diff(row)
    wide = np.concatenate(([0], np.cumsum(length + np.where(slots, SPARE_LINKS, SPARE_FINAL))))
    wide_seller, wide_taste = np.empty(wide[-1], dtype=np.int64), np.empty(wide[-1])
    lay_wide(row, wide, seller, paid, spending, wide_seller, wide_taste)
    return wide, wide_seller, wide_taste
