"""A choice in words: what differs from what is shipped, and measures for the eye."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.page.charts import Mark
from sim.page.choice import Choice, shipped
from sim.policies.measure import Measure
from sim.policies.policy import known
from sim.settings import Settings

NAMES = {
    "firms.count": "firms",
    "traders.active": "rerouting through traders",
    "technology.active": "loss and building of technology",
    "countries.comply": "governments weigh pressure against trade",
    "countries.compliance": "compliance of every country",
    "countries.retaliate": "countries under bans answer in kind",
}
"""What a key of the settings is called on the page; others bear their own name."""
_APART = ("name", "scenario", "output", "seeds", "reference", "study")


def differences(choice: Choice, settings: Settings) -> list[str]:
    """A sentence on everything in which a run differs from its scenarios as shipped."""
    usual = shipped(choice.scenarios)
    told = []
    if choice.seeds > 1:
        last = choice.seed + choice.seeds - 1
        told.append(f"{choice.seeds} seeds, {choice.seed} to {last}, instead of one")
    before, now = _flat(usual), _flat(settings)
    for key, value in now.items():
        if value != before[key]:
            told.append(_instead(NAMES.get(key, key), value, before[key]))
    old = {m.name: m.to_dict() for m in usual.scenario}
    for measure in settings.scenario:
        for key, value in measure.to_dict().items():
            if value == old[measure.name][key]:
                continue
            if key == "intensity" and value == 0:
                told.append(f"measure {measure.name} is switched off")
            else:
                told.append(
                    _instead(f"measure {measure.name}: {key}", value, old[measure.name][key])
                )
    return told


def _instead(what: str, value: Any, before: Any) -> str:
    return f"{what}: {_said(value)} instead of {_said(before)}"


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None:
        return "its own decision or date"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _flat(settings: Settings) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in settings.resolved().items():
        if key in _APART:
            continue
        inside = {f"{key}.{k}": v for k, v in value.items()} if isinstance(value, dict) else None
        flat |= {key: value} if inside is None else inside
    return flat


def told(measure: Measure) -> str:
    """A measure in a line: its policy, who, on whom, from when."""
    who = ", ".join(measure.by) or "all"
    line = f"{measure.policy.replace('_', ' ')}: {who}"
    line += f" on {', '.join(measure.on)}" if measure.on else ""
    if measure.start:
        line += f", from {measure.start}"
    if measure.end:
        line += f" until {measure.end}"
    return line


def meaning(measure: Measure) -> str:
    """What its policy does, the first sentence of the policy's own words."""
    return known()[measure.policy].meaning.split("\n\n")[0].replace("\n", " ").replace("`", "")


def marks(measures: Mapping[str, Measure]) -> list[Mark]:
    """Dates at which measures in force begin and end, those of one day together."""
    days: dict[tuple[str, str], list[str]] = {}
    for measure in measures.values():
        if not measure.intensity:
            continue
        for kind, day in (("start", measure.start), ("end", measure.end)):
            if day:
                days.setdefault((str(day), kind), []).append(measure.name)
    verb = {"start": "begins", "end": "ends"}
    return [
        Mark(day, kind, f"{day} {verb[kind]}: {', '.join(names)}")
        for (day, kind), names in sorted(days.items())
    ]
