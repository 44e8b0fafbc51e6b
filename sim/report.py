"""`python -m sim.report results/NAME[/RUN]`: a self-contained page of a run or a study."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from sim.errors import InputError

ABOUT = """Write report.html: tables, figures, configuration and provenance of a run, an ensemble, a
sweep, a sensitivity study or a search, in one file that needs no other and prints well."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 written, 2 for what is wrong with the folder."""
    parser = argparse.ArgumentParser("python -m sim.report", description=ABOUT)
    parser.add_argument("folder", type=Path, help="results/NAME or results/NAME/RUN")
    parser.add_argument("--into", type=Path, metavar="FILE", help="instead of FOLDER/report.html")
    given = parser.parse_args(arguments)
    from sim.study.report import write_report

    try:
        print(write_report(given.folder, given.into))
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
