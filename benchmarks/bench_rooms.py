"""What rooms cost against something of the same kind, so that a busy machine is busy for both.

python -m pytest benchmarks/bench_rooms.py -s
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np
import pytest

from sim import arithmetic
from sim.baseline.tables import read_tables, shipped


@pytest.fixture
def say(capsys) -> Callable[[str], None]:
    def line(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}")

    return line


def ratio(one: Callable[[], object], other: Callable[[], object], rounds: int = 15) -> float:
    """Median seconds of one over those of the other, taken in turns; the first round warms up."""
    taken: dict[Callable[[], object], list[float]] = {one: [], other: []}
    for _ in range(rounds + 1):
        for work, seconds in taken.items():
            begun = perf_counter()
            work()
            seconds.append(perf_counter() - begun)
    return median(taken[one][1:]) / median(taken[other][1:])


def test_reading_tables_costs_little_more_than_their_text(say):
    folder = shipped("eaeu")

    def text() -> int:
        return sum(len(list(csv.reader(p.open(encoding="utf-8")))) for p in folder.glob("*.csv"))

    times = ratio(lambda: read_tables(folder), text, rounds=5)
    say(f"reading and checking the tables: {times:.0f} times reading their text")
    assert times < 60


@pytest.mark.parametrize(("name", "most"), [("exp", 1.0), ("log", 1.0), ("power", 2.0)])
def test_the_same_bits_everywhere_cost_nothing(say, name, most):
    x = np.random.default_rng(0).uniform(0.5, 20.0, 100_000)
    pair = (x, np.full_like(x, 1.7)) if name == "power" else (x,)
    own, library = getattr(arithmetic, name), getattr(np, name)
    times = ratio(lambda: own(*pair), lambda: library(*pair))
    say(f"{name}: {times:.2f} times NumPy's")
    assert times < most
