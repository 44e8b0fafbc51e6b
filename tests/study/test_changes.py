"""Side by side: what a table of changes says is what the runs say, seed by seed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import InputError
from sim.plots.compared import MOST, compared
from sim.record.store import hash_of
from sim.record.words import signed, spread
from sim.report import main
from sim.run import complete
from sim.study.changes import read_summary
from sim.study.report import Comparison, _picture_of

BAN = "scenario.measures.ban={policy: export_ban, by: [WLD], on: [NOR], coverage: 0.6}"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A ban at three strengths under two elasticities, three seeds each."""
    root = tmp_path_factory.mktemp("changes")
    for strength in (0, 0.5, 1):
        for scale in (0.8, 1.0):
            for seed in (1, 2, 3):
                complete(
                    sim.load(
                        "baseline=toy", "firms.count=27", "months=14", "name=x", BAN,
                        f"scenario.measures.ban.intensity={strength}",
                        f"behaviour.sigma_scale={scale}", f"seed={seed}",
                        f"output.folder={root}",
                    )
                )  # fmt: skip
    return root / "x"


@pytest.fixture(scope="module")
def results(home):
    return sim.open_results(home)


INTENSITY = "scenario.measures.ban.intensity"


def levels(results, strength, scale, variable, region="NOR"):
    """Mean of the last twelve months of each seed, from the panels."""
    frame = results.regions([variable], {"region": region, INTENSITY: strength})
    frame = frame[frame["behaviour.sigma_scale"] == scale]
    last = frame.sort_values(["seed", "month"]).groupby("seed").tail(12)
    return last.groupby("seed")[variable].mean()


def row(table, strength, scale, indicator, region="NOR"):
    mask = (table[INTENSITY] == strength) & (table["behaviour.sigma_scale"] == scale)
    return table[mask & (table["indicator"] == indicator) & (table["region"] == region)].squeeze()


def test_against_the_base_month(results):
    table = results.changes(["real_consumption", "unemployment"])
    assert len(table) == 3 * 2 * 3 * 2 and set(table["seeds"]) == {3}
    np.testing.assert_allclose(table.loc[table[INTENSITY] == 0, "mean"], 0.0, atol=1e-6)
    path = levels(results, 1, 1.0, "real_consumption")
    still = levels(results, 0, 1.0, "real_consumption")  # rest: the base month
    expected = 100 * (path / still - 1)
    found = row(table, 1, 1.0, "real_consumption")
    assert found["mean"] == pytest.approx(expected.mean(), abs=1e-4) and found["mean"] < -0.1
    assert found["low"] == pytest.approx(expected.quantile(0.05), abs=1e-4)
    assert found["high"] == pytest.approx(expected.quantile(0.95), abs=1e-4)
    assert found["unit"] == "%" and row(table, 1, 1.0, "unemployment")["unit"] == "points"


def test_against_other_runs_of_the_same_seed(results):
    table = results.changes("real_consumption", against={"behaviour.sigma_scale": 1.0})
    base, other = (levels(results, 1, scale, "real_consumption") for scale in (1.0, 0.8))
    expected = 100 * (other / base - 1)
    found = row(table, 1, 0.8, "real_consumption")
    assert found["mean"] == pytest.approx(expected.mean(), abs=1e-4)
    assert found["mean"] < 0, "suppliers that are harder to replace make a ban dearer"
    itself = table[table["behaviour.sigma_scale"] == 1.0]
    assert not itself[["mean", "low", "high"]].to_numpy().any()
    # seeds cancel: runs of one seed lie closer together than runs of any two
    any_two = 100 * np.divide.outer(other.to_numpy(), base.to_numpy()) - 100
    assert found["high"] - found["low"] < np.ptp(any_two)
    assert expected.std() < any_two.std()


def test_what_cannot_be_compared_is_told(results, home, tmp_path):
    for against, said in (
        ({"behaviour.sigma_scal": 1.0}, "did you mean 'behaviour.sigma_scale'?"),
        ({"behaviour.sigma_scale": 3.0}, "unknown behaviour.sigma_scale '3.0'"),
    ):
        with pytest.raises(InputError) as error:
            results.changes(against=against)
        assert said in str(error.value)
    with pytest.raises(InputError, match="did you mean 'real_gdp'"):
        results.changes("real_gd")
    results = sim.open_results(home)
    missing = (results.index["seed"] == 2) & (results.index["behaviour.sigma_scale"] == 1.0)
    results.index = results.index[~missing].reset_index(drop=True)
    with pytest.raises(InputError, match=r"no such run with .*seed = 2"):
        results.changes(against={"behaviour.sigma_scale": 1.0})


@pytest.mark.parametrize("content", [None, "", "region,indicator\nNOR,cpi\n", "a,b\n\x00\n"])
def test_a_damaged_summary_is_told(content, tmp_path):
    if content is not None:
        (tmp_path / "summary.csv").write_text(content)
    there = hash_of(tmp_path / "summary.csv") if content is not None else "0" * 64
    (tmp_path / "DONE").write_text(f"{there}  summary.csv\n")
    with pytest.raises(InputError, match=r"summary.csv' is missing or damaged"):
        read_summary(tmp_path)


def banded(found) -> str:
    return f"{signed(found['mean'], 2)} ({signed(found['low'], 2)} … {signed(found['high'], 2)})"


def test_the_page_compares_seed_by_seed(home, tmp_path, capsys):
    page = tmp_path / "page.html"
    assert main([str(home), "--into", str(page)]) == 0
    against = ["--against", "behaviour.sigma_scale=1.0"]
    text = page.read_text()
    found = row(sim.open_results(home).changes(), 1, 0.8, "real_consumption")
    assert f"mean over seeds, and {spread(int(found['seeds']))}" in text
    assert found["mean"] < -0.1
    assert banded(found) in text
    assert main([str(home), "--into", str(page), *against]) == 0
    text = page.read_text()
    assert "the runs with behaviour.sigma_scale = 1.0, seed by seed" in text
    assert text.count("data:image/png") == 1
    found = row(sim.open_results(home).changes(against={"behaviour.sigma_scale": 1.0}), 1, 0.8,
                "real_consumption")  # fmt: skip
    assert banded(found) in text
    page.unlink()
    run = next(p for p in home.iterdir() if len(p.name) == 12)
    for folder, given, said in (
        (run, against, "holds no runs to compare"),
        (home, ["--against", "seed"], "is not KEY=VALUE"),
        (home, ["--against", "sigma=1"], "unknown parameter that differs 'sigma'"),
    ):
        assert main([str(folder), "--into", str(page), *given]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1 and said in error and not page.exists()


def test_more_combinations_than_a_figure_holds_are_a_table(tmp_path):
    def frame(count):
        rows = [(f"s{k}", "NOR", "real_consumption", "%", 3, -1.0, -2.0, -0.5)
                for k in range(count)]  # fmt: skip
        columns = ["scenario", "region", "indicator", "unit", "seeds", "mean", "low", "high"]
        return pd.DataFrame(rows, columns=columns)

    def pictures(count):
        names = {"NOR": "Northland"}
        return _picture_of(Comparison(frame(count), ["scenario"], names, "the base month", "s"))

    assert len(pictures(MOST)) == 1
    assert pictures(MOST + 1) == [] == pictures(1)


def test_a_figure_says_what_the_table_says():
    frame = pd.DataFrame(
        [("a", "NOR", "%", 3, -1.0, -2.0, -0.5), ("b", "NOR", "%", 3, 0.1, -0.2, 0.4)],
        columns=["scenario", "region", "unit", "seeds", "mean", "low", "high"],
    )
    figure = compared(frame, ["scenario"], {"NOR": "Northland"}, "t", "the base month", "s")
    (plot,) = figure.axes
    assert [t.get_text() for t in plot.get_yticklabels()] == ["a", "b"]
    assert plot.get_title(loc="left") == "Northland"
    assert {t.get_text() for t in plot.texts} == {"−1.0", "+0.1"}


def test_a_run_without_the_parameter_can_be_what_others_are_compared_with(tmp_path, capsys):
    ban = "scenario.measures.exit={policy: private_exit, by: [WLD], on: [NOR], coverage: 0.6}"
    shared = ("baseline=toy", "firms.count=27", "months=3", "name=y", f"output.folder={tmp_path}")
    for more in ((), (ban, "scenario.measures.exit.intensity=0.5"),
                 (ban, "scenario.measures.exit.intensity=1")):  # fmt: skip
        complete(sim.load(*shared, *more))
    results = sim.open_results(tmp_path / "y")
    key = "scenario.measures.exit.intensity"
    nothing = {key: None, "scenario.measures.exit": None}
    table = results.changes("real_consumption", against=nothing)
    mine = table[table["region"] == "NOR"].set_index(key)["mean"]
    assert mine[mine.index.isna()].item() == 0.0 and mine.dropna().size == 3
    assert mine[1.0] < 0 and (tmp_path / "y").is_dir()
    with pytest.raises(InputError, match=r"unknown scenario.measures.exit.intensity '3'.* null"):
        results.changes(against={key: 3})
    page = tmp_path / "page.html"
    against = [part for name in nothing for part in ("--against", f"{name}=null")]
    assert main([str(tmp_path / "y"), "--into", str(page), *against]) == 0
    one = tmp_path / "one"
    complete(sim.load(*shared[:3], "name=one", f"output.folder={tmp_path}"))
    complete(sim.load(*shared[:3], "name=one", f"output.folder={tmp_path}", "seed=2"))
    assert main([str(one), "--into", str(page), "--against", "scenario=none"]) == 2
    assert "holds nothing but the runs with scenario = none" in capsys.readouterr().err


def test_versions_of_the_model_are_not_taken_for_seeds(results):
    mixed = sim.open_results(results.root)
    mixed.index.loc[mixed.index["seed"] == 2, "model"] = "0.0.9+other"
    table = mixed.changes("real_gdp")
    assert set(table["model"]) == set(mixed.index["model"]) and set(table["seeds"]) == {1, 2}
