"""Claims: what is compared, how it is put in words, and what a file of claims may say."""

from __future__ import annotations

import json

import numpy as np
import pytest
import yaml

import sim
from sim.claims import main
from sim.errors import InputError
from sim.record.panel import Panel
from sim.study import claims
from sim.study.claims import Answer, Claim, read_claims
from sim.study.outputs import MEASURES
from sim.study.plan import Plan, read_plan

ARTICLE = ("experiment=article", "firms.count=900", "months=36")
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


def plan(*arguments: str) -> Plan:
    return read_plan("claims", arguments, claims.OPTIONS, claims.SHARED)


@pytest.fixture(scope="module")
def article() -> tuple[Plan, tuple[Claim, ...]]:
    asked = plan(*ARTICLE)
    return asked, read_claims(asked)


@pytest.fixture(scope="module")
def rest() -> Panel:
    return sim.simulate(sim.load("scenario=none", "firms.count=900", "months=36"))


def effect(claim: Claim, panel: Panel) -> float:
    """A claim between runs that are all the same."""
    value = np.array([claim.effect.of(panel)])
    return float(claim.of(dict.fromkeys((claim.effect.run, claim.effect.against), value))[0])


def test_every_claim_of_the_article_has_a_row(article):
    assert {claim.code for claim in article[1]} == {f"A{n}" for n in range(1, 14)}


def test_at_rest_nothing_has_an_effect(article, rest):
    """Every claim, measured between runs in which nobody does anything, is nought."""
    for claim in article[1]:
        if not claim.level:
            assert effect(claim, rest) == pytest.approx(0.0, abs=1e-8), claim


def test_the_baseline_ranks_kazakhstans_partners_as_the_article_does(article, rest):
    bloc, single = [effect(c, rest) for c in article[1] if c.unit == "ratio"]
    assert bloc > 1.0 and single > 1.0


def test_russias_own_software_is_a_quarter_before_anything_is_done(article, rest):
    (claim,) = [c for c in article[1] if c.code == "A11"]
    assert effect(claim, rest) == pytest.approx(25.0)  # technology.csv
    assert Answer(claim, 30.0, 29.0, 31.0).words == "30 % in use and working, far from 85 %"
    assert Answer(claim, 85.0, 83.0, 87.0).words == "about what is claimed"


def test_no_code_of_the_engine_names_a_region(article):
    from pathlib import Path

    text = Path(claims.__file__).read_text("utf-8")
    assert not [r for r in ("KAZ", "RUS", "EU27", "ARM", "BLR", "KGZ") if r in text]


def test_words_follow_the_range_over_seeds(article):
    claim = next(c for c in article[1] if not c.said)
    values = {claim.name: np.linspace(-2.0, -1.0, 20)}
    (found,) = claims.summarise([claim], values)
    assert found.words == "lowers it clearly" and found.low < found.mean < found.high
    assert found.effect == "\u22121.50 % (\u22121.95 to \u22121.05)"
    assert Answer(claim, 0.0, -1.0, 1.0).words == "no detectable effect"
    assert Answer(claim, 0.3, 0.1, 0.5).words == "raises it a little"
    assert "0.00 %" in Answer(claim, -0.001, -0.002, -0.001).effect
    assert "\u22120.00" not in Answer(claim, -0.001, -0.002, -0.001).effect


def test_what_is_said_on_the_command_line_holds_for_all_runs(article):
    told = plan("experiment=article", "scenario.intensity=0.5", "behaviour.search_rate=0.2",
                "firms.count=1234")  # fmt: skip
    assert {one.firms.count for one in told.runs.values()} == {1234}
    assert {one.behaviour.search_rate for one in told.runs.values()} == {0.2}
    assert {one.scenario.intensity for one in told.runs.values()} == {0.5}
    assert told.runs["no_ties"].behaviour.owner_stickiness == 1.0
    assert not told.runs["no_traders"].traders.active and told.runs["strict"].traders.active
    assert told.runs["burden"].scenario.label == "eu_2022+burden_sharing"


def test_too_few_months_for_the_claims_are_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["experiment=article", "months=12"]) == 2
    error = capsys.readouterr().err
    assert "period '2023-03..' is not within 2022-01 to 2022-12" in error
    assert error.count("\n") == 1 and not list(tmp_path.iterdir())


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
    assert {m.change for m in MEASURES.values()} == {"%", "points", "difference"}


def test_the_shipped_claims_are_plain_data():
    path = sim.config.CONF / "claims" / "article.yaml"
    assert set(yaml.safe_load(path.read_text("utf-8"))) == {
        *("about", "title", "seeds", "runs", "claims")
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
