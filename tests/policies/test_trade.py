from __future__ import annotations

from datetime import date

import numpy as np

from sim.axes import Month
from sim.policies.measure import Measure
from sim.policies.scenario import compile_scenario

A, B, X, Y = range(4)


def levers(world, policy, options, **given):
    measure = Measure("m", policy, options=options, **given)
    return compile_scenario([measure], world, Month(2022, 4), 1).at(0)


def test_a_common_tariff_falls_on_partners_only(world):
    got = levers(
        world, "tariff", {"rate": 0.05}, by=("members",), on=("partners",), sectors=("goods",)
    ).tariff_change
    wanted = np.zeros((4, 4, 3))
    wanted[2:, :2, :2] = 0.05
    assert (got == wanted).all()


def test_half_a_month_of_a_border_cost_is_half_of_it(world):
    got = levers(
        world, "border_cost", {"factor": 1.5}, by=("A",), on=("X",), start=date(2022, 4, 16)
    ).border_cost
    assert (got[A, X] == 1.25).all() and (got[X, A] == 1.25).all()
    assert (got != 1).sum() == 2 * 3


def test_relations_may_be_one_way(world):
    got = levers(world, "relations", {"factor": 0.9, "both_ways": False}, by=("A",), on=("B",))
    assert got.relations[A, B] == 0.9
    assert (got.relations != 1).sum() == 1


def test_regions_never_act_on_themselves(world):
    got = levers(world, "border_cost", {"factor": 0.9}, by=("members",), on=("members",))
    assert (got.border_cost[[A, B], [A, B]] == 1).all()
    assert (got.border_cost[[A, B], [B, A]] == 0.9).all()


def test_demand_moves_where_it_is_said_to(world):
    got = levers(world, "demand", {"factor": 1.1}, by=("Y",), sectors=("care",)).demand_shift
    wanted = np.ones((4, 3))
    wanted[Y, 2] = 1.1
    assert (got == wanted).all()
