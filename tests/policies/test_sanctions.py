from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim.axes import Month
from sim.policies.measure import Measure
from sim.policies.scenario import compile_scenario

A, B, X, Y = range(4)
TABLE = {"flow": "exports", "column": "coverage_cumulative"}


def levers(world, month, *, policy, options=None, **given):
    measure = Measure("m", policy, options=options or {}, **given)
    return compile_scenario([measure], world, month, 1).at(0)


def test_an_export_ban_bars_what_the_sender_sells(world):
    got = levers(
        world, Month(2022, 3), policy="export_ban", by=("X", "Y"), on=("A",), sectors=("food",),
        options={"coverage": 0.3},
    ).coverage  # fmt: skip
    wanted = np.zeros((4, 4, 3))
    wanted[[X, Y], A, 0] = 0.3
    assert (got == wanted).all()


def test_an_import_ban_bars_what_the_sender_buys(world):
    got = levers(
        world, Month(2022, 3), policy="import_ban", by=("X",), on=("A", "B"), sectors=("goods",),
        options={"coverage": 0.3},
    ).coverage  # fmt: skip
    wanted = np.zeros((4, 4, 3))
    wanted[[A, B], X, :2] = 0.3
    assert (got == wanted).all()


def test_dated_coverage_is_averaged_over_the_month(world):
    def at(month, **given):
        return levers(world, month, policy="export_ban", by=("X",), on=("A",), **given).coverage

    whole = {"options": {"coverage": TABLE}}
    assert at(Month(2022, 3), **whole).sum() == 0
    april = at(Month(2022, 4), **whole)
    assert april[X, A] == pytest.approx([0.2 * 15 / 30 + 0.4 * 15 / 30, 0.6 * 15 / 30, 0])
    assert (at(Month(2022, 5), **whole)[X, A] == [0.4, 0.6, 0]).all()
    effective = {"options": {"coverage": TABLE | {"column": "coverage_effective"}}}
    assert (at(Month(2022, 5), **effective)[X, A] == [0.3, 0.5, 0]).all()
    late = at(Month(2022, 4), start=date(2022, 4, 11), **whole)
    assert late[X, A] == pytest.approx([(0.2 * 5 + 0.4 * 15) / 30, 0.6 * 15 / 30, 0])


def test_a_ramp_weighs_the_dated_levels_by_its_height(world):
    got = levers(
        world, Month(2022, 4), policy="export_ban", by=("X",), on=("A",), start=date(2022, 4, 1),
        ramp=1, options={"coverage": TABLE},
    ).coverage  # fmt: skip
    height = (np.arange(30) + 0.5) / (365.25 / 12)
    level = np.where(np.arange(30) < 15, 0.2, 0.4)
    assert got[X, A, 0] == pytest.approx((height * level).mean())


def test_an_embargo_stops_everything_both_ways(world):
    got = levers(world, Month(2022, 3), policy="embargo", by=("X",), on=("members",)).coverage
    assert (got[X, :2] == 1).all() and (got[:2, X] == 1).all()
    assert got.sum() == 4 * 3


def test_a_ceiling_rises_when_it_is_only_partly_in_force(world):
    def ceiling(**given):
        options = {"ceiling": 0.6, "buyers": ["Y"]}
        made = levers(
            world, Month(2022, 3), policy="price_ceiling", by=("X",), on=("A",),
            sectors=("food",), options=options, **given,
        )  # fmt: skip
        return made.price_ceiling

    full = ceiling()
    assert full[A, Y, 0] == 0.6
    assert np.isinf(full).sum() == full.size - 1
    assert ceiling(intensity=0.5)[A, Y, 0] == 1.2
    assert np.isinf(ceiling(intensity=0.0)).all()


def test_payment_costs_add_up_both_ways(world):
    cut = [
        Measure(f"cut_{n}", "payment_removal", ("X",), ("A",), options={"cost": cost})
        for n, cost in enumerate((0.1, 0.2))
    ]
    got = compile_scenario(cut, world, Month(2022, 3), 1).at(0).payment_cost
    wanted = np.zeros((4, 4))
    wanted[A, X] = wanted[X, A] = 0.1 + 0.2
    assert (got == wanted).all()
