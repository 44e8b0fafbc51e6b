"""All runs of a results folder as one dataset: an index, and tables that are read when asked.

>>> results = sim.open_results("results/sanctions_and_substitution")     # doctest: +SKIP
>>> results.index                        # a row a run: parameters as columns
>>> results.regions(columns=["real_gdp"], where={"region": "RUS", "scenario": "eu_2022"})
>>> results.sql("select scenario, avg(cpi) from regions join runs using (run_id) group by 1")
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from sim.errors import InputError, unknown
from sim.record import columns
from sim.record.sound import DONE, damaged, intact, manifest_of, yaml_of

MEASURE = re.compile(r"scenario\.measures\.[^.]+\.[^.]+$")
RUN = re.compile(r"[0-9a-f]{12}")
TABLES = (*(table.name for table in columns.TABLES), "residuals")
ALWAYS = ("run_id", "folder", "scenario", "seed")
PROVENANCE = ("digest", "model", "data_digest", "finished")


def open_results(folder: str | Path, versions: str = "one") -> Results:
    """The finished runs in a results folder, `results/NAME` or one with such folders inside.

    versions: 'one' refuses (InputError) a folder with runs of several versions of the model or
    of the same baseline's tables, and lists them; 'latest' takes those of the run that finished
    last; 'all' takes everything, told apart by the columns `model` and `data_digest`; anything
    else is the beginning of a `model`.
    """
    root = Path(folder)
    try:
        found = _manifests(root)
    except OSError as error:
        raise InputError(f"cannot read results folder '{folder}': {error.strerror}") from None
    if not found:
        raise InputError(f"no finished run in '{folder}'; open results/NAME of one that has runs")
    return Results(root, _chosen(_index(root, found), versions, folder))


class Results:
    """Many runs of one version of the model, or of several if that was asked for.

    root: the folder. index: a row a run; besides `run_id`, `folder`, `scenario` and `seed` a
    column for each parameter that differs between the runs, then `digest`, `model`,
    `data_digest` and `finished`.
    """

    def __init__(self, root: Path, index: pd.DataFrame) -> None:
        self.root, self.index = root, index
        self._seen: set[tuple[str, str]] = set()

    def __len__(self) -> int:
        return len(self.index)

    def __repr__(self) -> str:
        varying = ", ".join(self.parameters) or "nothing"
        return f"<{len(self)} runs in {self.root}; {varying} differ>"

    @property
    def parameters(self) -> list[str]:
        """Columns of the index that tell the runs apart, seed included."""
        known = {"run_id", "folder", *PROVENANCE}
        several = [c for c in self.index if self.index[c].nunique(dropna=False) > 1]
        return [str(c) for c in several if c not in known]

    def regions(
        self, columns: Iterable[str] | None = None, where: Mapping[str, Any] | None = None
    ) -> pd.DataFrame:
        """Aggregates by run, month and region.

        columns: variables to read, all by default. where: `{name: value, list or slice}` over
        labels, months, variables and the columns of the index, e.g.
        `{"region": ["RUS", "KAZ"], "month": slice("2022-06", None), "scenario": "eu_2022"}`.
        Every row carries its `run_id` and what tells its run apart.
        """
        return self.table("regions", columns, where)

    def trade(
        self, columns: Iterable[str] | None = None, where: Mapping[str, Any] | None = None
    ) -> pd.DataFrame:
        """Trade by run, month, origin, destination and sector; see `regions`."""
        return self.table("trade", columns, where)

    def sectors(
        self, columns: Iterable[str] | None = None, where: Mapping[str, Any] | None = None
    ) -> pd.DataFrame:
        """Producers by run, month, region and sector; see `regions`."""
        return self.table("sectors", columns, where)

    def table(
        self,
        name: str,
        columns: Iterable[str] | None = None,
        where: Mapping[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Any table of the runs; only the files, columns and rows that are asked for are read."""
        import pyarrow as pa

        where = dict(where or {})
        runs = self.index
        for key in [k for k in where if k in runs]:
            asked = where.pop(key)
            runs = runs[_mask(runs[key], asked)]
            if runs.empty:
                raise InputError(f"no run with {key} = {asked!r}; see the index for what there is")
        data = self._dataset(name, runs["run_id"])
        labels = [c for c in data.schema.names if str(data.schema.field(c).type) != "double"]
        given = None if columns is None else [columns] if isinstance(columns, str) else columns
        wanted = list(data.schema.names if given is None else given)
        wanted = [c for c in wanted if c in data.schema.names or c not in self.index]
        for key in [*wanted, *where]:
            if key not in data.schema.names:
                raise unknown(f"column of {name}", key, data.schema.names)
        self._known_labels(data, {k: v for k, v in where.items() if k in labels and k != "month"})
        wanted = list(dict.fromkeys([*labels, *wanted]))
        wanted = ["run_id", *(c for c in wanted if c != "run_id")]
        try:
            frame = data.to_table(columns=wanted, filter=_filter(where)).to_pandas()
        except (OSError, ValueError, TypeError, pa.ArrowException) as error:
            told = " ".join(str(error).split())
            raise InputError(f"cannot read {name} where {where}: {told}") from None
        return self._with_parameters(frame, runs)

    def _known_labels(self, data: Any, asked: Mapping[str, Any]) -> None:
        """InputError for a label that no run has: an empty table would look like an answer."""
        import pyarrow.dataset as ds

        for key, value in asked.items():
            if isinstance(value, slice):
                continue
            alone = isinstance(value, str) or not isinstance(value, Iterable)
            first = ds.dataset(data.files[0], format="parquet").to_table(columns=[key])
            known = [str(label) for label in first[key].unique().to_pylist()]
            for label in [value] if alone else list(value):
                if str(label) not in known:
                    raise unknown(key, label, known)

    def changes(
        self,
        indicators: Iterable[str] = ("real_gdp", "real_consumption", "cpi"),
        against: Mapping[str, Any] | None = None,
    ) -> pd.DataFrame:
        """What the runs changed, side by side: mean of the last twelve months, over all seeds.

        indicators: as in summary.csv. against: the runs to compare with, e.g.
        `{"scenario": "none"}`, each with the same seed and else the same parameters; the base
        month by default. A row for each combination of parameters, region and indicator, with
        `unit`, `seeds`, and over these `mean` and `low` to `high` (5 % to 95 %).
        """
        from sim.study.changes import changes

        return changes(self, indicators, against)

    def sql(self, query: str) -> pd.DataFrame:
        """A query over `runs` (the index) and the tables of a run, `regions`, `trade` and so on.

        Needs DuckDB (`pip install 'eaeu-sim[query]'`); reads only what the query touches. A
        query sees these tables and nothing else: DuckDB's access to files, to the network and to
        extensions is locked.
        """
        try:
            import duckdb
        except ImportError:
            raise InputError("sql needs DuckDB: pip install 'eaeu-sim[query]'") from None
        with duckdb.connect() as connection:
            connection.register("runs", self.index)
            for name in TABLES:
                if re.search(rf"\b{name}\b", query, re.I):
                    connection.register(name, self._dataset(name, self.index["run_id"]))
            # a query may come with the folder: it can neither read nor write a file
            connection.execute("set enable_external_access = false")
            connection.execute("set python_enable_replacements = false")
            connection.execute("set lock_configuration = true")
            try:
                if not query.strip(" \n;"):
                    raise InputError("query: it is empty")
                return connection.execute(query).df()
            except duckdb.Error as error:
                raise InputError(f"query: {str(error).splitlines()[0]}") from None

    @cached_property
    def _folders(self) -> dict[str, str]:
        return dict(zip(self.index["run_id"], self.index["folder"], strict=True))

    def _dataset(self, name: str, runs: Iterable[str]) -> Any:
        """Arrow's dataset of a table; the run id comes from the path."""
        import pyarrow as pa
        import pyarrow.dataset as ds

        if name not in TABLES:
            raise unknown("table", name, TABLES)
        folders = [self._folders[run] for run in runs]
        depth = {len(Path(f).parts) for f in folders} or {1}
        if len(depth) > 1:
            raise InputError(f"'{self.root}' holds runs at several depths; open one of its folders")
        above = [(f"above_{k}", pa.string()) for k in range(depth.pop() - 1)]
        partition = ds.partitioning(pa.schema([*above, ("run_id", pa.string())]))
        base = str(self.root)
        self._intact(name, folders)
        files = [f"{base}/{f}/{name}.parquet" for f in folders]
        try:
            return ds.dataset(
                files, format="parquet", partitioning=partition, partition_base_dir=base
            )
        except (OSError, pa.ArrowInvalid) as error:
            raise InputError(f"cannot read {name} of '{self.root}': {error}") from None

    def _intact(self, name: str, folders: Iterable[str]) -> None:
        """InputError for a run whose table is not what was written; each is looked at once."""
        fresh = [folder for folder in folders if (name, folder) not in self._seen]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda f: intact(self.root / f, [f"{name}.parquet"]), fresh))
        self._seen.update((name, folder) for folder in fresh)

    def _with_parameters(self, frame: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
        """Put what tells the runs apart after the run id, as categories."""
        ids = pd.CategoricalDtype(list(runs["run_id"]))
        frame["run_id"] = frame["run_id"].astype(ids)
        codes = frame["run_id"].cat.codes.to_numpy()
        frame = frame[[c for c in frame if not str(c).startswith("above_")]]
        for place, parameter in enumerate(self.parameters):
            values = runs[parameter].array
            frame.insert(1 + place, parameter, values.take(codes))
        return frame


def _manifests(root: Path) -> list[tuple[str, dict[str, Any]]]:
    """Folder below root and manifest of every finished run, at any depth but inside a run."""
    if not root.is_dir():
        kind = "is not a folder" if root.exists() else "does not exist"
        raise InputError(f"results folder '{root}' {kind}")
    folders = list(_run_folders(str(root), ""))

    def read(folder: str) -> tuple[str, dict[str, Any]]:
        return folder, manifest_of(root / folder)

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(read, folders))


def _run_folders(root: str, below: str) -> Iterable[str]:
    with os.scandir(os.path.join(root, below)) as entries:
        names = sorted(e.name for e in entries if e.is_dir() and not e.name.startswith("."))
    for name in names:
        path = f"{below}/{name}" if below else name
        if RUN.fullmatch(name):
            if os.path.isfile(os.path.join(root, path, DONE)):
                yield path
        elif name != "ensembles":
            yield from _run_folders(root, path)


def _measures(run: Path) -> dict[str, dict[str, Any]]:
    """The measures of a run by name, as its configuration has them."""
    scenario = yaml_of(run, "config.yaml").get("scenario")
    measures = scenario.get("measures") if isinstance(scenario, dict) else None
    if not isinstance(measures, dict) or not all(isinstance(m, dict) for m in measures.values()):
        raise damaged(run / "config.yaml", "its scenario has no measures by name")
    return measures


def _measured(measures: Mapping[str, Mapping[str, Any]], keys: Iterable[str]) -> dict[str, Any]:
    """Values of `scenario.measures.NAME.OPTION`, of those that there are."""
    pairs = ((key, key.split(".", 3)[2:]) for key in keys)
    return {
        key: measures[name][option]
        for key, (name, option) in pairs
        if option in measures.get(name, {})
    }


def _index(root: Path, found: Sequence[tuple[str, dict[str, Any]]]) -> pd.DataFrame:
    """A row a run, a column for every parameter that differs."""
    rows = []
    told = {key for _, manifest in found for key in manifest["parameters"] if MEASURE.match(key)}
    for folder, manifest in found:
        given = dict(manifest["parameters"])
        if told - given.keys():  # who made the run first did not say what others vary
            given = _measured(_measures(root / folder), told) | given
        row = {
            "run_id": manifest["run_id"],
            "folder": folder,
            "scenario": given.get("scenario", manifest["panel"]["scenario"]),
            "seed": manifest["seed"],
            **{k: _typed(v) for k, v in given.items() if k not in ("scenario", "seed")},
            **{k: manifest[k] for k in PROVENANCE},
        }
        rows.append(row)
    frame = pd.DataFrame(rows).drop_duplicates("run_id")  # two studies may share a run
    frame["finished"] = pd.to_datetime(frame["finished"])
    same = ["scenario", "seed", *(c for c in frame if c not in (*ALWAYS, *PROVENANCE))]
    if frame.duplicated([*same, "model", "data_digest"], keep=False).any():
        # a scenario was edited: what bears one name is not one thing
        made = (json.dumps(_measures(root / run), sort_keys=True) for run in frame["folder"])
        frame["scenario.version"] = [sha256(text.encode()).hexdigest()[:8] for text in made]
    fixed = {*ALWAYS, *PROVENANCE}
    varying = [str(c) for c in frame if c not in fixed and frame[c].nunique(dropna=False) > 1]
    order = [*ALWAYS, *varying, *PROVENANCE]
    frame = frame[order].sort_values(order[2:-4], kind="stable", key=_sortable)
    return frame.reset_index(drop=True)


def _typed(value: Any) -> Any:
    """The text of an override as a number where it is one."""
    if not isinstance(value, str):
        return value
    try:
        read = yaml.safe_load(value)
    except yaml.YAMLError:
        return value
    return read if isinstance(read, bool | int | float) else value


def _sortable(column: pd.Series) -> pd.Series:
    return column if pd.api.types.is_numeric_dtype(column) else column.astype(str)


def _chosen(index: pd.DataFrame, versions: str, folder: str | Path) -> pd.DataFrame:
    """The runs of the versions asked for; InputError rather than a mixture nobody asked for."""
    if versions == "all":
        return index
    which = [c for c in ("baseline.name", "baseline.path") if c in index]
    names = index[which].astype(str).agg(" ".join, axis=1) if which else pd.Series("", index.index)
    version = index["model"] + " data " + index["data_digest"].str[:12]
    if versions not in ("one", "latest"):
        chosen = index[index["model"].str.startswith(versions)]
        if chosen.empty:
            raise unknown("version of the model", versions, sorted(index["model"].unique()))
        return chosen.reset_index(drop=True)
    if versions == "latest":
        last = index.sort_values("finished", kind="stable").iloc[-1]
        same = index[index["model"] == last["model"]].sort_values("finished", kind="stable")
        kept = same.groupby(names)["data_digest"].transform("last") == same["data_digest"]
        return same[kept].sort_index().reset_index(drop=True)
    if index["model"].nunique() > 1 or index.groupby(names)["data_digest"].nunique().max() > 1:
        counts = version.value_counts()
        listed = ", ".join(f"{name} ({count} runs)" for name, count in counts.items())
        raise InputError(
            f"'{folder}' mixes versions of model and data: {listed}; "
            "open with versions='latest', 'all' or the beginning of one"
        )
    return index


def _mask(column: pd.Series, value: Any) -> pd.Series:
    if isinstance(value, slice):
        mask = pd.Series(True, column.index)
        if value.start is not None:
            mask &= column >= value.start
        if value.stop is not None:
            mask &= column <= value.stop
        return mask
    alone = isinstance(value, str) or not isinstance(value, Iterable)
    return column.isin([value] if alone else list(value))


def _filter(where: Mapping[str, Any]) -> Any:
    """Arrow's filter; a slice includes both ends, months are written '2022-06'."""
    import pyarrow.compute as pc

    whole = None
    for key, value in where.items():
        field = pc.field(key)

        def plain(v: Any, key: str = key) -> Any:
            return pd.Timestamp(v) if key == "month" else v

        if isinstance(value, slice):
            parts = []
            if value.start is not None:
                parts.append(field >= plain(value.start))
            if value.stop is not None:
                parts.append(field <= plain(value.stop))
        elif isinstance(value, str) or not isinstance(value, Iterable):
            parts = [field == plain(value)]
        else:
            parts = [field.isin([plain(v) for v in value])]
        for part in parts:
            whole = part if whole is None else whole & part
    return whole
