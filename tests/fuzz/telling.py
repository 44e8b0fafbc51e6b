"""The command that fuzzers share: try many, tell what was found, count."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable


def tell(
    about: str | None,
    name: str,
    one: Callable[[int, int], tuple[str, str]],
    good: tuple[str, ...],
    noun: str,
    count: int,
    arguments: list[str] | None,
) -> int:
    """Exit code 1 if any outcome of `one(seed, number)` is not among `good`."""
    parser = argparse.ArgumentParser(description=about, prog=f"python -m tests.fuzz.{name}")
    parser.add_argument("--count", type=int, default=count)
    parser.add_argument("--first", type=int, default=0, help="of them, for a part of a whole")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="repeat this one")
    parser.add_argument("--tell", action="store_true", help="tell all of them")
    given = parser.parse_args(arguments)
    counts: Counter[str] = Counter()
    part = range(given.first, given.first + given.count)
    numbers = part if given.only is None else [given.only]
    for n in numbers:
        outcome, done = one(given.seed, n)
        counts[outcome] += 1
        if outcome not in good or given.tell or given.only is not None:
            print(f"{n}: {outcome}: {done}", flush=True)
    print(f"{len(numbers)} {noun}: " + ", ".join(f"{n} {what}" for what, n in counts.items()))
    return int(any(outcome not in good for outcome in counts))
