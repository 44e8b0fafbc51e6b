"""Communication: services that are better and within everybody's reach, and what that costs."""

from __future__ import annotations

import numpy as np

from sim.axes import Month
from sim.errors import InputError
from sim.policies.context import Context
from sim.policies.measure import Measure
from sim.policies.policy import Contribution, Option, policy


@policy(
    Option("access", "amounts", None, "share of people well connected before, by region", 0, 1),
    Option("goal", "number", 0.95, "share connected at full strength", 0, 1),
    Option("services", "number", 0.1, "of the cost of services that cross, per unit of access the "
           "weaker side gains; 10 % more users bring 1-2 % more exports (Freund & Weinhold 2002)",
           0, 1),
    Option("documents", "number", 0.03, "of the value of goods that cross, the same; electronic "
           "documents are used by who is connected", 0, 1),
    Option("adoption", "number", 0.3, "of the cost of migrating to other technology; assumption",
           0, 1),
    Option("amounts", "amounts", {}, "mUSD a month that each region pays for the networks", 0, 1e5),
    takes=("by", "sectors"),
)  # fmt: skip
def communication_services(measure: Measure, context: Context, month: Month) -> Contribution:
    """`by` bring communication services to more people; `sectors` build the networks.

    Access counts where it is weaker: who cannot be reached cannot be served. Regions that are
    neither in `by` nor in `access` are as well connected as the goal. Networks are bought by the
    governments, in equal parts from `sectors`; what makers of technology sell would be research, so
    they are left out.
    """
    before = np.full(context.regions, max(1.0, measure.options["goal"]))
    for region, share in measure.options["access"].items():
        before[context.axes.region(region)] = share
    after = before.copy()
    for row in context.axes.region_positions(measure.by):
        if context.axes.regions[row] not in measure.options["access"]:
            raise InputError(f"access of {context.axes.regions[row]} is not given")
        after[row] = measure.options["goal"]
    after = np.maximum(after, before)
    weaker = np.minimum.outer(after, after) - np.minimum.outer(before, before)
    np.fill_diagonal(weaker, 0.0)
    saving = np.where(
        context.axes.is_good, measure.options["documents"], measure.options["services"]
    )
    return {
        "border_cost": 1.0 - saving * weaker[:, :, None],
        "adoption_cost": 1.0 - measure.options["adoption"] * (after - before),
        "research_support": _built(measure, context),
    }


def _built(measure: Measure, context: Context) -> np.ndarray:
    """`[R,S]` mUSD a month: what governments buy from the sectors that build."""
    out = np.zeros((context.regions, len(context.axes.sectors)))
    if not measure.options["amounts"]:
        return out
    chosen = context.chosen(measure)
    chosen[context.technology_source] = False
    if not chosen.any():
        raise InputError("sectors: all of them make technology; name some that build networks")
    for region, amount in measure.options["amounts"].items():
        out[context.axes.region(region), chosen] = amount / chosen.sum()
    return out
