"""What study commands share: help, one line for an error, a kind word when interrupted."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from sim.errors import politely


def command(
    arguments: Sequence[str] | None, about: str, work: Callable[[list[str]], object], kept: str
) -> int:
    """Run `work` on the arguments and print what it returns; `kept`: what an interrupt leaves.

    Exit code: 0 done, 2 for what is wrong with the input or a failed run, 130 interrupted.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if {"-h", "--help"} & set(given):
        print(about)
        return 0
    return politely(lambda: print(work(given), flush=True), kept)
