"""Numbers in words: signs, counts, tables, and what may be said of how many seeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MINUS = "\u2212"
ENOUGH = 10
"""Seeds from which 5 % and 95 % are more than the least and the most."""


def signed(value: float, digits: int = 1) -> str:
    """Number with its sign, a true minus, and plain zero for what rounds to it."""
    text = f"{abs(value):,.{digits}f}"
    if not text.strip("0.,"):
        return text
    return (MINUS if value < 0 else "+") + text


def counted(number: int, thing: str) -> str:
    """'1 seed', '20 seeds'."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def spread(seeds: int, draws: int = 0) -> str:
    """What a band from 5 % to 95 % is called; of few runs it is nearly their range.

    draws: sets of parameters that every seed ran with, if any.
    """
    if draws:
        told = f"{counted(draws, 'draw')} of parameters x {counted(seeds, 'seed')}"
        return f"90 % of {told}" if draws * seeds >= ENOUGH else f"range of {told}"
    if seeds >= ENOUGH:
        return f"90 % of {counted(seeds, 'seed')}"
    return "one seed" if seeds == 1 else f"range of {counted(seeds, 'seed')}"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> list[str]:
    """Lines of a table: the first `texts` columns to the left, numbers to the right."""
    ruler = "---|" * texts + "---:|" * (len(head) - texts)
    cells = ([cell.replace("|", "/") for cell in row] for row in rows)
    heads = " | ".join(head).lstrip()  # an empty corner
    return [f"| {heads} |", f"|{ruler}", *(f"| {' | '.join(row)} |" for row in cells)]
