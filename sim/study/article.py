"""The article of February 2023, answered: a row for each of its claims (facts, A1 to A13).

Each claim becomes a mechanism that can be switched. A row compares two scenarios seed by seed,
with common random numbers, so that what is left is the mechanism and not the draw of firms.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from sim.config import load
from sim.errors import InputError
from sim.progress import bar
from sim.record.indicators import (
    consumption,
    orientation,
    recorded_turnover,
    rerouting,
    sovereignty_index,
)
from sim.record.manifest import model_version, run_id
from sim.record.panel import Panel
from sim.record.store import disk_trouble, prepare, replacing
from sim.run import simulate, tables
from sim.settings import Settings
from sim.study.replicate import Place, here, over_cores, work_at

MEMBERS = ("ARM", "BLR", "KAZ", "KGZ", "RUS")
SENDERS = ("EU27", "GBR", "USA", "JPN", "KOR")
LEAST_MONTHS = 24
NOTHING = "no detectable effect"
SWITCHES = ("behaviour", "traders", "technology", "countries")
DETECTABLE = 0.05  # percent or points: smaller effects are within the accuracy of the model

Runs = dict[str, Panel]
SCENARIOS: dict[str, tuple[str, ...]] = {
    "none": ("scenario=none",),
    "eu_2022": ("scenario=eu_2022",),
    "closed": ("scenario=[eu_2022,mission_closed]",),
    "kept": ("scenario=[eu_2022,mission_kept]",),
    "no_traders": ("scenario=eu_2022", "traders=off"),
    "no_technology": ("scenario=eu_2022", "technology=off"),
    "ventures": ("scenario=[eu_2022,ventures_halved]",),
    "no_ties": ("scenario=[eu_2022,mission_closed]", "behaviour.owner_stickiness=1"),
    "strict": ("scenario=[eu_2022,strict_compliance]",),
    "free": ("scenario=[eu_2022,no_compliance]",),
    "substitution": ("scenario=[eu_2022,import_substitution]",),
    "national": ("scenario=[eu_2022,national_sovereignty]",),
    "joint": ("scenario=[eu_2022,joint_sovereignty]",),
    "burden": ("scenario=[eu_2022,burden_sharing]",),
    "documents": ("scenario=[eu_2022,e_documents]",),
    "digital": ("scenario=[eu_2022,e_documents,competence_centre]",),
    "hedging": ("scenario=[eu_2022,hedging_kazakhstan]",),
}
"""Runs of every seed, by the names that claims use."""


@dataclass(frozen=True)
class Claim:
    """A row: what the article says, the mechanism, what is compared and how it is measured.

    level: what is measured is no change, so it is neither drawn nor called a rise; said tells
    then what mean and 5 % quantile mean.
    """

    code: str
    claim: str
    mechanism: str
    compared: str
    measured: str
    unit: str
    value: Callable[[Runs], float]
    said: Callable[[float, float], str] | None = None

    @property
    def level(self) -> bool:
        """Whether it is a level, not a change."""
        return self.said is not None


def turnover(panel: Panel, one: str, other: str, first: int = 0, after: int | None = None) -> float:
    """Goods traded both ways as the customs of `one` record them, mean of months, mUSD."""
    path, _ = recorded_turnover(panel, one, [other])
    return float(path[first:after].mean())


def base_turnover(panel: Panel, one: str, other: str) -> float:
    """The same in the base month, mUSD."""
    return recorded_turnover(panel, one, [other])[1]


def year(panel: Panel, variable: str, region: str) -> float:
    """Mean of a regional variable over the last twelve months."""
    return float(panel.values("regions", variable)[-12:, panel.axes.region(region)].mean())


def percent(one: float, other: float) -> float:
    """How much larger one is than the other, %."""
    return 100.0 * (one / other - 1.0)


def consumed(name: str, other: str, *regions: str) -> Callable[[Runs], float]:
    """Real consumption of regions together, private and public, in one run against another, %."""

    def last_year(panel: Panel) -> float:
        path, _ = consumption(panel)
        return float(path[-12:, panel.axes.region_positions(regions)].mean(axis=0).sum())

    return lambda runs: percent(last_year(runs[name]), last_year(runs[other]))


def produced(name: str, other: str, region: str) -> Callable[[Runs], float]:
    """Real GDP in one run against another, %."""
    return lambda runs: percent(
        year(runs[name], "real_gdp", region), year(runs[other], "real_gdp", region)
    )


def eleven_months(name: str) -> Callable[[Runs], float]:
    """Turnover of Kazakhstan and Russia, January to November 2022 against 2021, %."""
    return lambda runs: percent(
        turnover(runs[name], "KAZ", "RUS", 0, 11), base_turnover(runs[name], "KAZ", "RUS")
    )


def _from_march_2023(name: str, other: str) -> Callable[[Runs], float]:
    """Turnover of Kazakhstan and Russia after February 2023 in one run against another, %."""
    return lambda runs: percent(
        turnover(runs[name], "KAZ", "RUS", 14), turnover(runs[other], "KAZ", "RUS", 14)
    )


def _lead_of_bloc(runs: Runs) -> float:
    panel = runs["eu_2022"]
    return turnover(panel, "KAZ", "EU27", 0, 12) / turnover(panel, "KAZ", "RUS", 0, 12)


def _lead_of_russia(runs: Runs) -> float:
    panel = runs["eu_2022"]
    singles = [r for r in panel.axes.regions if r not in ("KAZ", "RUS", "EU27", "ROW")]
    others = max(turnover(panel, "KAZ", r, 0, 12) for r in singles)
    return turnover(panel, "KAZ", "RUS", 0, 12) / others


def _points(measure: Callable[[Panel], float], name: str, other: str) -> Callable[[Runs], float]:
    return lambda runs: 100.0 * (measure(runs[name]) - measure(runs[other]))


def _hub(panel: Panel) -> float:
    return float(100.0 * rerouting(panel, "RUS", SENDERS, ("KAZ",)).offset[-12:].mean())


def _own_software(name: str) -> Callable[[Runs], float]:
    def value(runs: Runs) -> float:
        panel = runs[name]
        return float(100.0 * sovereignty_index(panel, ["software"])[-1, panel.axes.region("RUS")])

    return value


def _first_partner(mean: float, low: float) -> str:
    return "true in the model" if low > 1.0 else "not clear in the model"


def _far_from_85(mean: float, low: float) -> str:
    return (
        f"{mean:.0f} % in use and working, far from 85 %" if mean < 84 else "about what is claimed"
    )


CLAIMS = (
    Claim("A1", "Kazakhstan closes its trade representation in Russia", "relations lever, by date",
          "eu_2022 + mission_closed / eu_2022", "KAZ-RUS turnover from March 2023", "%",
          _from_march_2023("closed", "eu_2022")),
    Claim("A2", "reason: optimisation; what if it had stayed and worked harder",
          "relations lever, counterfactual", "eu_2022 + mission_kept / eu_2022",
          "KAZ-RUS turnover from March 2023", "%", _from_march_2023("kept", "eu_2022")),
    Claim("A3", "the EU as a bloc is Kazakhstan's first partner", "baseline and 2022",
          "eu_2022", "turnover with EU27 over that with RUS, 2022", "ratio", _lead_of_bloc,
          _first_partner),
    Claim("A3", "Russia is its first single country", "baseline and 2022", "eu_2022",
          "turnover with RUS over the next single country, 2022", "ratio", _lead_of_russia,
          _first_partner),
    Claim("A4", "KAZ-RUS turnover +6.8 % in 11 months of 2022", "all channels", "eu_2022 / 2021",
          "turnover, 11 months", "%", eleven_months("eu_2022")),
    Claim("A4", "- the same without traders", "rerouting switched off", "traders=off / 2021",
          "turnover, 11 months", "%", eleven_months("no_traders")),
    Claim("A4", "- the same without technology", "technology switched off",
          "eu_2022, technology=off / 2021", "turnover, 11 months", "%",
          eleven_months("no_technology")),
    Claim("A4", "- the same with strict compliance", "customs stop nine of ten",
          "eu_2022 + strict / 2021", "turnover, 11 months", "%", eleven_months("strict")),
    Claim("A4", "- the same without sanctions", "nothing", "none / 2021",
          "turnover, 11 months", "%", eleven_months("none")),
    Claim("A5", "8,000 firms with Russian participation, 3,348 joint ventures; half of them end",
          "relations lever, counterfactual", "eu_2022 + ventures_halved / eu_2022",
          "KAZ-RUS turnover from March 2023", "%", _from_march_2023("ventures", "eu_2022")),
    Claim("A5", "- what their owners' ties hold of the trade that the mission's end costs",
          "ownership: stickier links", "eu_2022 + mission_closed / links of owners not stickier",
          "KAZ-RUS turnover from March 2023", "%", _from_march_2023("closed", "no_ties")),
    Claim("A6", "the union as a framework", "trade turns to members", "eu_2022 / none",
          "share of members in Kazakhstan's trade", "points",
          _points(lambda p: float(orientation(p, "KAZ")[-12:].mean()), "eu_2022", "none")),
    Claim("A7", "Kazakhstan is hit indirectly", "input links, prices, demand", "eu_2022 / none",
          "real consumption of Kazakhstan", "%",
          consumed("eu_2022", "none", "KAZ")),
    Claim("A7", "it does not want to be a sanctions breaker", "compliance decision",
          "eu_2022 / no hub complies", "goods through Kazakhstan over lost trade", "points",
          lambda runs: _hub(runs["eu_2022"]) - _hub(runs["free"])),
    Claim("A7", "it seeks closer ties", "hedging", "eu_2022 + hedging_kazakhstan / eu_2022",
          "real consumption of Kazakhstan", "%",
          consumed("hedging", "eu_2022", "KAZ")),
    Claim("A8", "technological sovereignty is the union's priority", "research, mandates, by each",
          "eu_2022 + national_sovereignty / eu_2022", "real consumption of Russia", "%",
          consumed("national", "eu_2022", "RUS")),
    Claim("A8", "- Russia's own programme", "import substitution",
          "eu_2022 + import_substitution / eu_2022", "real consumption of Russia", "%",
          consumed("substitution", "eu_2022", "RUS")),
    Claim("A9", "without own solutions access can be cut any day", "loss after cut-off",
          "eu_2022 / eu_2022, technology=off", "real GDP of Russia", "%",
          produced("eu_2022", "no_technology", "RUS")),
    Claim("A10", "Russia's problems should be shared", "transfers, tariff, procurement",
          "eu_2022 + burden_sharing / eu_2022", "real consumption of Russia", "%",
          consumed("burden", "eu_2022", "RUS")),
    Claim("A10", "- and what the others pay", "the same", "eu_2022 + burden_sharing / eu_2022",
          "real consumption of Kazakhstan", "%",
          consumed("burden", "eu_2022", "KAZ")),
    Claim("A11", "85 % of foreign programs have a Russian analogue", "availability is not maturity",
          "eu_2022 + import_substitution", "needs met by own software that works, end of run", "%",
          _own_software("substitution"), _far_from_85),
    Claim("A12", "Kazakhstan's digital government has climbed", "border cost by capability",
          "eu_2022 + e_documents / eu_2022", "real consumption of Kazakhstan", "%",
          consumed("documents", "eu_2022", "KAZ")),
    Claim("A13", "electronic documents and a competence centre", "border cost, spill-over",
          "eu_2022 + e_documents + competence_centre / eu_2022", "KAZ-RUS turnover, last 12 months",
          "%", lambda runs: percent(turnover(runs["digital"], "KAZ", "RUS", -12),
                                    turnover(runs["eu_2022"], "KAZ", "RUS", -12))),
    Claim("A13", "joint projects", "joint programme against each its own",
          "eu_2022 + joint / eu_2022 + national", "real consumption of Kazakhstan", "%",
          consumed("joint", "national", "KAZ")),
    Claim("A13", "- for the union as a whole", "the same", "eu_2022 + joint / eu_2022 + national",
          "real consumption of the members", "%", consumed("joint", "national", *MEMBERS)),
)  # fmt: skip


def variants(settings: Settings) -> dict[str, Settings]:
    """The study's own settings under every scenario, and with each mechanism switched."""
    own = [o for o in settings.overrides if o.lstrip("+~").startswith("scenario.")]
    plain = load()
    found = {}
    for name, parts in SCENARIOS.items():
        made = load(*parts, *own)
        rooms = {room: _moved(room, settings, made, plain) for room in SWITCHES}
        found[name] = replace(
            settings, scenario=made.scenario, study=None, seeds=None, reference=None, **rooms
        )
    return found


def _moved(room: str, settings: Settings, made: Settings, plain: Settings) -> Any:
    """A group of parameters with what a variant changes of it."""
    before, after = getattr(plain, room), getattr(made, room)
    names = [f.name for f in fields(before)]
    moved = {n: getattr(after, n) for n in names if getattr(after, n) != getattr(before, n)}
    return replace(getattr(settings, room), **moved)


def answer(runs: Mapping[str, Settings], seed: int) -> list[float]:
    """All claims for one seed: a number each, in the order of CLAIMS."""
    baseline = tables(runs["none"])
    panels = {name: simulate(replace(one, seed=seed), baseline) for name, one in runs.items()}
    return [claim.value(panels) for claim in CLAIMS]


def answers(
    runs: Mapping[str, Settings],
    seeds: Sequence[int],
    store: Path,
    jobs: int | None = None,
    tick: Callable[[int], object] = lambda done: None,
) -> np.ndarray:
    """All claims for all seeds: `[seeds, claims]`.

    store: a folder in which each finished seed is kept, written whole; a seed that is there is
    not run again.
    """
    with disk_trouble(store):
        store.mkdir(parents=True, exist_ok=True)
    work = [(runs, seed, store / f"seed_{seed}.json", here()) for seed in seeds]
    rows = {}
    for seed, row in over_cores(_one_seed, work, jobs):
        rows[seed] = row
        tick(len(rows))
    return np.array([rows[seed] for seed in seeds])


def _one_seed(
    runs: Mapping[str, Settings], seed: int, path: Path, place: Place
) -> tuple[int, list[float]]:
    work_at(place)
    if path.is_file():
        return seed, json.loads(path.read_text(encoding="utf-8"))
    values = answer(runs, seed)
    with replacing(path) as partial:
        partial.write_text(json.dumps(values), encoding="utf-8")
    return seed, values


@dataclass(frozen=True)
class Answer:
    """A claim with its measured effect: mean and 5 % to 95 % range over seeds, and plain words."""

    claim: Claim
    mean: float
    low: float
    high: float
    words: str

    @property
    def detectable(self) -> bool:
        """Whether all seeds agree on the sign, and it is more than the model's accuracy."""
        return _detectable(self.mean, self.low, self.high)

    @property
    def effect(self) -> str:
        """Mean and range for a table."""
        if self.unit == "ratio":
            return f"{self.mean:.2f} ({self.low:.2f} to {self.high:.2f})"
        sign = "" if self.claim.level else "+"
        mean, low, high = (format(x, f"{sign}.2f") for x in (self.mean, self.low, self.high))
        return f"{mean} {self.unit} ({low} to {high})"

    @property
    def code(self) -> str:
        """The claim's number."""
        return self.claim.code

    @property
    def measured(self) -> str:
        """What is measured."""
        return self.claim.measured

    @property
    def compared(self) -> str:
        """The runs that are compared."""
        return self.claim.compared

    @property
    def unit(self) -> str:
        """Unit of the effect."""
        return self.claim.unit


def summarise(values: np.ndarray) -> list[Answer]:
    """Mean, spread and reading of every claim. values: `[seeds, claims]`."""
    out = []
    for claim, column in zip(CLAIMS, values.T, strict=True):
        low, high = np.quantile(column, (0.05, 0.95))
        mean = float(column.mean())
        out.append(Answer(claim, mean, float(low), float(high), _words(claim, mean, low, high)))
    return out


def _detectable(mean: float, low: float, high: float) -> bool:
    return not low <= 0.0 <= high and abs(mean) >= DETECTABLE


def _words(claim: Claim, mean: float, low: float, high: float) -> str:
    if claim.said:
        return claim.said(mean, low)
    if not _detectable(mean, low, high):
        return NOTHING
    direction = "raises" if mean > 0 else "lowers"
    strength = "a little" if abs(mean) < 1.0 else "clearly"
    return f"{direction} it {strength}"


def write_article(folder: Path, found: list[Answer], seeds: int) -> None:
    """The table as CSV and as Markdown to read, written whole or not at all."""
    columns = ("code", "claim", "mechanism", "compared", "measured", "unit")
    head = [*columns, "mean", "low_5", "high_95", "seeds", "answer"]
    rows = [
        [*(getattr(a.claim, c) for c in columns), *(f"{x:.4g}" for x in (a.mean, a.low, a.high)),
         str(seeds), a.words]
        for a in found
    ]  # fmt: skip
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([head, *rows])
    with replacing(folder / "article.csv") as path:
        path.write_text(text.getvalue(), encoding="utf-8")
    lines = [
        f"# The article of February 2023, answered ({seeds} seeds)",
        "",
        "| | claim | measured | effect (5 % to 95 %) | the model says |",
        "|---|---|---|---|---|",
    ]
    for a in found:
        measured = f"{a.claim.measured}: {a.claim.compared}"
        lines.append(f"| {a.claim.code} | {a.claim.claim} | {measured} | {a.effect} | {a.words} |")
    with replacing(folder / "article.md") as path:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def run_article(settings: Settings) -> Path:
    """`python -m sim experiment=article`: all claims over all seeds, as a table and a page.

    Returns the folder, results/<name>/<id>; the id follows from what was asked, the tables and
    the code. Seeds that are finished are not run again, so a killed study goes on where it was.
    """
    from sim.plots.answers import answers_page
    from sim.plots.style import save

    if settings.months < LEAST_MONTHS:
        raise InputError(
            f"months = {settings.months}: the article's claims look at 2022 and at 2023; "
            f"simulate {LEAST_MONTHS} or more"
        )
    console = Console(quiet=not settings.output.progress)
    runs = variants(settings)
    asked = {name: replace(one, seed=0).identity() for name, one in runs.items()}
    identifier = run_id(
        {"study": "article", "runs": asked}, tables(settings).source_digest, model_version()
    )
    folder = prepare(settings.output.folder, settings.name) / identifier
    count = settings.seeds or 20
    seeds = range(settings.seed, settings.seed + count)
    text = f"{len(runs)} scenarios a seed"
    with bar("the article", settings.output.progress, count, text, "seeds") as tell:
        values = answers(runs, seeds, folder / "seeds", settings.output.jobs, tell)
    found = summarise(values)
    write_article(folder, found, count)
    shown = [a for a in found if not a.claim.level]
    page = answers_page(
        shown,
        "What each answer to sanctions brings, by the claims of February 2023",
        f"Mean effect (dot) and 5 % to 95 % range over {count} seeds; grey: no detectable effect",
        settings.source(settings.span),
    )
    save(page, folder / "article.png")
    table = Table("", "claim", "measured", "effect", "the model says", box=SIMPLE_HEAD)
    for a in found:
        table.add_row(a.claim.code, a.claim.claim, a.claim.measured, a.effect, a.words)
    console.print(table)
    console.print(f"Written: [bold]{folder}[/bold]", soft_wrap=True)
    return folder
