"""What is asked for and not done is said: late, idle, outdone, at once, below zero."""

from __future__ import annotations

import pytest

from sim.config import load
from sim.prepared import prepare

RUN = ("baseline=toy", "firms.count=27", "months=6")
MINE = "scenario.measures.t"


def told(*overrides: str) -> tuple[str, ...]:
    return prepare(load(*RUN, *overrides)).notes()


def ban(name: str = "ban", **more: object) -> str:
    body = {"policy": "export_ban", "by": "[WLD]", "on": "[NOR]"} | more
    return f"scenario.measures.{name}={{{', '.join(f'{k}: {v}' for k, v in body.items())}}}"


def test_nothing_is_said_where_everything_is_done():
    assert told() == told(ban(start="2022-02-01"), ban("other", on="[SUD]")) == ()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([ban(start="2032-02-01")], "measure 'ban' begins after the last month, 2022-06"),
        ([ban(start="2022-07-01")], "begins after the last month"),
        ([ban(start="2020-01-01", end="2022-01-01")], "ends before the first month, 2022-01"),
        ([ban(coverage=0)], "measure 'ban' moves nothing"),
        ([ban(), ban("less", coverage=0.5)], "measure 'less' never has its way"),
        ([ban(sectors="[SER]", by="[NOR]", on="[SUD]")], ""),
        ([ban(start="2021-05-01")], "began before the first month, 2022-01"),
        (
            ["scenario.measures.t={policy: tariff, by: [NOR], on: [WLD], rate: -0.9}"],
            "is cut by more than it is",
        ),
        (
            ["technology=off", f"{MINE}={{policy: adoption_mandate, by: [NOR], share: 1}}"],
            "technology is off, so nothing comes of measure t",
        ),
        (
            ["countries.compliance=1", f"{MINE}={{policy: compliance_floor, on: [SUD], level: 1}}"],
            "countries.compliance is fixed",
        ),
    ],
)  # fmt: skip
def test_what_is_not_done_is_said_in_one_line(given, says):
    lines = told(*given)
    if says:
        (line,) = lines
        assert says in line and "\n" not in line


def test_a_measure_that_was_switched_off_is_not_spoken_of():
    assert (
        told(ban(start="2032-02-01", intensity=0))
        == told(ban(coverage=0), "scenario.intensity=0")
        == ()
    )


def test_many_are_counted():
    (line,) = told(*(ban(f"b{k}", start="2032-01-01") for k in range(9)))
    assert line.startswith("measures b0, b1, b2, b3 and 5 more begin after")


def test_a_start_far_away_puts_all_in_force_at_once():
    (line,) = told(
        "start=2030-01", ban("a", start="2022-02-01"), ban("b", on="[SUD]", start="2023-01-01")
    )
    assert "measures a, b began before the first month, 2030-01" in line
