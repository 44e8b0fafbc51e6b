"""Everything a run is told, checked and frozen. Nothing here knows Hydra.

`Settings.from_dict` reads a plain nested mapping: what Hydra composed, or what `resolved` gave
earlier. It is strict: an unknown key, a wrong type or a number out of bounds is an InputError
that names the nearest valid one. What needs the labels of a baseline (regions, sectors, flows)
is held against it by `compile_scenario`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_type_hints

import yaml

from sim.axes import Month
from sim.draws import Draw
from sim.errors import InputError, blaming, brief, nearest, shown, unknown
from sim.market import solvers
from sim.params import (
    BehaviourParams,
    CountryParams,
    DecisionParams,
    FirmParams,
    MarketParams,
    TechnologyParams,
    TraderParams,
    check_bounds,
    number,
)
from sim.policies.measure import Measure, codes, real
from sim.policies.policy import checked
from sim.policies.scenario import Scenario
from sim.policies.strategies import read_choices
from sim.words import homes, moved_in, read_once

Record = TypeVar("Record")
MOST_SEEDS = 100_000
MOST_TOLD = 3
"""Differences that a title names."""
LAST_MONTH = Month(9999, 11)
LONGEST_NAME = 240
"""Bytes of the name of a folder: 255 are allowed, and what is not finished has a longer one."""
_SHARED = {"name", "seed", "seeds", "draws", "output", "reference", "overrides"}
"""What a reference has in common with the run that is compared with it."""
DRAWN = ("market", "behaviour", "traders", "countries", "technology")
"""Rooms whose numbers a draw may set."""


@dataclass(frozen=True)
class BaselineChoice:
    """Which tables: a shipped set by name, or a folder of the same form.

    name: of the shipped set; path: the user's folder instead of it.
    """

    name: str = "eaeu"
    path: str | None = None

    @property
    def label(self) -> str:
        """For the eye: the shipped set, or the last name of the user's folder."""
        return Path(self.path).resolve().name if self.path else self.name

    @property
    def folder(self) -> Path:
        """Where the tables are; InputError for a shipped set that there is not."""
        from sim.baseline.tables import shipped

        return Path(self.path).expanduser() if self.path else shipped(self.name)


@dataclass(frozen=True)
class OutputParams:
    """What a run leaves on disk, and how. No number of the model depends on it.

    folder: where results/<name>/<run_id> begins. figures: None draws them for a single run and
    for an ensemble as a whole, not for each seed and not in a sweep. progress: whether anything
    is said meanwhile. jobs: processes for the seeds of an ensemble; None takes all cores, or one
    where a launcher has taken them already.
    """

    folder: str = "results"
    figures: bool | None = None
    progress: bool = True
    jobs: int | None = number(
        None,
        "processes for the seeds, null: all cores, or 1 if a launcher uses them",
        1,
        MOST_SEEDS,
        "user",
    )


@dataclass(frozen=True)
class Decisions:
    """What countries may choose among, and how they look ahead; nothing: they follow rules.

    players, strategies: as `sim.policies.strategies` reads them.
    """

    rules: DecisionParams = field(default_factory=DecisionParams)
    players: Mapping[str, Any] = field(default_factory=dict)
    strategies: Mapping[str, Any] = field(default_factory=dict)

    def resolved(self) -> dict[str, Any]:
        """Plain, as `Settings.from_dict` reads it."""
        return {
            **asdict(self.rules),
            "players": dict(self.players),
            "strategies": dict(self.strategies),
        }


@dataclass(frozen=True)
class Settings:
    """A run: its parts by the names of the configuration.

    name: of the results folder; the scenario's label unless given.
    seeds: how many replications, seed, seed + 1, ...; None is one run without bands.
    draws: sets of parameters that every seed is run with; none is the numbers as they are.
    reference: the same run under the scenario it is compared with, seed by seed.
    overrides: what the user wrote, for tables of many runs; no number depends on it.
    """

    name: str = "none"
    seed: int = number(0, "seed of all random streams", 0, 2**63 - 1, "user")
    start: Month = field(default_factory=lambda: Month(2022, 1))
    months: int = number(36, "months", 1, 1200, "user")
    firms: FirmParams = field(default_factory=FirmParams)
    baseline: BaselineChoice = field(default_factory=BaselineChoice)
    scenario: Scenario = field(default_factory=Scenario)
    market: MarketParams = field(default_factory=MarketParams)
    behaviour: BehaviourParams = field(default_factory=BehaviourParams)
    traders: TraderParams = field(default_factory=TraderParams)
    countries: CountryParams = field(default_factory=CountryParams)
    technology: TechnologyParams = field(default_factory=TechnologyParams)
    decisions: Decisions = field(default_factory=Decisions)
    output: OutputParams = field(default_factory=OutputParams)
    seeds: int | None = number(
        None, "replications, null: one run without bands", 1, MOST_SEEDS, "user"
    )
    draws: tuple[Draw, ...] = ()
    reference: Settings | None = None
    overrides: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        check_bounds(self, "")
        solvers.checked(self.market.solver)

    def with_(self, *overrides: str) -> Settings:
        """The same with single values changed, `settings.with_("months=3", "traders.batch=0.2")`.

        A reference changes with it, but for what is its own (scenario, name, seed). Groups such
        as `scenario=eu_2022` are composed by `sim.load`. Raises InputError as `load` does.
        """
        tree = self.resolved()
        for override in overrides:
            key, sign, text = str(override).partition("=")
            value = _value(text)
            if not sign or (isinstance(tree.get(key), dict) and not isinstance(value, dict)):
                raise InputError(
                    f"'{override}' is no key=value of one setting; whole groups are composed by "
                    "sim.load"
                )
            _put(tree, key.split("."), value)
            other = tree["reference"]
            if other is not None and key.partition(".")[0] not in {*_SHARED, "scenario"}:
                _put(other, key.split("."), value)
        said = {o.lstrip("+").partition("=")[0]: o for o in (*self.overrides, *overrides)}
        return replace(type(self).from_dict(tree), overrides=tuple(said.values()))

    @classmethod
    def from_dict(cls, tree: Mapping[str, Any]) -> Settings:
        """Check a nested mapping and freeze it; InputError for the first thing wrong."""
        _known_keys(tree, [f.name for f in fields(cls) if f.name != "overrides"], "")
        scenario = _scenario(tree.get("scenario"))
        plain = {key: tree[key] for key in ("seed", "months") if key in tree}
        made = cls(
            name=_name(tree.get("name"), scenario.label),
            start=Month.parse(tree.get("start", "2022-01"), "start"),
            firms=_record(FirmParams, tree, "firms"),
            baseline=_record(BaselineChoice, tree, "baseline"),
            scenario=scenario,
            market=_record(MarketParams, tree, "market"),
            behaviour=_record(BehaviourParams, tree, "behaviour"),
            traders=_record(TraderParams, tree, "traders"),
            countries=_record(CountryParams, tree, "countries"),
            technology=_record(TechnologyParams, tree, "technology"),
            decisions=_decisions(tree.get("decisions")),
            output=_record(OutputParams, tree, "output"),
            seeds=_typed(tree.get("seeds"), int | None, "seeds"),
            draws=_draws(tree.get("draws")),
            **{key: _typed(value, int, key) for key, value in plain.items()},
        )
        check_bounds(made, "")
        if made.start - LAST_MONTH + made.months > 0:
            raise InputError(
                f"start = {made.start} and months = {made.months} go beyond {LAST_MONTH}, the last "
                "month there is"
            )
        if made.draws:
            made = replace(made, seeds=made.seeds or 1)
        if tree.get("reference") is not None:
            given = _mapping(tree["reference"], "reference")
            _known_keys(given, [f.name for f in fields(cls) if f.name not in _SHARED], "reference")
            other = replace(
                cls.from_dict(given), name=made.name, seed=made.seed, output=made.output
            )
            made = replace(made, seeds=made.seeds or 1, reference=other)
        path = made.baseline.path
        if path is not None and not is_folder(path):
            seen = "" if Path(path).expanduser().is_absolute() else f", seen from '{Path.cwd()}'"
            raise InputError(
                f"baseline.path '{brief(path)}' is not a folder{seen}; give one with the tables"
            )
        return made

    def source(self, draw: str) -> str:
        """What stands under a picture: which model, tables, size and draw made it."""
        return f"eaeu-sim, tables '{self.baseline.label}', {self.firms.count:,} firms, {draw}"

    @property
    def told(self) -> str:
        """The scenario and what differs from it and from the defaults: for titles and tables."""
        differs = self.differs
        more = f" and {len(differs) - MOST_TOLD} more" if len(differs) > MOST_TOLD else ""
        shown = ", ".join(differs[:MOST_TOLD])
        return f"{self.scenario.label} with {shown}{more}" if shown else self.scenario.label

    @property
    def differs(self) -> tuple[str, ...]:
        """What was changed of a scenario on the way, and what is not as it is by default.

        The number of firms, the months and the seed stand elsewhere under a picture.
        """
        told = []
        for override in self.overrides:
            match = re.match(r"scenario\.(?:measures\.)?([^=]+)=(.*)", override, re.S)
            if match:
                policy = re.search(r"policy:\s*(\w+)", match[2])
                value = f"({policy[1]})" if policy else match[2].strip()
                told.append(f"{match[1]} {value if len(value) <= 24 else '...'}")
        for room in ("market", "behaviour", "traders", "countries", "technology"):
            here = getattr(self, room)
            plain = type(here)()
            if getattr(here, "active", True) != getattr(plain, "active", True):
                told.append(f"{room} {'on' if here.active else 'off'}")
                continue
            moved = [
                f.name for f in fields(here) if getattr(here, f.name) != getattr(plain, f.name)
            ]
            told += [f"{name} {_said(getattr(here, name))}" for name in moved]
        return tuple(told)

    @property
    def span(self) -> str:
        """The months of a run, for the eye."""
        return f"{self.months} months from {self.start}"

    def resolved(self) -> dict[str, Any]:
        """Plain, nested, ready for YAML and JSON; `from_dict` reads it back."""
        return {
            "name": self.name,
            "seed": self.seed,
            "start": str(self.start),
            "months": self.months,
            "firms": asdict(self.firms),
            "baseline": asdict(self.baseline),
            "scenario": {
                "about": dict(zip_longest(self.scenario.names, self.scenario.about, fillvalue="")),
                "measures": {m.name: m.to_dict() for m in self.scenario.measures},
            },
            "market": asdict(self.market),
            "behaviour": asdict(self.behaviour),
            "traders": asdict(self.traders),
            "countries": asdict(self.countries),
            "technology": asdict(self.technology),
            "decisions": self.decisions.resolved(),
            "output": asdict(self.output),
            "seeds": self.seeds,
            "draws": [dict(draw) for draw in self.draws] or None,
            "reference": None if self.reference is None else self.reference.apart(),
        }

    def apart(self) -> dict[str, Any]:
        """Of a reference, what it does not share with the run that is compared with it."""
        return {key: value for key, value in self.resolved().items() if key not in _SHARED}

    def identity(self) -> dict[str, Any]:
        """The part of `resolved` that can change a number: what a run is recognised by.

        Left out are names of folders and scenarios, the output, and what an ensemble does with
        the run. The tables of the baseline are not here either: their own hash tells them apart
        wherever they lie.
        """
        tree = self.resolved()
        del tree["name"], tree["output"], tree["baseline"], tree["scenario"]["about"]
        del tree["seeds"], tree["draws"], tree["reference"]
        return tree

    def drawn(self, draw: Draw) -> Settings:
        """The same with the parameters of a draw; what the user set himself stays as it is.

        InputError for a parameter that does not exist, or a value that is not allowed.
        """
        if not draw:
            return self
        own = {override.lstrip("+").partition("=")[0] for override in self.overrides}
        rooms: dict[str, dict[str, float]] = {}
        known = [
            f"{r}.{f.name}" for r in DRAWN for f in fields(getattr(self, r)) if "low" in f.metadata
        ]
        for key, value in draw.items():
            room, _, name = key.partition(".")
            if key not in known:
                raise unknown("parameter of a draw", key, known)
            if key not in own:
                rooms.setdefault(room, {})[name] = value
        moved: dict[str, Any] = {
            room: replace(getattr(self, room), **values) for room, values in rooms.items()
        }
        told = tuple(f"{key}={value!r}" for key, value in draw.items() if key not in own)
        return replace(self, **moved, overrides=(*self.overrides, *told))

    def replications(self) -> list[Settings]:
        """The single runs of an ensemble: the same with seed, seed + 1, ..., draw by draw.

        InputError if the last of these seeds is none, or a draw does not fit.
        """
        check_bounds(replace(self, seed=self.seed + (self.seeds or 1) - 1), "")
        alone = replace(self, seeds=None, draws=(), reference=None)
        seeds = [self.seed + k for k in range(self.seeds or 1)]
        each = [alone.drawn(draw) for draw in self.draws or ({},)]
        return [replace(one, seed=seed) for one in each for seed in seeds]

    def against(self) -> list[Settings]:
        """The same seeds under the reference; empty without one."""
        if self.reference is None:
            return []
        other = replace(self.reference, name=self.name, seed=self.seed, output=self.output)
        return replace(other, seeds=self.seeds, draws=self.draws).replications()


def _draws(given: object) -> tuple[Draw, ...]:
    """Draws as `resolved` wrote them; the number that a user gives has become these by then."""
    if given is not None and not isinstance(given, list | tuple):
        raise InputError(f"draws = {shown(given)} is no list of draws; sim.load reads draws=N")
    draws = [_mapping(draw, "draws") for draw in given or ()]
    return tuple({str(k): real(v, f"draws, {k}") for k, v in draw.items()} for draw in draws)


def _decisions(given: object) -> Decisions:
    tree = dict(_mapping(given, "decisions"))
    options = {
        key: _plainly(_mapping(tree.pop(key, None), f"decisions.{key}"))
        for key in ("players", "strategies")
    }
    rules = _record(DecisionParams, {"decisions": tree}, "decisions")
    Month.parse(rules.first, "decisions.first")
    with blaming("decisions"):
        read_choices(**options)
    return Decisions(rules, **options)


def _plainly(value: Any) -> Any:
    """Without types of our own: dates as text, for YAML and JSON."""
    if isinstance(value, Mapping):
        return {str(key): _plainly(v) for key, v in value.items()}
    if isinstance(value, list):
        return [_plainly(v) for v in value]
    return str(value) if isinstance(value, date) else value


def expanded(folder: str) -> str:
    """A folder as the user wrote it, with his home for a ~ in front."""
    return os.path.expanduser(folder)


def is_folder(path: str) -> bool:
    """Whether it is one; a path that no system takes is none."""
    try:
        return Path(path).expanduser().is_dir()
    except (OSError, ValueError, RuntimeError):  # too long, a null byte, no such user
        return False


def _said(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _scenario(tree: object) -> Scenario:
    """Measures by name; `intensity` scales all of them, `sets` are for references only.

    about: `{scenario: one line}`, one entry for each file that was composed.
    """
    where = "scenario"
    tree = _mapping(tree, where)
    for key in tree:
        for room in ("measures", "sets"):
            if key not in ("about", "intensity", "sets", "measures") and key in (
                _mapping(tree.get(room), f"{where}.{room}")
            ):
                raise InputError(
                    f"unknown key in {where} '{key}'; did you mean {where}.{room}.{key}?"
                )
    _known_keys(tree, ["about", "intensity", "sets", "measures"], where)
    for name, regions in _mapping(tree.get("sets"), f"{where}.sets").items():
        codes(regions, f"{where}.sets.{name}")
    whole = real(tree.get("intensity", 1.0), f"{where}.intensity")
    if not 0 <= whole <= 1:
        raise InputError(f"{where}.intensity = {whole:g} is outside [0, 1]")
    given = _mapping(tree.get("measures"), f"{where}.measures")
    measures = []
    for name in sorted(given, key=str):
        if name is None or isinstance(name, bool):
            raise InputError(
                f"a measure is called {name}, as YAML reads null, yes, no, on and off: "
                "put quotes around its name"
            )
        if isinstance(given[name], Mapping) and "policy" not in given[name]:
            # an override of a measure that is not there: `scenario.measures.typo.intensity=0`
            raise unknown("measure", name, [str(n) for n in given if n != name])
        measure = checked(Measure.from_dict(str(name), given[name]))
        measures.append(replace(measure, intensity=whole * measure.intensity))
    about = _mapping(tree.get("about"), f"{where}.about")
    for name, line in about.items():
        _typed(line, str, f"{where}.about.{name}")
    names = tuple(str(name) for name in about)
    alone = ("custom",) if measures else ("none",)
    return Scenario(names or alone, tuple(measures), tuple(map(str, about.values())), whole)


def _name(value: object, default: str) -> str:
    text = _folder(default) if value is None else str(value)
    if not re.fullmatch(r"\w[\w.+=,-]*", text) or len(text.encode()) > LONGEST_NAME:
        raise InputError(
            f"name '{brief(text)}' cannot be a folder; use letters, digits and _ . + = , -, "
            f"at most {LONGEST_NAME} of them (a Cyrillic letter counts twice)"
        )
    if text == "ensembles" or re.fullmatch(r"[0-9a-f]{12}", text):
        raise InputError(f"name '{text}' looks like a folder that results make; use another")
    return text


def _folder(label: str) -> str:
    """A label as the name of a folder: of many scenarios the first, and a hash of all."""
    if len(label.encode()) <= LONGEST_NAME:
        return label
    short = sha256(label.encode()).hexdigest()[:8]
    kept = label.encode()[: LONGEST_NAME // 2].decode(errors="ignore")
    return f"{kept.rpartition('+')[0] or kept}+...{short}"


def _record(kind: type[Record], tree: Mapping[str, Any], where: str) -> Record:
    """A record of that dataclass from `tree[where]`; what is not given keeps its default."""
    given = _mapping(tree.get(where), where)
    types = get_type_hints(kind)
    _known_keys(given, list(types), where)
    made = kind(**{k: _typed(value, types[k], f"{where}.{k}") for k, value in given.items()})
    check_bounds(made, where)
    return made


def _value(text: str) -> Any:
    """What YAML reads in a text, `1e-3` included, which it takes for a word."""
    try:
        value = read_once(text)
    except yaml.YAMLError:
        raise InputError(f"cannot read '{text}'; are a quote or a bracket missing?") from None
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value


def _put(tree: dict[str, Any], path: list[str], value: object) -> None:
    """Set `tree[a][b][c]`; what is unknown is refused when the tree is read."""
    for key in path[:-1]:
        inner = tree.setdefault(key, {})
        if not isinstance(inner, dict):
            raise InputError(f"'{'.'.join(path)}': {key} = {inner!r} holds no further keys")
        tree = inner
    tree[path[-1]] = value


def _mapping(value: object, where: str) -> Mapping[Any, Any]:
    """A mapping, empty for None; InputError for anything else."""
    if value is not None and not isinstance(value, Mapping):
        raise InputError(f"{where} = {shown(value)} is not a mapping of names to values")
    return value or {}


def _known_keys(tree: Mapping[Any, Any], names: list[str], where: str) -> None:
    for key in tree:
        if key not in names:
            kind = f"key in {where}" if where else "key"
            places = homes(Settings())
            far = str(key) not in places and nearest(key, names, 0.7)
            home = "" if far else moved_in(brief(key), places)
            if home:
                raise InputError(f"unknown {kind} '{key}'; did you mean {home}?")
            raise unknown(kind, key, names)


def _typed(value: Any, kind: Any, where: str) -> Any:
    """The value as int, float, bool or text; InputError rather than a guess."""
    if isinstance(kind, UnionType):
        kinds = get_args(kind)
        return None if value is None else _typed(value, kinds[0], where)
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
