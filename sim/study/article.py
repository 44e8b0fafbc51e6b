"""The article of February 2023, answered: a row for each of its claims (facts, A1 to A13).

Each claim becomes a mechanism that can be switched. A row compares two scenarios seed by seed,
with common random numbers, so that what is left is the mechanism and not the draw of firms.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from sim.config import load
from sim.errors import InputError
from sim.progress import bar
from sim.record.indicators import orientation, rerouting, sovereignty_index
from sim.record.manifest import model_version, run_id
from sim.record.panel import Panel
from sim.record.store import prepare
from sim.run import simulate, tables
from sim.settings import Settings

SENDERS = ("EU27", "GBR", "USA", "JPN", "KOR")
OWN_KEYS = ("experiment", "study", "seeds", "seed", "name", "scenario", "reference")
LEAST_MONTHS = 24
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
    """A row: what the article says, the mechanism, what is compared and how it is measured."""

    code: str
    claim: str
    mechanism: str
    compared: str
    measured: str
    unit: str
    value: Callable[[Runs], float]


def turnover(panel: Panel, one: str, other: str, first: int = 0, after: int | None = None) -> float:
    """Trade both ways between two regions, mean of months first to after, mUSD a month."""
    path, _ = panel.bilateral()
    a, b = panel.axes.region(one), panel.axes.region(other)
    return float((path[first:after, a, b] + path[first:after, b, a]).mean())


def base_turnover(panel: Panel, one: str, other: str) -> float:
    """Trade both ways in the base month, mUSD."""
    _, base = panel.bilateral()
    a, b = panel.axes.region(one), panel.axes.region(other)
    return float(base[a, b] + base[b, a])


def year(panel: Panel, variable: str, region: str) -> float:
    """Mean of a regional variable over the last twelve months."""
    return float(panel.values("regions", variable)[-12:, panel.axes.region(region)].mean())


def percent(one: float, other: float) -> float:
    """How much larger one is than the other, %."""
    return 100.0 * (one / other - 1.0)


def against(name: str, other: str, variable: str, region: str) -> Callable[[Runs], float]:
    """Last twelve months of a variable in one run against another, %."""
    return lambda runs: percent(
        year(runs[name], variable, region), year(runs[other], variable, region)
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


def _sovereignty(name: str) -> Callable[[Runs], float]:
    def value(runs: Runs) -> float:
        panel = runs[name]
        return float(100.0 * sovereignty_index(panel)[-1, panel.axes.region("RUS")])

    return value


CLAIMS = (
    Claim("A1", "Kazakhstan closes its trade representation in Russia", "relations lever, by date",
          "eu_2022 + mission_closed / eu_2022", "KAZ-RUS turnover from March 2023", "%",
          _from_march_2023("closed", "eu_2022")),
    Claim("A2", "reason: optimisation; what if it had stayed and worked harder",
          "relations lever, counterfactual", "eu_2022 + mission_kept / eu_2022",
          "KAZ-RUS turnover from March 2023", "%", _from_march_2023("kept", "eu_2022")),
    Claim("A3", "the EU as a bloc is Kazakhstan's first partner", "baseline and 2022",
          "eu_2022", "turnover with EU27 over that with RUS, 2022", "ratio", _lead_of_bloc),
    Claim("A3", "Russia is its first single country", "baseline and 2022", "eu_2022",
          "turnover with RUS over the next single country, 2022", "ratio", _lead_of_russia),
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
          against("eu_2022", "none", "real_consumption", "KAZ")),
    Claim("A7", "it does not want to be a sanctions breaker", "compliance decision",
          "eu_2022 / no_compliance", "goods through Kazakhstan over lost trade", "points",
          lambda runs: _hub(runs["eu_2022"]) - _hub(runs["free"])),
    Claim("A7", "it seeks closer ties", "hedging", "eu_2022 + hedging_kazakhstan / eu_2022",
          "real consumption of Kazakhstan", "%",
          against("hedging", "eu_2022", "real_consumption", "KAZ")),
    Claim("A8", "technological sovereignty is the union's priority", "research, mandates, by each",
          "eu_2022 + national_sovereignty / eu_2022", "real consumption of Russia", "%",
          against("national", "eu_2022", "real_consumption", "RUS")),
    Claim("A8", "- Russia's own programme", "import substitution",
          "eu_2022 + import_substitution / eu_2022", "real consumption of Russia", "%",
          against("substitution", "eu_2022", "real_consumption", "RUS")),
    Claim("A9", "without own solutions access can be cut any day", "loss after cut-off",
          "eu_2022 / eu_2022, technology=off", "real GDP of Russia", "%",
          against("eu_2022", "no_technology", "real_gdp", "RUS")),
    Claim("A10", "Russia's problems should be shared", "transfers, tariff, procurement",
          "eu_2022 + burden_sharing / eu_2022", "real consumption of Russia", "%",
          against("burden", "eu_2022", "real_consumption", "RUS")),
    Claim("A10", "- and what the others pay", "the same", "eu_2022 + burden_sharing / eu_2022",
          "real consumption of Kazakhstan", "%",
          against("burden", "eu_2022", "real_consumption", "KAZ")),
    Claim("A11", "85 % of foreign programs have a Russian analogue", "availability is not maturity",
          "eu_2022 + import_substitution", "needs met by working own technology, end of run", "%",
          _sovereignty("substitution")),
    Claim("A12", "Kazakhstan's digital government has climbed", "border cost by capability",
          "eu_2022 + e_documents / eu_2022", "real consumption of Kazakhstan", "%",
          against("documents", "eu_2022", "real_consumption", "KAZ")),
    Claim("A13", "electronic documents and a competence centre", "border cost, spill-over",
          "eu_2022 + e_documents + competence_centre / eu_2022", "KAZ-RUS turnover, last 12 months",
          "%", lambda runs: percent(turnover(runs["digital"], "KAZ", "RUS", -12),
                                    turnover(runs["eu_2022"], "KAZ", "RUS", -12))),
    Claim("A13", "joint projects", "joint programme against each its own",
          "eu_2022 + joint / eu_2022 + national", "real consumption of Kazakhstan", "%",
          against("joint", "national", "real_consumption", "KAZ")),
)  # fmt: skip


def answer(seed: int, overrides: tuple[str, ...] = ()) -> list[float]:
    """All claims for one seed: a number each, in the order of CLAIMS."""
    settings = {name: load(*parts, *overrides, f"seed={seed}") for name, parts in SCENARIOS.items()}
    first = settings["none"]
    runs = {name: simulate(chosen, tables(first)) for name, chosen in settings.items()}
    return [claim.value(runs) for claim in CLAIMS]


def answers(
    seeds: list[int],
    store: Path,
    overrides: tuple[str, ...] = (),
    jobs: int = 2,
    tick: Callable[[int], object] = lambda done: None,
) -> np.ndarray:
    """All claims for all seeds: `[seeds, claims]`.

    store: a folder in which each finished seed is kept, written whole; a seed that is there is
    not run again.
    """
    store.mkdir(parents=True, exist_ok=True)

    def one(seed: int) -> list[float]:
        path = store / f"seed_{seed}.json"
        if path.is_file():
            return json.loads(path.read_text(encoding="utf-8"))
        values = answer(seed, overrides)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        partial.write_text(json.dumps(values), encoding="utf-8")
        os.replace(partial, path)
        return values

    work = Parallel(n_jobs=jobs, return_as="generator")(delayed(one)(seed) for seed in seeds)
    rows = []
    for row in work:
        rows.append(row)
        tick(len(rows))
    return np.array(rows)


@dataclass(frozen=True)
class Answer:
    """A claim with its measured effect: mean and 5 % to 95 % range over seeds, and plain words."""

    claim: Claim
    mean: float
    low: float
    high: float
    words: str

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


def _words(claim: Claim, mean: float, low: float, high: float) -> str:
    if claim.unit == "ratio":
        return "true in the model" if low > 1.0 else "not clear in the model"
    if claim.code == "A11":
        return f"{mean:.0f} % in use and working, far from 85 %" if mean < 85 else "reached"
    if low <= 0.0 <= high or abs(mean) < DETECTABLE:
        return "no detectable effect"
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
    _replace(folder / "article.csv", text.getvalue())
    lines = [
        f"# The article of February 2023, answered ({seeds} seeds)",
        "",
        "| | claim | measured | effect (5 % to 95 %) | the model says |",
        "|---|---|---|---|---|",
    ]
    for a in found:
        effect = f"{a.mean:+.2f} {a.claim.unit} ({a.low:+.2f} to {a.high:+.2f})"
        if a.claim.unit == "ratio":
            effect = f"{a.mean:.2f} ({a.low:.2f} to {a.high:.2f})"
        measured = f"{a.claim.measured}: {a.claim.compared}"
        lines.append(f"| {a.claim.code} | {a.claim.claim} | {measured} | {effect} | {a.words} |")
    _replace(folder / "article.md", "\n".join(lines) + "\n")


def _replace(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)


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
    kept = tuple(o for o in settings.overrides if o.lstrip("+").partition("=")[0] not in OWN_KEYS)
    asked = {"study": "article", "overrides": sorted(kept), "months": settings.months}
    identifier = run_id(asked, tables(settings).source_digest, model_version())
    folder = prepare(settings.output.folder, settings.name) / identifier
    count = settings.seeds or 20
    seeds = list(range(settings.seed, settings.seed + count))
    jobs = settings.output.jobs or os.cpu_count() or 1
    text = f"{len(SCENARIOS)} scenarios a seed"
    with bar("the article", settings.output.progress, count, text, "seeds") as tell:
        values = answers(seeds, folder / "seeds", kept, jobs, tell)
    found = summarise(values)
    write_article(folder, found, count)
    shown = [a for a in found if a.claim.unit != "ratio" and a.claim.code != "A11"]
    page = answers_page(
        shown,
        "What each answer to sanctions brings, by the claims of February 2023",
        f"Mean effect (dot) and 5 % to 95 % range over {count} seeds; grey: no detectable effect",
        f"eaeu-sim, tables '{settings.baseline.name}', {settings.firms.count:,} firms, "
        f"{settings.months} months",
    )
    save(page, folder / "article.png")
    table = Table("", "claim", "measured", "effect", "the model says", box=SIMPLE_HEAD)
    for a in found:
        effect = f"{a.mean:+.2f} {a.claim.unit} ({a.low:+.2f} to {a.high:+.2f})"
        table.add_row(a.claim.code, a.claim.claim, a.claim.measured, effect, a.words)
    console.print(table)
    console.print(f"Written: [bold]{folder}[/bold]", soft_wrap=True)
    return folder
