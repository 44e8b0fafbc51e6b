"""Where compiled code is kept, who else could write there, and what happens when it is damaged."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from sim import compiled
from sim.compiled import Kept, kernel_sources, private_folder

posix = pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners and modes of POSIX")
jit = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="NUMBA_DISABLE_JIT is set")

KERNEL = """
from sim.compiled import compiled

@compiled()
def twice(x):
    return x + x
"""
NOWHERE = "/dev/null/nowhere"  # cannot be made, not even by root


@pytest.fixture
def fresh(monkeypatch):
    """Ask anew where to keep code, with no home and no package folder to fall back on."""
    monkeypatch.setattr(compiled.config, "CACHE_DIR", "")
    monkeypatch.setattr(compiled, "PACKAGE", Path(NOWHERE))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", NOWHERE)
    private_folder.cache_clear()
    kernel_sources.cache_clear()
    yield monkeypatch
    private_folder.cache_clear()
    kernel_sources.cache_clear()


@pytest.fixture
def home(fresh, tmp_path):
    fresh.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "eaeu-sim"


def load(path: Path):
    """The module of a file, as a new process would have it."""
    spec = importlib.util.spec_from_file_location("kept_kernel", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@posix
@pytest.mark.parametrize("mask", [0o022, 0o002, 0o077])
def test_a_folder_for_the_user_alone_whatever_the_mask(home, mask):
    before = os.umask(mask)
    try:
        folder = private_folder()
    finally:
        os.umask(before)
    assert folder == home / "plain"
    assert [oct(p.stat().st_mode & 0o777) for p in (home, folder)] == ["0o700", "0o700"]


def test_numba_cache_dir_comes_first(home, fresh, tmp_path):
    fresh.setattr(compiled.config, "CACHE_DIR", str(tmp_path / "mine"))
    assert private_folder() == tmp_path / "mine" / "plain"


def test_code_with_tests_of_bounds_is_kept_apart(home, fresh):
    fresh.setattr(compiled.config, "BOUNDSCHECK", 1)
    assert private_folder() == home / "checked"


def test_beside_the_sources_without_a_home(fresh, tmp_path):
    fresh.setattr(compiled, "PACKAGE", tmp_path)
    assert private_folder() == tmp_path / "__pycache__" / "kernels" / "plain"


def test_nowhere_to_be_had(fresh):
    assert private_folder() is None


@posix
@pytest.mark.parametrize("planted", ["owner", "world", "group", "link", "file"])
def test_what_others_may_have_planted_is_refused(home, fresh, tmp_path, planted):
    (home / "plain").mkdir(parents=True, mode=0o700)
    home.chmod(0o700)
    match planted:
        case "owner":
            fresh.setattr(os, "getuid", lambda: home.stat().st_uid + 1)
        case "world":
            home.chmod(0o777)
        case "group":
            (home / "plain").chmod(0o770)
        case "link":
            (home / "plain").rename(tmp_path / "elsewhere")
            (home / "plain").symlink_to(tmp_path / "elsewhere")
        case "file":
            (home / "plain").rmdir()
            (home / "plain").write_text("")
    assert private_folder() is None


@jit
def test_kernels_work_where_nothing_can_be_kept(tmp_path):
    """A read-only package and a home that cannot be written to."""
    code = (
        "import pathlib, sim.compiled as c; c.PACKAGE = pathlib.Path('/dev/null/nowhere');"
        "from sim.arithmetic import exp; print(exp(0.0), c.private_folder())"
    )
    env = os.environ | {"HOME": NOWHERE, "XDG_CACHE_HOME": NOWHERE}
    env.pop("NUMBA_CACHE_DIR", None)
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.stdout == "1.0 None\n", done.stderr


@jit
def test_kept_code_is_used_again(home, tmp_path):
    (tmp_path / "k.py").write_text(KERNEL)
    for hits in (0, 1):
        twice = load(tmp_path / "k.py").twice
        assert isinstance(twice._cache, Kept) and twice(2.0) == 4.0
        assert sum(twice.stats.cache_hits.values()) == hits


@jit
@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize("left", [0, 3, 40, -5])
def test_damaged_code_is_made_anew(home, tmp_path, kind, left):
    (tmp_path / "k.py").write_text(KERNEL)
    load(tmp_path / "k.py").twice(2.0)
    (path,) = home.rglob(f"*.{kind}")
    path.write_bytes(path.read_bytes()[:left])
    assert load(tmp_path / "k.py").twice(2.0) == 4.0
    again = load(tmp_path / "k.py").twice
    assert again(2.0) == 4.0 and sum(again.stats.cache_hits.values()) == 1


@jit
def test_a_folder_that_vanishes_or_fills_up_stops_nothing(home, tmp_path, monkeypatch):
    (tmp_path / "k.py").write_text(KERNEL)
    twice = load(tmp_path / "k.py").twice

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(twice._cache._cache_file, "_save_index", full)
    assert twice(2.0) == 4.0 and twice(2) == 4


@jit
def test_an_edit_of_a_helper_in_another_file_is_noticed(home, fresh, tmp_path):
    """Numba by itself looks only at the file of the kernel."""
    package = tmp_path / "package"
    package.mkdir()
    fresh.setattr(compiled, "PACKAGE", package)
    (package / "helper.py").write_text("from numba import njit\n")
    (package / "other.py").write_text("x = 1\n")
    (tmp_path / "k.py").write_text(KERNEL)

    def hits() -> int:
        kernel_sources.cache_clear()
        twice = load(tmp_path / "k.py").twice
        twice(2.0)
        return sum(twice.stats.cache_hits.values())

    assert [hits(), hits()] == [0, 1]
    (package / "other.py").write_text("x = 2\n")
    assert hits() == 1
    (package / "helper.py").write_text("from numba import njit, prange\n")
    assert [hits(), hits()] == [0, 1]
