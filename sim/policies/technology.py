"""Technology: what is cut off, and what makes a region able to do without (model note, section 8).

Sovereignty policies of a country stand first, those of several members together after them.
"""

from __future__ import annotations

import numpy as np

from sim.axes import Month
from sim.errors import InputError
from sim.levers import TECHNOLOGY_CLASSES
from sim.policies.context import Context
from sim.policies.measure import Measure
from sim.policies.policy import Contribution, Option, policy

CLASSES = Option("classes", "classes", TECHNOLOGY_CLASSES, "of technology")
AMOUNT = Option("amount_musd_month", "number", None, "million USD a month", 0, 1e5)
SHARES = ("gdp", "population", "equal")


@policy(
    CLASSES,
    Option("access", "number", 0.0, "share that can still be had"),
    takes=("by", "on"),
)
def technology_ban(measure: Measure, context: Context, month: Month) -> Contribution:
    """`by` no longer lets `on` have its technology: licences, updates, parts, machines."""
    cells = context.pairs(measure.by, measure.on)[:, :, None] & _chosen(measure)
    return {"technology_access": np.where(cells, measure.options["access"], 1.0)}


@policy(AMOUNT, CLASSES, takes=("by",))
def research(measure: Measure, context: Context, month: Month) -> Contribution:
    """Each of `by` pays so much for research on domestic technology, classes in equal parts."""
    amount = measure.options["amount_musd_month"]
    return {"research_support": _paid(measure, context, _members(measure, context) * amount)}


@policy(Option("share", "number", None, "of firms that are obliged"), CLASSES, takes=("by",))
def adoption_mandate(measure: Measure, context: Context, month: Month) -> Contribution:
    """`by` obliges a share of its firms to move to domestic technology, as far as there is any."""
    cells = _members(measure, context)[:, None] & _chosen(measure)
    return {"adoption_mandate": cells * measure.options["share"]}


@policy(Option("share", "number", None, "least domestic share of purchases"),
        takes=("by", "sectors"))  # fmt: skip
def local_content(measure: Measure, context: Context, month: Month) -> Contribution:
    """`by` asks for a least domestic share in what is bought of the sectors.

    Imports get dearer by what it exceeds the share of the base year; members of the union count
    as domestic to each other, as in its public procurement.
    """
    cells = _members(measure, context)[:, None] & context.chosen(measure)
    return {"local_content": cells * measure.options["share"]}


@policy(Option("rate", "number", None, "share of sales"), takes=("by", "sectors"))
def subsidy(measure: Measure, context: Context, month: Month) -> Contribution:
    """`by` pays its firms of the sectors a share of their sales."""
    cells = _members(measure, context)[:, None] & context.chosen(measure)
    return {"subsidy": cells * measure.options["rate"]}


@policy(
    AMOUNT,
    CLASSES,
    Option("hosts", "regions", None, "members where the research is done"),
    Option(
        "cost", "choice", "gdp", "what the members' parts of cost and work follow", choices=SHARES
    ),
    Option("spillover", "number", 0.05, "share of the gap a month; assumption"),
    takes=("by",),
)
def joint_programme(measure: Measure, context: Context, month: Month) -> Contribution:
    """Members `by` pay one programme together, `hosts` carry it out, all learn what comes of it.

    amount_musd_month is that of the whole programme. The hosts' governments spend it in the same
    proportions as members pay; transfers that sum to zero leave every member with its part.
    Technology is shared, and with it the dependence on the hosts.
    """
    members = _members(measure, context)
    hosts = np.zeros_like(members)
    hosts[context.axes.region_positions(measure.options["hosts"])] = True
    if not (hosts & members).any() or (hosts & ~members).any():
        raise InputError(f"hosts {measure.options['hosts']} are not all among `by` {measure.by}")
    amount = measure.options["amount_musd_month"]
    size = np.where(members, context.size(measure.options["cost"]), 0.0)
    spent = amount * size * hosts / (size * hosts).sum()
    return {
        "research_support": _paid(measure, context, spent),
        "transfers": spent - amount * size / size.sum(),
        "maturity_spillover": _among(members) * measure.options["spillover"],
    }


@policy(
    Option("spillover", "number", 0.02, "share of the gap a month; assumption"),
    Option("adoption_cost", "number", 0.9, "factor on the cost of migrating; assumption", 0.1, 1),
    takes=("by",),
)
def competence_centre(measure: Measure, context: Context, month: Month) -> Contribution:
    """A digital centre of `by` (Almaty): members learn from each other and migrate for less."""
    members = _members(measure, context)
    return {
        "maturity_spillover": _among(members) * measure.options["spillover"],
        "adoption_cost": np.where(members, measure.options["adoption_cost"], 1.0),
    }


@policy(
    Option("spillover", "number", 0.02, "share of the gap a month, both sides fully digital; "
           "assumption"),
    takes=("by",),
)  # fmt: skip
def egov_exchange(measure: Measure, context: Context, month: Month) -> Contribution:
    """`by` open their e-government to each other and learn as fast as the weaker side can.

    The spill-over is scaled by the lower capability of each pair (egovernment.csv): one has to
    be able to teach, the other to absorb (Cohen & Levinthal 1990).
    """
    weaker = np.minimum.outer(context.egovernment, context.egovernment)
    pairs = _among(_members(measure, context))
    return {"maturity_spillover": pairs * weaker * measure.options["spillover"]}


def _members(measure: Measure, context: Context) -> np.ndarray:
    """`bool[R]`: the regions in `by`."""
    out = np.zeros(context.regions, dtype=bool)
    out[context.axes.region_positions(measure.by)] = True
    return out


def _among(members: np.ndarray) -> np.ndarray:
    """`bool[R,R]`: pairs of different regions of a set."""
    pairs = members[:, None] & members & ~np.eye(len(members), dtype=bool)
    if not pairs.any():
        raise InputError("by holds only one region; there is nobody to learn from")
    return pairs


def _chosen(measure: Measure) -> np.ndarray:
    """`bool[C]`: the technology classes of a measure."""
    return np.array([name in measure.options["classes"] for name in TECHNOLOGY_CLASSES])


def _paid(measure: Measure, context: Context, amounts: np.ndarray) -> np.ndarray:
    """`[R,S]` mUSD a month: amounts `[R]` in equal parts to the sectors that make the classes."""
    out = np.zeros((context.regions, context.sectors))
    source = context.technology_source[_chosen(measure)]
    np.add.at(out.T, source, amounts / len(source))
    return out
