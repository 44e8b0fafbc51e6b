"""Killed anywhere, nothing is lost: the same command again ends where it would have ended.

    python -m tests.fuzz.fuzz_kill --kills 40 --seed 1

A run, an ensemble, a sweep, a search, a sensitivity study and a publication over the toy tables,
each killed at a moment drawn at random (-9 most often), said again until it ends by itself, and
compared with the same command that nobody disturbed: the digests of its runs and its tables.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import sim

BAN = "scenario.measures.ban={policy:export_ban,by:[WLD],on:[NOR],coverage:0.6}"
TOY = ("baseline=toy", "firms.count=60", BAN)
COMMANDS = {
    "run": ["run", *TOY, "months=48", "output.progress=false"],
    "ensemble": ["run", *TOY, "months=24", "seeds=4", "output.jobs=1", "reference=none"],
    "sweep": ["sweep", "experiment=toy", "months=12", "hydra/launcher=joblib"],
    "search": ["search", "experiment=toy", "output.jobs=1"],
    "sensitivity": ["sensitivity", "experiment=toy", "output.jobs=2"],
    "publish": ["publish", "none", "--into", "published", "--with", *TOY[:2], "months=24"],
}
SIGNALS = [signal.SIGKILL] * 3 + [signal.SIGTERM, signal.SIGINT]


def state(folder: Path) -> dict[str, str]:
    """What a command leaves: the digest of every run, the hash of every table."""
    found = {}
    for path in sorted(folder.rglob("manifest.json")):
        if not any(part.startswith(".") for part in path.relative_to(folder).parts):
            manifest = json.loads(path.read_text(encoding="utf-8"))
            found[f"run {manifest['run_id']}"] = manifest["digest"]
    for path in sorted(folder.rglob("*.csv")):
        found[path.relative_to(folder).as_posix()] = sha256(path.read_bytes()).hexdigest()[:12]
    return found


def finished(folder: Path) -> list[Path]:
    """The seals of finished runs: later commands take these as they are."""
    return [p for p in folder.rglob("[0-9a-f]*/DONE") if len(p.parent.name) == 12 and
            p.parent.parent.name not in ("ensembles", "search", "sensitivity")]  # fmt: skip


def wait_for_all(group: int, seconds: float = 120.0) -> None:
    """Until no process of a group is at work: workers leave with their parent, each in its time."""
    end = time.monotonic() + seconds
    while any(_at_work(group)):
        assert time.monotonic() < end, f"processes of group {group} outlive their parent"
        time.sleep(0.05)


def _at_work(group: int) -> Iterator[bool]:
    """Of every process that the system shows whether it is one of the group, and no mere name."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it left meanwhile
            state, _, its, *_ = path.read_text().rpartition(")")[2].split()
            yield int(its) == group and state not in "ZX"


def said(command: str, folder: Path, after: float | None = None, how: int = 0) -> int | None:
    """The command in a folder: its exit code, or None if it was killed after some seconds."""
    folder.mkdir(exist_ok=True)
    env = os.environ | {"PYTHONPATH": str(Path(sim.__file__).parents[1])}
    with (folder / "said.txt").open("a") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "sim", *COMMANDS[command]], cwd=folder, env=env,
            stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
        try:
            return process.wait(600 if after is None else after)
        except subprocess.TimeoutExpired:
            process.send_signal(how)
            process.wait()
            wait_for_all(process.pid)
            return None


def one(seed: int, command: str, kills: int, root: Path) -> tuple[str, str]:
    """What became of a command that was killed so often: same, or what differs."""
    draw = random.Random(f"{seed} {command}")
    began = time.monotonic()
    if said(command, root / f"{command}-whole") != 0:
        return "failed", (root / f"{command}-whole" / "said.txt").read_text()[-500:]
    lasts, done = time.monotonic() - began, 0
    folder = root / f"{command}-killed"
    left = 1.0
    while done < kills:
        code = said(command, folder, draw.uniform(0.3, 0.9) * left * lasts, draw.choice(SIGNALS))
        done += code is None
        if code not in (None, 0):
            return "failed", (folder / "said.txt").read_text()[-500:]
        if code == 0 and done:  # nothing is left to be lost
            break
        if code == 0:  # faster than its killer: once more from nothing, and killed sooner
            shutil.rmtree(folder)
            left *= 0.7
    stamps = {path: path.stat().st_mtime_ns for path in finished(folder)}
    code = said(command, folder)
    if again := [p for p, stamp in stamps.items() if p.stat().st_mtime_ns != stamp]:
        return "lost", f"{len(again)} finished runs were run again, e.g. {again[0]}"
    text = (folder / "said.txt").read_text()
    whole, killed = state(root / f"{command}-whole"), state(folder)
    if code != 0 or whole != killed or "Traceback" in text:
        apart = sorted(k for k in whole | killed if whole.get(k) != killed.get(k))
        return "lost", f"exit {code}, {len(whole)} items, differ: {apart[:5]}; {text[-300:]}"
    return "same", f"{done} kills, {len(whole)} items, {lasts:.1f} s"


GOOD = ("same",)


def main(arguments: list[str] | None = None) -> int:
    """Kill many and tell what was found."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.fuzz.fuzz_kill")
    parser.add_argument("--kills", type=int, default=40, help="in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=COMMANDS, help="this command")
    given = parser.parse_args(arguments)
    names = [given.only] if given.only else list(COMMANDS)
    each = -(-given.kills // len(names))
    bad = 0
    with tempfile.TemporaryDirectory() as root:
        for name in names:
            outcome, done = one(given.seed, name, each, Path(root))
            print(f"{name}: {outcome}: {done}", flush=True)
            bad += outcome not in GOOD
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
