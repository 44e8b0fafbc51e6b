"""Produce: output limited by capacity, labour and inputs (model note, section 4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.compiled import compiled
from sim.phases.month import MonthSoFar, World
from sim.phases.specificity import gone


@dataclass(frozen=True)
class Production:
    """What was made. output [units], able (share of the plan that inputs allow): float64[N].

    labour: float64[N], base wage bills. inputs: float64[K] stocks left; arrived, used: float64[K];
    composite units (of a trader: goods). employment: float64[R], base wage bills.
    """

    output: np.ndarray
    able: np.ndarray
    labour: np.ndarray
    inputs: np.ndarray
    arrived: np.ndarray
    used: np.ndarray
    employment: np.ndarray


@compiled()
def bottleneck(
    firm: np.ndarray,
    needed: np.ndarray,
    available: np.ndarray,
    criticality: np.ndarray,
    gone: np.ndarray,
    able: np.ndarray,
) -> None:
    """min over inputs of 1 - crit (1 - fill), by firm (Pichler et al. 2022). able: out [N].

    fill = (1 - g) available / needed: gone g cannot be filled, the rest by what there is.
    """
    able[:] = 1.0
    for k in range(len(firm)):
        fill = 1.0 - gone[k]
        if available[k] < needed[k]:
            fill *= available[k] / needed[k]
        if fill < 1.0:
            able[firm[k]] = min(able[firm[k]], 1.0 - criticality[k] * (1.0 - fill))


def produce(world: World, month: MonthSoFar) -> Production:
    """Goods: y = y* times the tightest input, within the labour left; labour is l y / A.

    Services: what was sold. Traders: what they received, unit for unit.

    Delivered inputs can be used in the month they arrive. Where inputs run short but are not
    critical, production goes on and simply uses less of them; so it is with what is gone for good
    (`specificity`) once reserves are used up.
    """
    economy, state, plan, outcome = world.economy, world.state, month.plan, month.outcome
    network, firm = economy.network, economy.slot_firm
    received = outcome.received[economy.slots]
    received[economy.trader_inputs] = outcome.units_in[economy.trader_slot[economy.traders]]
    available = state.inputs + received
    able = np.empty(len(plan.output))
    without = gone(economy, state)
    use = economy.coefficient * (1.0 - without)
    bottleneck(firm, use * plan.output[firm], available, economy.criticality, without, able)

    wanted = np.where(economy.service, outcome.sold, plan.output * able)
    wanted[economy.traders] = received[economy.trader_inputs]  # what came in is what can go out
    per_unit = network.labour / state.efficiency
    labour = per_unit * wanted
    in_services = economy.by_region(np.where(economy.service, labour, 0.0))
    in_goods = economy.by_region(np.where(economy.service, 0.0, labour))
    hands = np.maximum(economy.labour_force - in_services, 0.0)
    staffed = np.minimum(1.0, hands / np.maximum(in_goods, 1e-300))
    output = np.where(economy.service, wanted, wanted * staffed[network.firm_region])
    output[economy.traders] = wanted[economy.traders]  # goods that only pass need no hands

    used = np.minimum(available, use * output[firm])
    return Production(
        output=output,
        able=able,
        inputs=available - used,
        arrived=received,
        used=used,
        labour=per_unit * output,
        employment=economy.by_region(per_unit * output),
    )
