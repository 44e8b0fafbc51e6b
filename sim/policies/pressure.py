"""Pressure on third countries and their banks and traders, and what they control themselves."""

from __future__ import annotations

import numpy as np

from sim.axes import Month
from sim.policies.context import Context
from sim.policies.measure import Measure
from sim.policies.policy import Contribution, Option, policy

NEEDS = Option(
    "needs", "regions", (), "who has to be among `by`, or nobody is afraid: [USA] for the dollar"
)


@policy(Option("level", "number", None, "pressure, 1: full secondary sanctions"), NEEDS,
        takes=("by", "on"))  # fmt: skip
def secondary_pressure(measure: Measure, context: Context, month: Month) -> Contribution:
    """`by` threatens the third countries `on`: secondary sanctions, envoys, warnings."""
    return {"secondary_pressure": _threatened(measure, context) * measure.options["level"]}


@policy(
    Option("firms", "number", None, "traders of a country on the list so far", 0, 1e5),
    Option("half", "number", 5.0, "how many make half of full pressure; assumption", 1, 1e4),
    NEEDS,
    takes=("by", "on"),
)
def trader_listing(measure: Measure, context: Context, month: Month) -> Contribution:
    """`by` lists traders of the third countries `on`; the first names frighten most.

    Pressure is firms / (firms + half).
    """
    firms = measure.options["firms"]
    level = firms / (firms + measure.options["half"])
    return {"secondary_pressure": _threatened(measure, context) * level}


@policy(
    Option("banks", "regions", None, "third countries whose banks give up"),
    Option("cost", "number", None, "share of the value paid", 0, 5),
    Option("refused", "number", 0.0, "share of payments for goods sold to `on` that are refused"),
    NEEDS,
    takes=("by", "on"),
)
def bank_derisking(measure: Measure, context: Context, month: Month) -> Contribution:
    """For fear of `by`, banks of third countries make payments with `on` dearer, both ways.

    And some they no longer make at all: those for what their countries sell to `on`.
    """
    if not _backed(measure, context):
        return {}
    banks = measure.options["banks"]
    pairs = context.pairs(banks, measure.on, both_ways=True)
    refused = context.pairs(banks, measure.on) * measure.options["refused"]
    return {"payment_cost": pairs * measure.options["cost"], "refused": refused}


@policy(
    Option("level", "number", None, "least share of barred re-exports that is stopped"),
    takes=("on",),
)
def compliance_floor(measure: Measure, context: Context, month: Month) -> Contribution:
    """The transit countries `on` control: goods tracking, export licences, customs blocks."""
    floor = np.zeros(context.regions)
    floor[context.axes.region_positions(measure.on)] = measure.options["level"]
    return {"compliance_floor": floor}


def _threatened(measure: Measure, context: Context) -> np.ndarray:
    """`bool[R]`: those in `on`, if who matters is among `by`; nobody threatens itself."""
    if not _backed(measure, context):
        return np.zeros(context.regions, dtype=bool)
    return np.asarray(context.pairs(measure.by, measure.on).any(axis=0))


def _backed(measure: Measure, context: Context) -> bool:
    wanted = context.axes.region_positions(measure.options["needs"])
    return bool(np.isin(wanted, context.axes.region_positions(measure.by)).all())
