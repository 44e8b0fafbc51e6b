"""What was observed against what the model says: every row of targets.csv, calibrated or not.

Levels become changes against 2021, the base year, so that a row is a ratio of the same thing in
both worlds. Rows marked `calib` may be tuned on; rows marked `validate` are reported only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from sim.arithmetic import log
from sim.axes import Month
from sim.errors import InputError
from sim.record.indicators import goods, recorded_turnover
from sim.record.panel import Panel
from sim.study.periods import Window, window

DATA = Path(__file__).resolve().parents[1] / "baseline" / "data" / "eaeu"
TARGETS, FACTORS = DATA / "targets.csv", DATA / "factors.csv"
COVERAGE = DATA / "sanctions_coverage.csv"
LISTS = ["flow", "target", "date", "sector", "coverage_cumulative"]
HEADINGS = {"HS84": "MCH", "HS85": "ELE", "HS87": "TRN", "HS30": "PHA", "HS90": "ELE"}

LEAST_ANSWER = 0.01  # of 2021: a rival that says nothing at all is off by no more than this
LEAST_MOVE = 0.05  # a sign is right only where both moved by as much

# what the value of a flow is divided by, a column of factors.csv: unit values of the exporter, or
# of what it mainly sells. Rows in euro are turned into dollars as well.
DEFLATORS = (
    (r"(idx_)?EU_(sanctioned_)?exports.*", "eur_index_to_real_usd"),
    (r"KAZ_imports_EU27", "euroarea_export_price_usd"),
    (r"KAZ_imports_CHN|(idx_)?CHN_exports.*", "china_export_price_usd"),
    (r"idx_USA_exports.*", "usa_export_price_usd"),
    (r"idx_JPN_exports.*", "japan_export_price_usd"),
    (r"KAZ_exports_(CHN|EU27)|idx_RUS_exports.*", "energy"),
    (r"KAZ_imports_RUS|KAZ_turnover.*|EAEU_mutual_trade", "cis_import_price_usd"),
    (r".*exports_RUS.*|RUS_import.*|idx_\w+_exports_to_RUS", "world_trade_price_usd"),
)
CONTROLS = ((r"(idx_)?EU_(sanctioned_)?exports(_to)?_\w+", "idx_EU_exports_total"),)

Reader = Callable[[Panel, Window], float]


def measure_of(name: str) -> Reader | None:
    """How the model measures a target, as a ratio to the base year; None where it cannot."""
    rules: list[tuple[str, Callable[[re.Match[str]], Reader]]] = [
        (r"(?:idx_EU_exports_to|EU_exports)_(\w+)",
         lambda m: lambda p, w: goods(p, w, ["EU27"], [m[1]], "recorded_export_musd")),
        (r"KAZ_exports_(RUS|CHN|EU27)",
         lambda m: lambda p, w: goods(p, w, ["KAZ"], [m[1]], "recorded_export_musd")),
        (r"KAZ_imports_(RUS|CHN|EU27)",
         lambda m: lambda p, w: goods(p, w, [m[1]], ["KAZ"], "recorded_import_musd")),
        (r"KAZ_turnover_(RUS_1[01]m|EAEU)",
         lambda m: lambda p, w: _turnover(p, w, ["members"] if m[1] == "EAEU" else ["RUS"])),
        (r"(?:idx_)?(ARM|KGZ)_exports_RUS(?:_recorded)?",
         lambda m: lambda p, w: goods(p, w, [m[1]], ["RUS"], "recorded_export_musd")),
        (r"idx_(\w{3})_exports_to_(\w+)",
         lambda m: lambda p, w: goods(p, w, [m[1]], [m[2]], "recorded_export_musd")),
        (r"EU_offset_all_goods", lambda m: _offset_of_exports),
        (r"(CHN|TUR)_exports_RUS", lambda m: lambda p, w: goods(p, w, [m[1]], ["RUS"])),
        (r"RUS_imports_total", lambda m: lambda p, w: goods(p, w, ["all"], ["RUS"])),
        (r"RUS_import_growth_(HS\d\d)", lambda m: lambda p, w: goods(
            p, w, ["all"], ["RUS"], sectors=[HEADINGS[m[1]]])),
        (r"EAEU_mutual_trade", lambda m: lambda p, w: goods(p, w, ["members"], ["members"])),
        (r"KAZ_imports_EU_recorded_share", lambda m: _recorded_share),
        (r"CCA3_offset_sanctioned", lambda m: _offset_of_sanctioned),
        (r"GDP_growth_(\w+)", lambda m: lambda p, w: _real_gdp(p, w, m[1])),
    ]  # fmt: skip
    for pattern, make in rules:
        match = re.fullmatch(pattern, name)
        if match:
            return make(match)
    return None


def _turnover(panel: Panel, months: Window, partners: list[str]) -> float:
    path, base = recorded_turnover(panel, "KAZ", partners)
    return float(path[months[0] : months[1]].mean() / base)


def _recorded_share(panel: Panel, months: Window) -> float:
    kaz, eu = panel.axes.region("KAZ"), panel.axes.region("EU27")
    path = [panel.values("trade", f"recorded_{side}_musd")[months[0] : months[1], eu, kaz].sum()
            for side in ("import", "export")]  # fmt: skip
    return float(path[0] / path[1])


def _offset_of_sanctioned(panel: Panel, months: Window) -> float:
    """Rise of listed goods that the EU sells to ARM, KAZ, KGZ over what it sells no more direct.

    By month and sector: c of the goods are on the lists (sanctions_coverage.csv), f = 1 - V/V0
    are no longer sold directly, whatever the reason. Of what goes round, c/f is listed, at most
    all: sum of rise x min(1, c/f) over sum of c V0. As with all goods, by what the EU records.
    """
    axes = panel.axes
    eu, russia = axes.region("EU27"), axes.region("RUS")
    hubs = axes.region_positions(("ARM", "KAZ", "KGZ"))
    sold = panel.values("trade", "recorded_export_musd")[months[0] : months[1], eu]
    base = panel.base("trade", "recorded_export_musd")[eu]
    rise = (sold - base)[:, hubs].sum(axis=1)
    fall = 1.0 - sold[:, russia] / np.maximum(base[russia], 1e-300)
    listed = np.array([_listed(panel, panel.start + t) for t in range(*months)])
    part = np.divide(listed, fall, out=np.zeros_like(fall), where=fall > 0.0)
    lost = float((listed * base[russia]).sum())
    return float((rise * np.minimum(part, 1.0)).sum() / lost) if lost > 0.0 else 0.0


@cache
def _lists() -> pd.DataFrame:
    """What the EU may not sell to Russia, by the dates of its lists."""
    table = pd.read_csv(COVERAGE, comment="#", usecols=LISTS)
    table = table[(table["flow"] == "EU_export") & (table["target"] == "RUS")]
    return table.sort_values("date", kind="stable")


def _listed(panel: Panel, month: Month) -> np.ndarray:
    """Share of the EU's sales to Russia that is on its lists by the end of a month: `[S]`."""
    table = _lists()
    table = table[table["date"].str[:7] <= str(month)]
    last = table.drop_duplicates("sector", keep="last").set_index("sector")["coverage_cumulative"]
    return last.reindex(panel.axes.sectors).fillna(0.0).to_numpy(float)


def _offset_of_exports(panel: Panel, months: Window) -> float:
    """Rise of the EU's exports to ARM, KAZ and KGZ over the fall of those to Russia, all goods."""
    axes = panel.axes
    eu, russia = axes.region("EU27"), axes.region("RUS")
    path = panel.values("trade", "recorded_export_musd")[months[0] : months[1], eu]
    base = panel.base("trade", "recorded_export_musd")[eu]
    change = (path.mean(axis=0) - base)[:, axes.is_good].sum(axis=1)
    fall = -change[russia]
    rise = change[axes.region_positions(("ARM", "KAZ", "KGZ"))].sum()
    return float(rise / fall) if fall > 0.0 else 0.0


def _real_gdp(panel: Panel, months: Window, region: str) -> float:
    path = panel.relative("regions", "real_gdp")[:, panel.axes.region(region)]
    before = path[months[0] - 12 : months[0]].mean() if months[0] >= 12 else 1.0
    return float(path[months[0] : months[1]].mean() / before)


def observed(row: pd.Series, table: pd.DataFrame) -> float | None:
    """A target as a ratio to 2021 (or to the year before, for growth); None if it has no base."""
    text = str(row["value"])
    if "-" in text[1:]:
        low, high = (float(x) for x in re.findall(r"[\d.]+", text)[:2])
        return 0.5 * (low + high) / 100.0
    value = float(text)
    if "=100" in str(row["unit"]):
        return value / 100.0
    if row["unit"] == "%":
        return 1.0 + value / 100.0
    if row["unit"] == "ratio":
        return value
    named = str(row["name"])
    base = {"KAZ_turnover_RUS_11m": 22_100.0}.get(named)
    if base is None:
        same = table[(table["name"] == named) & (table["period"].astype(str) == "2021")]
        if same.empty or str(row["period"]) == "2021":
            return None
        base = float(same["value"].iloc[0])
    return value / base


def factor(column: str, period: str, factors: pd.DataFrame) -> float:
    """What prices of a period did over 2021: that of its window, else of the shortest around it."""
    span = _span(period)
    inside = [
        (window[1] - window[0], row)
        for row, window in enumerate(map(_span, factors["window"]))
        if window and span and window[0] <= span[0] and span[1] <= window[1]
    ]
    return float(factors[column].iloc[min(inside)[1]]) if inside else float("nan")


def _span(period: str) -> tuple[int, int] | None:
    """First and last month of a period, counted from the year 0."""
    text = str(period).split(" ")[0]
    found = re.fullmatch(r"(\d{4})(?:-(\d{2}))?(?:\.\.(\d{4})-(\d{2}))?", text)
    if not found:
        return None
    year, month, to_year, to_month = found.groups()
    first = int(year) * 12 + int(month or 1) - 1
    if to_year:
        return first, int(to_year) * 12 + int(to_month) - 1
    return first, first if month else first + 11


def _matching(rules: tuple[tuple[str, str], ...], name: str) -> str | None:
    return next((value for pattern, value in rules if re.fullmatch(pattern, name)), None)


def flow_of(name: str) -> str:
    """The flow that a row speaks of, so that a flow seen in eight windows counts once."""
    plain = name.removeprefix("idx_").removesuffix("_recorded")
    plain = re.sub(r"exports_to_", "exports_", plain)
    return re.sub(r"_1[01]m$", "", plain)


def compare(panels: list[Panel], targets: Path = TARGETS) -> pd.DataFrame:
    """Every target the model can speak to: observed and model (mean and spread over panels).

    Columns: name, period, use, flow, observed, model, low, high (5 % and 95 %), sign_right (moved
    to the same side of no change), all as ratios to 2021; right: the same of moves of 5 % at
    least, None where nothing moved as much; real: observed at prices of 2021 (factors.csv), and
    beyond: observed over what the exporter's sales to all the world did, NaN where unknown.
    Raises InputError for a value that is no number.
    """
    table = pd.read_csv(targets, comment="#")
    factors = pd.read_csv(FACTORS)
    rows = []
    for _, row in table.iterrows():
        name, period = str(row["name"]), str(row["period"])
        try:
            measure, seen = measure_of(name), observed(row, table)
        except ValueError:
            raise InputError(
                f"{targets.name}: {name}, {period}: value '{row['value']}' is no number"
            ) from None
        months = window(period, panels[0].start, len(panels[0].months))
        if measure is None or seen is None or months is None:
            continue
        found = np.array([measure(panel, months) for panel in panels])
        share = row["unit"] == "ratio" or name.startswith("CCA3")
        rows.append(
            {
                "name": row["name"], "period": row["period"], "use": row["use"],
                "flow": flow_of(name), "observed": seen, "model": found.mean(),
                "low": np.quantile(found, 0.05), "high": np.quantile(found, 0.95),
                "sign_right": True if share else (found.mean() > 1.0) == (seen > 1.0),
                "right": None if share else _right(seen, float(found.mean())),
                "real": seen if share else _real(name, period, seen, factors),
                "beyond": float("nan") if share else _beyond(name, period, seen, table),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def beside(
    panels: list[Panel], rivals: Mapping[str, Panel], targets: Path = TARGETS
) -> pd.DataFrame:
    """`compare`, with a column for each rival: what another model says to the same rows.

    rivals: by name, e.g. `sim.equilibrium.rival.static_answers(settings)`, the textbook with bans
    only and with all levers, so that it shows what the agents add.
    """
    table = compare(panels, targets)
    for name, panel in rivals.items():
        table[name] = compare([panel], targets)["model"]
    return table


def _right(seen: float, model: float) -> bool | None:
    if abs(seen - 1.0) < LEAST_MOVE:
        return None if abs(model - 1.0) < LEAST_MOVE else False
    return abs(model - 1.0) >= LEAST_MOVE and (model > 1.0) == (seen > 1.0)


def _real(name: str, period: str, seen: float, factors: pd.DataFrame) -> float:
    """An observed value at prices of 2021 in dollars; GDP is real as it is."""
    column = _matching(DEFLATORS, name)
    if column is None:
        return seen if name.startswith("GDP") else float("nan")
    by = factor(column, period, factors)
    return seen * by if column == "eur_index_to_real_usd" else seen / by


def _beyond(name: str, period: str, seen: float, table: pd.DataFrame) -> float:
    """Difference in differences: a flow over its exporter's sales to the world in that year."""
    control = _matching(CONTROLS, name)
    total = table[(table["name"] == control) & (table["period"].astype(str) == period[:4])]
    return seen / (float(total["value"].iloc[0]) / 100.0) if len(total) else float("nan")


def added(table: pd.DataFrame, targets: Path = TARGETS) -> np.ndarray:
    """Which rows stand below the second comment of targets.csv: `bool[rows]`."""
    text = targets.read_text(encoding="utf-8")
    below = text[text.find("\n#") :]
    keys = {tuple(line.split(",")[:1]) for line in below.splitlines() if line[:1] != "#"}
    return np.array([(str(name),) in keys for name in table["name"]])


TRADE = r"(GDP|CCA3|CPI|EU_offset|KAZ_imports_EU_recorded).*"  # rows that are no flow of goods


def errors(table: pd.DataFrame, rivals: Iterable[str] = ()) -> pd.DataFrame:
    """Mean |log error| of goods flows as recorded: by flow, then all rows and the mean of flows.

    nominal: against the row as published; real: at prices of 2021; beyond: difference in
    differences; still: of a model in which nothing ever changes; right: share of moves. rivals:
    columns of `beside`, against the rows as published.
    """
    others = list(rivals)
    flows = table[~table["name"].str.fullmatch(TRADE)]
    gap = pd.DataFrame({"flow": flows["flow"], "rows": 1})
    model = log(flows["model"].to_numpy(float))
    for column, seen in (("nominal", "observed"), ("real", "real"), ("beyond", "beyond")):
        gap[column] = np.abs(model - log(flows[seen].to_numpy(float)))
    gap["still"] = np.abs(log(flows["observed"].to_numpy(float)))
    for name in others:
        answer = np.maximum(flows[name].to_numpy(float), LEAST_ANSWER)
        gap[name] = np.abs(log(answer) - log(flows["observed"].to_numpy(float)))
    gap["right"] = flows["right"].map({True: 1.0, False: 0.0})
    means = gap.groupby("flow").agg(
        {
            "rows": "sum",
            **dict.fromkeys(("nominal", "real", "beyond", "still", *others, "right"), "mean"),
        }
    )
    total = gap.drop(columns=["flow", "rows"]).mean().to_frame("all rows").T
    each = means.drop(columns="rows").mean().to_frame("mean of flows").T
    return pd.concat([means, total.assign(rows=len(gap)), each.assign(rows=len(means))])
