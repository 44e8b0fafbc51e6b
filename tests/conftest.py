"""The suite on all cores: one test at a time on each, in processes that do not fight for them."""

from __future__ import annotations

import os

import pytest

MOST_WORKERS = 4
"""Each holds some 600 MB at its largest."""


def pytest_configure(config: pytest.Config) -> None:
    """Kernels' threads that wait do not keep a core busy, here and in processes of tests."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")


@pytest.hookimpl(optionalhook=True)  # pytest-xdist's
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """What `-n auto` means: the cores this process may use; none beside itself on a single one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(cores or 1, MOST_WORKERS) if (cores or 1) > 1 else 0


@pytest.fixture(scope="session", autouse=True)
def one_thread_beside_others(request: pytest.FixtureRequest) -> None:
    """Kernels use one thread where every core has a worker; tests of threads ask for theirs."""
    if hasattr(request.config, "workerinput"):
        import numba

        numba.set_num_threads(1)
