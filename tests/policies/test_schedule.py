"""A treaty as a table: rates by importer, exporter, sector and date."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from worlds import small

from sim.axes import Month
from sim.config import load
from sim.errors import InputError
from sim.policies.measure import Measure
from sim.policies.policy import checked
from sim.policies.scenario import compile_scenario
from sim.prepared import identify, prepare
from sim.settings import Settings

WORLD = small()
HEAD = "importer,exporter,sector,rate,date\n"


def path_of(rows: list[str], months: int = 6, **given: object):
    made = checked(Measure("t", "tariff_schedule", options={"table": rows}, **given))
    return compile_scenario([made], WORLD, Month(2022, 1), months)


def test_a_row_holds_from_its_date_until_the_next_of_its_flow():
    rows = ["A,X,food,0.1,2022-02-01", "A,X,food,0.3,2022-04-16", "B,Y,all,-0.02,2022-03-01"]
    path = path_of(rows)
    cell = [path.at(t).tariff_change[2, 0, 0] for t in range(6)]
    assert cell == pytest.approx([0, 0.1, 0.1, 0.1 + 0.2 * 15 / 30, 0.3, 0.3])
    assert path.at(4).tariff_change[3, 1].tolist() == [-0.02, -0.02, -0.02]
    assert path.at(0) is path.neutral and path.at(4) is path.at(5)
    assert (path.at(5).tariff_change != 0).sum() == 4


def test_sets_stand_for_their_members_and_nobody_pays_at_home():
    change = path_of(["members,all,goods,0.05,2022-01-01", "A,X,food,0.2,2022-01-01"]).at(0)
    assert change.tariff_change[2, 0].tolist() == [0.2, 0.05, 0]
    assert change.tariff_change[0, 0].tolist() == [0, 0, 0]


def test_a_schedule_is_the_same_as_a_measure_for_each_line():
    rows = [f"{d},{o},{s},0.07,2022-03-01" for d in "AB" for o in "XY" for s in ("food", "tools")]
    each = [
        Measure(f"m{k}", "tariff", (d,), (o,), (s,), date(2022, 3, 1), options={"rate": 0.07})
        for k, (d, o, s) in enumerate(row.split(",")[:3] for row in rows)
    ]
    one, many = path_of(rows), compile_scenario(each, WORLD, Month(2022, 1), 6)
    assert all(
        one.at(t).tariff_change.tobytes() == many.at(t).tariff_change.tobytes() for t in range(6)
    )


def folder(tmp_path: Path, table: str) -> Path:
    (tmp_path / "scenario").mkdir()
    (tmp_path / "scenario" / "treaty.csv").write_text(table, encoding="utf-8")
    text = "about: {treaty: a free trade area in two steps}\nmeasures:\n  treaty:\n"
    text += "    policy: tariff_schedule\n    table: treaty.csv\n"
    (tmp_path / "scenario" / "treaty.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_table_lies_beside_its_scenario_and_the_run_keeps_its_rows(tmp_path):
    rows = "NOR, WLD, MAN, -0.01, 2022-02-01\n\nSUD,WLD,all,0.02,2022-03\n"
    table = "\ufeff# a treaty\n" + HEAD + rows
    own = folder(tmp_path, table)
    given = ("baseline=toy", "firms.count=27", "months=4", "scenario=treaty")
    made = load(*given, config_dir=own)
    assert made.scenario.measures[0].options["table"] == (
        "NOR,WLD,MAN,-0.01,2022-02-01", "SUD,WLD,all,0.02,2022-03-01"
    )  # fmt: skip
    assert prepare(made).settings is made and Settings.from_dict(made.resolved()) == made
    before = identify(made)
    (own / "scenario" / "treaty.csv").write_text(table.replace("0.02", "0.03"), encoding="utf-8")
    assert identify(load(*given, config_dir=own)) != before


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("NOR,WLD,MAN,5%,2022-02-01\n", "line 2: rate '5%' is not a number; write a share"),
        ("NOR,WLD,MAN,11,2022-02-01\n", "line 2: rate = 11 is outside"),
        ("NOR,WLD,MAN,nan,2022-02-01\n", "line 2: rate = nan is outside"),
        ("NOR,WLD,MAN,0.1,2022-02-31\n", "line 2: date '2022-02-31' is not a date"),
        ("NOR,WLD,MAN,0.1\n", "line 2: 4 cells, and there are 5 columns"),
        ("NOR,,MAN,0.1,2022-02-01\n", "line 2: exporter is empty"),
        ("NOR,WLD,MAN,0.1,2022-02-01\n" * 2, "line 3: the same flow and date as line 2"),
        ("NOR,WLD,MAN,x,2022-02-01\n" * 13, "and 3 more"),
        ("", "has no rows"),
    ],
)
def test_what_is_wrong_is_told_by_its_line(tmp_path, rows, says):
    with pytest.raises(InputError) as caught:
        load("baseline=toy", "scenario=treaty", config_dir=folder(tmp_path, HEAD + rows))
    assert says in str(caught.value) and "treaty" in str(caught.value)


def test_other_names_are_refused_with_the_nearest(tmp_path):
    own = folder(tmp_path, HEAD.replace("exporter", "exprter") + "NOR,WLD,MAN,0.1,2022-02-01\n")
    with pytest.raises(InputError, match="'exprter'; did you mean 'exporter'"):
        load("baseline=toy", "scenario=treaty", config_dir=own)
    (own / "scenario" / "treaty.csv").write_text(HEAD + "NRO,WLD,MAN,0.1,2022-02-01\n")
    with pytest.raises(InputError, match="'NRO'; did you mean 'NOR'"):
        prepare(load("baseline=toy", "scenario=treaty", config_dir=own))
    (own / "scenario" / "treaty.csv").unlink()
    with pytest.raises(InputError, match="is in none of"):
        load("baseline=toy", "scenario=treaty", config_dir=own)
