"""`python -m sim.sensitivity experiment=NAME`: which numbers does an answer hang on?"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sim.commands import study

ABOUT = """usage: python -m sim.sensitivity experiment=NAME [key=value ...] [--config-dir FOLDER]

Morris screening or Sobol indices of the study conf/sensitivity/NAME.yaml. Every point is a run in
results/NAME/; finished ones are not run again, so a killed study goes on where it was.

  method=morris|sobol   what is computed
  samples=N             trajectories (morris) or base sample, a power of two (sobol)
  levels=N              of the grid (morris)
  confidence=0.9        of the intervals
  seeds=N               runs a point, averaged

Everything else holds for all runs, as after python -m sim: months=24 firms.count=2000 ..."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit code is that of `sim.commands.obey`."""
    return study("sensitivity", ABOUT, arguments, _work, "runs")


def _work(given: list[str]) -> object:
    """The study is imported here: asking for help should not wait for it."""
    from sim.study.sensitivity import closing, run_sensitivity

    return closing(run_sensitivity(given))


if __name__ == "__main__":
    sys.exit(main())
