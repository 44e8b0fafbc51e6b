"""What `--help` shows: groups and their options, every key with its value, unit and bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from sim.commands import overview
from sim.params import (
    BehaviourParams,
    CountryParams,
    DecisionParams,
    FirmParams,
    MarketParams,
    TechnologyParams,
    TraderParams,
)
from sim.settings import BaselineChoice, OutputParams, Settings
from sim.words import STUDIES

RECORDS = (
    FirmParams, MarketParams, BehaviourParams, TraderParams, CountryParams, TechnologyParams,
    DecisionParams,
)  # fmt: skip
FRAME = """Agent-based simulation of the Eurasian Economic Union and its partners, month by month.

  python -m sim                                     36 months without sanctions
  python -m sim scenario=eu_2022                    sanctions as announced from February 2022
  python -m sim scenario=[eu_2022,embargo]          several scenarios at once
  python -m sim scenario=eu_2022 months=24 firms.count=2000 seed=7
  python -m sim scenario=eu_2022 scenario.measures.export_ban_rus.intensity=0.5
  python -m sim scenario=eu_2022 seeds=20 reference=none            an ensemble with bands
  python -m sim scenario=eu_2022 seeds=5 draws=20 reference=none    over parameters as well
  python -m sim -m scenario=none,eu_2022 behaviour.sigma_scale=0.8,1.0 seeds=10     a sweep
  python -m sim --config-dir my_conf scenario=mine  my_conf/scenario/mine.yaml
  python -m sim baseline.path=my_tables             tables of your own

Results go to results/<name>/<run id>/; a run that is there already is not run again.

Commands (python -m sim COMMAND, or eaeu-sim COMMAND; each has a --help)
------------------------------------------------------------------------
{commands}

Groups and their options (group=option)
---------------------------------------
{groups}

Keys: value, unit, bounds (key=value)
-------------------------------------
{keys}

Sources of the numbers: the files in conf/. --cfg job shows all that a run is told; --version.
Words for the TAB key: python -m sim completion bash."""
_ALONE = ("hydra", *STUDIES)


def guide(roots: Sequence[Path]) -> str:
    """The whole text; roots: folders with groups, ours and the user's."""
    told = list(_keys())
    width = max(len(key) for key, _ in told)
    return FRAME.format(
        commands=overview(),
        groups="\n".join(f"{group}: {', '.join(names)}" for group, names in groups(roots).items()),
        keys="\n".join(f"  {key:<{width}}  {line}" for key, line in told),
    )


def groups(roots: Sequence[Path]) -> dict[str, list[str]]:
    """Options of every group by its name, those of Hydra's launchers too."""
    found: dict[str, set[str]] = {}
    for root in roots:
        for file in root.glob("*/*.yaml"):
            if file.parent.name not in _ALONE:
                found.setdefault(file.parent.name, set()).add(file.stem)
        for file in root.glob("hydra/launcher/*.yaml"):
            found.setdefault("hydra/launcher", {"joblib"}).add(file.stem)
    return {group: sorted(found[group]) for group in sorted(found)}


def keys() -> list[str]:
    """All keys that a command line may set."""
    return [key for key, _ in _keys()]


def _keys() -> Iterator[tuple[str, str]]:
    settings = Settings()
    for field in fields(settings):
        record = getattr(settings, field.name)
        record = getattr(record, "rules", record)
        if isinstance(record, (*RECORDS, BaselineChoice, OutputParams)):
            for inner in fields(record):
                yield f"{field.name}.{inner.name}", _told(inner)
        elif field.name == "start":
            yield "start", f"{record}  first month, YYYY-MM"
        elif field.name == "reference":
            yield "reference", "null  a scenario to compare with, seed by seed; needs seeds"
        elif field.name == "draws":
            yield (
                "draws",
                "null  sets of parameters that every seed runs with; posterior/TABLES.csv",
            )
        elif field.name not in ("scenario", "overrides"):
            yield field.name, _told(field)
    yield "scenario.intensity", "1.0  factor on the intensity of every measure; 0 to 1"
    yield "scenario.measures.NAME", "{policy: ...}  see python -m sim policies"
    yield "scenario.sets.NAME", "[regions]  what ${scenario.sets.NAME} stands for"


def _told(field: Any) -> str:
    """Value, unit and bounds of a field."""
    value = "null" if field.default is None else str(field.default)
    value = value.lower() if isinstance(field.default, bool) else value
    if "unit" not in field.metadata:
        return value
    low, high = field.metadata["low"], field.metadata["high"]
    return f"{value}  {field.metadata['unit']}; {low:g} to {high:g}"
