"""Results on disk: a folder per run, there as a whole or not at all.

A run is built in a hidden folder beside its final place, `.<run_id>.<host>.<pid>.<n>.partial`,
forced to disk, marked DONE, and then renamed in one step. Whoever is killed leaves at most a
partial folder; the next run of the same host removes it once its process is gone.
"""

from __future__ import annotations

import errno
import json
import os
import platform
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from sim.errors import InputError
from sim.record.columns import TABLES
from sim.record.panel import Panel
from sim.record.parquet import write_tables
from sim.record.sound import DONE as DONE
from sim.record.sound import hash_of as hash_of
from sim.record.sound import whole_still
from sim.record.summary import write_summary

PARTIAL = re.compile(r"\.[^.]+\.(?P<host>[^.]*)\.(?P<pid>\d+)\.[0-9a-f]+\.partial")


def find_finished(root: str | Path, name: str, run_id: str) -> Path | None:
    """Folder of a run that has been completed before and is still whole, or None."""
    folder = _home(root, name) / run_id
    complete = all((folder / f"{table.name}.parquet").is_file() for table in TABLES)
    return folder if complete and whole_still(folder) else None


def make_home(root: str | Path, name: str) -> Path:
    """Make the folder `root/name`, try that it can be written and sweep up what the dead left.

    To be called before a long run, so that an unwritable disk is known at once (InputError).
    """
    home = _home(root, name)
    with disk_trouble(home):
        home.mkdir(parents=True, exist_ok=True)
        probe = _partial(home, "0")
        probe.mkdir()
        probe.rmdir()
    sweep(home)
    for path in home.glob(".*.claim"):
        _drop_if_free(path)
    return home


def sweep(home: Path) -> None:
    """Remove what processes of this host that are gone left half done."""
    for path in home.glob(".*.partial"):
        if _abandoned(path):
            shutil.rmtree(path, ignore_errors=True)


def write_run(
    root: str | Path,
    name: str,
    run_id: str,
    panel: Panel,
    config: str,
    manifest: Mapping[str, Any],
    figures: Callable[[Panel, Path], object] | None = None,
) -> Path:
    """Store a finished run as `root/name/run_id` and return that folder.

    config: the resolved configuration as YAML text.
    manifest: see `manifest.collect`; what `Panel.read` needs is added under 'panel'.
    figures: called with the panel and an existing folder to draw into.
    If another process has finished the same run meanwhile, its folder stays: same name, same
    numbers. InputError when the disk is full, read-only or forbidden; nothing remains then.
    """
    final = make_home(root, name) / run_id
    with whole(final) as folder:
        write_tables(folder, panel)
        (folder / "config.yaml").write_text(config, encoding="utf-8")
        text = json.dumps({**manifest, "panel": panel.meta()}, indent=2) + "\n"
        (folder / "manifest.json").write_text(text, encoding="utf-8")
        write_summary(panel, folder / "summary.csv")
        if panel.decisions:
            _write_decisions(panel, folder / "decisions.csv")
        if figures is not None:
            (folder / "figures").mkdir()
            figures(panel, folder / "figures")
    return final


def _write_decisions(panel: Panel, path: Path) -> None:
    import pandas as pd

    pd.DataFrame(panel.decisions).to_csv(path, index=False, float_format="%.6g")


@contextmanager
def whole(final: Path, replace: bool = False) -> Iterator[Path]:
    """A folder to be filled that becomes `final` in one step, marked DONE, or leaves nothing.

    A finished folder of that name that is there by then stays, unless it is to be replaced; then
    a kill leaves the old one, none, or the new one, never a part of either.
    """
    home, partial = final.parent, _partial(final.parent, final.name)
    with disk_trouble(home):
        try:
            home.mkdir(parents=True, exist_ok=True)
            partial.mkdir()
            yield partial
            _mark_done(partial)
            _move(partial, final, replace)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def claim(root: str | Path, name: str, run_id: str) -> Iterator[None]:
    """The right to compute a run; whoever else wants it waits until this one has finished.

    The system gives the claim up when its holder dies, however that happens. Where files cannot
    be locked the same run may be computed twice, which costs time and nothing else.
    """
    path = _home(root, name) / f".{run_id}.claim"
    number = _locked(path)
    try:
        yield
    finally:
        if number is not None:
            with suppress(OSError):
                path.unlink()  # before it is given up: whoever waited sees that it is gone
            os.close(number)


def _drop_if_free(path: Path) -> None:
    """Remove the claim of a holder that died; a claim that is held stays."""
    try:
        import fcntl

        number = os.open(path, os.O_RDWR)
    except (ImportError, OSError):
        return
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()  # whoever opened it meanwhile sees that it is gone, and makes another
    except OSError:
        pass
    finally:
        os.close(number)


def _locked(path: Path) -> int | None:
    try:
        import fcntl
    except ImportError:
        return None
    while True:
        with disk_trouble(path.parent):
            number = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(number, fcntl.LOCK_EX)
            if os.path.samestat(os.fstat(number), os.stat(path)):
                return number
        except FileNotFoundError:
            pass  # its holder finished and removed it
        except OSError:
            os.close(number)
            return None
        os.close(number)


def _mark_done(folder: Path) -> None:
    """Force all files to disk, then write DONE: their hashes, as `sha256sum -c DONE` reads."""
    lines = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with path.open("rb+") as file:
            name = path.relative_to(folder).as_posix()
            lines.append(f"{sha256(file.read()).hexdigest()}  {name}")
            os.fsync(file.fileno())
    with (folder / DONE).open("w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    for path in (*(p for p in folder.rglob("*") if p.is_dir()), folder):
        _sync_folder(path)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":  # elsewhere a folder cannot be opened
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _move(partial: Path, final: Path, replace: bool = False) -> None:
    """Rename into place; a finished folder that is already there wins, any other is replaced."""
    if final.exists() and (replace or not whole_still(final)):
        aside = _partial(final.parent, final.name)
        with suppress(FileNotFoundError):  # another process may be replacing it too
            final.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)
    try:
        partial.rename(final)
    except OSError:
        if not whole_still(final):
            raise
    _sync_folder(final.parent)


def _home(root: str | Path, name: str) -> Path:
    if not re.fullmatch(r"\w[\w .,=+-]*", name):
        raise InputError(
            f"results name '{name}' cannot be a folder; use letters, digits, and any of _ . , = + -"
        )
    return Path(root).expanduser() / name


def _partial(home: Path, run_id: str) -> Path:
    return home / f".{run_id}.{this_host()}.{os.getpid()}.{uuid4().hex[:8]}.partial"


def this_host() -> str:
    """Name of this machine, without dots."""
    return re.sub(r"[^\w-]", "-", platform.node())


def _abandoned(partial: Path) -> bool:
    """Whether the process that was building this folder, on this host, is gone."""
    match = PARTIAL.fullmatch(partial.name)
    return match is not None and gone(match["host"], int(match["pid"]))


def gone(host: str, pid: int) -> bool:
    """Whether that process is known to have ended; False for another host and on Windows."""
    if host != this_host() or os.name != "posix":
        return False
    try:
        os.kill(pid, 0)  # signal 0 only asks
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


@contextmanager
def replacing(final: Path) -> Iterator[Path]:
    """A file beside the final one that takes its place once it is whole."""
    partial = final.with_name(f".{os.getpid()}.{final.name}")
    with disk_trouble(final.parent):
        try:
            yield partial
            partial.replace(final)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def disk_trouble(home: Path) -> Iterator[None]:
    """Turn the system's refusal to write into one line for the user."""
    remedy = {
        errno.ENOSPC: "free some space",
        errno.EDQUOT: "free some space",
        errno.EFBIG: "allow larger files",
    }
    try:
        yield
    except OSError as error:
        what = error.strerror or str(error)
        hint = remedy.get(error.errno or 0, "make it writable")
        raise InputError(
            f"cannot write results to '{home}': {what}; {hint} or choose another folder"
        ) from error
