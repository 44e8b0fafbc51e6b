"""`python -m sim.search experiment=NAME`: come close to what was observed, or find a frontier."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sim.errors import InputError

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
    """Exit code: 0 done, 2 for what is wrong with the input or a failed run, 130 interrupted."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if {"-h", "--help"} & set(given):
        print(ABOUT)
        return 0
    from sim.study.search import closing, run_search

    try:
        print(closing(run_search(given)))
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped; finished trials are kept, say the same again to go on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
