"""The union and its neighbours brought closer: missions, ventures, documents, money, sharing."""

from __future__ import annotations

import numpy as np

from sim.axes import Month
from sim.errors import InputError
from sim.policies.context import Context
from sim.policies.measure import Measure
from sim.policies.policy import Contribution, Option, policy

OPENED = Option("opened", "number", None, "how many; below 0: closed", -50, 50)


@policy(
    OPENED,
    Option("effect", "number", 0.08, "exports per mission; 6-10 % per consulate (Rose 2007)", 0, 1),
    takes=("by", "on"),
)
def trade_mission(measure: Measure, context: Context, month: Month) -> Contribution:
    """`by` opens or closes trade missions in `on`, for its own exports.

    (1 + effect)^opened. A buyer's budget splits in proportion to relationship capital, so at
    given prices exports follow the factor, which is what Rose measures.
    """
    factor = _power(1.0 + measure.options["effect"], measure.options["opened"])
    return _closer(measure, context, factor, both_ways=False)


@policy(
    OPENED,
    Option("effect", "number", 0.06, "trade per consulate; low end of Rose 2007", 0, 1),
    takes=("by", "on"),
)
def consulate(measure: Measure, context: Context, month: Month) -> Contribution:
    """`by` opens or closes consulates in `on`: visas and papers, which serve both directions."""
    factor = _power(1.0 + measure.options["effect"], measure.options["opened"])
    return _closer(measure, context, factor, both_ways=True)


@policy(
    Option("ratio", "number", None, "joint ventures relative to the baseline", 0.01, 100),
    Option("elasticity", "number", 0.1, "d log trade / d log ventures; assumption", 0, 1),
    takes=("by", "on"),
)
def joint_ventures(measure: Measure, context: Context, month: Month) -> Contribution:
    """More or fewer joint ventures of `by` and `on`: partners who know each other trade more."""
    factor = _power(measure.options["ratio"], measure.options["elasticity"])
    return _closer(measure, context, factor, both_ways=True)


@policy(
    Option("share", "number", 0.12, "of purchases that are public; OECD: 12 % of GDP", 0, 1),
    Option("tilt", "number", 0.5, "how much more of them goes to each other; assumption", 0, 5),
    takes=("by",),
)
def common_procurement(measure: Measure, context: Context, month: Month) -> Contribution:
    """Members `by` open public purchases to each other's firms.

    Moves relations, not demand: procurement decides with whom one deals, not how much is
    bought, and money that follows a new supplier is not money added.
    """
    pairs = context.pairs(measure.by, measure.by)
    factor = 1.0 + measure.options["share"] * measure.options["tilt"]
    return {"relations": np.where(pairs, factor, 1.0)}


@policy(
    Option("saving", "number", 0.03, "of the value that crosses, both sides fully digital; "
           "documents -18 %, exports +13 % (Suominen)", 0, 0.5),
    Option("capability", "amounts", {}, "e-government of some regions, instead of "
           "egovernment.csv", 0, 1),
)  # fmt: skip
def e_documents(measure: Measure, context: Context, month: Month) -> Contribution:
    """Electronic documents cross the border between `by` and `on`, both ways.

    The saving is scaled by the weaker side's e-government (egovernment.csv, where there is one):
    nobody can read what the other cannot issue.
    """
    cells = context.cells(measure, context.pairs(measure.by, measure.on, both_ways=True))
    able = context.egovernment.copy()
    for region, capability in measure.options["capability"].items():
        able[context.axes.region(region)] = capability
    weaker = np.minimum.outer(able, able)[:, :, None]
    return {"border_cost": np.where(cells, 1.0 - measure.options["saving"] * weaker, 1.0)}


@policy(
    Option("saving", "number", 0.01, "share of the value paid; assumption", 0, 0.05),
    takes=("by", "on"),
)
def national_currency(measure: Measure, context: Context, month: Month) -> Contribution:
    """`by` and `on` settle in their own currencies, without a detour over the dollar.

    The lever is a cost, so this lowers it; all such savings of a pair together end at 0.05. What
    is saved beyond other costs of paying had gone to banks on the way: the border costs less.
    """
    pairs = context.pairs(measure.by, measure.on, both_ways=True)
    return {"payment_cost": np.where(pairs, -measure.options["saving"], 0.0)}


@policy(
    Option("rate", "number", None, "added to the tariff, share of the value", -1, 10),
    takes=("sectors",),
)
def common_tariff(measure: Measure, context: Context, month: Month) -> Contribution:
    """All members change the common external tariff on goods of everybody else."""
    goods = context.chosen(measure) & context.axes.is_good
    if not goods.any():
        raise InputError("a tariff falls on goods, and sectors holds none")
    cells = context.pairs(["partners"], ["members"])[:, :, None] & goods
    return {"tariff_change": cells * measure.options["rate"]}


@policy(takes=("by",))
def own_customs(measure: Measure, context: Context, month: Month) -> Contribution:
    """Members `by` leave the pool of import duties: each keeps what it collects.

    Those that stay share the rest in proportion to their quotas.
    """
    kept = np.zeros(context.regions)
    kept[context.axes.region_positions(measure.by)] = 1.0
    return {"customs_kept": kept}


@policy(
    Option("share", "number", 1.0, "of the duty that outsiders pay"),
    takes=("by", "sectors"),
)
def outside_tariff(measure: Measure, context: Context, month: Month) -> Contribution:
    """Members `by` charge each other what they charge outsiders: trade without the union.

    The mean duty on goods of those partners that pay any, weighted by trade (most favoured nation).
    """
    pairs = context.pairs(measure.by, measure.by)
    rate = measure.options["share"] * context.outside_tariff * context.chosen(measure)
    return {"tariff_change": pairs[:, :, None] * rate}


@policy(
    Option("amounts", "amounts", None, "mUSD a month received (paid: below 0); sums to 0",
           -1e6, 1e6),
    takes=(),
)  # fmt: skip
def burden_sharing(measure: Measure, context: Context, month: Month) -> Contribution:
    """Governments pay each other: who bears the costs of sanctions is agreed, not left to fall."""
    received = np.zeros(context.regions)
    for region, amount in measure.options["amounts"].items():
        received[context.axes.region(region)] = amount
    return {"transfers": received}


def _closer(measure: Measure, context: Context, factor: float, both_ways: bool) -> Contribution:
    pairs = context.pairs(measure.by, measure.on, both_ways)
    return {"relations": np.where(pairs, factor, 1.0)}


def _power(base: float, exponent: float) -> float:
    from sim.arithmetic import power  # when a month is worked out: settings load without Numba

    return float(power(base, exponent))
