"""The one kind of error a user can cause, the sentence that helps to mend it, and a quiet end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches

LONGEST = 80
"""Letters of what the user wrote that a message repeats."""


class InputError(ValueError):
    """Something the user gave (a name, a number, a table, a date) cannot be used.

    The message names the thing, its value and what would have been allowed.
    """


def nearest(name: object, choices: Iterable[str], cutoff: float = 0.5) -> str | None:
    """The choice most like `name`, ignoring case, or None when nothing is near.

    cutoff: how alike it must be, from 0 (anything) to 1 (the same).
    """
    by_fold = {choice.casefold(): choice for choice in choices}
    folded = str(name).casefold()
    swapped = [choice for choice in by_fold if sorted(choice) == sorted(folded)]
    found = swapped or get_close_matches(folded, by_fold, n=1, cutoff=cutoff)  # KZA: KAZ, not KGZ
    return by_fold[found[0]] if found else None


def unknown(
    kind: str, name: object, choices: Iterable[str], words: Mapping[str, str] | None = None
) -> InputError:
    """An error for a name that does not exist, with the nearest one that does.

    words: what else one may call a choice, `{word: choice}`; a word that fits well is believed
    before the letters of a choice are.

    >>> str(unknown("region", "KZA", ["KAZ", "RUS"]))
    "unknown region 'KZA'; did you mean 'KAZ'? (known: KAZ, RUS)"
    >>> str(unknown("region", "Russian", ["KAZ", "RUS"], {"Russia": "RUS"}))
    "unknown region 'Russian'; did you mean 'RUS'? (known: KAZ, RUS)"
    """
    known = list(choices)
    said = {word.casefold(): choice for word, choice in (words or {}).items()}
    meant = get_close_matches(str(name).casefold()[:LONGEST], said, n=1, cutoff=0.75)
    near = said[meant[0]] if meant else nearest(str(name)[:LONGEST], known)
    hint = f"; did you mean '{near}'?" if near else ""
    return InputError(f"unknown {kind} '{brief(name)}'{hint} (known: {', '.join(known)})")


def shown(value: object) -> str:
    """A value as it was written, for a message: one line, and not all of what is endless."""
    try:
        return brief(repr(value))
    except ValueError:  # Python writes no whole number of more than some thousand digits
        return "a number without end"


def brief(text: object, longest: int = LONGEST) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(str(text).split()) if "\n" in str(text) else str(text)
    return line if len(line) <= longest else f"{line[:longest]}..."


@contextmanager
def blaming(whom: str) -> Iterator[None]:
    """Put the one concerned in front of an InputError raised inside.

    >>> with blaming("measure 'cap'"):
    ...     raise InputError("ceiling = -1 is outside [0, 1]")
    Traceback (most recent call last):
    sim.errors.InputError: measure 'cap': ceiling = -1 is outside [0, 1]
    """
    try:
        yield
    except InputError as error:
        raise InputError(f"{whom}: {error}") from None


def politely(work: Callable[[], int | None], kept: str = "runs") -> int:
    """Exit code of a command, whose mistakes and interruptions are one line each.

    What `work` returns (0 for None), 2 for an InputError, 130 for Ctrl-C, 141 without a word
    when whoever read what is printed has left, as in `| head`. kept: what an interrupt leaves.
    """
    try:
        return work() or 0
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        print(f"\nstopped; finished {kept} are kept, say the same again to go on", file=sys.stderr)
        return 130
