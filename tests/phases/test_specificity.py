"""What a lost supplier made, others do not make: sizes, limits and neutrality of specificity."""

from __future__ import annotations

import numpy as np
import pytest
from bench import MAN, NOR, RAW

import sim

BAN = "+scenario.measures.ban={policy: export_ban, by: [WLD], on: [NOR], start: 2022-02-01}"
SMALL = ("baseline=toy", "firms.count=60", "traders=off", "technology=off")


def ran(toy, months: int, *overrides: str) -> sim.UnionModel:
    model = sim.UnionModel(sim.load(*SMALL, f"months={months}", BAN, *overrides), toy)
    for _ in range(months):
        model.step()
    return model


def output(model: sim.UnionModel) -> np.ndarray:
    """NOR's output of goods relative to the base, by month."""
    made = model.panel.values("sectors", "output")[:, NOR, [RAW, MAN]].sum(axis=1)
    return made / model.panel.base("sectors", "output")[NOR, [RAW, MAN]].sum()


def test_the_more_specific_the_larger_the_loss(toy):
    worst = [
        output(ran(toy, 8, f"behaviour.specificity={x}", "behaviour.redesign=0")).min()
        for x in (0.0, 0.5, 1.0)
    ]
    assert worst[2] < worst[1] < worst[0]
    assert worst[2] < 0.97


def test_nothing_lost_nothing_missed(toy):
    quiet = ("scenario.measures.ban.intensity=0",)
    one = ran(toy, 6, *quiet)
    other = ran(toy, 6, *quiet, "behaviour.specificity=0", "behaviour.specificity_final=0")
    assert one.panel.digest == other.panel.digest
    assert not one.state.missing.any()


def test_reserves_carry_a_firm_for_their_months(toy):
    """With twice and six times the stocks of the table, the loss comes months later."""

    def month_of_loss(cover: float) -> int:
        path = output(ran(toy, 10, f"behaviour.input_cover={cover}", "behaviour.redesign=0"))
        return int(np.argmax(path < 0.9))

    assert 0 < month_of_loss(0.5) < month_of_loss(1.0) < month_of_loss(3.0) - 2


def test_who_redesigns_at_once_misses_nothing_for_long(toy):
    model = ran(toy, 6, "behaviour.redesign=1")
    assert model.market.weights.lost.max() > 0.5
    assert model.state.missing.max() < 1e-12
    assert model.state.adapted.max() > 0.1


def test_what_is_missed_and_what_is_replaced_never_exceed_what_was_lost(toy):
    model = ran(toy, 12)
    state, lost = model.state, model.market.weights.lost
    assert (state.missing >= 0.0).all() and (state.adapted >= 0.0).all()
    assert (state.missing + state.adapted <= lost + 1e-12).all()
    assert (state.reserve >= 0.0).all()
    assert (state.reserve <= model.economy.cover + 1e-12).all()


def test_an_order_that_is_not_delivered_replaces_nothing(toy):
    """Traders are asked at once; what they were asked for is missing until they have the goods."""
    settings = sim.load(
        "baseline=toy", "firms.count=60", "technology=off", "months=6", BAN,
        "behaviour.search_rate=0", "behaviour.redesign=0",
    )  # fmt: skip
    model = sim.UnionModel(settings, toy)
    model.step()
    model.step()
    lost = model.market.weights.lost
    asked = (model.state.links.found > 0.0) & (lost > 0.0)
    assert asked.any()
    assert model.state.missing[asked] == pytest.approx(lost[asked])
    for _ in range(4):
        model.step()
    assert (model.state.missing[asked] < model.market.weights.lost[asked]).any()


def test_money_for_what_cannot_be_had_stays_with_its_owner(toy):
    spent = []
    for x in (0.0, 1.0):
        model = ran(toy, 3, f"behaviour.specificity_final={x}")
        spent.append(model.panel.values("regions", "household_deposits_musd")[-1, NOR])
    assert spent[1] > spent[0]


def test_a_ban_that_is_over_leaves_nothing_missing(toy):
    model = ran(toy, 60, "+scenario.measures.ban.end=2022-08-01")
    assert model.state.missing.max() == 0.0 == model.state.adapted.max()
    assert model.state.reserve == pytest.approx(model.economy.cover)
    assert output(model)[-1] == pytest.approx(1.0, abs=0.04)
