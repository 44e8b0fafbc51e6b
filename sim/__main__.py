"""`python -m sim [COMMAND] ...`: every command by its name, and a run without one."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sim.commands import COMMANDS
from sim.door import door
from sim.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """The command of that name, or a run: an exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for command in COMMANDS:
        if given[:1] == [command.name]:
            return command.main()(given[1:])
    return run(given)


def run(arguments: Sequence[str] | None = None) -> int:
    """One run, an ensemble, a study, or a sweep with -m."""
    return door(job, arguments)


def sweep(arguments: Sequence[str] | None = None) -> int:
    """A run for each combination of values."""
    return door(job, ["-m", *(sys.argv[1:] if arguments is None else arguments)])


def job(settings: Settings) -> None:
    """One run, or an ensemble. The model is imported here: a typo should not wait."""
    if settings.seeds is None:
        from sim.run import run

        run(settings)
    else:
        from sim.study.ensemble import run_ensemble

        run_ensemble(settings)


if __name__ == "__main__":
    sys.exit(main())
