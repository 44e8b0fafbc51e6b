"""Threads and forks: settings and runs come out the same whoever asks for them."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import sim

FORKED = """
import multiprocessing as mp
import sim
s = sim.load("baseline=toy", "firms.count=60", "months=2")
def digest(_):
    return sim.simulate(s).digest
if __name__ == "__main__":
    print(digest(0))
    with mp.get_context("fork").Pool(1) as pool:
        print(pool.map_async(digest, range(1)).get(timeout=500)[0])
"""


def test_settings_can_be_loaded_from_many_threads():
    with ThreadPoolExecutor(8) as pool:
        loaded = list(pool.map(lambda k: sim.load("scenario=eu_2022", f"seed={k}"), range(16)))
    assert [settings.seed for settings in loaded] == list(range(16))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_fork_of_a_process_that_ran_a_model_runs_it_too():
    done = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True)
    one, two = done.stdout.split()
    assert one == two, done.stderr
