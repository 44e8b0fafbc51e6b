"""One pool of one process for all: what it simulates is small."""

from __future__ import annotations

import time

import pytest

pytest.importorskip("panel")


def until(condition, seconds=180.0):
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def pool():
    from sim.page.runs import Pool

    made = Pool(1)
    yield made
    made.close()
