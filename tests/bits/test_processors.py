"""The same bits on every processor: what a processor selects is switched, the digests stay.

Each variant is a fresh process. Its libraries really do choose something else, as the hashes of
what they compute show; the model comes out the same to the last bit, and as committed.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from digests import EXPECTED

SCRIPT = Path(__file__).with_name("digests.py")
FEATURES = np._core._multiarray_umath.__cpu_features__  # type: ignore[attr-defined]
DISPATCHED = [f for f in np._core._multiarray_umath.__cpu_dispatch__ if FEATURES.get(f)]  # type: ignore[attr-defined]
X86 = platform.machine().lower() in ("x86_64", "amd64")
OLD_LIBM = "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX,-AVX512F,-AVX512VL,-AVX512DQ,-AVX512BW"

VARIANTS: dict[str, dict[str, str]] = {
    "plain": {},
    "one thread": {"NUMBA_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    "two threads": {"NUMBA_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"},
    "libm without FMA": {"GLIBC_TUNABLES": OLD_LIBM},
    "BLAS of Nehalem": {"OPENBLAS_CORETYPE": "Nehalem"},
    "BLAS of Haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    "NumPy without vectors": {"NPY_DISABLE_CPU_FEATURES": " ".join(DISPATCHED)},
    "generic processor": {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""},
    "tests of bounds": {"NUMBA_BOUNDSCHECK": "1"},  # and no kernel reaches outside its arrays
    "everything at once": {
        "GLIBC_TUNABLES": OLD_LIBM,
        "OPENBLAS_CORETYPE": "Nehalem",
        "NPY_DISABLE_CPU_FEATURES": " ".join(DISPATCHED),
        "NUMBA_CPU_NAME": "generic",
        "NUMBA_CPU_FEATURES": "",
        "NUMBA_NUM_THREADS": "1",
    },
}
EVERY_TIME = ("plain", "everything at once")
SWITCHES = {name for switches in VARIANTS.values() for name in switches}
NEEDS = {
    "libm without FMA": X86 and FEATURES.get("FMA3") and platform.libc_ver()[0] == "glibc",
    "BLAS of Nehalem": X86,
    "BLAS of Haswell": X86 and FEATURES.get("AVX2"),
    "NumPy without vectors": bool(DISPATCHED),
    "two threads": (os.cpu_count() or 1) > 1,
}


def computed(variant: str) -> dict[str, Any]:
    env = {k: v for k, v in os.environ.items() if k not in SWITCHES} | VARIANTS[variant]
    command = [sys.executable, str(SCRIPT)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, f"{variant}: {done.stderr[-2000:]}"
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def results(request) -> dict[str, Future[dict[str, Any]]]:
    """What each of the variants asked for computes; two processes at a time."""
    wanted = {
        item.callspec.params["variant"]
        for item in request.session.items
        if item.path == request.path and hasattr(item, "callspec")
    }
    chosen = [name for name in VARIANTS if name in wanted | {"plain"} and NEEDS.get(name, True)]
    with ThreadPoolExecutor(2) as pool:
        yield {name: pool.submit(computed, name) for name in chosen}


def variants() -> list[Any]:
    return [
        pytest.param(name, marks=() if name in EVERY_TIME else pytest.mark.slow)
        for name in VARIANTS
    ]


@pytest.mark.parametrize("variant", variants())
def test_the_same_bits(results, variant):
    if variant not in results:
        pytest.skip(f"this machine has nothing to switch off for '{variant}'")
    found = results[variant].result()["digests"]
    expected = json.loads(EXPECTED.read_text("utf-8"))
    plain = results["plain"].result()["digests"]
    moved = [name for name in plain if found[name] != plain[name]]
    assert not moved, (
        f"variant '{variant}' ({VARIANTS[variant]}) gives other bits for {moved} than plain: "
        f"something they pass through depends on the processor"
    )
    moved = [name for name in expected if found.get(name) != expected[name]]
    assert not moved, (
        f"{moved} came out otherwise than committed in {EXPECTED.name}, in every variant alike so "
        f"far as they ran: the model or its tables changed. If that is meant: make digests"
    )


@pytest.mark.slow
@pytest.mark.skipif(not X86, reason="the switches are those of x86-64")
@pytest.mark.parametrize(
    ("variant", "library"),
    [
        ("libm without FMA", "libm"),
        ("BLAS of Nehalem", "blas"),
        ("generic processor", "numba_cpu"),
        ("NumPy without vectors", "numpy_features"),
    ],
)
def test_the_switch_does_something(results, variant, library):
    if variant not in results or (library == "blas" and not FEATURES.get("AVX2")):
        pytest.skip(f"this machine has nothing to switch off for '{variant}'")
    plain, other = (results[v].result()["surroundings"] for v in ("plain", variant))
    assert other[library] != plain[library]
    untouched = {"libm", "blas"} - {library}
    assert all(other[name] == plain[name] for name in untouched)
