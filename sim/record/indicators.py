"""Indicators: what economists read out of a run (dependence, rerouting, premium, loss).

Pure functions of a Panel. Shares and ratios are numbers, not percentages; a path has a row a
month. T months, R regions, S sectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.axes import YEAR
from sim.levers import TECHNOLOGY_CLASSES
from sim.record.panel import Panel


def supplier_shares(panel: Panel, region: str, abroad: bool = False) -> np.ndarray:
    """Share of every origin in what a region buys, by sector: `[T, R, S]`; or only buys abroad."""
    here = panel.axes.region(region)
    bought = panel.values("trade", "value_musd")[:, :, here, :].copy()
    if abroad:
        bought[:, here] = 0.0
    total = bought.sum(axis=1, keepdims=True)
    return np.divide(bought, total, out=np.zeros_like(bought), where=total > 0.0)


def dependence(panel: Panel, region: str, suppliers: Sequence[str]) -> np.ndarray:
    """Share of a region's purchases that comes from a supplier or bloc, by sector: `[T, S]`."""
    return supplier_shares(panel, region)[:, panel.axes.region_positions(suppliers)].sum(axis=1)


def concentration(panel: Panel, region: str) -> np.ndarray:
    """Herfindahl index of a region's foreign suppliers, by sector `[T, S]`; 0: none, 1: one."""
    return np.square(supplier_shares(panel, region, abroad=True)).sum(axis=1)


def sovereignty_index(panel: Panel, classes: Sequence[str] = TECHNOLOGY_CLASSES) -> np.ndarray:
    """Share of technology needs met by working technology of one's own: `[T, R]`.

    Mean over the classes, of what was domestic at the base and what has replaced foreign
    technology since and does the work.
    """
    chosen = [TECHNOLOGY_CLASSES.index(name) for name in classes]
    return panel.values("technology", "own")[:, :, chosen].mean(axis=2)


def recorded_turnover(
    panel: Panel, region: str, partners: Sequence[str]
) -> tuple[np.ndarray, float]:
    """Trade in goods both ways as a region's customs record it: path `[T]` and base month, mUSD."""
    axes = panel.axes
    here = axes.region(region)
    there = [r for r in axes.region_positions(partners) if r != here]

    def both(sent: np.ndarray, came: np.ndarray) -> np.ndarray:
        exports = sent[..., here, there, :][..., axes.is_good].sum(axis=(-2, -1))
        imports = came[..., there, here, :][..., axes.is_good].sum(axis=(-2, -1))
        return exports + imports

    sides = ("recorded_export_musd", "recorded_import_musd")
    path, base = (
        both(*(read("trade", side) for side in sides)) for read in (panel.values, panel.base)
    )
    return path, float(base)


@dataclass(frozen=True)
class Rerouting:
    """How goods find another way to a target, by month `[T]`.

    share: of the target's imports that are re-exports. fall: direct trade of the senders lost,
    mUSD. through: re-exports of the hubs, mUSD. offset: through / fall.
    """

    share: np.ndarray
    fall: np.ndarray
    through: np.ndarray
    offset: np.ndarray


def rerouting(
    panel: Panel, target: str, senders: Sequence[str], hubs: Sequence[str] = ("all",)
) -> Rerouting:
    """Rerouted share of a target's imports and the offset of the senders' lost trade in goods."""
    axes = panel.axes
    goods, there = axes.is_good, axes.region(target)
    by, via = axes.region_positions(senders), axes.region_positions(hubs)
    path = panel.values("trade", "value_musd")[:, :, there][..., goods].sum(axis=2)
    base = panel.base("trade", "value_musd")[:, there][..., goods].sum(axis=1)
    resold = panel.values("trade", "reexport_musd")[:, :, there].sum(axis=2)
    fall = base[by].sum() - path[:, by].sum(axis=1)
    imports = path.sum(axis=1) - path[:, there]
    through = resold[:, via].sum(axis=1)
    return Rerouting(
        share=resold.sum(axis=1) / imports,
        fall=fall,
        through=through,
        offset=np.divide(through, fall, out=np.zeros_like(fall), where=fall > 0.0),
    )


def premium(panel: Panel, target: str, makers: str) -> np.ndarray:
    """What a target pays for re-exported goods over the makers' price at their gate: `[T]`.

    Weighted by re-exports; 1 where there are none.
    """
    axes = panel.axes
    there, source = axes.region(target), axes.region(makers)
    weight = panel.values("trade", "reexport_musd")[:, :, there]
    price = panel.values("trade", "price")
    domestic = price[:, source, source]
    ratio = (weight * price[:, :, there] / domestic[:, None]).sum(axis=(1, 2))
    total = weight.sum(axis=(1, 2))
    return np.divide(ratio, total, out=np.ones_like(ratio), where=total > 0.0)


def goods(
    panel: Panel, months: tuple[int, int], origins: list[str], destinations: list[str],
    variable: str = "value_musd", sectors: list[str] | None = None,
) -> float:  # fmt: skip
    """Trade in goods between two sets of regions over the base, own regions left out.

    months: the first and the one after the last, counted from the start.
    """
    axes = panel.axes
    chosen = axes.is_good if sectors is None else np.isin(axes.sectors, sectors)
    cells = np.ix_(axes.region_positions(origins), axes.region_positions(destinations))
    abroad = ~np.eye(len(axes.regions), dtype=bool)
    path = panel.values("trade", variable)[months[0] : months[1]][..., chosen].sum(-1).mean(0)
    base = panel.base("trade", variable)[..., chosen].sum(-1)
    return float((path * abroad)[cells].sum() / (base * abroad)[cells].sum())


def orientation(panel: Panel, region: str, partners: Sequence[str] = ("members",)) -> np.ndarray:
    """Share of a region's foreign trade that is with the partners: `[T]`."""
    path, _ = panel.bilateral()
    here = panel.axes.region(region)
    turnover = path[:, here] + path[:, :, here]
    chosen = panel.axes.region_positions(partners)
    return turnover[:, chosen].sum(axis=1) / turnover.sum(axis=1)


def consumption(panel: Panel) -> tuple[np.ndarray, np.ndarray]:
    """What households and governments consume at base prices: path `[T, R]`, base `[R]`, mUSD.

    Research that governments pay for is not consumed.
    """
    parts = (("regions", "real_consumption"), ("budgets", "real_purchases"))
    path = sum((panel.values(*part) for part in parts), start=np.zeros(()))
    base = sum((panel.base(*part) for part in parts), start=np.zeros(()))
    return path, base


def discounting(rate: float, months: int) -> np.ndarray:
    """Weights of months seen from before the first: `[months]`. rate: share a year."""
    return np.cumprod(np.full(months, 1.0 - rate / YEAR))


def loss(panel: Panel, region: str, variable: str = "real_consumption") -> float:
    """Sum over all months of what a region falls short of its base, mUSD; a gain is negative."""
    here = panel.axes.region(region)
    path = panel.values("regions", variable)[:, here]
    return float((panel.base("regions", variable)[here] - path).sum())
