"""`python -m sim.publish`: refresh the small reference outcomes in results/published.

Each shipped scenario is run small. Of the run are kept its configuration, manifest, summary and
regional table, some hundred kilobytes for all; `python -m sim.verify --all results/published
--across-versions` runs them again and compares, CI with every change.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sim.commands import Arguments, obey
from sim.config import CONF, load
from sim.errors import unknown

SMALL = ("firms.count=1500", "months=36")
KEPT = ("config.yaml", "manifest.json", "summary.csv", "regions.parquet")


def main(arguments: Sequence[str] | None = None) -> int:
    """Publish the named scenarios, by default all that are shipped."""
    shipped = sorted(p.stem for p in (CONF / "scenario").glob("*.yaml"))
    parser = Arguments("publish", __doc__ or "")
    parser.add_argument("scenario", nargs="*", help=f"of {', '.join(shipped)}; default all")
    parser.add_argument("--into", type=Path, default=Path("results/published"), metavar="FOLDER")
    parser.add_argument(
        "--with", dest="overrides", nargs="*", default=SMALL, metavar="KEY=VALUE",
        help=f"instead of {' '.join(SMALL)}",
    )  # fmt: skip

    def work(given: Namespace) -> None:
        for name in given.scenario or shipped:
            if name not in shipped:
                raise unknown("scenario", name, shipped)
            print(publish(name, given.into, given.overrides), flush=True)

    return obey(parser, arguments, work)


def publish(scenario: str, into: Path, overrides: Sequence[str] = SMALL) -> Path:
    """Run one scenario small, and replace what is published of it. Returns `into/scenario`."""
    from sim.record.store import sweep, whole
    from sim.run import as_yaml, complete

    settings = load(f"scenario={scenario}", *overrides)
    with tempfile.TemporaryDirectory() as scratch:
        output = replace(settings.output, folder=scratch)
        run = complete(replace(settings, output=output)).folder
        (run / "config.yaml").write_text(as_yaml(settings), encoding="utf-8")
        manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
        manifest.pop("private", None)
        (run / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
        final = into / scenario
        sweep(into)
        with whole(final, replace=True) as folder:
            for name in KEPT:
                shutil.copy(run / name, folder / name)
    return final


if __name__ == "__main__":
    sys.exit(main())
