"""A results folder may come from anywhere: what is read is checked first, and is only data.

DONE names every file with its hash. Whoever reads a file of a run through `text_of`, `json_of`,
`yaml_of` or `intact` gets what was written, or one line that says which file is not what it was.
Names that lead out of the folder are refused, YAML is read without tags and without aliases
(a page of them unfolds to gigabytes), and nothing is unpickled or evaluated. `python -m sim.verify`
checks the numbers themselves, by running again.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from sim.axes import Axes, Month
from sim.errors import InputError

DONE = "DONE"
LARGEST_TEXT = 4_000_000
"""Bytes of a configuration, manifest or summary; ours have some ten thousand."""
SIGNED = re.compile(r"(baseline/)?[^/]+[.]parquet|config[.]yaml|manifest[.]json|summary[.]csv")
"""What DONE has to name if it is there; a page or a note beside the results need not be."""


def signed(folder: Path) -> dict[str, str]:
    """Hash of each file by name, as DONE has them.

    OSError if it cannot be read, ValueError if it names nothing, or something outside the folder.
    """
    if (folder / DONE).stat().st_size > LARGEST_TEXT:
        raise ValueError("it is too long")
    lines = (folder / DONE).read_text(encoding="utf-8").splitlines()
    named = {}
    for line in lines:
        match = re.fullmatch(r"([0-9a-f]{64})  (\S.*)", line)
        if not match:
            raise ValueError(f"'{line[:40]}' is not a hash and a name")
        path = PurePosixPath(match[2])
        if path.is_absolute() or ".." in path.parts or "\\" in match[2] or ":" in match[2]:
            raise ValueError(f"'{match[2][:60]}' is not a file of the folder")
        named[match[2]] = match[1]
    if not named:
        raise ValueError("it is empty")
    return named


def whole_still(folder: Path) -> bool:
    """Whether every file is what its hash in DONE says."""
    try:
        return all(hash_of(folder / name) == digest for name, digest in seal(folder).items())
    except (OSError, InputError):
        return False


def hash_of(path: Path) -> str:
    """SHA-256 of a file."""
    return sha256(path.read_bytes()).hexdigest()


def seal(folder: Path) -> dict[str, str]:
    """What DONE names; InputError unless it names every file of a run that is there."""
    try:
        named = signed(folder)
    except FileNotFoundError:
        raise InputError(
            f"'{folder}' is not the folder of a finished run: it has no file {DONE}"
        ) from None
    except (OSError, ValueError) as error:
        raise damaged(folder / DONE, error) from None
    there = {name for name in _files(folder) if SIGNED.fullmatch(name)}
    if missing := sorted(there - named.keys()):
        raise damaged(folder / DONE, f"it does not name {missing[0]}")
    if lost := sorted(name for name in named if SIGNED.fullmatch(name) and name not in there):
        raise damaged(folder / lost[0], "DONE names it")
    return named


def _files(folder: Path) -> list[str]:
    """Names of the files of a folder, and of those in its `baseline`; one look at each."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries]
    if "baseline" in names:
        with suppress(OSError), os.scandir(folder / "baseline") as entries:
            names += [f"baseline/{entry.name}" for entry in entries]
    return names


def intact(folder: Path, names: Iterable[str]) -> None:
    """InputError for the first of these files that is not what was written."""
    named = seal(folder)
    for name in names:
        _same(folder, name, named)


def _same(folder: Path, name: str, named: Mapping[str, str]) -> bytes:
    path = folder / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise damaged(path, error) from None
    if name not in named:
        raise damaged(folder / DONE, f"it does not name {name}")
    if sha256(content).hexdigest() != named[name]:
        raise damaged(path, "it is not what was written; its hash differs from that in DONE")
    return content


def text_of(folder: Path, name: str, sealed: bool = True) -> str:
    """A text file of a finished folder. sealed: False for a study that is still extended."""
    try:
        content = _same(folder, name, seal(folder)) if sealed else (folder / name).read_bytes()
        if len(content) > LARGEST_TEXT:
            raise ValueError(f"{len(content):,} bytes are too many for it")
        return content.decode("utf-8")
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise damaged(folder / name, error) from None


def json_of(
    folder: Path, name: str, keys: Iterable[str] = (), sealed: bool = True
) -> dict[str, Any]:
    """A mapping from a JSON file that has the keys."""
    text = text_of(folder, name, sealed)
    try:
        tree = json.loads(text)
        if not isinstance(tree, dict):
            raise ValueError("not a mapping")
        if lacking := [key for key in keys if key not in tree]:
            raise ValueError(f"no {', '.join(lacking)}")
    except (ValueError, RecursionError) as error:
        raise damaged(folder / name, error) from None
    return tree


def yaml_of(folder: Path, name: str) -> dict[str, Any]:
    """A mapping from a YAML file without tags and aliases."""
    text = text_of(folder, name)
    try:
        return plain_yaml(text)
    except ValueError as error:
        raise damaged(folder / name, error) from None


def plain_yaml(text: str) -> dict[str, Any]:
    """The mapping that a YAML text holds; ValueError for anything but plain data."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, loader)):
            raise ValueError("it has aliases, which a run never writes")
        tree = yaml.load(text, loader)  # the safe one
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(str(error)) from None
    if not isinstance(tree, dict):
        raise ValueError("not a mapping")
    return tree


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of a finished run, every part of the kind that readers count on."""
    manifest = json_of(folder, "manifest.json")
    try:
        for key in ("run_id", "digest", "model", "data_digest", "finished"):
            _is(manifest, key, str)
        _is(manifest, "seed", int)
        for key, value in _is(manifest, "parameters", dict).items():
            if isinstance(value, dict | list):
                raise ValueError(f"parameters.{key} is not a plain value")
        _is(manifest, "libraries", dict)
        if not isinstance(manifest.get("commit") or {}, dict):
            raise ValueError("commit is not a mapping")
        datetime.fromisoformat(manifest["finished"])
        _panel(manifest)
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(folder / "manifest.json", error) from None
    return manifest


def panel_of(folder: Path) -> dict[str, Any]:
    """What a manifest says of the tables: labels, months, names of identities, texts."""
    try:
        return _panel(json_of(folder, "manifest.json", ("panel",)))
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise damaged(folder / "manifest.json", error) from None


def _panel(manifest: Mapping[str, Any]) -> dict[str, Any]:
    panel: dict[str, Any] = _is(manifest, "panel", dict)
    for key in ("scenario", "source", "start"):
        _is(panel, key, str)
    if not 1 <= _is(panel, "months", int) <= 100_000:
        raise ValueError(f"months = {panel['months']}")
    for labels in (_is(panel, "identities", list), *_is(panel, "axes", dict).values()):
        if not isinstance(labels, list) or not all(isinstance(x, str) for x in labels):
            raise ValueError("labels that are not texts")
    axes_of(panel)
    Month.parse(panel["start"])
    return panel


def axes_of(panel: Mapping[str, Any]) -> Axes:
    """Labels of a run from the 'panel' of its manifest; ValueError if they do not fit together."""
    axes = Axes(**{key: tuple(labels) for key, labels in panel["axes"].items()})
    pairs = ((axes.regions, axes.region_names), (axes.sectors, axes.sector_names))
    if any(len(codes) != len(names) or len(set(codes)) != len(codes) for codes, names in pairs):
        raise ValueError("labels and names that do not fit together")
    if not set(axes.members) <= set(axes.regions) or not set(axes.goods) <= set(axes.sectors):
        raise ValueError("members or goods that are no regions or sectors")
    return axes


def _is(tree: Mapping[str, Any], key: str, kind: type) -> Any:
    """A part of a manifest, of that kind."""
    if key not in tree:
        raise ValueError(f"no {key}")
    if not isinstance(tree[key], kind) or isinstance(tree[key], bool):
        raise ValueError(f"{key} = {str(tree[key])[:40]!r} is not {kind.__name__}")
    return tree[key]


def damaged(path: Path, error: object) -> InputError:
    """One line about a file."""
    told = " ".join(str(error).split()) or type(error).__name__
    return InputError(f"'{path}' is missing or damaged ({told[:300]}); run it again or remove it")
