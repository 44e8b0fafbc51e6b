"""Hydra's side of the house: compose the configuration, hand over checked Settings.

The only module besides `door` that knows Hydra, and it imports it when asked, not before.
Hydra refuses unknown keys with a hint to force them in; here every plain override is let
through (`++`) and `Settings.from_dict` refuses it with the nearest valid name. That one check
also sees `+typo=1`, and a measure takes `intensity=0` though its file does not mention it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import Any

from sim.draws import read_rows
from sim.errors import InputError, blaming, brief, unknown
from sim.policies.schedule import canonical
from sim.settings import BaselineChoice, Settings
from sim.words import STUDIES, key_of, label_as_list, meant, readable

HYDRA = RLock()
"""Hydra composes for one thread at a time: its state is the whole process's."""
_HERE = Path(__file__).resolve().parent
# beside the package in a checkout, inside it in a wheel
CONF = next((p for p in (_HERE / "conf", _HERE.parent / "conf") if p.is_dir()), _HERE / "conf")

REFERENCE = re.compile(r"\\\$\{|\$\{\s*[\w.\[\]-]+\s*\}")
"""What a `${` may be: escaped, or the name of a key."""
NESTED = re.compile(r"\s*(\{|\[[^\]]*[\[{])")
"""What a group of Hydra's cannot be: a mapping, a list of lists or of mappings."""
USED = re.compile(r"hydra[./](launcher|sweeper|mode|job\.env_set|job\.env_copy)(?![\w])")
"""Keys of Hydra that do something here."""


def load(*overrides: str | Iterable[str], config_dir: str | Path | None = None) -> Settings:
    """The settings of `python -m sim OVERRIDES`, checked.

    config_dir: a folder with groups of the user's own, e.g. scenario/mine.yaml.
    Raises InputError with the nearest valid name. Leaves no trace in Hydra's global state.

    >>> load("scenario=eu_2022", "months=24").months
    24
    """
    from hydra import compose

    said = tuple(_texts(overrides))  # a list of them is understood as well
    roots, search = places(config_dir)
    with composing(roots), odd(roots):
        cfg = compose("config", overrides=[*lenient(said, roots), *search])
    return from_hydra(cfg, said, config_dir)


def _texts(overrides: Iterable[Any]) -> Iterator[str]:
    for override in overrides:
        if isinstance(override, str):
            yield override
        elif isinstance(override, list | tuple):
            yield from _texts(override)
        else:
            raise InputError(f"{override!r} is no text such as 'months=24'")


def places(config_dir: str | Path | None) -> tuple[list[Path], list[str]]:
    """Folders with configuration groups, ours and the user's, and the override that adds it."""
    if config_dir is None:
        return [CONF], []
    own = Path(config_dir).expanduser().resolve()
    if not own.is_dir():
        raise InputError(f"configuration folder '{config_dir}' does not exist")
    return [CONF, own], [f"hydra.searchpath=['file://{own}']"]


@contextmanager
def composing(roots: list[Path]) -> Iterator[None]:
    """Hydra ready to compose from conf/, its errors as InputError, no trace left behind."""
    from hydra import initialize_config_dir
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    with HYDRA, own_hydra():
        try:
            os.getcwd()  # which Hydra notes
        except FileNotFoundError:
            raise InputError("the working directory is gone; change to one that exists") from None
        try:
            with initialize_config_dir(str(CONF), job_name="sim", version_base="1.3"):
                yield
        except InputError:
            raise
        except (HydraException, OmegaConfBaseException, ValueError, YAMLError) as error:
            raise translated(error, roots) from None


@contextmanager
def odd(roots: list[Path]) -> Iterator[None]:
    """Hydra at work on what somebody typed: whatever it stumbles over is the user's to mend."""
    try:
        yield
    except Exception as error:
        raise (error if isinstance(error, InputError) else translated(error, roots)) from None


def from_hydra(
    cfg: Any,
    overrides: Iterable[str] = (),
    config_dir: str | Path | None = None,
    name: str | None = None,
) -> Settings:
    """Settings from what Hydra composed (an OmegaConf node without its `hydra` part).

    overrides: what was composed with; the reference is composed with the same, only for
    another scenario. name: of the results folder where the configuration gives none; by default
    that of the experiment.
    """
    from omegaconf import OmegaConf

    _refuse_resolvers(OmegaConf.to_container(cfg, resolve=False))
    with odd(places(config_dir)[0]):
        tree: Any = OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    _find_tables(tree, places(config_dir)[0])
    _find_draws(tree, places(config_dir)[0])
    given = {key: o for o in overrides if (key := o.lstrip("+").partition("=")[0])}
    if tree.get("name") is None:
        tree["name"] = name or given.get("experiment", "").partition("=")[2] or None
    if isinstance(tree.get("reference"), str | list):
        scenario = str(tree["reference"]).replace("'", "").replace(" ", "")
        # what is set of the scenario belongs to it; a reference has none of its own
        mine = re.compile(r"name|seeds?|draws|reference|output|scenario|hydra")
        same = [o for key, o in given.items() if not mine.fullmatch(re.split(r"[./]", key)[0])]
        with blaming("reference"):
            tree["reference"] = _reference((*same, f"scenario={scenario}"), config_dir)
    kept = tuple(o.lstrip("+") for o in given.values() if not o.startswith("hydra"))
    return replace(Settings.from_dict(tree), overrides=kept)


def _find_tables(tree: dict[str, Any], roots: list[Path]) -> None:
    """Read `table: FILE` of measures, seen from the folder of scenarios that names it.

    The rows take the file's place: a run is what stood in it, wherever it lies tomorrow.
    """
    measures = (tree.get("scenario") or {}).get("measures")
    for name, body in measures.items() if isinstance(measures, dict) else ():
        file = body.get("table") if isinstance(body, dict) else None
        if not isinstance(file, str):
            continue
        near = [folder for root in reversed(roots) for folder in (root / "scenario", root)]
        candidates = [folder / file for folder in (*near, Path.cwd())]
        with blaming(f"measure '{name}'"):
            try:
                found = next(filter(Path.is_file, candidates), None)
            except (OSError, ValueError):  # too long, a null byte
                found = None
            if found is None:
                seen = ", ".join(str(folder) for folder in (*near[:2], "."))
                raise InputError(f"table '{brief(file)}' is in none of {seen}")
            body["table"] = canonical(str(found), name)


def _find_draws(tree: dict[str, Any], roots: list[Path]) -> None:
    """Read as many draws of parameters as `draws` says, for the tables of the run."""
    count = tree.get("draws")
    if count is None or isinstance(count, list):
        return
    chosen = tree.get("baseline") or {}
    known = {k: chosen[k] for k in ("name", "path") if isinstance(chosen.get(k), str)}
    tree["draws"] = list(read_rows(BaselineChoice(**known).label, count, roots))


def _refuse_resolvers(tree: Any, where: str = "") -> None:
    """InputError for `${oc.env:NAME}` and its like: what they find would land in results."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            _refuse_resolvers(value, f"{where}.{key}" if where else str(key))
    elif isinstance(tree, list):
        for value in tree:
            _refuse_resolvers(value, where)
    elif isinstance(tree, str) and "${" in REFERENCE.sub("", tree):
        raise InputError(
            f"{where} = {brief(tree)}: only a key of this configuration can be referred to, e.g. "
            "${scenario.sets.name}; nothing is read from the environment, it would land in results"
        )


@lru_cache(maxsize=16)  # the points of a sweep often have the same one
def _reference(overrides: tuple[str, ...], config_dir: str | Path | None) -> dict[str, Any]:
    return load(*overrides, "reference=null", config_dir=config_dir).apart()


def lenient(overrides: Iterable[str], roots: Iterable[Path] = (CONF,)) -> list[str]:
    """Overrides that Hydra will not refuse: `key=value` as `++key=value`, groups untouched."""
    groups = {p.name for root in roots for p in root.glob("*/")}
    scenarios = {p.stem for root in roots for p in (root / "scenario").glob("*.yaml")}
    plain = re.compile(r"[A-Za-z_][\w.]*(?==)", re.ASCII)
    out = []
    for override in (label_as_list(readable(o), scenarios) for o in overrides):
        _refuse_idle(override)
        key = plain.match(override)
        if key and key[0] in groups:
            _refuse_nested(key[0], override[key.end() + 1 :])
        out.append(f"++{override}" if key and key[0] not in groups else override)
    return out


def _refuse_nested(group: str, value: str) -> None:
    """InputError for a group that is told neither an option nor a list of them."""
    if NESTED.match(value):
        raise InputError(
            f"{group}={brief(value)}: a group takes one option or a list of options, "
            f"e.g. {group}=a or {group}=[a,b]"
        )


def _refuse_idle(override: str) -> None:
    """InputError for a key of Hydra's that would change nothing."""
    key = key_of(override)
    if not key.startswith(("hydra.", "hydra/")) or USED.match(key):
        return
    instead = "of Hydra's keys, hydra.launcher, hydra.sweeper and hydra.mode are used"
    if key == "hydra.verbose" or "logging" in key:
        instead = "Hydra keeps no log; how far a run is, it says on the error stream"
    if key.endswith(".dir") or key == "hydra.output_subdir":
        instead = "results go to output.folder"
    raise InputError(f"{key} does nothing here; {instead}")


@contextmanager
def own_hydra() -> Iterator[None]:
    """A GlobalHydra of our own; whatever was there before (a running job's) comes back."""
    from hydra.core.global_hydra import GlobalHydra

    instance = GlobalHydra.instance()
    before, instance.hydra = instance.hydra, None
    try:
        yield
    finally:
        GlobalHydra.instance().hydra = before


def translated(error: Exception, roots: list[Path]) -> InputError:
    """Hydra's trouble in one sentence, with the nearest option of a group."""
    missing = getattr(error, "missing_cfg_file", None)
    if missing:
        group, _, option = str(missing).removesuffix(".yaml").rpartition("/")
        files = (f for root in roots for f in (root / group).glob("*.yaml"))
        options = sorted({f.stem for f in files} | {*(getattr(error, "options", None) or [])})
        for study in STUDIES if group == "experiment" else ():
            if any((root / study / f"{option}.yaml").is_file() for root in roots):
                return InputError(f"'{option}' is for python -m sim.{study} experiment={option}")
        return unknown(group, option, options)
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        problem = getattr(error, "problem", "it is no YAML")
        return InputError(f"cannot read {mark.name}, line {mark.line + 1}: {problem}")
    lines = [x.strip() for x in str(error).replace("++", "").splitlines()] or ["it ends too early"]
    if hasattr(error, "override"):
        said = brief(str(error.override).lstrip("+"))
        near = "" if "=" in said else meant(said, roots)
        hint = f"; did you mean {near}?" if near else "; write it as key=value"
        if "=" in said:
            hint = "; is a quote or a bracket missing, or is the key no Latin word?"
        return InputError(f"cannot read override '{said}'{hint}")
    for study in STUDIES:
        if lines[0].startswith(f"Could not override '{study}'"):
            return InputError(f"'{study}' has a command of its own: python -m sim.{study} --help")
    if lines[0].startswith("Ambiguous value"):
        comma = re.search(r"=(\d+),(\d+)'", lines[0])
        point = f", for a number {comma[1]}.{comma[2]}" if comma else ""
        return InputError(f"{brief(lines[0])}; for a sweep add -m, for a list write [a,b]{point}")
    if isinstance(error, OSError):
        return InputError(f"a name in what was typed cannot be looked for: {error.strerror}")
    if lines[0].startswith("Exceeds the limit"):
        return InputError("a number in what was typed has more than 4,300 digits")
    if isinstance(error, TypeError | AttributeError | AssertionError):
        return InputError(
            "what was typed cannot be put together: a group takes one option or a list of options, "
            "a key one value"
        )
    return InputError(brief(next(filter(None, lines), type(error).__name__), 300))
