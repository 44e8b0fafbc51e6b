"""What tests of a page wait for."""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager


def until(condition, seconds=180.0):
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def settled(value):
    """What something comes to that nobody works at any more."""
    before = None
    while (now := value()) != before:
        before = now
        time.sleep(0.5)
    return now


@contextmanager
def held(pool):
    """Hold the processes that simulate where they are, however fast the machine: what is asked of
    them meanwhile they find when they go on."""
    processes = [process.pid for process in pool.processes]
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in processes:
            os.kill(pid, signal.SIGCONT)
