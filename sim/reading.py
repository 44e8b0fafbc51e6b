"""Nested mappings read strictly: what is there is what is wanted, or is refused by its name.

A refusal is an InputError that says where, what was there, what is allowed and, for a name, the
nearest one. Nothing is guessed but that 1e5 may be a whole number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import UnionType
from typing import Any, TypeVar, get_args, get_type_hints

import yaml

from sim.errors import InputError, brief, nearest, shown, unknown
from sim.params import check_bounds
from sim.words import moved_in, read_once

Record = TypeVar("Record")
Elsewhere = Callable[[], Mapping[str, Sequence[str]]]


def mapping(given: object, where: str) -> Mapping[Any, Any]:
    """A mapping, empty for None; InputError for anything else."""
    if given is not None and not isinstance(given, Mapping):
        raise InputError(f"{where} = {shown(given)} is not a mapping of names to values")
    return given or {}


def known_keys(
    tree: Mapping[Any, Any], names: list[str], where: str, elsewhere: Elsewhere = dict
) -> None:
    """InputError for the first key that is none of these names.

    elsewhere: where each name lives, asked only then: who has the wrong room is told the right one.
    """
    for key in tree:
        if key not in names:
            kind = f"key in {where}" if where else "key"
            places = elsewhere()
            far = str(key) not in places and nearest(key, names, 0.7)
            home = "" if far else moved_in(brief(key), places)
            if home:
                raise InputError(f"unknown {kind} '{key}'; did you mean {home}?")
            raise unknown(kind, key, names)


def record(
    kind: type[Record], tree: Mapping[str, Any], where: str, elsewhere: Elsewhere = dict
) -> Record:
    """A record of that dataclass from `tree[where]`; what is not given keeps its default."""
    given = mapping(tree.get(where), where)
    types = get_type_hints(kind)
    known_keys(given, list(types), where, elsewhere)
    made = kind(**{k: typed(value, types[k], f"{where}.{k}") for k, value in given.items()})
    check_bounds(made, where)
    return made


def typed(value: Any, kind: Any, where: str) -> Any:
    """The value as int, float, bool or text; InputError rather than a guess."""
    if isinstance(kind, UnionType):
        kinds = get_args(kind)
        return None if value is None else typed(value, kinds[0], where)
    if kind is float:
        return real(value, where)
    if kind is int:
        if real(value, where).is_integer():  # 1e5 is a way to write 100000
            return int(value)
        raise InputError(f"{where} = {shown(value)} is not a whole number")
    if not isinstance(value, kind):
        wanted = {bool: "true or false", str: "text; put quotes around it"}[kind]
        raise InputError(f"{where} = {shown(value)} is not {wanted}")
    return value


def codes(value: object, where: str) -> tuple[str, ...]:
    """One code or a list of codes, as a tuple; InputError for anything else."""
    listed = [value] if isinstance(value, str) or value is False or value is True else value
    for code in listed if isinstance(listed, list | tuple) else ():
        if isinstance(code, bool):  # Norway, and Ontario
            words, example = ("yes, on, true", "ON") if code else ("no, off, false", "NO")
            raise InputError(
                f"{where}: YAML reads {words} as {str(code).lower()}, not as a code; write "
                f'"{example}" or whichever was meant in quotes'
            )
        if not isinstance(code, str):
            raise InputError(
                f"{where}: YAML reads a code as {shown(code)}, which is no text; write it in quotes"
            )
    if not isinstance(listed, list | tuple) or not all(isinstance(x, str) for x in listed):
        raise InputError(f"{where} = {shown(value)} is not a code or a list of codes")
    return tuple(listed)


def real(value: object, where: str) -> float:
    """A number as float; InputError for text, truth values and the like."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{where} = {shown(value)} is not a number")
    try:
        return float(value)
    except OverflowError:
        raise InputError(f"{where} = {shown(value)} is larger than any number here") from None


def value_of(text: str) -> Any:
    """What YAML reads in a text, `1e-3` included, which it takes for a word."""
    try:
        found = read_once(text)
    except yaml.YAMLError:
        raise InputError(f"cannot read '{text}'; are a quote or a bracket missing?") from None
    if not isinstance(found, str):
        return found
    try:
        return float(found)
    except ValueError:
        return found


def put(tree: dict[str, Any], path: list[str], given: object) -> None:
    """Set `tree[a][b][c]`; what is unknown is refused when the tree is read."""
    for key in path[:-1]:
        inner = tree.setdefault(key, {})
        if not isinstance(inner, dict):
            raise InputError(f"'{'.'.join(path)}': {key} = {inner!r} holds no further keys")
        tree = inner
    tree[path[-1]] = given


def plainly(value: Any) -> Any:
    """Without types of our own: dates as text, for YAML and JSON."""
    if isinstance(value, Mapping):
        return {str(key): plainly(v) for key, v in value.items()}
    if isinstance(value, list):
        return [plainly(v) for v in value]
    return str(value) if isinstance(value, date) else value
