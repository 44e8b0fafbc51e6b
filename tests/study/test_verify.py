"""A stored run comes out the same, or it is said what is wrong with it."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from sim import verify as door
from sim.publish import main as publish
from sim.record.manifest import run_id
from sim.settings import Settings
from sim.study.verification import Verdict, differences, verify

TOY = ("baseline=toy", "firms.count=27", "months=2")


@pytest.fixture
def run(study, tmp_path):
    """A copy of a finished run."""
    source = next(p for p in (study / "results" / "x").iterdir() if len(p.name) == 12)
    return Path(shutil.copytree(source, tmp_path / source.name))


def edit_manifest(run: Path, **changes) -> None:
    path = run / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    resign(run)


def resign(run: Path) -> None:
    """Write DONE anew, as a careful forger would."""
    names = [line.split("  ")[1] for line in (run / "DONE").read_text().splitlines()]
    lines = [f"{sha256((run / n).read_bytes()).hexdigest()}  {n}\n" for n in names]
    (run / "DONE").write_text("".join(lines))


def change_a_number(run: Path, factor: float) -> None:
    frame = pd.read_parquet(run / "regions.parquet")
    frame.loc[3, "cpi"] *= factor
    frame.to_parquet(run / "regions.parquet", index=False)


def test_an_untouched_run_is_the_same_to_the_last_bit(run):
    found = verify(run)
    assert found.verdict is Verdict.SAME and found.message == "same to the last bit"


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("factor", [1.01, 1 + 1e-12])
def test_a_changed_number(run, signed, factor):
    change_a_number(run, factor)
    if signed:
        resign(run)
    found = verify(run)
    assert found.verdict is Verdict.DIFFERS
    assert "numbers changed" in found.message and "regions.cpi [2022-02-01 NOR]" in found.message
    assert ("regions.parquet changed since" in found.message) != signed


def test_a_changed_configuration(run):
    path = run / "config.yaml"
    tree = yaml.safe_load(path.read_text())
    tree["behaviour"]["search_rate"] = 0.25
    path.write_text(yaml.safe_dump(tree))
    found = verify(run)
    assert found.verdict is Verdict.DIFFERS
    assert "configuration changed" in found.message
    assert "behaviour.search_rate = 0.25, was 0." in found.message


@pytest.mark.parametrize(
    "name", ["trade.parquet", "baseline/trade.parquet", "manifest.json", "config.yaml"]
)
def test_a_truncated_file(run, name):
    content = (run / name).read_bytes()
    (run / name).write_bytes(content[: len(content) // 3 + 7])
    found = verify(run)
    assert found.verdict is not Verdict.SAME and Path(name).name in found.message
    if name != "config.yaml":  # a third of a YAML file is still one
        assert found.verdict is Verdict.UNUSABLE
        assert "damaged or truncated" in found.message


def test_a_missing_file_and_no_run(run, tmp_path):
    (run / "sectors.parquet").unlink()
    assert "sectors.parquet is missing" in verify(run).message
    found = verify(tmp_path / "nowhere")
    assert found.verdict is Verdict.UNUSABLE and "not a finished run" in found.message


def test_a_foreign_version(run):
    manifest = json.loads((run / "manifest.json").read_text())
    settings = Settings.from_dict(yaml.safe_load((run / "config.yaml").read_text()))
    name = run_id(settings.identity(), manifest["data_digest"], "0.0.9+abc")
    edit_manifest(run, model="0.0.9+abc", run_id=name)
    found = verify(run)
    assert found.verdict is Verdict.UNUSABLE
    assert "foreign version: made by model 0.0.9+abc" in found.message
    found = verify(run, across_versions=True)
    assert found.verdict is Verdict.SAME and "made by model 0.0.9+abc" in found.message
    change_a_number(run, 1.01)
    assert verify(run, across_versions=True).verdict is Verdict.DIFFERS


def test_foreign_tables(run):
    manifest = json.loads((run / "manifest.json").read_text())
    settings = Settings.from_dict(yaml.safe_load((run / "config.yaml").read_text()))
    name = run_id(settings.identity(), "0" * 64, manifest["model"])
    edit_manifest(run, data_digest="0" * 64, run_id=name)
    assert "made from tables 000000000000" in verify(run).message


def test_other_libraries_are_granted_a_tolerance(run):
    manifest = json.loads((run / "manifest.json").read_text())
    edit_manifest(run, digest="0" * 64, libraries=manifest["libraries"] | {"numpy": "2.3.0"})
    change_a_number(run, 1 + 1e-12)
    resign(run)
    found = verify(run)
    assert found.verdict is Verdict.SAME and "same within 1e-09 of the size" in found.message
    assert f"(other libraries: numpy 2.3.0, here {np.__version__})" in found.message
    change_a_number(run, 1 + 1e-7)
    resign(run)
    found = verify(run)
    assert found.verdict is Verdict.DIFFERS and "other libraries: numpy" in found.message


def test_another_processor_is_told_from_another_model(run):
    manifest = json.loads((run / "manifest.json").read_text())
    processor = manifest["processor"] | {"name": "Elbrus", "threads": 128}
    edit_manifest(run, digest="0" * 64, processor=processor)
    found = verify(run)
    assert found.verdict is Verdict.SAME
    assert "another processor, which should change no bit: name Elbrus, here" in found.message
    assert "threads" not in found.message and "another model" not in found.message
    settings = Settings.from_dict(yaml.safe_load((run / "config.yaml").read_text()))
    name = run_id(settings.identity(), manifest["data_digest"], "0.0.9+abc")
    edit_manifest(run, model="0.0.9+abc", run_id=name)
    found = verify(run, across_versions=True)
    assert "another model: made by model 0.0.9+abc" in found.message
    assert "another processor" in found.message


def test_differences_count_by_the_size_of_their_series():
    """Money by GDP, so a balance near zero is no measure of itself; shares and prices by 1."""
    frame = pd.DataFrame(
        {
            "month": pd.to_datetime(["2022-01"] * 2),
            "region": ["RUS", "KGZ"],
            "government_balance_musd": [1e-9, 2.0],
            "unemployment": [1e-6, 0.05],
            "cpi": [1.0, 50.0],
        }
    )
    gdp = {"RUS": 1e5, "KGZ": 1e3}
    for column, shift, error in (
        ("government_balance_musd", [1e-6, 0.0], 1e-11),
        ("government_balance_musd", [0.0, 1e-2], 1e-5),
        ("unemployment", [1e-7, 0.0], 1e-7),
        ("cpi", [1e-3, 0.0], 1e-3),
        ("cpi", [0.0, 0.5], 0.01),
    ):
        again = frame.assign(**{column: frame[column] + shift})
        assert differences("regions", frame, again, gdp)[0] == pytest.approx(error, rel=0.02)
    pair = pd.DataFrame(
        {
            "month": pd.to_datetime(["2022-01"]),
            "origin": ["RUS"],
            "destination": ["KGZ"],
            "sector": ["food"],
            "value_musd": [0.0],
        }
    )
    assert differences("trade", pair, pair.assign(value_musd=1.0), gdp)[0] == pytest.approx(1e-3)


def test_a_forged_hash_is_seen(run):
    edit_manifest(run, digest="0" * 64)
    found = verify(run)
    assert found.verdict is Verdict.DIFFERS and "content hash differs" in found.message


def test_tables_of_other_shapes():
    one = pd.DataFrame({"month": pd.to_datetime(["2022-01"]), "links": [0.0]})
    assert differences("residuals", one, one, {}) == (0.0, [])
    assert differences("residuals", one, pd.concat([one, one]), {})[0] == float("inf")
    other = one.assign(month=pd.to_datetime(["2022-02"]))
    assert "other labels in column month" in differences("residuals", one, other, {})[1][0]
    words = one.assign(links="x")
    assert "column links holds no numbers" in differences("residuals", words, one, {})[1][0]


def test_publish_and_verify_all(tmp_path, capsys):
    into = tmp_path / "published"
    assert publish(["none", "--into", str(into), "--with", *TOY]) == 0
    assert publish(["none", "--into", str(into), "--with", *TOY]) == 0  # replaces
    assert [p.name for p in into.iterdir()] == ["none"]
    kept = {"DONE", "config.yaml", "manifest.json", "regions.parquet", "summary.csv"}
    assert {p.name for p in (into / "none").iterdir()} == kept
    assert str(tmp_path) not in (into / "none" / "config.yaml").read_text()
    assert door.main(["--all", str(into)]) == 0
    assert "same     " in capsys.readouterr().out
    change_a_number(into / "none", 1.01)
    assert door.main(["--all", str(into), "--across-versions"]) == 1
    assert "differs  " in capsys.readouterr().err
    (into / "none" / "DONE").unlink()
    assert door.main([str(into / "none")]) == 2
    assert door.main(["--all", str(tmp_path / "nowhere")]) == 2
    assert "no run in" in capsys.readouterr().err
    assert publish(["nnoe"]) == 2
    assert "did you mean 'none'" in capsys.readouterr().err


def test_verify_wants_something_to_do(capsys):
    assert door.main([]) == 2
    assert "name a run, or --all" in capsys.readouterr().err


def test_an_ensemble_is_sent_to_its_runs(study):
    folder = next((study / "results" / "x" / "ensembles").iterdir())
    finding = verify(folder)
    assert finding.verdict is Verdict.UNUSABLE
    assert f"an ensemble is made of runs: verify --all {study / 'results' / 'x'}" in str(finding)
