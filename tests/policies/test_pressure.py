from __future__ import annotations

import numpy as np
import pytest
from worlds import levers_of

from sim.axes import Month
from sim.errors import InputError
from sim.policies.measure import Measure
from sim.policies.scenario import compile_scenario

A, B, X, Y = range(4)


def test_pressure_falls_on_third_countries_and_never_on_those_who_press(world):
    got = levers_of(world, "secondary_pressure", {"level": 0.4}, by=("X",), on=("B", "X"))
    assert got.secondary_pressure.tolist() == [0, 0.4, 0, 0]


def test_the_strongest_pressure_counts():
    parts = {"mild": 0.2, "strong": 0.6}
    from worlds import small

    measures = [
        Measure(name, "secondary_pressure", ("X",), ("B",), options={"level": level})
        for name, level in parts.items()
    ]
    got = compile_scenario(measures, small(), Month(2022, 4), 1).at(0)
    assert got.secondary_pressure[B] == 0.6


@pytest.mark.parametrize(
    ("policy", "options"),
    [
        ("secondary_pressure", {"level": 0.4}),
        ("trader_listing", {"firms": 3}),
        ("bank_derisking", {"banks": ["B"], "cost": 0.1}),
    ],
)
def test_nobody_is_afraid_without_those_who_matter(world, policy, options):
    def moved(by):
        given = levers_of(world, policy, options | {"needs": ["Y"]}, by=by, on=("A",))
        return given.secondary_pressure.any() or given.payment_cost.any()

    assert moved(("X", "Y")) and moved(("partners",))
    assert not moved(("X",))


def test_the_first_names_on_a_list_frighten_most(world):
    def pressure(firms):
        got = levers_of(world, "trader_listing", {"firms": firms}, by=("X",), on=("A",))
        return got.secondary_pressure[A]

    assert pressure(0) == 0 and pressure(5) == 0.5
    steps = np.diff([pressure(n) for n in range(50)])
    assert (steps > 0).all() and (np.diff(steps) < 0).all() and pressure(1e5) < 1


def test_banks_of_third_countries_cost_the_target_both_ways(world):
    got = levers_of(
        world, "bank_derisking", {"banks": ["B", "Y"], "cost": 0.1}, by=("X",), on=("A",)
    ).payment_cost
    wanted = np.zeros((4, 4))
    wanted[[B, Y], A] = wanted[A, [B, Y]] = 0.1
    assert (got == wanted).all()


def test_the_largest_floor_counts(world):
    floors = [
        Measure(f"floor_{n}", "compliance_floor", on=on, options={"level": level})
        for n, (on, level) in enumerate([(("B", "Y"), 0.3), (("B",), 0.5)])
    ]
    got = compile_scenario(floors, world, Month(2022, 4), 1).at(0)
    assert got.compliance_floor.tolist() == [0, 0.5, 0, 0.3]


@pytest.mark.parametrize(
    ("policy", "given", "options", "message"),
    [
        ("secondary_pressure", {"by": ("X",)}, {"level": 0.5}, "needs 'on'"),
        ("secondary_pressure", {"on": ("B",)}, {"level": 0.5}, "needs 'by'"),
        ("secondary_pressure", {"by": ("X",), "on": ("B",)}, {"level": 2}, "level = 2 is outside"),
        (
            "secondary_pressure",
            {"by": ("X",), "on": ("B",), "sectors": ("food",)},
            {"level": 0.5},
            "does not look at 'sectors'",
        ),
        (
            "secondary_pressure",
            {"by": ("X",), "on": ("B",)},
            {"level": 0.5, "needs": ["Yy"]},
            "unknown region 'Yy'; did you mean 'Y'",
        ),
        ("trader_listing", {"by": ("X",), "on": ("B",)}, {"firms": -1}, "firms = -1 is outside"),
        ("bank_derisking", {"by": ("X",), "on": ("A",)}, {"cost": 0.1}, "needs 'banks'"),
        (
            "bank_derisking",
            {"by": ("X",), "on": ("A",)},
            {"cost": 0.1, "banks": 3},
            "banks = 3 is not a code or a list of codes",
        ),
        ("compliance_floor", {"by": ("X",), "on": ("A",)}, {"level": 1}, "does not look at 'by'"),
        ("compliance_floor", {"on": ("A",)}, {"level": 1.1}, "level = 1.1 is outside"),
    ],
)
def test_options_of_pressure_are_checked(world, policy, given, options, message):
    with pytest.raises(InputError, match=f"measure 'm'.*{message}"):
        levers_of(world, policy, options, **given)
