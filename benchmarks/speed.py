"""How fast the model is: the table of the README, each row with its bar.

    make bench                                       # everything, some fifteen minutes
    python benchmarks/speed.py months start          # some parts of it

Everything is on that is on by default. What is compared is taken in turns in one process, and a
ratio is the median of the pairs, so that a busy machine is busy for both; seconds by the clock
mean something on a quiet machine only, which is why its load is printed. Every row says its
threads: kernels, and nothing else here, use more than one.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

import numba
import numpy as np
from bench_pass import sides_of
from sweep_speed import overheads, ratio_of_workers

import sim

THREADS = numba.config.NUMBA_NUM_THREADS
SCENARIO = ("scenario=eu_2022", "start=2022-03")
HOUSEHOLDS = 5  # a firm, in bamengine; all else as it comes
MILLION = """
import json, resource, sys
from statistics import median
from time import perf_counter
import sim
from sim.prepared import tables
found = {}
for count in (100_000, 1_000_000):
    settings = sim.load("scenario=eu_2022", "start=2022-03", "months=12", f"firms.count={count}")
    baseline = tables(settings)
    sim.UnionModel(sim.load("firms.count=1000", "months=1")).step()
    began = perf_counter()
    model = sim.UnionModel(settings, baseline)
    built = perf_counter() - began
    taken = []
    for _ in range(12):
        began = perf_counter()
        model.step()
        taken.append(perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found[count] = {"build": built, "month": median(taken), "peak": peak, "run": sum(taken)}
    del model
print(json.dumps(found))
"""
FIRST_MONTH = "import sim; sim.UnionModel(sim.load('firms.count=1500')).step()"

Row = tuple[str, str, str, str]
"""What, how much, what it must not exceed, and on how many threads or processes."""


def clock(work: Callable[[], object]) -> float:
    """Seconds of one call."""
    began = perf_counter()
    work()
    return perf_counter() - began


@contextmanager
def on_threads(number: int) -> Iterator[None]:
    """Kernels on that many threads."""
    before = numba.get_num_threads()
    numba.set_num_threads(number)
    try:
        yield
    finally:
        numba.set_num_threads(before)


def python(*arguments: str, **environment: str) -> tuple[float, float, str]:
    """Seconds from start to end of an interpreter, by the clock and of processors; what it said."""
    used, began = os.times(), perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, after = perf_counter() - began, os.times()
    processors = after.children_user + after.children_system
    return seconds, processors - used.children_user - used.children_system, done.stdout


def of_months() -> Iterator[Row]:
    """A month over a period of bamengine with as many firms."""
    import bamengine

    logging.disable(logging.INFO)  # it has Mesa tell every step
    for firms, turns, bars in (
        (10_000, 36, {1: 0.85, THREADS: 0.65}),
        (100_000, 12, {1: None, THREADS: 0.45}),
    ):
        other = bamengine.Simulation.init(
            n_firms=firms, n_households=HOUSEHOLDS * firms, log_level="ERROR", seed=0
        )
        length = f"months={len(bars) * (turns + 1)}"
        model = sim.UnionModel(sim.load(*SCENARIO, length, f"firms.count={firms}"))
        pairs: dict[int, list[tuple[float, float]]] = {threads: [] for threads in bars}
        for turn in range(turns + 1):
            for threads in bars:
                with on_threads(threads):
                    pairs[threads].append((clock(model.step), clock(other.step)))
            if turn == 0:  # compiles, loads, fills caches
                pairs = {threads: [] for threads in bars}
        for threads, bar in bars.items():
            taken = pairs[threads]
            ratio = median(ours / theirs for ours, theirs in taken)
            ours, theirs = (1e3 * median(side) for side in zip(*taken, strict=True))
            yield (
                f"month, {firms:,} firms, over a period of bamengine {bamengine.__version__} "
                f"({HOUSEHOLDS} households a firm, its defaults otherwise)",
                f"{ratio:.2f} ({ours:.0f} over {theirs:.0f} ms)",
                f"{bar}" if bar else "",
                _threads(threads),
            )


def of_million() -> Iterator[Row]:
    """A million firms for twelve months."""
    found = json.loads(python("-c", MILLION)[2])
    few, many = found["100000"], found["1000000"]
    each = many["month"] / few["month"] / 10
    on = _threads(THREADS)
    yield "1,000,000 firms: month", f"{many['month']:.2f} s", "1.6 s", on
    yield "1,000,000 firms: build", f"{many['build']:.0f} s", "30 s", on
    yield "1,000,000 firms: memory at most", f"{many['peak'] / 2**20:.1f} GB", "5 GB", on
    yield "1,000,000 firms: 12 months without build", f"{many['run']:.0f} s", "", on
    yield "month's cost per firm, 1,000,000 over 100,000", f"{each:.2f}", "1.3", on


def of_pass() -> Iterator[Row]:
    """One pass over all links against SciPy's two products, which know one thread only."""
    ours, scipys, links = sides_of(sim.UnionModel(sim.load("firms.agents=0", "months=1")))
    for threads, bar in ((1, ""), (THREADS, "0.45")):
        with on_threads(threads):
            taken = []
            for _ in range(400):
                for work in (ours, scipys):
                    work()  # its own data in the caches, as from one pass to the next
                    taken.append(clock(work))
        pairs = np.array(taken).reshape(-1, 2)
        ratio = float(np.median(pairs[:, 0] / pairs[:, 1]))
        each = 1e9 * np.median(pairs, axis=0) / links
        yield (
            "one clearing pass over SciPy's two products (on one thread, it has no more)",
            f"{ratio:.2f} ({each[0]:.2f} over {each[1]:.2f} ns a link)",
            bar,
            _threads(threads),
        )


def of_start() -> Iterator[Row]:
    """From nothing to something, by the clock, with all that is kept between runs in place."""
    with tempfile.TemporaryDirectory() as scratch:
        runs: list[tuple[str, str, Callable[[int], tuple[str, ...]]]] = [
            (
                "`python -m sim`, start to finished default run",
                "3.0 s",
                lambda k: ("-m", "sim", f"output.folder={scratch}/a{k}"),
            ),
            (
                "the same without figures",
                "1.8 s",
                lambda k: ("-m", "sim", f"output.folder={scratch}/b{k}", "output.figures=false"),
            ),
            (
                "import sim, load, first month at 1,500 firms",
                "1.2 s",
                lambda k: ("-c", FIRST_MONTH),
            ),
        ]
        taken = [[python(*run(k))[:2] for _, _, run in runs] for k in range(6)][1:]
    for (what, bar, _), rounds in zip(runs, zip(*taken, strict=True), strict=True):
        seconds, processors = (median(column) for column in zip(*rounds, strict=True))
        yield what, f"{seconds:.1f} s ({processors:.1f} of processors)", bar, _threads(THREADS)


def of_ensemble() -> Iterator[Row]:
    """Twenty seeds, all there is to it included, over the months of twenty runs on one core."""
    model = sim.UnionModel(sim.load("scenario=eu_2022"))
    with on_threads(1):
        alone = sum(clock(model.step) for _ in range(model.settings.months))
    with tempfile.TemporaryDirectory() as scratch:
        words = ("scenario=eu_2022", "seeds=20", "reference=none", f"output.folder={scratch}")
        seconds, _, _ = python("-m", "sim", *words)
    yield (
        "20 seeds x 36 months x 10,000 firms, start to bands, over 20 x one run's months alone",
        f"{seconds / (20 * alone):.2f} ({seconds:.0f} over {20 * alone:.0f} s)",
        "0.65",
        f"{os.cpu_count()} processes",
    )


def of_sweep() -> Iterator[Row]:
    """What a point of a sweep costs beyond its months."""
    beyond = overheads(40)
    yield (
        "a sweep point beyond its simulation",
        f"{1e3 * median(beyond):.0f} ms (best {1e3 * beyond[0]:.0f})",
        "50 ms",
        "1 process",
    )


def of_workers() -> Iterator[Row]:
    """A second worker on forty points."""
    ratio, possible = ratio_of_workers(40, rounds=1)
    yield (
        "2 workers over one, 40 default points",
        f"{ratio:.2f} (two processes that share nothing: {possible:.2f})",
        "at least 1.75",
        "1 thread each",
    )


PARTS = {
    "months": of_months,
    "pass": of_pass,
    "million": of_million,
    "start": of_start,
    "ensemble": of_ensemble,
    "sweep": of_sweep,
    "workers": of_workers,
}


def _threads(number: int) -> str:
    return f"{number} thread{'s' * (number > 1)}"


def _load() -> str:
    return f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def main() -> None:
    """Print the table, part by part."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all, unless told")
    given = parser.parse_args()
    print(
        f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, {_load()}\n"
    )
    print("| | measured | bar | on |\n|---|---|---|---|", flush=True)
    for part in given.parts or PARTS:
        for row in PARTS[part]():
            print("|", " | ".join(row), "|", flush=True)
    print(f"\n{_load()} at the end")


if __name__ == "__main__":
    main()
