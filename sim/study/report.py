"""A results folder as one page of HTML that needs nothing else: for the screen and for paper.

What a page has follows from what is in the folder: a run (summary, figures, configuration,
provenance), or a study: its runs and parameters, ensembles, sensitivity, search, and, where
there are only runs, what they say about the members.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import InputError
from sim.record.columns import shown
from sim.record.sound import (
    DONE,
    SIGNED,
    damaged,
    intact,
    json_of,
    manifest_of,
    seal,
    text_of,
    yaml_of,
)
from sim.record.store import replacing
from sim.record.words import counted, signed, spread
from sim.study.changes import is_so, read_summary
from sim.study.page import cell, page, pictures, table, words
from sim.study.results import Results, open_results

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

KEYS = {
    "study.json": ("study", "name", "about", "seeds", "model"),
    "ensemble.json": ("scenario", "reference", "seeds", "runs", "members", "member_names"),
}
"""What a file has to say to be reported."""
MEMBERS = 8
"""Regions that a page compares where a union has no members."""
SHOWN = tuple(column.name for column in shown())


def write_report(
    folder: Path,
    into: Path | None = None,
    against: Mapping[str, Any] | None = None,
    textbook: bool = False,
) -> Path:
    """Write the page of a run or a study, `report.html` in the folder unless told otherwise.

    against: the runs that those of a study are compared with, see `Results.changes`. textbook: of
    a run, also why it says more or less than a static model, which costs runs.
    InputError if there is nothing to report in the folder or the page cannot be written.
    """
    if not folder.is_dir():
        kind = "is not a folder" if folder.exists() else "does not exist"
        raise InputError(f"results folder '{folder}' {kind}")
    text = report(folder, against, textbook)
    # a run's folder is signed by DONE; a page in it is beside its contents, not of them
    final = into or (folder / "report.html")
    with replacing(final) as partial:
        partial.write_text(text, encoding="utf-8")
    return final


def report(folder: Path, against: Mapping[str, Any] | None = None, textbook: bool = False) -> str:
    """The page as text."""
    if textbook and not (folder / "manifest.json").is_file():
        raise InputError(f"--textbook is for a run, results/NAME/RUN; '{folder}' is none")
    alone = ("manifest.json", "study.json", "ensemble.json")
    if against and any((folder / name).is_file() for name in alone):
        raise InputError(f"'{folder}' holds no runs to compare; against is for results/NAME")
    if (folder / "manifest.json").is_file():
        return _run(folder, textbook)
    if (folder / "study.json").is_file():
        about = _json(folder / "study.json")
        body = _study(folder, about)
        return page(about["about"], f"Study <b>{escape(about['name'])}</b>", body, about)
    if (folder / "ensemble.json").is_file():
        about = _json(folder / "ensemble.json")
        return page(_ensemble_title(about), "Ensemble", _ensemble(folder, about), about)
    return _home(folder, against)


def _run(folder: Path, textbook: bool = False) -> str:
    intact(folder, filter(SIGNED.fullmatch, seal(folder)))
    manifest = _json(folder / "manifest.json")
    panel = manifest["panel"]
    body = [_summary(folder, panel), _figures(folder)]
    if textbook:
        from sim.study.textbook import told  # knows the static solver; most reports do not ask

        body.append(told(folder))
    body.append(_configuration(folder, "config.yaml"))
    body.append(_provenance(manifest))
    lead = (
        f"{panel['months']} months from {escape(panel['start'])}, seed {manifest['seed']}, "
        f"run <b>{escape(manifest['run_id'])}</b>"
    )
    lead += f"<br>{escape('; '.join(_about(folder)))}"
    return page(f"Scenario {panel['scenario']}", lead, body, manifest)


def _about(folder: Path) -> list[str]:
    """What the files of the scenario say of themselves."""
    scenario = yaml_of(folder, "config.yaml").get("scenario")
    told = scenario.get("about") if isinstance(scenario, dict) else None
    if not isinstance(told, dict):
        raise damaged(folder / "config.yaml", "its scenario says nothing about itself")
    return [line for line in told.values() if isinstance(line, str) and line]


def _home(folder: Path, against: Mapping[str, Any] | None) -> str:
    """A folder of many runs and what was made of them."""
    studies = [
        (path.parent, _json(path), kind)
        for kind in ("claims", "sensitivity", "search")
        for path in sorted(folder.glob(f"{kind}/*/study.json"))
    ]
    ensembles = [
        (p.parent, _json(p)) for p in sorted(folder.glob("ensembles/*/ensemble.json"))
        if (p.parent / DONE).is_file()
    ]  # fmt: skip
    try:
        results: Results | None = open_results(folder, "latest")
    except InputError:
        if not studies:
            raise
        results = None
    if results is not None and len(results) == 1 and not against and not (studies or ensembles):
        return _run(folder / results.index["folder"].iloc[0])
    body: list[str] = []
    if results is not None and (against or not studies):
        body.append(_compared(folder, results, against))
    for path, about, _ in studies:
        body += [f"<h2>{escape(about['about'])}</h2>", *_study(path, about)]
    told = {path: _swept(about, results) for path, about in ensembles}
    ensembles.sort(key=lambda pair: told[pair[0]])
    for path, about in ensembles[:12]:
        title = ", ".join([_ensemble_title(about), *(f"{k} = {v}" for k, v in told[path])])
        body += [f"<h2>{escape(title)}</h2>", *_ensemble(path, about)]
    if len(ensembles) > 12:
        body.append(f"<p class=note>{len(ensembles) - 12} more ensembles in the folder.</p>")
    about = {}
    if results is not None:
        body += [_index(results), _one_configuration(folder, results)]
        about = _json(folder / results.index["folder"].iloc[-1] / "manifest.json")
        body.append(_provenance(about, results))
    count = "" if results is None else counted(len(results), "run")
    if results is not None and (others := len(open_results(folder, "all")) - len(results)):
        count += f", and {others} of other versions of model or data that are left out"
    if results is not None and results.parameters:
        count += f"; {', '.join(results.parameters)} differ"
    return page(f"Study {folder.resolve().name}", escape(count), body, about)


def _ensemble_title(about: Mapping[str, Any]) -> str:
    against = f" against {about['reference']}" if about["reference"] else ""
    return f"{about['scenario']}{against}, {counted(len(about['seeds']), 'seed')}"


def _swept(about: Mapping[str, Any], results: Results | None) -> list[tuple[str, str]]:
    """What tells an ensemble from the others of its folder: parameters and their values."""
    if results is None:
        return []
    mine = results.index[results.index["run_id"].isin(about["runs"])]
    keys = [p for p in results.parameters if p not in ("seed", "scenario")]
    return [(key, cell(mine[key].iloc[0])) for key in keys if mine[key].nunique() == 1]


def _ensemble(folder: Path, about: Mapping[str, Any]) -> list[str]:
    """Members in the last month: median and where 90 % of the seeds lie; figures."""
    import pandas as pd

    intact(folder, ["changes.parquet"])
    frame = pd.read_parquet(folder / "changes.parquet")
    last = frame[frame["month"] == frame["month"].max()].set_index(["region", "variable"])
    seeds, draws = len(about["seeds"]), about.get("draws", 0)
    runs = seeds * max(draws, 1)
    rows = []
    for region, name in zip(about["members"], about["member_names"], strict=True):
        cells = [last.loc[(region, v)] for v in SHOWN]
        texts = [_banded(c["median"], c["q05"], c["q95"], runs) for c in cells]
        rows.append([name, *texts])
    head = [
        "region",
        *(f"{words(v)}, {last.loc[(about['members'][0], v)]['unit']}" for v in SHOWN),
    ]
    month = frame["month"].max().strftime("%Y-%m")
    bands = f": median and {spread(seeds, draws)}" if runs > 1 else ""
    told = f"<p class=note>Change in the last month, {month}{bands}.</p>"
    apart = _apart(last, about) if draws else []
    return [told, table(head, rows), *apart, *pictures(folder), *_hangs_on(folder)]


def _apart(last: pd.DataFrame, about: Mapping[str, Any]) -> list[str]:
    """What parameters do and what luck does, a row a member and variable."""
    rows = []
    for region, name in zip(about["members"], about["member_names"], strict=True):
        for variable in SHOWN:
            row = last.loc[(region, variable)]
            bands = [("q05", "q95")] + [(f"{x}_q05", f"{x}_q95") for x in ("parameters", "network")]
            told = [f"{signed(row[low], 2)} … {signed(row[high], 2)}" for low, high in bands]
            agree = f"{row['agree']:.0%}"
            rows.append([f"{name}: {words(variable)}, {row['unit']}", *told, agree])
    head = ["answer", "both", "parameters", "luck of the network", "draws that agree on the sign"]
    return ["<h3>Parameters and luck apart</h3>", table(head, rows, where="changes.parquet")]


def _hangs_on(folder: Path) -> list[str]:
    """The strongest parameters of every answer of an ensemble with draws."""
    import pandas as pd

    path = folder / "tornado.csv"
    if not path.is_file():
        return []
    intact(folder, [path.name])
    rows = []
    for (region, variable), mine in pd.read_csv(path).groupby(["region", "variable"], sort=False):
        top = mine[mine["sure"]].head(3)
        told = (f"{p} {signed(s, 2)}" for p, s in zip(top["parameter"], top["swing"], strict=True))
        answer = f"{region}: {words(str(variable))}, {mine['unit'].iloc[0]}"
        rows.append([answer, ", ".join(told) or "nothing that is more than chance"])
    note = (
        "<p class=note>Change where a parameter is above its median less that where it is below; "
        "all of them in tornado.csv.</p>"
    )
    head = ["answer", "parameters that move it"]
    shown = table(head, rows, labels=2, where=path.name)
    return ["<h3>What the answers hang on</h3>", note, shown]


def _study(folder: Path, about: Mapping[str, Any]) -> list[str]:
    if about["study"] == "claims":
        size = f"{about['claims']} claims × {counted(about['seeds'], 'seed')}"
        parts = [("The claims, answered", "claims.csv")]
        if (folder / "textbook.csv").is_file():
            parts.append(("Why more, or less, than the textbook: steps in points", "textbook.csv"))
    elif about["study"] == "calibrate":
        size = f"{sum(about['waves'])} runs in {counted(len(about['waves']), 'wave')}"
        parts = [("Flows that were left out", "score.csv"), ("Open rows", "open.csv")]
        parts += [("Held against", "summaries.csv"), ("What moved", "moved.csv")]
    elif about["study"] == "sensitivity":
        size = f"{about['points']} points × {counted(about['seeds'], 'seed')}, {about['method']}"
        parts = [("Indices", "indices.csv")]
    else:
        size = f"{about['trials']} trials × {counted(about['seeds'], 'seed')}, {about['kind']}"
        parts = [("Closest" if about["kind"] == "calibrate" else "Unbeaten trials", "found.csv")]
        parts += [("Observed and model", "fit.csv")] if (folder / "fit.csv").is_file() else []
    where = f"{folder.name}, model {about['model']}"
    body = [f"<p class=note>{escape(size)}; {escape(where)}</p>", *pictures(folder)]
    for heading, name in parts:
        body += [f"<h3>{heading}</h3>", _csv(folder / name)]
    body.append(_configuration(folder, "study.yaml", "Plan of the study", "h3"))
    return body


def _summary(folder: Path, panel: Mapping[str, Any]) -> str:
    """The summary of a run, a row a region: change of the last twelve months."""
    frame = read_summary(folder)
    names = dict(zip(panel["axes"]["regions"], panel["axes"]["region_names"], strict=True))
    change = frame.pivot(index="region", columns="indicator", values="change_last_12_months")
    units = frame.drop_duplicates("indicator").set_index("indicator")["change_unit"]
    numbers = change.loc[list(names), list(SHOWN)].to_numpy()
    rows = [[names[r], *(signed(x, 2) for x in row)] for r, row in zip(names, numbers, strict=True)]
    head = ["region", *(f"{words(v)}, {units[v]}" for v in SHOWN)]
    months = min(12, panel["months"])
    told = f"<p class=note>Mean of the last {months} months against the base month.</p>"
    return "<h2>What changed</h2>" + told + table(head, rows)


@dataclass(frozen=True)
class Comparison:
    """Runs of a folder side by side, for a figure and for tables.

    frame: `Results.changes`, without the runs that others are compared with. keys: what tells
    the combinations apart. names: of the members by code. other: what the changes are from.
    source: what all runs share, for the foot of a figure.
    """

    frame: pd.DataFrame
    keys: list[str]
    names: dict[str, str]
    other: str
    source: str

    def figure(self) -> Figure | None:
        """Consumption of the members; too many combinations are left to the table."""
        from sim.plots.compared import MOST, compared

        mine = self.frame[self.frame["indicator"] == "real_consumption"]
        if not 1 < len(mine.drop_duplicates(self.keys)) <= MOST:
            return None
        title = "What did each do to the consumption of the members?"
        return compared(mine, self.keys, self.names, title, self.other, self.source)


def side_by_side(
    folder: Path, results: Results, against: Mapping[str, Any] | None = None
) -> Comparison:
    """The change that each combination of parameters brought, over seeds.

    InputError if `against` leaves nothing to compare.
    """
    frame = results.changes(against=against)
    keys = [str(c) for c in frame.columns[: frame.columns.get_loc("region")]]
    other = "the base month"
    if against:
        told = ", ".join(f"{k} = {v}" for k, v in against.items())
        other = f"the runs with {told}, seed by seed"
        itself = [is_so(frame[key], value) for key, value in against.items()]
        frame = frame[~np.logical_and.reduce(itself)]
        if frame.empty:
            raise InputError(f"'{folder}' holds nothing but the runs with {told}")
    manifest = _json(folder / results.index["folder"].iloc[0] / "manifest.json")
    return Comparison(frame, keys, _members(folder, results), other, _source(manifest, keys))


def _compared(folder: Path, results: Results, against: Mapping[str, Any] | None) -> str:
    """Of each combination of parameters, the members' change over seeds: a figure and tables."""
    found = side_by_side(folder, results, against)
    frame, keys, members = found.frame, found.keys, list(found.names)
    seeds = int(frame["seeds"].max())
    several = seeds > 1
    band = f", and {spread(seeds)}" if several else ""
    blocks = ["<h2>What changed</h2><p class=note>Mean of the last months (twelve at most) against "
              f"{escape(found.other)}{several * '; mean over seeds'}{band}.</p>"]  # fmt: skip
    blocks += _picture_of(found)
    for indicator, mine in frame[frame["region"].isin(members)].groupby("indicator", sort=False):
        rows = []
        for values, cells in mine.groupby(keys, dropna=False, sort=False):
            by_region = cells.set_index("region").reindex(members)
            texts = [_effect(c, several) for _, c in by_region.iterrows()]
            rows.append([*map(cell, values), *texts])
        heading = f"<h3>{words(str(indicator))}, {mine['unit'].iloc[0]}</h3>"
        blocks += [heading, table([*keys, *members], rows, len(keys))]
    return "".join(blocks)


def _members(folder: Path, results: Results) -> dict[str, str]:
    """Names by code of the members, of every baseline among the runs."""
    which = [c for c in ("baseline.name", "baseline.path") if c in results.index]
    firsts = results.index.drop_duplicates(which) if which else results.index[:1]
    names: dict[str, str] = {}
    for where in firsts["folder"]:
        axes = _json(folder / where / "manifest.json")["panel"]["axes"]
        every = dict(zip(axes["regions"], axes["region_names"], strict=True))
        names |= {code: every[code] for code in axes["members"] or list(every)[:MEMBERS]}
    return names


def _effect(row: pd.Series, several: bool) -> str:
    """Mean, and the range over seeds; empty for a region that these runs do not have."""
    if row["mean"] != row["mean"]:
        return ""
    return _banded(row["mean"], row["low"], row["high"], 2 if several else 1)


def _banded(middle: float, low: float, high: float, seeds: int) -> str:
    """A change, and where the seeds lie if there are several."""
    band = f" ({signed(low, 2)} … {signed(high, 2)})" if seeds > 1 else ""
    return signed(middle, 2) + band


def _source(manifest: Mapping[str, Any], keys: Sequence[str]) -> str:
    """What all runs of a study share, for the foot of a figure."""
    texts = {"tables": "tables '{}'", "firms.count": "{:,} firms", "months": "{} months"}
    shared = manifest["parameters"]
    tables = shared.get("baseline.path") or shared.get("baseline.name", "")
    shared = {"tables": Path(tables).name, **shared}
    told = [text.format(shared[k]) for k, text in texts.items() if k in shared and k not in keys]
    return ", ".join(["eaeu-sim", *told])


def _picture_of(found: Comparison) -> list[str]:
    figure = found.figure()
    if figure is None:
        return []
    from sim.plots.style import save

    with tempfile.TemporaryDirectory() as scratch:
        save(figure, Path(scratch) / "compared.png")
        return pictures(Path(scratch), "")


def _index(results: Results) -> str:
    keys = ["run_id", "scenario", *(p for p in results.parameters if p != "scenario")]
    rows = [[cell(v) for v in row] for row in results.index[keys].itertuples(index=False)]
    return "<h2>Runs</h2>" + table(keys, rows, where="the folder")


def _one_configuration(folder: Path, results: Results) -> str:
    first = folder / results.index["folder"].iloc[0]
    told = f"Configuration of run {results.index['run_id'].iloc[0]}, of which the others differ"
    return _configuration(first, "config.yaml", told if len(results) > 1 else "Configuration")


def _configuration(folder: Path, name: str, heading: str = "Configuration", tag: str = "h2") -> str:
    text = escape(text_of(folder, name, _sealed(folder)))
    return f"<{tag}>{heading}</{tag}><details><summary>{name}</summary><pre>{text}</pre></details>"


def _provenance(manifest: Mapping[str, Any], results: Results | None = None) -> str:
    """Versions, hashes and the way to make it again."""
    if not manifest:
        return ""
    commit = manifest.get("commit") or {}
    edited = " (edited)" if commit.get("dirty") else ""
    rows = [
        ["model", manifest["model"]],
        ["commit", f"{commit['id']}{edited}" if commit else "not from a checkout"],
        ["tables, hash", manifest["data_digest"]],
        ["python", manifest.get("python", "")],
        ["platform", manifest.get("platform", "")],
        ["libraries", ", ".join(f"{k} {v}" for k, v in manifest["libraries"].items() if v)],
        ["finished", manifest["finished"]],
    ]
    if results is None:
        rows[:0] = [["run", manifest["run_id"]], ["content, hash", manifest["digest"]]]
        rows.append(["check", "python -m sim.verify FOLDER_OF_THE_RUN"])
    else:
        rows.append(["check", f"python -m sim.verify --all {results.root}"])
    return "<h2>Provenance</h2>" + table(["", ""], rows, 2)


def _figures(folder: Path) -> str:
    """Figures of a run; drawn now if the run was stored without."""
    found = pictures(folder)
    if not found:
        from sim.plots import write_figures
        from sim.record.panel import Panel

        try:
            panel = Panel.read(folder)
        except InputError:  # a published run keeps only some of its tables
            return ""
        with tempfile.TemporaryDirectory() as scratch:
            write_figures(panel, Path(scratch))
            found = pictures(Path(scratch), "")
    return "<h2>Figures</h2>" + "".join(found)


def _csv(path: Path) -> str:
    import pandas as pd

    text = text_of(path.parent, path.name, _sealed(path.parent))
    try:
        frame = pd.read_csv(StringIO(text))
    except ValueError as error:
        raise damaged(path, error) from None
    rows = [[cell(v) for v in row] for row in frame.itertuples(index=False)]
    texts = sum(not _numeric(frame[c]) for c in frame.columns)
    return table(list(map(words, frame.columns)), rows, texts, where=path.name,
                  numbers=[_numeric(frame[c]) for c in frame.columns])  # fmt: skip


def _numeric(column: pd.Series) -> bool:
    return column.dtype.kind in "fiu"


def _sealed(folder: Path) -> bool:
    """Whether DONE says what is in it; a search is extended, and has none."""
    return folder.parent.name != "search" or (folder / DONE).is_file()


def _json(path: Path) -> dict[str, Any]:
    if path.name == "manifest.json":
        return manifest_of(path.parent)
    tree = json_of(path.parent, path.name, KEYS[path.name], _sealed(path.parent))
    texts = {"study", "name", "about", "model", "scenario", "method", "kind"}
    if wrong := [k for k in texts & tree.keys() if not isinstance(tree[k], str)]:
        raise damaged(path, f"{wrong[0]} is not a text")
    return tree
