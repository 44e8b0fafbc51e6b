from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from worlds import levers_of

from sim.axes import Month
from sim.errors import InputError
from sim.policies.measure import Measure
from sim.policies.scenario import compile_scenario

A, B, X, Y = range(4)


def test_a_mission_serves_the_exports_of_those_who_open_it(world):
    got = levers_of(world, "trade_mission", {"opened": 1}, by=("A",), on=("B",)).relations
    assert got[A, B] == 1.08 and (got != 1).sum() == 1
    closed = levers_of(world, "trade_mission", {"opened": -1}, by=("A",), on=("B",)).relations
    assert closed[A, B] == pytest.approx(1 / 1.08), "closing undoes opening"


def test_a_consulate_serves_both_directions(world):
    got = levers_of(world, "consulate", {"opened": 2, "effect": 0.1}, by=("A",), on=("X",))
    assert got.relations[A, X] == got.relations[X, A] == pytest.approx(1.21)
    assert (got.relations != 1).sum() == 2


def test_a_mission_that_is_opened_and_closed_is_reported(world):
    opened = Measure("opened", "trade_mission", ("A",), ("B",), start=date(2022, 2, 1),
                     options={"opened": 1})  # fmt: skip
    closed = Measure("closed", "trade_mission", ("A",), ("B",), start=date(2022, 3, 1),
                     options={"opened": -1})  # fmt: skip
    path = compile_scenario([opened, closed], world, Month(2022, 1), 6)
    assert path.conflicts == (
        "measures 'closed' and 'opened' (trade_mission) move relations of A B in opposite "
        "directions from 2022-03",
    )


def test_more_ventures_mean_more_trade_with_diminishing_returns(world):
    def factor(ratio):
        got = levers_of(world, "joint_ventures", {"ratio": ratio}, by=("A",), on=("B",))
        assert got.relations[A, B] == got.relations[B, A]
        return got.relations[A, B]

    assert factor(1) == 1 and factor(0.5) < 1
    assert 0 < factor(4) - factor(2) < 2 * (factor(2) - factor(1))


def test_procurement_opens_members_to_each_other_only(world):
    got = levers_of(world, "common_procurement", {}, by=("members",)).relations
    wanted = np.ones((4, 4))
    wanted[A, B] = wanted[B, A] = 1 + 0.12 * 0.5
    assert (got == wanted).all()


def test_documents_are_as_electronic_as_the_weaker_side(world):
    got = levers_of(
        world, "e_documents", {"saving": 0.1}, by=("A",), on=("B", "X"), sectors=("goods",)
    ).border_cost
    assert got[A, B].tolist() == got[B, A].tolist() == [1 - 0.1 * 0.7, 1 - 0.1 * 0.7, 1]
    assert got[A, X, 0] == 1 - 0.1 * 0.9
    assert (got != 1).sum() == 2 * 2 * 2


def test_own_money_lowers_the_cost_of_paying_but_not_without_limit(world):
    def paid(*savings):
        measures = [
            Measure(f"m{n}", "national_currency", ("A",), ("B",), options={"saving": saving})
            for n, saving in enumerate(savings)
        ]
        return compile_scenario(measures, world, Month(2022, 4), 1).at(0).payment_cost

    got = paid(0.01, 0.02)
    assert got[A, B] == got[B, A] == -0.03 and (got != 0).sum() == 2
    with pytest.raises(InputError, match=r"payment_cost\[A, B\] = -0.07 is outside \[-0.05, 10\]"):
        paid(0.03, 0.04)


def test_the_common_tariff_falls_on_goods_from_outside(world):
    got = levers_of(world, "common_tariff", {"rate": 0.05}).tariff_change
    wanted = np.zeros((4, 4, 3))
    wanted[2:, :2, :2] = 0.05
    assert (got == wanted).all()


def test_shared_burdens_are_paid_in_full(world):
    got = levers_of(world, "burden_sharing", {"amounts": {"A": 30, "B": -30}}).transfers
    assert got.tolist() == [30, -30, 0, 0]


def test_half_a_burden_is_half_of_every_payment(world):
    options = {"amounts": {"A": 30, "B": -10, "X": -20}}
    got = levers_of(world, "burden_sharing", options, intensity=0.5).transfers
    assert got.tolist() == [15, -5, -10, 0]


@pytest.mark.parametrize(
    ("policy", "given", "options", "message"),
    [
        ("trade_mission", {"by": ("A",), "on": ("B",)}, {}, "needs 'opened'"),
        ("trade_mission", {"by": ("A",), "on": ("A",)}, {"opened": 1}, "no two different regions"),
        ("trade_mission", {"by": ("A",), "on": ("B",)}, {"opened": 99}, "opened = 99 is outside"),
        ("consulate", {"by": ("A",), "on": ("B",)}, {"opened": 1, "effect": 2}, "effect = 2 is"),
        ("joint_ventures", {"by": ("A",), "on": ("B",)}, {"ratio": 0}, "ratio = 0 is outside"),
        ("common_procurement", {"by": ("A",)}, {}, "no two different regions"),
        ("common_procurement", {"by": ("members",)}, {"share": 2}, "share = 2 is outside"),
        ("e_documents", {"by": ("A",), "on": ("B",)}, {"saving": 0.9}, "saving = 0.9 is outside"),
        ("national_currency", {"by": ("A",), "on": ("B",)}, {"saving": 0.1}, "saving = 0.1 is"),
        ("common_tariff", {}, {"rate": -2}, "rate = -2 is outside"),
        ("common_tariff", {"by": ("A",)}, {"rate": 0.1}, "does not look at 'by'"),
        ("common_tariff", {"sectors": ("care",)}, {"rate": 0.1}, "a tariff falls on goods"),
        ("burden_sharing", {}, {}, "needs 'amounts'"),
        ("burden_sharing", {}, {"amounts": 3}, "amounts = 3 is not a mapping of regions"),
        ("burden_sharing", {}, {"amounts": {"A": "x"}}, "amounts of A = 'x' is not a number"),
        ("burden_sharing", {}, {"amounts": {"Aa": 1, "B": -1}}, "region 'Aa'; did you mean 'A'"),
        (
            "burden_sharing",
            {},
            {"amounts": {"A": 2, "B": -1}},
            "transfers sum to 1 mUSD a month, not to 0",
        ),
    ],
)
def test_options_of_integration_are_checked(world, policy, given, options, message):
    with pytest.raises(InputError, match=f"measure 'm'.*{message}"):
        levers_of(world, policy, options, **given)


def test_documents_of_another_year_are_as_electronic_as_it_was(world):
    told = {"saving": 0.1, "capability": {"A": 0.5, "B": 0.8}}
    got = levers_of(world, "e_documents", told, by=("A",), on=("B",), sectors=("goods",))
    assert got.border_cost[A, B, 0] == got.border_cost[B, A, 0] == pytest.approx(0.95)


def test_who_is_better_connected_trades_services_and_adopts_for_less(world):
    told = {"access": {"A": 0.5}, "goal": 0.9, "amounts": {"A": 3.0}}
    got = levers_of(world, "communication_services", told, by=("A",), sectors=("care",))
    good = world.axes.is_good
    assert np.allclose(got.border_cost[A, X, ~good], 1 - 0.1 * 0.4)
    assert np.allclose(got.border_cost[X, A, good], 1 - 0.03 * 0.4)
    assert (got.border_cost[B, X] == 1).all() and got.adoption_cost[A] == pytest.approx(0.88)
    assert got.research_support.sum() == got.research_support[A].sum() == pytest.approx(3.0)


def test_access_that_is_not_told_is_asked_for(world):
    with pytest.raises(InputError, match="access of B is not given"):
        levers_of(world, "communication_services", {"access": {"A": 0.5}}, by=("A", "B"))
