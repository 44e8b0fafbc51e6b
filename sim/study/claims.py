"""Claims, answered: pairs of scenarios run seed by seed, and what differs between them in words.

A set of claims is a file, `conf/claims/NAME.yaml`: named runs as lists of overrides, and claims
that name a measure of `sim.study.outputs`, its regions and period, a run and the one it is held
against. All runs of a seed share their random numbers, so what is left of a pair is the mechanism
and not the draw of firms. Nothing here knows what any claim says, or any region.

Of a run only the numbers that claims read are kept, `results/NAME/claims/readings/<run id>.json`;
a killed study goes on where it was, and a claim that is added runs only what has no number yet.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from sim.errors import InputError, blaming, unknown
from sim.prepared import identify, tables
from sim.progress import bar
from sim.record.manifest import model_version, run_id
from sim.record.store import DONE, disk_trouble, make_home, replacing, whole
from sim.record.words import counted, signed
from sim.run import simulate
from sim.settings import Settings
from sim.study.outputs import Output
from sim.study.plan import Plan, read_plan
from sim.study.replicate import Place, here, one_line, over_cores, work_at

SHARED = ("about", "runs", "seeds", "draws")
OPTIONS: dict[str, Any] = {"title": None, "claims": None}
WORDS = ("code", "claim", "mechanism", "measured", "compared")
"""What a claim says of itself, for tables; all but `claim` may be left out."""
NOTHING = "no detectable effect"
DETECTABLE = 0.05
"""Per cent or points: smaller effects are within the accuracy of the model."""


@dataclass(frozen=True)
class Saying:
    """Words for an answer: where 95 % of the seeds lie above a number, or below it, or always."""

    say: str
    above: float | None = None
    below: float | None = None

    @classmethod
    def read(cls, given: object) -> Saying:
        """From `{above: 1, say: "..."}`, `{below: 84, say: "..."}` or `{say: "..."}`."""
        if not isinstance(given, Mapping) or not isinstance(given.get("say"), str):
            raise InputError(f"words: {given!r} is not {{say: text}} with above or below a number")
        for key, value in given.items():
            if key not in ("say", "above", "below"):
                raise unknown("key in words", key, ("say", "above", "below"))
            if key != "say" and (isinstance(value, bool) or not isinstance(value, int | float)):
                raise InputError(f"words: {key} = {value!r} is not a number")
        return cls(**given)

    def fits(self, low: float, high: float) -> bool:
        """Whether an answer with this range is so."""
        over = self.above is None or low > self.above
        return over and (self.below is None or high < self.below)


@dataclass(frozen=True)
class Claim:
    """What somebody said, the mechanism that could make it true, and the number that tells.

    said: words for the answer, the first that fits; without any, whether and how it moves.
    """

    name: str
    code: str
    claim: str
    mechanism: str
    measured: str
    compared: str
    effect: Output
    said: tuple[Saying, ...] = ()

    @classmethod
    def read(cls, name: str, given: object, runs: Sequence[str]) -> Claim:
        """From a row of the file; InputError for anything that is wrong with it."""
        with blaming(f"claim '{name}'"):
            if not isinstance(given, Mapping) or "claim" not in given:
                raise InputError(f"{given!r} says nothing; give it a claim: what is said")
            rest = dict(given)
            words = {key: " ".join(str(rest.pop(key, "")).split()) for key in WORDS}
            said = rest.pop("words", None) or ()
            if not isinstance(said, list | tuple):
                raise InputError(f"words = {said!r} is not a list")
            effect = Output.read(name, rest, runs)
            sayings = tuple(map(Saying.read, said))
            if effect.level and not sayings:
                raise InputError(
                    "a level neither rises nor falls: name a run it is held against "
                    "(against: RUN, or base for its own base month), or words for it"
                )
        other = "its base month" if effect.to_base else effect.against
        words["compared"] = words["compared"] or " / ".join(filter(None, (effect.run, other)))
        words["measured"] = words["measured"] or effect.measure.replace("_", " ")
        return cls(name=name, effect=effect, said=sayings, **words)

    @property
    def unit(self) -> str:
        """Of the effect."""
        return self.effect.unit

    @property
    def level(self) -> bool:
        """Whether it is a level, not a change: it is not drawn, nor called a rise."""
        return self.effect.level

    def of(self, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """The effect by seed, from the readings of each run by seed."""
        own = values[self.effect.run]
        if self.effect.against is None:
            return own
        pairs = zip(own, values[self.effect.against], strict=True)
        return np.array([self.effect.compared(one, other) for one, other in pairs])


@dataclass(frozen=True)
class Answer:
    """A claim with its measured effect: mean and 5 % to 95 % range over seeds, and plain words."""

    about: Claim
    mean: float
    low: float
    high: float

    @property
    def detectable(self) -> bool:
        """Whether the seeds agree on the sign, and it is more than the model's accuracy."""
        return not self.low <= 0.0 <= self.high and abs(self.mean) >= DETECTABLE

    @property
    def words(self) -> str:
        """What the model says."""
        for saying in self.about.said:
            if saying.fits(self.low, self.high):
                return saying.say.replace("{mean}", _short(self.mean))
        if self.level:
            return "not clear in the model"
        if not self.detectable:
            return NOTHING
        direction = "raises" if self.mean > 0 else "lowers"
        return f"{direction} it {'a little' if abs(self.mean) < 1.0 else 'clearly'}"

    @property
    def effect(self) -> str:
        """Mean and range for a table."""
        told = [signed(x, 2) for x in (self.mean, self.low, self.high)]
        mean, low, high = (x.lstrip("+") for x in told) if self.level else told
        return f"{mean} {self.unit} ({low} to {high})"

    @property
    def code(self) -> str:
        """The claim's number."""
        return self.about.code

    @property
    def measured(self) -> str:
        """What is measured."""
        return self.about.measured

    @property
    def compared(self) -> str:
        """The runs that are compared."""
        return self.about.compared

    @property
    def unit(self) -> str:
        """Unit of the effect."""
        return self.about.unit

    @property
    def level(self) -> bool:
        """Whether it is a level, not a change."""
        return self.about.level


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.1f}"


def summarise(claims: Sequence[Claim], values: Mapping[str, np.ndarray]) -> list[Answer]:
    """Mean and spread of every claim. values: the effect by seed, by the claims' names."""
    out = []
    for claim in claims:
        low, high = np.quantile(values[claim.name], (0.05, 0.95))
        out.append(Answer(claim, float(values[claim.name].mean()), float(low), float(high)))
    return out


def read_claims(plan: Plan) -> tuple[Claim, ...]:
    """The claims of a plan, held against the tables and months of their runs."""
    given = plan.options["claims"]
    if not isinstance(given, Mapping) or not given:
        raise InputError(f"'{plan.name}' has no claims: give some, NAME: {{claim: ..., ...}}")
    claims = tuple(Claim.read(str(name), row, list(plan.runs)) for name, row in given.items())
    for claim in claims:
        with blaming(f"claim '{claim.name}'"):
            for run in filter(None, (claim.effect.run, claim.effect.against)):
                made = plan.runs[run]
                claim.effect.check(tables(made).axes, made.start, made.months)
    return claims


def measure(plan: Plan, claims: Sequence[Claim]) -> dict[str, np.ndarray]:
    """The effect of every claim for every seed: `[seeds]` by the claim's name.

    Runs what has no number yet. InputError once all that can be run has been, if some failed.
    """
    output = plan.first.output
    store = make_home(output.folder, plan.first.name) / "claims" / "readings"
    with disk_trouble(store):
        store.mkdir(parents=True, exist_ok=True)
    wanted: dict[str, tuple[Settings, dict[str, Output]]] = {}
    place: dict[tuple[str, int], str] = {}
    for run in plan.runs:
        read = [c.effect for c in claims if run in (c.effect.run, c.effect.against)]
        for s, made in enumerate(plan.settings({}, run) if read else ()):
            place[run, s] = identify(made)
            asked = wanted.setdefault(place[run, s], (made, {}))[1]
            asked |= {_key(effect): effect for effect in read}
    jobs = [(made, asked, store / f"{name}.json", here()) for name, (made, asked) in wanted.items()]
    found: dict[str, dict[str, float]] = {}
    failures = []
    text = f"{len(plan.runs)} scenarios, {plan.seeds} seeds"
    with bar(plan.name, output.progress, len(jobs), text, "runs") as tell:
        for name, values, error in over_cores(_read, jobs, output.jobs):
            found[name] = values
            failures += [error] if error else []
            tell(len(found))
    if failures:
        raise InputError(
            f"{len(failures)} of {len(jobs)} runs failed ({failures[0]}); the others are kept, "
            "say the same again to go on"
        )
    out = {}
    for claim in claims:
        key, runs = _key(claim.effect), filter(None, (claim.effect.run, claim.effect.against))
        numbers = {
            run: np.array([found[place[run, s]][key] for s in range(plan.size)]) for run in runs
        }
        out[claim.name] = claim.of(numbers)
    return out


def _key(effect: Output) -> str:
    """What is read out of a run: the same for all claims that read the same."""
    base = "base" if effect.to_base else None
    told = [effect.measure, dict(effect.arguments), effect.period, base]
    return json.dumps(told, sort_keys=True, default=str)


def _read(
    settings: Settings, wanted: Mapping[str, Output], path: Path, place: Place
) -> tuple[str, dict[str, float], str]:
    """Readings of a run: those that are kept, or simulated, read and kept."""
    work_at(place)
    try:
        kept = _kept(path)
        if wanted.keys() - kept.keys():
            panel = simulate(settings)
            for key, effect in wanted.items():
                kept[key] = float(effect.of(panel))
                if not math.isfinite(kept[key]):
                    raise InputError(f"claim '{effect.name}' is {kept[key]} in run {path.stem}")
            with replacing(path) as partial:
                partial.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    except Exception as error:
        return path.stem, {}, one_line(error)
    return path.stem, kept, ""


def _kept(path: Path) -> dict[str, float]:
    """Numbers that were kept before; what is damaged counts as not there."""
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        return {str(k): float(v) for k, v in tree.items() if math.isfinite(v)}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_answers(folder: Path, plan: Plan, found: Sequence[Answer]) -> None:
    """The answers as CSV, and as Markdown to read."""
    head = ["name", *WORDS, "unit", "mean", "low_5", "high_95", "seeds", "answer"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    for a in found:
        numbers = (f"{x:.4g}" for x in (a.mean, a.low, a.high))
        said = (getattr(a.about, word) for word in WORDS)
        writer.writerow([a.about.name, *said, a.unit, *numbers, plan.seeds, a.words])
    (folder / "claims.csv").write_text(text.getvalue(), encoding="utf-8")
    lines = [
        f"# {plan.about} ({counted(plan.seeds, 'seed')})",
        "",
        "| | claim | measured | effect (5 % to 95 %) | the model says |",
        "|---|---|---|---|---|",
    ]
    for a in found:
        cells = (a.code, a.about.claim, f"{a.measured}: {a.compared}", a.effect, a.words)
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    (folder / "claims.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def run_claims(arguments: Sequence[str]) -> Path:
    """`python -m sim.claims experiment=NAME`: all claims over all seeds, a table and a page.

    Returns the folder, results/<name>/claims/answers-<id>; the id follows from what was asked,
    the tables and the code.
    """
    plan = read_plan("claims", arguments, OPTIONS, SHARED)
    claims = read_claims(plan)
    plan.say()
    home = make_home(plan.first.output.folder, plan.first.name)
    version = (tables(plan.first).source_digest, model_version())
    identifier = run_id({"plan": plan.identity(("title",)), "form": 1}, *version)
    final = home / "claims" / f"answers-{identifier}"
    if (final / DONE).is_file():
        return final
    found = summarise(claims, measure(plan, claims))
    about = {
        "study": "claims",
        "name": plan.name,
        "about": plan.about,
        "claims": len(claims),
        "seeds": plan.seeds,
        "model": version[1],
        "data_digest": version[0],
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with whole(final) as folder:
        write_answers(folder, plan, found)
        text = yaml.safe_dump(plan.resolved(), sort_keys=False, allow_unicode=True)
        (folder / "study.yaml").write_text(text, encoding="utf-8")
        (folder / "study.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        shown = [answer for answer in found if not answer.level]
        if shown and plan.first.output.figures is not False:
            from sim.plots.answers import answers_page
            from sim.plots.style import save

            (folder / "figures").mkdir()
            page = answers_page(
                shown, str(plan.options["title"] or plan.about), plan.seeds,
                plan.first.source(plan.first.span),
            )  # fmt: skip
            save(page, folder / "figures" / "claims.png")
    return final


def closing(folder: Path) -> str:
    """The answers as they are read aloud, and where they are."""
    return f"{(folder / 'claims.md').read_text(encoding='utf-8')}\nWritten: {folder}"
