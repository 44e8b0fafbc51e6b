"""Many runs as one dataset, and versions that are never mixed silently."""

from __future__ import annotations

import json
import os
import shutil

import numpy as np
import pandas as pd
import pytest
from signing import resign

import sim
from sim.errors import InputError
from sim.record.panel import Panel
from sim.run import complete
from sim.study.results import open_results


@pytest.fixture(scope="module")
def results(study):
    return sim.open_results(study / "results" / "x")


def test_the_index_has_what_varies_as_columns(results):
    index = results.index
    assert len(index) == len(results) == 8
    assert list(index) == [
        *("run_id", "folder", "scenario", "seed", "behaviour.sigma_scale", "behaviour.search_rate"),
        *("digest", "model", "data_digest", "finished"),
    ]
    assert set(index["behaviour.sigma_scale"]) == {0.8, 1.0} and set(index["seed"]) == {0, 1}
    assert results.parameters == ["seed", "behaviour.sigma_scale", "behaviour.search_rate"]
    assert "8 runs" in repr(results)


def test_tables_are_those_of_the_panels(results, study):
    run = results.index.iloc[3]
    panel = Panel.read(study / "results" / "x" / run["folder"])
    for name in ("regions", "trade", "sectors", "residuals"):
        frame = results.table(name)
        mine = frame[frame["run_id"] == run["run_id"]]
        wanted = getattr(panel, name)
        for column in wanted:
            assert (mine[column].astype(str).to_numpy() == wanted[column].astype(str)).all()
        assert (mine["seed"] == run["seed"]).all()
        assert (mine["behaviour.sigma_scale"] == run["behaviour.sigma_scale"]).all()


def test_only_what_is_asked_for(results):
    frame = results.regions(
        columns=["cpi"],
        where={"region": ["NOR", "SUD"], "month": slice("2022-02", None), "seed": 1},
    )
    assert list(frame) == [
        *("run_id", "seed", "behaviour.sigma_scale", "behaviour.search_rate"),
        *("month", "region", "cpi"),
    ]
    assert len(frame) == 4 * 2 and set(frame["region"]) == {"NOR", "SUD"}
    assert set(frame["seed"]) == {1} and set(frame["month"].dt.month) == {2}
    one = results.trade("price", {"origin": "NOR", "destination": "SUD"})
    assert set(one["origin"]) == {"NOR"} and "price" in one and "volume" not in one


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda r: r.regions(["cip"]), "unknown column of regions 'cip'; did you mean 'cpi'"),
        (lambda r: r.regions(where={"regoin": "NOR"}), "'regoin'; did you mean 'region'"),
        (lambda r: r.regions(where={"seed": 99}), "no run with seed = 99"),
        (lambda r: r.regions(where={"region": ["NOR", "SDU"]}), "region 'SDU'; did you mean 'SUD'"),
        (lambda r: r.regions(where={"month": "garbage"}), "cannot read regions where"),
        (lambda r: r.regions(where={"cpi": "x"}), "cannot read regions where"),
        (lambda r: r.table("region"), "unknown table 'region'; did you mean 'regions'"),
    ],
)
def test_what_is_not_there_is_said(results, ask, message):
    with pytest.raises(InputError, match=message):
        ask(results)


def test_sql(results):
    pytest.importorskip("duckdb")
    found = results.sql(
        "select seed, avg(cpi) as cpi from regions join runs using (run_id) group by 1"
    )
    assert sorted(found["seed"]) == [0, 1] and np.allclose(found["cpi"], 1.0)
    with pytest.raises(InputError, match="query: "):
        results.sql("selct")


def test_without_duckdb_sql_names_the_extra(results, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(InputError, match=r"pip install 'eaeu-sim\[query\]'"):
        results.sql("select 1")


def retold(source, target, **changes):
    """A copy of a run's folder whose manifest says something else."""
    shutil.copytree(source, target)
    path = target / "manifest.json"
    manifest = json.loads(path.read_text())
    parameters = {**manifest["parameters"], **changes.pop("parameters", {})}
    manifest |= {"run_id": target.name, "parameters": parameters, **changes}
    path.write_text(json.dumps(manifest))
    resign(target)


def test_versions_are_not_mixed_silently(results, study, tmp_path):
    source = study / "results" / "x" / results.index["folder"].iloc[0]
    for k in range(2):
        retold(source, tmp_path / f"{k:012x}")
    retold(source, tmp_path / f"{2:012x}", model="0.0.9+old", finished="2020-01-01T00:00:00+00:00")
    with pytest.raises(
        InputError, match=r"mixes versions .*\(2 runs\), 0.0.9\+old data .*\(1 runs"
    ):
        open_results(tmp_path)
    assert len(open_results(tmp_path, versions="all")) == 3
    assert len(open_results(tmp_path, versions="latest")) == 2
    assert len(open_results(tmp_path, versions="0.0.9")) == 1
    with pytest.raises(InputError, match="unknown version of the model '7'"):
        open_results(tmp_path, versions="7")
    shutil.rmtree(tmp_path / f"{2:012x}")
    retold(source, tmp_path / f"{3:012x}", data_digest="0" * 64)
    with pytest.raises(InputError, match="data 000000000000 "):
        open_results(tmp_path)
    shutil.rmtree(tmp_path / f"{3:012x}")
    other = {"data_digest": "0" * 64, "parameters": {"baseline.name": "mine"}}
    retold(source, tmp_path / f"{4:012x}", **other)  # other tables by name are no version
    assert set(open_results(tmp_path).index["baseline.name"]) == {"toy", "mine"}


def test_overrides_of_the_scenario_are_columns(results, study, tmp_path):
    source = study / "results" / "x" / results.index["folder"].iloc[0]
    for k in range(2):
        retold(source, tmp_path / f"{k:012x}", parameters={"scenario.intensity": f"0.{k}"})
    assert list(open_results(tmp_path).index["scenario.intensity"]) == [0.0, 0.1]


def test_a_point_is_found_whoever_ran_it_first(tmp_path):
    ban = "scenario.measures.ban={policy: export_ban, by: [WLD], on: [NOR], coverage: %s}"
    small = ("baseline=toy", "firms.count=27", "months=1", f"output.folder={tmp_path}", "name=x")
    keys = ("scenario.measures.ban.coverage", "scenario.intensity")
    for said in ((), (f"{keys[0]}=0.2",), (f"{keys[0]}=0.3", f"{keys[1]}=0.5")):
        complete(sim.load(*small, ban % 0.6, *said))
    index = open_results(tmp_path / "x").index
    assert sorted(zip(*(index[key] for key in keys), strict=True)) == [
        *((0.2, 1.0), (0.3, 0.5), (0.6, 1.0)),
    ]


def test_a_scenario_that_was_edited_is_told_from_what_it_was(tmp_path):
    small = ("baseline=toy", "firms.count=27", "months=1", f"output.folder={tmp_path}", "name=x")
    for coverage in (0.6, 0.2):
        mine = f"measures: {{b: {{policy: embargo, by: [WLD], on: [NOR], intensity: {coverage}}}}}"
        (tmp_path / "scenario").mkdir(exist_ok=True)
        (tmp_path / "scenario" / "mine.yaml").write_text(f"about: {{mine: a ban}}\n{mine}\n")
        complete(sim.load(*small, "scenario=mine", config_dir=tmp_path))
    results = open_results(tmp_path / "x")
    assert results.parameters == ["scenario.version"] and len(results) == 2


def test_folders_that_cannot_be_used(study, results, tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        open_results(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is not a folder"):
        open_results(tmp_path / "file")
    with pytest.raises(InputError, match="no finished run"):
        open_results(tmp_path)
    source = study / "results" / "x" / results.index["folder"].iloc[0]
    shutil.copytree(source, tmp_path / "0123456789ab")
    (tmp_path / "0123456789ab" / "regions.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"regions\.parquet' is missing or damaged"):
        open_results(tmp_path).regions()
    (tmp_path / "0123456789ab" / "manifest.json").write_text("{")
    with pytest.raises(InputError, match=r"manifest\.json' is missing or damaged"):
        open_results(tmp_path)


@pytest.mark.slow
def test_a_thousand_runs(results, study, tmp_path):
    source = study / "results" / "x" / results.index["folder"].iloc[0]
    for k in range(1000):
        target = tmp_path / f"{k:012x}"
        target.mkdir()
        for path in source.glob("*.parquet"):
            os.link(path, target / path.name)
        manifest = json.loads((source / "manifest.json").read_text())
        manifest |= {"run_id": target.name, "seed": k}
        (target / "manifest.json").write_text(json.dumps(manifest))
        resign(target)
    many = open_results(tmp_path)
    series = many.regions(["real_gdp"], {"region": "NOR"})
    assert len(series) == 1000 * 2 and isinstance(series, pd.DataFrame)
