"""Claims: what is compared, how it is put in words, and what a file of claims may say."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import yaml

import sim
from sim.claims import main
from sim.errors import InputError
from sim.record.panel import Panel
from sim.study import claims
from sim.study.claims import Answer, Claim, read_claims
from sim.study.experiment import Experiment, read_experiment
from sim.study.outputs import STATISTICS
from sim.study.report import report

ARTICLE = (
    "experiment=article", "firms.count=1234", "scenario.intensity=0.5", "behaviour.search_rate=0.2"
)  # fmt: skip
TOY = """
about: What does a ban do?
seeds: 2
runs:
  calm: [baseline=toy, firms.count=60, months=6, scenario=none]
  ban:
    - baseline=toy
    - firms.count=60
    - months=6
    - scenario.measures.ban={policy:export_ban,by:[WLD],on:[NOR],coverage:0.6}
claims:
  imports: {code: T1, claim: imports of the north fall, measure: level, variable: imports_musd,
            region: NOR, run: ban, against: calm}
  jobs: {code: T2, claim: nothing moves by itself, measure: level, variable: real_gdp,
         region: members, run: calm, against: base}
"""


def experiment(*arguments: str) -> Experiment:
    return read_experiment("claims", arguments, claims.OPTIONS, claims.SHARED)


@pytest.fixture(scope="module")
def article() -> tuple[Experiment, tuple[Claim, ...]]:
    asked = experiment(*ARTICLE)
    return asked, read_claims(asked)


@pytest.fixture(scope="module")
def rest() -> Panel:
    return sim.simulate(sim.load("scenario=none", "firms.count=870", "months=108"))


def effect(claim: Claim, panel: Panel) -> float:
    """A claim between runs that are all the same."""
    value = np.array([claim.effect.of(panel)])
    return float(claim.of(dict.fromkeys((claim.effect.run, claim.effect.against), value))[0])


def test_every_claim_of_the_article_has_a_row(article):
    assert {claim.code for claim in article[1]} == {f"A{n}" for n in range(1, 15)}


def test_at_rest_nothing_has_an_effect(article, rest):
    """Every claim, measured between runs in which nobody does anything, is nought."""
    for claim in article[1]:
        if not claim.level:
            assert effect(claim, rest) == pytest.approx(0.0, abs=1e-8), claim


def test_the_baseline_ranks_kazakhstans_partners_as_the_article_does(article, rest):
    leads = {c.name: effect(c, rest) for c in article[1] if c.unit == "ratio"}
    assert leads["first_bloc"] > 1.0 and leads["first_country"] > 1.0
    assert leads["first_bloc_later"] == pytest.approx(leads["first_bloc"])


def test_russias_own_software_is_a_quarter_before_anything_is_done(article, rest):
    (claim,) = [c for c in article[1] if c.code == "A11"]
    assert effect(claim, rest) == pytest.approx(25.0)  # technology.csv
    assert Answer(claim, 30.0, 29.0, 31.0).words == (
        "30 % in use and working, from 25 % at the base; 85 % (put in) have an analogue"
    )
    assert Answer(claim, 85.0, 83.0, 87.0).words == "about what is claimed"


def test_no_code_of_the_engine_names_a_region(article):
    from pathlib import Path

    text = Path(claims.__file__).read_text("utf-8")
    assert not [r for r in ("KAZ", "RUS", "EU27", "ARM", "BLR", "KGZ") if r in text]


def test_words_follow_the_range_over_seeds(article):
    claim = next(c for c in article[1] if not c.said and not c.assumed)
    values = {claim.name: np.linspace(-2.0, -1.0, 20)}
    (found,) = claims.summarise([claim], values)
    assert found.words == "lowers it clearly" and found.low < found.mean < found.high
    assert found.effect == "\u22121.50 % (\u22121.95 to \u22121.05)"
    assert Answer(claim, 0.0, -1.0, 1.0).words == "no detectable effect"
    assert Answer(claim, 0.3, 0.1, 0.5).words == "raises it a little"
    assert "0.00 %" in Answer(claim, -0.001, -0.002, -0.001).effect
    assert "\u22120.00" not in Answer(claim, -0.001, -0.002, -0.001).effect


def test_what_was_put_in_is_said_first(article):
    claim = next(c for c in article[1] if c.name == "mission_closed")
    assert Answer(claim, -1.4, -1.5, -1.2).words.startswith("assumed (8 % of exports a mission")
    assert Answer(claim, -1.4, -1.5, -1.2).words.endswith(": lowers it clearly")


def test_words_follow_nine_draws_in_ten_where_parameters_are_drawn(article):
    """Two draws of twenty that turn the sign are let pass, three are not; seeds are averaged."""
    claim = next(c for c in article[1] if not c.said and not c.assumed)
    for turned, told in ((2, "raises it clearly"), (3, "no detectable effect")):
        draws = np.where(np.arange(20) < turned, -1.0, 2.0)
        values = (draws[:, None] + np.array([-0.5, 0.5])).ravel()
        (found,) = claims.summarise([claim], {claim.name: values}, draws=20)
        assert found.words == told and found.agree == 1 - turned / 20
        assert found.low < 0.0 < found.mean


def test_a_claim_is_followed_year_by_year_unless_its_time_is_over(article):
    asked, every = article
    start, months = asked.first.start, asked.first.months
    named = {c.name: list(c.by_year(start, months)) for c in every}
    assert named["cut_off"] == named["mission_closed"] == list(range(2022, 2031))
    assert named["turnover_2022"] == named["infrastructure"] == []


def test_a_lag_is_what_one_grows_less_than_others(rest):
    lag, output = STATISTICS["lag"].of, STATISTICS["output"].of
    assert lag(rest, "RUS", "partners") == pytest.approx(0.0, abs=1e-8)
    goods = sum(output(rest, "RUS", [code]) for code in ("ENE", "AGF"))
    assert output(rest, "RUS", ["ENE", "AGF"]) == pytest.approx(goods) and goods > 1000.0


def test_what_is_said_on_the_command_line_holds_for_all_runs(article):
    told = article[0]
    assert {one.firms.count for one in told.runs.values()} == {1234}
    assert {one.behaviour.search_rate for one in told.runs.values()} == {0.2}
    assert {one.scenario.intensity for one in told.runs.values()} == {0.5}
    assert told.runs["no_ties"].behaviour.owner_stickiness == 1.0
    assert not told.runs["no_traders"].traders.active and told.runs["strict"].traders.active
    assert told.runs["burden"].scenario.label == "eu_2022+burden_sharing"


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A set of claims about the toy union, to be answered in the folder that is current."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conf" / "claims").mkdir(parents=True)

    def write(text: str = TOY) -> list[str]:
        (tmp_path / "conf" / "claims" / "duty.yaml").write_text(text, encoding="utf-8")
        return ["experiment=duty", "--config-dir", "conf", "output.jobs=1"]

    return write


def test_any_set_of_claims_is_answered_and_goes_on_where_it_was(toy, tmp_path, monkeypatch, capsys):
    assert main(toy()) == 0
    told = capsys.readouterr().out
    assert "| T1 | imports of the north fall |" in told and "lowers it" in told
    kept = list((tmp_path / "results" / "duty" / "claims" / "readings").glob("*.json"))
    assert len(kept) == 4  # two runs, two seeds
    simulated = []
    real = claims.simulate
    monkeypatch.setattr(claims, "simulate", lambda *a: simulated.append(1) or real(*a))
    assert main(toy()) == 0 and not simulated  # finished: nothing is run
    assert (
        main(toy(TOY.replace("imports of the north fall", "less comes in"))) == 0 and not simulated
    )
    damaged = kept[0]
    damaged.write_text("{", encoding="utf-8")
    assert (
        main(toy(TOY.replace("imports of the north fall", "other words"))) == 0
        and len(simulated) == 1
    )
    assert json.loads(damaged.read_text("utf-8"))


def test_a_run_of_the_claims_is_held_beside_the_textbook(toy, tmp_path, capsys):
    told = TOY.replace("seeds: 2", "seeds: 1\ntextbook: ban")
    assert main([*toy(told), "output.figures=false"]) == 0
    said = capsys.readouterr().out
    assert "## Why more, or less, than the textbook?" in said and "| few suppliers |" in said
    (folder,) = (tmp_path / "results" / "duty" / "claims").glob("answers-*")
    steps = pd.read_csv(folder / "textbook.csv", index_col="step")
    whole = steps.loc["agent model"].to_numpy()
    assert steps.iloc[:-1].to_numpy().sum(axis=0) == pytest.approx(whole, abs=1e-3)
    assert steps.loc["agent model", "NOR"] < -0.1
    page = report(folder)
    assert "Why more, or less, than the textbook" in page and "price takers" in page


def test_the_run_beside_the_textbook_is_one_of_the_claims(toy, capsys):
    assert main(toy(TOY.replace("seeds: 2", "textbook: bann"))) == 2
    assert "unknown run 'bann'; did you mean 'ban'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("measure: level, variable: imports_musd", "measure: levle", "did you mean 'level'"),
        ("region: NOR", "region: NRO", "claim 'imports': output 'imports': unknown region 'NRO'"),
        ("against: calm", "against: clam", "unknown run 'clam'"),
        ("run: ban, against: calm", "run: ban", "a level neither rises nor falls"),
        ("against: base", "against: base, words: [{above: x, say: y}]", "above = 'x' is not a num"),
        ("against: base", "against: base, period: 2024", "period '2024' is not within"),
        ("claims:", "claim:", "unknown key 'claim'"),
        ("code: T1, claim: imports of the north fall", "code: T1", "says nothing"),
    ],
)
def test_what_is_wrong_with_a_claim_is_said_in_one_line(toy, capsys, tmp_path, old, new, told):
    assert old in TOY
    assert main(toy(TOY.replace(old, new))) == 2
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1
    assert not (tmp_path / "results").exists()


def test_measures_know_how_two_runs_are_compared():
    assert {m.change for m in STATISTICS.values()} == {"%", "points", "difference"}


def test_the_shipped_claims_are_plain_data():
    path = sim.config.CONF / "claims" / "article.yaml"
    assert set(yaml.safe_load(path.read_text("utf-8"))) == {
        *("about", "title", "seeds", "textbook", "common", "runs", "claims")
    }


def test_base_and_windows_of_a_panel_share_its_numbers(rest):
    part, still = rest.within(12, 24), rest.at_base()
    assert len(part.months) == 12 and str(part.months[0]) == "2023-01"
    path = rest.values("trade", "value_musd")
    assert np.array_equal(part.values("trade", "value_musd"), path[12:24])
    assert np.array_equal(still.values("trade", "value_musd")[7], rest.base("trade", "value_musd"))
    with pytest.raises(InputError):
        part.values("trade", "worth")


def test_a_page_of_them(toy, tmp_path, capsys):
    from sim.report import main as report

    assert main(toy()) == 0
    assert report(["results/duty"]) == 0
    page = (tmp_path / "results" / "duty" / "report.html").read_text("utf-8")
    assert "What does a ban do?" in page and "imports of the north fall" in page
    assert "2 claims × 2 seeds" in page and page.count("<img") == 1


DRAWN = """
behaviour.sigma_scale,behaviour.search_rate
0.8,0.1
0.9,0.3
1.0,0.2
1.1,0.15
"""


def test_draws_give_a_tornado_and_a_path(toy, tmp_path, capsys):
    """Year by year needs whole years; what holds for all runs stands once, and can be overruled."""
    (tmp_path / "conf" / "posterior").mkdir(parents=True)
    (tmp_path / "conf" / "posterior" / "toy.csv").write_text(DRAWN.lstrip(), encoding="utf-8")
    text = TOY.replace("months=6", "months=24").replace("seeds: 2", "seeds: 1\ndraws: 4")
    text = text.replace("runs:", "common: [firms.count=50, output.figures=false]\nruns:")
    assert (
        main(toy(text.replace("    - firms.count=60\n", "").replace("firms.count=60, ", ""))) == 0
    )
    told = capsys.readouterr().out
    assert "(4 draws x 1 seed)" in told and "50 firms, 2022-01 to 2023-12" in told
    assert "## Year by year" in told and "| 2022 | 2023 |" in told
    (folder,) = (tmp_path / "results" / "duty" / "claims").glob("answers-*")
    years = np.genfromtxt(folder / "years.csv", delimiter=",", names=True, dtype=None)
    assert years["mean"][0] < 0 and list(years["year"]) == [2022, 2023] * 2
    assert (folder / "tornado.csv").read_text("utf-8").count("\nimports,") == 2


@pytest.mark.parametrize("common", ["months=6", "{months: 6}"])
def test_what_holds_for_all_runs_is_a_list(toy, capsys, common):
    assert main(toy(TOY.replace("runs:", f"common: {common}\nruns:"))) == 2
    assert "is not a list of overrides" in capsys.readouterr().err
