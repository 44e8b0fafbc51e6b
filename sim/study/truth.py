"""Is it true? A page that sets everything observed beside the model, the misses first.

`python -m sim.validate --into FOLDER` writes the rows, the errors and the page; the book includes
the page as it stands. Nothing here is typed by hand: what a sentence counts, a table shows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.arithmetic import log
from sim.errors import InputError
from sim.record.panel import Panel
from sim.record.sound import json_of
from sim.record.store import replacing
from sim.record.words import signed
from sim.study.validate import TARGETS, TRADE, added, beside, errors

FAR = 0.25
"""A row is missed that is off by a factor of more than 1.25 and outside the band of the runs."""
MOST_NAMED = 3
RIVAL_NAMES = {"textbook_bans": "textbook, bans only", "textbook": "textbook, all levers"}
FILES = ("rows.csv", "errors.csv", "unsaid.csv", "about.json", "page.md")
BANDS = "bands.csv"
HELD = ("flow", "year", "observed", "doubt", "model", "low", "high", "inside", "use")
KEYS = ("scenario", "firms", "months", "runs", "band", "command", "rivals", "residual", "rest")
ERRORS = {
    "nominal": "model", "real": "model, prices of 2021", "beyond": "model, beyond the exporter's",
    "still": "no change", **RIVAL_NAMES, "right": "signs right",
}  # fmt: skip


def rows_of(
    panels: list[Panel], rivals: Mapping[str, Panel], targets: Path = TARGETS
) -> pd.DataFrame:
    """`validate.beside`, with what a row is held against and how far off the model is.

    seen: at prices of 2021 where they are known, else as published; off: model over seen less 1;
    missed: off by more than 1 + FAR and outside low to high; late: a row that was added later.
    """
    table = beside(panels, rivals, targets)
    seen = table["real"].fillna(table["observed"]).to_numpy(float)
    model = table["model"].to_numpy(float)
    table["seen"] = seen
    table["off"] = model / seen - 1.0
    outside = (seen < table["low"].to_numpy(float)) | (seen > table["high"].to_numpy(float))
    table["missed"] = (np.abs(log(np.maximum(model, 1e-9) / seen)) > _far()) & outside
    table["late"] = added(table, targets)
    return table


def unsaid(table: pd.DataFrame, targets: Path = TARGETS) -> pd.DataFrame:
    """Rows of targets.csv after 2021 that are missing from a table: the model is silent there."""
    every = pd.read_csv(targets, comment="#")[["name", "period", "value", "unit"]].astype(str)
    told = set(zip(table["name"].astype(str), table["period"].astype(str), strict=True))
    silent = [
        pair not in told and not pair[1].startswith(("2019", "2020", "2021"))
        for pair in zip(every["name"], every["period"], strict=True)
    ]
    return every[silent].reset_index(drop=True)


def write_truth(
    folder: Path, table: pd.DataFrame, about: Mapping[str, Any], targets: Path = TARGETS,
    held: pd.DataFrame | None = None,
) -> list[Path]:  # fmt: skip
    """Write tables, page and figures into a folder, which is made; returns their paths.

    about: what KEYS names; 'rivals' are columns of the table, 'residual' the largest relative
    residual of any identity and month, 'rest' the largest change of any series of a run at rest.
    held: flows by year with the bands of draws, columns HELD; without draws there are none.
    """
    from sim.plots.style import save
    from sim.plots.truth import error_bars, observed_and_model

    folder.mkdir(parents=True, exist_ok=True)
    rivals = list(about["rivals"])
    by_flow = errors(table, rivals)
    texts = {
        "rows.csv": table.to_csv(index=False, float_format="%.6g", lineterminator="\n"),
        "errors.csv": by_flow.to_csv(float_format="%.6g", lineterminator="\n"),
        "unsaid.csv": unsaid(table, targets).to_csv(index=False, lineterminator="\n"),
        "about.json": json.dumps(dict(about), indent=2) + "\n",
    }
    if held is not None:
        texts[BANDS] = held[list(HELD)].to_csv(
            index=False, float_format="%.6g", lineterminator="\n"
        )
    else:
        (folder / BANDS).unlink(missing_ok=True)  # of runs before, which had draws
    for name, text in texts.items():
        _put(folder / name, text)
    _put(folder / "page.md", page(folder))
    source = f"eaeu-sim, {about['firms']:,} firms, {about['runs']} runs; targets.csv"
    names = {key: RIVAL_NAMES.get(key, key) for key in rivals}
    figures = [
        save(observed_and_model(table, names, about["band"], source), folder / "rows.png"),
        save(error_bars(by_flow, names, source), folder / "errors.png"),
    ]
    return [*(folder / name for name in dict.fromkeys((*FILES, *texts))), *figures]


def page(folder: Path) -> str:
    """The page, made from the tables of a folder alone; InputError for one that lacks any."""
    try:
        rows = pd.read_csv(folder / "rows.csv")
        flows = pd.read_csv(folder / "errors.csv", index_col=0)
        silent = pd.read_csv(folder / "unsaid.csv")
        held = pd.read_csv(folder / BANDS) if (folder / BANDS).is_file() else None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {folder}: {error}") from None
    about = json_of(folder, "about.json", KEYS, False)
    total = flows.loc["all rows"]
    rivals = list(about["rivals"])
    missed = rows[rows["missed"]]
    gap = log((missed["model"] / missed["seen"]).to_numpy(float))
    order = np.argsort(-np.abs(gap), kind="stable")
    missed = missed.iloc[order]
    goods = rows[~rows["name"].str.fullmatch(TRADE)]
    others = [str(c) for c in flows.columns if c != "rows"]
    against = ", ".join(f"{RIVAL_NAMES.get(r, r)} {total[r]:.2f}" for r in rivals)
    parts = [
        "## The misses first",
        f"Of {len(rows)} rows the model can speak to, {len(missed)} are missed: off by a factor "
        f"of more than {1 + FAR:g} and outside the band. {_worst(missed)}",
        markdown(
            ("what", "when", "observed", "model", "band", "off", "use"),
            [
                (
                    said(str(r["name"])), r["period"], _ratio(r["seen"]), _ratio(r["model"]),
                    _band(r), f"{signed(100 * r['off'], 0)} %", r["use"],
                )
                for _, r in missed.iterrows()
            ],
        )
        if len(missed)
        else "",
        "Observed and model are ratios to 2021 (shares where a share is observed); observed stands "
        "at prices of 2021 where they are known. Rows of use `calib` may be tuned on, rows "
        "`validate` are reported only; all had been looked at while the model was made.",
        "## How far off, flow by flow",
        f"Mean error of {len(goods)} rows of goods trade in logs: model {total['nominal']:.2f}, "
        f"at prices of 2021 {total['real']:.2f}; no change at all {total['still']:.2f}; {against}. "
        f"Calibrated rows {_mean(goods, 'calib'):.2f}, the others {_mean(goods, 'validate'):.2f} "
        f"(prices of 2021 where known). Signs of moves of 5 % are right in "
        f"{100 * total['right']:.0f} %.",
        "![Mean error by flow: model, textbook, no change](errors.png)",
        markdown(
            ("flow", "rows", *(ERRORS.get(c, c) for c in others)),
            [
                (said(str(name)), f"{r['rows']:.0f}", *(_ratio(r[c]) for c in others))
                for name, r in flows.iterrows()
            ],
        ),
        "## Every row",
        f"Scenario {about['scenario']}, {about['firms']:,} firms, {about['months']} months. "
        f"Band: {about['band']}.",
        "![Every observed row beside the model and the textbook](rows.png)",
        markdown(
            (
                "what", "when", "as published", "prices of 2021", "model", "band",
                *(RIVAL_NAMES.get(r, r) for r in rivals), "use",
            ),
            [
                (
                    said(str(r["name"])), r["period"], _ratio(r["observed"]), _ratio(r["real"]),
                    f"**{_ratio(r['model'])}**" if r["missed"] else _ratio(r["model"]), _band(r),
                    *(_ratio(r[k]) for k in rivals), f"{r['use']}{', late' if r['late'] else ''}",
                )
                for _, r in rows.iterrows()
            ],
        ),
        "Bold: missed. Late: added to the rows of before on 25 November 2026.",
        *([] if held is None else _sure(held)),
        "## What was observed and the model cannot say",
        "No exchange rates, no current account of its own, no world prices:",
        markdown(
            ("what", "when", "observed", "unit"),
            [(said(str(r["name"])), r["period"], r["value"], r["unit"])
             for _, r in silent.iterrows()],
        ),
        "## What must hold, and held in these runs",
        f"Largest relative residual of any accounting identity in any month: "
        f"{about['residual']:.1e} (bar 1e-9). Largest change of any series of the same economy at "
        f"rest: {about['rest']:.1e} (bar 1e-9).",
        f"Made by `{about['command']}`.",
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def coverage_told(held: pd.DataFrame) -> str:
    """How many flows by year lie in their bands, fitted ones and open ones.

    held: columns HELD.
    """
    parts = []
    for use, kind in (("calib", "fitted (calib)"), ("validate", "open (validate)")):
        inside = held.loc[held["use"] == use, "inside"].astype(bool)
        if len(inside):
            share = 100 * inside.mean()
            parts.append(f"{inside.sum()} of {len(inside)} {kind}, {share:.0f} %")
    return f"90 % bands with the stated discrepancy hold {'; '.join(parts)}."


def _sure(held: pd.DataFrame) -> list[str]:
    """Bands that hold what parameters, luck and the stated discrepancy leave open."""
    return [
        "## How sure: bands with the discrepancy",
        f"{coverage_told(held)} A flow and year counts once, at prices of 2021; the discrepancy is "
        "what even the best parameters may be off, stated beforehand (`conf/calibrate`).",
        markdown(
            ("flow", "year", "observed", "model", "band", "use", ""),
            [
                (
                    said(str(r["flow"])), r["year"], _ratio(r["observed"]), _ratio(r["model"]),
                    _band(r), r["use"], "" if r["inside"] else "**outside**",
                )
                for _, r in held.iterrows()
            ],
        ),
    ]  # fmt: skip


def said(name: str) -> str:
    """The name of a target for the eye."""
    return " ".join(name.removeprefix("idx_").replace("_", " ").split())


def largest_residual(panels: Sequence[Panel]) -> float:
    """The largest relative residual of any identity in any month."""
    return max(
        float(np.abs(panel.residuals.select_dtypes("number").to_numpy()).max()) for panel in panels
    )


def largest_move(panel: Panel) -> float:
    """The largest relative change of any regional index of a run against its base month."""
    names = ("real_gdp", "real_consumption", "cpi", "wage", "exports_musd", "imports_musd")
    return max(float(np.abs(panel.relative("regions", name) - 1.0).max()) for name in names)


def _far() -> float:
    return float(log(np.array([1.0 + FAR]))[0])


def _worst(missed: pd.DataFrame) -> str:
    flows = missed.drop_duplicates("flow")[:MOST_NAMED]
    told = [
        f"{said(str(r['name']))} ({r['period']}: {_ratio(r['model'])} where "
        f"{_ratio(r['seen'])} was observed)"
        for _, r in flows.iterrows()
    ]
    return f"Furthest off: {'; '.join(told)}." if told else ""


def _mean(rows: pd.DataFrame, use: str) -> float:
    mine = rows[rows["use"] == use]
    gap = log(mine["model"].to_numpy(float)) - log(mine["seen"].to_numpy(float))
    return float(np.abs(gap).mean()) if len(mine) else float("nan")


def _ratio(value: float) -> str:
    return "" if value != value else f"{value:.2f}"


def _band(row: pd.Series) -> str:
    return f"{_ratio(row['low'])} to {_ratio(row['high'])}"


def markdown(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table for a page; what would break a cell is taken out."""
    lines = [head, ["---"] * len(head), *rows]
    cells = ([" ".join(str(x).replace("|", "/").split()) for x in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def _put(path: Path, text: str) -> None:
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")
