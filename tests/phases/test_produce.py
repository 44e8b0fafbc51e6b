"""What firms make of the inputs that came, against numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bench import MAN, NOR, RAW, SER, SUD, WLD, Bench

import sim


def produced(bench: Bench, firm: int, fills: dict[int, tuple[float, float]]):
    """Production of a firm that plans 100 from slots of 0.2; fills: slot: (share, criticality)."""
    slots, economy = bench.slots(firm), bench.economy
    coefficient, criticality = economy.coefficient.copy(), economy.criticality.copy()
    coefficient[slots], criticality[slots] = 0.2, 0.0
    bench.state.inputs[slots] = 20.0
    for k, (fill, critical) in fills.items():
        bench.state.inputs[slots[k]], criticality[slots[k]] = fill * 20.0, critical
    bench.economy = replace(economy, coefficient=coefficient, criticality=criticality)
    plan, outcome = bench.plan(), bench.clear()
    received = outcome.received.copy()
    received[economy.slots[slots]] = 0.0
    plan.output[firm] = 100.0
    return slots, bench.produce(plan, replace(outcome, received=received))


@pytest.mark.parametrize(
    ("critical", "fill", "output"),
    [(0.0, 0.25, 100.0), (0.5, 0.25, 62.5), (1.0, 0.25, 25.0), (1.0, 0.0, 0.0), (1.0, 2.0, 100.0)],
)
def test_partially_binding_leontief(bench, critical, fill, output):
    f = bench.firm(NOR, RAW)
    slots, made = produced(bench, f, {0: (fill, critical)})
    assert made.output[f] == pytest.approx(output)
    assert made.able[f] == pytest.approx(output / 100.0)
    # what is there is used, up to the recipe
    left = max(fill * 20.0 - 0.2 * output, 0.0)
    assert made.inputs[slots[0]] == pytest.approx(left)


def test_the_tightest_input_decides(bench):
    f = bench.firm(NOR, MAN)
    slots, made = produced(bench, f, {0: (0.5, 0.5), 1: (0.9, 1.0)})  # 0.75 and 0.90
    assert len(slots) >= 2
    assert made.output[f] == pytest.approx(75.0)


def test_inputs_that_arrive_are_used_in_the_same_month(bench):
    f = bench.firm(NOR, RAW)
    slots = bench.slots(f)
    bench.state.inputs[slots] = 0.0
    plan = bench.plan()
    outcome = bench.clear(plan)
    arrived = outcome.received[bench.economy.slots[slots]]
    used = bench.economy.coefficient[slots] * plan.output[f]
    assert (arrived >= (1.0 - 1e-9) * used).all()
    made = bench.produce(plan, outcome)
    assert made.output[f] == pytest.approx(plan.output[f])


def test_a_region_cannot_employ_more_than_its_labour_force(bench):
    economy, plan, outcome = bench.economy, bench.plan(), bench.clear()
    rest = bench.produce(plan, outcome)
    assert rest.employment == pytest.approx(economy.employment)
    assert economy.employment == pytest.approx(0.95 * economy.labour_force)
    there = economy.network.firm_region == SUD
    bench.state.inputs[there[economy.slot_firm]] *= 10.0
    plan.output[there & ~economy.service] *= 3.0
    made = bench.produce(plan, outcome)
    assert made.employment[SUD] == pytest.approx(economy.labour_force[SUD])
    assert made.employment[[NOR, WLD]] == pytest.approx(economy.employment[[NOR, WLD]])
    # goods give way to services, all by the same share: hands left / hands wanted
    work = economy.network.labour * rest.output
    services = work[there & economy.service].sum()
    goods = work[there & ~economy.service].sum()
    share = (economy.labour_force[SUD] - services) / (3.0 * goods)
    scarce = there & ~economy.service
    assert made.output[scarce] == pytest.approx(share * plan.output[scarce])
    assert made.output[there & economy.service] == pytest.approx(
        rest.output[there & economy.service]
    )


def test_services_are_not_stored(toy):
    measure = "+scenario.measures.boom={policy: demand, by: [NOR], sectors: [SER], factor: 1.2}"
    model = sim.UnionModel(sim.load("baseline=toy", "firms.count=60", "months=4", measure), toy)
    service = model.economy.service
    for _ in range(4):
        model.step()
        assert (model.state.stock[service] == 0.0).all()
    made, sold = (model.panel.values("sectors", name)[:, :, SER] for name in ("output", "sales"))
    assert np.array_equal(made, sold)
    assert (sold[:, NOR] > 1.05 * model.panel.base("sectors", "sales")[NOR, SER]).all()
    assert (model.panel.values("sectors", "stock")[:, :, :SER] > 0.0).all()


def test_goods_that_only_pass_need_no_hands(toy):
    """A hub whose labour is short sells on all the same: what reaches a trader goes on."""
    ban = "+scenario.measures.ban={policy: embargo, by: [WLD], on: [NOR]}"
    model = sim.UnionModel(sim.load("baseline=toy", "firms.count=60", "months=24", ban), toy)
    economy, hub = model.economy, SUD
    economy.employment[hub] *= 0.9  # the labour force shrinks by a tenth
    for _ in range(24):
        model.step()
    assert model.panel.values("transit", "reexports_musd")[-1, hub] > 0.0
    assert (model.state.inputs[economy.trader_inputs] == 0.0).all()
