"""What a study varies: a number between two bounds, or a choice among several."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sim.arithmetic import power
from sim.errors import InputError, blaming, unknown
from sim.settings import Settings

Point = Mapping[str, Any]
"""A value for every parameter by name."""


@dataclass(frozen=True)
class Parameter:
    """Something that is varied: between two bounds, or among choices.

    sets: the keys that get the value. within: the runs it belongs to, all if empty.
    """

    name: str
    sets: tuple[str, ...]
    low: float = 0.0
    high: float = 1.0
    whole: bool = False
    log: bool = False
    choices: tuple[str, ...] = ()
    within: tuple[str, ...] = ()

    def at(self, share: float) -> Any:
        """The value at a place between 0, the low bound or first choice, and 1."""
        if self.choices:
            return self.choices[min(int(share * len(self.choices)), len(self.choices) - 1)]
        if self.whole:
            count = round(self.high) - round(self.low) + 1
            return round(self.low) + min(int(share * count), count - 1)
        if self.log:
            return float(self.low * power(self.high / self.low, share))
        return float(self.low + share * (self.high - self.low))

    @classmethod
    def read(cls, name: str, given: object, runs: Mapping[str, Settings]) -> Parameter:
        """From `[low, high]`, null (the bounds of sim/params.py) or a mapping."""
        with blaming(f"parameter '{name}'"):
            tree = _tree(given)
            keys = ("low", "high", "log", "choices", "subsets", "sets", "runs")
            for key in tree:
                if key not in keys:
                    raise unknown("key", key, keys)
            sets = tree.get("sets", name)
            sets = (sets,) if isinstance(sets, str) else tuple(sets)
            within = tree.get("runs") or ()
            within = (within,) if isinstance(within, str) else tuple(within)
            for run in within:
                if run not in runs:
                    raise unknown("run", run, runs)
            if "subsets" in tree or "choices" in tree:
                given = _subsets(tree["subsets"]) if "subsets" in tree else tree["choices"]
                if not isinstance(given, Sequence) or isinstance(given, str) or len(given) < 2:
                    raise InputError(f"choices = {given!r} is not a list of two or more")
                return cls(name, sets, choices=tuple(map(_text, given)), within=within)
            record = _metadata(sets[0], next(iter(runs.values())))
            bounds = [tree.get(key, record.get(key)) for key in ("low", "high")]
            low, high = (_number(b, k) for b, k in zip(bounds, ("low", "high"), strict=True))
            if not low < high:
                raise InputError(f"low = {low:g} is not below high = {high:g}")
            for allowed in filter(None, (_metadata(s, next(iter(runs.values()))) for s in sets)):
                if low < allowed["low"] or high > allowed["high"]:
                    raise InputError(
                        f"[{low:g}, {high:g}] is outside [{allowed['low']:g}, "
                        f"{allowed['high']:g}] ({allowed['unit']})"
                    )
            log = bool(tree.get("log", False))
            if log and low <= 0:
                raise InputError(f"low = {low:g} has no logarithm; leave out log or raise it")
            return cls(name, sets, low, high, bool(record.get("whole")), log, (), within)


def _tree(given: object) -> dict[str, Any]:
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return dict(given)
    if isinstance(given, list) and len(given) == 2:
        return {"low": given[0], "high": given[1]}
    raise InputError(f"{given!r} is neither [low, high] nor a mapping")


def _number(value: object, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"{key} = {value!r} is not a number")
    return float(value)


def _text(value: object) -> str:
    """A choice as one would write it after `key=`."""
    if isinstance(value, list):
        return f"[{','.join(map(_text, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _subsets(members: object) -> list[list[object]]:
    """All but the empty one, small ones first."""
    if not isinstance(members, list) or len(members) < 2:
        raise InputError(f"subsets = {members!r} is not a list of two or more")
    counts = range(1, len(members) + 1)
    return [list(c) for n in counts for c in itertools.combinations(members, n)]


def _metadata(key: str, settings: Settings) -> dict[str, Any]:
    """What sim/params.py knows of a number: unit, bounds, whether it is whole; or nothing."""
    room, _, name = key.partition(".")
    if not hasattr(settings, room):
        raise unknown("key", key, [f.name for f in fields(settings)])
    record = getattr(settings, room) if name else settings
    if room == "scenario" or not hasattr(record, "__dataclass_fields__"):
        return {}
    known = {f.name: f for f in fields(record)}
    if (name or room) not in known:
        raise unknown("key", key, [f"{room}.{k}" for k in known])
    found = dict(known[name or room].metadata)
    return found | {"whole": isinstance(getattr(record, name or room), int)} if found else {}
