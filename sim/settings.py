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
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path
from typing import Any

from sim.axes import Month
from sim.draws import Draw
from sim.errors import InputError, blaming, brief, shown, unknown
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
from sim.policies.scenario import Scenario, read_scenario
from sim.policies.strategies import read_choices
from sim.reading import known_keys, mapping, plainly, put, real, record, typed, value_of
from sim.words import homes

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
            given = value_of(text)
            if not sign or (isinstance(tree.get(key), dict) and not isinstance(given, dict)):
                raise InputError(
                    f"'{override}' is no key=value of one setting; whole groups are composed by "
                    "sim.load"
                )
            put(tree, key.split("."), given)
            other = tree["reference"]
            if other is not None and key.partition(".")[0] not in {*_SHARED, "scenario"}:
                put(other, key.split("."), given)
        said = {o.lstrip("+").partition("=")[0]: o for o in (*self.overrides, *overrides)}
        return replace(type(self).from_dict(tree), overrides=tuple(said.values()))

    @classmethod
    def from_dict(cls, tree: Mapping[str, Any]) -> Settings:
        """Check a nested mapping and freeze it; InputError for the first thing wrong."""
        known_keys(tree, [f.name for f in fields(cls) if f.name != "overrides"], "", _homes)
        scenario = read_scenario(tree.get("scenario"), _homes)
        plain = {key: tree[key] for key in ("seed", "months") if key in tree}
        made = cls(
            name=_name(tree.get("name"), scenario.label),
            start=Month.parse(tree.get("start", "2022-01"), "start"),
            firms=record(FirmParams, tree, "firms", _homes),
            baseline=record(BaselineChoice, tree, "baseline", _homes),
            scenario=scenario,
            market=record(MarketParams, tree, "market", _homes),
            behaviour=record(BehaviourParams, tree, "behaviour", _homes),
            traders=record(TraderParams, tree, "traders", _homes),
            countries=record(CountryParams, tree, "countries", _homes),
            technology=record(TechnologyParams, tree, "technology", _homes),
            decisions=_decisions(tree.get("decisions")),
            output=record(OutputParams, tree, "output", _homes),
            seeds=typed(tree.get("seeds"), int | None, "seeds"),
            draws=_draws(tree.get("draws")),
            **{key: typed(value, int, key) for key, value in plain.items()},
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
            given = mapping(tree["reference"], "reference")
            own = [f.name for f in fields(cls) if f.name not in _SHARED]
            known_keys(given, own, "reference", _homes)
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


def _homes() -> dict[str, list[str]]:
    """Where each name of the settings lives."""
    return homes(Settings())


def _draws(given: object) -> tuple[Draw, ...]:
    """Draws as `resolved` wrote them; the number that a user gives has become these by then."""
    if given is not None and not isinstance(given, list | tuple):
        raise InputError(f"draws = {shown(given)} is no list of draws; sim.load reads draws=N")
    draws = [mapping(draw, "draws") for draw in given or ()]
    return tuple({str(k): real(v, f"draws, {k}") for k, v in draw.items()} for draw in draws)


def _decisions(given: object) -> Decisions:
    tree = dict(mapping(given, "decisions"))
    options = {
        key: plainly(mapping(tree.pop(key, None), f"decisions.{key}"))
        for key in ("players", "strategies")
    }
    rules = record(DecisionParams, {"decisions": tree}, "decisions", _homes)
    Month.parse(rules.first, "decisions.first")
    with blaming("decisions"):
        read_choices(**options)
    return Decisions(rules, **options)


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
