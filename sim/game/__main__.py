"""`python -m sim.game experiment=NAME`: what would each rather do, given what the others do?"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sim.commands import study

ABOUT = """usage: python -m sim.game experiment=NAME [key=value ...] [--config-dir FOLDER]

Plays every combination of strategies of conf/game/NAME.yaml, over draws of the parameters and
seeds, and says who would choose what, what is best for all together, what it would take that nobody
leaves it, and how often each outcome holds over the draws. What is finished is never run again.

  draws=N    sets of parameters from posterior/TABLES.csv; without: the numbers as they are
  seeds=N    networks for each of them

Everything else holds for all runs, as after python -m sim: months=48 firms.count=1500 ...
Results are in results/NAME/game/: game.md to read, profiles.csv, shares.csv, a figure."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit code is that of `sim.commands.obey`."""
    return study("game", ABOUT, arguments, _work, "runs")


def _work(given: list[str]) -> object:
    """What is needed is imported here: asking for help should not wait for it."""
    from sim.game.report import run_game

    return run_game(given)


if __name__ == "__main__":
    sys.exit(main())
