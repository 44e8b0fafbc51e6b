"""What comes from a browser: read strictly, written back the same, never passed on as it came."""

from __future__ import annotations

import pickle
import shlex
from dataclasses import replace
from datetime import date

import pytest

import sim
from sim.errors import InputError
from sim.page import choice, words
from sim.page.choice import Choice, Edit

FULL = Choice(
    scenarios=("eu_2022", "mission_closed", "joint_sovereignty"),
    against="none",
    firms=1_000,
    months=12,
    seed=7,
    seeds=3,
    compliance=0.25,
    technology=False,
    retaliate=True,
    measures=(
        ("export_ban_rus", Edit(intensity=0.5, start=date(2022, 6, 1))),
        ("import_ban_rus", Edit(intensity=0.0)),
    ),
)


@pytest.mark.parametrize("made", [Choice(), FULL], ids=["first look", "everything"])
def test_a_link_gives_back_what_made_it(made):
    assert Choice.from_query(made.to_query()) == made
    assert Choice.from_query("?" + made.to_query() + "&run=yes") == made


def test_the_command_line_means_the_same_run():
    parts = shlex.split(FULL.command())
    assert parts[:3] == ["python", "-m", "sim"]
    told = sim.load(*parts[3:])
    assert told.identity() == FULL.settings().identity()
    assert told.reference.identity() == FULL.settings().reference.identity()
    assert (told.seeds, told.firms.count, told.months, told.seed) == (3, 1_000, 12, 7)
    measures = {m.name: m for m in told.scenario}
    assert measures["export_ban_rus"].intensity == 0.5
    assert measures["export_ban_rus"].start == date(2022, 6, 1)
    assert measures["import_ban_rus"].intensity == 0
    assert told.countries.compliance == 0.25 and told.countries.retaliate
    assert not told.technology.active


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("scenario=eu_2023", "did you mean 'eu_2022'"),
        ("scenario=../../etc/passwd", "unknown scenario"),
        ("scenario=eu_2022;rm -rf", "unknown scenario"),
        ("scenario=none&against=$(id)", "unknown scenario"),
        ("scenario=eu_2022,eu_only", "exclude each other"),
        ("scenario=eu_2022,eu_2022", "exclude each other"),
        ("scenario=e_documents,e_documents", "each once"),
        ("months=1000", "outside"),
        ("months=12.5", "not a whole number"),
        ("months=-3", "not a whole number"),
        ("firms=1000000", "not a whole number|outside"),
        ("seeds=0", "outside"),
        ("months=3&months=4", "twice"),
        ("output.folder=/tmp", "unknown key"),
        ("baseline.path=/etc", "unknown key"),
        ("traders=maybe", "unknown traders"),
        ("compliance=nan", "from 0 to 1"),
        ("compliance=1.5", "outside"),
        ("m.export_ban_rsu=0.5,,", "did you mean 'export_ban_rus'"),
        ("m.export_ban_rus=0.5", "INTENSITY,START,END"),
        ("m.export_ban_rus=2,,", "from 0 to 1"),
        ("m.export_ban_rus=,2022-13-01,", "not a date"),
        ("m.export_ban_rus=,0001-01-01,", "outside"),
        ("scenario=" + "a" * 5_000, "characters"),
    ],
)
def test_a_link_that_asks_for_something_else_is_refused(query, said):
    with pytest.raises(InputError, match=said):
        Choice.from_query(query)


def test_what_a_first_visitor_sees_can_be_composed_by_another_process():
    told = pickle.loads(pickle.dumps(choice.first_look()))
    assert told == {
        Choice(): sim.load(*Choice().overrides()),
        ("eu_2022",): sim.load("scenario=[eu_2022]"),
    }


def test_dates_the_wrong_way_round_are_refused_with_the_measure():
    made = Choice(measures=(("export_ban_rus", Edit(None, date(2023, 1, 1), date(2022, 1, 1))),))
    with pytest.raises(InputError, match="export_ban_rus"):
        made.settings()


def test_every_shipped_scenario_can_be_chosen():
    families = (*choice.SANCTIONS, *choice.MISSION, *choice.COMPLIANCE)
    assert set(families) | set(choice.programmes()) == set(choice.abouts())
    for name in choice.abouts():
        Choice(scenarios=(name,)).settings()


def test_what_differs_is_said_in_words():
    usual = replace(Choice(), firms=10_000)
    assert words.differences(usual, usual.settings()) == []
    told = "\n".join(words.differences(FULL, FULL.settings()))
    for piece in (
        "3 seeds, 7 to 9",
        "months: 12 instead of 36",
        "firms: 1,000 instead of 10,000",
        "compliance of every country: 0.25",
        "loss and building of technology: off instead of on",
        "measure export_ban_rus: intensity: 0.5 instead of 1.0",
        "measure export_ban_rus: start: 2022-06-01",
        "measure import_ban_rus is switched off",
    ):
        assert piece in told


def test_other_scenarios_drop_changes_to_measures_they_do_not_have():
    assert FULL.with_scenarios(("none",)).measures == ()
    assert FULL.with_scenarios(("eu_us",)).measures == FULL.measures
