"""From the levers of a month to a shock: what each of them means in a world without time.

Every lever is translated, or has nothing to work on in the textbook and says so, or is refused by
name. Countries' own answers (retaliation, compliance, research from tariffs) are decisions of
agents, not levers of a scenario, and have no part in this.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sim.arithmetic import power
from sim.baseline.balance import Baseline
from sim.baseline.technology import sector_dependence, supplier_shares
from sim.equilibrium.accounts import Accounts, Shock
from sim.equilibrium.solver import NoEquilibrium
from sim.errors import unknown
from sim.levers import LEVERS, Levers
from sim.params import BehaviourParams, TechnologyParams

MEANT = {
    "coverage": "share of an origin's varieties that is gone",
    "price_ceiling": "complementarity: where it binds, the buyer keeps what the seller loses",
    "border_cost": "iceberg",
    "tariff_change": "tariff, its revenue to the importer",
    "payment_cost": "wedge, its revenue to the banks of both sides; a saving is an iceberg",
    "refused": "share of an origin's varieties that is gone, as after a ban",
    "relations": "weight of the origin in what buyers choose; variety as far as "
    "behaviour.tie_variety says",
    "export_duty": "wedge, its revenue to the origin's treasury",
    "technology_access": "productivity of labour, once all that was cut off is worn out and nobody "
    "else supplies it",
    "local_content": "iceberg on imports, for what is asked beyond the home share",
    "subsidy": "share of unit cost, paid by the region",
    "transfers": "money between regions",
    "demand_shift": "shares of final demand",
}
IDLE = {
    "secondary_pressure": "works on traders and on third countries, of which the textbook has none",
    "compliance_floor": "stops re-exports by traders, of which the textbook has none",
    "closed": "limits capacity, of which the textbook has none",
    "customs_kept": "moves duties between treasuries, of which the textbook has none",
}
REFUSED = {
    "research_support": "buys technology that grows with time",
    "adoption_mandate": "obliges firms to use technology that matures with its use",
    "adoption_cost": "is paid once, while firms migrate",
    "maturity_spillover": "is learning, which takes time",
}
TECHNOLOGY = ("technology_access", *REFUSED)
LEAST_PAID = 0.01  # of a price, under any subsidy to exports; as in the agent model's clearing


@dataclass(frozen=True)
class Translation:
    """A shock, and a line on every lever that was away from neutral: `notes`, by lever."""

    shock: Shock
    notes: dict[str, str]


def accounts_of(
    baseline: Baseline, behaviour: BehaviourParams | None = None, markups: bool = False
) -> Accounts:
    """The balanced tables as accounts, with sigma as the agent model scales it.

    markups: profits are a mark-up on all costs, as in the agent model; by default all value added
    is a wage, as in the textbook.
    """
    rules = behaviour or BehaviourParams()
    return Accounts.of(
        baseline.trade,
        1.0 + rules.sigma_scale * (baseline.sigma - 1.0),
        baseline.tariff,
        baseline.use,
        baseline.final,
        profit=baseline.value_added * (1.0 - baseline.labour_share) if markups else 0.0,
        regions=baseline.axes.regions,
        sectors=baseline.axes.sectors,
    )


def translate(
    levers: Levers,
    baseline: Baseline,
    behaviour: BehaviourParams | None = None,
    technology: TechnologyParams | None = None,
    leave_out: Iterable[str] = (),
    variety: float | None = None,
) -> Translation:
    """The shock that the levers of one month are.

    leave_out: levers that are to count as neutral. variety: share of closer relations that makes a
    basket better, by default as in the agent model (behaviour.tie_variety); the rest only moves
    demand from one origin to another. NoEquilibrium (an InputError) for a lever that needs time and
    moves something.
    """
    rules, classes = behaviour or BehaviourParams(), technology or TechnologyParams()
    left = tuple(leave_out)
    names = [lever.name for lever in LEVERS]
    for name in left:
        if name not in names:
            raise unknown("lever", name, names)
    moved = {lever.name for lever in LEVERS if (getattr(levers, lever.name) != lever.neutral).any()}
    notes: dict[str, str] = {}
    refused = []
    for lever in LEVERS:
        name = lever.name
        if name not in moved:
            continue
        if name in left:
            notes[name] = "left out, as asked"
        elif name in TECHNOLOGY and not classes.active:
            notes[name] = "technology is off"
        elif name in REFUSED:
            refused.append(name)
        else:
            notes[name] = MEANT.get(name) or IDLE[name]
    if refused:
        reasons = ", ".join(f"{name} {REFUSED[name]}" for name in refused)
        raise NoEquilibrium(
            f"{reasons}: that has no place in a static equilibrium; "
            f"leave_out={','.join([*left, *refused])} solves for the rest"
        )
    active = {name for name, note in notes.items() if name in MEANT and note == MEANT[name]}

    def value(name: str) -> np.ndarray:
        if name in active:
            return getattr(levers, name)
        neutral = next(lever.neutral for lever in LEVERS if lever.name == name)
        return np.full_like(getattr(levers, name), neutral)

    payment = value("payment_cost")
    spared = 1.0 + np.minimum(payment, 0.0)
    relations = value("relations")
    share = rules.tie_variety if variety is None else variety
    tariff = np.maximum(baseline.tariff + value("tariff_change"), 0.0)
    fee = np.maximum(payment, 0.0)
    # as `phases.clear.draw_border`: a subsidy to exports goes no further than giving them away
    most = -(1.0 - LEAST_PAID) * (1.0 + tariff + fee[:, :, None])
    shock = Shock(
        tariff=tariff,
        iceberg=value("border_cost")
        * spared[:, :, None]
        * _local_content(value("local_content"), baseline, rules),
        weight=(1.0 - value("coverage")) * ((1.0 - value("refused")) * relations)[:, :, None],
        counted=power(np.maximum(relations, 1.0), share - 1.0),
        fee=fee,
        fee_to_origin=rules.fee_to_origin,
        duty=np.maximum(value("export_duty"), most),
        ceiling=value("price_ceiling"),
        skill=_efficiency(value("technology_access"), baseline, classes),
        subsidy=value("subsidy"),
        transfers=value("transfers"),
        demand=value("demand_shift"),
    )
    return Translation(shock, notes)


def _local_content(asked: np.ndarray, baseline: Baseline, rules: BehaviourParams) -> np.ndarray:
    """Iceberg on imports `[R,R,S]`; the rule is that of `phases.clear.local_content_cost`."""
    if not asked.any():
        return np.ones_like(baseline.trade)
    member = baseline.axes.is_member
    home = np.eye(len(member), dtype=bool) | (member[:, None] & member[None, :])
    bought = baseline.trade.sum(axis=0)
    domestic = (baseline.trade * home[:, :, None]).sum(axis=0) / np.maximum(bought, 1e-300)
    lacking = np.maximum(asked - domestic, 0.0)
    return 1.0 + rules.local_content_cost * np.where(home[:, :, None], 0.0, lacking)


def _efficiency(access: np.ndarray, baseline: Baseline, rules: TechnologyParams) -> np.ndarray:
    """A = 1 - sum pi theta L by region and sector (model note, section 8); nothing is migrated.

    L is what the base year's suppliers no longer give.
    """
    table = baseline.technology
    theta = sector_dependence(table, baseline.use, baseline.output)
    weight = rules.weight_scale * table.weight * rules.active
    lost = (supplier_shares(table, baseline.trade) * (1.0 - access)).sum(axis=0)
    return 1.0 - (theta * (lost * weight)[:, None, :]).sum(axis=2)
