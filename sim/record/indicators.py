"""Indicators: what economists read out of a run (dependence, rerouting, premium, welfare, cost).

Pure functions of a Panel. Shares and ratios are numbers, not percentages; a path has a row a
month. T months, R regions, S sectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.record.panel import Panel


def supplier_shares(panel: Panel, region: str) -> np.ndarray:
    """Share of every origin in what a region buys, by sector: `[T, R, S]`, own goods included."""
    bought = panel.values("trade", "value_musd")[:, :, panel.axes.region(region), :]
    total = bought.sum(axis=1, keepdims=True)
    return np.divide(bought, total, out=np.zeros_like(bought), where=total > 0.0)


def dependence(panel: Panel, region: str, suppliers: Sequence[str]) -> np.ndarray:
    """Share of a region's purchases that comes from a supplier or bloc, by sector: `[T, S]`."""
    return supplier_shares(panel, region)[:, panel.axes.region_positions(suppliers)].sum(axis=1)


def concentration(panel: Panel, region: str) -> np.ndarray:
    """Herfindahl index of a region's foreign suppliers, by sector: `[T, S]`, 1/R to 1."""
    bought = panel.values("trade", "value_musd")[:, :, panel.axes.region(region), :].copy()
    bought[:, panel.axes.region(region)] = 0.0
    total = bought.sum(axis=1, keepdims=True)
    share = np.divide(bought, total, out=np.zeros_like(bought), where=total > 0.0)
    return (share**2).sum(axis=1)


def technology_gap(panel: Panel) -> np.ndarray:
    """1 - maturity of domestic technology, `[T, R, classes]`."""
    return 1.0 - panel.values("technology", "maturity")


def sovereignty_index(panel: Panel) -> np.ndarray:
    """Share of technology needs met by working domestic technology: `[T, R]`.

    Mean over classes of adopted share x maturity: having an analogue is not enough, it must be
    in use and do the work.
    """
    adopted = panel.values("technology", "adopted")
    return (adopted * panel.values("technology", "maturity")).mean(axis=2)


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


def orientation(panel: Panel, region: str, partners: Sequence[str] = ("members",)) -> np.ndarray:
    """Share of a region's foreign trade that is with the partners: `[T]`."""
    path, _ = panel.bilateral()
    here = panel.axes.region(region)
    turnover = path[:, here] + path[:, :, here]
    chosen = panel.axes.region_positions(partners)
    return turnover[:, chosen].sum(axis=1) / turnover.sum(axis=1)


@dataclass(frozen=True)
class Welfare:
    """Change of real consumption against the base month in logs, and its two parts `[T]`.

    total = spending - prices: what households spend, less what it costs.
    """

    total: np.ndarray
    spending: np.ndarray
    prices: np.ndarray


def welfare(panel: Panel, region: str) -> Welfare:
    """Log change of a region's real consumption, split into money spent and prices paid."""
    here = panel.axes.region(region)
    total = np.log(panel.relative("regions", "real_consumption")[:, here])
    prices = np.log(panel.relative("regions", "cpi")[:, here])
    return Welfare(total=total, spending=total + prices, prices=prices)


def loss(panel: Panel, region: str, variable: str = "real_consumption") -> float:
    """Sum over all months of what a region falls short of its base, mUSD; a gain is negative."""
    here = panel.axes.region(region)
    path = panel.values("regions", variable)[:, here]
    return float((panel.base("regions", variable)[here] - path).sum())


def cost_per_loss_avoided(
    with_programme: Panel, without: Panel, calm_with: Panel, calm_without: Panel, region: str
) -> float:
    """Consumption a programme costs in calm per unit of loss it avoids in a cut-off.

    The four runs share seed and months: programme and cut-off, cut-off alone, programme alone,
    neither. Infinite where nothing is avoided, negative where the programme pays in calm too.
    """
    avoided = loss(without, region) - loss(with_programme, region)
    cost = loss(calm_with, region) - loss(calm_without, region)
    return cost / avoided if avoided > 0.0 else float("inf")
