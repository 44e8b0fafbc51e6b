"""A process that simulates for the page, month by month, until it is told to stop.

A process and not a thread: the server goes on answering, a run that breaks takes nobody with
it, and Numba's parallel kernels may not be entered by two threads at once.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from sim.page.choice import first_look
from sim.settings import Settings

Group = dict[str, Settings]
STOP = "stop"


@dataclass(frozen=True)
class Question:
    """Why does a run say more, or less, than the textbook?"""

    settings: Settings


@dataclass(frozen=True)
class Why:
    """The answer, of the regions in focus (`sim.equilibrium.compare.Comparison`).

    steps: what is put in, in its order, the first being the textbook. meanings: of each, in words.
    levels: `float64[steps, regions]` households' real consumption, % against the base month, with
    what was put in up to that step; the last is the run's. month: whose state.
    """

    steps: tuple[str, ...]
    meanings: tuple[str, ...]
    regions: tuple[str, ...]
    levels: np.ndarray
    month: str

    @property
    def places(self) -> tuple[str, ...]:
        """The steps, and the run they lead to."""
        return (*self.steps, "agent model")

    @property
    def rows(self) -> np.ndarray:
        """What each step adds, the first from nothing, and the run: `float64[places, regions]`."""
        return np.vstack([np.diff(self.levels, axis=0, prepend=0.0), self.levels[-1]])


Job = list[Group] | Question
"""Groups that are simulated one after the other, the settings of each side by side; or a question.
"""


class _StoppedError(Exception):
    """The other end wants no more of it."""


def serve(line: Connection) -> None:
    """Load everything once, say so, and work off jobs until the other end hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to hear
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")  # one core a visitor; bits do not depend on it
    try:
        line.send(("composed", None, first_look()))
        _warm()
        line.send(("ready", None, None))
        while True:
            job = line.recv()
            if job != STOP:  # one that came when the job was done already
                _work(line, job)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _warm() -> None:
    """Import the model, read the tables and load the kernels before anybody waits for them."""
    from sim.run import simulate

    trial = Settings.from_dict({"months": 1, "firms": {"count": 900}})
    simulate(trial)


def _work(line: Connection, job: Job) -> None:
    from sim.errors import InputError
    from sim.phases.identities import IdentityError

    try:
        if isinstance(job, Question):
            line.send(("answered", None, _answer(line, job)))
        for group in [] if isinstance(job, Question) else job:
            for message in _group(group):
                if line.poll():  # whatever comes while a job runs means stop
                    line.recv()
                    line.send(("stopped", None, None))
                    return
                line.send(message)
        line.send(("finished", None, None))
    except _StoppedError:
        line.send(("stopped", None, None))
    except (InputError, IdentityError) as error:
        line.send(("failed", None, str(error)))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:  # of whatever kind: the visitor is told, the process goes on
        line.send(("failed", None, f"{type(error).__name__}: {error}"))


def _answer(line: Connection, question: Question) -> Why:
    """Both models and what lies between them; says which run it is at."""
    from sim.equilibrium.compare import STEPS, compare

    def tell(name: str) -> None:
        if line.poll():
            line.recv()
            raise _StoppedError
        line.send(("doing", None, name))

    found = compare(question.settings, tell=tell)
    regions = found.axes.focus
    return Why(
        tuple(STEPS), tuple(STEPS.values()), regions,
        found.levels[list(regions)].to_numpy(dtype=float), str(found.month),
    )  # fmt: skip


def _group(group: Group) -> Iterator[tuple[str, str, Any]]:
    """Months of several runs in turn: `opened` with the base month, then `month` by month."""
    from sim.model import UnionModel
    from sim.prepared import prepare

    running = {}
    for turn in range(max(settings.months for settings in group.values())):
        for key, settings in group.items():
            if turn >= settings.months:
                continue
            if key not in running:  # the second network is built after the first has a month
                running[key] = UnionModel(prepare(settings).unwatched())
                yield "opened", key, _opening(running[key].panel)
            model = running[key]
            model.step()
            panel = model.panel
            yield (
                "month",
                key,
                {
                    name: {v: panel.values(name, v)[-1] for v in table.given}
                    for name, table in panel.tables.items()
                },
            )


def _opening(panel: Any) -> dict[str, Any]:
    """What the other side needs to make an empty panel of the same form."""
    base = {
        name: {v: panel.base(name, v) for v in table.given}
        for name, table in panel.tables.items()
        if name != "residuals"
    }
    return {
        "axes": panel.axes,
        "start": panel.start,
        "baseline": base,
        "identities": panel.tables["residuals"].variables,
        "scenario": panel.scenario,
        "source": panel.source,
    }
