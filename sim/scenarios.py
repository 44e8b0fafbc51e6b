"""`python -m sim scenarios [NAME ...]`: what is shipped, a line each, and what is in it.

>>> about()["embargo"]
'the coalition stops all trade with Russia in both directions'
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import yaml

from sim.commands import Arguments, obey
from sim.config import load, places
from sim.errors import InputError, unknown
from sim.policies.measure import Measure

ABOUT = """The scenarios there are, a line each; with names, the measures of those.
A run takes several: python -m sim scenario=[eu_2022,joint_sovereignty]"""


def about(config_dir: str | Path | None = None) -> dict[str, str]:
    """A line on every scenario, shipped or in a folder of the user's own, by name."""
    files = {
        f.stem: f for root in places(config_dir)[0] for f in (root / "scenario").glob("*.yaml")
    }
    return {name: _line(files[name]) for name in sorted(files)}


def _line(file: Path) -> str:
    """What a file says about itself, at its top or below `scenario`."""
    try:
        tree = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InputError(f"cannot read {file}: {' '.join(str(error).split())}") from None
    inner = tree.get("scenario")
    lines = tree.get("about") or (isinstance(inner, dict) and inner.get("about")) or {}
    if not isinstance(lines, dict) or not lines:
        return ""
    return " ".join(str(lines.get(file.stem, list(lines.values())[-1])).split())


def measures(name: str, config_dir: str | Path | None = None) -> tuple[Measure, ...]:
    """The measures of a scenario in the order of their dates."""
    found = load(f"scenario={name}", config_dir=config_dir).scenario.measures
    return tuple(sorted(found, key=lambda m: (str(m.start or ""), m.name)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print them; exit code 2 for a name that is none."""
    parser = Arguments("scenarios", ABOUT)
    parser.add_argument("name", nargs="*", help="whose measures are shown")
    parser.add_argument("--config-dir", "-cd", metavar="FOLDER", help="scenarios of your own")
    return obey(parser, arguments, _told)


def _told(given: Namespace) -> None:
    lines = about(given.config_dir)
    for name in given.name:
        if name not in lines:
            raise unknown("scenario", name, lines)
    width = max(map(len, lines), default=0)
    if not given.name:
        for name, line in lines.items():
            print(f"{name:<{width}}  {line}", flush=True)
    for name in given.name:
        print(f"{name}: {lines[name]}")
        for measure in measures(name, given.config_dir):
            print(f"  {_sentence(measure)}", flush=True)


def _sentence(measure: Measure) -> str:
    since = f"from {measure.start}" if measure.start else "from its table's dates or the start"
    until = f" to {measure.end}" if measure.end else ""
    ramp = f", over {measure.ramp} months" if measure.ramp else ""
    who = f" by {' '.join(measure.by)}" if measure.by else ""
    whom = f" on {' '.join(measure.on)}" if measure.on else ""
    return f"{measure.name}: {measure.policy}{who}{whom} {since}{until}{ramp}"


if __name__ == "__main__":
    sys.exit(main())
