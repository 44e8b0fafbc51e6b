"""The same bits whatever computes them, in whatever order they are told what to do.

A short run of 2,000 firms through the first months of the sanctions: bans, payment costs,
search and rationing are all at work in it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from joblib import Parallel, delayed
from runs import with_measures

import sim
from sim.axes import Month
from sim.config import load
from sim.policies.measure import Measure
from sim.policies.scenario import compile_scenario

OVERRIDES = ("scenario=eu_2022", "start=2022-02", "months=6", "firms.count=2000", "seed=4")
DIGEST = "import sim, sys; print(sim.simulate(sim.load(*sys.argv[1:])).digest)"
TOY = ("baseline=toy", "firms.count=60", "months=3")


def start(*overrides: str, **environment: object) -> subprocess.Popen[str]:
    env = os.environ | {name: str(value) for name, value in environment.items()}
    command = [sys.executable, "-c", DIGEST, *overrides]
    return subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def digest_of(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out.strip()


def digest_here(*overrides: str) -> str:
    return sim.simulate(sim.load(*overrides)).digest


@pytest.fixture(scope="module")
def processes() -> dict[str, subprocess.Popen[str]]:
    """Fresh interpreters, started at once."""
    return {
        "1": start(*OVERRIDES, NUMBA_NUM_THREADS=1),
        "2": start(*OVERRIDES, NUMBA_NUM_THREADS=2),
    }


@pytest.fixture(scope="module")
def expected(union, processes) -> str:
    return sim.simulate(load(*OVERRIDES), union).digest


@pytest.mark.parametrize("threads", ["1", "2"])
def test_same_bits_with_any_number_of_threads(expected, processes, threads):
    assert digest_of(processes[threads]) == expected


def test_same_bits_in_workers_of_joblib(expected):
    """Loky, the joblib launcher's engine, sets one thread in its workers."""
    assert (
        Parallel(n_jobs=2, backend="loky")(delayed(digest_here)(*OVERRIDES) for _ in range(2))
        == [expected] * 2
    )


def test_same_bits_in_the_same_process_twice(expected, union):
    other = sim.simulate(load(*OVERRIDES[:-1], "seed=5"), union)
    assert other.digest != expected
    assert sim.simulate(load(*OVERRIDES), union).digest == expected


def test_random_numbers_of_others_do_not_matter(expected, union):
    model = sim.UnionModel(load(*OVERRIDES), union)
    for _ in range(6):
        model.random.random()
        model.rng.random()
        model.agents.shuffle_do("__str__")
        model.step()
    assert model.panel.digest == expected


@pytest.mark.slow
def test_plain_python_agrees_with_the_compiled_kernels(tmp_path):
    """Not the same bits, there is no promise of that, but nothing that shows."""
    script = (
        "import sim, sys; sim.simulate(sim.load(*sys.argv[2:])).regions"
        ".drop(columns=['month', 'region']).to_csv(sys.argv[1], index=False, float_format='%.17g')"
    )
    measure = "+scenario.measures.e={policy: embargo, by: [SUD], on: [WLD], sectors: [MAN]}"
    tables = []
    for disabled in ("0", "1"):
        path = tmp_path / disabled
        command = [sys.executable, "-c", script, str(path), *TOY, measure]
        env = os.environ | {"NUMBA_DISABLE_JIT": disabled}
        subprocess.run(command, env=env, check=True, timeout=300, capture_output=True)
        tables.append(np.loadtxt(path, delimiter=",", skiprows=1))
    assert tables[0] == pytest.approx(tables[1], rel=1e-9, abs=1e-12)


# --- what scenarios may not change -----------------------------------------------------------


def test_sanctions_of_zero_intensity_are_no_sanctions(union):
    length = ("months=12", "firms.count=2000")
    nothing = sim.simulate(load("scenario=none", *length), union)
    for scenario in ("eu_2022", "embargo", "[eu_2022,embargo]"):
        still = load(f"scenario={scenario}", "scenario.intensity=0", *length)
        assert sim.simulate(still, union).digest == nothing.digest


def test_scenarios_commute(union):
    rest = ("months=6", "firms.count=2000")
    one = sim.simulate(load("scenario=[eu_2022,embargo]", *rest), union)
    two = sim.simulate(load("scenario=[embargo,eu_2022]", *rest), union)
    assert one.digest == two.digest


@pytest.mark.parametrize("shuffle", range(3))
def test_measures_commute_in_order(expected, union, shuffle):
    settings = load(*OVERRIDES)
    measures = list(settings.scenario.measures)
    np.random.default_rng(shuffle).shuffle(measures)
    assert sim.simulate(with_measures(settings, *measures), union).digest == expected


@pytest.mark.parametrize("shuffle", range(5))
def test_measures_may_be_called_anything(union, shuffle):
    """Sums and products of levers do not depend on the order in which names sort."""
    settings = load("scenario=eu_2022")
    measures = settings.scenario.measures
    names = np.random.default_rng(shuffle).permutation([m.name for m in measures])
    renamed = [replace(m, name=str(n)) for m, n in zip(measures, names, strict=True)]
    usual = compile_scenario(measures, union, settings.start, settings.months)
    other = compile_scenario(renamed, union, settings.start, settings.months)
    moved = [t for t in range(settings.months) if not usual.at(t).same(other.at(t))]
    assert not moved


@pytest.mark.parametrize(
    "inert",
    [
        "{policy: export_ban, by: [USA], on: [RUS], coverage: 0}",
        "{policy: export_ban, by: [USA], on: [RUS], intensity: 0}",
        "{policy: embargo, by: [CHN], on: [RUS], start: 2100-01-01}",
        "{policy: embargo, by: [CHN], on: [RUS], end: 2022-01-01}",
        "{policy: payment_removal, by: [CHN], on: [RUS], cost: 0}",
        "{policy: border_cost, by: [CHN], on: [RUS], factor: 1}",
        "{policy: demand, by: [KAZ], factor: 1}",
        "{policy: price_ceiling, by: [USA], on: [RUS], ceiling: 100}",
        "{policy: tariff, by: [KAZ], on: [CHN], rate: 0}",
        "{policy: relations, by: [KAZ], on: [RUS], factor: 1}",
    ],
)
@pytest.mark.parametrize("name", ["a_first", "zz_last"])
def test_an_inert_measure_shifts_no_random_draw(expected, union, inert, name):
    settings = load(*OVERRIDES, f"+scenario.measures.{name}={inert}")
    assert name in [m.name for m in settings.scenario]
    assert sim.simulate(settings, union).digest == expected


def test_a_measure_elsewhere_shifts_no_random_draw_here(union):
    """Which buyers in Russia find whom is theirs: a tariff elsewhere does not reshuffle them.

    A tariff, not a ban: who bars becomes a sender, which hubs weigh in how far they comply.
    """
    settings = load(*OVERRIDES, "start=2022-05", "months=1")
    more = with_measures(
        settings,
        *settings.scenario.measures,
        Measure("local", "tariff", by=("GEO",), on=("KGZ",), options={"rate": 0.5}),
    )
    found = []
    for chosen in (settings, more):
        model = sim.UnionModel(chosen, union)
        model.step()
        network, state = model.economy.network, model.state
        new = state.links.length - network.length
        russian = network.buyer_region == union.axes.region("RUS")
        assert new[russian].sum() > 0
        last = state.links.seller[network.row[:-1] + state.links.length - 1]
        found.append((new[russian], last[russian & (new > 0)]))
    assert np.array_equal(found[0][0], found[1][0])
    assert np.array_equal(found[0][1], found[1][1])


def test_the_start_date_moves_the_measures_not_the_model(union):
    """Nothing in the model knows the calendar: only the measures do."""
    rest = ("months=3", "firms.count=2000")
    early = sim.simulate(load("scenario=none", "start=2015-07", *rest), union)
    late = sim.simulate(load("scenario=none", *rest), union)
    assert late.start == Month(2022, 1)
    for variable in ("value_musd", "volume"):
        assert np.array_equal(early.values("trade", variable), late.values("trade", variable))
