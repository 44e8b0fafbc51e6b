"""Where a result comes from, and the short name that says when two runs are the same."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePath
from typing import Any

from sim.record.processor import processor

SOURCES = Path(__file__).resolve().parents[1]
DISTRIBUTION = "eaeu-sim"
LIBRARIES = (
    "numpy",
    "numba",
    "scipy",
    "mesa",
    "networkx",
    "hydra-core",
    "omegaconf",
    "pandas",
    "pyarrow",
    "matplotlib",
)
NOT_THE_MODEL = (
    "plots",
    "study",
    "calibrate",
    "claims.py",
    "commands.py",
    "completion.py",
    "door.py",
    "guide.py",
    "progress.py",
    "publish.py",
    "report.py",
    "scenarios.py",
    "search.py",
    "sensitivity.py",
    "verify.py",
)
"""Rooms that change no number of a run: a better picture must not cost a sweep its results."""


def run_id(resolved: Mapping[str, Any], source_digest: str, model: str) -> str:
    """Name of a run, 12 hexadecimal digits: same name, same numbers.

    resolved: the whole configuration except what cannot change a number (the name of the
    results folder, output options, Hydra's own keys).
    source_digest: hash of the baseline tables.
    model: `model_version()`; it changes with every edit of the code, so an old result is
    never taken for a new one.
    """
    text = json.dumps(
        [resolved, source_digest, model], sort_keys=True, separators=(",", ":"), default=_plain
    )
    return sha256(text.encode()).hexdigest()[:12]


def _plain(value: object) -> object:
    """Plain form of a value that JSON does not know; unknown objects have no stable text."""
    if isinstance(value, date | PurePath):
        return str(value)
    if hasattr(value, "tolist"):  # NumPy scalars and arrays
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} cannot be part of a run's name: {value!r}")


def source_hash(folder: Path = SOURCES) -> str:
    """Hash of the code that makes numbers: all `*.py` but those of NOT_THE_MODEL.

    A version number alone would let a developer reuse results of code since changed. The
    price is that an edited comment also starts afresh.
    """
    digest = sha256()
    for path in sorted(folder.rglob("*.py"), key=lambda p: p.relative_to(folder).as_posix()):
        parts = path.relative_to(folder).parts
        if parts[0] not in NOT_THE_MODEL:
            text = path.read_bytes().replace(b"\r\n", b"\n")
            digest.update(f"{'/'.join(parts)}\0{len(text)}\0".encode() + text)
    return digest.hexdigest()


@cache
def model_version() -> str:
    """Released version and a hash of the code, e.g. '0.1.0+3f2a91c04b7d'.

    As of the first call: an edit while a sweep runs does not change the code that is running.
    """
    return f"{_version(DISTRIBUTION) or '0'}+{source_hash()[:12]}"


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def commit(folder: Path = SOURCES.parent) -> dict[str, Any] | None:
    """Git commit of the checkout in `folder` and whether files differ from it.

    None outside a checkout, also when the package is installed somewhere inside another one.
    """

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(folder), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
        return done.stdout.strip()

    try:
        if Path(git("rev-parse", "--show-toplevel")).resolve() != folder.resolve():
            return None
        return {"id": git("rev-parse", "HEAD"), "dirty": bool(git("status", "--porcelain"))}
    except (OSError, subprocess.SubprocessError):
        return None


def collect(
    *,
    run_id: str,
    seed: int,
    digest: str,
    data_digest: str,
    timings: Mapping[str, float],
    parameters: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Everything needed to make a run happen again and to recognise it, ready for JSON.

    timings: seconds by stage of the run. parameters: what an index of many runs shows.
    """
    surroundings = environment()
    return {
        "run_id": run_id,
        "model": model_version(),
        "commit": surroundings["commit"],
        "seed": seed,
        "digest": digest,
        "data_digest": data_digest,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "timings_s": {stage: round(float(seconds), 3) for stage, seconds in timings.items()},
        "python": surroundings["python"],
        "libraries": surroundings["libraries"],
        "platform": surroundings["platform"],
        "processor": surroundings["processor"],
        "parameters": dict(parameters or {}),
    }


@cache
def environment() -> dict[str, Any]:
    """What a run takes place in; asked once a process, for a sweep stores many."""
    return {
        "commit": commit(),
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in LIBRARIES},
        "platform": platform.platform(),
        "processor": processor(),
    }
