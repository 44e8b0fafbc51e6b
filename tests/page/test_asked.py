"""What a run can be asked: the numbers are those of the library, of the report and of the file."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from waiting import until

import sim
from sim.equilibrium.compare import STEPS
from sim.page import answers, spoken
from sim.page.asked import Hubs, Waterfall
from sim.page.snapshot import snapshot
from sim.page.worker import Why
from sim.record.columns import shown
from sim.record.indicators import rerouting
from sim.record.words import signed
from sim.run import complete
from sim.study.report import report

TOY = ("baseline=toy", "firms.count=60", "months=3")


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A run as it is kept: settings, panel, folder."""
    settings = sim.load("scenario=eu_2022", "firms.count=900", "months=6")
    output = replace(settings.output, folder=str(tmp_path_factory.mktemp("one")), figures=False)
    settings = replace(settings, output=output)
    made = complete(settings)
    return settings, sim.Panel.read(made.folder), made.folder


def test_what_goes_through_hubs_is_what_is_rerouted(stored):
    panel = stored[1]
    assert answers.target([panel]) == "RUS"
    found = answers.hubs([panel], "RUS")
    through = rerouting(panel, "RUS", ["EU27"]).through.mean() * 12 / 1000
    assert sum(hub.through for hub in found) == pytest.approx(through, rel=0.01)
    assert [hub.through for hub in found] == sorted((h.through for h in found), reverse=True)
    for hub in found:
        assert sum(share for _, share in hub.sectors) == pytest.approx(1.0)
        assert hub.through <= hub.exports
        assert 0.5 < hub.entered <= 1.0
    assert spoken.through(found, panel, "RUS").count("scope=row") == len(found)


def test_nothing_goes_round_where_nobody_is_barred():
    panel = sim.simulate(sim.load(*TOY, "scenario=none"))
    assert answers.target([panel]) is None


def test_hubs_are_drawn_from_the_largest_down(stored):
    bars = Hubs()
    found = answers.hubs([stored[1]], "RUS")
    bars.update(found, "Russia")
    assert bars.figure.y_range.factors[-1] == found[0].region
    assert list(bars.source.data["through"]) == [hub.through for hub in found[: len(found)]][:8]


def test_the_textbook_is_asked_in_a_process_and_once(pool):
    settings = sim.load(
        *TOY, "+scenario.measures.d={policy: tariff, by: [NOR], on: [WLD], rate: 1}"
    )
    asked = pool.ask(settings)
    until(lambda: asked.over)
    assert asked.state == "finished", asked.error
    panel = sim.simulate(settings)  # in which the story ends
    regions = panel.axes.region_positions(asked.answer.regions)
    path = panel.relative("regions", "real_consumption")[:, regions]
    assert asked.answer.steps == tuple(STEPS)
    assert asked.answer.regions == panel.axes.focus
    np.testing.assert_allclose(asked.answer.levels[-1], 100 * (path.mean(axis=0) - 1), atol=1e-9)
    again = pool.ask(settings)
    assert again.over and again.answer is asked.answer


def test_a_question_without_an_answer_says_why(pool):
    settings = sim.load("months=3", "firms.count=900")
    settings = replace(settings, firms=replace(settings.firms, count=9))
    asked = pool.ask(settings)
    until(lambda: asked.over)
    assert asked.state == "failed" and "firms" in asked.error


def test_the_waterfall_hangs_together():
    why = Why(("textbook", "a", "b"), ("x", "y", "z"), ("ONE",), np.array([[-1.0], [2.0], [0.5]]),
              "2022-12")  # fmt: skip
    drawn = Waterfall()
    drawn.take(why)
    drawn.update(why, "ONE", "One")
    data = drawn.source.data
    assert list(data["bottom"]) == [0.0, -1.0, 2.0, 0.0]
    assert list(data["top"]) == [-1.0, 2.0, 0.5, 0.5]
    assert data["label"] == ["−1.00", "+3.00", "−1.50", "+0.50"]
    assert list(drawn.table.data["ONE"]) == [-1.0, 3.0, -1.5, 0.5]


def test_report_page_and_file_say_the_same_number(stored):
    """Of the same question: what changed in Russia in the last months of this run?"""
    settings, panel, folder = stored
    found = answers.table([panel], [])
    row = re.search(r"<tr><td[^>]*>Russia</td>(.*?)</tr>", report(folder))
    cells = [unescape(text) for text in re.findall(r"<td[^>]*>([^<]*)</td>", row[1])]
    assert cells == [signed(found["RUS", column.name].mean, 2) for column in shown()]
    on_page = spoken.table(found, [panel], "the base month")
    assert on_page in snapshot([panel], [], settings)
    of_russia = on_page.split("Russia</th>")[1].split("</tr>")[0]
    short = [signed(found["RUS", column.name].mean) for column in shown()]
    assert re.findall(r"<td>([^<]*)</td>", of_russia) == short
