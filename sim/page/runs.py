"""Runs of visitors: a bounded pool of processes, a queue before it, and what has come in so far."""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from copy import copy, deepcopy
from dataclasses import replace
from hashlib import sha256
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Condition, Thread
from typing import Any, Literal, TypeVar, cast

from sim.page import choice
from sim.page.worker import STOP, Group, Job, Question, Why, serve
from sim.record.panel import Panel
from sim.settings import Settings

State = Literal["waiting", "running", "finished", "stopped", "failed"]
KEPT = 24
"""Finished panels held for whoever asks for the same again."""
PATIENCE = 10.0
"""Seconds a process may take to hear a stop before it is ended."""


class Run:
    """A run that visitors asked for: own seeds and those of the reference.

    panels: by `(kind, seed)`, kind 'own' or 'reference'; each is filled month by month.
    state, error: how it stands, and why it failed. version: rises whenever anything comes in.
    visitors: who look at it; a page that is loaded again is another one for a while.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        own, reference = settings.replications(), settings.against()
        self.wanted: list[dict[tuple[str, int], Settings]] = []
        for k, one in enumerate(own):
            pair = {("own", one.seed): one}
            if reference:
                pair["reference", one.seed] = reference[k]
            self.wanted.append(pair)
        self.panels: dict[tuple[str, int], Panel] = {}
        self.state: State = "waiting"
        self.error = ""
        self.version = 0
        self.stopping = False
        self.visitors = 1
        self.names = [(key, _name(one)) for pair in self.wanted for key, one in pair.items()]

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ("finished", "stopped", "failed")

    @property
    def months_done(self) -> int:
        """Months of all panels together."""
        return sum(panel.written for panel in list(self.panels.values()))

    @property
    def months_wanted(self) -> int:
        """What `months_done` is when all is done."""
        return sum(s.months for pair in self.wanted for s in pair.values())

    def of(self, kind: str) -> list[Panel]:
        """Panels of a kind in the order of their seeds, those that have a month."""
        found = sorted((key, panel) for key, panel in list(self.panels.items()) if key[0] == kind)
        return [panel for _, panel in found if panel.written]


class Asked(Run):
    """A question about one run: why it says more, or less, than the textbook.

    doing: the run that is simulated for it now. answer: once it is finished.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(replace(settings, seeds=None, reference=None))
        self.wanted = []
        self.names = [(("why", settings.seed), f"why {_name(self.settings)}")]
        self.doing = ""
        self.answer: Why | None = None


R = TypeVar("R", bound=Run)


class Pool:
    """Processes that simulate; whoever comes when all are busy waits in line."""

    def __init__(self, size: int = 2) -> None:
        """size: runs at a time."""
        self.size = size
        self._queue: deque[Run] = deque()
        self._changed = Condition()
        self._closed = False
        self._finished: OrderedDict[str, Panel] = OrderedDict()
        self._answers: OrderedDict[str, Why] = OrderedDict()
        self._following: dict[int, Run] = {}
        self._lines: dict[int, tuple[Any, Connection]] = {}
        self.ready = 0
        for k in range(size):
            Thread(target=self._attend, args=(k,), daemon=True, name=f"run-{k}").start()

    def submit(self, settings: Settings) -> Run:
        """Put a run in line; what was simulated before is in its panels at once.

        Whoever asks for what is in line or at work already gets that run: a page that is loaded
        again goes on with its own.
        """
        run = Run(settings)
        with self._changed:
            for key, name in run.names:
                known = self._finished.get(name)
                if known is not None:
                    run.panels[key] = known
            return self._enter(run, all(key in run.panels for key, _ in run.names))

    def ask(self, settings: Settings) -> Asked:
        """Put a question about one run in line; what was asked before is answered at once."""
        asked = Asked(settings)
        with self._changed:
            asked.answer = self._answers.get(asked.names[0][1])
            return self._enter(asked, asked.answer is not None)

    def _enter(self, run: R, known: bool) -> R:
        """The run in line, finished if all of it is known; or the same one that is there already.

        Whoever calls holds the lock.
        """
        if known:
            _end(run, "finished")
            return run
        for other in (*self._following.values(), *self._queue):
            same = other.names == run.names and isinstance(other, type(run))
            if same and not (other.stopping or other.over):
                other.visitors += 1
                return cast("R", other)
        self._queue.append(run)
        self._changed.notify_all()
        return run

    def stop(self, run: Run) -> Run:
        """A visitor leaves a run where it is, the last one stops it; what has come in stays.

        Returns the run as it is for that visitor.
        """
        with self._changed:
            run.visitors -= 1
            if run.visitors > 0:
                left = copy(run)
                left.panels = deepcopy(dict(run.panels))  # which grows meanwhile
                _end(left, "stopped")
                return left
            run.stopping = True
            if run in self._queue:
                self._queue.remove(run)
                _end(run, "stopped")
            self._changed.notify_all()
        return run

    def ahead(self, run: Run) -> int:
        """How many wait before this one."""
        with self._changed:
            return self._queue.index(run) if run in self._queue else 0

    @property
    def processes(self) -> list[Any]:
        """Those at work now."""
        return [process for process, _ in self._lines.values()]

    @property
    def at_work(self) -> list[Run]:
        """Runs that are simulated now."""
        with self._changed:
            return [run for run in self._following.values() if not run.over]

    def close(self) -> None:
        """End all processes."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for process, line in list(self._lines.values()):
            line.close()
            process.terminate()
            process.join(5)

    def _attend(self, k: int) -> None:
        """Keep one process at work: hand it runs, take in what it says, replace it if it dies."""
        with self._changed:  # one warms up at a time: the page needs the other processor
            self._changed.wait_for(lambda: self.ready >= k or self._closed)
        while not self._closed:
            process, line = _hire()
            self._lines[k] = process, line
            run: Run | None = None
            try:
                choice.know(line.recv()[2])
                if line.recv()[0] == "ready":
                    with self._changed:
                        self.ready += 1
                        self._changed.notify_all()
                while not self._closed:
                    run = self._next(k)
                    if run is None:
                        break
                    self._follow(run, line)
                    run = None
            except (EOFError, OSError):
                if run is not None and not run.over and not self._closed:
                    run.error = "the process that simulated ended without a word; try fewer firms"
                    _end(run, "stopped" if run.stopping else "failed")
            finally:
                process.terminate()

    def _next(self, k: int) -> Run | None:
        with self._changed:
            self._following.pop(k, None)
            while not self._queue and not self._closed:
                self._changed.wait()
            if self._closed:
                return None
            self._following[k] = self._queue.popleft()
            return self._following[k]

    def _follow(self, run: Run, line: Connection) -> None:
        by_name: dict[str, tuple[str, int]] = {}
        groups: list[Group] = []
        for pair in run.wanted:
            group = {f"{kind} {seed}": s for (kind, seed), s in pair.items()}
            by_name |= dict(zip(group, pair, strict=True))
            group = {name: s for name, s in group.items() if by_name[name] not in run.panels}
            if group:
                groups.append(group)
        job: Job = Question(run.settings) if isinstance(run, Asked) else groups
        run.state = "running"
        line.send(job)
        told = False
        waited = 0.0
        while not run.over:
            if run.stopping and not told:
                line.send(STOP)
                told = True
            if not line.poll(0.2):
                waited += 0.2 if told else 0.0
                if waited > PATIENCE:
                    raise EOFError
                continue
            what, name, content = line.recv()
            if what == "opened":
                key = by_name[name]
                months = next(p[key].months for p in run.wanted if key in p)
                run.panels[key] = Panel(months=months, **content)
            elif what == "month":
                panel = run.panels[by_name[name]]
                panel.write(panel.written, **content)
            elif what == "doing" and isinstance(run, Asked):
                run.doing = content
            elif what == "answered" and isinstance(run, Asked):
                run.answer = content
            elif what == "failed":
                run.error = content
                _end(run, "failed")
            else:
                self._keep(run) if what == "finished" else None
                _end(run, what)
            run.version += 1

    def _keep(self, run: Run) -> None:
        with self._changed:
            for key, name in run.names:
                if isinstance(run, Asked):
                    if run.answer is not None:
                        _put(self._answers, name, run.answer)
                else:
                    _put(self._finished, name, run.panels[key])


def _put(into: OrderedDict[str, Any], name: str, what: object) -> None:
    """Keep it as the newest; the oldest go."""
    into[name] = what
    into.move_to_end(name)
    while len(into) > KEPT:
        into.popitem(last=False)


def _hire() -> tuple[Any, Connection]:
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(there,), daemon=True)
    process.start()
    there.close()
    return process, here


def _end(run: Run, state: State) -> None:
    run.state = state
    run.version += 1


def _name(settings: Settings) -> str:
    """Runs with the same name have the same numbers: the page has one model and one baseline."""
    text = json.dumps([settings.identity(), settings.baseline.name], sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()
