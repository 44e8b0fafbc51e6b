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
from functools import cache
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
EVERY_TIME = ("plain",)
SWITCHES = {name for switches in VARIANTS.values() for name in switches}
NEEDS = {
    "libm without FMA": X86 and FEATURES.get("FMA3") and platform.libc_ver()[0] == "glibc",
    "BLAS of Nehalem": X86,
    "BLAS of Haswell": X86 and FEATURES.get("AVX2"),
    "NumPy without vectors": bool(DISPATCHED),
    "two threads": (os.cpu_count() or 1) > 1,
}
COMPILED_ANEW = ("generic processor", "everything at once")
"""One after another in a cache of their own: cold, then warm, since both are for one processor."""


def said(variant: str, *arguments: str, **also: str) -> dict[str, Any]:
    if not NEEDS.get(variant, True):
        pytest.skip(f"this machine has nothing to switch off for '{variant}'")
    env = {k: v for k, v in os.environ.items() if k not in SWITCHES} | VARIANTS[variant] | also
    command = [sys.executable, str(SCRIPT), *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, f"{variant}: {done.stderr[-2000:]}"
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@cache
def surroundings(variant: str) -> dict[str, Any]:
    """What a process computes with."""
    return said(variant, "--surroundings")


def as_committed(variant: str, **also: str) -> None:
    """What plain processes give, too: 'plain' is one of the variants."""
    found, expected = said(variant, **also), json.loads(EXPECTED.read_text("utf-8"))
    moved = [name for name in expected if found.get(name) != expected[name]]
    assert not moved, (
        f"{moved} came out otherwise than committed in {EXPECTED.name} in variant '{variant}' "
        f"({VARIANTS[variant]}). If 'plain' does, too, the model or its tables changed; if that is "
        f"meant: make digests. If 'plain' does not, something depends on the processor"
    )


@pytest.mark.parametrize(
    "variant",
    [
        pytest.param(name, marks=() if name in EVERY_TIME else pytest.mark.slow)
        for name in VARIANTS
        if name not in COMPILED_ANEW
    ],
)
def test_the_same_bits(variant):
    as_committed(variant)


def test_the_same_bits_from_code_compiled_here_and_found_again(tmp_path):
    first, then = COMPILED_ANEW
    cache = tmp_path / "kernels"
    as_committed(first, NUMBA_CACHE_DIR=str(cache))
    kept = {path: path.stat().st_mtime_ns for path in cache.rglob("*.nbc")}
    assert kept
    as_committed(then, NUMBA_CACHE_DIR=str(cache))
    assert kept == {path: path.stat().st_mtime_ns for path in cache.rglob("*.nbc")}


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
def test_the_switch_does_something(variant, library):
    if library == "blas" and not FEATURES.get("AVX2"):
        pytest.skip(f"this machine has nothing to switch off for '{variant}'")
    plain, other = surroundings("plain"), surroundings(variant)
    assert other[library] != plain[library]
    untouched = {"libm", "blas"} - {library}
    assert all(other[name] == plain[name] for name in untouched)
