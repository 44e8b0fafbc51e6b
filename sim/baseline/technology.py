"""Technology classes and how far each region leans on foreign ones (model note, section 8).

Two tables, both or neither. Without them, and for a region without rows, there is nothing to
lose: dependence 0, and technology of its own that is complete and mature.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.axes import Axes
from sim.baseline.sheet import Fault, Sheet, TableError
from sim.levers import TECHNOLOGY_CLASSES

REGION_COLUMNS = ("region", "class", "dependence", "availability", "maturity")
CLASS_COLUMNS = (
    "class", "source_sector", "weight", "loss_rate", "migration_cost", "research_scale_musd",
)  # fmt: skip
MOST_AT_STAKE = 0.5  # sum of the weights: a firm without any technology still makes something
MOST_INTENSE = 3.0  # times the mean of the region: beyond it an input is material, not technology


@dataclass(frozen=True)
class Technology:
    """Technology of the base year; R regions, C classes (`TECHNOLOGY_CLASSES`).

    dependence: `[R,C]` theta, share of foreign technology in use. availability: `[R,C]` share of
    needs that has a domestic or union analogue at all. maturity: `[R,C]` Q, how good it is.
    source: `int64[C]` sector that makes it. weight: `[C]` pi, share of output lost if all is gone.
    loss_rate: `[C]` share a month of what is cut off. migration_cost: `[C]` share of a year's
    output to replace all. research_scale: `[C]` mUSD of research that give half of its effect.
    """

    dependence: np.ndarray
    availability: np.ndarray
    maturity: np.ndarray
    source: np.ndarray
    weight: np.ndarray
    loss_rate: np.ndarray
    migration_cost: np.ndarray
    research_scale: np.ndarray

    @classmethod
    def none(cls, axes: Axes) -> Technology:
        """Nothing to lose, nothing to learn."""
        shape, classes = (len(axes.regions), len(TECHNOLOGY_CLASSES)), len(TECHNOLOGY_CLASSES)
        zeros = np.zeros(classes)
        return cls(
            dependence=np.zeros(shape),
            availability=np.ones(shape),
            maturity=np.ones(shape),
            source=np.zeros(classes, dtype=np.int64),
            weight=zeros,
            loss_rate=zeros,
            migration_cost=zeros,
            research_scale=np.ones(classes),
        )


def read_technology(regions: Sheet | None, classes: Sheet | None, axes: Axes) -> Technology:
    """technology.csv (any regions) and technology_classes.csv (every class); both or neither."""
    none = Technology.none(axes)
    if regions is None and classes is None:
        return none
    if regions is None or classes is None:
        there = regions or classes
        assert there is not None
        missing = "technology.csv" if regions is None else "technology_classes.csv"
        remedy = "add it, or remove both for no technology"
        raise TableError([Fault(there.path, 0, f"{there.path.name} without {missing}", remedy)])
    classes.require_unique("class")
    kind = [classes.codes("class", TECHNOLOGY_CLASSES, "technology class")]
    known = [TECHNOLOGY_CLASSES]
    weight = classes.numbers("weight", 0.0, 1.0)
    made_by = classes.codes("source_sector", axes.sectors, "sector")
    loss_rate = classes.numbers("loss_rate", 0.0, 1.0)
    migration_cost = classes.numbers("migration_cost", 0.0, 5.0)
    research_scale = classes.numbers("research_scale_musd", 1e-30, 1e24)
    if weight.sum() > MOST_AT_STAKE:  # not where one of them is NaN: that is told
        problem = f"weights sum to {weight.sum():g}"
        remedy = f"together they may be at most {MOST_AT_STAKE:g}"
        classes.fault(int(np.argmax(weight)), problem, remedy)
    regions.require_unique("region", "class")
    cell = (
        regions.codes("region", axes.regions, "region"),
        regions.codes("class", TECHNOLOGY_CLASSES, "technology class"),
    )
    given = {
        name: regions.numbers(name, 0.0, 1.0, "it is a share, not a percentage")
        for name in ("dependence", "availability", "maturity")
    }
    both = [*classes.faults, *regions.faults]
    if both:
        raise TableError(both)
    source = np.empty(len(TECHNOLOGY_CLASSES), dtype=np.int64)
    one_each = classes.fill(weight, kind, known)
    source[kind[0]] = made_by
    shares = {}
    for name, values in given.items():
        shares[name] = getattr(none, name).copy()
        shares[name][cell] = values
    return Technology(
        **shares,
        source=source,
        weight=one_each,
        loss_rate=classes.fill(loss_rate, kind, known),
        migration_cost=classes.fill(migration_cost, kind, known),
        research_scale=classes.fill(research_scale, kind, known),
    )


def supplier_shares(technology: Technology, trade: np.ndarray) -> np.ndarray:
    """`[R,R,C]` origin, destination, class: shares of imports of the source sector.

    trade: `[R,R,S]`. A region that imports nothing has no supplier, and nobody to lose.
    """
    imports = trade[:, :, technology.source].copy()
    own = np.arange(len(imports))
    imports[own, own] = 0.0
    total = imports.sum(axis=0)
    return np.divide(imports, total, out=np.zeros_like(imports), where=total > 0)


def sector_dependence(technology: Technology, use: np.ndarray, output: np.ndarray) -> np.ndarray:
    """`[R,S,C]` theta by user sector, with the region's dependence as mean over output.

    In proportion to purchases of the source sector per unit of output, at most three times the
    mean and never above 1: what is cut off there is spread over the other users, so that the
    mean stays what the table says. use: `[R,S,S]` region, input, user; output: `[R,S]`.
    """
    regions, sectors = output.shape
    out = np.zeros((regions, sectors, len(technology.source)))
    share = output / output.sum(axis=1, keepdims=True)
    for r, k in np.argwhere(technology.dependence > 0):
        theta = technology.dependence[r, k]
        intensity = use[r, technology.source[k]] / output[r]
        if not intensity.any():
            intensity = np.ones(sectors)  # nobody is known to buy it: everybody alike
        out[r, :, k] = _with_mean(intensity, share[r], theta, min(1.0, MOST_INTENSE * theta))
    return out


def _with_mean(values: np.ndarray, share: np.ndarray, mean: float, most: float) -> np.ndarray:
    """min(c values, most) with c such that the weighted mean is `mean`, as far as it can be."""
    order = np.argsort(-values, kind="stable")  # the largest reach the cap first
    v, w = values[order], share[order]
    capped = np.cumsum(w) - w
    rest = np.cumsum((v * w)[::-1])[::-1]
    factor = np.divide(mean - most * capped, rest, out=np.full_like(rest, np.inf), where=rest > 0)
    fits = np.flatnonzero((v > 0) & (factor * np.where(v > 0, v, 1.0) <= most))
    if fits.size == 0:
        return np.where(values > 0, most, 0.0)
    return np.minimum(factor[fits[0]] * values, most)
