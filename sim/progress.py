"""A line on the terminal: what is at work, how much is done and how long the rest will take.

Where the error stream is a file or a pipe, a plain line every so often instead: a long run that
was sent to the background leaves a log, a short one nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, Protocol

EVERY = 30.0
"""Seconds between two lines of a log."""


class Tell(Protocol):
    """Say where the work stands; what is not said stays as it was."""

    def __call__(  # noqa: D102
        self, done: int | None = None, total: int | None = None, text: str | None = None
    ) -> object: ...


def seen(show: bool) -> bool:
    """Whether there is anybody to tell: a terminal to draw on, or a log."""
    return show and sys.stderr is not None


def _drawn(show: bool) -> bool:
    return seen(show) and sys.stderr.isatty()


@contextmanager
def bar(
    name: str, show: bool, total: int | None = None, text: str = "", unit: str = ""
) -> Iterator[Tell]:
    """A bar on the error stream of a terminal, gone when the work is over; else lines of a log.

    name: what is at work. total: when it is done. text: what is being done. unit: what is counted.
    """
    if not _drawn(show):
        yield _log(name, total, text, unit) if seen(show) else _silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    columns = (
        TextColumn("[bold]{task.fields[name]}[/bold] {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        *([TextColumn(f"{unit},")] if unit else []),
        TimeLeft(elapsed_when_finished=True),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task(text, total=total, name=name)

        def tell(
            done: int | None = None, total: int | None = None, text: str | None = None
        ) -> None:
            shown.update(task, completed=done, total=total, description=text)

        yield tell


def _silent(done: int | None = None, total: int | None = None, text: str | None = None) -> None:
    """Nobody is told."""


def _log(name: str, total: int | None, text: str, unit: str) -> Tell:
    """Plain lines on the error stream, the first after a while: what is short says nothing.

    The rest is reckoned from the first count on: what goes before it (tables, a network, compiling)
    happens once, and would make minutes of seconds.
    """
    last = monotonic()
    first: tuple[int, float] | None = None
    state: dict[str, Any] = {"done": 0, "total": total, "text": text}

    def tell(done: int | None = None, total: int | None = None, text: str | None = None) -> None:
        nonlocal last, first
        given = {"done": done, "total": total, "text": text}
        state.update({key: value for key, value in given.items() if value is not None})
        now = monotonic()
        if first is None and state["done"]:
            first = state["done"], now
        if now - last < EVERY:
            return
        last = now
        line = f"{name}: {state['text']}".rstrip(": ")
        if state["total"]:
            line += f", {state['done']} of {state['total']} {unit}".rstrip()
            if first is not None and state["done"] > first[0]:
                pace = (now - first[1]) / (state["done"] - first[0])
                line += f", about {_lasting(pace * (state['total'] - state['done']))} left"
        print(line, file=sys.stderr, flush=True)

    return tell


def _lasting(seconds: float) -> str:
    """A span of time in its largest sensible unit."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
