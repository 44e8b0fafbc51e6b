"""Runs of visitors: the numbers of the library, stopped, queued, failed and found again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from waiting import until

import sim
from sim.page import answers
from sim.page.choice import Choice
from sim.run import complete

SMALL = Choice(scenarios=("eu_2022",), firms=900, months=4, seeds=2)


def endless(seed):
    """Settings of a run that no machine finishes while a test looks at it."""
    settings = replace(SMALL, months=60, seed=seed).settings()
    return replace(settings, seeds=1_000)


@pytest.fixture(scope="module")
def finished(pool):
    run = pool.submit(SMALL.settings())
    until(lambda: run.over)
    assert run.state == "finished", run.error
    return run


def test_the_page_simulates_what_the_library_simulates(finished):
    own = sim.simulate(finished.settings.replications()[1])
    assert finished.of("own")[1].digest == own.digest
    assert len(finished.of("reference")) == 2
    assert finished.months_done == finished.months_wanted == 16


def test_the_table_is_that_of_results(finished, tmp_path):
    settings = finished.settings
    for one in (*settings.replications(), *settings.against()):
        output = replace(one.output, folder=str(tmp_path), figures=False)
        complete(replace(one, name="study", output=output))
    results = sim.open_results(tmp_path / "study")
    for against, reference in ((None, []), ({"scenario": "none"}, finished.of("reference"))):
        wanted = results.changes(against=against)
        wanted = wanted[wanted["scenario"] == "eu_2022"].set_index(["region", "indicator"])
        found = answers.table(finished.of("own"), reference)
        for key, row in wanted.iterrows():
            cell = found[key]
            np.testing.assert_allclose(
                [cell.mean, cell.low, cell.high], row[["mean", "low", "high"]].astype(float),
                rtol=0, atol=1.1e-5,  # summary.csv holds eight digits of each of two levels
            )  # fmt: skip


def test_the_same_again_is_there_at_once(pool, finished):
    again = pool.submit(finished.settings)
    assert again.state == "finished"
    assert again.of("own")[0].digest == finished.of("own")[0].digest


def test_a_run_is_stopped_and_keeps_its_months(pool):
    run = pool.submit(endless(5))
    until(lambda: run.months_done >= 2)
    pool.stop(run)
    until(lambda: run.over)
    assert run.state == "stopped" and 2 <= run.months_done < run.months_wanted


def test_two_who_ask_for_the_same_share_it_until_the_last_one_leaves(pool):
    one = pool.submit(endless(11))
    until(lambda: one.months_done >= 2)
    other = pool.submit(endless(11))
    assert other is one and pool.at_work == [one]
    left = pool.stop(one)
    months = left.months_done
    assert left.state == "stopped" and one.state == "running" and months >= 2
    until(lambda: one.months_done > months)
    assert left.months_done == months
    assert pool.stop(other) is one
    until(lambda: one.over)
    assert one.state == "stopped"


def test_the_second_waits_and_can_be_stopped_while_it_does(pool):
    first = pool.submit(endless(6))
    second = pool.submit(replace(SMALL, months=3, seed=7, seeds=1).settings())
    third = pool.submit(replace(SMALL, months=3, seed=8, seeds=1).settings())
    until(lambda: first.months_done)
    assert second.state == third.state == "waiting" and pool.ahead(third) == 1
    pool.stop(second)
    assert second.state == "stopped" and pool.ahead(third) == 0
    pool.stop(first)
    until(lambda: third.over)
    assert third.state == "finished"


def test_a_run_that_fails_says_why_and_the_next_one_runs(pool):
    settings = replace(SMALL, seeds=1, seed=9).settings()
    broken = replace(settings, firms=replace(settings.firms, count=9))
    run = pool.submit(broken)
    until(lambda: run.over)
    assert run.state == "failed" and "firms" in run.error
    after = pool.submit(settings)
    until(lambda: after.over)
    assert after.state == "finished"


def test_a_process_that_dies_is_replaced(pool):
    run = pool.submit(endless(10))
    until(lambda: run.months_done)
    pool.processes[0].kill()
    until(lambda: run.over)
    assert run.state == "failed" and "ended" in run.error
    after = pool.submit(replace(SMALL, months=3, seed=10, seeds=1).settings())
    until(lambda: after.over)
    assert after.state == "finished"


def test_paths_start_at_nothing_and_bands_hold_the_middle(finished):
    for key in answers.SHOWN:
        found = answers.paths(finished.of("own"), finished.of("reference"), key)
        assert found.middle.shape == (5, 5)
        assert (found.middle[0] == 0).all()
        assert (found.low <= found.middle).all() and (found.middle <= found.high).all()
    alone = answers.paths(finished.of("own")[:1], [], "real_gdp")
    panel = finished.of("own")[0]
    members = panel.axes.region_positions(["members"])
    expected = 100 * (panel.relative("regions", "real_gdp")[:, members] - 1)
    np.testing.assert_allclose(alone.middle[1:], expected, atol=1e-8)
