"""Who pays whom, against numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bench import MAN, NOR, RAW, SUD, WLD

from sim.phases.settle import capital_flows
from sim.state import dividends_received


def test_profit_goes_to_the_owners_region(bench):
    network = bench.economy.network
    paid = np.zeros(len(network.sales))
    at_home, venture, subsidiary = bench.firm(NOR, RAW), bench.firm(SUD, RAW), bench.firm(SUD, MAN)
    paid[[at_home, venture, subsidiary]] = 7.0, 10.0, 4.0
    owner, share = network.firm_region.copy(), np.zeros(len(paid))
    owner[[venture, subsidiary]], share[[venture, subsidiary]] = NOR, (0.5, 1.0)
    network = replace(network, owner=owner, owner_share=share)
    assert dividends_received(network, paid, 3) == pytest.approx([7.0 + 5.0 + 4.0, 5.0, 0.0])


def test_the_toy_pays_a_tenth_of_southern_profit_to_the_north(bench):
    plan, outcome = bench.plan(), bench.clear()
    accounts = bench.settle(plan, outcome, bench.produce(plan, outcome), bench.border())
    paid = bench.economy.by_region(accounts.out_dividends)
    abroad = accounts.in_dividends - paid
    assert abroad.sum() == pytest.approx(0.0, abs=1e-9)
    assert abroad[NOR] == pytest.approx(-abroad[SUD]) and abroad[WLD] == pytest.approx(0.0)
    assert 0.0 < abroad[NOR] / paid[SUD] < 0.2


def test_only_cash_above_the_target_is_paid_out(bench):
    plan, outcome = bench.plan(), bench.clear()
    made = bench.produce(plan, outcome)
    poor, rich = bench.firm(NOR, RAW), bench.firm(NOR, MAN)
    border = bench.border()
    usual = bench.settle(plan, outcome, made, border)
    bench.state.cash[poor] -= 1000.0
    bench.state.cash[rich] += 1000.0
    accounts = bench.settle(plan, outcome, made, border)
    assert accounts.out_dividends[poor] == 0.0
    assert accounts.out_dividends[rich] == pytest.approx(usual.out_dividends[rich] + 1000.0)
    target = 1.5 * bench.state.expected * outcome.price
    assert accounts.cash[rich] == pytest.approx(target[rich])
    assert accounts.cash[poor] < target[poor]


def test_tariffs_and_payment_costs(bench):
    bench.rules(fee_to_origin=0.25)
    plan, outcome = bench.plan(), bench.clear()
    made = bench.produce(plan, outcome)
    value = np.zeros_like(outcome.value)  # sector, destination, origin
    value[MAN, SUD, WLD], value[RAW, WLD, NOR], value[MAN, NOR, WLD] = 200.0, 300.0, 50.0
    tariff_change = np.zeros((3, 3, 3))  # origin, destination, sector
    tariff_change[WLD, SUD, MAN] = 0.02
    tariff_change[NOR, WLD, RAW] = -0.5  # a preference ends at no tariff, not at a subsidy
    payment_cost = np.zeros((3, 3))
    payment_cost[WLD, SUD] = 0.1
    border = bench.border(tariff_change=tariff_change, payment_cost=payment_cost)
    accounts = bench.settle(plan, replace(outcome, value=value), made, border)
    # tables: 10 % on manufactures of the world in either member, none on raw goods of NOR
    assert accounts.in_tariffs == pytest.approx([5.0, 0.12 * 200.0, 0.0])
    assert accounts.fees_paid == pytest.approx([0.0, 20.0, 0.0])
    assert accounts.in_fees == pytest.approx([0.0, 15.0, 5.0])


def test_transfers_move_between_governments(bench):
    plan, outcome = bench.plan(), bench.clear()
    made, border = bench.produce(plan, outcome), bench.border()
    usual = bench.settle(plan, outcome, made, border)
    sent = bench.settle(plan, outcome, made, border, np.array([-4.0, 4.0, 0.0]))
    assert sent.treasury - usual.treasury == pytest.approx([-4.0, 4.0, 0.0])
    assert sent.revenue - usual.revenue == pytest.approx([-4.0, 4.0, 0.0])
    assert np.array_equal(sent.deposits, usual.deposits)


def test_taxes_are_a_share_of_wages_and_dividends(bench):
    plan, outcome = bench.plan(), bench.clear()
    made = bench.produce(plan, outcome)
    accounts = bench.settle(plan, outcome, made, bench.border())
    wanted = bench.economy.tax_rate * (accounts.in_wages + accounts.in_dividends)
    assert accounts.out_taxes == pytest.approx(wanted)
    # at rest the budget is balanced and households spend what they earn
    assert accounts.revenue == pytest.approx(accounts.out_purchases, rel=1e-9)
    assert accounts.income == pytest.approx(accounts.out_spending, rel=1e-9)


def test_capital_flows_sum_to_zero_and_follow_the_exports_of_those_who_invest(bench):
    bench.economy = replace(
        bench.economy,
        capital_flow=np.array([-30.0, 10.0, 20.0]),
        exports=np.array([100.0, 80.0, 50.0]),
    )
    bench.state.exports = np.array([50.0, 800.0, 5.0])
    flows = capital_flows(bench.economy, bench.state)
    assert flows == pytest.approx([-15.0, 5.0, 10.0])
    bench.state.exports = np.array([0.0, 80.0, 50.0])
    assert capital_flows(bench.economy, bench.state) == pytest.approx([0.0, 0.0, 0.0])
    rng = np.random.default_rng(0)
    for _ in range(20):
        bench.state.exports = rng.random(3) * 100.0
        assert capital_flows(bench.economy, bench.state).sum() == pytest.approx(0.0, abs=1e-12)


def test_a_saving_on_payments_spares_resources_and_pays_nobody(bench):
    """What is saved beyond other costs had gone to banks on the way: goods arrive for less."""
    payment_cost = np.zeros((3, 3))
    payment_cost[WLD, SUD] = -0.02
    border = bench.border(payment_cost=payment_cost)
    assert not border.payment_cost.any()
    spared = border.wedges.border / bench.border().wedges.border
    assert spared[:, SUD, WLD] == pytest.approx(0.98)
    spared[:, SUD, WLD] = 1.0
    assert (spared == 1.0).all()
