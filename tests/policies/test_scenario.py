from __future__ import annotations

from dataclasses import fields, replace
from datetime import date

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from worlds import small

from sim.axes import Month
from sim.errors import InputError
from sim.levers import LEVERS, Levers, check
from sim.policies.measure import Measure
from sim.policies.policy import Policy, known
from sim.policies.scenario import compile_scenario

WORLD = small()
START, MONTHS = Month(2022, 1), 12
NAMES = tuple(known())
TABLE = {"flow": "exports", "column": "coverage_cumulative"}
MILD = {  # where six measures of one policy could leave the bounds of their lever
    "border_cost": {"factor": st.floats(0.5, 2)},
    "competence_centre": {"adoption_cost": st.floats(0.5, 1)},
    "demand": {"factor": st.floats(0.5, 1.5)},
    "national_currency": {"saving": st.floats(0, 0.008)},
    "relations": {"factor": st.floats(0.5, 1.4)},
    "subsidy": {"rate": st.floats(0, 0.16)},
}


def values(option):
    """Values of an option; a policy that is new is drawn from what it says of itself."""
    if option.kind == "number":
        low = max(option.low, -0.1)
        return st.floats(low, max(min(option.high, 0.5), low))
    if option.kind == "amounts" and option.low >= 0:  # of each region, not from one to another
        return st.fixed_dictionaries(dict.fromkeys("ABXY", st.floats(option.low, 0.5)))
    return {
        "flag": st.booleans(),
        "choice": st.sampled_from(option.choices or [""]),
        "classes": st.sampled_from([["software"], ["electronics", "equipment"]]),
        "regions": st.sampled_from([["Y"], ["partners"]]),
        "amounts": st.floats(-1e3, 1e3).map(lambda x: {"A": x, "B": -x}),
        "coverage": st.floats(0, 1) | st.just(TABLE),
        "schedule": st.just(["A,X,food,0.1,2022-03-01", "A,X,goods,-0.1,2022-09-10"]),
    }[option.kind]


@st.composite
def measures(draw, most=6, names=NAMES):
    made = []
    for n in range(draw(st.integers(1, most))):
        name = draw(st.sampled_from(names))
        takes, mild = known()[name].takes, MILD.get(name, {})
        start = draw(st.none() | st.dates(date(2021, 10, 1), date(2022, 10, 1)))
        by = draw(st.sampled_from([("X",), ("X", "Y"), ("partners",)][0 if "on" in takes else 1 :]))
        sectors = draw(st.sampled_from([("food",), ("goods",), ("all",)]))
        made.append(
            Measure(
                f"m{n}",
                name,
                by if "by" in takes else (),
                ("A",) if "on" in takes else (),
                sectors if "sectors" in takes else ("all",),
                start,
                ramp=draw(st.integers(0, 3)) if start else 0,
                intensity=draw(st.floats(0, 1)),
                options={o.name: draw(mild.get(o.name, values(o))) for o in known()[name].options},
            )
        )
    return made


def bits(path):
    return [getattr(path.at(t), f.name).tobytes() for t in range(MONTHS) for f in fields(Levers)]


def compiled(*of):
    return compile_scenario(of, WORLD, START, MONTHS)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), some=measures())
def test_measures_commute_to_the_bit(data, some):
    assert bits(compiled(*some)) == bits(compiled(*data.draw(st.permutations(some))))


@settings(max_examples=60, deadline=None)
@given(some=measures(), others=measures())
def test_zero_intensity_is_neutral_to_the_bit(some, others):
    inert = [replace(m, name=f"inert_{m.name}", intensity=0.0) for m in others]
    alone = compiled(*inert)
    assert all(alone.at(t) is alone.neutral for t in range(MONTHS))
    assert bits(compiled(*some, *inert)) == bits(compiled(*some))


@settings(max_examples=200, deadline=None)
@given(some=measures())
def test_random_combinations_compile_and_stay_within_bounds(some):
    path = compiled(*some)
    for t in range(MONTHS):
        month = path.at(t)
        for lever in LEVERS:
            check(lever, getattr(month, lever.name), WORLD.axes)  # NaN and leaks included
        assert (np.diagonal(month.coverage) == 0).all()
        assert (np.diagonal(month.payment_cost) == 0).all()
        assert (np.diagonal(month.relations) == 1).all()


@pytest.mark.parametrize("name", known())
def test_every_policy_can_move_something(name):
    alone = settings(phases=[Phase.generate], database=None, deadline=None)
    found = find(measures(1, (name,)), lambda m: moves(compiled(*m)), settings=alone)
    assert found[0].policy == name


def moves(path):
    return path.at(MONTHS - 1) is not path.neutral


def test_the_same_levers_are_the_same_object_until_something_changes():
    path = compiled(
        Measure("m", "relations", ("A",), ("B",), start=date(2022, 3, 10), options={"factor": 0.9})
    )
    assert path.at(0) is path.at(1) is path.neutral
    assert path.at(1) is not path.at(2) is not path.at(3)
    assert path.at(3) is path.at(11)
    assert path.at(40) is path.at(3), "later months are compiled when they are reached"


def test_dates_of_a_table_make_no_noise_between_months_of_different_length():
    coverage = {"flow": "exports", "column": "coverage_cumulative"}
    path = compiled(Measure("m", "export_ban", ("X",), ("A",), options={"coverage": coverage}))
    assert path.at(4) is path.at(11)


def test_the_table_holds_every_cell_that_moved():
    path = compiled(
        Measure("cap", "price_ceiling", ("X",), ("A",), ("food",), date(2022, 12, 1),
                options={"ceiling": 0.8, "buyers": ["Y"]}),
        Measure("talk", "relations", ("A",), ("B",), start=date(2022, 12, 1),
                options={"factor": 1.2, "both_ways": False}),
        Measure("boom", "demand", ("Y",), sectors=("care",), start=date(2022, 12, 1),
                options={"factor": 1.1}),
    )  # fmt: skip
    assert path.table().to_numpy().tolist() == [
        ["2022-12", "price_ceiling", "A", "Y", "food", 0.8],
        ["2022-12", "relations", "A", "B", "", 1.2],
        ["2022-12", "demand_shift", "Y", "", "care", 1.1],
    ]


def test_measures_that_contradict_are_reported_not_refused():
    opened = Measure("opened", "relations", ("A",), ("B",), start=date(2022, 2, 1),
                     options={"factor": 1.2})  # fmt: skip
    closed = replace(opened, name="closed", start=date(2022, 5, 1), options={"factor": 0.8})
    assert compiled(opened, closed).conflicts == (
        "measures 'closed' and 'opened' (relations) move relations of A B in opposite "
        "directions from 2022-05",
    )
    assert compiled(replace(opened, end=date(2022, 5, 1)), closed).conflicts == ()
    assert compiled(opened, replace(closed, on=("X",))).conflicts == ()


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        (Measure("m", "tarif"), "policy of measure 'm' 'tarif'; did you mean 'tariff'"),
        (Measure("m", "tariff", on=("A",)), "measure 'm': policy tariff needs 'by'"),
        (Measure("m", "tariff", ("A",), ("X",)), "measure 'm': policy tariff needs 'rate'"),
        (
            Measure("m", "tariff", ("A",), ("X",), options={"rat": 1}),
            "option of measure 'm' .tariff. 'rat'; did you mean 'rate'",
        ),
        (
            Measure("m", "tariff", ("A",), ("X",), options={"rate": "big"}),
            "measure 'm': rate = 'big' is not a number",
        ),
        (
            Measure("m", "tariff", ("Aa",), ("X",), options={"rate": 1}),
            "measure 'm': unknown region 'Aa'; did you mean 'A'",
        ),
        (
            Measure("m", "tariff", ("A",), ("X",), ("tool",), options={"rate": 1}),
            "measure 'm': unknown sector 'tool'; did you mean 'tools'",
        ),
        (
            Measure("m", "tariff", ("A",), ("A",), options={"rate": 1}),
            "measure 'm': by and on hold no two different regions",
        ),
        (
            Measure("m", "demand", ("A",), ("X",), options={"factor": 1}),
            "measure 'm': policy demand does not look at 'on'",
        ),
        (
            Measure("m", "relations", ("A",), ("X",), ("food",), options={"factor": 1}),
            "measure 'm': policy relations does not look at 'sectors'",
        ),
        (
            Measure("m", "relations", ("A",), ("X",), options={"factor": 1, "both_ways": 1}),
            "measure 'm': both_ways = 1 is neither true nor false",
        ),
        (
            Measure("m", "export_ban", ("X",), ("A",), options={"coverage": 1.5}),
            "measure 'm': coverage = 1.5 is outside",
        ),
        (
            Measure("m", "export_ban", ("X",), ("A",), options={"coverage": {"flow": "exports"}}),
            "measure 'm': coverage from the table needs a flow and a column",
        ),
        (
            Measure("m", "export_ban", ("X",), ("A",), options={
                "coverage": {"flow": "exports", "column": "coverage_efective"}}),
            "'coverage_efective'; did you mean 'coverage_effective'",
        ),
        (
            Measure("m", "export_ban", ("X",), ("A",), start=date(2030, 1, 1), options={
                "coverage": {"flow": "export", "column": "coverage_effective"}}),
            "flow and target of the coverage table 'export A'; did you mean 'exports A'",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_compiled_is_refused_with_the_nearest_name(measure, message):
    with pytest.raises(InputError, match=message):
        compiled(measure)


def test_two_measures_of_one_name_are_refused():
    m = Measure("m", "relations", ("A",), ("B",), options={"factor": 1.1})
    with pytest.raises(InputError, match="two measures are called 'm'"):
        compiled(m, m)


def test_measures_that_add_up_to_too_much_are_named():
    cuts = [
        Measure(f"cut_{n}", "payment_removal", ("X",), ("A",), start=date(2022, 3, 1),
                options={"cost": 5.0})
        for n in range(3)
    ]  # fmt: skip
    message = r"measures cut_0, cut_1, cut_2 in 2022-03: payment_cost\[A, X\] = 15 is outside"
    with pytest.raises(InputError, match=message):
        compiled(*cuts)


def test_transfers_that_leak_are_refused_by_the_name_of_their_measure():
    def give(measure, context, month):
        return {"transfers": np.array([1.0, 0.0, 0.0, 0.0])}

    own = {"give": Policy("give", "", (), (), give)}
    with pytest.raises(InputError, match="measure 'gift': transfers sum to 1"):
        compile_scenario([Measure("gift", "give")], WORLD, START, 3, own)


def test_policies_say_what_they_and_their_options_do():
    for policy in known().values():
        assert policy.meaning
        assert all(option.meaning for option in policy.options)
