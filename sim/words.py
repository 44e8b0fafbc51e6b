"""What was typed, as Hydra reads it; and what was meant, where that cannot be read.

Hydra's grammar knows Latin letters and few signs. A plain value beyond them (a folder called
Результаты, a path that begins with ~) is put between quotes here, so that nobody has to quote
twice, once for the shell and once for Hydra.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from sim.errors import InputError, brief, nearest

KEY = re.compile(r"[+~]*[A-Za-z_$][\w$./@:-]*", re.ASCII)
CALL = re.compile(
    r"\s*(choice|range|interval|glob|sort|shuffle|tag|int|float|str|bool|json_str|extend_list)"
    r"\s*\("
)
READABLE = re.compile(r"(?:[\w/\-\\+.$%*@?|: \t]|\$\{[^}]*\})*", re.ASCII)
"""What Hydra reads without quotes."""
TOKENS = re.compile(
    r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\$\{[^}]*\}|[\[\]{},:]|[^\[\]{},:'"$]+|."""
)
STUDIES = ("search", "sensitivity", "calibrate", "claims", "game")
"""Folders in conf/ that are no groups of Hydra: plans of `python -m sim.search` and the like."""


def key_of(override: str) -> str:
    """The key of `key=value`, without signs in front."""
    return override.partition("=")[0].strip().lstrip("+~")


def readable(override: str) -> str:
    """`key=value` with a plain value between quotes where Hydra could not read it otherwise.

    >>> readable("name=Опыт"), readable("seed=1,2"), readable("output.folder=~/a (b)")
    ("name='Опыт'", 'seed=1,2', "output.folder='~/a (b)'")
    """
    key, equals, value = override.partition("=")
    key, value = key.strip(), value.strip()
    if not equals or not KEY.fullmatch(key) or CALL.match(value):
        return override
    if value[:1] in ("[", "{"):
        pieces = TOKENS.findall(value)
        return f"{key}={''.join(_piece(p) for p in pieces)}"
    if value[:1] in ("'", '"') and value[-1:] == value[:1] and len(value) > 1:
        return f"{key}={value}"
    return f"{key}={','.join(map(_quoted, value.split(',')))}"


def _piece(token: str) -> str:
    """Of a list or mapping: what stands between its signs, quoted where it must be."""
    if token[:1] in "'\"[]{},:" or token.startswith("${") or not token.strip():
        return token
    inner = token.strip()
    return token.replace(inner, _quoted(inner))


def _quoted(text: str) -> str:
    if READABLE.fullmatch(text) or (text[:1] in ("'", '"') and text[-1:] == text[:1]):
        return text
    text = re.sub(r"(\\*)'", lambda found: found[1] * 2 + r"\'", text)
    text = re.sub(r"(\\+)$", lambda found: found[1] * 2, text)
    return f"'{text}'"


def read_once(text: str) -> Any:
    """What YAML reads, and no key twice: of two the last one would win in silence.

    Raises yaml.YAMLError, with the place.
    """
    import yaml

    waiting, seen = [yaml.compose(text, yaml.SafeLoader)], set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen or not isinstance(node, yaml.CollectionNode):
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            names: set[str] = set()
            for key, value in node.value:
                if (name := str(key.value)) in names:
                    problem = f"found duplicate key {name}"
                    raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
                names.add(name)
                waiting.append(value)
        else:
            waiting += node.value
    return yaml.safe_load(text)


def label_as_list(override: str, options: Iterable[str]) -> str:
    """The label that is printed, `scenario=eu_2022+embargo`, as the list it stands for."""
    key, _, value = override.partition("=")
    parts = value.strip("'\"").split("+")
    if key in ("scenario", "reference") and len(parts) > 1 and {*parts} <= {*options}:
        return f"{key}=[{','.join(parts)}]"
    return override


def refuse_twice(overrides: Iterable[str]) -> None:
    """InputError for a key that is given twice: one of the two would be lost in silence."""
    seen: dict[str, str] = {}
    for override in overrides:
        key = key_of(override)
        if key in seen and "=" in override:
            raise InputError(
                f"{key} is given twice: {brief(seen[key])} and {brief(override)}; keep one"
            )
        seen[key] = override


def later(*overrides: str) -> tuple[str, ...]:
    """Overrides without those that a later one of the same key replaces."""
    last = {key_of(override): k for k, override in enumerate(overrides)}
    return tuple(o for k, o in enumerate(overrides) if last[key_of(o)] == k)


def meant(word: str, roots: Sequence[Path]) -> str:
    """What somebody may have meant who typed a word that is no `key=value`; "" if nothing is near.

    `eu_2022` is an option of the group scenario, `coalitions` an experiment of sim.search.
    """
    bare = word.strip("-")
    choices: dict[str, str] = {}
    for root in reversed(roots):
        for file in sorted(root.glob("**/*.yaml"), key=lambda f: f.parent.name == "scenario"):
            group = file.parent.relative_to(root).as_posix()
            if group in STUDIES:
                choices[file.stem] = f"python -m sim.{group} experiment={file.stem}"
            elif group not in (".", "hydra/help") and file.stem not in ("default", "off"):
                choices[file.stem] = f"{group}={file.stem}"
    near = bare if bare in choices else nearest(bare, choices, 0.8)
    return choices[near] if near else ""


def homes(record: Any, prefix: str = "") -> dict[str, list[str]]:
    """Where each name of a tree of records lives: `{sigma_scale: [behaviour.sigma_scale]}`."""
    found: dict[str, list[str]] = {}
    for field in fields(record):
        value, name = getattr(record, field.name), f"{prefix}{field.name}"
        value = getattr(value, "rules", value)
        if is_dataclass(value) and not prefix:
            for key, places in homes(value, f"{name}.").items():
                found.setdefault(key, []).extend(places)
        elif prefix:
            found.setdefault(field.name, []).append(name)
    return found


def moved_in(key: str, places: Mapping[str, Sequence[str]]) -> str:
    """The full name of a key that was written without its room, or with a wrong one; or ""."""
    last = key.rpartition(".")[2]
    near = last if last in places else nearest(last, places, 0.85)
    return " or ".join(places[near]) if near else ""
