"""Many runs in one job: the seeds of an ensemble, over the cores of a machine."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sim.errors import InputError
from sim.prepared import identify
from sim.record.store import find_finished
from sim.run import complete
from sim.settings import Settings

Place = tuple[str, int]
T = TypeVar("T")


@dataclass(frozen=True)
class Replication:
    """What became of one run: its folder, or the error in one line and where it came from."""

    seed: int
    folder: Path | None
    reused: bool = False
    seconds: float = 0.0
    error: str = ""
    trace: str = ""


def replicate(runs: Sequence[Settings], jobs: int | None = None) -> Iterator[Replication]:
    """Have all runs finished, each in its own results folder; outcomes as they come.

    jobs: processes; None for all cores, but one inside a worker of somebody else. A run that
    fails is an outcome; the others go on.
    """
    waiting = []
    for one in runs:
        found = find_finished(one.output.folder, one.name, identify(one))
        if found:
            yield Replication(one.seed, found, reused=True)
        else:
            waiting.append(one)
    yield from over_cores(attempt, [(one, here()) for one in waiting], jobs)


def over_cores(
    work: Callable[..., T], jobs: Sequence[tuple[Any, ...]], workers: int | None = None
) -> Iterator[T]:
    """`work(*job)` of every job over the cores of this machine, as they come.

    workers: processes; None for all cores, but one inside a worker of somebody else. InputError
    if the system kills one.
    """
    count = min(workers or _cores(), len(jobs))
    if count <= 1:
        yield from (work(*job) for job in jobs)
        return
    from joblib import Parallel, delayed

    pool = Parallel(n_jobs=count, return_as="generator_unordered", batch_size=1, max_nbytes=None)
    with killed_workers():
        yield from pool(delayed(work)(*job) for job in jobs)


def attempt(settings: Settings, place: Place) -> Replication:
    """One run, whatever happens. place: where it was asked for, see `here`."""
    work_at(place)
    began = time.perf_counter()
    try:
        done = complete(settings, figures=settings.output.figures is True)
    except Exception as error:
        seconds = time.perf_counter() - began
        trace = traceback.format_exc()
        return Replication(settings.seed, None, False, seconds, one_line(error), trace)
    return Replication(settings.seed, done.folder, done.reused, time.perf_counter() - began)


def one_line(error: BaseException) -> str:
    """An error for a table: what the user can mend as it stands, others with their kind."""
    text = " ".join(str(error).split())
    return text if isinstance(error, InputError) else f"{type(error).__name__}: {text}"


def require_all(failures: Sequence[str], count: int) -> None:
    """InputError if any of `count` runs failed, once all that could be run has been."""
    if failures:
        raise InputError(
            f"{len(failures)} of {count} runs failed ({failures[0]}); the others are kept, say the "
            "same again to go on"
        )


def _cores() -> int:
    if is_worker():
        return 1
    from joblib import cpu_count

    return int(cpu_count())


def is_worker() -> bool:
    """Whether this process was started by a pool (loky's, joblib's), not by the user."""
    return multiprocessing.current_process().name != "MainProcess"


def here() -> Place:
    """Current folder and process of who asks for work: where relative paths begin, whom to obey."""
    return os.getcwd(), os.getpid()


def work_at(place: Place) -> None:
    """Where a worker begins: in the folder where it was asked, and not to outlive who asked.

    A pool keeps its workers, and they would stay in the folder that was current at its start.
    """
    folder, parent = place
    leave_with(parent)
    with suppress(OSError):  # a cluster's machines need not have that folder
        os.chdir(folder)


def leave_with(parent: int, every: float = 0.5) -> None:
    """In a worker: stop soon after the process that started it has been killed.

    Loky's workers would go on with what was queued, and then linger. Nothing is lost: results
    appear as a whole or not at all.
    """
    if not is_worker() or os.name != "posix" or parent == os.getpid():
        return
    if os.getppid() != parent:  # it was killed while this process was still starting
        os._exit(1)
    if _WATCH in (t.name for t in threading.enumerate()):
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(every)
        os._exit(1)

    threading.Thread(target=watch, name=_WATCH, daemon=True).start()


@contextmanager
def killed_workers() -> Iterator[None]:
    """A worker that the system killed, for want of memory most often, as one line."""
    from joblib.externals.loky.process_executor import BrokenProcessPool

    try:
        yield
    except BrokenProcessPool:
        raise InputError(
            "a worker process was killed, most often for want of memory; finished runs are kept, "
            "say the same again to go on, with fewer at a time: output.jobs=1"
        ) from None


_WATCH = "leave with parent"
