"""`python -m sim.claims experiment=NAME`: what others claim, answered by pairs of scenarios."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sim.commands import study

ABOUT = """usage: python -m sim.claims experiment=NAME [key=value ...] [--config-dir FOLDER]

The claims of conf/claims/NAME.yaml: each a pair of scenarios, seed by seed, and a measure. A table,
a page and a figure in results/NAME/claims/. A killed study goes on where it was.

  seeds=N                         how many, instead of what the file says

Everything else holds for all runs, as after python -m sim: months=24 firms.count=2000 ..."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit code is that of `sim.commands.obey`."""
    return study("claims", ABOUT, arguments, _work)


def _work(given: list[str]) -> object:
    """The study is imported here: asking for help should not wait for it."""
    from sim.study.claims import closing, run_claims

    return closing(run_claims(given))


if __name__ == "__main__":
    sys.exit(main())
