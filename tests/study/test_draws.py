"""Draws of parameters: read, run with every seed, told apart from luck, and what they move."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.config import load
from sim.errors import InputError
from sim.settings import DRAWN, Settings
from sim.study import ensemble as rooms
from sim.study.evaluate import evaluate
from sim.study.experiment import read_experiment
from sim.study.report import report
from sim.study.spread import pulls, spread_of

TOY = ("baseline=toy", "firms.count=27", "months=3", "output.progress=false", "output.jobs=1")
TARIFF = "+scenario.measures.m={policy: tariff, by: [NOR], on: [WLD], rate: 0.3, start: 2022-02-01}"
DRAWS = 8


def prior_draws(count: int) -> pd.DataFrame:
    """Draws from the priors: what a posterior is where nothing was observed."""
    settings, rng = load(), np.random.default_rng(1)
    priors = {
        f"{room}.{f.name}": f.metadata["prior"]
        for room in DRAWN
        for f in fields(getattr(settings, room))
        if f.metadata.get("prior")
    }
    return pd.DataFrame([{n: p.at(rng.random()) for n, p in priors.items()} for _ in range(count)])


@pytest.fixture(scope="module")
def own(tmp_path_factory) -> Path:
    """A configuration folder with draws for the toy tables."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "posterior").mkdir()
    text = prior_draws(DRAWS).to_csv(index=False)
    (folder / "posterior" / "toy.csv").write_text(f"# from the priors\n{text}", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def made(own, tmp_path_factory):
    """An ensemble of draws x seeds against nothing."""
    root = tmp_path_factory.mktemp("draws")
    settings = load(
        *TOY, TARIFF, f"output.folder={root}", "name=x", "seeds=2", f"draws={DRAWS}",
        "reference=none", config_dir=own,
    )  # fmt: skip
    return settings, rooms.ensemble(settings)


def test_every_draw_runs_with_the_same_seeds_and_its_reference_with_the_same_numbers(made):
    settings, _ = made
    mine, other = settings.replications(), settings.against()
    assert [s.seed for s in mine] == [0, 1] * DRAWS == [s.seed for s in other]
    sigmas = [s.behaviour.sigma_scale for s in mine]
    assert sigmas[0] == sigmas[1] != sigmas[2]
    assert all(replace(a, scenario=b.scenario) == b for a, b in zip(mine, other, strict=True))
    assert Settings.from_dict(settings.resolved()).replications() == mine  # a run tells it all


def test_what_the_user_sets_is_not_drawn(own):
    settings = load(*TOY, "behaviour.cash_target=2", "draws=3", config_dir=own)
    assert {s.behaviour.cash_target for s in settings.replications()} == {2.0}
    assert len({s.behaviour.stock_cover for s in settings.replications()}) == 3


@pytest.mark.parametrize(
    "words, said",
    [
        ("draws=9", "toy.csv has only 8"),
        ("draws=0", "draws = 0 is not a whole number from 1"),
        ("draws=some", "draws = 'some' is not a whole number"),
    ],
)
def test_draws_that_cannot_be_had_are_refused(own, words, said):
    with pytest.raises(InputError, match=said):
        load(*TOY, words, config_dir=own)


@pytest.mark.parametrize(
    "text, said",
    [
        ("behaviour.sigma_scale\nmuch\n", "sigma_scale = 'much' is no number"),
        ("behaviour.sigma_scale\n1,2\n", "a row has 2 numbers for 1 parameters"),
        ("behaviour.sigma\n1\n", "unknown parameter of a draw 'behaviour.sigma'; did you mean"),
        ("behaviour.sigma_scale\n99\n", "sigma_scale = 99.0 is outside"),
    ],
)
def test_a_file_that_does_not_fit_is_blamed(tmp_path, text, said):
    (tmp_path / "posterior").mkdir()
    (tmp_path / "posterior" / "toy.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        load(*TOY, "draws=1", config_dir=tmp_path).replications()


def test_bands_hold_parameters_and_luck_apart(made):
    _, folder = made
    changes = pd.read_parquet(folder / "changes.parquet")
    rows = changes[(changes["variable"] == "real_consumption") & (changes["month"] == "2022-03")]
    parts = {k: rows[f"{k}_q95"] - rows[f"{k}_q05"] for k in ("parameters", "network")}
    assert (parts["parameters"] > 0).all() and (parts["network"] > 0).all()
    assert (rows["q95"] - rows["q05"] >= 0.8 * parts["parameters"]).all()
    assert rows["agree"].between(0.5, 1).all()
    seen = pd.read_parquet(folder / "differences.parquet")
    one = seen[(seen["variable"] == "real_consumption") & (seen["month"] == "2022-03")]
    nor = one[one["region"] == "NOR"].pivot(index="draw", columns="seed", values="change")
    found = spread_of(nor.to_numpy())
    row = rows[rows["region"] == "NOR"].iloc[0]
    assert row["network_q05"] == pytest.approx(found.network[0], abs=1e-9)
    assert row["agree"] == found.agree


def test_a_folder_of_draws_says_what_answers_hang_on(made):
    _, folder = made
    assert json.loads((folder / "ensemble.json").read_text())["draws"] == DRAWS
    assert len(pd.read_csv(folder / "draws.csv")) == DRAWS
    told = pd.read_csv(folder / "tornado.csv")
    assert set(told["parameter"]) == set(pd.read_csv(folder / "draws.csv"))
    assert (folder / "figures" / rooms.TORNADO).is_file()
    page = report(folder)
    assert "Parameters and luck apart" in page and "What the answers hang on" in page


def test_a_study_averages_over_draws_and_does_not_draw_what_it_varies(own, tmp_path):
    (own / "sensitivity").mkdir(exist_ok=True)
    (own / "sensitivity" / "mine.yaml").write_text(
        "parameters: {behaviour.cash_target: [1, 3]}\n"
        "outputs: {gdp: {measure: level, variable: real_gdp, region: NOR}}\n"
    )
    experiment = read_experiment(
        "sensitivity",
        ["experiment=mine", *TOY, "draws=2", f"output.folder={tmp_path}", f"--config-dir={own}"],
        {},
    )
    runs = experiment.settings({"behaviour.cash_target": 2.5}, "run")
    assert [s.behaviour.cash_target for s in runs] == [2.5, 2.5]
    assert runs[0].behaviour.stock_cover != runs[1].behaviour.stock_cover
    assert experiment.size == 2
    assert evaluate(experiment, [], []).mean.shape == (0, 0)


def test_the_spread_of_a_table_with_known_parts():
    parameter, luck = np.linspace(1.0, 3.0, 401), np.linspace(-0.5, 0.5, 41)
    found = spread_of(parameter[:, None] + luck)
    assert found.mean == pytest.approx(2.0)
    assert found.parameters == pytest.approx([1.1, 2.9])
    assert found.network == pytest.approx([1.55, 2.45])
    assert found.both[0] < found.parameters[0] and found.both[1] > found.parameters[1]
    assert found.agree == 1.0 and found.clear
    assert not spread_of(parameter[:, None] - 1.5).clear  # a quarter of the draws says no


def test_a_tornado_finds_what_moves_a_number_and_which_way():
    rng = np.random.default_rng(2)
    draws = [{"a": a, "b": b, "c": c} for a, b, c in rng.random((60, 3))]
    values = np.array([np.exp(3 * d["a"]) - 2 * d["b"] for d in draws])  # any shape that rises
    first, second, third = pulls(draws, values)
    assert (first.parameter, second.parameter, third.parameter) == ("a", "b", "c")
    assert first.sure and first.swing > 0 > second.swing and not third.sure
    with pytest.raises(InputError, match="four draws or more"):
        pulls(draws[:3], values[:3])


def test_chance_calls_one_answer_in_twenty_sure_however_many_parameters_there_are():
    rng = np.random.default_rng(7)
    draws = [dict(enumerate(row)) for row in rng.random((30, 50))]
    named = [any(p.sure for p in pulls(draws, rng.random(30))) for _ in range(60)]
    assert np.mean(named) <= 0.12
