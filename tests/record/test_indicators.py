"""Indicators: shares that add up, and what a ban does to whom a region depends on."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.record import indicators
from sim.study.outputs import STATISTICS, Output

TOY = ("baseline=toy", "firms.count=60", "months=6")
BAN = "scenario.measures.ban={policy: export_ban, by: [WLD], on: [NOR]}"


@pytest.fixture(scope="module")
def rest():
    return sim.simulate(sim.load(*TOY))


@pytest.fixture(scope="module")
def barred():
    return sim.simulate(sim.load(*TOY, BAN))


def test_shares_of_suppliers_add_up_to_one(rest):
    shares = indicators.supplier_shares(rest, "NOR")
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    everyone = indicators.dependence(rest, "NOR", ["NOR", "SUD", "WLD"])
    np.testing.assert_allclose(everyone, 1.0)
    abroad = indicators.supplier_shares(rest, "NOR", abroad=True)
    assert not abroad[:, rest.axes.region("NOR")].any()
    one = indicators.concentration(rest, "NOR")
    assert ((one >= 0.5 - 1e-12) & (one <= 1.0 + 1e-12)).all()  # of two others


def test_who_is_barred_from_one_supplier_depends_on_the_other(rest, barred):
    def last(panel, *suppliers):
        return indicators.dependence(panel, "NOR", suppliers)[-1][panel.axes.is_good]

    assert (last(barred, "WLD") < 1e-9).all() and (last(rest, "WLD") > 0.0).all()
    assert (last(barred, "SUD") > last(rest, "SUD")).all()
    goods = barred.axes.is_good
    assert indicators.concentration(barred, "NOR")[-1][goods] == pytest.approx(1.0)


def test_studies_may_ask_for_them(rest, barred):
    asked = {
        "depends": {"measure": "dependence", "region": "NOR", "suppliers": "WLD"},
        "single": {"measure": "concentration", "region": "NOR", "last": 1},
    }
    outputs = [Output.read(name, given, ["a"]) for name, given in asked.items()]
    for output in outputs:
        output.check(rest.axes, rest.start, rest.written)
    calm, cut = ([o.of(panel) for o in outputs] for panel in (rest, barred))
    assert calm[0] > 1.0 > cut[0] and calm[1] < cut[1] == pytest.approx(1.0)
    assert {o.unit for o in outputs} == {"% of purchases", "index"}
    assert set(STATISTICS) >= {"dependence", "concentration"}


def test_turnover_is_what_ones_own_customs_record(rest, barred):
    path, base = indicators.recorded_turnover(rest, "NOR", ["WLD"])
    trade = rest.trade
    goods = trade["sector"].isin(
        [s for s, g in zip(rest.axes.sectors, rest.axes.is_good, strict=True) if g]
    )
    out = trade[goods & (trade["origin"] == "NOR") & (trade["destination"] == "WLD")]
    came = trade[goods & (trade["origin"] == "WLD") & (trade["destination"] == "NOR")]
    by_hand = (
        out.groupby("month")["recorded_export_musd"].sum()
        + came.groupby("month")["recorded_import_musd"].sum()
    )
    np.testing.assert_allclose(path, by_hand)
    assert path == pytest.approx(base)
    everyone = indicators.recorded_turnover(rest, "NOR", ["NOR", "SUD", "WLD"])[1]
    assert everyone == pytest.approx(base + indicators.recorded_turnover(rest, "NOR", ["SUD"])[1])
    assert indicators.recorded_turnover(barred, "NOR", ["WLD"])[0][-1] < base


def test_what_governments_buy_is_what_they_take(barred):
    budgets = barred.budgets.set_index(["region", "month"]).unstack("region")
    assert (budgets["real_purchases"] > 0).all(axis=None)
    taken = budgets["taxes_musd"] + budgets["tariffs_musd"] + budgets["transfers_musd"]
    revenue = taken - budgets["subsidies_musd"]
    balance = barred.regions.pivot(
        index="month", columns="region", values="government_balance_musd"
    )
    np.testing.assert_allclose(
        revenue - budgets["purchases_musd"], balance, atol=1e-9 * taken.to_numpy().max()
    )
    assert (revenue.diff().abs() > 0).any(axis=None)
    rest_of_it = sim.simulate(sim.load(*TOY)).budgets
    first = rest_of_it[rest_of_it["month"] == rest_of_it["month"].min()]
    np.testing.assert_allclose(first["real_purchases"], first["purchases_musd"], rtol=1e-9)
