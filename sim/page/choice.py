"""What a visitor chose: checked, as the link of the page, as a command line and as settings.

Whatever comes from a browser passes through here. Names are looked up, numbers and dates are
read and written anew, so that no text of a visitor reaches a path, a shell or Hydra's grammar.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cache, lru_cache
from urllib.parse import parse_qsl, urlencode

from sim.axes import parse_date
from sim.config import load
from sim.errors import InputError, unknown
from sim.policies.measure import Measure
from sim.scenarios import about
from sim.settings import Settings

SANCTIONS = (
    "none", "eu_2022", "eu_only", "eu_us", "without_jpn_kor", "sanctions_lifted", "embargo",
)  # fmt: skip
MISSION = ("mission_closed", "mission_kept")
COMPLIANCE = ("no_compliance", "strict_compliance")
"""Of each of these families at most one is chosen; all other scenarios compose."""
LIMITS = {
    "firms": (900, 10_000),
    "months": (3, 60),
    "seeds": (1, 10),
    "seed": (0, 9_999),
}
"""What one visitor may ask of the machine."""
SWITCHES = {
    "traders": ("on", "off"),
    "technology": ("on", "off"),
    "comply": ("on", "off"),
    "retaliate": ("on", "off"),
}
LONGEST_QUERY = 4_000
FIRST, LAST = date(2015, 1, 1), date(2040, 1, 1)


@dataclass(frozen=True)
class Edit:
    """What differs from a measure as shipped; None: nothing.

    intensity: share of full strength, [0, 1], 0 switches it off. start, end: first day in force
    and first day no longer in force.
    """

    intensity: float | None = None
    start: date | None = None
    end: date | None = None

    def __bool__(self) -> bool:
        return (self.intensity, self.start, self.end) != (None, None, None)


@dataclass(frozen=True)
class Choice:
    """One run as the page offers it; the defaults are what a first visitor sees.

    scenarios: shipped ones by name. against: the scenario that is compared with, same seeds.
    compliance: fixes that of all countries, [0, 1]; None leaves it to them. traders, technology,
    comply, retaliate: mechanisms. measures: changes to single measures by name.
    """

    scenarios: tuple[str, ...] = ("eu_2022",)
    against: str = "none"
    firms: int = 1_500
    months: int = 36
    seed: int = 0
    seeds: int = 1
    compliance: float | None = None
    traders: bool = True
    technology: bool = True
    comply: bool = True
    retaliate: bool = False
    measures: tuple[tuple[str, Edit], ...] = ()

    def __post_init__(self) -> None:
        known = abouts()
        for name in (*self.scenarios, self.against):
            if name not in known:
                raise unknown("scenario", name, known)
        for family in (SANCTIONS, MISSION, COMPLIANCE):
            twice = [name for name in self.scenarios if name in family]
            if len(twice) > 1:
                raise InputError(f"scenarios {' and '.join(twice)} exclude each other; choose one")
        if len(set(self.scenarios)) < len(self.scenarios) or not self.scenarios:
            raise InputError(f"scenarios {', '.join(self.scenarios) or '(none)'}: each once")
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"{name} = {value} is outside [{low}, {high}]")
        if self.compliance is not None and not 0 <= self.compliance <= 1:
            raise InputError(f"compliance = {self.compliance:g} is outside [0, 1]")
        for name, changed in self.measures:
            shipped = measures_of(self.scenarios)
            if name not in shipped:
                raise unknown("measure", name, shipped)
            if changed.intensity is not None and not 0 <= changed.intensity <= 1:
                raise InputError(f"{name}: intensity = {changed.intensity:g} is outside [0, 1]")
            for day in (changed.start, changed.end):
                if day and not FIRST <= day <= LAST:
                    raise InputError(f"{name}: {day} is outside [{FIRST}, {LAST}]")

    @classmethod
    def from_query(cls, query: str) -> Choice:
        """Read the part of the page's address after `?`; InputError for the first thing wrong."""
        if len(query) > LONGEST_QUERY:
            raise InputError(f"the address has {len(query)} characters; at most {LONGEST_QUERY}")
        pairs = parse_qsl(query.lstrip("?"), keep_blank_values=True)
        if len({key for key, _ in pairs}) < len(pairs):
            raise InputError("the address says a thing twice")
        given: dict[str, object] = {}
        changed: list[tuple[str, Edit]] = []
        for key, text in pairs:
            if key.startswith("m."):
                changed.append((key[2:], _edit(key[2:], text)))
            elif key == "scenario":
                given["scenarios"] = tuple(text.split(","))
            elif key == "against":
                given[key] = text
            elif key in LIMITS:
                given[key] = _whole(text, key)
            elif key in SWITCHES:
                if text not in SWITCHES[key]:
                    raise unknown(key, text[:40], SWITCHES[key])
                given[key] = text == "on"
            elif key == "compliance":
                given[key] = _share(text, key)
            elif key != "run":
                raise unknown("key of the address", key[:40], [*_KEYS, "m.MEASURE"])
        return cls(**given, measures=tuple(sorted(changed)))  # type: ignore[arg-type]

    def to_query(self) -> str:
        """What `from_query` reads; only what differs from the defaults, but always the scenario."""
        plain: dict[str, str] = {"scenario": ",".join(self.scenarios)}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in ("scenarios", "measures") or value == field.default:
                continue
            switch = {True: "on", False: "off"}
            text = switch[value] if isinstance(value, bool) else value
            plain[field.name] = f"{text:g}" if isinstance(text, float) else str(text)
        for name, changed in self.measures:
            intensity = "" if changed.intensity is None else f"{changed.intensity:g}"
            plain[f"m.{name}"] = f"{intensity},{changed.start or ''},{changed.end or ''}"
        return urlencode(plain, safe=",")

    def overrides(self) -> list[str]:
        """What `python -m sim` is told for the same runs."""
        shipped = Settings()
        names = ",".join(self.scenarios)
        told = [f"scenario=[{names}]" if len(self.scenarios) > 1 else f"scenario={names}"]
        told += [f"{key}=off" for key in ("traders", "technology") if not getattr(self, key)]
        told += [] if self.firms == shipped.firms.count else [f"firms.count={self.firms}"]
        told += [] if self.months == shipped.months else [f"months={self.months}"]
        told += [] if self.seed == shipped.seed else [f"seed={self.seed}"]
        told += [] if self.comply else ["countries.comply=false"]
        told += ["countries.retaliate=true"] if self.retaliate else []
        if self.compliance is not None:
            told.append(f"countries.compliance={self.compliance:g}")
        for name, changed in self.measures:
            key = f"scenario.measures.{name}"
            if changed.intensity is not None:
                told.append(f"{key}.intensity={changed.intensity:g}")
            told += [f"{key}.start={changed.start}"] if changed.start else []
            told += [f"{key}.end={changed.end}"] if changed.end else []
        return [*told, f"seeds={self.seeds}", f"reference={self.against}"]

    def command(self) -> str:
        """The line that gives the same runs in a terminal."""
        return shlex.join(["python", "-m", "sim", *self.overrides()])

    def settings(self) -> Settings:
        """Checked settings, the reference inside; InputError where something does not fit."""
        return _settings(self)

    def with_edit(self, name: str, changed: Edit) -> Choice:
        """The same with another change to a measure; an empty one takes it back."""
        rest = {key: value for key, value in self.measures if key != name}
        if changed:
            rest[name] = changed
        return replace(self, measures=tuple(sorted(rest.items())))

    def with_scenarios(self, scenarios: Iterable[str]) -> Choice:
        """Other scenarios; changes to measures that they do not have are dropped."""
        chosen = tuple(scenarios)
        there = measures_of(chosen)
        kept = tuple((name, changed) for name, changed in self.measures if name in there)
        return replace(self, scenarios=chosen, measures=kept)


_KEYS = ("scenario", "against", *LIMITS, "compliance", *SWITCHES)


@cache
def abouts() -> Mapping[str, str]:
    """Every shipped scenario with its own line on itself, in the order of their names."""
    return about()


def programmes() -> list[str]:
    """Scenarios outside the families that exclude each other: what members may do besides."""
    return [name for name in abouts() if name not in (*SANCTIONS, *MISSION, *COMPLIANCE)]


def measures_of(scenarios: tuple[str, ...]) -> dict[str, Measure]:
    """Measures of these scenarios as shipped, by name."""
    return {m.name: m for m in shipped(scenarios).scenario}


@cache
def shipped(scenarios: tuple[str, ...]) -> Settings:
    """The scenarios composed, everything else as shipped."""
    known = abouts()
    for name in scenarios:
        if name not in known:
            raise unknown("scenario", name, known)
    return _composed.get(scenarios) or load(f"scenario=[{','.join(scenarios)}]")


@lru_cache(maxsize=64)  # tabs that open with the same link do not compose it again
def _settings(made: Choice) -> Settings:
    return _composed.get(made) or load(*made.overrides())


_composed: dict[Choice | tuple[str, ...], Settings] = {}


def first_look() -> dict[Choice | tuple[str, ...], Settings]:
    """What has to be composed before a first visitor sees the page, for `know`."""
    first = Choice()
    return {first: first.settings(), first.scenarios: shipped(first.scenarios)}


def know(composed: Mapping[Choice | tuple[str, ...], Settings]) -> None:
    """Take over what another process composed while this one had something else to do."""
    _composed.update(composed)


def _whole(text: str, what: str) -> int:
    if not re.fullmatch(r"\d{1,6}", text, re.ASCII):
        raise InputError(f"{what} = '{text[:40]}' is not a whole number")
    return int(text)


def _share(text: str, what: str) -> float:
    if not re.fullmatch(r"[01](\.\d{1,6})?", text, re.ASCII):
        raise InputError(f"{what} = '{text[:40]}' is not a number from 0 to 1")
    return float(text)


def _edit(name: str, text: str) -> Edit:
    """`0.5,2022-03-01,2023-01-01`: intensity, start, end; what is left empty stays as shipped."""
    parts = text.split(",")
    if len(parts) != 3 or not any(parts):
        raise InputError(
            f"measure '{name[:40]}': '{text[:60]}' is not INTENSITY,START,END, e.g. 0.5,2022-03-01,"
        )
    days = [parse_date(part[:20], name[:40]) if part else None for part in parts[1:]]
    return Edit(_share(parts[0], f"{name[:40]}: intensity") if parts[0] else None, *days)
