"""What was observed against what the model says: every row of targets.csv, calibrated or not.

Levels become changes against 2021, the base year, so that a row is a ratio of the same thing in
both worlds. Rows marked `calib` may be tuned on; rows marked `validate` are reported only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from sim.record.indicators import goods, recorded_turnover, rerouting
from sim.record.panel import Panel
from sim.study.periods import Window, window

TARGETS = Path(__file__).resolve().parents[1] / "baseline" / "data" / "eaeu" / "targets.csv"
SENDERS = ("EU27", "GBR", "USA", "JPN", "KOR")
HEADINGS = {"HS84": "MCH", "HS85": "ELE", "HS87": "TRN", "HS30": "PHA", "HS90": "ELE"}

Measure = Callable[[Panel, Window], float]


def measure_of(name: str) -> Measure | None:
    """How the model measures a target, as a ratio to the base year; None where it cannot."""
    rules: list[tuple[str, Callable[[re.Match[str]], Measure]]] = [
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
        (r"(CHN|TUR)_exports_RUS", lambda m: lambda p, w: goods(p, w, [m[1]], ["RUS"])),
        (r"RUS_imports_total", lambda m: lambda p, w: goods(p, w, ["all"], ["RUS"])),
        (r"RUS_import_growth_(HS\d\d)", lambda m: lambda p, w: goods(
            p, w, ["all"], ["RUS"], sectors=[HEADINGS[m[1]]])),
        (r"EAEU_mutual_trade", lambda m: lambda p, w: goods(p, w, ["members"], ["members"])),
        (r"KAZ_imports_EU_recorded_share", lambda m: _recorded_share),
        (r"CCA3_offset_sanctioned", lambda m: _offset),
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


def _offset(panel: Panel, months: Window) -> float:
    found = rerouting(panel, "RUS", SENDERS, ("ARM", "KAZ", "KGZ"))
    return float(found.offset[months[0] : months[1]].mean())


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


def compare(panels: list[Panel], targets: Path = TARGETS) -> pd.DataFrame:
    """Every target the model can speak to: observed and model (mean and spread over panels).

    Columns: name, period, use, observed, model, low, high (5 % and 95 %), sign_right (moved to the
    same side of no change), all as ratios to 2021.
    """
    table = pd.read_csv(targets, comment="#")
    rows = []
    for _, row in table.iterrows():
        measure, seen = measure_of(str(row["name"])), observed(row, table)
        months = window(str(row["period"]), panels[0].start, len(panels[0].months))
        if measure is None or seen is None or months is None:
            continue
        found = np.array([measure(panel, months) for panel in panels])
        share = row["unit"] == "ratio" or row["name"].startswith("CCA3")
        rows.append(
            {
                "name": row["name"], "period": row["period"], "use": row["use"],
                "observed": seen, "model": found.mean(),
                "low": np.quantile(found, 0.05), "high": np.quantile(found, 0.95),
                "sign_right": True if share else (found.mean() > 1.0) == (seen > 1.0),
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
