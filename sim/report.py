"""`python -m sim.report results/NAME[/RUN]`: a self-contained page of a run or a study."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.commands import Arguments, obey
from sim.errors import InputError

ABOUT = """Write report.html: tables, figures, configuration and provenance of a run, an ensemble, a
sweep, a sensitivity study or a search, in one file that needs no other and prints well."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 written, 2 for what is wrong with the folder."""
    parser = Arguments("report", ABOUT)
    parser.add_argument("folder", type=Path, help="results/NAME or results/NAME/RUN")
    parser.add_argument("--into", type=Path, metavar="FILE", help="instead of FOLDER/report.html")
    parser.add_argument(
        "--against", metavar="KEY=VALUE", action="append", default=[],
        help="compare runs seed by seed with those that are so, e.g. scenario=none",
    )  # fmt: skip
    parser.add_argument(
        "--interactive", action="store_true",
        help="the charts of the page instead, in interactive.html; needs eaeu-sim[page]",
    )  # fmt: skip
    parser.add_argument(
        "--textbook", action="store_true",
        help="of a run: also why it says more or less than a static model; makes five runs",
    )  # fmt: skip
    parser.add_argument(
        "--formats", metavar="LIST", default="",
        help="of a run or of runs: also its figures and its table of changes as files in "
        "FOLDER/report, some of png,svg,pdf,csv,tex",
    )  # fmt: skip
    return obey(parser, arguments, _work)


def _work(given: Namespace) -> None:
    if given.interactive and given.textbook:
        raise InputError("--textbook is a section of report.html; ask for it without --interactive")
    against = _pairs(given.against)
    if given.interactive:
        print(_interactive(given.folder, given.into, against), flush=True)
        return
    from sim.study.report import write_report

    page = write_report(given.folder, given.into, against, given.textbook)
    print(page, flush=True)
    if given.formats:
        from sim.study.files import write_files

        wanted = [name.strip().lower() for name in given.formats.split(",")]
        for path in write_files(given.folder, page.with_suffix(""), wanted, against):
            print(path, flush=True)


def _interactive(folder: Path, into: Path | None, against: dict[str, Any]) -> Path:
    try:
        from sim.page.snapshot import write_snapshot
    except ImportError as error:
        if error.name != "bokeh":
            raise
        raise InputError("--interactive needs bokeh; pip install 'eaeu-sim[page]'") from None
    return write_snapshot(folder, into, against)


def _pairs(given: Sequence[str]) -> dict[str, Any]:
    """`scenario=none` and the like; a value is what YAML makes of it."""
    import yaml

    pairs = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not (key and equals and value):
            raise InputError(f"--against {text!r} is not KEY=VALUE, e.g. scenario=none")
        try:
            pairs[key] = yaml.safe_load(value)
        except yaml.YAMLError:
            pairs[key] = value
    return pairs


if __name__ == "__main__":
    sys.exit(main())
