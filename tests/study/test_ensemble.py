"""Bands over seeds: right numbers, common random numbers, runs that are shared."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sim.config import load
from sim.errors import InputError
from sim.record.panel import Panel
from sim.record.store import DONE
from sim.study import ensemble as rooms
from sim.study import replicate as many

TOY = ("baseline=toy", "firms.count=27", "months=3", "output.progress=false")
TARIFF = "+scenario.measures.m={policy: tariff, by: [NOR], on: [WLD], rate: 0.3, start: 2022-02-01}"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An ensemble of a tariff against nothing, its settings and folder."""
    root = tmp_path_factory.mktemp("ensemble")
    overrides = (*TOY, TARIFF, f"output.folder={root}", "name=x", "seeds=3", "reference=none")
    settings = load(*overrides, "seed=5", "output.jobs=1")
    told: list[many.Replication] = []
    folder = rooms.ensemble(settings, told.append)
    assert [o.seed for o in told] == [5, 6, 7] and not any(o.error or o.reused for o in told)
    return settings, folder


def test_replications_are_runs_of_their_own_with_common_random_numbers(made):
    _, folder = made
    about = json.loads((folder / "ensemble.json").read_text())
    home = folder.parents[1]
    assert about["seeds"] == [5, 6, 7] and about["reference"] == "none"
    for kind in ("runs", "reference_runs"):
        seeds = [json.loads((home / r / "manifest.json").read_text())["seed"] for r in about[kind]]
        assert seeds == [5, 6, 7]
    own, other = (Panel.read(home / about[k][0]) for k in ("runs", "reference_runs"))
    first = own.values("trade", "value_musd")[0]
    assert (first == other.values("trade", "value_musd")[0]).all()  # the tariff comes in February
    assert (own.values("regions", "cpi")[2] != other.values("regions", "cpi")[2]).any()
    assert {p.name for p in home.iterdir()} == {
        *about["runs"],
        *about["reference_runs"],
        "ensembles",
    }


def test_bands_and_differences_are_those_of_the_panels(made):
    _, folder = made
    about = json.loads((folder / "ensemble.json").read_text())
    home = folder.parents[1]
    own, other = (
        [Panel.read(home / run) for run in about[kind]] for kind in ("runs", "reference_runs")
    )
    levels = np.stack([p.values("regions", "real_gdp")[2] for p in own])
    bands = pd.read_parquet(folder / "regions.parquet")
    last = bands[(bands["variable"] == "real_gdp") & (bands["month"] == "2022-03")]
    assert list(last["region"]) == list(own[0].axes.regions)
    for name, share in rooms.QUANTILES.items():
        assert np.allclose(last[name], np.quantile(levels, share, axis=0), rtol=1e-15)
    seen = pd.read_parquet(folder / "differences.parquet")
    one = seen[(seen["seed"] == 6) & (seen["variable"] == "cpi") & (seen["month"] == "2022-03")]
    before, after = (p[1].values("regions", "cpi")[2] for p in (other, own))
    assert (one["value"].to_numpy() == after).all()
    assert (one["reference"].to_numpy() == before).all()
    assert np.allclose(one["change"], 100 * (after / before - 1), atol=1e-9)
    assert set(one["unit"]) == {"%"}
    trade = pd.read_parquet(folder / "trade.parquet")
    pair = (trade["origin"] == "WLD") & (trade["destination"] == "NOR")
    cell = trade[pair & (trade["variable"] == "value_musd")].iloc[2]
    o, d = own[0].axes.region("WLD"), own[0].axes.region("NOR")
    values = [p.bilateral()[0][2, o, d] for p in own]
    assert cell["median"] == pytest.approx(np.median(values), rel=1e-12)
    assert not ((trade["origin"] == trade["destination"].astype(str)).any())


def test_without_a_reference_changes_are_against_the_base_month(made, tmp_path):
    settings, _ = made
    alone = replace(settings, reference=None)
    folder = rooms.ensemble(alone)
    changes = pd.read_parquet(folder / "changes.parquet")
    assert (folder / DONE).is_file() and not (folder / "differences.parquet").exists()
    panels = [Panel.read(folder.parents[1] / r) for r in json.loads(
        (folder / "ensemble.json").read_text())["runs"]]  # fmt: skip
    cpi = changes[(changes["variable"] == "cpi") & (changes["month"] == "2022-03")]
    wanted = np.median([100 * (p.relative("regions", "cpi")[2] - 1) for p in panels], axis=0)
    assert np.allclose(cpi["median"], wanted, atol=1e-9)


def test_more_seeds_reuse_those_there_are(made):
    settings, folder = made
    told: list[many.Replication] = []
    assert rooms.ensemble(settings, told.append) == folder
    assert all(o.reused for o in told)
    told.clear()
    more = rooms.ensemble(replace(settings, seeds=4), told.append)
    assert more != folder and [o.reused for o in told] == [True, True, True, False]


def test_figures_of_an_ensemble(made):
    _, folder = made
    names = sorted(p.name for p in (folder / "figures").iterdir())
    assert names == ["bands.png", "bands_trade_of_NOR.png"]
    assert all(p.stat().st_size > 20_000 for p in (folder / "figures").iterdir())


def test_processes_change_no_bit(made, tmp_path):
    settings, folder = made
    about = json.loads((folder / "ensemble.json").read_text())
    wanted = [
        json.loads((folder.parents[1] / r / "manifest.json").read_text())["digest"]
        for r in about["runs"]
    ]
    output = replace(settings.output, folder=str(tmp_path), jobs=2)
    runs = replace(settings, output=output, reference=None, seeds=2).replications()
    found = {o.seed: o.folder for o in many.replicate(runs, 2)}
    digests = [json.loads((found[s] / "manifest.json").read_text())["digest"] for s in (5, 6)]
    assert digests == wanted[:2]


def test_results_lie_where_the_user_is_now(tmp_path, monkeypatch):
    # workers outlive a replication, and their folder with them
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        monkeypatch.chdir(tmp_path / place)
        runs = load(*TOY, "name=x", "seeds=2").replications()
        found = [o.folder for o in many.replicate(runs, 2)]
        assert len(found) == 2 and all((folder / DONE).is_file() for folder in found)


def test_a_seed_that_fails_does_not_stop_the_others(made, tmp_path, monkeypatch):
    settings, _ = made
    whole = many.complete

    def sometimes(given, figures=False):
        if given.seed == 6:
            raise FloatingPointError("books do not balance")
        return whole(given, figures)

    monkeypatch.setattr(many, "complete", sometimes)
    told: list[many.Replication] = []
    output = replace(settings.output, folder=str(tmp_path))
    assert rooms.ensemble(replace(settings, output=output), told.append) is None
    assert [bool(o.error) for o in told] == [False, True, False]
    assert told[1].error == "FloatingPointError: books do not balance" and told[1].trace
    assert not (tmp_path / "x" / "ensembles").exists()
    with pytest.raises(SystemExit) as exit_:
        rooms.run_ensemble(replace(settings, output=output))
    assert exit_.value.code == 1


def test_what_all_seeds_trip_over_is_one_line(tmp_path, monkeypatch):
    settings = load(*TOY, "seeds=2", f"output.folder={tmp_path}", "output.jobs=1")

    def never(given, figures=False):
        raise FloatingPointError("books do not balance")

    monkeypatch.setattr(many, "complete", never)
    with pytest.raises(InputError, match="all 2 seeds failed: FloatingPointError: books do not"):
        rooms.run_ensemble(settings)


def test_too_few_firms_are_refused_before_anything_is_written(tmp_path):
    settings = load(*TOY, "firms.count=20", "seeds=2", f"output.folder={tmp_path}")
    with pytest.raises(InputError, match=r"^firms\.count = 20 is too small"):
        rooms.run_ensemble(settings)
    assert not list(tmp_path.iterdir())


def test_a_reference_shares_everything_but_the_scenario():
    s = load(
        "scenario=eu_2022", "reference=embargo", "behaviour.sigma_scale=0.8", "seed=7",
        "scenario.intensity=0.5", "scenario.measures.payment_swift.intensity=0",
    )  # fmt: skip
    assert s.seeds == 1 and s.reference.scenario.label == "embargo"
    (other,) = s.against()
    assert (other.seed, other.behaviour.sigma_scale) == (7, 0.8)
    assert {m.intensity for m in other.scenario} == {1.0}
    with pytest.raises(InputError, match="reference: unknown scenario 'embrgo'; did you mean"):
        load("reference=embrgo")
    with pytest.raises(InputError, match=r"seeds = 0 is outside \[1, 100000\]"):
        load("seeds=0")
    with pytest.raises(InputError, match="reference = 3 is not a mapping"):
        load("reference=3")


def test_a_reference_that_the_tables_do_not_know_is_refused_before_anything_runs(tmp_path, say):
    done = say(tmp_path, "baseline=toy", "firms.count=27", "seeds=2", "scenario=none",
               "reference=eu_2022")  # fmt: skip
    assert done.returncode == 2 and not (tmp_path / "results").exists()
    assert done.stderr.startswith("error: reference: measure ") and "EU27" in done.stderr
