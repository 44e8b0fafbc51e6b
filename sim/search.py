"""`python -m sim.search experiment=NAME`: come close to what was observed, or find a frontier."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sim.commands import study

ABOUT = """usage: python -m sim.search experiment=NAME [key=value ...] [--config-dir FOLDER]

Optuna on the study conf/search/NAME.yaml: kind calibrate (distance to observed targets) or
frontier (two or more outputs against each other). Every trial is a set of runs in results/NAME/;
the same command goes on with a study, more trials extend it.

  trials=N                        how many in all
  sampler=tpe|nsga2|random|grid   how they are chosen; grid tries all choices
  batch=N                         trials at a time, side by side
  levels=N, population=N          of a grid, of a generation of nsga2
  targets=FILE                    of calibrate, instead of the shipped targets.csv
  seeds=N                         runs a point, averaged

Everything else holds for all runs, as after python -m sim: months=24 firms.count=2000 ..."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit code is that of `sim.commands.obey`."""
    return study("search", ABOUT, arguments, _work, "trials")


def _work(given: list[str]) -> object:
    """The study is imported here: asking for help should not wait for it."""
    from sim.study.search import closing, run_search

    return closing(run_search(given))


if __name__ == "__main__":
    sys.exit(main())
