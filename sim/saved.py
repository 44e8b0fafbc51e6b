"""A model in a file, and back: what changes in a run as arrays, the rest made again.

The file is a NumPy archive: the settings as JSON, and the arrays of the state and of the months
recorded. Nothing in it is executed. Whoever loads it builds the same economy from the same tables
and settings and goes on to the bit.
"""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from sim.baseline.balance import Baseline
from sim.errors import InputError
from sim.foresight import Thought
from sim.market.kernels import Places
from sim.market.links import Links
from sim.record.manifest import model_version
from sim.settings import Settings

if TYPE_CHECKING:
    from sim.model import UnionModel

Arrays = dict[str, np.ndarray]
Record = TypeVar("Record")
ABOUT, FORM = "about", "eaeu-sim: a model in mid-run, 1"


def save(model: UnionModel, path: str | Path) -> Path:
    """Write a model between two months; the file is whole or not there. Returns its path."""
    path = Path(path)
    arrays = {**_changing(model), **_panel(model)}
    about = {
        "form": FORM,
        "model": model_version(),
        "data": model.economy.baseline.source_digest,
        "settings": model.settings.resolved(),
        "overrides": list(model.settings.overrides),
        "month": model.clock,
        "steps": model.steps,
        "thoughts": [vars(thought) for thought in model.thoughts],
        "seconds": model.seconds,
        "random": model.random.getstate(),
        "rng": model.rng.bit_generator.state,
        "arrays": _hash(arrays),
    }
    text = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with partial.open("wb") as file:
            np.savez_compressed(file, **{ABOUT: text}, **arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def load(kind: type[UnionModel], path: str | Path, baseline: Baseline | None) -> UnionModel:
    """The model of `save`, before the month it was saved before.

    baseline: the tables it was made with, where they were not read from the settings' folder.
    Raises InputError for a file that is damaged or none of ours, or was saved by another version
    of the model or with other tables.
    """
    path = Path(path)
    about, arrays = _read(path)
    if about["model"] != model_version():
        raise InputError(
            f"'{path}' was saved by version {about['model']} of the model, this is "
            f"{model_version()}: their months do not fit together; run it again from its start"
        )
    settings = Settings.from_dict(about["settings"])
    model = kind(replace(settings, overrides=tuple(about["overrides"])), baseline)
    if about["data"] != model.economy.baseline.source_digest:
        raise InputError(
            f"'{path}' was saved with other tables than those in '{settings.baseline.label}'; "
            "give the same ones"
        )
    try:
        model.clock = int(about["month"])
        _resume(model, about, arrays)
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise _damaged(path) from error
    return model


def _resume(model: UnionModel, about: Mapping[str, Any], arrays: Arrays) -> None:
    """Put what had changed in place; ValueError for an array of another shape or kind."""
    model.state = _restored(model.state, "state", arrays)
    _check(model.state.links, model.market.places)
    model.panel.resume(
        {name.removeprefix("panel."): a for name, a in arrays.items() if name.startswith("panel.")},
        model.clock,
    )
    model.passes = _like(model.passes, arrays["passes"])
    model.last_regions = {
        name: _like(old, arrays[f"last.{name}"]) for name, old in model.last_regions.items()
    }
    for country in model.countries:
        country.public_spending = float(arrays["public_spending"][country.position])
        country.compliance = float(model.state.compliance[country.position])
    last = max(model.clock - 1, 0)
    model.senders, model.pressing = model.path.senders(last), model.path.pressing(last)
    model.thoughts = [Thought(**given) for given in about["thoughts"]]
    model.panel.decisions = model.foresight.told(model.thoughts, model.panel)
    model.steps, model.seconds = int(about["steps"]), float(about["seconds"])
    model.running = model.clock < model.settings.months
    version, inner, gauss = about["random"]
    model.random.setstate((version, tuple(inner), gauss))
    model.rng.bit_generator.state = about["rng"]


def _changing(model: UnionModel) -> Arrays:
    spending = np.array([country.public_spending for country in model.countries])
    last = {f"last.{name}": values for name, values in model.last_regions.items()}
    return {
        **dict(_flat(model.state, "state")),
        **last,
        "public_spending": spending,
        "passes": model.passes,
    }


def _panel(model: UnionModel) -> Arrays:
    return {f"panel.{name}": values for name, values in model.panel.recorded().items()}


def _flat(record: Any, name: str) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays of a record and of the records in it, `state.links.seller` and the like."""
    for part, value in _parts(record):
        if isinstance(value, np.ndarray | bool):
            yield f"{name}.{part}", np.asarray(value)
        else:
            yield from _flat(value, f"{name}.{part}")


def _restored(record: Record, name: str, arrays: Arrays) -> Record:
    """The same record with the arrays of a file in it, each of the shape and kind it replaces."""
    found: dict[str, Any] = {}
    for part, value in _parts(record):
        key = f"{name}.{part}"
        if isinstance(value, bool):
            found[part] = bool(_like(np.asarray(value), arrays[key]))
        elif isinstance(value, np.ndarray):
            found[part] = _like(value, arrays[key])
        else:
            found[part] = _restored(value, key, arrays)
    return type(record)(**found)


def _parts(record: Any) -> list[tuple[str, Any]]:
    names = [f.name for f in fields(record)] if is_dataclass(record) else record._fields
    return [(name, getattr(record, name)) for name in names]


def _like(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    if new.shape != old.shape or new.dtype != old.dtype:
        raise ValueError(f"{new.dtype}{new.shape} instead of {old.dtype}{old.shape}")
    return new


def _check(links: Links, places: Places) -> None:
    """ValueError for links that kernels would follow out of their rows."""
    room = np.diff(places.row)
    if (links.length < 0).any() or (links.length > room).any():
        raise ValueError("more links than there is room for")
    if (links.seller >= len(places.firm_region)).any():
        raise ValueError("a seller that there is not")


def _read(path: Path) -> tuple[dict[str, Any], Arrays]:
    """What stands in a file, if it is whole; InputError if it is not."""
    if not path.is_file():
        raise InputError(f"'{path}' is not a file; give one that model.save() wrote")
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        about = json.loads(arrays.pop(ABOUT).tobytes())
        whole = about["form"] == FORM and about["arrays"] == _hash(arrays)
    except (
        OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, MemoryError,
        zlib.error, zipfile.BadZipFile, NotImplementedError,
    ) as error:  # fmt: skip
        raise _damaged(path) from error
    if not whole:
        raise _damaged(path)
    return about, arrays


def _damaged(path: Path) -> InputError:
    return InputError(f"'{path}' is no model that model.save() wrote, or it is damaged")


def _hash(arrays: Arrays) -> str:
    digest = sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {arrays[name].shape}\n".encode() + array.tobytes())
    return digest.hexdigest()
