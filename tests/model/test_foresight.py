"""Countries that try their options on branches of the model and take a better one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from runs import ran

import sim
from sim.errors import InputError
from sim.settings import Decisions

TOY = ("baseline=toy", "firms.count=60", "months=14", "decisions.first=2022-03")
GIFT = {"gift_$player": {"policy": "burden_sharing", "amounts": {"$player": 0.2, "WLD": -0.2}}}
LOSS = {"loss_$player": {"policy": "burden_sharing", "amounts": {"$player": -0.2, "WLD": 0.2}}}


def options(settings, players=("NOR", "SUD"), **strategies):
    """The settings with these options beside doing nothing."""
    given = {"none": {}, **{name: {"each": each} for name, each in strategies.items()}}
    return replace(
        settings,
        decisions=Decisions(settings.decisions.rules, {p: {} for p in players}, given),
    )


@pytest.fixture
def plain():
    return sim.load(*TOY, "decisions.horizon=6", "decisions.every=6")


def test_without_options_nothing_is_decided_and_nothing_changes(plain, toy):
    """The numbers of looking ahead move no bit as long as nobody has anything to choose."""
    usual = ran(sim.load(*TOY[:3]), toy).panel
    model = ran(plain, toy)
    assert model.panel.digest == usual.digest
    assert model.panel.decisions == []


def test_what_costs_is_left_and_what_brings_is_taken(plain, toy):
    model = ran(options(plain, give=LOSS, take=GIFT), toy)
    told = model.panel.decisions
    assert {(row["country"], row["option"]) for row in told if row["taken"]} == {
        ("NOR", "take"), ("SUD", "take"),
    }  # fmt: skip
    assert [row["month"] for row in told[::6]] == ["2022-03", "2022-09"]
    first = {(r["country"], r["option"]): r["payoff"] for r in told[:6]}
    for country in ("NOR", "SUD"):
        assert first[country, "give"] < first[country, "none"] < first[country, "take"]


def test_what_was_expected_comes_when_the_others_stay_as_they_were(plain, toy):
    """A lone decider that sees without error gets to the bit what its branch had shown."""
    model = ran(options(plain, players=("NOR",), take=GIFT), toy)
    first = next(row for row in model.panel.decisions if row["taken"])
    assert first["option"] == "take"
    assert first["came"] == first["payoff"]


def test_a_lone_decider_never_does_worse_than_its_rule(plain, toy):
    """Over the horizon it gives up at most the threshold against doing nothing."""
    rule = ran(plain, toy)
    for strategies in ({"give": LOSS}, {"take": GIFT}, {"give": LOSS, "take": GIFT}):
        model = ran(options(plain, players=("NOR",), **strategies), toy)
        got = model.foresight.payoff(model.panel, 0, 2, 8)
        without = model.foresight.payoff(rule.panel, 0, 2, 8)
        assert got >= without - plain.decisions.rules.threshold


def test_branches_leave_no_trace(plain, toy):
    """Thinking about an option that is never taken gives the digest of never having thought."""
    quiet = ran(plain, toy).panel.digest
    model = ran(options(plain, give=LOSS), toy)
    assert not any(row["taken"] and row["option"] == "give" for row in model.panel.decisions)
    assert model.panel.digest == quiet


def test_a_gain_below_the_threshold_moves_nobody(plain, toy):
    rules = replace(plain.decisions.rules, threshold=1.0)
    told = ran(options(replace(plain, decisions=Decisions(rules)), take=GIFT), toy).panel.decisions
    assert {row["option"] for row in told if row["taken"]} == {"none"}


def test_who_errs_may_choose_wrongly_and_always_in_the_same_way(plain, toy):
    rules = replace(plain.decisions.rules, error=0.5, threshold=0.0)
    made = options(replace(plain, decisions=Decisions(rules)), give=LOSS, take=GIFT)
    one, two = (ran(made, toy).panel.decisions for _ in range(2))
    assert one == two
    clear = ran(options(plain, give=LOSS, take=GIFT), toy).panel.decisions
    assert [r["payoff"] for r in one] != [r["payoff"] for r in clear]


def test_who_does_not_know_what_is_announced_expects_all_to_stay(plain, toy):
    """Before an embargo that is announced for next month, only who knows expects a loss."""
    bar = {
        "policy": "embargo", "by": ["WLD"], "on": ["NOR"], "start": "2022-04-01",
    }  # fmt: skip
    tree = options(plain, players=("NOR",), take=GIFT).resolved()
    tree["scenario"]["measures"]["bar"] = bar
    expected = {}
    for announced in (True, False):
        tree["decisions"]["announced"] = announced
        told = ran(sim.settings.Settings.from_dict(tree), toy).panel.decisions
        expected[announced] = next(r["payoff"] for r in told if r["option"] == "none")
    assert expected[False] == pytest.approx(0.0, abs=1e-9)
    assert expected[True] < -0.01


def test_pressure_that_is_not_met_counts_as_much_as_was_said(plain, toy):
    tree = options(plain, players=("NOR",), stop={
        "stop_$player": {"policy": "compliance_floor", "on": ["$player"], "level": 1.0}
    }).resolved()  # fmt: skip
    tree["scenario"]["measures"]["press"] = {
        "policy": "secondary_pressure", "by": ["WLD"], "on": ["NOR"], "level": 0.5,
    }  # fmt: skip
    for weight, taken in ((0.0, "none"), (0.1, "stop")):
        tree["decisions"]["pressure"] = weight
        told = ran(sim.settings.Settings.from_dict(tree), toy).panel.decisions
        assert next(r["option"] for r in told if r["taken"]) == taken


@pytest.mark.parametrize(
    ("players", "strategies", "told"),
    [
        ({"NOX": {}}, {"none": {}, "x": {}}, "unknown deciding country 'NOX'; did you mean 'NOR'"),
        ({"NOR": {}}, {"none": {}}, "player 'NOR' has only one strategy"),
        ({"NOR": {}}, {"none": {}, "x": {"each": {"a": {"policy": "tarif"}}}}, "'tarif'"),
        (
            {"NOR": {}},
            {"none": {}, "x": {"each": {"a": {
                "policy": "research", "by": ["NOR"], "amount_musd_month": 1, "start": "2022-05-01",
            }}}},
            "measure 'a' has dates; countries choose when",
        ),
    ],
)  # fmt: skip
def test_options_that_do_not_fit_are_refused_before_the_first_month(
    plain, toy, players, strategies, told
):
    tree = plain.resolved()
    tree["decisions"] |= {"players": players, "strategies": strategies}
    with pytest.raises(InputError, match=told):
        sim.UnionModel(sim.settings.Settings.from_dict(tree), toy)


def test_decisions_travel_with_the_results(plain, toy, tmp_path):
    from sim.run import complete

    made = options(plain, take=GIFT)
    made = replace(made, output=replace(made.output, folder=str(tmp_path), progress=False))
    done = complete(made)
    back = sim.Panel.read(done.folder)
    assert back.decisions == done.panel.decisions != []
    assert (done.folder / "decisions.csv").read_text().startswith("month,country,option")


@pytest.mark.parametrize("name", ["almaty", "compliance"])
def test_shipped_options_fit_their_tables(name, union):
    settings = sim.load(f"decisions={name}", "firms.count=900", "months=1")
    assert sim.UnionModel(settings, union).deciding


def test_choices_reach_the_levers_from_the_month_they_are_taken(plain, toy):
    model = ran(options(plain, players=("NOR",), take=GIFT), toy)
    paid = model.panel.values("budgets", "transfers_musd")[:, 0]
    assert np.array_equal(paid, np.where(np.arange(14) < 2, 0.0, 0.2))
