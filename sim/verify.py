"""`python -m sim.verify results/NAME/RUN`: does a stored run still come out the same?"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from sim.commands import Arguments, obey
from sim.errors import InputError

ABOUT = """Simulate stored runs again and compare: to the last bit, on every processor. With other
versions of the libraries within 1e-9 of the size of each series (money: GDP of the region; shares
and indices: 1). What differs is shown, and whether model, libraries or processor are others."""
EXIT = "exit code: 0 all the same, 1 something differs, 2 something cannot be compared"


def main(arguments: Sequence[str] | None = None) -> int:
    """The worst of all findings as an exit code."""
    parser = Arguments("verify", ABOUT, epilog=EXIT)
    parser.add_argument("run", nargs="*", type=Path, help="folder of a run, results/NAME/RUN")
    parser.add_argument(
        "--all", action="append", default=[], type=Path, metavar="FOLDER", help="every run below"
    )
    parser.add_argument(
        "--across-versions",
        action="store_true",
        help="compare the numbers even if code or tables have changed since",
    )
    parser.add_argument(
        "--tables", type=Path, metavar="FOLDER",
        help="where the tables of a union of your own lie, if they have moved since the run",
    )  # fmt: skip
    return obey(parser, arguments, _work)


def _work(given: Namespace) -> int:
    if not given.run and not given.all:
        raise InputError("name a run, or --all and a folder")
    from sim.study.verification import run_folders, verify

    worst = 0
    for folder in [*given.run, *(f for root in given.all for f in run_folders(root))]:
        finding = verify(folder, given.across_versions, given.tables)
        print(finding, file=sys.stderr if finding.verdict else sys.stdout, flush=True)
        worst = max(worst, int(finding.verdict))
    return worst


if __name__ == "__main__":
    sys.exit(main())
