"""The article's claims and the observed targets: what is compared, and how it is put in words."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import InputError
from sim.study import article, validate


@pytest.fixture(scope="module")
def rest() -> sim.Panel:
    return sim.simulate(sim.load("scenario=none", "firms.count=900", "months=36"))


def test_every_claim_of_the_article_has_a_row():
    assert {claim.code for claim in article.CLAIMS} == {f"A{n}" for n in range(1, 14)}


def test_at_rest_nothing_has_an_effect(rest):
    """Every claim, measured between runs in which nobody does anything, is nought."""
    runs = dict.fromkeys(article.SCENARIOS, rest)
    for claim in article.CLAIMS:
        if not claim.level:
            assert claim.value(runs) == pytest.approx(0.0, abs=1e-8), claim


def test_the_baseline_ranks_kazakhstans_partners_as_the_article_does(rest):
    bloc, single = [c.value({"eu_2022": rest}) for c in article.CLAIMS if c.unit == "ratio"]
    assert bloc > 1.0 and single > 1.0


def test_words_follow_the_range_over_seeds():
    values = np.zeros((20, len(article.CLAIMS)))
    values[:, 0] = np.linspace(-2.0, -1.0, 20)
    values[:, 1] = np.linspace(-1.0, 1.0, 20)
    found = article.summarise(values)
    assert found[0].words == "lowers it clearly"
    assert found[1].words == "no detectable effect"
    assert found[0].low < found[0].mean < found[0].high


def test_a_finished_seed_is_not_run_again(tmp_path, monkeypatch):
    numbers = list(range(len(article.CLAIMS)))
    (tmp_path / "seed_3.json").write_text(json.dumps(numbers), encoding="utf-8")
    monkeypatch.setattr(article, "answer", lambda *_: pytest.fail("it was there already"))
    assert article.answers({}, [3], tmp_path, jobs=1).tolist() == [numbers]


def test_a_study_of_the_claims_runs_what_it_was_told(tmp_path):
    """Also what no override said: an experiment's own numbers."""
    told = sim.load("experiment=article", "scenario.intensity=0.5", "behaviour.search_rate=0.2")
    told = replace(told, firms=replace(told.firms, count=1234))
    runs = article.variants(told)
    assert set(runs) == set(article.SCENARIOS)
    assert {one.firms.count for one in runs.values()} == {1234}
    assert {one.behaviour.search_rate for one in runs.values()} == {0.2}
    assert {one.scenario.intensity for one in runs.values()} == {0.5}
    assert runs["no_ties"].behaviour.owner_stickiness == 1.0
    assert runs["eu_2022"].behaviour.owner_stickiness == told.behaviour.owner_stickiness
    assert not runs["no_traders"].traders.active and runs["strict"].traders.active
    assert runs["burden"].scenario.label == "eu_2022+burden_sharing"
    assert all(one.seeds is None and one.study is None for one in runs.values())


def test_russias_own_software_is_a_quarter_before_anything_is_done(rest):
    (claim,) = [c for c in article.CLAIMS if c.code == "A11"]
    assert claim.value({"substitution": rest}) == pytest.approx(25.0)  # technology.csv
    assert claim.said(30.0, 29.0).startswith("30 % in use and working, far from 85 %")


@pytest.mark.parametrize(
    ("period", "months"),
    [
        ("2022", (0, 12)),
        ("2022-03", (2, 3)),
        ("2022-03..2022-05", (2, 5)),
        ("2022 vs 2021", (0, 12)),
        ("2022-2023", (0, 24)),
        ("2021", None),
        ("post 2022", None),
    ],
)
def test_periods_of_targets(rest, period, months):
    assert validate.window(period, rest.start, len(rest.months)) == months


def test_at_rest_every_target_is_one(rest):
    table = validate.compare([rest])
    assert len(table) > 60 and set(table["use"]) == {"calib", "validate"}
    plain = ~table["name"].str.contains("CCA3")
    assert table.loc[plain, "model"].to_numpy() == pytest.approx(1.0, abs=1e-8)


def test_observed_values_become_ratios_to_2021():
    table = pd.read_csv(validate.TARGETS, comment="#")
    rows = {(r["name"], str(r["period"])): validate.observed(r, table) for _, r in table.iterrows()}
    assert rows["EU_exports_RUS", "2022"] == pytest.approx(55008 / 89169)
    assert rows["KAZ_turnover_RUS_11m", "2022-01..2022-11"] == pytest.approx(23.6 / 22.1)
    assert rows["GDP_growth_RUS", "2022"] == pytest.approx(0.988)
    assert rows["EU_exports_RUS", "2021"] is None


def test_too_few_months_for_the_claims_are_refused(tmp_path):
    settings = sim.load("experiment=article", "months=12", f"output.folder={tmp_path / 'x'}")
    with pytest.raises(InputError, match="months = 12: the article's claims look at 2022 and at"):
        article.run_article(settings)
    assert not (tmp_path / "x").exists()
