"""A sweep: many points, in whatever processes a launcher starts, none of them lost.

Results are their own record of what is done: a finished run lies in its folder and is not run
again, so a sweep is resumed by saying the same again. What happens meanwhile is told through a
journal, a folder `.sweep/<session>` with a file for each process that worked, one line of JSON
a run; the parent counts lines for its progress bar, and failures become `failures.csv`.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from sim.errors import InputError
from sim.progress import bar, seen
from sim.record.store import disk_trouble, gone, make_home, replacing, this_host
from sim.settings import Settings

FAILURES = "failures.csv"
ATTEMPTS = 2
COLUMNS = ("point", "overrides", "seed", "error")
SESSION = re.compile(r"(?P<host>[^.]*)\.(?P<pid>\d+)\.[0-9a-f]+")


@dataclass(frozen=True)
class Journal:
    """Where the processes of one sweep write what they did."""

    folder: Path

    def write(self, **entry: object) -> None:
        """Append one line to the file of this process."""
        with disk_trouble(self.folder):
            path = self.folder / f"{this_host()}.{os.getpid()}.jsonl"
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")

    def read(self) -> list[dict[str, Any]]:
        """All whole lines so far."""
        entries = []
        for path in sorted(self.folder.glob("*.jsonl")):
            lines = path.read_text(encoding="utf-8").split("\n")
            entries += [json.loads(line) for line in lines[:-1]]  # the last may be half a line
        return entries


def work(journal: Journal, point: str, settings: Callable[[], Settings]) -> None:
    """One point in a worker: every seed of it, and its bands; whatever fails is an entry.

    settings: called here, so that a configuration that cannot be is a failure of its point.
    """
    from sim.study.ensemble import ensemble
    from sim.study.replicate import attempt, here, one_line

    journal.write(point=point, event="begun")

    def tell(outcome: Any) -> None:
        failure = {"error": outcome.error, "trace": outcome.trace} if outcome.error else {}
        journal.write(point=point, event="run", seed=outcome.seed, reused=outcome.reused, **failure)

    failure = {}
    try:
        given = settings()
        quiet = replace(given.output, progress=False, figures=given.output.figures is True)
        given = replace(given, output=quiet)
        if given.seeds is None:
            outcome = attempt(given, here())
            tell(outcome)
            failed = bool(outcome.error)
        else:
            failed = ensemble(given, tell) is None
    except Exception as error:
        failed, failure = True, {"error": one_line(error), "trace": traceback.format_exc()}
    journal.write(point=point, event="failed" if failed else "done", **failure)


@dataclass(frozen=True)
class Tally:
    """Where a sweep stands."""

    runs: int = 0
    errors: int = 0
    reused: int = 0
    done: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()
    begun: Counter[str] = field(default_factory=Counter)

    @property
    def ended(self) -> frozenset[str]:
        """Points that need not be run again by this sweep."""
        return self.done | self.failed

    @classmethod
    def of(cls, entries: Sequence[dict[str, Any]]) -> Tally:
        """Count the entries of a journal."""
        told = [e for e in entries if e["event"] == "run"]
        runs = [e for e in told if not e.get("error")]

        def points(event: str) -> frozenset[str]:
            return frozenset(e["point"] for e in entries if e["event"] == event)

        return cls(
            len(runs),
            len(told) - len(runs),
            sum(e["reused"] for e in runs),
            points("done"),
            points("failed"),
            Counter(e["point"] for e in entries if e["event"] == "begun"),
        )


def sweep(
    name: str,
    folder: str,
    points: Sequence[str],
    runs: int,
    launch: Callable[[Journal, Sequence[str]], object],
    progress: bool = True,
) -> bool:
    """Run the points through a launcher; whether all of them are finished now.

    runs: how many runs all points have. launch: starts `work` on the given points and returns
    when they are done; what it raises (a worker was killed) ends an attempt, and the points
    that are left are launched again. A point that was at work twice then is given up.
    """
    home = make_home(folder, name)
    _sweep_up(home / ".sweep")
    journal = Journal(home / ".sweep" / f"{this_host()}.{os.getpid()}.{uuid4().hex[:8]}")
    with disk_trouble(home):
        journal.folder.mkdir(parents=True)
    began = time.perf_counter()
    trouble, idle = "", 0
    with _bar(journal, name, len(points), runs, progress):
        while left := [p for p in points if p not in Tally.of(journal.read()).ended]:
            before = Tally.of(journal.read())
            try:
                launch(journal, left)
                trouble = "its process ended without a word"
            except InputError:
                shutil.rmtree(journal.folder, ignore_errors=True)
                raise
            except Exception as error:
                trouble = f"{type(error).__name__}: {error}".split("\n")[0]
            now = Tally.of(journal.read())
            for point, times in now.begun.items():
                if times >= ATTEMPTS and point not in now.ended:
                    lost = f"its process was lost {times} times; {trouble}"
                    journal.write(point=point, event="failed", error=lost)
            idle = idle + 1 if now.begun == before.begun else 0
            if idle >= ATTEMPTS:
                break  # the launcher itself does not work
    return _report(journal, home, points, time.perf_counter() - began, trouble)


def _report(
    journal: Journal, home: Path, points: Sequence[str], seconds: float, trouble: str
) -> bool:
    """Write failures.csv and say how it ended."""
    entries = journal.read()
    tally = Tally.of(entries)
    failures = [e for e in entries if e.get("error")]
    _write_failures(home, points, failures)
    silent = len(points) - len(tally.ended)
    good = not tally.failed and not silent
    text = f"{len(tally.done)} of {len(points)} points finished in {seconds:.0f} s"
    text += f" ({tally.runs - tally.reused} runs, {tally.reused} more were there): {home}"
    print(text)
    if tally.done:
        print(f"To read it: python -m sim.report {home}, or sim.open_results('{home}')")
    if tally.failed:
        kinds = {e["error"] for e in failures}
        print(
            f"error: {len(tally.failed)} of {len(points)} points failed"
            f" ({min(kinds, key=len)[:400]}"
            f"{' and others' if len(kinds) > 1 else ''}); see {home / FAILURES}",
            file=sys.stderr,
        )
    if silent:
        print(
            f"error: {silent} of {len(points)} points were not run ({trouble[:300]}); "
            "say the same again to go on",
            file=sys.stderr,
        )
    if good:
        shutil.rmtree(journal.folder, ignore_errors=True)
    return good


def _write_failures(home: Path, points: Sequence[str], failures: Sequence[dict[str, Any]]) -> None:
    """Failures of the last sweep, a row each; no file when there are none."""
    path = home / FAILURES
    with disk_trouble(home):
        if not failures:
            path.unlink(missing_ok=True)
            return
        number = {point: k for k, point in enumerate(points)}
        with replacing(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for entry in sorted(failures, key=lambda e: number[e["point"]]):
                where = [number[entry["point"]], entry["point"], entry.get("seed", "")]
                writer.writerow([*where, entry["error"]])


def _sweep_up(folder: Path) -> None:
    """Remove journals of sweeps whose parent is gone."""
    for path in folder.glob("*"):
        match = SESSION.fullmatch(path.name)
        if match and gone(match["host"], int(match["pid"])):
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _bar(journal: Journal, name: str, points: int, runs: int, progress: bool) -> Iterator[None]:
    """The whole sweep in one line: runs done, failures and the time left, however it is run.

    Runs that were there already do not count: they say nothing about the time left.
    """
    end = threading.Event()
    text = f"0 of {points} points"
    with bar(name, progress, runs, text, "runs") as tell:

        def watch() -> None:
            while not end.wait(0.5):
                try:
                    tally = Tally.of(journal.read())
                except OSError:  # the sweep was refused, and its journal is gone
                    return
                text = f"{len(tally.done)} of {points} points"
                text += f", {len(tally.failed)} failed" if tally.failed else ""
                new = tally.runs + tally.errors - tally.reused
                tell(new, runs - tally.reused, text)

        thread = threading.Thread(target=watch, daemon=True)
        if seen(progress):
            thread.start()
        try:
            yield
        finally:
            end.set()
            if thread.is_alive():
                thread.join()
