"""Sanctions: what may no longer be sold, bought, carried, paid for, or paid more for."""

from __future__ import annotations

import numpy as np

from sim.axes import Month
from sim.policies.context import Context
from sim.policies.measure import Measure
from sim.policies.policy import Contribution, Option, policy

COVERAGE = Option("coverage", "coverage", 1.0, "share of varieties barred, or a table of dates")
ENFORCEMENT = Option("enforcement", "number", 1.0, "share of the coverage that holds")
OVER_COMPLIANCE = Option(
    "over_compliance", "number", 0.0, "share of the varieties left that firms drop on their own"
)


@policy(COVERAGE, ENFORCEMENT, OVER_COMPLIANCE)
def export_ban(measure: Measure, context: Context, month: Month) -> Contribution:
    """`by` stops selling the covered varieties to `on`; services are banned like goods."""
    barred = context.listed(measure, month)  # [destination, sector]
    return {"coverage": context.pairs(measure.by, measure.on)[:, :, None] * barred}


@policy(COVERAGE, ENFORCEMENT, OVER_COMPLIANCE)
def import_ban(measure: Measure, context: Context, month: Month) -> Contribution:
    """`by` stops buying the covered varieties from `on`."""
    barred = context.listed(measure, month)[:, None, :]  # [origin, 1, sector]
    return {"coverage": context.pairs(measure.on, measure.by)[:, :, None] * barred}


@policy()
def embargo(measure: Measure, context: Context, month: Month) -> Contribution:
    """No trade between `by` and `on`, either way."""
    cells = context.cells(measure, context.pairs(measure.by, measure.on, both_ways=True))
    return {"coverage": cells.astype(float)}


@policy(
    Option("imports", "number", 1.0, "share of varieties of `on` that `by` stops buying"),
    Option("exports", "number", 0.0, "share of varieties that `by` stops selling to `on`"),
)
def counter_sanctions(measure: Measure, context: Context, month: Month) -> Contribution:
    """The target `by` answers the senders `on`: it bars what it buys, or what it sells."""
    cells = context.cells(measure, context.pairs(measure.by, measure.on))
    bought = cells.transpose(1, 0, 2) * measure.options["imports"]
    return {"coverage": np.maximum(bought, cells * measure.options["exports"])}


@policy(Option("coverage", "number", None, "share of varieties that find no way"))
def road_closed(measure: Measure, context: Context, month: Month) -> Contribution:
    """A part of what `by` sells to `on` finds no way there: a port, a pipeline, a line is closed.

    Nobody's ban: buyers may look for the same goods elsewhere, and nobody is pressed.
    """
    cells = context.cells(measure, context.pairs(measure.by, measure.on))
    return {"coverage": cells * measure.options["coverage"]}


@policy(Option("coverage", "number", None, "share of varieties that firms withdraw"))
def private_exit(measure: Measure, context: Context, month: Month) -> Contribution:
    """Firms of `by` leave the market of `on`, or pause, whatever the law allows them.

    Bans and exits meet in the larger of the two: whoever may not sell cannot leave as well.
    """
    cells = context.cells(measure, context.pairs(measure.by, measure.on))
    return {"coverage": cells * measure.options["coverage"]}


@policy(
    Option(
        "share", "number", None, "share of the capacity of the sectors of `on` that stands still"
    ),
    takes=("on", "sectors"),
)
def plants_closed(measure: Measure, context: Context, month: Month) -> Contribution:
    """Foreign owners stop their plants in `on`: what is made there falls, whatever the demand."""
    shut = np.zeros((context.regions, context.sectors))
    rows = context.axes.region_positions(measure.on)
    shut[np.ix_(rows, context.chosen(measure))] = measure.options["share"]
    return {"closed": shut}


@policy(
    Option("ceiling", "number", None, "highest price, in baseline prices", 0.01, 100),
    Option("buyers", "regions", ("all",), "whose purchases from `on` are held to it"),
)
def price_ceiling(measure: Measure, context: Context, month: Month) -> Contribution:
    """`by` sees to it that `buyers` pay no more than a ceiling for goods of `on`.

    Partial strength (a share of the month, imperfect enforcement) raises the ceiling in
    proportion: 0.6 enforced by half is 1.2.
    """
    cells = context.cells(measure, context.pairs(measure.on, measure.options["buyers"]))
    return {"price_ceiling": np.where(cells, measure.options["ceiling"], np.inf)}


@policy(Option("cost", "number", None, "of the way round, share of the goods carried", 0, 5))
def transit_ban(measure: Measure, context: Context, month: Month) -> Contribution:
    """Goods of `by` on their way to `on` may not take the usual route.

    `on` is where they are bought, not the country they may no longer cross.
    """
    cells = context.cells(measure, context.pairs(measure.by, measure.on))
    return {"border_cost": np.where(cells, 1.0 + measure.options["cost"], 1.0)}


@policy(
    Option("cost", "number", None, "share of the value paid", 0, 5),
    Option("refused", "number", 0.0, "share of payments for goods sold to `on` that are refused"),
    takes=("by", "on"),
)
def payment_removal(measure: Measure, context: Context, month: Month) -> Contribution:
    """Payments between `by` and `on` get dearer, both ways: banks, cards, messages cut off.

    And some are not made at all: for what `by` sells. What `on` sells is paid by banks that were
    left in for it (energy).
    """
    pairs = context.pairs(measure.by, measure.on, both_ways=True)
    refused = context.pairs(measure.by, measure.on) * measure.options["refused"]
    return {"payment_cost": pairs * measure.options["cost"], "refused": refused}
