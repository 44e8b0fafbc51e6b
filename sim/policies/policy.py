"""What a policy is, and how the ones that exist are found.

A policy is a function `(measure, context, month) -> {lever: array}` under the `@policy`
decorator. It says what the measure moves at full strength, neutral in every cell it leaves
alone; the compiler applies the month's share, the ramp and the intensity. To add one, write it
in a file of this package: files are looked through, there is no list to keep.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

import numpy as np

import sim.policies
from sim.axes import Month
from sim.errors import InputError, shown, unknown
from sim.levers import TECHNOLOGY_CLASSES
from sim.policies import schedule
from sim.policies.context import Context
from sim.policies.measure import Measure
from sim.reading import codes, real

Contribution = dict[str, np.ndarray]
COLUMNS = ("coverage_cumulative", "coverage_effective")
_TAKES = ("by", "on", "sectors")


@dataclass(frozen=True)
class Option:
    """One thing a policy can be told besides who, on whom and when.

    kind: 'number' within [low, high]; 'flag'; 'regions', a list of codes; 'amounts', a number
    for each of some regions; 'classes', one or more of technology; 'choice', one of `choices`;
    'coverage', a share or {flow, column}, a flow of the baseline's coverage table read in one of
    its two columns; 'schedule', a file of dated rates or its rows.
    default: None if it must be given.
    """

    name: str
    kind: Literal[
        "number", "flag", "regions", "amounts", "classes", "choice", "coverage", "schedule"
    ]
    default: Any
    meaning: str
    low: float = 0.0
    high: float = 1.0
    choices: tuple[str, ...] = ()

    def read(self, value: object, where: str) -> Any:
        """The value in its canonical form; InputError if it cannot be one."""
        where = f"{where}: {self.name}"
        if self.kind == "flag":
            if not isinstance(value, bool):
                raise InputError(f"{where} = {shown(value)} is neither true nor false")
            return value
        if self.kind == "regions":
            return codes(value, where)
        if self.kind == "classes":
            return _each_in(codes(value, where), TECHNOLOGY_CLASSES, f"technology class of {where}")
        if self.kind == "choice":
            return _each_in((value,), self.choices, where)[0]
        if self.kind == "schedule":
            return schedule.canonical(value, where)
        if self.kind == "coverage" and isinstance(value, Mapping):
            return _table(value, where)
        if self.kind == "amounts":
            if not isinstance(value, Mapping):
                raise InputError(f"{where} = {shown(value)} is not a mapping of regions to numbers")
            return {str(code): self._number(value[code], f"{where} of {code}") for code in value}
        return self._number(value, where)

    def _number(self, value: object, where: str) -> float:
        number = real(value, where)
        if not self.low <= number <= self.high:
            raise InputError(f"{where} = {number:g} is outside [{self.low:g}, {self.high:g}]")
        return number


def _each_in(names: tuple[Any, ...], known: Sequence[str], where: str) -> tuple[Any, ...]:
    for name in names:
        if name not in known:
            raise unknown(where, name, known)
    if not names:
        raise InputError(f"{where}: none is given (known: {', '.join(known)})")
    return names


def _table(value: Mapping[Any, Any], where: str) -> dict[str, str]:
    for key in value:
        if key not in ("flow", "column"):
            raise unknown(f"key of {where}", key, ["flow", "column"])
    if "flow" not in value or "column" not in value:
        raise InputError(f"{where} from the table needs a flow and a column")
    if value["column"] not in COLUMNS:
        raise unknown(f"column of {where}", value["column"], COLUMNS)
    return {"flow": str(value["flow"]), "column": str(value["column"])}


@dataclass(frozen=True)
class Policy:
    """A named rule from a measure to levers; takes: which of by, on, sectors it looks at."""

    name: str
    meaning: str
    takes: tuple[str, ...]
    options: tuple[Option, ...]
    contribute: Callable[[Measure, Context, Month], Contribution]

    def __reduce__(self) -> tuple[Any, ...]:
        # pickle finds functions by name, and under the rule's name stands the policy
        return _policy_at, (self.contribute.__module__, self.contribute.__qualname__)


def _policy_at(module: str, name: str) -> Policy:
    found: Policy = getattr(importlib.import_module(module), name)
    return found


def policy(
    *options: Option, takes: tuple[str, ...] = _TAKES
) -> Callable[[Callable[[Measure, Context, Month], Contribution]], Policy]:
    """Make a function a policy; its name and its docstring are the policy's."""

    def wrap(rule: Callable[[Measure, Context, Month], Contribution]) -> Policy:
        return Policy(rule.__name__, (rule.__doc__ or "").strip(), takes, options, rule)

    return wrap


@cache
def known() -> Mapping[str, Policy]:
    """Every policy of this package by name, in the order of the alphabet."""
    rooms = (importlib.import_module(m.name) for m in pkgutil.iter_modules(
        sim.policies.__path__, prefix="sim.policies."))  # fmt: skip
    found = (x for room in rooms for x in vars(room).values() if isinstance(x, Policy))
    return {p.name: p for p in sorted(found, key=lambda p: p.name)}


def checked(measure: Measure, policies: Mapping[str, Policy] | None = None) -> Measure:
    """The measure with all options of its policy, read and within bounds; else InputError."""
    policies = known() if policies is None else policies
    where = f"measure '{measure.name}'"
    if measure.policy not in policies:
        raise unknown(f"policy of {where}", measure.policy, policies)
    rule = policies[measure.policy]
    for key in ("by", "on"):
        if key in rule.takes and not getattr(measure, key):
            raise InputError(
                f"{where}: policy {rule.name} needs '{key}', at least one region; "
                "intensity=0 switches a measure off"
            )
    for key in _TAKES:
        if key not in rule.takes and getattr(measure, key) not in ((), ("all",)):
            raise InputError(f"{where}: policy {rule.name} does not look at '{key}'; remove it")
    names = [option.name for option in rule.options]
    for key in measure.options:
        if key not in names:
            common = ["by", "on", "sectors", "start", "end", "ramp", "intensity"]
            raise unknown(f"option of {where} ({rule.name})", key, names + common)
    read = {}
    for option in rule.options:
        value = measure.options.get(option.name, option.default)
        if value is None:
            raise InputError(f"{where}: policy {rule.name} needs '{option.name}'")
        read[option.name] = option.read(value, where)
    return replace(measure, options=read)
