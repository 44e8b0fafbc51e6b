"""Draws that are shipped: within their priors, as good as they say, whole, and fit to be run."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.calibrate.form import read_form
from sim.calibrate.page import page
from sim.calibrate.posterior import MIXED
from sim.config import load
from sim.study.draws import drawn, read_draws
from sim.validate import main

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "conf" / "posterior" / "eaeu.csv"
PUBLISHED = ROOT / "results" / "published" / "calibration"
COUNT = 200


@pytest.fixture(scope="module")
def text() -> str:
    return SHIPPED.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def priors():
    return read_form(["experiment=eaeu"]).priors


def test_draws_lie_within_their_priors_and_can_be_run(priors):
    settings = load("scenario=eu_2022")
    draws = read_draws(settings, COUNT)
    assert set(draws[0]) == set(priors)
    for name, prior in priors.items():
        column = np.array([draw[name] for draw in draws])
        assert column.min() >= prior.low * (1 - 1e-5) and column.max() <= prior.high * (1 + 1e-5)
        assert len(set(column)) > COUNT / 2, name
    assert len({drawn(settings, draw) for draw in draws[:20]}) == 20


def test_what_stands_above_the_draws_is_so(text):
    lines = text.splitlines(keepends=True)
    rows = "".join(line for line in lines if not line.startswith("#"))
    head = " ".join(line[2:].strip() for line in lines if line.startswith("#"))
    assert sha256(rows.encode()).hexdigest() == head.split()[-1]
    for told in ("python -m sim.calibrate experiment=eaeu", "commit", "scramble", "emcee"):
        assert told in head
    about = json.loads((PUBLISHED / "study.json").read_text(encoding="utf-8"))
    assert about["commit"] in head and about["model"] in head
    assert float(re.search(r"Split R-hat ([\d.]+\d)", head)[1]) <= MIXED
    left_out, default = map(float, re.search(r"left out ([\d.]+) .* are ([\d.]+\d)", head).groups())
    assert left_out < default
    fitted, open_ones = map(int, re.search(r"hold (\d+)% of .* and (\d+)% of", head).groups())
    assert min(fitted, open_ones) >= 75


def test_the_page_of_the_calibration_follows_from_its_tables():
    assert page(PUBLISHED) == (PUBLISHED / "page.md").read_text(encoding="utf-8")


def test_a_run_takes_the_shipped_draws_and_other_tables_are_told_there_are_none():
    settings = load("scenario=eu_2022", "draws=3", "seeds=2")
    assert len(settings.replications()) == 6
    with pytest.raises(sim.InputError, match=r"'toy' \(only for eaeu\)"):
        load("baseline=toy", "draws=2")


def test_validate_counts_what_the_bands_of_draws_hold(tmp_path):
    words = ["--draws", "2", "firms.count=867", "months=12"]
    assert main([*words, "--into", str(tmp_path)]) == 0
    held = pd.read_csv(tmp_path / "bands.csv")
    assert set(held["use"]) == {"calib", "validate"} and (held["low"] < held["high"]).all()
    assert not held["flow"].eq("KAZ_turnover_EAEU").any()  # nearly the sum of two others
    inside = held["observed"].between(held["low"], held["high"])
    assert (inside == held["inside"]).all()
    told = (tmp_path / "page.md").read_text(encoding="utf-8")
    share = held.loc[held["use"] == "validate", "inside"]
    assert f"{share.sum()} of {len(share)} open (validate)" in told
