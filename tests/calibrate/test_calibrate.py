"""A calibration from its file to its folder: asked, run, killed, gone on with, scored, written."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("emcee")

from sim.calibrate import runs
from sim.calibrate.form import read_form
from sim.calibrate.page import page
from sim.calibrate.report import closing, run_calibrate
from sim.calibrate.runs import Bench, rows_of
from sim.calibrate.score import FEWEST, coverage, held, leave_out, weigh
from sim.calibrate.summaries import Summary, summaries
from sim.draws import read_rows
from sim.errors import InputError

SMALL = ("firms.count=867", "months=12", "output.progress=false", "output.jobs=1")
NAMES = ("behaviour.sigma_scale", "behaviour.stock_cover", "traders.growth")
TASK = """
about: Which numbers?
run: [scenario=eu_2022]
parameters: [behaviour.sigma_scale, behaviour.stock_cover, traders.growth]
points: 20
waves: 1
draws: 30
checks: 2
steps: 300
walkers: 16
discrepancy: {rest: 0.1, CHN_exports_RUS: 0.3}
without: [EU_exports_KAZ, KAZ_exports_CHN, KAZ_exports_EU27, KAZ_imports_CHN, KAZ_imports_EU27,
  KAZ_imports_RUS, KAZ_turnover_EAEU]
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A configuration folder with a calibration of three parameters."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "calibrate").mkdir()
    (folder / "calibrate" / "mine.yaml").write_text(TASK, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def asked(own, tmp_path_factory):
    """What is said on the command line, into a folder of its own."""
    root = tmp_path_factory.mktemp("results")
    return ["experiment=mine", *SMALL, f"output.folder={root}", f"--config-dir={own}"]


@pytest.fixture(scope="module")
def rows(asked):
    """What a run of a year can speak to, from one real run."""
    return rows_of(read_form(asked).base)


@pytest.fixture
def fake(monkeypatch, rows):
    """A model of one line in place of the simulation: what is asked of it is kept."""
    seen = []

    def told(made):
        (settings,) = made
        sigma, cover = settings.behaviour.sigma_scale, settings.behaviour.stock_cover
        luck = np.random.default_rng(settings.seed).normal(0.0, 0.01, len(rows))
        seen.append(settings)
        change = 0.5 * (sigma - 1.0) * np.linspace(-1, 1, len(rows)) + 0.1 * cover + luck
        return rows.assign(model=rows["real"].fillna(1.0) * np.exp(change - 0.1))

    monkeypatch.setattr(runs, "simulate", lambda settings: settings)
    monkeypatch.setattr(runs, "compare", told)
    monkeypatch.setattr("sim.calibrate.report.rows_of", lambda settings: rows)
    monkeypatch.setattr("sim.calibrate.matching.LOOKED_AT", 1 << 10)
    return seen


def test_a_form_takes_its_priors_from_the_parameters_and_its_sizes_from_who_asks(asked):
    form = read_form([*asked, "points=30"])
    assert tuple(form.priors) == NAMES and form.sizes["points"] == 30
    assert form.discrepancy["CHN_exports_RUS"] == 0.3
    everything = read_form(["experiment=eaeu", *SMALL, "behaviour.cash_target=2"])
    assert len(everything.priors) > 40 and "behaviour.cash_target" not in everything.priors


@pytest.mark.parametrize(
    "line, said",
    [
        ("parameters: [behaviour.sigma, traders.growth]", "did you mean 'behaviour.sigma_scale'"),
        ("parameters: [traders.growth]", "give two or more"),
        ("discrepancy: {EU_exports_RUS: 0.1}", "discrepancy says nothing of 'rest'"),
        ("discrepancy: {rest: -1}", "discrepancy: rest = -1 is not a number above 0"),
        ("points: 0", "points = 0"),
        ("run: [seeds=3]", "run: it has a reference, seeds or draws of its own"),
        ("without: KAZ_turnover_EAEU", "is not a list of flows"),
        ("cutof: 3", "did you mean 'cutoff'"),
    ],
)
def test_a_form_that_cannot_be_is_blamed(tmp_path, line, said):
    (tmp_path / "calibrate").mkdir()
    (tmp_path / "calibrate" / "wrong.yaml").write_text(line, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_form(["experiment=wrong", f"--config-dir={tmp_path}"])


def test_a_flow_and_year_is_one_summary_and_what_others_say_can_be_left_out(rows):
    doubts = {"rest": 0.2}, {"H": 0.03, "M": 0.06, "L": 0.12}
    found = summaries(rows, "calib", *doubts)
    names = [s.name for s in found]
    assert len(set(names)) == len(names)
    europe = next(s for s in found if s.name == "EU_exports_RUS 2022")
    assert len(europe.rows) == 4  # three windows and the year
    assert europe.of(dict.fromkeys(europe.rows, 0.5)) == pytest.approx(np.log(0.5))
    fewer = summaries(rows, "calib", *doubts, ["KAZ_turnover_EAEU"])
    assert set(names) - {s.name for s in fewer} == {"KAZ_turnover_EAEU 2022"}
    with pytest.raises(InputError, match="did you mean 'KAZ_turnover_EAEU'"):
        summaries(rows, "calib", *doubts, ["KAZ_turnover_EAE"])


def test_the_model_itself_is_read_and_what_was_read_is_kept(asked):
    form = read_form(asked)
    bench = Bench.open(form)
    draws = [{"behaviour.sigma_scale": 0.8}, {"behaviour.sigma_scale": 1.2}]
    low, high = bench.of(draws, 5)
    assert bench.new == 2 and low != high
    assert Bench.open(form).of(draws, 5) == [low, high]
    damaged = next(bench.store.glob("*.json"))
    damaged.write_text(damaged.read_text()[:40])
    assert bench.of(draws, 5) == [low, high] and bench.new == 3


def test_a_killed_calibration_goes_on_and_draws_the_same_bits(asked, own, tmp_path, fake):
    straight = run_calibrate(asked)
    whole = len(fake)
    other = [*asked[:-2], "output.figures=false", f"output.folder={tmp_path}", asked[-1]]
    form = read_form(other)
    Bench.open(form).of([{}] * 2, 300_000)  # it was killed with some of its runs done
    fake.clear()
    resumed = run_calibrate(other)
    assert len(fake) == whole - 2
    assert [
        (folder / "points.csv").read_bytes() for folder in (straight, resumed)
    ] == [(straight / "points.csv").read_bytes()] * 2  # fmt: skip
    drawn = [pd.read_csv(f / "posterior.csv", comment="#") for f in (straight, resumed)]
    assert drawn[0].equals(drawn[1])
    assert run_calibrate(other) == resumed  # finished: nothing is run
    assert len(fake) == whole - 2


def test_a_folder_says_how_it_was_made_and_its_draws_can_be_run(asked, fake, tmp_path):
    folder = run_calibrate(asked)
    about = json.loads((folder / "study.json").read_text())
    assert about["parameters"] == 3 and 1 <= about["moving"] <= 3
    assert about["left_out_error"] < about["still_error"]
    text = (folder / "posterior.csv").read_text()
    rows = "".join(line for line in text.splitlines(True) if not line.startswith("#"))
    assert f"# SHA-256 of the lines below: {sha256(rows.encode()).hexdigest()}\n" in text
    assert "# Held against" in text and "python -m sim.calibrate experiment=mine" in text
    (tmp_path / "posterior").mkdir()
    (tmp_path / "posterior" / "eaeu.csv").write_text(text)
    draws = read_rows("eaeu", 30, [tmp_path])
    assert set(draws[0]) == set(NAMES)
    assert np.std([d["behaviour.sigma_scale"] for d in draws]) < 0.2  # history narrows it
    moved = pd.read_csv(folder / "moved.csv").set_index("parameter")
    assert moved["narrowed"].idxmax() == "behaviour.sigma_scale"
    assert (folder / "figures" / "calibrated.png").is_file()
    told = (folder / "page.md").read_text(encoding="utf-8")
    assert page(folder) == told and "(figures/calibrated.png)" in told
    assert told.count("**outside**") == sum(
        (~pd.read_csv(folder / f"{name}.csv")["inside"]).sum() for name in ("summaries", "open")
    )
    assert "posterior.csv into posterior/" in closing(folder).replace("put ", "").replace(
        str(folder) + "/", ""
    )


def test_a_flow_that_was_left_out_is_told_by_the_others():
    from sim.calibrate.design import sobol
    from sim.calibrate.emulator import emulate

    found = [Summary(n, "2022", ((n, "2022"),), 0.7, 0.05) for n in ("a", "b")]
    places = sobol(60, 3)
    emulators = [emulate(places, places[:, 0]) for _ in found]  # both flows are one number

    def run(new, seed):
        return [{(n, "2022"): float(np.exp(x)) for n in ("a", "b")} for x in new[:, 0]]

    default = run(np.full((4, 3), 0.5), 0)
    ran = places, np.column_stack([places[:, 0]] * 2)
    first, second = leave_out(emulators, found, *ran, run, default, 40, 16, 150, seed=1)
    assert first.default == pytest.approx(0.2) and first.still == pytest.approx(0.7)
    assert max(first.left_out, second.left_out) < 0.05
    assert first.worth == pytest.approx(40)  # sixty runs are worth too few: draws were run
    many = sobol(1024, 3)
    nobody = None  # enough runs are there
    ran = many, np.column_stack([many[:, 0]] * 2)
    for score in leave_out(emulators, found, *ran, nobody, default, 40, 16, 150, seed=1):
        assert score.left_out < 0.02 and score.default == pytest.approx(0.2)
        assert FEWEST < score.worth < 400
    far = [replace(s, observed=2.0) for s in found]
    rows = held([*found, *far], run(np.full((5, 3), 0.7), 0), default)
    assert [r.inside for r in rows] == [True, True, False, False] and coverage(rows) == 0.5
    assert rows[0].high - rows[0].low == pytest.approx(2 * 1.645 * 0.05, rel=0.03)
    runs = run(many, 0)
    weights = weigh(emulators, found, many)
    (row,) = held(found[:1], runs, default, weights)
    sd = np.hypot(0.05, 0.05 / np.sqrt(2))  # the doubt, on a number that two rows have told
    assert row.mean == pytest.approx(0.7, abs=0.01)
    assert row.high - row.low == pytest.approx(2 * 1.645 * sd, rel=0.05)
