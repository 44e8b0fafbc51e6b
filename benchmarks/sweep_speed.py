"""What a sweep costs beyond its simulations, and what a second worker brings.

    python benchmarks/sweep_speed.py overhead                 # bar: 50 ms a point (basic)
    python benchmarks/sweep_speed.py workers --points 40      # bar: 2 workers 1.75 x one

On a quiet machine: both compare wall-clock times.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROUNDS = 3
COUNT = "sum(i * i for i in range(30_000_000))"
TOY = ("baseline=toy", "firms.count=27", "months=2")


def swept(root: Path, points: int, *more: str) -> float:
    """Seconds of a sweep over seeds, start of Python included."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "sim", "-m", f"seed=range(0,{points})", "name=x"]
    subprocess.run(
        [*command, f"output.folder={root}", *more], check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - began


def overheads(points: int, more: Sequence[str] = ()) -> list[float]:
    """Seconds from one finished run to the next, less what the model itself took; sorted."""
    with tempfile.TemporaryDirectory() as scratch:
        swept(Path(scratch), points, *(more or TOY))
        done = sorted(Path(scratch).glob("x/*/DONE"), key=lambda p: p.stat().st_mtime_ns)
        stamps = [p.stat().st_mtime_ns / 1e9 for p in done]
        timings = [json.loads((p.parent / "manifest.json").read_text())["timings_s"] for p in done]
    beyond = [
        after - before - timing["simulate"]
        for before, after, timing in zip(stamps[:-1], stamps[1:], timings[1:], strict=True)
    ]
    return sorted(beyond)


def overhead(points: int, more: Sequence[str]) -> None:
    """Print what a point costs."""
    beyond = overheads(points, more)
    print(f"overhead of a point: median {1000 * beyond[len(beyond) // 2]:.0f} ms", end="")
    print(f", best {1000 * beyond[0]:.0f}, worst {1000 * beyond[-1]:.0f} ms (bar: 50 ms)")


def ratio_of_workers(
    points: int, more: Sequence[str] = (), rounds: int = ROUNDS
) -> tuple[float, float]:
    """The same points by one worker and by two, in turns; the best of each counts.

    A worker is one core: else the kernels of a single worker use both (NUMBA_NUM_THREADS=2
    shows that). What two processes that share nothing bring on this machine, measured in
    between, is the most that a second worker could bring.
    """
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    best = {1: math.inf, 2: math.inf}
    alone = {1: math.inf, 2: math.inf}
    for _ in range(rounds):
        for count in (1, 2):
            launcher = ("hydra/launcher=joblib", f"hydra.launcher.n_jobs={count}")
            with tempfile.TemporaryDirectory() as scratch:
                best[count] = min(best[count], swept(Path(scratch), points, *launcher, *more))
            alone[count] = min(alone[count], _counted(count))
    return best[1] / best[2], 2 * alone[1] / alone[2]


def workers(points: int, more: Sequence[str]) -> None:
    """Print what a second worker brings."""
    ratio, possible = ratio_of_workers(points, more)
    print(f"{points} points: 2 workers {ratio:.2f} x one (bar: 1.75); ", end="")
    print(f"plain loops in two processes: {possible:.2f} x")


def _counted(processes: int) -> float:
    """Seconds of that many processes that count, each by itself."""
    began = time.perf_counter()
    started = [subprocess.Popen([sys.executable, "-c", COUNT]) for _ in range(processes)]
    for process in started:
        process.wait()
    return time.perf_counter() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["overhead", "workers"])
    parser.add_argument("--points", type=int, default=40)
    parser.add_argument("overrides", nargs="*")
    given = parser.parse_args()
    (overhead if given.what == "overhead" else workers)(given.points, given.overrides)
