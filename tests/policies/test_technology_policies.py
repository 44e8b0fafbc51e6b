from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.axes import Month
from sim.baseline.balance import load_baseline
from sim.baseline.tables import read_tables, shipped
from sim.baseline.technology import Technology
from sim.errors import InputError
from sim.policies.measure import Measure
from sim.policies.policy import known
from sim.policies.scenario import compile_scenario

NOR, SUD, WLD = range(3)
RAW, MAN, SER = range(3)
POLICIES = [
    "technology_ban", "research", "adoption_mandate", "local_content", "subsidy",
    "joint_programme", "competence_centre", "egov_exchange",
]  # fmt: skip


@pytest.fixture(scope="module")
def toy():
    return read_tables(shipped("toy"))


def levers(tables, policy, options, **given):
    measure = Measure("m", policy, options=options, **given)
    return compile_scenario([measure], tables, Month(2022, 4), 1).at(0)


def test_every_policy_says_what_it_does():
    for name in POLICIES:
        assert known()[name].meaning and all(o.meaning for o in known()[name].options)


def test_a_ban_leaves_access_of_the_chosen_classes(toy):
    options = {"classes": ["software", "equipment"], "access": 0.25}
    got = levers(toy, "technology_ban", options, by=("WLD",), on=("members",)).technology_access
    wanted = np.ones((3, 3, 3))
    wanted[WLD, :2, 0] = wanted[WLD, :2, 2] = 0.25
    assert (got == wanted).all()


def test_half_strength_is_half_the_way_to_the_ban(toy):
    got = levers(toy, "technology_ban", {}, by=("WLD",), on=("NOR",), intensity=0.5)
    assert (got.technology_access[WLD, NOR] == 0.5).all()
    assert (got.technology_access != 1).sum() == 3


def test_research_money_goes_to_the_sectors_that_make_the_classes(toy):
    got = levers(toy, "research", {"amount_musd_month": 30}, by=("members",)).research_support
    wanted = np.zeros((3, 3))
    wanted[:2, SER], wanted[:2, MAN] = 10, 20  # electronics and equipment both come from MAN
    assert (got == wanted).all()
    one = levers(toy, "research", {"amount_musd_month": 30, "classes": "software"}, by=("SUD",))
    assert one.research_support[SUD, SER] == 30 == one.research_support.sum()


def test_mandate_local_content_and_subsidy(toy):
    assert levers(toy, "adoption_mandate", {"share": 0.4}, by=("NOR",)).adoption_mandate.tolist() \
        == [[0.4, 0.4, 0.4], [0, 0, 0], [0, 0, 0]]  # fmt: skip
    one = levers(toy, "adoption_mandate", {"share": 0.4, "classes": "software"}, by=("NOR",))
    assert one.adoption_mandate.tolist() == [[0.4, 0, 0], [0, 0, 0], [0, 0, 0]]
    given = {"by": ("SUD",), "sectors": ("goods",)}
    share = levers(toy, "local_content", {"share": 0.6}, **given).local_content
    rate = levers(toy, "subsidy", {"rate": 0.05}, **given).subsidy
    assert (share[SUD] == [0.6, 0.6, 0]).all() and share.sum() == pytest.approx(1.2)
    assert (rate[SUD] == [0.05, 0.05, 0]).all() and rate.sum() == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("cost", "part"), [("gdp", 9900 / 13260), ("population", 0.5), ("equal", 0.5)]
)
def test_a_joint_programme_is_spent_by_the_host_and_paid_by_all(toy, cost, part):
    options = {"amount_musd_month": 90, "hosts": "SUD", "cost": cost, "spillover": 0.1}
    got = levers(toy, "joint_programme", options, by=("members",))
    assert got.research_support[SUD].sum() == pytest.approx(90) == got.research_support.sum()
    net = got.transfers - got.research_support.sum(axis=1)
    np.testing.assert_allclose(net, [-90 * part, -90 * (1 - part), 0])
    assert abs(got.transfers.sum()) < 1e-12
    wanted = np.zeros((3, 3))
    wanted[NOR, SUD] = wanted[SUD, NOR] = 0.1
    assert (got.maturity_spillover == wanted).all()


def test_shares_of_gdp_come_from_a_balanced_baseline_as_well():
    baseline = load_baseline(shipped("toy"))
    options = {"amount_musd_month": 90, "hosts": ["NOR", "SUD"]}
    got = levers(baseline, "joint_programme", options, by=("members",))
    spent = got.research_support.sum(axis=1)
    assert spent[NOR] == pytest.approx(90 * 9900 / 13260, rel=1e-6)
    assert got.transfers == pytest.approx(0.0, abs=1e-9)  # all are hosts: each pays for its own


def test_a_competence_centre_teaches_and_makes_migrating_cheaper(toy):
    got = levers(toy, "competence_centre", {}, by=("members",))
    assert (got.adoption_cost == [0.9, 0.9, 1.0]).all()
    assert got.maturity_spillover[NOR, SUD] == got.maturity_spillover[SUD, NOR] == 0.02
    assert got.maturity_spillover.sum() == 0.04


def test_exchange_of_e_government_goes_as_far_as_the_weaker_side_can(toy):
    able = replace(toy, egovernment=np.array([0.9, 0.5, 0.8]))
    got = levers(able, "egov_exchange", {"spillover": 0.02}, by=("all",)).maturity_spillover
    wanted = 0.02 * np.array([[0, 0.5, 0.8], [0.5, 0, 0.5], [0.8, 0.5, 0]])
    np.testing.assert_allclose(got, wanted)


@pytest.mark.parametrize(
    ("policy", "options", "given", "message"),
    [
        ("technology_ban", {"classes": "sofware"}, {"on": ("NOR",)}, "did you mean 'software'"),
        ("technology_ban", {"classes": []}, {"on": ("NOR",)}, "none is given"),
        ("technology_ban", {"access": 1.5}, {"on": ("NOR",)}, r"access = 1.5 is outside \[0, 1\]"),
        ("technology_ban", {}, {}, "needs 'on'"),
        ("research", {}, {}, "needs 'amount_musd_month'"),
        ("research", {"amount_musd_month": -1}, {}, r"outside \[0, 100000\]"),
        ("adoption_mandate", {"share": 2}, {}, r"share = 2 is outside"),
        ("joint_programme", {"amount_musd_month": 1}, {}, "needs 'hosts'"),
        ("joint_programme", {"amount_musd_month": 1, "hosts": "NOR", "cost": "gpd"}, {},
         "did you mean 'gdp'"),
        ("joint_programme", {"amount_musd_month": 1, "hosts": "NOR"}, {}, "not all among `by`"),
        ("competence_centre", {}, {}, "nobody to learn from"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_the_name_of_the_measure(
    toy, policy, options, given, message
):
    with pytest.raises(InputError, match=message) as caught:
        levers(toy, policy, options, by=("WLD",), **given)
    assert "measure 'm'" in str(caught.value)


def test_without_a_table_there_is_nothing_to_research(toy):
    bare = replace(toy, technology=Technology.none(toy.axes))
    with pytest.raises(InputError, match=r"measure 'm': the baseline has no technology\.csv"):
        levers(bare, "research", {"amount_musd_month": 1}, by=("NOR",))
