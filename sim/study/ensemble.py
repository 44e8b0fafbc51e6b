"""An ensemble: the same run for many seeds, its bands, and what differs from a reference.

Each replication is a run of its own in `results/<name>/<run id>`, shared with every other study
of that name. The ensemble adds a folder `results/<name>/ensembles/<id>`:

| file | content |
|---|---|
| `regions.parquet` | bands of every variable: month, region, variable, q05, q25, median, q75, q95 |
| `trade.parquet` | the same of trade between a member and anyone, over all sectors |
| `changes.parquet`, `trade_changes.parquet` | the same of changes against the reference, or, |
| | without one, against the base month; with their unit |
| `differences.parquet`, `trade_differences.parquet` | seed by seed, with a reference only |
| `draws.csv`, `tornado.csv` | with draws of parameters only: the draws, and what each parameter |
| | does to the members' answers |
| `config.yaml`, `ensemble.json`, `figures/`, `DONE` | how to make it again; which runs are in it |

With draws (`draws=20`) every draw runs with the same seeds. Bands are then over all runs, and
`changes` and `trade_changes` have more columns: `parameters_q05` and `_q95`, bands of what
parameters do (means over seeds), `network_q05` and `_q95`, of what luck adds around them, and
`agree`, the share of the draws that agree on the sign; see `sim.study.spread`.

All scenarios of a study use the same seeds, and each decision of the model has a random stream
of its own (common random numbers), so a difference between two runs of one seed is the
scenario's doing, not that of luck.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.axes import YEAR, Axes, Month
from sim.errors import InputError, blaming
from sim.prepared import Prepared, identify, prepare
from sim.progress import bar
from sim.record.columns import PER_CENT, REGIONS, TRADE, shown
from sim.record.frames import from_frame
from sim.record.manifest import model_version
from sim.record.sound import axes_of, damaged, intact, panel_of, whole_still
from sim.record.store import make_home, whole
from sim.record.words import counted, signed, spread
from sim.run import as_yaml
from sim.settings import Settings
from sim.study.draws import Draw
from sim.study.replicate import Replication, replicate
from sim.study.spread import QUANTILES, bands, changes, pulls, spread_of

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

FORM = 1
"""Raised when the tables of an ensemble change, so that old ones are made anew."""
PAIR_VARIABLES = ("value_musd", "volume")
FEWEST_DRAWS = 8
"""Fewer draws say nothing about what a parameter does."""
TORNADO = "tornado_of_draws.png"


def ensemble(
    run: Settings | Prepared, tell: Callable[[Replication], object] | None = None
) -> Path | None:
    """Run what is missing of all seeds, make the tables, and return the ensemble's folder.

    tell: called with the outcome of every replication, not with those of the reference.
    None if a replication failed (it was told); InputError if the reference did.
    """
    import pandas as pd

    prepared = prepare(run)
    settings, output = prepared.settings, prepared.settings.output
    mine, others = settings.replications(), settings.against()
    if settings.reference:
        with blaming("reference"):
            prepare(settings.reference)
    home = make_home(output.folder, settings.name)
    ids = {kind: [identify(s) for s in runs] for kind, runs in (("own", mine), ("ref", others))}
    draws = settings.draws
    text = json.dumps([ids, list(QUANTILES.values()), FORM, *([len(draws)] if draws else [])])
    final = home / "ensembles" / sha256(text.encode()).hexdigest()[:12]
    failed = 0
    for outcome in replicate(mine, output.jobs):
        failed += outcome.folder is None
        if tell:
            tell(outcome)
    if failed:
        return None
    lost = [o for o in replicate(others, output.jobs) if o.folder is None]
    if lost:
        raise InputError(f"reference, seed {lost[0].seed}: {lost[0].error}")
    if whole_still(final):
        return final
    own = Replications.read([home / run for run in ids["own"]])
    reference = Replications.read([home / run for run in ids["ref"]]) if others else None
    seeds = list(dict.fromkeys(s.seed for s in mine))
    frames = _tables(own, reference, seeds, len(draws))
    told = pulled(own, reference, draws) if len(draws) >= FEWEST_DRAWS else None
    about = {
        "ensemble": final.name,
        "scenario": settings.told,
        "reference": settings.reference.told if settings.reference else None,
        "seeds": seeds,
        "draws": len(draws),
        "runs": ids["own"],
        "reference_runs": ids["ref"],
        "members": own.axes.focus,
        "member_names": [own.axes.region_names[own.axes.region(m)] for m in own.axes.focus],
        "model": model_version(),
        "data_digest": prepared.baseline.source_digest,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with whole(final) as folder:
        for name, frame in frames.items():
            frame.to_parquet(folder / f"{name}.parquet", compression="zstd", index=False)
        if draws:
            pd.DataFrame(draws).to_csv(folder / "draws.csv", index=False, float_format="%.10g")
        if told is not None:
            told.to_csv(folder / "tornado.csv", index=False, float_format="%.6g")
        (folder / "config.yaml").write_text(as_yaml(settings), encoding="utf-8")
        (folder / "ensemble.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        if output.figures is not False:
            from sim.plots.bands import write_bands

            (folder / "figures").mkdir()
            write_bands(frames, own.axes, own.source, about, folder / "figures")
            if told is not None:
                from sim.plots.tornado import write_tornado

                write_tornado(told, about, own.source, folder / "figures" / TORNADO)
    return final


@dataclass(frozen=True)
class Replications:
    """The runs of one scenario, stacked: first axis the run, second the month.

    Runs are seeds, draw by draw where there are draws.
    regions: variable -> `[runs, months, R]`, pairs: variable -> `[runs, months, R, R]` over
    all sectors; base_regions and base_pairs: the base month, without the month axis.
    """

    axes: Axes
    start: Month
    source: str
    regions: Mapping[str, np.ndarray]
    base_regions: Mapping[str, np.ndarray]
    pairs: Mapping[str, np.ndarray]
    base_pairs: Mapping[str, np.ndarray]

    @classmethod
    def read(cls, folders: Sequence[Path]) -> Replications:
        """From the folders of finished runs of the same length and labels."""
        meta = panel_of(folders[0])
        axes = axes_of(meta)
        start, months = Month.parse(meta["start"]), meta["months"]
        for folder in folders:
            intact(folder, [f"{place}{name}.parquet" for name in ("regions", "trade")
                            for place in ("", "baseline/")])  # fmt: skip
        read = [
            (
                _regions(folder, axes, start, months),
                _regions(folder / "baseline", axes, start, 1),
                _pairs(folder, axes, start, months),
                _pairs(folder / "baseline", axes, start, 1),
            )
            for folder in folders
        ]
        paths, bases, flows, flow_bases = (
            {v: np.stack([r[k][v] for r in read]) for v in read[0][k]} for k in range(4)
        )
        return cls(
            axes,
            start,
            re.sub(r", seed \d+", "", meta["source"]),
            paths,
            {v: a[:, 0] for v, a in bases.items()},
            flows,
            {v: a[:, 0] for v, a in flow_bases.items()},
        )

    @property
    def months(self) -> int:
        """Length of the runs."""
        return int(next(iter(self.regions.values())).shape[1])


def _regions(folder: Path, axes: Axes, start: Month, months: int) -> dict[str, np.ndarray]:
    """`[months, R]` of every variable; the table has a row for every month and region."""
    import pandas as pd

    path = folder / "regions.parquet"
    try:
        frame = pd.read_parquet(path)
        if folder.name == "baseline":
            frame = frame.assign(month=str(start))
        return from_frame(REGIONS, frame, axes, [start + t for t in range(months)])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(path, error) from None


def _pairs(folder: Path, axes: Axes, start: Month, months: int) -> dict[str, np.ndarray]:
    """`[months, R, R]` over all sectors; pairs that never trade have no rows."""
    import pyarrow.parquet as pq

    R = len(axes.regions)
    keys = [] if folder.name == "baseline" else ["month"]
    columns = [*keys, "origin", "destination", *PAIR_VARIABLES]
    table = pq.read_table(folder / "trade.parquet", columns=columns)
    t = np.zeros(len(table), dtype=np.int64)
    if keys:
        first = np.datetime64(str(start), "M")
        t = (table["month"].to_numpy().astype("datetime64[M]") - first).astype(np.int64)
    position = {code: r for r, code in enumerate(axes.regions)}
    ends = []
    for key in ("origin", "destination"):
        column = table[key].combine_chunks()
        places = np.array([position[c] for c in column.dictionary.to_pylist()])
        ends.append(places[column.indices.to_numpy()])
    cell = (t * R + ends[0]) * R + ends[1]
    size = months * R * R
    return {
        v: np.bincount(cell, table[v].to_numpy(), size).reshape(months, R, R)
        for v in PAIR_VARIABLES
    }


def _tables(
    own: Replications, reference: Replications | None, seeds: Sequence[int], draws: int
) -> dict[str, pd.DataFrame]:
    """All tables of an ensemble by the names of their files."""
    labels = _region_labels(own)
    pairs, pair_labels = _pair_labels(own)

    def of_pairs(stack: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {v: a[..., pairs[0], pairs[1]] for v, a in stack.items()}

    other = reference or own
    base = reference is None
    found = {}
    for kind, told, mine, against, cells in (
        (
            "",
            REGIONS,
            own.regions,
            {v: a[:, None] for v, a in own.base_regions.items()} if base else other.regions,
            labels,
        ),
        (
            "trade_",
            TRADE,
            of_pairs(own.pairs),
            of_pairs({v: a[:, None] for v, a in own.base_pairs.items()} if base else other.pairs),
            pair_labels,
        ),
    ):
        units = {v: told[v].change_unit for v in mine}
        moved = {v: changes(told[v], mine[v], against[v]) for v in mine}
        found[kind.rstrip("_") or "regions"] = _long(own, bands(mine), cells)
        apart = {v: _apart(a, draws) for v, a in moved.items()} if draws else None
        found[f"{kind}changes"] = _long(own, bands(moved), cells, units, apart)
        if not base:
            found[f"{kind}differences"] = _by_seed(
                own, mine, against, moved, cells, units, seeds, draws
            )
    return found


def _apart(moved: np.ndarray, draws: int) -> dict[str, np.ndarray]:
    """What parameters and what luck do to a change: column -> `[months, cells]`."""
    spread = spread_of(moved.reshape(draws, -1, *moved.shape[1:]))
    return {
        "parameters_q05": spread.parameters[0],
        "parameters_q95": spread.parameters[1],
        "network_q05": spread.network[0],
        "network_q95": spread.network[1],
        "agree": spread.agree,
    }


def pulled(
    own: Replications, reference: Replications | None, draws: Sequence[Draw]
) -> pd.DataFrame:
    """What every drawn parameter does to the members' answers: mean of the last year's changes.

    A row for each variable of the closing table, member and parameter: unit, correlation, swing,
    sure, see `sim.study.spread.Pull`.
    """
    import pandas as pd

    rows = []
    for column in shown():
        mine = own.regions[column.name]
        base = own.base_regions[column.name][:, None]
        other = reference.regions[column.name] if reference else base
        change = changes(column, mine, other)[:, -YEAR:].mean(axis=1)
        each = change.reshape(len(draws), -1, change.shape[1]).mean(axis=1)
        for code in own.axes.focus:
            found = pulls(draws, each[:, own.axes.region(code)])
            labels = {"region": code, "variable": column.name, "unit": column.change_unit}
            rows += [labels | vars(pull) for pull in found]
    return pd.DataFrame(rows)


def _long(
    own: Replications,
    values: Mapping[str, np.ndarray],
    cells: Mapping[str, Any],
    units: Mapping[str, str] | None = None,
    more: Mapping[str, Mapping[str, np.ndarray]] | None = None,
) -> pd.DataFrame:
    """Months x cells x variables as rows, quantiles as columns, then what there is more."""
    import pandas as pd

    parts = []
    for variable, quantiles in values.items():
        keys = _keys(own, cells, 1)
        keys["variable"] = variable
        if units:
            keys["unit"] = units[variable]
        columns = {q: quantiles[k].ravel() for k, q in enumerate(QUANTILES)}
        others = more[variable].items() if more else ()
        columns |= {name: array.ravel() for name, array in others}
        parts.append(pd.DataFrame({**keys, **columns}))
    return _categories(pd.concat(parts, ignore_index=True))


def _by_seed(
    own: Replications,
    mine: Mapping[str, np.ndarray],
    against: Mapping[str, np.ndarray],
    moved: Mapping[str, np.ndarray],
    cells: Mapping[str, Any],
    units: Mapping[str, str],
    seeds: Sequence[int],
    draws: int,
) -> pd.DataFrame:
    """A row for each draw, seed, month, cell and variable: value, reference, change."""
    import pandas as pd

    parts, runs = [], max(draws, 1) * len(seeds)
    for variable in mine:
        keys = _keys(own, cells, runs)
        length = len(keys["month"]) // runs
        of_draw = {"draw": np.repeat(np.arange(draws), len(seeds) * length)} if draws else {}
        parts.append(
            pd.DataFrame(
                {
                    **of_draw,
                    "seed": np.tile(np.repeat(seeds, length), max(draws, 1)),
                    **keys,
                    "variable": variable,
                    "value": mine[variable].ravel(),
                    "reference": against[variable].ravel(),
                    "change": moved[variable].ravel(),
                    "unit": units[variable],
                }
            )
        )
    return _categories(pd.concat(parts, ignore_index=True))


def _keys(own: Replications, cells: Mapping[str, Any], times: int) -> dict[str, Any]:
    """Label columns of `[times, months, cells]` arrays."""
    months = np.array([str(own.start + t) for t in range(own.months)], dtype="datetime64[M]")
    count = len(next(iter(cells.values())))
    columns = {"month": np.tile(np.repeat(months.astype("datetime64[us]"), count), times)}
    return columns | {k: np.tile(labels, own.months * times) for k, labels in cells.items()}


def _categories(frame: pd.DataFrame) -> pd.DataFrame:
    texts = ("region", "origin", "destination", "variable", "unit")
    return frame.astype({c: "category" for c in texts if c in frame})


def _region_labels(own: Replications) -> dict[str, Any]:
    return {"region": np.array(own.axes.regions, dtype=object)}


def _pair_labels(own: Replications) -> tuple[tuple[np.ndarray, np.ndarray], dict[str, Any]]:
    """Pairs of different regions, one of them a member, that traded in the base month."""
    member = np.isin(own.axes.regions, own.axes.focus)
    traded = own.base_pairs["value_musd"].max(axis=0) > 0
    chosen = traded & (member[:, None] | member) & ~np.eye(len(member), dtype=bool)
    origin, destination = np.nonzero(chosen)
    names = np.array(own.axes.regions, dtype=object)
    return (origin, destination), {"origin": names[origin], "destination": names[destination]}


def run_ensemble(settings: Settings) -> Path:
    """`python -m sim seeds=20`: run, with a line of progress, and say what changed.

    SystemExit(1) if a seed failed, after all others are finished.
    """
    from rich.console import Console

    console = Console(quiet=not settings.output.progress)
    prepared = prepare(settings)
    for note in prepared.notes():
        console.print(f"[yellow]Note:[/yellow] {note}", soft_wrap=True)
    failures: list[Replication] = []
    label, done = settings.scenario.label, itertools.count(1)
    count = (settings.seeds or 1) * (len(settings.draws) or 1)
    unit = "runs" if settings.draws else "seeds"
    with bar(label, settings.output.progress, count, unit=unit) as tell:

        def heard(outcome: Replication) -> None:
            tell(next(done))
            if outcome.error:
                failures.append(outcome)

        folder = ensemble(prepared, heard)
    if folder is None and len(failures) == count:
        raise InputError(f"all {count} {unit} failed: {failures[0].error}")
    if folder is None:
        seeds = ", ".join(str(f.seed) for f in failures)
        print(
            f"error: {len(failures)} of {count} {unit} failed ({seeds}): "
            f"{failures[0].error}; the others are kept",
            file=sys.stderr,
        )
        raise SystemExit(1)
    console.print(_closing_table(folder))
    told = counted(settings.seeds or 1, "seed")
    told = f"{counted(len(settings.draws), 'draw')} x {told}" if settings.draws else told
    console.print(f"{told}: [bold]{folder}[/bold]", soft_wrap=True)
    return folder


def _closing_table(folder: Path) -> Table:
    """The members in the last month: median change and, below it, where 90 % of the runs lie."""
    import pandas as pd
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    about = json.loads((folder / "ensemble.json").read_text(encoding="utf-8"))
    frame = pd.read_parquet(folder / "changes.parquet")
    last = frame[frame["month"] == frame["month"].max()].set_index(["region", "variable"])
    against = f"{about['reference']}, seed by seed" if about["reference"] else "the baseline"
    month = frame["month"].max().strftime("%Y-%m")
    seeds, draws = len(about["seeds"]), about.get("draws", 0)
    several = seeds > 1 or draws > 1
    bands = f"median and {spread(seeds, draws)}" if several else "one seed, so no bands"
    bands += "; of these, what parameters (p) and what luck (l) alone do" if draws else ""
    title = f"{about['scenario']}: {month} against {against}; {bands}"
    table = Table(box=SIMPLE_HEAD, title=title, padding=(0, 0, 0, 1))
    table.add_column("Region", no_wrap=True)
    columns = [column for column in shown() if column.change == PER_CENT]
    for column in columns:
        table.add_column(f"{column.heading}\n%", justify="right", no_wrap=True)
    for region, name in zip(about["members"], about["member_names"], strict=True):
        rows = [last.loc[(region, column.name)] for column in columns]
        table.add_row(name, *(_cell(row, draws) for row in rows))
    return table


def _cell(row: pd.Series, draws: int) -> str:
    """Median, and below it the bands that there are."""

    def band(low: str, high: str) -> str:
        return f"{signed(row[low])}…{signed(row[high])}"

    lines = [signed(row["median"]), f"[dim]{band('q05', 'q95')}[/dim]"]
    if draws:
        apart = (("p", "parameters"), ("l", "network"))
        lines += [f"[dim]{k} {band(f'{of}_q05', f'{of}_q95')}[/dim]" for k, of in apart]
    return "\n".join(lines)
