"""What a run was computed on, for information: no number of the model depends on it."""

from __future__ import annotations

import ctypes
import os
import platform
from pathlib import Path

import numpy as np


def processor() -> dict[str, object]:
    """Name, vector instructions that NumPy may choose from, core that OpenBLAS chose, threads."""
    from sim.compiled import threads  # after a run; who only reads manifests needs no Numba

    return {
        "machine": platform.machine(),
        "name": _name(),
        "features": _features(),
        "blas": _blas_core(),
        "threads": threads(),
    }


def _name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())


def _features() -> list[str]:
    core = getattr(np, "_core", None)  # NumPy shows them in print only
    found = getattr(getattr(core, "_multiarray_umath", None), "__cpu_features__", {})
    return sorted(name for name, there in found.items() if there)


def _blas_core() -> str | None:
    """As OpenBLAS says itself; None where NumPy came with another library."""
    home = Path(np.__file__).parent
    for folder in (home.parent / "numpy.libs", home / ".dylibs"):
        for path in sorted(folder.glob("*openblas*")) if folder.is_dir() else ():
            try:
                told = ctypes.CDLL(os.fspath(path)).scipy_openblas_get_corename64_
            except (OSError, AttributeError):
                continue
            told.restype = ctypes.c_char_p
            core: bytes = told()
            return core.decode()
    return None
