"""The page "Is it true?" says what its tables say, the misses first."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import sim
from sim.errors import InputError
from sim.study import truth

ABOUT = {
    "scenario": "none", "firms": 900, "months": 24, "runs": 2, "band": "range of 2 seeds",
    "command": "python -m sim.validate", "rivals": ["textbook"], "residual": 1e-13, "rest": 0.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def rest() -> sim.Panel:
    return sim.simulate(sim.load("scenario=none", "firms.count=900", "months=24"))


@pytest.fixture(scope="module")
def written(rest, tmp_path_factory):
    folder = tmp_path_factory.mktemp("truth")
    truth.write_truth(folder, truth.rows_of([rest], {"textbook": rest}), ABOUT)
    return folder


def test_at_rest_all_that_moved_is_missed_and_named_first(written):
    rows = pd.read_csv(written / "rows.csv")
    far = (rows["seen"] > 1.25) | (rows["seen"] < 0.8)
    plain = ~rows["name"].str.match("CCA3|EU_offset|KAZ_imports_EU")
    assert (rows["missed"] == far)[plain].all()
    page = (written / "page.md").read_text(encoding="utf-8")
    first, rest_of_it = page.split("## How far off")
    assert f"Of {len(rows)} rows" in first and f"{rows['missed'].sum()} are missed" in first
    for name in rows.loc[rows["missed"], "name"]:
        assert truth.said(name) in first
    for name in rows["name"]:
        assert truth.said(name) in rest_of_it


def test_what_the_model_cannot_say_is_said(written):
    silent = pd.read_csv(written / "unsaid.csv")
    page = (written / "page.md").read_text(encoding="utf-8")
    assert "RUS_current_account" in set(silent["name"])
    assert not set(silent["period"].astype(str).str[:4]) & {"2019", "2020", "2021"}
    assert all(truth.said(name) in page for name in silent["name"])


def test_the_page_follows_from_its_tables_and_a_damaged_folder_is_refused(written, tmp_path):
    assert truth.page(written) == (written / "page.md").read_text(encoding="utf-8")
    assert json.loads((written / "about.json").read_text(encoding="utf-8")) == ABOUT
    with pytest.raises(InputError, match="cannot read"):
        truth.page(tmp_path)


def test_bands_of_draws_are_counted_by_use_and_go_where_there_are_none(rest, tmp_path):
    held = pd.DataFrame(
        {
            "flow": ["EU_exports_RUS", "ARM_exports_RUS", "TUR_exports_RUS"], "year": "2022",
            "observed": [0.5, 2.0, 1.6], "doubt": 0.2, "model": 0.6, "low": 0.4, "high": 0.8,
            "inside": [True, False, False], "use": ["calib", "validate", "validate"],
        }
    )  # fmt: skip
    rows = truth.rows_of([rest], {"textbook": rest})
    written = truth.write_truth(tmp_path, rows, ABOUT, held=held)
    told = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert tmp_path / truth.BANDS in written and truth.page(tmp_path) == told
    assert "hold 1 of 1 fitted (calib), 100 %; 0 of 2 open (validate), 0 %" in told
    assert told.count("**outside**") == 2
    truth.write_truth(tmp_path, rows, ABOUT)
    assert "How sure" not in (tmp_path / "page.md").read_text(encoding="utf-8")


def test_a_run_at_rest_moves_and_leaks_nothing(rest):
    assert truth.largest_move(rest) < 1e-9
    assert truth.largest_residual([rest, rest]) < 1e-9
