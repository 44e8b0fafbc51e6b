"""A sweep that is killed with -9 again and again ends as if nothing had happened.

    python benchmarks/sweep_kill.py --points 200 --seeds 5 --kills 3 --launcher basic joblib

Says the same sweep, kills its parent at a random moment, says it again; at last lets it finish.
Compares with a sweep left alone: the same finished points and runs, the same digests, and no
run finished twice.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import sim

SMALL = ("baseline=toy", "firms.count=27", "months=1")


def command(root: Path, points: int, seeds: int, launcher: str) -> list[str]:
    sigmas = ",".join(f"{0.5 + k / 20:g}" for k in range(10))
    rates = ",".join(f"{k / points:g}" for k in range(points // 10))
    return [
        *(sys.executable, "-m", "sim", "-m", *SMALL, f"seeds={seeds}", "name=x"),
        *(f"output.folder={root}", f"hydra/launcher={launcher}"),
        *(f"behaviour.sigma_scale={sigmas}", f"behaviour.search_rate={rates}"),
    ]


def finished(root: Path) -> int:
    return len(list((root / "x").glob("[0-9a-f]*/DONE")))


def killed(
    root: Path, points: int, seeds: int, launcher: str, kills: int, luck: random.Random
) -> Counter[tuple[str, int]]:
    """Run the sweep to its end through `kills` kills; how often each run was finished."""
    journals: dict[Path, list[tuple[str, int]]] = {}
    total = points * seeds
    marks = sorted(luck.randrange(1, int(0.9 * total)) for _ in range(kills))
    for mark in [*marks, None]:
        process = subprocess.Popen(command(root, points, seeds, launcher))
        goal = None if mark is None else max(mark, finished(root) + 1)
        while goal is not None and process.poll() is None and finished(root) < goal:
            time.sleep(luck.uniform(0.01, 0.1))
        if mark is None:
            assert process.wait() == 0
        else:
            time.sleep(luck.uniform(0, 0.5))
            process.send_signal(signal.SIGKILL)
            process.wait()
            print(f"{launcher}: killed with {finished(root)} of {total} runs finished", flush=True)
            for path in (root / "x" / ".sweep").glob("*/*.jsonl"):
                lines = path.read_text().split("\n")[:-1]
                runs = [e for line in lines if (e := json.loads(line))["event"] == "run"]
                journals[path] = [(e["point"], e["seed"]) for e in runs if not e["reused"]]
    return Counter(run for runs in journals.values() for run in runs)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--launcher", nargs="+", default=["basic", "joblib"])
    parser.add_argument("--luck", type=int, default=0, help="seed of the moments")
    given = parser.parse_args()
    luck = random.Random(given.luck)
    os.environ.setdefault("PYTHONPATH", str(Path(sim.__file__).parents[1]))
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole"
        began = time.perf_counter()
        subprocess.run(command(whole, given.points, given.seeds, "joblib"), check=True)
        print(f"left alone: {time.perf_counter() - began:.0f} s", flush=True)
        wanted = sim.open_results(whole / "x").index.set_index("run_id")["digest"].to_dict()
        assert len(wanted) == given.points * given.seeds
        for launcher in given.launcher:
            root = Path(scratch) / launcher
            count = killed(root, given.points, given.seeds, launcher, given.kills, luck)
            found = sim.open_results(root / "x").index.set_index("run_id")["digest"].to_dict()
            bands = len(list((root / "x" / "ensembles").glob("*/DONE")))
            twice = [run for run, times in count.items() if times > 1]
            left = [p.name for p in (root / "x").glob(".*") if p.name != ".sweep"]
            print(
                f"{launcher}: {len(found)} runs, {bands} points; digests equal: {found == wanted};"
                f" finished twice: {len(twice)}; left behind: {left}",
                flush=True,
            )
            if found != wanted or bands != given.points or twice:
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
