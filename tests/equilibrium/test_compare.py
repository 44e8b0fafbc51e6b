"""The textbook beside the agent model, and as its rival."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.equilibrium import solve
from sim.equilibrium.accounts import Shock
from sim.equilibrium.compare import STEPS, compare, nest
from sim.equilibrium.households import real_consumption
from sim.equilibrium.rival import RIVALS, static_answers
from sim.equilibrium.translate import accounts_of
from sim.plots.waterfall import waterfall
from sim.prepared import tables
from sim.study.validate import beside
from sim.study.validate import compare as observed


@pytest.fixture(scope="module")
def toy():
    return sim.load("baseline=toy", "months=6", "firms.count=300")


def test_steps_lead_from_one_model_to_the_other(toy):
    between = compare(toy, rest=8)
    assert list(between.levels.index) == list(STEPS)
    assert np.abs(between.levels.to_numpy()).max() < 1e-6  # nobody does anything
    np.testing.assert_allclose(between.steps.sum(), between.levels.iloc[-1], atol=1e-12)
    assert list(between.path.columns) == ["rest (month 8)", "textbook"]


def test_a_scenario_moves_both(toy):
    hit = sim.load(
        "baseline=toy", "months=6", "firms.count=300",
        "+scenario.measures.cut={policy: tariff, by: [NOR], on: [WLD], rate: 0.2}",
    )  # fmt: skip
    between = compare(hit, rest=8)
    assert (between.levels["NOR"].iloc[[0, -1]].abs() > 1e-3).all()
    rows = between.levels["NOR"]
    assert rows["textbook"] == rows["without technology"]  # a tariff has none
    figure = waterfall(list(rows.index), rows.tolist(), "title", "below", between.source)
    labels = [text.get_text() for text in figure.axes[0].get_xticklabels()]
    assert labels[0] == "textbook"
    assert labels[-1].split() == ["agent", "model"]


def test_households_have_what_they_had_if_nothing_happens(toy):
    loaded = tables(toy)
    for markups in (False, True):
        found = solve(accounts_of(loaded, markups=markups), Shock(), "exports")
        np.testing.assert_allclose(real_consumption(found, loaded), 1.0, rtol=1e-12)


def test_the_purse_is_split_without_loss(toy):
    """What a duty brings is the treasury's: households feel the price, and not the revenue."""
    loaded = tables(toy)
    duty = loaded.tariff + 0.2 * ~np.eye(3, dtype=bool)[:, :, None]
    found = solve(accounts_of(loaded), Shock(tariff=duty), "exports")
    assert (real_consumption(found, loaded) < found.real_income).all()


@pytest.mark.slow
def test_at_rest_and_without_its_mechanisms_the_agent_model_is_near_the_textbook():
    """A tariff: 0.3 points of consumption, of a loss that the textbook alone calls a gain.

    What is left are firms with a few suppliers each and wages that give a little.
    """
    from dataclasses import replace

    settings = sim.load(
        "months=72", "firms.count=1000", "behaviour.wage_curve=0.5",
        "+scenario.measures.duty={policy: tariff, by: [RUS], on: [EU27, CHN, ROW], rate: 0.2}",
    )  # fmt: skip
    loaded = tables(settings)
    competitive = replace(loaded, price_taking=np.zeros_like(loaded.price_taking))
    panel = sim.simulate(nest(settings), competitive)
    agents = panel.relative("regions", "real_consumption")[-6:].mean(axis=0)
    duty = loaded.tariff.copy()
    axes = loaded.axes
    duty[axes.region_positions(["EU27", "CHN", "ROW"]), axes.region("RUS")] += 0.2
    found = solve(
        accounts_of(loaded, markups=True), Shock(tariff=duty), "exports", "leontief", "spending"
    )
    gap = agents - real_consumption(found, loaded)
    large = axes.region_positions(["RUS", "KAZ", "BLR", "EU27", "CHN", "USA"])
    assert np.abs(gap[large]).max() < 0.003


def test_the_rival_is_scored_on_the_observed_rows():
    settings = sim.load("scenario=eu_2022", "months=12")
    rivals = static_answers(settings)
    assert list(rivals) == list(RIVALS)
    table = beside([rivals["textbook"]], rivals)
    assert (table["textbook"] == table["model"]).all()
    assert len(table) == len(observed([rivals["textbook"]])) > 5
    row = table[table["name"] == "EU_exports_RUS"]
    assert row.empty or (row["textbook_bans"] < 1).all()
    base = rivals["textbook"].base("trade", "value_musd")
    first = rivals["textbook"].values("trade", "value_musd")[0]
    np.testing.assert_allclose(first, base, rtol=1e-6, atol=1e-6)  # January: nothing yet
