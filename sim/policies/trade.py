"""Trade policy and conditions: tariffs, borders, relations, demand."""

from __future__ import annotations

from datetime import date

import numpy as np

from sim.axes import Month
from sim.policies import schedule
from sim.policies.context import Context
from sim.policies.measure import Measure
from sim.policies.policy import Contribution, Option, policy

BOTH_WAYS = Option("both_ways", "flag", True, "also from `on` to `by`, not only from `by` to `on`")


@policy(Option("rate", "number", None, "added to the tariff, share of the value", -1, 10))
def tariff(measure: Measure, context: Context, month: Month) -> Contribution:
    """`by` changes its tariff on goods of `on`."""
    cells = context.cells(measure, context.pairs(measure.on, measure.by))
    return {"tariff_change": cells * measure.options["rate"]}


@policy(
    Option("table", "schedule", None, "CSV file with the columns " + ", ".join(schedule.COLUMNS)),
    takes=(),
)
def tariff_schedule(measure: Measure, context: Context, month: Month) -> Contribution:
    """Tariffs change by a table: a row holds from its date until a later row for the same flow.

    rate is added to the tariff of the base year, a share of the value (-0.05: five points less).
    importer, exporter and sector are codes or sets (members, partners, all, goods, services).
    Where rows of one date meet in a cell, the last of them holds.
    """
    rows = measure.options["table"]
    dates, levels = context.remembered(("schedule", rows), lambda: _levels(rows, context))
    days = measure.share(month)
    change = np.zeros_like(levels[0])
    for level, since, until in zip(levels, dates, [*dates[1:], None], strict=True):
        share = measure.share(month, since, until)
        if share:  # a whole month of one level is that level, to the bit
            change += level * (share / days)
    return {"tariff_change": change}


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


def _levels(rows: tuple[str, ...], context: Context) -> tuple[list[date], list[np.ndarray]]:
    """Dates, and what is added to the tariff from each on, `[R,R,S]`."""
    axes = context.axes
    change = np.zeros((context.regions, context.regions, context.sectors))
    same = np.arange(context.regions)
    dates: list[date] = []
    levels: list[np.ndarray] = []
    regions: dict[str, np.ndarray] = {}
    sectors: dict[str, np.ndarray] = {}
    for row in sorted(schedule.parsed(rows), key=lambda row: row.since):
        for code in (row.importer, row.exporter):
            if code not in regions:
                regions[code] = axes.region_positions([code])
        if row.sector not in sectors:
            sectors[row.sector] = axes.sector_positions([row.sector])
        if not dates or row.since > dates[-1]:
            dates.append(row.since)
            levels.append(change := change.copy())
        change[np.ix_(regions[row.exporter], regions[row.importer], sectors[row.sector])] = row.rate
        change[same, same] = 0.0
    return dates, levels
