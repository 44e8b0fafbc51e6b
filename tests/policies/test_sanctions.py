from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim.axes import Month
from sim.errors import InputError
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


def test_services_are_banned_like_goods(world):
    got = levers(
        world, Month(2022, 3), policy="export_ban", by=("X",), on=("A",), sectors=("services",),
        options={"coverage": 0.5},
    ).coverage  # fmt: skip
    assert got[X, A].tolist() == [0, 0, 0.5] and got.sum() == 0.5


@pytest.mark.parametrize(("policy", "cell"), [("export_ban", (X, A)), ("import_ban", (A, X))])
def test_a_ban_may_leak_and_firms_may_drop_more(world, policy, cell):
    def ban(coverage, **options):
        given = {"policy": policy, "by": ("X",), "on": ("A",), "sectors": ("food",)}
        options["coverage"] = coverage
        return levers(world, Month(2022, 3), options=options, **given).coverage[cell][0]

    assert ban(0.6, enforcement=0.5) == 0.3
    assert ban(0.6, over_compliance=0.5) == pytest.approx(0.6 + 0.4 * 0.5)
    assert ban(0.6, enforcement=0.5, over_compliance=1.0) == 1
    assert ban(0.0, over_compliance=1.0) == 0, "nobody is cautious where nothing is listed"


def test_firms_drop_nothing_before_the_first_date_of_a_table(world):
    got = levers(
        world, Month(2022, 4), policy="export_ban", by=("X",), on=("A",),
        options={"coverage": TABLE, "over_compliance": 0.5},
    ).coverage  # fmt: skip
    assert got[X, A] == pytest.approx([0.6 / 2 + 0.7 / 2, 0.8 / 2, 0])


def test_an_exit_and_a_ban_meet_in_the_larger_one(world):
    ban = Measure("ban", "export_ban", ("X",), ("A",), options={"coverage": 0.6})
    leave = Measure("exit", "private_exit", ("X",), ("A",), ("tools",), date(2022, 3, 1), ramp=2,
                    options={"coverage": 0.8})  # fmt: skip
    path = compile_scenario([ban, leave], world, Month(2022, 3), 4)
    assert path.at(0).coverage[X, A].tolist() == [0.6, 0.6, 0.6], "the ramp is still below"
    assert path.at(3).coverage[X, A].tolist() == [0.6, 0.8, 0.6]
    assert path.at(3).coverage[A, X].sum() == 0


def test_a_closed_road_bars_and_sends_nobody(world):
    closed = Measure("port", "road_closed", ("A",), ("X", "Y"), ("food",),
                     options={"coverage": 0.4})  # fmt: skip
    path = compile_scenario([closed], world, Month(2022, 3), 1)
    wanted = np.zeros((4, 4, 3))
    wanted[A, [X, Y], 0] = 0.4
    assert (path.at(0).coverage == wanted).all()
    assert path.senders(0).size == path.pressing(0).size == 0


def test_who_bars_sends_and_who_presses_is_told_apart(world):
    ban = Measure("ban", "export_ban", ("X", "Y"), ("A",))
    press = Measure("press", "secondary_pressure", ("X",), ("B",), options={"level": 0.5})
    path = compile_scenario([ban, press], world, Month(2022, 3), 1)
    assert (path.senders(0).tolist(), path.pressing(0).tolist()) == ([X, Y], [X])


def test_a_target_can_bar_what_it_buys_and_what_it_sells(world):
    got = levers(
        world, Month(2022, 3), policy="counter_sanctions", by=("A",), on=("X", "Y"),
        sectors=("food",), options={"imports": 0.7, "exports": 0.2},
    ).coverage  # fmt: skip
    wanted = np.zeros((4, 4, 3))
    wanted[[X, Y], A, 0] = 0.7
    wanted[A, [X, Y], 0] = 0.2
    assert (got == wanted).all()


def test_the_way_round_costs_one_way_only(world):
    got = levers(
        world, Month(2022, 3), policy="transit_ban", by=("X",), on=("A",), sectors=("tools",),
        options={"cost": 0.2},
    ).border_cost  # fmt: skip
    assert got[X, A].tolist() == [1, 1.2, 1]
    assert (got != 1).sum() == 1


@pytest.mark.parametrize(
    ("policy", "options", "message"),
    [
        ("export_ban", {"enforcement": 1.2}, "enforcement = 1.2 is outside"),
        ("export_ban", {"over_compliance": -0.1}, "over_compliance = -0.1 is outside"),
        ("import_ban", {"enforcment": 1}, "'enforcment'; did you mean 'enforcement'"),
        ("private_exit", {}, "policy private_exit needs 'coverage'"),
        ("private_exit", {"coverage": 1.5}, "coverage = 1.5 is outside"),
        ("private_exit", {"coverage": TABLE}, "coverage = .* is not a number"),
        ("counter_sanctions", {"imports": 2}, "imports = 2 is outside"),
        ("transit_ban", {"cost": -1}, "cost = -1 is outside"),
        ("payment_removal", {"cost": 9}, r"cost = 9 is outside \[0, 5\]"),
        ("price_ceiling", {"ceiling": 1, "buyers": ["Z"]}, "unknown region 'Z'"),
    ],
)
def test_options_of_sanctions_are_checked(world, policy, options, message):
    with pytest.raises(InputError, match=f"measure 'm'.*{message}"):
        levers(world, Month(2022, 3), policy=policy, by=("X",), on=("A",), options=options)
