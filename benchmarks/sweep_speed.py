"""What a sweep costs beyond its simulations, and what a second worker brings.

    python benchmarks/sweep_speed.py overhead                 # bar: 150 ms a point (basic)
    python benchmarks/sweep_speed.py workers --points 40      # bar: 2 workers 1.7 x one

On a quiet machine: both compare wall-clock times.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

TOY = ("baseline=toy", "firms.count=27", "months=2")


def swept(root: Path, points: int, *more: str) -> float:
    """Seconds of a sweep over seeds, start of Python included."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "sim", "-m", f"seed=range(0,{points})", "name=x"]
    subprocess.run([*command, f"output.folder={root}", *more], check=True)
    return time.perf_counter() - began


def overhead(points: int, more: Sequence[str]) -> None:
    """From one finished run to the next, less what the model itself took."""
    with tempfile.TemporaryDirectory() as scratch:
        swept(Path(scratch), points, *(more or TOY))
        done = sorted(Path(scratch).glob("x/*/DONE"), key=lambda p: p.stat().st_mtime_ns)
        stamps = [p.stat().st_mtime_ns / 1e9 for p in done]
        timings = [json.loads((p.parent / "manifest.json").read_text())["timings_s"] for p in done]
    beyond = [
        after - before - timing["simulate"]
        for before, after, timing in zip(stamps[:-1], stamps[1:], timings[1:], strict=True)
    ]
    beyond.sort()
    print(f"overhead of a point: median {1000 * beyond[len(beyond) // 2]:.0f} ms", end="")
    print(f", best {1000 * beyond[0]:.0f}, worst {1000 * beyond[-1]:.0f} ms (bar: 150 ms)")


def workers(points: int, more: Sequence[str]) -> None:
    """The same points by one worker and by two."""
    seconds = []
    for count in (1, 2):
        launcher = ("hydra/launcher=joblib", f"hydra.launcher.n_jobs={count}")
        with tempfile.TemporaryDirectory() as scratch:
            seconds.append(swept(Path(scratch), points, *launcher, *more))
    one, two = seconds
    print(f"{points} points: 1 worker {one:.0f} s, 2 workers {two:.0f} s: {one / two:.2f} x")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["overhead", "workers"])
    parser.add_argument("--points", type=int, default=40)
    parser.add_argument("overrides", nargs="*")
    given = parser.parse_args()
    (overhead if given.what == "overhead" else workers)(given.points, given.overrides)
