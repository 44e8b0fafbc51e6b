"""All that policy can move: the levers of one month, their neutral state, how they combine.

A policy never edits parameters or state: every month its contributions are combined into fresh
levers (model note, section 7). Each lever has one commutative rule, applied in the order of
the contributions' sizes, so neither an order nor a name reaches a single bit; and
a measure at zero intensity contributes nothing, so it leaves the neutral arrays themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import inf
from typing import Any, Literal

import numpy as np

from sim.axes import Axes
from sim.errors import InputError, unknown

TECHNOLOGY_CLASSES = ("software", "electronics", "equipment")
Rule = Literal["max", "min", "product", "sum"]
Moves = Literal["border", "technology", "migration", "budgets", "plants", "countries"]
_COMBINE = {"max": np.maximum, "min": np.minimum, "product": np.multiply, "sum": np.add}


@dataclass(frozen=True)
class Lever:
    """One row of the lever table: what it is, how contributions to it meet, and what it moves.

    moves: the parts of the model that look at it, so that they work again when it changes: the
    border between markets, technology (migration: only what firms pay for it), budgets of
    governments and final demand, plants, what countries decide.
    """

    name: str
    axes: tuple[str, ...]
    neutral: float
    rule: Rule
    unit: str
    low: float
    high: float
    meaning: str
    moves: tuple[Moves, ...]

    def scaled(self, value: np.ndarray, strength: float) -> np.ndarray:
        """A contribution at partial strength: neutral at 0 and `value` at 1, to the bit.

        Shares, costs and factors move in a straight line from neutral; a ceiling has none to
        start from (neutral is infinite) and is divided by the strength instead.
        """
        if strength == 1.0:
            return value
        if np.isinf(self.neutral):
            with np.errstate(over="ignore"):  # a ceiling out of reach is none
                return value / strength
        return self.neutral + strength * (value - self.neutral)


_PAIR, _CELL, _REGION = ("origin", "destination"), ("origin", "destination", "sector"), ("region",)
_REGION_SECTOR, _REGION_CLASS = ("region", "sector"), ("region", "class")


def row(
    axes: tuple[str, ...],
    neutral: float,
    rule: Rule,
    unit: str,
    low: float,
    high: float,
    meaning: str,
    moves: tuple[Moves, ...],
) -> Any:
    """A field of `Levers` that is a row of the table; the fields of `Lever`, but for its name."""
    return field(
        metadata={
            "axes": axes, "neutral": neutral, "rule": rule, "unit": unit, "low": low, "high": high,
            "meaning": meaning, "moves": moves,
        }
    )  # fmt: skip


# fmt: off
@dataclass(frozen=True, eq=False)
class Levers:
    """The levers of one month: read-only arrays, a row each, R regions, S sectors, C classes.

    A new lever is a row here and whatever it means in the part of the model that it moves.
    """

    coverage: np.ndarray = row(
        _CELL, 0, "max", "share of varieties", 0, 1,
        "varieties of the flow that may not be traded", moves=("border",))
    price_ceiling: np.ndarray = row(
        _CELL, inf, "min", "baseline price", 0.01, inf,
        "highest price that may be paid", moves=("border",))
    border_cost: np.ndarray = row(
        _CELL, 1, "product", "iceberg factor", 0.01, 1000,
        "units shipped per unit received, relative to baseline", moves=("border",))
    tariff_change: np.ndarray = row(
        _CELL, 0, "sum", "share of value", -1, 10,
        "added to the baseline tariff", moves=("border",))
    payment_cost: np.ndarray = row(
        _PAIR, 0, "sum", "share of value", -0.05, 10,
        "cost of paying across the border, added to that of the baseline", moves=("border",))
    refused: np.ndarray = row(
        _PAIR, 0, "max", "share of payments", 0, 1,
        "payments for goods of the origin that banks will not make", moves=("border",))
    export_duty: np.ndarray = row(
        _CELL, 0, "sum", "share of value", -1, 10,
        "taken by the origin from what it sells abroad, paid by the buyer", moves=("border",))
    relations: np.ndarray = row(
        _PAIR, 1, "product", "factor", 0, 10,
        "level that relationship capital tends to, and weight in meetings",
        moves=("border", "technology"))
    technology_access: np.ndarray = row(
        ("origin", "destination", "class"), 1, "min", "share", 0, 1,
        "technology of the origin that the destination may still obtain", moves=("technology",))
    secondary_pressure: np.ndarray = row(
        _REGION, 0, "max", "share", 0, 1,
        "pressure on a third country and its traders", moves=("countries",))
    compliance_floor: np.ndarray = row(
        _REGION, 0, "max", "share", 0, 1,
        "least share of barred re-exports that the country stops", moves=("countries",))
    research_support: np.ndarray = row(
        _REGION_SECTOR, 0, "sum", "mUSD a month", 0, 1e6,
        "public money for domestic technology", moves=("budgets", "technology"))
    adoption_mandate: np.ndarray = row(
        _REGION_CLASS, 0, "max", "share of firms", 0, 1,
        "firms obliged to use domestic technology", moves=("technology",))
    adoption_cost: np.ndarray = row(
        _REGION, 1, "product", "factor", 0.01, 100,
        "on what a firm pays to migrate to domestic technology", moves=("migration",))
    local_content: np.ndarray = row(
        _REGION_SECTOR, 0, "max", "share of purchases", 0, 1,
        "least domestic share", moves=("border",))
    closed: np.ndarray = row(
        _REGION_SECTOR, 0, "max", "share of capacity", 0, 1,
        "plants whose owners have stopped them", moves=("plants",))
    subsidy: np.ndarray = row(
        _REGION_SECTOR, 0, "sum", "share of sales", 0, 1,
        "paid to domestic firms", moves=("budgets",))
    maturity_spillover: np.ndarray = row(
        ("region", "partner"), 0, "max", "share of the gap a month", 0, 1,
        "how fast a region learns from its partner's technology", moves=("technology",))
    transfers: np.ndarray = row(
        _REGION, 0, "sum", "mUSD a month", -1e6, 1e6,
        "received from the other regions; sums to 0", moves=("budgets",))
    customs_kept: np.ndarray = row(
        _REGION, 0, "max", "share", 0, 1,
        "import duties that a member keeps for itself instead of pooling them",
        moves=("budgets",))
    demand_shift: np.ndarray = row(
        _REGION_SECTOR, 1, "product", "factor", 0, 100,
        "final demand relative to what it would be", moves=("budgets",))

    # fmt: on
    def __post_init__(self) -> None:
        for f in fields(self):
            getattr(self, f.name).setflags(write=False)

    def same(self, other: Levers) -> bool:
        """Whether every lever has the same values."""
        return self is other or all(
            np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)
        )


LEVERS = tuple(Lever(f.name, **f.metadata) for f in fields(Levers))


def moving(part: Moves) -> tuple[Lever, ...]:
    """The levers that move a part of the model."""
    return tuple(lever for lever in LEVERS if part in lever.moves)


def find(name: str) -> Lever:
    """The row of the table with that name; InputError with the nearest if there is none."""
    for lever in LEVERS:
        if lever.name == name:
            return lever
    raise unknown("lever", name, [lever.name for lever in LEVERS])


def labels(
    lever: Lever, axes: Axes, classes: tuple[str, ...] = TECHNOLOGY_CLASSES
) -> list[tuple[str, ...]]:
    """The labels along each axis of a lever; their lengths are its shape."""
    of_axis = {"sector": axes.sectors, "class": classes}
    return [of_axis.get(axis, axes.regions) for axis in lever.axes]


def neutral(axes: Axes, classes: tuple[str, ...] = TECHNOLOGY_CLASSES) -> Levers:
    """Levers that move nothing."""
    arrays = {}
    for lever in LEVERS:
        shape = [len(names) for names in labels(lever, axes, classes)]
        arrays[lever.name] = np.full(shape, float(lever.neutral))
    return Levers(**arrays)


def combine(base: Levers, contributions: Mapping[str, Mapping[str, np.ndarray]]) -> Levers:
    """Add contributions `{contributor: {lever: array}}` to neutral levers.

    `base` itself comes back when there are none: nothing moved, nothing is copied.
    """
    if not any(contributions.values()):
        return base
    arrays = {}
    for lever in LEVERS:
        given = [part[lever.name] for part in contributions.values() if lever.name in part]
        total = getattr(base, lever.name)
        if given:  # in the order of their sizes: rounding must not depend on names
            total = _COMBINE[lever.rule].reduce(np.sort([total, *given], axis=0), axis=0)
        arrays[lever.name] = total
    return Levers(**arrays)


def check(lever: Lever, values: np.ndarray, axes: Axes) -> None:
    """Raise InputError for the first value outside the bounds, or transfers that leak."""
    bad = ~((values >= lever.low) & (values <= lever.high))  # also catches NaN
    if bad.any():
        cell = tuple(np.argwhere(bad)[0])
        named = ", ".join(names[i] for names, i in zip(labels(lever, axes), cell, strict=True))
        raise InputError(
            f"{lever.name}[{named}] = {values[cell]:g} is outside "
            f"[{lever.low:g}, {lever.high:g}] ({lever.unit})"
        )
    if lever.name == "transfers" and abs(values.sum()) > 1e-9 * max(1.0, np.abs(values).sum()):
        raise InputError(f"transfers sum to {values.sum():g} mUSD a month, not to 0")
