"""The reference pages, made from the code: what stands there is what runs.

`python docs/reference.py` writes them by hand; the book does it by itself. A test holds every row
against its record.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path

import yaml

from sim import params
from sim.config import CONF
from sim.levers import LEVERS
from sim.policies.__main__ import allowed
from sim.policies.measure import Measure
from sim.policies.policy import known
from sim.record.columns import MAIN
from sim.scenarios import measures
from sim.study.outputs import STATISTICS

ROOMS = {
    "firms": params.FirmParams,
    "market": params.MarketParams,
    "behaviour": params.BehaviourParams,
    "traders": params.TraderParams,
    "countries": params.CountryParams,
    "technology": params.TechnologyParams,
    "decisions": params.DecisionParams,
}
SYMBOLS = {
    "market.price_band": "δ",
    "market.supply_elasticity": "ε",
    "market.tolerance": "tol",
    "behaviour.sigma_scale": "σ",
    "behaviour.stock_cover": "β",
    "behaviour.stock_speed": "τ_S",
    "behaviour.input_cover": "h",
    "behaviour.input_speed": "τ_M",
    "behaviour.criticality": "crit",
    "behaviour.wealth_speed": "κ",
    "behaviour.wage_curve": "γ",
    "behaviour.wage_speed": "ν",
    "behaviour.wage_response": "φ",
    "behaviour.relationship_decay": "ρ",
    "behaviour.relationship_growth": "ρ",
    "behaviour.specificity": "χ",
    "behaviour.specificity_final": "χ_final",
    "behaviour.redesign": "redesign",
    "behaviour.notice": "λ",
    "behaviour.first_sigma": "s₀",
    "behaviour.cap_withholding": "ω",
    "technology.weight_scale": "π",
}
"""Letters of the model note (sim/MODEL.md) for the numbers that its equations hold."""
LOCAL = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]+\)")
"""A link to a file of the checkout, which a book read from disk does not have."""
MADE = "*Made from the code by `docs/reference.py`; what stands here is what runs.*"


def write(folder: Path, more: Mapping[str, str] | None = None) -> list[Path]:
    """All pages, into a folder; those that have not changed are left alone, those gone removed.

    more: text by place of pages that are made elsewhere, e.g. of the code.
    """
    pages = {
        "parameters.md": parameters(),
        "symbols.md": symbols(),
        "levers.md": levers(),
        "policies.md": policies(),
        "scenarios.md": scenarios(),
        "experiments.md": experiments(),
        "claims.md": claims(),
        "measures.md": measured(),
        "contributing.md": told("CONTRIBUTING.md"),
        "changelog.md": told("CHANGELOG.md"),
        **(more or {}),
    }
    for path in folder.rglob("*.md"):
        if path.relative_to(folder).as_posix() not in pages:
            path.unlink()
    out = []
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        out.append(path)
    return out


def told(name: str) -> str:
    """A page of the checkout, with the names of files where it links to them."""
    text = (CONF.parent / name).read_text(encoding="utf-8")
    return LOCAL.sub(r"\1", text)


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
                    SYMBOLS.get(f"{room}.{f.name}", ""),
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
            + table(("parameter", "symbol", "value", "unit", "allowed", "source", "prior"), rows)
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


def symbols() -> str:
    """Letters of the note beside the names of the code."""
    numbers = [
        (letter, f"[`{name}`](parameters.md#{name.partition('.')[0]})", "parameter")
        for name, letter in SYMBOLS.items()
    ]
    columns = [
        (
            column.symbol,
            f"[`{table_.name}.{column.name}`](../outputs.md)",
            column.meaning,
        )
        for table_ in MAIN
        for column in table_.columns
        if column.symbol
    ]
    head = ("symbol", "name in the code", "what")
    return (
        "# Symbols\n\nThe [model note](../model.md) writes letters, the code words: of numbers of "
        f"behaviour, and of what a run records.\n\n{MADE}\n\n"
        f"{table(head, [*numbers, *columns])}\n"
    )


def scenarios() -> str:
    """Every shipped scenario with its measures by date and what its file says of them."""
    parts = [
        "# Scenarios\n\nRun one with `python -m sim scenario=NAME`; several compose. *By table*: "
        "dates and shares of `sanctions_coverage.csv` (see [the data](../data.md)). Notes are the "
        f"comments of the files, with their sources.\n\n{MADE}"
    ]
    for path in sorted((CONF / "scenario").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        tree = yaml.safe_load(text) or {}
        about = " ".join((tree.get("about") or {}).values())
        notes = " ".join(line.lstrip("# ") for line in _head(text))
        own, said = tree.get("measures") or {}, _notes(text)
        every = measures(path.stem)
        rows = [_row(m, said.get(m.name, "")) for m in every if m.name in own]
        head = ("from", "until", "measure", "policy", "by", "on", "how much", "note")
        others = [str(d) for d in tree.get("defaults") or () if d not in ("_self_", "_schema")]
        told = table(head, rows) if rows else "No measures of its own."
        if others:
            told = f"Begins with all of {', '.join(f'[{o}](#{o})' for o in others)}.\n\n{told}"
        elif not every:
            told = "No measures: nobody does anything."
        parts.append(f"## {path.stem}\n\n{about}\n\n{notes}\n\n{told}")
    return "\n\n".join(parts) + "\n"


def _row(m: Measure, note: str) -> tuple[object, ...]:
    by_table = any(isinstance(v, Mapping) for v in m.options.values())
    how = [f"{k} {_short(v)}" for k, v in m.options.items() if v is not None]
    how += [f"over {m.ramp} months"] if m.ramp else []
    how += [f"intensity {m.intensity:g}"] if m.intensity != 1 else []
    return (
        m.start or ("by table" if by_table else "the first month"), m.end or "", f"`{m.name}`",
        f"[{m.policy}](policies.md#{m.policy})", _codes(list(m.by)), _codes(list(m.on)),
        "; ".join(how), note,
    )  # fmt: skip


def _short(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {v}" for k, v in value.items())
    return _codes(list(value)) if isinstance(value, list | tuple) else str(value)


def _notes(text: str) -> dict[str, str]:
    """What the comments beside or above each measure of a scenario's file say, by its name."""
    found: dict[str, str] = {}
    heading, above = "", []
    for line in text.partition("\nmeasures:")[2].splitlines():
        bare = line.strip()
        key = re.match(r"  (\w+):", line)
        if line.startswith("  # ---"):
            heading, above = bare.strip("#- "), []
        elif line.startswith("  #"):
            above.append(bare.lstrip("# "))
        elif key:
            beside = line.partition("#")[2].strip()
            found[key[1]] = " ".join(filter(None, (" ".join(above), beside))) or heading
            above = []
        elif bare.startswith("#") and found:
            last = next(reversed(found))
            found[last] += " " + bare.strip("#- ")
    return found


def claims() -> str:
    """What others claim, and which two runs answer it."""
    parts = [
        "# Claims\n\nWhat somebody said, and the two runs whose difference answers it "
        f"([the answers](../article.md)). `python -m sim.claims experiment=NAME`.\n\n{MADE}"
    ]
    for path in sorted((CONF / "claims").glob("*.yaml")):
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
        rows = [
            (
                row.get("code", ""), f"`{name}`", row["claim"], row.get("mechanism", ""),
                f"[{row['measure']}](measures.md)", row.get("period", ""),
                row.get("run", next(iter(tree["runs"]))), row.get("against", ""),
            )
            for name, row in tree["claims"].items()
        ]  # fmt: skip
        runs = [(f"`{name}`", f"`{' '.join(words)}`") for name, words in tree["runs"].items()]
        head = ("", "name", "claim", "mechanism", "measure", "period", "run", "against")
        parts.append(
            f"## {path.stem}\n\n{tree['about']}, {tree.get('seeds', '')} seeds.\n\n"
            f"{table(head, rows)}\n\n{table(('run', 'as after python -m sim'), runs)}"
        )
    return "\n\n".join(parts) + "\n"


def measured() -> str:
    """What a study may read out of a run."""
    rows = []
    for name, measure in STATISTICS.items():
        about = " ".join((measure.of.__doc__ or "").split())
        takes = [p for p in inspect.signature(measure.of).parameters if p != "panel"]
        rows.append((f"`{name}`", about, ", ".join(f"`{p}`" for p in takes), measure.change))
    head = ("measure", "what it is", "takes", "two runs differ by")
    return (
        "# Measures\n\nWhat a study or a claim reads out of a run; columns that a run records are "
        f"under [outputs](../outputs.md).\n\n{MADE}\n\n{table(head, rows)}\n"
    )


def experiments() -> str:
    """Studies that are shipped: sweeps, searches, sensitivities, games."""
    parts = [f"# Experiments\n\nStudies that are shipped, each a file.\n\n{MADE}"]
    for group, command in (
        ("experiment", "python -m sim -m"),
        ("sensitivity", "python -m sim.sensitivity"),
        ("search", "python -m sim.search"),
        ("calibrate", "python -m sim.calibrate"),
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
    import code_pages

    for page in write(Path(__file__).resolve().parent / "reference", code_pages.pages()):
        print(page)
