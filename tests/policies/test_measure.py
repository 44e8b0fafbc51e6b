from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.axes import Month
from sim.errors import InputError
from sim.policies.measure import Measure

FEBRUARY, MARCH, APRIL = (Month(2022, n) for n in (2, 3, 4))


def test_a_month_counts_by_its_days_in_force():
    m = Measure("m", "tariff", start=date(2022, 2, 25), end=date(2022, 4, 11))
    assert m.share(Month(2022, 1)) == 0
    assert m.share(FEBRUARY) == 4 / 28
    assert m.share(MARCH) == 1
    assert m.share(APRIL) == 10 / 30
    assert m.share(Month(2022, 5)) == 0


def test_a_measure_without_dates_is_always_in_force():
    assert Measure("m", "tariff").share(FEBRUARY) == 1


def test_intensity_scales_the_share():
    assert Measure("m", "tariff", start=date(2022, 3, 17), intensity=0.5).strength(MARCH) == (
        0.5 * 15 / 31
    )


def test_a_ramp_rises_in_a_straight_line_to_exactly_one():
    m = Measure("m", "tariff", start=date(2022, 1, 1), ramp=4)
    shares = [m.share(Month(2022, n)) for n in range(1, 8)]
    assert shares[:4] == pytest.approx([0.125, 0.375, 0.625, 0.875], abs=0.02)
    assert shares[5:] == [1, 1]


@settings(deadline=None)
@given(
    start=st.dates(date(2022, 1, 1), date(2022, 6, 30)),
    length=st.integers(1, 200),
    ramp=st.integers(0, 6),
    cut=st.dates(date(2021, 12, 1), date(2023, 1, 1)),
)
def test_shares_are_shares_and_add_up_over_any_cut(start, length, ramp, cut):
    end = date.fromordinal(start.toordinal() + length)
    m = Measure("m", "tariff", start=start, end=end, ramp=ramp)
    for n in range(1, 13):
        month = Month(2022, n)
        whole = m.share(month)
        assert 0 <= whole <= 1
        assert m.share(month, until=cut) + m.share(month, since=cut) == pytest.approx(whole)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (3, "measure 'm' is 3"),
        ({"by": ["A"]}, "measure 'm' names no policy"),
        ({"policy": "tariff", "by": {"A": 1}}, "by = .* is not a code"),
        ({"policy": "tariff", "by": [276]}, "YAML reads a code as 276, .* in quotes"),
        ({"policy": "tariff", "by": [None]}, "YAML reads a code as None, .* in quotes"),
        ({"policy": "tariff", "on": [False]}, 'on: YAML reads no, off, false .* write "NO"'),
        ({"policy": "tariff", "on": False}, 'on: YAML reads no, off, false .* write "NO"'),
        ({"policy": "tariff", "start": "2022-31"}, "start '2022-31' is not a date"),
        ({"policy": "tariff", "start": "2022-03", "end": "2022-02"}, "end .* is not after start"),
        ({"policy": "tariff", "ramp": 1.5, "start": "2022-03"}, "ramp = 1.5 is not a whole"),
        ({"policy": "tariff", "ramp": -1}, "ramp = -1 is outside"),
        ({"policy": "tariff", "ramp": 3}, "ramp of 3 months needs a start"),
        ({"policy": "tariff", "intensity": 1.5}, "intensity = 1.5 is outside"),
        ({"policy": "tariff", "intensity": float("nan")}, "intensity = nan is outside"),
        ({"policy": "tariff", "intensity": "much"}, "intensity = 'much' is not a number"),
        ({"policy": "tariff", "intensity": None}, "intensity = None is not a number"),
    ],
)
def test_what_cannot_be_a_measure_is_refused_by_name(tree, message):
    with pytest.raises(InputError, match=message):
        Measure.from_dict("m", tree)


def test_one_code_may_stand_without_brackets_and_yaml_may_read_on_as_true():
    bare = {"policy": "tariff", "by": "A", True: ["X"], "rate": 0.1}
    m = Measure.from_dict("m", bare)
    assert (m.by, m.on, m.options) == (("A",), ("X",), {"rate": 0.1})
    assert Measure.from_dict("m", bare | {"on": ["Y"]}).on == ("Y",)
    assert Measure.from_dict("m", m.to_dict()) == m
