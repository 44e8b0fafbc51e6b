"""The reference pages, made from the code: what stands there is what runs.

`python docs/reference.py` writes them by hand; the book does it by itself. A test holds every row
against its record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import MISSING, fields
from pathlib import Path

import yaml

from sim import params
from sim.config import CONF
from sim.levers import LEVERS
from sim.policies.__main__ import allowed
from sim.policies.policy import known

ROOMS = {
    "firms": params.FirmParams,
    "market": params.MarketParams,
    "behaviour": params.BehaviourParams,
    "traders": params.TraderParams,
    "countries": params.CountryParams,
    "technology": params.TechnologyParams,
    "decisions": params.DecisionParams,
}
MADE = "*Made from the code by `docs/reference.py`; what stands here is what runs.*"


def write(folder: Path) -> list[Path]:
    """All pages, into a folder; those that have not changed are left alone."""
    pages = {
        "parameters": parameters(),
        "levers": levers(),
        "policies": policies(),
        "scenarios": scenarios(),
        "experiments": experiments(),
    }
    folder.mkdir(exist_ok=True)
    out = []
    for name, text in pages.items():
        path = folder / f"{name}.md"
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        out.append(path)
    return out


def parameters() -> str:
    """Every number of sim/params.py: value, unit, bounds, source, prior."""
    parts = [
        "# Parameters\n\nEvery number that describes behaviour. Set one on the command line as "
        "`room.name=value`, or in a file of your own below `--config-dir`. What cites "
        "*assumption* is judgement. A prior is what was believed of a number before anything was "
        "observed: *even* (all values alike), *factor* (all factors alike) or a *peak* (a "
        f"triangle). The [calibration](../calibration.md) starts from it.\n\n{MADE}"
    ]
    for room, kind in ROOMS.items():
        rows = []
        for f in fields(kind):
            default = f.default if f.default is not MISSING else ""
            about = f.metadata
            prior = about.get("prior")
            rows.append(
                (
                    f"`{room}.{f.name}`",
                    f"`{_plain(default)}`",
                    about.get("unit", "switch" if isinstance(default, bool) else ""),
                    f"{about['low']:g} to {about['high']:g}" if "low" in about else "",
                    about.get("source", ""),
                    f"{prior.told()}: {prior.why}" if prior else "",
                )
            )
        summary = (kind.__doc__ or "").split("\n")[0]
        parts.append(
            f"## {room}\n\n{summary}\n\n"
            + table(("parameter", "value", "unit", "allowed", "source", "prior"), rows)
        )
    return "\n\n".join(parts) + "\n"


def levers() -> str:
    """All that policy can move."""
    rows = [
        (
            f"`{x.name}`",
            ", ".join(x.axes),
            f"{x.neutral:g}",
            x.rule,
            x.unit,
            f"{x.low:g} to {x.high:g}",
            x.meaning,
        )
        for x in LEVERS
    ]
    head = ("lever", "by", "neutral", "combines by", "unit", "allowed", "meaning")
    return (
        "# Levers\n\nAll that policy can move. Measures never edit parameters or state: each month "
        "they combine into a fresh set of levers, each by one rule, so measures commute and a "
        f"measure of intensity 0 is as if it were not there.\n\n{MADE}\n\n{table(head, rows)}\n"
    )


def policies() -> str:
    """What a measure can do and what it has to be told."""
    parts = [
        "# Policies\n\nA measure of a scenario names a policy and its options, who (`by`), against "
        "whom (`on`), `sectors`, `start`, `end`, a `ramp` in months and an `intensity` from 0 to "
        f"1, as far as the policy looks at them.\n\n{MADE}"
    ]
    for policy in known().values():
        takes = ", ".join(f"`{x}`" for x in policy.takes) or "nobody in particular"
        rows = [(f"`{o.name}`", o.meaning, allowed(o)) for o in policy.options]
        options = table(("option", "meaning", "allowed"), rows) if rows else "No options."
        parts.append(f"## {policy.name}\n\n{policy.meaning}\n\nLooks at {takes}.\n\n{options}")
    return "\n\n".join(parts) + "\n"


def scenarios() -> str:
    """Every shipped scenario with its measures by date and what its file says of them."""
    parts = [f"# Scenarios\n\nRun one with `python -m sim scenario=NAME`.\n\n{MADE}"]
    for path in sorted((CONF / "scenario").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        tree = yaml.safe_load(text) or {}
        about = " ".join((tree.get("about") or {}).values())
        notes = " ".join(line.lstrip("# ") for line in _head(text))
        rows = [
            (
                str(m.get("start", "")),
                f"`{name}`",
                f"[{m['policy']}](policies.md#{m['policy']})" if "policy" in m else "(changed)",
                _codes(m.get("by")),
                _codes(m.get("on", m.get(True))),
            )
            for name, m in (tree.get("measures") or {}).items()
        ]
        rows.sort()
        head = ("from", "measure", "policy", "by", "on")
        measures = table(head, rows) if rows else "No measures: nobody does anything."
        parts.append(f"## {path.stem}\n\n{about}\n\n{notes}\n\n{measures}")
    return "\n\n".join(parts) + "\n"


def experiments() -> str:
    """Studies that are shipped: sweeps, searches, sensitivities, games."""
    parts = [f"# Experiments\n\nStudies that are shipped, each a file.\n\n{MADE}"]
    for group, command in (
        ("experiment", "python -m sim -m"),
        ("sensitivity", "python -m sim.sensitivity"),
        ("search", "python -m sim.search"),
        ("game", "python -m sim.game"),
    ):
        rows = []
        for path in sorted((CONF / group).glob("*.yaml")):
            text = path.read_text(encoding="utf-8")
            about = " ".join(line.lstrip("# ") for line in _head(text) if "python -m" not in line)
            rows.append((f"`{command} experiment={path.stem}`", about))
        if rows:
            parts.append(f"## {group}\n\n" + table(("command", "what it asks"), rows))
    return "\n\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; bars in cells are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    cells = ([" ".join(str(x).replace("|", "\\|").split()) for x in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def _head(text: str) -> list[str]:
    """The comment that a file begins with."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        if not line.startswith("# @"):
            lines.append(line)
    return lines


def _codes(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _plain(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {True: "true", False: "false", None: "null"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    for page in write(Path(__file__).resolve().parent / "reference"):
        print(page)
