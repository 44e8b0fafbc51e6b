"""`python -m sim.publish`: refresh the small reference outcomes in results/published.

Each shipped scenario is run small. Of the run are kept its configuration, manifest, summary and
regional table, some hundred kilobytes for all; `python -m sim.verify --all results/published
--across-versions` runs them again and compares, CI with every change.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sim.config import CONF, load
from sim.errors import politely, unknown

SMALL = ("firms.count=1500", "months=36")
KEPT = ("config.yaml", "manifest.json", "summary.csv", "regions.parquet")


def main(arguments: Sequence[str] | None = None) -> int:
    """Publish the named scenarios, by default all that are shipped."""
    shipped = sorted(p.stem for p in (CONF / "scenario").glob("*.yaml"))
    parser = argparse.ArgumentParser("python -m sim.publish", description=__doc__)
    parser.add_argument("scenario", nargs="*", help=f"of {', '.join(shipped)}; default all")
    parser.add_argument("--into", type=Path, default=Path("results/published"), metavar="FOLDER")
    parser.add_argument(
        "--with", dest="overrides", nargs="*", default=SMALL, metavar="KEY=VALUE",
        help=f"instead of {' '.join(SMALL)}",
    )  # fmt: skip
    given = parser.parse_args(arguments)

    def work() -> None:
        for name in given.scenario or shipped:
            if name not in shipped:
                raise unknown("scenario", name, shipped)
            print(publish(name, given.into, given.overrides), flush=True)

    return politely(work)


def publish(scenario: str, into: Path, overrides: Sequence[str] = SMALL) -> Path:
    """Run one scenario small, and replace what is published of it. Returns `into/scenario`."""
    from sim.record.store import whole
    from sim.run import complete

    settings = load(f"scenario={scenario}", *overrides)
    with tempfile.TemporaryDirectory() as scratch:
        output = replace(settings.output, folder=scratch)
        run = complete(replace(settings, output=output)).folder
        config = (run / "config.yaml").read_text("utf-8").replace(scratch, settings.output.folder)
        (run / "config.yaml").write_text(config, encoding="utf-8")
        final = into / scenario
        with whole(into / f"{scenario}.new") as folder:
            for name in KEPT:
                shutil.copy(run / name, folder / name)
        shutil.rmtree(final, ignore_errors=True)
        (into / f"{scenario}.new").rename(final)
    return final


if __name__ == "__main__":
    sys.exit(main())
