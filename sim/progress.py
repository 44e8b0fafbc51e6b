"""A line on the terminal: what is at work, how much is done and how long the rest will take."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Tell(Protocol):
    """Say where the work stands; what is not said stays as it was."""

    def __call__(  # noqa: D102
        self, done: int | None = None, total: int | None = None, text: str | None = None
    ) -> object: ...


def seen(show: bool) -> bool:
    """Whether there is a terminal to draw on."""
    return show and sys.stderr is not None and sys.stderr.isatty()


@contextmanager
def bar(
    name: str, show: bool, total: int | None = None, text: str = "", unit: str = ""
) -> Iterator[Tell]:
    """A bar on the error stream of a terminal, gone when the work is over; else nothing.

    name: what is at work. total: when it is done. text: what is being done. unit: what is counted.
    """
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
    with Progress(*columns, console=console, transient=True, disable=not seen(show)) as shown:
        task = shown.add_task(text, total=total, name=name)

        def tell(
            done: int | None = None, total: int | None = None, text: str | None = None
        ) -> None:
            shown.update(task, completed=done, total=total, description=text)

        yield tell
