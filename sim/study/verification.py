"""Does a stored run still come out the same? What is compared, and what is said when not."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.baseline.tables import read_tables
from sim.errors import InputError
from sim.prepared import tables
from sim.record import columns
from sim.record.manifest import environment, model_version, run_id
from sim.record.sound import DONE, plain_yaml, signed
from sim.run import simulate
from sim.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.panel import Panel

TOLERANCE = 1e-9
"""Of the size of a series; between other versions of libraries. Another processor gives the same
bits (`sim.arithmetic`)."""
SIZE = "the size of its series (money: GDP of the region; shares and indices: 1)"
SHOWN = 3
TABLES = (*(table.name for table in columns.TABLES), "residuals")


class Verdict(IntEnum):
    """Exit codes of `python -m sim.verify`."""

    SAME = 0
    DIFFERS = 1
    UNUSABLE = 2


@dataclass(frozen=True)
class Finding:
    """What was found about one folder, in words."""

    folder: Path
    verdict: Verdict
    message: str

    def __str__(self) -> str:
        return f"{self.verdict.name.lower():8} {self.folder}: {self.message}"


class Unusable(InputError):
    """A folder that cannot be compared with anything."""


def run_folders(root: Path) -> list[Path]:
    """All runs at or below a folder; InputError if there is none."""
    paths = root.rglob("manifest.json") if root.is_dir() else ()
    hidden = re.compile(r"(^|/)[.]")
    found = sorted(p.parent for p in paths if not hidden.search(str(p.relative_to(root))))
    if not found:
        raise InputError(f"no run in '{root}'; name results/NAME/RUN or a folder that holds some")
    return found


def verify(folder: Path, across_versions: bool = False, where: Path | None = None) -> Finding:
    """Check the files of a run, simulate it again and compare.

    A folder may hold fewer tables than a run writes (a published one does); what is there is
    compared, and the content hash of all numbers always.
    across_versions: compare the numbers even if the code or the tables have changed since.
    where: the folder of the user's own tables, if a run was made with some.
    """
    try:
        return _verify(folder, across_versions, where)
    except Exception as error:  # the folders after this one should be looked at, too
        kind = "" if isinstance(error, InputError) else f"{type(error).__name__}: "
        return Finding(folder, Verdict.UNUSABLE, kind + " ".join(str(error).split()))


def _verify(folder: Path, across_versions: bool, where: Path | None) -> Finding:
    if (folder / "ensemble.json").is_file():
        raise Unusable(f"an ensemble is made of runs: verify --all {folder.parents[1]}")
    changed = _changed_files(folder)
    manifest = _manifest(folder)
    settings = settings_of(folder, manifest["data_digest"], where)
    stored = _stored_tables(folder, changed)
    expected = run_id(settings.identity(), manifest["data_digest"], manifest["model"])
    if expected != manifest["run_id"]:
        told = _changed_parameters(settings, manifest)
        text = f"configuration changed: config.yaml belongs to run {expected}, not to"
        return Finding(folder, Verdict.DIFFERS, f"{text} {manifest['run_id']}{told}")
    foreign = _foreign(settings, manifest)
    if foreign and not across_versions:
        also = f"; besides, changed since the run: {', '.join(changed)}" if changed else ""
        raise Unusable(f"foreign version: {foreign}; --across-versions compares the numbers{also}")
    panel = simulate(settings)
    return _compare(folder, panel, stored, manifest, changed, foreign)


def _compare(
    folder: Path,
    panel: Panel,
    stored: dict[str, pd.DataFrame],
    manifest: dict[str, Any],
    changed: list[str],
    foreign: str,
) -> Finding:
    peaks = panel.regions.groupby("region", observed=True)["gdp_musd"].max()
    gdp = {str(region): float(value) for region, value in peaks.items()}
    largest, cells = 0.0, []
    for name, frame in stored.items():
        error, told = differences(name, frame, getattr(panel, name), gdp)
        largest = max(largest, error)
        cells += told
    elsewhere = places(manifest, environment())
    same_bits = panel.digest == manifest["digest"]
    said = (f"another model: {foreign}" if foreign else "", elsewhere)
    notes = [f"({text})" for text in said if text]
    if largest > 0.0 and (same_bits or not elsewhere or largest > TOLERANCE):
        files = f" ({', '.join(changed)} changed since it was stored)" if changed else ""
        text = f"numbers changed{files}, by up to {largest:.2g} of {SIZE}: {'; '.join(cells)}"
        return Finding(folder, Verdict.DIFFERS, " ".join([text, *notes]))
    if changed:
        text = f"files changed since the run: {', '.join(changed)}"
        return Finding(folder, Verdict.DIFFERS, text)
    if same_bits:
        return Finding(folder, Verdict.SAME, " ".join(["same to the last bit", *notes]))
    if not elsewhere and not foreign:
        text = "content hash differs, though the tables that are here agree"
        return Finding(folder, Verdict.DIFFERS, text)
    text = f"same within {TOLERANCE:g} of {SIZE} (largest difference {largest:.2g}), not to the bit"
    return Finding(folder, Verdict.SAME, " ".join([text, *notes]))


def places(manifest: Mapping[str, Any], here: Mapping[str, Any]) -> str:
    """Where a run was made if not in a place like this one, in words; empty if in one.

    Another processor alone should change no bit, other libraries may.
    """
    told = []
    for name, version in here["libraries"].items():
        before = manifest.get("libraries", {}).get(name)
        if before != version:
            told.append(f"{name} {before}, here {version}")
    if manifest.get("python") != here["python"]:
        told.append(f"Python {manifest.get('python')}, here {here['python']}")
    if told:
        return f"other libraries: {'; '.join(told)}"
    before, now = manifest.get("processor") or {}, here["processor"]
    what = [k for k in ("machine", "name", "features") if before.get(k) != now[k]]
    if what:
        said = "; ".join(f"{k} {_short(before.get(k))}, here {_short(now[k])}" for k in what)
        return f"another processor, which should change no bit: {said}"
    if manifest.get("platform") != here["platform"]:
        return f"another system: {manifest.get('platform')}, here {here['platform']}"
    return ""


def _short(value: object) -> str:
    if isinstance(value, list):
        return f"{len(value)} ({value[-1]})" if value else "none"
    return "unknown" if value is None else str(value)


def differences(
    name: str, stored: pd.DataFrame, again: pd.DataFrame, gdp: Mapping[str, float]
) -> tuple[float, list[str]]:
    """Largest difference of two tables, and the cells that differ most, in words.

    A difference counts relative to the size of its series: money to the GDP of its region (of
    the smaller one of a pair), shares, prices and indices to 1, or to themselves beyond 1. A
    balance that happens to be near zero, or a rare trade, is not a measure of itself. What is
    recorded now and was not then says nothing about the run.
    gdp: of every region, million USD a month.
    """
    known = {table.name: table for table in columns.TABLES}
    keys = ["month", *(known[name].keys if name in known else ())]
    if lost := [column for column in stored if column not in again]:
        return np.inf, [f"{name}: no column {', '.join(map(str, lost))} now"]
    if len(stored) != len(again) or not set(keys) <= set(stored):
        return np.inf, [f"{name}: {len(stored)} rows, now {len(again)}, by {', '.join(keys)}"]
    for key in keys:
        if not (stored[key].astype(str).to_numpy() == again[key].astype(str).to_numpy()).all():
            return np.inf, [f"{name}: other labels in column {key}"]
    regions = [k for k in keys if k in ("region", "origin", "destination")]
    found = []
    for variable in (str(c) for c in stored if c not in keys):
        old, new = stored[variable].to_numpy(), again[variable].to_numpy()
        if not np.issubdtype(old.dtype, np.number):
            return np.inf, [f"{name}: column {variable} holds no numbers as it is stored"]
        money = name in known and "USD" in known[name][variable].unit
        with np.errstate(invalid="ignore"):
            size = np.maximum(np.maximum(np.abs(old), np.abs(new)), 1.0)
            if money and regions:
                size = np.min([stored[k].astype(str).map(gdp).to_numpy(float) for k in regions], 0)
            error = np.where(old == new, 0.0, np.abs(old - new) / size)
        error = np.where(np.isnan(error), np.inf, error)
        row = int(error.argmax())
        if error[row] > 0:
            cell = " ".join(str(stored[k].iloc[row])[:10] for k in keys)
            text = f"{name}.{variable} [{cell}] {old[row]:.12g}, now {new[row]:.12g}"
            found.append((float(error[row]), text))
    found.sort(reverse=True)
    return (found[0][0] if found else 0.0), [text for _, text in found[:SHOWN]]


def _changed_files(folder: Path) -> list[str]:
    """Files that are not what DONE says; Unusable if DONE or one of them is missing."""
    try:
        named = signed(folder)
    except (OSError, ValueError):
        raise Unusable(f"not a finished run: no readable file {DONE}") from None
    for name in ("config.yaml", "manifest.json"):
        if name not in named:
            raise Unusable(f"file {DONE} is damaged: it does not name {name}")
    changed = []
    for name, digest in named.items():
        try:
            content = (folder / name).read_bytes()
        except OSError as error:
            raise Unusable(f"file {name} is missing: {error.strerror}") from None
        if sha256(content).hexdigest() != digest:
            changed.append(name)
    return changed


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
        for key in ("run_id", "model", "digest", "data_digest"):
            if not isinstance(manifest[key], str):
                raise ValueError(f"{key} is not text")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unusable(f"manifest.json is damaged or truncated: {error}") from None
    return manifest


def settings_of(folder: Path, digest: str, where: Path | None = None) -> Settings:
    """The configuration of a run, its tables where they are now.

    A relative path was meant from where the run was made, most often the folder that holds
    `results`: a folder above the run that has such tables, with the hash of the manifest, is it.
    where: says it instead.
    """
    try:
        tree = plain_yaml((folder / "config.yaml").read_text("utf-8"))
        chosen = tree.get("baseline")
        if isinstance(chosen, dict) and isinstance(chosen.get("path"), str):
            chosen["path"] = str(where or _found(folder, Path(chosen["path"]), digest))
    except Unusable:
        raise
    except (OSError, ValueError) as error:
        text = " ".join(str(error).split())
        raise Unusable(f"config.yaml is damaged or truncated: {text}") from None
    try:
        return Settings.from_dict(tree)
    except (AttributeError, TypeError) as error:
        raise Unusable(f"config.yaml is damaged or truncated: {error}") from None
    except InputError as error:
        raise Unusable(f"config.yaml cannot be used by this version: {error}") from None


def _found(folder: Path, given: Path, digest: str) -> Path:
    """The user's tables, from here or from a folder above the run; Unusable if they are nowhere."""
    for above in (Path(), *folder.resolve().parents):
        with suppress(InputError, OSError):
            if (above / given).is_dir() and read_tables(above / given).source_digest == digest:
                return above / given
    if given.is_dir():
        return given  # others than the run's: said as a foreign version
    raise Unusable(f"its tables '{given}' are not here; name their folder: --tables FOLDER")


def _stored_tables(folder: Path, changed: list[str]) -> dict[str, pd.DataFrame]:
    import pandas as pd

    found = {}
    for name in TABLES:
        path = folder / f"{name}.parquet"
        if not path.exists():
            continue
        try:
            found[name] = pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise Unusable(f"file {path.name} is damaged or truncated: {error}") from None
    for name in changed:
        path = folder / name
        if path.parent.name == "baseline":
            try:
                pd.read_parquet(path)
            except (OSError, ValueError) as error:
                raise Unusable(f"file {name} is damaged or truncated: {error}") from None
    if not found:
        raise Unusable("no table to compare with")
    return found


def _changed_parameters(settings: Settings, manifest: dict[str, Any]) -> str:
    """Which parameters are not those the manifest remembers."""
    from sim.run import parameters

    before, now = manifest.get("parameters") or {}, parameters(settings)
    told = [
        f"{key} = {now[key]!r}, was {before[key]!r}"
        for key in now
        if key in before and now[key] != before[key]
    ]
    return f" ({'; '.join(told)})" if told else ""


def _foreign(settings: Settings, manifest: dict[str, Any]) -> str:
    """What made this run, if it was not this code with these tables."""
    said = []
    if manifest["model"] != model_version():
        commit = manifest.get("commit") or {}
        at = (
            f" (commit {commit['id'][:12]}{', edited' if commit.get('dirty') else ''})"
            if commit
            else ""
        )
        said.append(f"made by model {manifest['model']}{at}, this is {model_version()}")
    if manifest["data_digest"] != tables(settings).source_digest:
        said.append(
            f"made from tables {manifest['data_digest'][:12]}, "
            f"these are {tables(settings).source_digest[:12]}"
        )
    return ", ".join(said)
