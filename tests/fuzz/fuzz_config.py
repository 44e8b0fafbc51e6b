"""Odd configurations: each is understood to the last number, or refused in one line.

    python -m tests.fuzz.fuzz_config --count 3000 --seed 1

Overrides are drawn from every number of `sim.params` in and beyond its bounds, from measures of
every policy with right and wrong options, and from words that YAML, Hydra or a disk reads in a
way of its own. Composed, checked against the tables and compiled; nothing is simulated, nothing
may be written. A configuration is drawn from its own number: `--seed 1 --only 137` repeats one.
"""

from __future__ import annotations

import math
import random
import sys
import traceback
from dataclasses import fields

import numpy as np
import yaml

import sim
from sim import levers, params
from sim.config import CONF
from sim.errors import InputError
from sim.policies.policy import Option, known
from sim.policies.scenario import compile_scenario
from sim.prepared import identify, tables
from sim.run import as_yaml
from sim.settings import Settings
from tests.fuzz.telling import tell

ROOMS = {
    "firms": params.FirmParams,
    "market": params.MarketParams,
    "behaviour": params.BehaviourParams,
    "traders": params.TraderParams,
    "countries": params.CountryParams,
    "technology": params.TechnologyParams,
}
NUMBERS = [
    *((f"{room}.{f.name}", f.metadata.get("low", 0), f.metadata.get("high", 1))
      for room, record in ROOMS.items() for f in fields(record)),
    ("seed", 0, 2**63 - 1), ("months", 1, 1200), ("seeds", 1, 100_000),
    ("output.jobs", 1, 100_000), ("scenario.intensity", 0, 1),
]  # fmt: skip
SCENARIOS = sorted(p.stem for p in (CONF / "scenario").glob("*.yaml"))
REGIONS = {
    True: ["NOR", "SUD", "WLD", "members", "partners", "all"],
    False: ["ARM", "KAZ", "RUS", "EU27", "USA", "CHN", "TUR", "members", "partners", "all"],
}
SECTORS = {
    True: ["RAW", "MAN", "SER", "all", "goods", "services"],
    False: ["AGF", "ENE", "MCH", "SER", "all", "goods", "services", "PUB"],
}
WEIRD = [
    "null", "~", "true", "yes", "NaN", ".nan", "inf", "-.inf", "-1", "0", "1e400", "-1e308",
    "9" * 20, "9" * 400, "9" * 5000, "0x10", "0o17", "1_000", "1,5", '"1"', "'1'", '""', "[]",
    "{}", "[1,2]", "{a:1}", "[[1]]", "[null]", "{a:{b:{c:1}}}", "2022-02-30", "0000-01", "0001-01",
    "9999-12-31", "2022-1", "abc", "Ω", "日本語", "😀", "Опыт", "a" * 300, "a" * 5000, "я" * 200, "\\",
    "\t", "\n", "$", "${seed}", "${oc.env:HOME}", "${nope}", "${", "}", "!!python/object:os.system",
    "&a", "*a", "? a", "-", "--", "%", "@", "`", "|", ">", "#", "a: b", "a b", "a(b)", "it's", "1e-320",
    "-0.0", "0.1.2", "١٢", "½", "+1", "[", "(", "a,b", "\x00", "/", "..", "~/x", "NUL", "[on]",
]  # fmt: skip
DATES = [
    "2022-02-24", "2022-02", "2021-12-31", "2030-01-01", "2022-02-29", "0001-01-01", "9999-12-31",
    "2022-00-10", "22-01-01", "20220224", "2022-W08", "2022-02-24T00:00", "null", "true", "1",
    '"2022-03-01"', "x", "[2022-03-01]", "-2022-01-01", "2023-01-15",
]  # fmt: skip
NAMES = ["m", "a1", "x-y", "ban", "export_ban_rus", "1", "2022", "é", "a b", '"q"', "on", "null",
         "a" * 260, "..", "/", "m.m", "m=m", "m0", "m1"]  # fmt: skip
STRAY = [
    "typo", "firms.cuont", "behaviour", "scenario", "scenario.measures", "scenario.sets",
    "scenario.sets.x", "scenario.about", "scenario.about.x", "firms", "hydra.run.dir",
    "hydra.job.chdir", "hydra.verbose", "output.folder", "output.progress", "baseline.name",
    "baseline.path", "traders.active", "countries.compliance", "defaults", "_target_", "++x", "+x",
    "~firms", "~seed", "~scenario.measures", "seed@x", "scenario@foo", "decisions", "name",
    "decisions.players", "decisions.strategies", "start", "reference",
]  # fmt: skip


def number(draw: random.Random, low: float, high: float) -> str:
    """A number in, at, beside and far beyond its bounds, or no number."""
    return draw.choice([
        str(low), str(high), repr(low - 1e-12), repr(math.nextafter(float(high), math.inf)),
        str(low - 1), str(high + 1), repr(draw.uniform(low, min(high, 1e6))),
        str(int(draw.uniform(low, min(high, 1e6)))), f"1e{draw.randint(-400, 400)}",
        f"-1e{draw.randint(-10, 310)}", draw.choice(WEIRD), draw.choice(WEIRD),
    ])  # fmt: skip


def several(draw: random.Random, pool: list[str]) -> str:
    """A list of codes, mostly."""
    if draw.random() < 0.6:
        return f"[{','.join(draw.choices(pool, k=draw.randint(1, 4)))}]"
    odd = ["[]", "[XXX]", "[1]", "[[RUS]]", "{a:1}", "null", '""', '[""]', "[null]", "[on]", "a,b"]
    return draw.choice([*pool, *odd])


def value(draw: random.Random, option: Option, toy: bool) -> str:
    """Something for an option of a policy, right or wrong."""
    if draw.random() < 0.15:
        return draw.choice(WEIRD)
    kinds = {
        "coverage": ["0.5", "1", "{flow:EU_import,column:coverage_effective}", "{flow:[1],column:2}",
                     "{flow:export}", "{flow:null,column:coverage_effective}", "1.5", "-0.1"],
        "flag": ["true", "false", "1", "yes", '"true"', "null"],
        "classes": ["[software]", "[software,electronics]", "equipment", "[nope]", "[]", "[1]"],
        "choice": [*option.choices, "nope", "1", "null", "[gdp]"],
        "amounts": ["{RUS:1,KAZ:-1}", "{NOR:1,SUD:-1}", "{RUS:1}", "{}", "[1]", "{RUS:1e7,KAZ:-1e7}",
                    "{RUS:nan,KAZ:1}", "{1:1}", "{RUS:1e-300,KAZ:-1e-300}", "{RUS:null}"],
        "schedule": ["[\"NOR,SUD,MAN,0.1,2022-02-01\"]", "[\"a,b\"]", "nope.csv", ".", "/dev/null", "a" * 300, "1", "[a]"],
    }  # fmt: skip
    if option.kind == "number":
        within = repr(draw.uniform(option.low, option.high))
        return draw.choice([within, number(draw, option.low, option.high)])
    if option.kind == "regions":
        return several(draw, REGIONS[toy])
    return draw.choice(kinds[option.kind])


def measure(draw: random.Random, toy: bool) -> list[str]:
    """Overrides that make a measure, in one mapping or key by key."""
    policy = draw.choice(list(known().values()))
    body = {"policy": policy.name if draw.random() < 0.94 else draw.choice(WEIRD)}
    for key, pool in (("by", REGIONS), ("on", REGIONS), ("sectors", SECTORS)):
        if (key in policy.takes and draw.random() < 0.93) or draw.random() < 0.05:
            body[key] = several(draw, pool[toy])
    for option in policy.options:
        if draw.random() < (0.95 if option.default is None else 0.4):
            body[option.name] = value(draw, option, toy)
    for key, choices in (("start", DATES), ("end", DATES),
                         ("ramp", ["0", "1", "240", "241", "-1", "1.5", "true", "1e9", "nan"])):  # fmt: skip
        if draw.random() < 0.35:
            body[key] = draw.choice(choices)
    if draw.random() < 0.3:
        body["intensity"] = number(draw, 0, 1)
    if draw.random() < 0.05:
        body[draw.choice(["typo", "On", "name", "", "True", "1", "policy.x"])] = draw.choice(WEIRD)
    name = draw.choice(NAMES)
    if draw.random() < 0.5:
        inner = ",".join(f"{k}:{v}" for k, v in body.items())
        return [f"scenario.measures.{name}={{{inner}}}"]
    return [f"scenario.measures.{name}.{k}={v}" for k, v in body.items()]


def override(draw: random.Random, toy: bool) -> list[str]:
    """One thing somebody may type, or several that belong together."""
    key, low, high = draw.choice(NUMBERS)
    groups = ["traders", "technology", "behaviour", "market", "output", "baseline", "experiment",
              "search", "decisions", "hydra/launcher"]  # fmt: skip
    kinds = {
        "number": lambda: [f"{key}={number(draw, low, high)}"],
        "measure": lambda: measure(draw, toy),
        "span": lambda: [
            "start=" + draw.choice(["2022-01", "0001-01", "9999-12", "2022-13", "0000-01", "9990-06"]),
            "months=" + draw.choice(["1", "36", "120", "1200"]),
        ],
        "scenario": lambda: ["scenario=" + draw.choice([
            f"[{','.join(draw.choices(SCENARIOS, k=draw.randint(1, 4)))}]", draw.choice(SCENARIOS),
            "nope", "[]", "null", "[nope]", "[[none]]", "../baseline/toy", "{a:1}", "NONE", "",
            "none+embargo", "eu_2022,embargo", draw.choice(WEIRD)])],
        "name": lambda: ["name=" + draw.choice([*WEIRD, "../x", "a" * 240, "a" * 241, "ensembles",
                                                 "0123456789ab", "-x", ".", "_"])],
        "reference": lambda: ["reference=" + draw.choice([
            "none", "eu_2022", "[none,embargo]", "{}", "{months:3}", "{scenario:{}}",
            draw.choice(WEIRD)])],
        "group": lambda: [draw.choice(groups) + "=" + draw.choice(["off", "default", "toy", "[off]",
                                                                    "../x", draw.choice(WEIRD)])],
        "stray": lambda: [f"{draw.choice(STRAY)}={draw.choice(WEIRD)}"],
        "noise": lambda: [draw.choice(WEIRD) + draw.choice(["=", "==", "", "=[", "={"])
                          + draw.choice(WEIRD)],
        "sign": lambda: [draw.choice(["~", "+", "++", "~~"]) + key
                         + draw.choice(["", "=1", "=null"])],
    }  # fmt: skip
    weights = [7, 6, 2, 2, 2, 1, 1, 2, 2, 1]
    return kinds[draw.choices(list(kinds), weights)[0]]()


def drawn(seed: int, number_: int) -> list[str]:
    """The configuration of a number."""
    draw = random.Random(f"{seed} {number_}")
    toy = draw.random() < 0.6
    words = ["baseline=toy", "firms.count=27"] if toy else []
    if draw.random() < 0.3:
        words.append("scenario=" + draw.choice(["none"] if toy else ["none", "eu_2022", "embargo"]))
    for _ in range(draw.choice([1, 1, 1, 2, 2, 3])):
        words += override(draw, toy)
    return words


def not_right(settings: Settings, path: object) -> list[str]:
    """What is wrong with settings that were accepted."""
    found = []
    for room, record in ROOMS.items():
        for f in fields(record):
            got = getattr(getattr(settings, room), f.name)
            low, high = f.metadata.get("low", -math.inf), f.metadata.get("high", math.inf)
            if isinstance(got, float | int) and not low <= got <= high:
                found.append(f"{room}.{f.name} = {got}")
    if Settings.from_dict(yaml.safe_load(as_yaml(settings))).identity() != settings.identity():
        found.append("it does not read back")
    for t in (0, len(path) - 1):
        for lever in levers.LEVERS:
            got = getattr(path.at(t), lever.name)
            if not ((got >= lever.low) & (got <= lever.high)).all() or np.isnan(got).any():
                found.append(f"lever {lever.name}")
    return found


def one(seed: int, number_: int) -> tuple[str, str]:
    """What became of a configuration: right, refused, wrong, traceback or a poor message."""
    words = drawn(seed, number_)
    said = " ".join(words)[:400]
    try:
        settings = sim.load(*words)
        path = compile_scenario(
            settings.scenario, tables(settings), settings.start, min(settings.months, 60)
        )
        identify(settings)
        if settings.seeds and settings.seeds <= 50:
            settings.replications()
            settings.against()
        found = not_right(settings, path)
    except InputError as error:
        told = str(error)
        if not told.strip() or "\n" in told or len(told) > 2500:
            return "poor message", f"{told[:300]!r} | {said}"
        return "refused", told
    except Exception as error:
        places = traceback.extract_tb(error.__traceback__)[-3:]
        where = " < ".join(f"{p.filename.rsplit('/', 1)[-1]}:{p.lineno}" for p in places[::-1])
        return "traceback", f"{type(error).__name__}: {str(error)[:200]} @ {where} | {said}"
    return ("wrong" if found else "right"), f"{'; '.join(found)} | {said}"


GOOD = ("right", "refused")


def main(arguments: list[str] | None = None) -> int:
    """Try many and tell what was found."""
    return tell(__doc__, "fuzz_config", one, GOOD, "configurations", 300, arguments)


if __name__ == "__main__":
    sys.exit(main())
