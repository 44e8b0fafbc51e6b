"""One random stream per decision and month, so that nothing one rule draws shifts another.

A stream is addressed, not consumed: the same (seed, decision, month) always gives the same
numbers, whatever else was drawn before (Starsim's idea of a stream per decision).
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """The decisions that involve chance. Append only: a number is part of every result."""

    FIRM_SIZES = 1
    INPUTS = 2
    SUPPLIERS = 3
    OWNERS = 4
    VARIETIES = 5
    SEARCH = 6
    ENTRY = 7
    TRADERS = 8
    STOPS = 9
    TECHNOLOGY = 20
    MIGRATION = 21
    DECISIONS = 22


def generator(seed: int, stream: Stream, month: int = 0) -> np.random.Generator:
    """The generator of one decision in one month (Philox, counter based)."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence((seed, stream, month))))
