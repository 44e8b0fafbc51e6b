"""`python -m sim.sensitivity experiment=NAME`: which numbers does an answer hang on?"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sim.errors import InputError

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
    """Exit code: 0 done, 2 for what is wrong with the input or a failed run, 130 interrupted."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if {"-h", "--help"} & set(given):
        print(ABOUT)
        return 0
    from sim.study.sensitivity import closing, run_sensitivity

    try:
        print(closing(run_sensitivity(given)))
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped; finished runs are kept, say the same again to go on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
