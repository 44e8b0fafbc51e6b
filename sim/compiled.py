"""Kernels: compiled by Numba, kept between runs where that is safe, without global settings.

Kept code is run as it is found, so it is only kept in a folder of the user that nobody else can
write to: $NUMBA_CACHE_DIR, the user's own cache folder or beside the sources, whichever is the
first to be had. Where there is none, every process compiles for itself. What is kept holds
for all kernel sources as they were, not only for the file of the kernel itself: kernels call
helpers in other files. Code with tests of bounds (NUMBA_BOUNDSCHECK=1) is kept apart.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import FunctionType
from typing import Any

import numba
from numba import njit, threading_layer  # type: ignore[attr-defined]
from numba.core.caching import CompileResultCacheImpl, FunctionCache, InTreeCacheLocator
from numba.core.runtime.nrt import rtsys

PACKAGE = Path(__file__).resolve().parent
config: Any = numba.config


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """`numba.njit` that releases the GIL and keeps what it compiled; options are Numba's."""

    def wrap(function: Callable[..., Any]) -> Any:
        kernel = _kept(function, options)
        return Threaded(kernel, function) if options.get("parallel") else kernel

    return wrap


def threads() -> int:
    """Threads that parallel kernels use; how many changes no number."""
    return int(numba.get_num_threads())


def _kept(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    kernel = njit(nogil=True, **options)(function)
    if not config.DISABLE_JIT and private_folder() is not None:
        kernel._cache = Kept(function)
    return kernel


class Threaded:
    """A kernel on all threads, or on one, to the same bits, where threads cannot be had.

    OpenMP ends a process that was forked from one in which its threads had run, for whoever
    waits for it without a word: there a twin compiled for one thread takes over.
    """

    cannot = False

    def __init__(self, kernel: Any, function: Callable[..., Any]) -> None:
        self.kernel, self.function = kernel, function
        self.alone: Any = None

    def __getattr__(self, name: str) -> Any:
        if name == "kernel":  # a copy that is not made yet
            raise AttributeError(name)
        return getattr(self.kernel, name)

    def __call__(self, *arguments: Any) -> Any:
        """Run it, as Numba would."""
        return (self._twin() if Threaded.cannot else self.kernel)(*arguments)

    def _twin(self) -> Any:
        if self.alone is None:
            code, inner = self.function.__code__, self.function.__globals__
            twin = FunctionType(code, inner, f"{self.function.__name__}_alone")
            twin.__module__ = self.function.__module__
            twin.__qualname__ = twin.__name__  # by which what is compiled is kept
            self.alone = _kept(twin, {})
        return self.alone


def _after_fork() -> None:
    try:
        Threaded.cannot = Threaded.cannot or threading_layer() == "omp"
    except ValueError:  # no thread has run yet
        return


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


@cache
def private_folder() -> Path | None:
    """Where compiled code is kept; None where nothing is both private and writable."""
    name = "checked" if config.BOUNDSCHECK else "plain"
    return next((place / name for place in _places() if _is_private(place / name)), None)


def _places() -> Iterator[Path]:
    if config.CACHE_DIR:
        yield Path(config.CACHE_DIR).resolve()
    try:
        home = Path.home()
    except RuntimeError:  # nobody knows whose process this is
        home = None
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    elif sys.platform == "darwin":
        base = home and home / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or (home and home / ".cache")
    if base and Path(base).is_absolute():
        yield Path(base) / "eaeu-sim"
    yield PACKAGE / "__pycache__" / "kernels"


def _is_private(folder: Path) -> bool:
    """Make a folder for this user alone, or see that it is one; its parent has to be, too."""
    try:
        folder.parent.parent.mkdir(parents=True, exist_ok=True)
        for path in (folder.parent, folder):
            path.mkdir(mode=0o700, exist_ok=True)
            if not _is_ours(path):
                return False
        return os.access(folder, os.W_OK | os.X_OK)
    except OSError:
        return False


def _is_ours(folder: Path) -> bool:
    if not hasattr(os, "getuid"):
        return True  # Windows: folders in a profile are private
    found = folder.lstat()
    others = stat.S_IWGRP | stat.S_IWOTH
    return (
        stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & others
    )


@cache
def kernel_sources() -> str:
    """A hash of all modules with kernels or with what kernels call."""
    digest = sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_bytes()
        if b"njit" in text or b"sim.compiled" in text:
            digest.update(str(path.relative_to(PACKAGE)).encode() + b"\0" + text)
    return digest.hexdigest()


class Locator(InTreeCacheLocator):
    """Where one kernel is kept, and what it has to agree with."""

    def get_cache_path(self) -> str:
        """In the private folder; checkouts that share it are told apart by their paths."""
        return str(private_folder() / self.get_suitable_cache_subpath(self._py_file))

    def get_source_stamp(self) -> str:
        """Stale as soon as any source of kernels changes."""
        return kernel_sources()


class _ByPlace(CompileResultCacheImpl):
    _locator_classes = [Locator]  # noqa: RUF012, as Numba has it


class Kept(FunctionCache):
    """What is kept of one kernel. What cannot be read or written never stops a run."""

    _impl_class = _ByPlace

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The compiled kernel; None, to be compiled, where what is there cannot be read.

        Numba would first import all that it can compile, SciPy's linear algebra with it: 0.3 s
        for what runs as it is. It does so later, if anything has to be compiled after all.
        """
        try:
            rtsys.initialize(target_context)
            with self._guard_against_spurious_io_errors():
                return self._load_overload(sig, target_context)
        except Exception:  # what a truncated file raises depends on where it ends
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep it; a damaged index is begun anew."""
        try:
            super().save_overload(sig, data)
        except Exception:
            try:
                self.flush()
                super().save_overload(sig, data)
            except OSError:
                self.disable()
