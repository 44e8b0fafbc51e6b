"""Balanced accounts of the base year (model note, section 3 item 1).

From `Tables` to a `Baseline` in which every good that is bought was sold and every sector's
sales pay for its inputs and its value added. Observed trade is never touched; what had to give
way is listed in `Baseline.adjustments`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.axes import YEAR, Axes
from sim.baseline.rows import Rows
from sim.baseline.tables import Tables, read_tables
from sim.baseline.technology import Technology
from sim.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

OUTPUT_TO_EXPORTS = 1.02  # below this, unobserved exports are scaled down
FLOOR_OF_EXPECTED = 0.25  # final demand below this share of its expected value is raised
FLOOR_OF_ABSORPTION = (0.01, 0.8)  # keeps the floor positive and leaves room for inputs
RAS_TOLERANCE = 1e-13
RAS_PASSES = 5_000
SMALLEST_TRADE = 4.5e-11  # of the world's output; smaller flows are left out (0.0095 mUSD in eaeu)
GDP_TOLERANCE = 0.05  # catches a table in other units, not a statistical discrepancy
REPORT_COLUMNS = ["table", "region", "sector", "user", "before", "after", "reason"]

Adjustment = tuple[str, str, str, str, float, float, str]  # a row of REPORT_COLUMNS


@dataclass(frozen=True)
class Baseline:
    """The base year per month, balanced: money is million USD a MONTH; R regions, S sectors.

    trade: `[R,R,S]` T at the seller's gate, origin, destination, sector; o = d is domestic.
    tariff: `[R,R,S]` fraction of T. use: `[R,S,S]` Z region, input, user, at the buyer's price.
    final: `[R,S]` F = household + government + investment, at the buyer's price.
    value_added: `[R,S]` VA; labour_share: `[R,S]` of it. sigma: `[S]` between origins.
    observed: `bool[R,R,S]` trade of quality A, B or C. distance: `[R,R]` km.
    contiguous, common_language: `bool[R,R]`. population: `[R]` persons.
    criticality: `[S]` 0..1. input_cover: `[S]` months.
    price_taking: `[S]` 0..1.
    ownership, coverage: rows of the tables of that name (see `Tables`). customs_share: `[R]` of the
    duties that members pool. ghosts: `[R]`, factor on the goods that never enter a hub.
    egovernment: `[R]` capability of e-government in 0..1.
    technology: as in the tables.
    moved: one row per cell that differs from the tables: table (trade, final or use),
    region, sector, user (of inputs; for trade the destination), before, after, reason;
    `adjustments` is the same as a data frame.
    absent, remarks: what was taken as absent, and how else the tables were understood.
    source_digest: sha256 of the files.

    For all d, s: Σ_o T(1 + tariff) = Σ_u Z + F, and for all r, u: Σ_d T = Σ_s Z + VA.
    """

    axes: Axes
    trade: np.ndarray
    tariff: np.ndarray
    use: np.ndarray
    final: np.ndarray
    household: np.ndarray
    government: np.ndarray
    investment: np.ndarray
    value_added: np.ndarray
    labour_share: np.ndarray
    sigma: np.ndarray
    observed: np.ndarray
    distance: np.ndarray
    contiguous: np.ndarray
    common_language: np.ndarray
    population: np.ndarray
    criticality: np.ndarray
    input_cover: np.ndarray
    price_taking: np.ndarray
    customs_share: np.ndarray
    ghosts: np.ndarray
    ownership: Rows
    coverage: Rows
    egovernment: np.ndarray
    technology: Technology
    moved: Rows
    absent: tuple[str, ...]
    remarks: tuple[str, ...]
    source_digest: str

    @property
    def adjustments(self) -> pd.DataFrame:
        """What balancing moved, a row for each cell."""
        return self.moved.frame

    @property
    def traded(self) -> np.ndarray:
        """T without the flows between regions that are too small to be drawn; at home all stays."""
        large = self.trade >= SMALLEST_TRADE * self.trade.sum()
        return np.where(large | np.eye(len(self.trade), dtype=bool)[:, :, None], self.trade, 0.0)

    @property
    def dropped(self) -> float:
        """Trade of the flows left out for being too small, million USD a year."""
        return float((self.trade - self.traded).sum() * YEAR)

    def account(self) -> dict[str, Any]:
        """What became of the tables, ready for JSON: moved, dropped, absent, remarks.

        moved: by table, cells and the sum of |after - before| as a share of the table's total.
        """
        totals = {"trade": self.trade.sum(), "final": self.final.sum(), "use": self.use.sum()}
        moved = {}
        of = np.array(self.moved["table"])
        by = np.abs(np.subtract(self.moved["after"], self.moved["before"]))
        for table in sorted(set(self.moved["table"])):
            rows, total = by[of == table], float(totals[table])
            share = float(rows.sum()) / total if total else 0.0
            moved[table] = {"cells": len(rows), "share": share}
        cells = int((self.trade > self.traded).sum())
        return {
            "moved": moved,
            "dropped": {"cells": cells, "musd_a_year": self.dropped},
            "absent": list(self.absent),
            "remarks": list(self.remarks),
        }

    def notes(self) -> list[str]:
        """The account in a sentence each, for the eye."""
        told = self.account()
        names = {"trade": "trade", "final": "final demand", "use": "inputs"}
        moved = ", ".join(
            f"{names[table]} by {100 * row['share']:.2g} % ({row['cells']:,} cells)"
            for table, row in told["moved"].items()
        )
        lines = [f"balancing moved {moved}"] if moved else []
        if told["dropped"]["cells"]:
            lines.append(
                f"{told['dropped']['cells']:,} flows below {SMALLEST_TRADE:g} of world output were "
                f"left out, {told['dropped']['musd_a_year']:.3g} mUSD a year together"
            )
        if self.absent:
            lines.append(f"taken as absent: {'; '.join(self.absent)}")
        return [*lines, *self.remarks]

    @property
    def output(self) -> np.ndarray:
        """X `[R,S]`: what the origin sells, Σ_d T."""
        return self.trade.sum(axis=1)

    @property
    def absorption(self) -> np.ndarray:
        """B `[R,S]`: what the destination buys at its own price, Σ_o T(1 + tariff)."""
        return landed(self.trade, self.tariff)

    @property
    def exports(self) -> np.ndarray:
        """`[R,S]`: output less domestic sales."""
        return self.trade.sum(axis=1) - domestic(self.trade)

    @property
    def imports(self) -> np.ndarray:
        """`[R,S]` at the seller's gate, before tariffs."""
        return self.trade.sum(axis=0) - domestic(self.trade)

    @property
    def gdp(self) -> np.ndarray:
        """`[R]`: value added of all sectors, a month."""
        return self.value_added.sum(axis=1)

    @property
    def tariff_revenue(self) -> np.ndarray:
        """`[R]`: what each destination's customs collect."""
        return (self.trade * self.tariff).sum(axis=(0, 2))


def load_baseline(folder: Path | str) -> Baseline:
    """Read a folder of tables and balance it; InputError where either is impossible."""
    return balance(read_tables(folder))


def balance(tables: Tables) -> Baseline:
    """Accounts that close to rounding, with observed trade as published (docstring above)."""
    check_gdp(tables)
    trade = settle_trade(tables)
    output, absorption = trade.sum(axis=1), landed(trade, tables.tariff)
    prior_use = tables.input_share * output[:, None, :]
    prior_final = absorption - prior_use.sum(axis=2)
    expected = tables.category_total[:, :, None] * tables.category_share / YEAR
    target_final, raised = raise_final(prior_final, expected.sum(axis=1), absorption, tables)
    value_added = output * tables.value_added_share
    use = prior_use.copy()
    for region in np.flatnonzero(raised.any(axis=1)):
        rows = absorption[region] - target_final[region]
        columns = output[region] - value_added[region]
        use[region] = scale_to(prior_use[region], rows, columns, tables.axes.regions[region])
    final = absorption - use.sum(axis=2)  # residuals close the identities to rounding
    household, government, investment = split_final(final, expected)
    adjustments = [
        *trade_adjustments(tables, trade),
        *final_adjustments(tables.axes, prior_final, final, raised),
        *use_adjustments(tables.axes, prior_use, use),
    ]
    return Baseline(
        axes=tables.axes,
        trade=trade,
        tariff=tables.tariff,
        use=use,
        final=final,
        household=household,
        government=government,
        investment=investment,
        value_added=output - use.sum(axis=1),
        labour_share=tables.labour_share,
        sigma=ten_year_sigma(tables),
        observed=np.isin(tables.quality, ("A", "B", "C")),
        distance=tables.distance,
        contiguous=tables.contiguous,
        common_language=tables.common_language,
        population=tables.population,
        criticality=tables.criticality,
        input_cover=tables.input_cover,
        price_taking=tables.price_taking,
        customs_share=tables.customs_share,
        ghosts=tables.ghosts,
        ownership=tables.ownership,
        coverage=tables.coverage,
        egovernment=tables.egovernment,
        technology=tables.technology,
        moved=Rows.of(adjustments, REPORT_COLUMNS),
        absent=tables.absent,
        remarks=tables.remarks,
        source_digest=tables.source_digest,
    )


def landed(trade: np.ndarray, tariff: np.ndarray) -> np.ndarray:
    """B `[R,S]` = Σ_o T(1 + tariff): purchases at the buyer's price."""
    return (trade * (1 + tariff)).sum(axis=0)


def domestic(trade: np.ndarray) -> np.ndarray:
    """`[R,S]`: the diagonal of trade."""
    return np.diagonal(trade).T


def check_gdp(tables: Tables) -> None:
    """InputError when value added of output.csv and GDP of macro.csv are different economies."""
    total = (tables.output * tables.value_added_share).sum(axis=1)
    gap = np.abs(total / tables.gdp - 1)
    if (gap > GDP_TOLERANCE).any():
        r = int(np.argmax(gap))
        raise InputError(
            f"{tables.folder / 'output.csv'}: value added of {tables.axes.regions[r]} is "
            f"{total[r]:.6g} but gdp_musd in macro.csv is {tables.gdp[r]:.6g} (allowed: within "
            f"{GDP_TOLERANCE:.0%}); give both in million USD a year"
        )


def settle_trade(tables: Tables) -> np.ndarray:
    """T `[R,R,S]` a month: trade as published, domestic sales = output - exports.

    Where output is below 1.02 x exports, cells of quality D between two non-members are scaled
    down; InputError when these cannot make room.
    """
    axes, output = tables.axes, tables.output / YEAR
    trade = tables.trade / YEAR
    outside = ~axes.is_member
    may_give = (tables.quality == "D") & (outside[:, None] & outside)[:, :, None]
    loose = np.where(may_give, trade, 0.0).sum(axis=1)
    exports = trade.sum(axis=1)
    room = output / OUTPUT_TO_EXPORTS - (exports - loose)
    tight = exports * OUTPUT_TO_EXPORTS > output
    for r, s in np.argwhere(tight & (room < 0)):
        raise InputError(
            f"{tables.folder / 'output.csv'}: output of {axes.regions[r]} {axes.sectors[s]} is "
            f"{output[r, s] * YEAR:.6g} but its observed exports are "
            f"{(exports - loose)[r, s] * YEAR:.6g} and must leave 2 % for sale at home; "
            "raise the output or correct the trade rows"
        )
    keep = np.where(tight, np.divide(room, loose, out=np.ones_like(room), where=loose > 0), 1.0)
    trade = np.where(may_give, trade * keep[:, None, :], trade)
    own = np.arange(len(axes.regions))
    trade[own, own] = output - trade.sum(axis=1)
    return trade


def raise_final(
    prior: np.ndarray, expected: np.ndarray, absorption: np.ndarray, tables: Tables
) -> tuple[np.ndarray, np.ndarray]:
    """Final demand `[R,S]` with no cell below a quarter of what is expected, and the raised cells.

    floor = clip(0.25 E, 0.01 B, 0.8 B). Where a cell of a region is raised, the excess of the
    others over their floors shrinks by one factor, so the region's total Σ_s F stays (it is
    Σ B - Σ X + Σ VA, fixed by the accounts).
    prior, expected, absorption: `[R,S]` [million USD a month] F, E and B.
    """
    low, high = FLOOR_OF_ABSORPTION
    floor = np.clip(FLOOR_OF_EXPECTED * expected, low * absorption, high * absorption)
    floor = np.where(prior < absorption, floor, prior)  # nothing to take from: no input use
    raised = prior < floor
    needy = np.any(raised, axis=1)
    excess = np.maximum(prior - floor, 0.0)
    spare = (prior - floor).sum(axis=1)
    if (needy & (spare <= 0)).any():
        r = int(np.argmax(needy & (spare <= 0)))
        left, wanted = prior[r].sum() * YEAR, expected[r].sum() * YEAR
        raise InputError(
            f"{tables.folder / 'macro.csv'}: final demand of {tables.axes.regions[r]} is "
            f"{wanted:.6g} but trade, output and inputs leave {left:.6g} a year; "
            "lower its exports, or raise its imports or value-added shares"
        )
    shrink = np.divide(spare, excess.sum(axis=1), out=np.ones_like(spare), where=needy)
    return np.where(needy[:, None], floor + excess * shrink[:, None], prior), raised


def scale_to(prior: np.ndarray, rows: np.ndarray, columns: np.ndarray, region: str) -> np.ndarray:
    """RAS: the table nearest to `prior` `[S,S]` with these row and column sums `[S]`.

    InputError naming the region when zeros of the input coefficients make it impossible.
    """
    table, gap = prior.copy(), np.inf
    for _ in range(RAS_PASSES):
        now = table.sum(axis=1)
        gap = float((np.abs(now - rows) / np.where(rows > 0, rows, 1.0)).max())
        if gap < RAS_TOLERANCE:
            return table
        table *= np.divide(rows, now, out=np.zeros_like(rows), where=now > 0)[:, None]
        below = table.sum(axis=0)  # 0: a sector without inputs
        table *= np.divide(columns, below, out=np.zeros_like(columns), where=below > 0)
    if gap > np.sqrt(RAS_TOLERANCE):
        raise InputError(
            f"region {region}: inputs cannot be scaled to its final demand (gap {gap:.2g}); "
            "give more sectors a positive coefficient in io_coefficients.csv"
        )
    return table


def split_final(final: np.ndarray, expected: np.ndarray) -> tuple[np.ndarray, ...]:
    """Household, government, investment `[R,S]`: final demand in the expected proportions.

    expected: `[R,3,S]`. A sector without expected demand follows the region's totals.
    """
    total = expected.sum(axis=1)
    overall = expected.sum(axis=2)
    share = np.where(
        total[:, None] > 0,
        expected / np.where(total > 0, total, 1.0)[:, None],
        (overall / overall.sum(axis=1, keepdims=True))[:, :, None],
    )
    household, government = final * share[:, 0], final * share[:, 1]
    return household, government, np.maximum(final - household - government, 0.0)


def ten_year_sigma(tables: Tables) -> np.ndarray:
    """`[S]`: sigma with the goods' mean trade elasticity σ - 1 brought to the ten-year estimate.

    Cross-section estimates (Fontagne et al. 2022) are very-long-run; Boehm, Levchenko &
    Pandalai-Nayar (2023) find 2.0 over ten years. The profile over goods is kept; services, and
    tables without the column, stay as published.
    """
    good = tables.axes.is_good
    if tables.ten_year_elasticity is None or not good.any():
        return tables.sigma
    scale = tables.ten_year_elasticity[good].mean() / (tables.sigma[good] - 1).mean()
    return np.where(good, 1 + (tables.sigma - 1) * scale, tables.sigma)


def trade_adjustments(tables: Tables, trade: np.ndarray) -> list[Adjustment]:
    """Report rows of trade cells scaled down; domestic sales are a residual, not a change."""
    axes, before = tables.axes, tables.trade / YEAR
    abroad = ~np.eye(len(axes.regions), dtype=bool)[:, :, None]
    reason = "unobserved export scaled down: output below 1.02 x exports"
    return [
        ("trade", axes.regions[o], axes.sectors[s], axes.regions[d],
         float(before[o, d, s]), float(trade[o, d, s]), reason)
        for o, d, s in np.argwhere(abroad & (trade != before))
    ]  # fmt: skip


def final_adjustments(
    axes: Axes, before: np.ndarray, after: np.ndarray, raised: np.ndarray
) -> list[Adjustment]:
    """Report rows of final demand `[R,S]` that is not absorption less published inputs."""
    reasons = ("others raised, region's total kept", "raised to 25 % of expected final demand")
    return [
        ("final", axes.regions[r], axes.sectors[s], "",
         float(before[r, s]), float(after[r, s]), reasons[int(raised[r, s])])
        for r, s in np.argwhere(before != after)
    ]  # fmt: skip


def use_adjustments(axes: Axes, before: np.ndarray, after: np.ndarray) -> list[Adjustment]:
    """Report rows of inputs `[R,S,S]` moved by RAS to make room for final demand."""
    reason = "RAS to the region's adjusted final demand"
    return [
        ("use", axes.regions[r], axes.sectors[s], axes.sectors[u],
         float(before[r, s, u]), float(after[r, s, u]), reason)
        for r, s, u in np.argwhere(before != after)
    ]  # fmt: skip
