"""`python -m sim.calibrate experiment=NAME`: which numbers does history leave possible?"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sim.commands import study

ABOUT = """usage: python -m sim.calibrate experiment=NAME [key=value ...] [--config-dir FOLDER]

History matching on the rows marked calib, as conf/calibrate/NAME.yaml says: runs over the priors of
sim/params.py, an emulator, waves that rule out what cannot be, draws of what is left, a score on
flows that were left out, and one look at the rows marked validate. What is run is kept; a killed
calibration goes on where it was. Needs pip install 'eaeu-sim[study]'.

  points=N    runs of a wave
  waves=N     at most so many
  draws=N     rows of the posterior
  checks=N    runs at the numbers as they are; as many for each flow that is left out, where the
              runs of the first wave are worth too few once they are weighted

Everything else holds for all runs, as after python -m sim: firms.count=1500 months=36 ...
Results are in results/NAME/calibration/: posterior.csv (for posterior/TABLES.csv of a folder with
configurations), waves, score and coverage, a figure."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit code is that of `sim.commands.obey`."""
    return study("calibrate", ABOUT, arguments, _work)


def _work(given: list[str]) -> object:
    """What is needed is imported here: asking for help should not wait for it."""
    from sim.calibrate.report import closing, run_calibrate

    return closing(run_calibrate(given))


if __name__ == "__main__":
    sys.exit(main())
