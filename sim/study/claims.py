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
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from sim.axes import Month
from sim.errors import InputError, blaming, unknown
from sim.prepared import identify, tables
from sim.progress import bar
from sim.record.manifest import model_version, run_id
from sim.record.store import DONE, disk_trouble, make_home, replacing, whole
from sim.record.words import counted, markdown, signed, spread
from sim.run import simulate
from sim.settings import Settings
from sim.study.experiment import Experiment, read_experiment
from sim.study.outputs import Output
from sim.study.periods import window
from sim.study.replicate import Place, here, one_line, over_cores, require_all, work_at
from sim.study.spread import CLEAR, HIGH, LOW, pulls, spread_of

SHARED = ("about", "common", "runs", "seeds", "draws")
OPTIONS: dict[str, Any] = {"title": None, "claims": None, "textbook": None}
"""textbook: the run that is held beside the static equilibrium, a mechanism at a time."""
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
    assumed: what was put in that the answer restates; it is the first that is said.
    """

    name: str
    code: str
    claim: str
    mechanism: str
    measured: str
    compared: str
    effect: Output
    said: tuple[Saying, ...] = ()
    assumed: str = ""

    @classmethod
    def read(cls, name: str, given: object, runs: Sequence[str]) -> Claim:
        """From a row of the file; InputError for anything that is wrong with it."""
        with blaming(f"claim '{name}'"):
            if not isinstance(given, Mapping) or "claim" not in given:
                raise InputError(f"{given!r} says nothing; give it a claim: what is said")
            rest = dict(given)
            words = {key: " ".join(str(rest.pop(key, "")).split()) for key in WORDS}
            assumed = " ".join(str(rest.pop("assumed", "")).split())
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
        return cls(name=name, effect=effect, said=sayings, assumed=assumed, **words)

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
        return effect_of(self.effect, values)

    def by_year(self, start: Month, months: int) -> dict[int, Output]:
        """The same effect in each whole year of a run; none for a claim about a time that is over.

        A year stands for its twelve months, or for its last one where a measure reads a state.
        """
        if self.effect.period is not None and not self.effect.period.endswith(".."):
            return {}
        years = range(start.year, (start + months).year + 1)
        return {
            year: replace(
                self.effect, period=str(year),
                arguments={k: v for k, v in self.effect.arguments.items() if k != "last"},
            )
            for year in years
            if window(str(year), start, months)
        }  # fmt: skip


def effect_of(effect: Output, values: Mapping[str, np.ndarray]) -> np.ndarray:
    """An effect by seed, from the readings of its two runs by seed."""
    own = values[effect.run]
    if effect.against is None:
        return own
    pairs = zip(own, values[effect.against], strict=True)
    return np.array([effect.compared(one, other) for one, other in pairs])


@dataclass(frozen=True)
class Answer:
    """A claim with its measured effect: mean and 5 % to 95 % range, and plain words.

    low, high: over seeds, or over draws of parameters x seeds. agree: the share of the draws that
    have the sign of the mean; None without draws. path: year by year, (mean, low, high).
    """

    about: Claim
    mean: float
    low: float
    high: float
    agree: float | None = None
    path: Mapping[int, tuple[float, float, float]] = field(default_factory=dict)

    @property
    def detectable(self) -> bool:
        """Whether the sign is sure, and it is more than the model's accuracy.

        Seeds are sure if nine in ten lie on one side of nought, draws if nine in ten agree.
        """
        sure = not self.low <= 0.0 <= self.high if self.agree is None else self.agree >= CLEAR
        return sure and abs(self.mean) >= DETECTABLE

    @property
    def words(self) -> str:
        """What the model says; first of all, what was only put in."""
        first = f"assumed ({self.about.assumed}): " if self.about.assumed else ""
        return first + self._found

    @property
    def _found(self) -> str:
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


Effects = Mapping[str, np.ndarray]
"""Effects `[draws x seeds]` by the claim's name."""
Paths = Mapping[int, Effects]
"""The same in each year, of the claims that are followed."""


def summarise(
    claims: Sequence[Claim], values: Effects, draws: int = 0, paths: Paths | None = None
) -> list[Answer]:
    """Mean, spread and path of every claim. draws: sets of parameters each seed ran with, or 0."""

    def band(effect: np.ndarray) -> tuple[float, float, float]:
        low, high = np.quantile(effect, (LOW, HIGH))
        return float(effect.mean()), float(low), float(high)

    out = []
    for claim in claims:
        own = values[claim.name]
        agree = float(spread_of(own.reshape(draws, -1)).agree) if draws > 1 else None
        years = (paths or {}).items()
        path = {year: band(x[claim.name]) for year, x in years if claim.name in x}
        out.append(Answer(claim, *band(own), agree, path))
    return out


def read_claims(experiment: Experiment) -> tuple[Claim, ...]:
    """The claims of an experiment, held against the tables and months of their runs."""
    given, textbook = experiment.options["claims"], experiment.options["textbook"]
    if textbook is not None and textbook not in experiment.runs:
        raise unknown("run", str(textbook), experiment.runs)
    if not isinstance(given, Mapping) or not given:
        raise InputError(f"'{experiment.name}' has no claims: give some, NAME: {{claim: ..., ...}}")
    claims = tuple(Claim.read(str(name), row, list(experiment.runs)) for name, row in given.items())
    for claim in claims:
        with blaming(f"claim '{claim.name}'"):
            for run in filter(None, (claim.effect.run, claim.effect.against)):
                made = experiment.runs[run]
                claim.effect.check(tables(made).axes, made.start, made.months)
    return claims


def measure(experiment: Experiment, claims: Sequence[Claim]) -> tuple[Effects, Paths]:
    """The effect of every claim for every draw and seed, and in every year that it is about.

    Runs what has no number yet. InputError once all that can be run has been, if some failed.
    """
    output = experiment.first.output
    store = make_home(output.folder, experiment.first.name) / "claims" / "readings"
    with disk_trouble(store):
        store.mkdir(parents=True, exist_ok=True)
    first = experiment.first
    effects: dict[tuple[str, int | None], Output] = {}
    for claim in claims:
        yearly = claim.by_year(first.start, first.months)
        effects[claim.name, None] = claim.effect
        effects |= {(claim.name, year): effect for year, effect in yearly.items()}
    wanted: dict[str, tuple[Settings, dict[str, Output]]] = {}
    place: dict[tuple[str, int], str] = {}
    for run in experiment.runs:
        read = [effect for effect in effects.values() if run in (effect.run, effect.against)]
        for s, made in enumerate(experiment.settings({}, run) if read else ()):
            place[run, s] = identify(made)
            asked = wanted.setdefault(place[run, s], (made, {}))[1]
            asked |= {_key(effect): effect for effect in read}
    jobs = [(made, asked, store / f"{name}.json", here()) for name, (made, asked) in wanted.items()]
    found: dict[str, dict[str, float]] = {}
    failures = []
    text = f"{len(experiment.runs)} scenarios, {experiment.seeds} seeds"
    with bar(experiment.name, output.progress, len(jobs), text, "runs") as tell:
        for name, values, error in over_cores(_read, jobs, output.jobs):
            found[name] = values
            failures += [error] if error else []
            tell(len(found))
    require_all(failures, len(jobs))
    ends: dict[str, np.ndarray] = {}
    paths: dict[int, dict[str, np.ndarray]] = {}
    for (name, year), effect in effects.items():
        key, runs = _key(effect), filter(None, (effect.run, effect.against))
        numbers = {
            run: np.array([found[place[run, s]][key] for s in range(experiment.size)])
            for run in runs
        }
        into = ends if year is None else paths.setdefault(year, {})
        into[name] = effect_of(effect, numbers)
    return ends, paths


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


def write_answers(folder: Path, experiment: Experiment, found: Sequence[Answer]) -> None:
    """The answers as CSV, year by year as CSV, and all as Markdown to read."""
    head = ["name", *WORDS, "unit", "mean", "low_5", "high_95", "seeds", "answer"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    for a in found:
        numbers = (f"{x:.4g}" for x in (a.mean, a.low, a.high))
        said = (getattr(a.about, word) for word in WORDS)
        writer.writerow([a.about.name, *said, a.unit, *numbers, experiment.seeds, a.words])
    (folder / "claims.csv").write_text(text.getvalue(), encoding="utf-8")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["name", "code", "year", "unit", "mean", "low_5", "high_95"])
    for a in found:
        for year, band in a.path.items():
            writer.writerow([a.about.name, a.code, year, a.unit, *(f"{x:.4g}" for x in band)])
    (folder / "years.csv").write_text(text.getvalue(), encoding="utf-8")
    first = experiment.first
    over = f"{counted(len(experiment.draws), 'draw')} x " if experiment.draws else ""
    lines = [
        f"# {experiment.about} ({over}{counted(experiment.seeds, 'seed')})",
        "",
        f"{first.firms.count:,} firms, {first.start} to {first.start + (first.months - 1)}. "
        "Effects are means of the last twelve months, unless a row names others.",
        "",
        *markdown(
            ("", "claim", "measured", "effect (5 % to 95 %)", "the model says"),
            [
                (a.code, a.about.claim, f"{a.measured}: {a.compared}", a.effect, a.words)
                for a in found
            ],
            texts=5,
        ),
        *_by_year(found),
    ]
    (folder / "claims.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _by_year(found: Sequence[Answer]) -> list[str]:
    """A table of paths, for those that have more than one year."""
    years = sorted({year for a in found for year in a.path})
    if len(years) < 2:
        return []
    rows = []
    for a in found:
        if a.path:
            cells = [signed(a.path[y][0], 2) if y in a.path else "" for y in years]
            cells = [cell.lstrip("+") for cell in cells] if a.level else cells
            rows.append((a.code, f"{a.measured}: {a.compared}, {a.unit}", *cells))
    head = ("", "measured", *map(str, years))
    return ["", "## Year by year", "", *markdown(head, rows, texts=2)]


def _tornado(
    folder: Path, experiment: Experiment, claims: Sequence[Claim], values: Effects
) -> None:
    """What every parameter does to every answer over the draws, `tornado.csv` and a figure."""
    head = ["name", "code", "unit", "parameter", "correlation", "swing", "sure"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    panels = []
    for claim in claims:
        means = values[claim.name].reshape(len(experiment.draws), -1).mean(axis=1)
        found = pulls(experiment.draws, means)
        for pull in found:
            numbers = f"{pull.correlation:.4g}", f"{pull.swing:.4g}"
            writer.writerow(
                [claim.name, claim.code, claim.unit, pull.parameter, *numbers, pull.sure]
            )
        bars = [(pull.parameter, pull.swing, pull.sure) for pull in found]
        panels.append((f"{claim.code} {claim.name.replace('_', ' ')}", claim.unit, bars))
    (folder / "tornado.csv").write_text(text.getvalue(), encoding="utf-8")
    if experiment.first.output.figures is not False:
        from sim.plots import style
        from sim.plots.tornado import Answer as Panel
        from sim.plots.tornado import tornadoes

        told = (
            f"{len(experiment.draws)} draws of parameters. Bar: the change where a parameter is "
            "above its median less that where it is below; grey: chance could give it"
        )
        source = style.footer(experiment.first.source(experiment.first.span))
        page = tornadoes([Panel(*p) for p in panels], "What the answers hang on", told, source)
        style.save(page, folder / "figures" / "tornado.png")


def run_claims(arguments: Sequence[str]) -> Path:
    """`python -m sim.claims experiment=NAME`: all claims over all seeds, a table and a page.

    Returns the folder, results/<name>/claims/answers-<id>; the id follows from what was asked,
    the tables and the code.
    """
    experiment = read_experiment("claims", arguments, OPTIONS, SHARED)
    claims = read_claims(experiment)
    experiment.say()
    home = make_home(experiment.first.output.folder, experiment.first.name)
    version = (tables(experiment.first).source_digest, model_version())
    identifier = run_id({"experiment": experiment.identity(("title",)), "form": 2}, *version)
    final = home / "claims" / f"answers-{identifier}"
    if (final / DONE).is_file():
        return final
    values, paths = measure(experiment, claims)
    found = summarise(claims, values, len(experiment.draws), paths)
    about = {
        "study": "claims",
        "name": experiment.name,
        "about": experiment.about,
        "claims": len(claims),
        "seeds": experiment.seeds,
        "draws": len(experiment.draws),
        "model": version[1],
        "data_digest": version[0],
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with whole(final) as folder:
        write_answers(folder, experiment, found)
        text = yaml.safe_dump(experiment.resolved(), sort_keys=False, allow_unicode=True)
        (folder / "study.yaml").write_text(text, encoding="utf-8")
        (folder / "study.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        shown = [answer for answer in found if not answer.level]
        (folder / "figures").mkdir()
        if len(experiment.draws) >= 4:
            _tornado(folder, experiment, claims, values)
        if shown and experiment.first.output.figures is not False:
            from sim.plots.answers import answers_page
            from sim.plots.style import save

            page = answers_page(
                shown, str(experiment.options["title"] or experiment.about),
                spread(experiment.seeds, len(experiment.draws)) if experiment.size > 1 else "",
                experiment.first.source(experiment.first.span),
            )  # fmt: skip
            save(page, folder / "figures" / "claims.png")
        if experiment.options["textbook"]:
            _beside_the_textbook(folder, experiment)
    return final


def _beside_the_textbook(folder: Path, experiment: Experiment) -> None:
    """What lies between a run and the static equilibrium, added to the page; five runs more."""
    from sim.study.textbook import beside

    with bar(
        experiment.name, experiment.first.output.progress, None, "the textbook beside it"
    ) as tell:
        run = experiment.runs[experiment.options["textbook"]]
        lines = beside(run, folder, lambda name: tell(text=f"textbook: {name}"))
    with (folder / "claims.md").open("a", encoding="utf-8") as page:
        page.write("\n".join(lines) + "\n")


def closing(folder: Path) -> str:
    """The answers as they are read aloud, and where they are."""
    return f"{(folder / 'claims.md').read_text(encoding='utf-8')}\nWritten: {folder}"
