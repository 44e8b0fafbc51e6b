"""The scenario file's static answer: every lever is translated, or says why not."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim import levers
from sim.baseline.balance import load_baseline
from sim.baseline.tables import shipped
from sim.equilibrium import __main__ as command
from sim.equilibrium import solve
from sim.equilibrium.translate import IDLE, MEANT, REFUSED, accounts_of, translate
from sim.errors import InputError
from sim.params import BehaviourParams, TechnologyParams

TOY = ("baseline=toy",)


@pytest.fixture(scope="module")
def toy():
    return load_baseline(shipped("toy"))


def moved(toy, **changes) -> levers.Levers:
    """Neutral levers with some at other values; a function gets a copy and changes it."""
    neutral = levers.neutral(toy.axes)
    arrays = {lever.name: getattr(neutral, lever.name) for lever in levers.LEVERS}
    for name, change in changes.items():
        arrays[name] = arrays[name].copy()
        change(arrays[name])
    return levers.Levers(**arrays)


def put(where, value):
    def change(array):
        array[where] = value

    return change


def test_every_lever_has_its_place():
    names = [lever.name for lever in levers.LEVERS]
    assert sorted([*MEANT, *IDLE, *REFUSED]) == sorted(names)


def test_nothing_done_is_the_tables_themselves(toy):
    for markups in (False, True):
        found = solve(accounts_of(toy, markups=markups), None, "exports")
        assert np.abs(found.trade - toy.trade).max() < 1e-9 * toy.trade.max()
    made = translate(levers.neutral(toy.axes), toy)
    assert made.notes == {}
    assert np.abs(solve(accounts_of(toy), made.shock).real_income - 1).max() < 1e-12


def test_borders_are_those_of_the_agent_model(toy):
    """The same delivered cost and weights as `draw_border` hands to the markets."""
    rng = np.random.default_rng(0)
    abroad = ~np.eye(3, dtype=bool)
    member = toy.axes.is_member

    def everywhere(array):
        array[abroad] += rng.uniform(-0.03, 0.2, array[abroad].shape)

    def duties(array):
        everywhere(array)
        array[1, 0] = -1.2  # more than giving away

    hit = moved(
        toy, border_cost=everywhere, tariff_change=everywhere, payment_cost=everywhere,
        relations=everywhere, local_content=put((member, slice(None)), 0.9),
        coverage=put((0, 2), 0.3), export_duty=duties,
    )  # fmt: skip
    shock = translate(hit, toy).shock
    from types import SimpleNamespace

    from sim.phases.clear import draw_border

    economy = SimpleNamespace(baseline=toy, behaviour=BehaviourParams(), regions=3)
    border = draw_border(economy, hit)
    turned = (2, 1, 0)
    paid = 1.0 + shock.tariff + np.asarray(shock.fee)[:, :, None] + shock.duty
    np.testing.assert_allclose(paid.transpose(turned), border.wedges.paid, rtol=1e-12)
    np.testing.assert_allclose(shock.iceberg.transpose(turned), border.wedges.border, rtol=1e-12)
    weight = shock.weight * (paid / (1.0 + toy.tariff) * shock.iceberg) ** (1 - toy.sigma)
    usable = border.wedges.weight * border.wedges.relation[None] * (1.0 - border.wedges.covered)
    np.testing.assert_allclose(weight.transpose(turned), usable, rtol=1e-9)


def test_lost_technology_is_lost_labour(toy):
    hit = moved(toy, technology_access=put(slice(None), 0.0))
    made = translate(hit, toy)
    weight = toy.technology.weight[None] * toy.technology.dependence
    share = toy.output / toy.output.sum(axis=1, keepdims=True)
    imports = toy.trade[:, :, toy.technology.source].sum(axis=0) > 0
    np.testing.assert_allclose(
        (share * made.shock.skill).sum(axis=1), 1 - (weight * imports).sum(axis=1), rtol=1e-9
    )
    off = translate(hit, toy, technology=TechnologyParams(active=False))
    assert (off.shock.skill == 1).all()
    assert off.notes["technology_access"] == "technology is off"


def test_ties_are_variety_as_far_as_the_agent_model_says(toy):
    hit = moved(toy, relations=put((0, 1), 1.5))
    accounts = accounts_of(toy)

    def gain(**options):
        found = solve(accounts, translate(hit, toy, **options).shock, "exports")
        assert found.trade[0, 1].sum() > accounts.trade[0, 1].sum()
        return found.real_income[1] - 1

    variety = gain(variety=1.0)
    assert variety > 0
    assert abs(gain()) < 0.5 * variety  # tie_variety is 0
    assert gain(behaviour=BehaviourParams(tie_variety=1.0)) == variety
    assert gain() < gain(behaviour=BehaviourParams(tie_variety=0.5)) < variety


def test_worse_ties_are_a_loss_whatever_ties_are(toy):
    hit = moved(toy, relations=put((0, 1), 0.5))
    for variety in (0.0, 1.0):
        assert (np.asarray(translate(hit, toy, variety=variety).shock.counted) == 1).all()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_needs_time_is_refused_by_name(toy, name):
    hit = moved(toy, **{name: put(slice(None), 0.5)})
    with pytest.raises(InputError, match=f"{name} .*leave_out={name}"):
        translate(hit, toy)
    assert translate(hit, toy, leave_out=[name]).notes == {name: "left out, as asked"}
    with pytest.raises(InputError, match="did you mean 'research_support'"):
        translate(hit, toy, leave_out=["research_suport"])


def test_what_has_nothing_to_work_on_is_said(toy):
    made = translate(moved(toy, compliance_floor=put(slice(None), 0.5)), toy)
    assert "traders" in made.notes["compliance_floor"]
    assert np.abs(solve(accounts_of(toy), made.shock).real_income - 1).max() < 1e-12


SCENARIOS = ["none", "embargo", "eu_2022", "hedging_kazakhstan", "closer_union", "burden_sharing"]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_shipped_scenarios_have_an_answer(scenario):
    made = sim.equilibrium(sim.load(f"scenario={scenario}"), at="2024-12")
    assert max(made.found.residuals.values()) <= 1e-10
    table = made.table()
    assert table.notna().all().all()
    quiet = abs(table["real_income"]).max() < 1e-8
    assert quiet == (scenario == "none")
    assert "following exports" in made.assumptions


def test_the_package_is_a_function_and_a_command(capsys):
    settings = sim.load("scenario=embargo", "months=12")
    made = sim.equilibrium(settings, closure="proportional", inputs="leontief")
    assert str(made.month) == "2022-12"
    assert made.trade()["base_musd"].sum() > 0
    assert command.main(["scenario=embargo", "at=2022-12", "closure=proportional"]) == 0
    said = capsys.readouterr().out
    assert "coverage: share of an origin's varieties that is gone" in said
    assert "in proportion to GDP" in said
    assert command.main(["scenario=embargo", "closure=proportion"]) == 2
    assert "did you mean 'proportional'" in capsys.readouterr().err
    assert command.main(["scenario=joint_sovereignty", "at=2024-01"]) == 2
    assert "research_support buys technology that grows" in capsys.readouterr().err


def test_months_before_the_start_are_none():
    with pytest.raises(InputError, match="at = 2021-12 is before the scenario starts"):
        sim.equilibrium(sim.load(), at="2021-12")
