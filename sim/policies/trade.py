"""Trade policy and conditions: tariffs, borders, relations, demand."""

from __future__ import annotations

import numpy as np

from sim.axes import Month
from sim.policies.context import Context
from sim.policies.measure import Measure
from sim.policies.policy import Contribution, Option, policy

BOTH_WAYS = Option("both_ways", "flag", True, "also from `on` to `by`, not only from `by` to `on`")


@policy(Option("rate", "number", None, "added to the tariff, share of the value", -1, 10))
def tariff(measure: Measure, context: Context, month: Month) -> Contribution:
    """`by` changes its tariff on goods of `on`."""
    cells = context.cells(measure, context.pairs(measure.on, measure.by))
    return {"tariff_change": cells * measure.options["rate"]}


@policy(Option("rate", "number", None, "of the value at the gate; below 0: a subsidy", -1, 10))
def export_duty(measure: Measure, context: Context, month: Month) -> Contribution:
    """`by` takes a duty from what it sells to `on`; the buyer pays it, `by`'s treasury has it."""
    cells = context.cells(measure, context.pairs(measure.by, measure.on))
    return {"export_duty": cells * measure.options["rate"]}


@policy(Option("factor", "number", None, "on the iceberg cost", 0.1, 100), BOTH_WAYS)
def border_cost(measure: Measure, context: Context, month: Month) -> Contribution:
    """Crossing the border between `by` and `on` gets dearer (above 1) or cheaper (below 1)."""
    pairs = context.pairs(measure.by, measure.on, measure.options["both_ways"])
    return {"border_cost": np.where(context.cells(measure, pairs), measure.options["factor"], 1.0)}


@policy(
    Option("factor", "number", None, "on the level relationships tend to", 0, 10),
    BOTH_WAYS,
    takes=("by", "on"),
)
def relations(measure: Measure, context: Context, month: Month) -> Contribution:
    """Relations between `by` and `on` get better (above 1) or worse (below 1)."""
    pairs = context.pairs(measure.by, measure.on, measure.options["both_ways"])
    return {"relations": np.where(pairs, measure.options["factor"], 1.0)}


@policy(Option("factor", "number", None, "on final demand", 0, 100), takes=("by", "sectors"))
def demand(measure: Measure, context: Context, month: Month) -> Contribution:
    """Final demand of the regions in `by` moves."""
    shift = np.ones((context.regions, context.sectors))
    rows = context.axes.region_positions(measure.by)
    shift[np.ix_(rows, context.chosen(measure))] = measure.options["factor"]
    return {"demand_shift": shift}
