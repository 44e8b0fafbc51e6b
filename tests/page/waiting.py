"""What tests of a page wait for."""

from __future__ import annotations

import time


def until(condition, seconds=180.0):
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
