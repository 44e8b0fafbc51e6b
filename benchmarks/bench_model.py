"""Speed and memory of the whole model against the bars of the first issue.

    make bench            or    python -m pytest benchmarks -s

Ratios are of medians taken in turns in one process, so that a busy machine is busy for both.
"""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import median
from time import perf_counter

import numba
import pytest

import sim
from sim.baseline.balance import Baseline, load_baseline
from sim.baseline.network import build_network
from sim.baseline.tables import shipped
from sim.params import FirmParams

MONTHS = 35


@pytest.fixture(scope="module")
def union() -> Baseline:
    return load_baseline(shipped("eaeu"))


@pytest.fixture
def say(capsys):
    """Print a figure past pytest's capture."""

    def line(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}")

    return line


def python(*arguments: str, **environment: object) -> tuple[float, str]:
    """Seconds from start to end of an interpreter, and what it printed."""
    env = os.environ | {name: str(value) for name, value in environment.items()}
    began = perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments], env=env, capture_output=True, text=True, check=True
    )
    return perf_counter() - began, done.stdout


@pytest.mark.parametrize(("count", "bar", "times"), [(10_000, 1.5, 5), (100_000, 15.0, 2)])
def test_network_is_built_in_time(union, say, count, bar, times):
    build_network(union, FirmParams(count=1_000), seed=0)  # compile or load
    seconds = []
    for seed in range(times):
        began = perf_counter()
        links = build_network(union, FirmParams(count=count), seed).links
        seconds.append(perf_counter() - began)
    say(f"network of {count:,} firms, {links:,} links: {median(seconds):.2f} s (bar {bar} s)")
    assert median(seconds) <= bar


@pytest.fixture(scope="module")
def months(union) -> dict[tuple[str, int], float]:
    """Median seconds of a month of eu_2022 by what is on and threads, and of bamengine's period.

    In turns, on all threads and on one: where other programs hold the cores, threads that wait
    for each other cost more than they bring, which says nothing about the model.
    """
    bamengine = pytest.importorskip("bamengine")
    other = bamengine.Simulation.init(
        n_firms=10_000, n_households=50_000, log_level="ERROR", seed=0
    )
    length = f"months={2 * MONTHS + 1}"
    plain = ("traders=off", "technology=off")
    models = {
        "first issue": sim.UnionModel(sim.load("scenario=eu_2022", length, *plain), union),
        "all": sim.UnionModel(sim.load("scenario=eu_2022", length), union),
    }
    threads = numba.config.NUMBA_NUM_THREADS
    seconds: dict[tuple[str, int], list[float]] = {}
    steps = {"bamengine": other.step, **{name: model.step for name, model in models.items()}}
    for step in steps.values():
        step()  # compile or load
    try:
        for month in range(2 * MONTHS):
            number = (threads, 1)[month % 2]
            numba.set_num_threads(number)
            for name, step in steps.items():
                began = perf_counter()
                step()
                key = (name, 1 if name == "bamengine" else number)
                seconds.setdefault(key, []).append(perf_counter() - began)
    finally:
        numba.set_num_threads(threads)
    return {key: median(taken) for key, taken in seconds.items()}


def test_a_month_costs_no_more_than_a_period_of_bamengine(months, say):
    """One closed economy without inputs there, seventeen regions and 300,000 links here."""
    period = months["bamengine", 1]
    say(f"a period of bamengine, 10,000 firms: {1e3 * period:.1f} ms")
    ratios = {key: taken / period for key, taken in months.items() if key[0] != "bamengine"}
    for (name, threads), ratio in ratios.items():
        taken = 1e3 * months[name, threads]
        say(f"a month of eu_2022, {name}, {threads} threads: {taken:.1f} ms, ratio {ratio:.2f}")
    assert min(r for (name, _), r in ratios.items() if name == "first issue") <= 1.0


def test_all_mechanisms_cost_less_than_a_third_more(months, say):
    ratios = {
        threads: taken / months["first issue", threads]
        for (name, threads), taken in months.items()
        if name == "all"
    }
    say(f"month with all mechanisms over that of the first issue, by threads: {ratios} (bar 1.3)")
    assert min(ratios.values()) <= 1.3


@pytest.mark.parametrize(("cache", "bar"), [("cold", 45.0), ("warm", 15.0)])
def test_the_default_run_is_quick_from_start_to_end(tmp_path_factory, say, cache, bar):
    """`python -m sim`: import, tables, network, 36 months, tables and pictures on disk."""
    home = tmp_path_factory.getbasetemp() / "door"
    home.mkdir(exist_ok=True)
    compiled = home / "numba"
    assert any(compiled.glob("**/*.nbc")) == (cache == "warm")
    results = home / cache
    seconds, said = python("-m", "sim", f"output.folder={results}", NUMBA_CACHE_DIR=compiled)
    say(f"python -m sim, {cache} cache: {seconds:.1f} s (bar {bar:.0f} s)")
    assert "36 months" in said
    assert len(list(results.glob("none/*/DONE"))) == 1
    assert seconds <= bar


def test_a_hundred_thousand_firms_fit_into_three_gigabytes(say):
    script = (
        "import resource, sim; "
        "sim.simulate(sim.load('scenario=eu_2022', 'start=2022-03', 'months=12',"
        " 'firms.count=100000')); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)"
    )
    seconds, said = python("-c", script)
    say(f"100,000 firms, 12 months: {float(said):.2f} GB at most (bar 3 GB), {seconds:.0f} s")
    assert float(said) <= 3.0
