"""Runs at extreme but allowed values: books balance, nothing is infinite, bits repeat.

    python -m tests.fuzz.fuzz_run --count 300 --seed 1

Every number of `sim.params` at its bounds, between them, alone and together, with measures of
every policy drawn within their bounds, over the toy tables. A run is drawn from its own number:
`--seed 1 --only 137` repeats one. Exit code 1 with a line for each that is not right.
"""

from __future__ import annotations

import random
import sys
import traceback
import warnings
from dataclasses import fields

import numba
import numpy as np

import sim
from sim import params
from sim.policies.policy import Option, known
from tests.fuzz.telling import tell

ROOMS = {
    "market": params.MarketParams,
    "behaviour": params.BehaviourParams,
    "traders": params.TraderParams,
    "countries": params.CountryParams,
    "technology": params.TechnologyParams,
}
REGIONS, SECTORS = ["NOR", "SUD", "WLD"], ["RAW", "MAN", "all", "goods"]
MOST = {"max_passes": 5000, "per_market": 10}  # beyond it only the run gets longer
BAR = 1e-9


def option_value(draw: random.Random, option: Option, others: list[str]) -> str | None:
    """A value of an option within its bounds, as on the command line; None leaves it out."""
    if option.kind in ("number", "coverage"):
        between = draw.uniform(option.low, option.high)
        return repr(float(draw.choice([option.low, option.high, between])))
    if option.kind == "amounts" and option.low >= 0:
        return "{" + ",".join(f"{r}:{draw.uniform(option.low, option.high)}" for r in REGIONS) + "}"
    if option.kind == "amounts":
        amount = draw.choice([1.0, 1e3, 1e6])
        return f"{{NOR:{amount},SUD:-{amount}}}"
    plain = {
        "flag": draw.choice(["true", "false"]),
        "regions": f"[{others[0]}]",
        "classes": "[software,equipment]",
        "schedule": f"['NOR,WLD,all,{draw.choice([-1, 0.3, 10])},2022-02-01']",
        "choice": draw.choice(option.choices) if option.choices else "",
    }
    return plain.get(option.kind)


def measure(draw: random.Random) -> str:
    """A measure of any policy, as on the command line; of what it asks for, everything."""
    policy = draw.choice(list(known().values()))
    regions = draw.sample(REGIONS, 3)
    first = draw.randint(1, 2) if "on" in policy.takes else 2
    parts = {"policy": policy.name}
    if "by" in policy.takes:
        parts["by"] = f"[{','.join(regions[:first])}]"
    if "on" in policy.takes:
        parts["on"] = f"[{','.join(regions[first:])}]"
    if "sectors" in policy.takes and draw.random() < 0.6:
        parts["sectors"] = f"[{','.join(draw.sample(SECTORS, draw.randint(1, 2)))}]"
    for option in policy.options:
        value = option_value(draw, option, regions)
        if value is not None and (option.default is None or draw.random() < 0.5):
            parts[option.name] = value
    if draw.random() < 0.6:
        parts["start"] = draw.choice(["2022-02-10", "2022-03", "2022-05-20"])
        if draw.random() < 0.3:
            parts["ramp"] = str(draw.randint(1, 12))
    if draw.random() < 0.3:
        parts["end"] = draw.choice(["2022-06-15", "2022-09"])
    if draw.random() < 0.3:
        parts["intensity"] = repr(draw.random())
    return "{" + ",".join(f"{key}:{value}" for key, value in parts.items()) + "}"


def number(draw: random.Random, low: float, high: float, whole: bool, how: str) -> str:
    """A number at a bound or between; a third of those between are close to the lower one."""
    value = {"low": low, "high": high}.get(how)
    if value is None:
        near = draw.uniform(low, min(high, low + draw.choice([0.01, 1.0, high])))
        value = draw.choice([low, high, near])
    return str(int(value)) if whole else repr(float(value))


def overrides(seed: int, count: int) -> list[str]:
    """Run `count` of a seed: the first two have everything at its lower or upper bound."""
    draw = random.Random(seed * 1_000_003 + count)
    how = {0: "low", 1: "high"}.get(count, "any")
    groups = ["baseline=toy"]
    said = [
        f"months={draw.choice([6, 12, 18])}",
        f"firms.count={draw.choice([27, 28, 40, 60])}",
        f"seed={draw.choice([0, 1, 2**63 - 1, draw.randint(0, 10**9)])}",
        f"firms.size_exponent={draw.choice([1.0, 3.0, 1.06])}",
        f"firms.size_range={draw.choice([1.0, 1e6, 1e3])}",
        f"firms.suppliers={draw.choice([1, 4, 64])}",
        f"firms.inputs={draw.choice([1.0, 40.0, 4.0])}",
        f"firms.exporter_share={draw.choice([0.05, 1.0, 0.5])}",
    ]
    bounded = [
        (room, f) for room, record in ROOMS.items() for f in fields(record) if "low" in f.metadata
    ]
    some = len(bounded) if how != "any" else draw.choice([1, 3, 8, 15, len(bounded)])
    for room, f in draw.sample(bounded, some):
        low, high = f.metadata["low"], min(f.metadata["high"], MOST.get(f.name, np.inf))
        whole = isinstance(f.default, int) and not isinstance(f.default, bool)
        said.append(f"{room}.{f.name}={number(draw, low, high, whole, how)}")
    groups += ["traders=off"] * (draw.random() < 0.2) + ["technology=off"] * (draw.random() < 0.15)
    said += ["countries.retaliate=true"] * (draw.random() < 0.3)
    if draw.random() < 0.2:
        said.append(f"countries.compliance={draw.choice([0.0, 1.0, 0.5])}")
    several = range(draw.choice([0, 1, 1, 2, 3]))
    return groups + said + [f"scenario.measures.m{k}={measure(draw)}" for k in several]


def wrong(panel: sim.Panel) -> list[str]:
    """What is infinite, no number, or does not balance."""
    found = []
    for name, table in panel.tables.items():
        for variable in table.variables:
            if not np.isfinite(panel.values(name, variable)).all():
                found.append(f"{name}.{variable} is not finite")
    worst = panel.residuals.select_dtypes("number").abs().max().max()
    return [*found, f"residual {worst:g}"] if not worst <= BAR else found


def one(seed: int, count: int) -> tuple[str, str]:
    """Run one and, every second time, once more on the other number of threads."""
    said = overrides(seed, count)
    try:
        warnings.simplefilter("error", RuntimeWarning)
        settings = sim.load(*said)
        panel = sim.simulate(settings)
        found = wrong(panel)
        if count % 2:
            threads = numba.get_num_threads()
            numba.set_num_threads(1 if threads > 1 else min(2, numba.config.NUMBA_NUM_THREADS))
            if sim.simulate(settings).digest != panel.digest:
                found.append("another digest on another number of threads")
            numba.set_num_threads(threads)
    except sim.InputError as error:
        return "refused", f"{error} | {said}"
    except Exception as error:
        places = traceback.extract_tb(error.__traceback__)[-2:]
        where = " < ".join(f"{p.filename.rsplit('/', 1)[-1]}:{p.lineno}" for p in places[::-1])
        return "traceback", f"{type(error).__name__}: {error} @ {where} | {said}"
    return ("wrong" if found else "right"), f"{'; '.join(found)} | {said}"


GOOD = ("right", "refused")


def main(arguments: list[str] | None = None) -> int:
    """Run many and tell what was found."""
    return tell(__doc__, "fuzz_run", one, GOOD, "runs", 300, arguments)


if __name__ == "__main__":
    sys.exit(main())
