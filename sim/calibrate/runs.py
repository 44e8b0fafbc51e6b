"""The model at many places: of each run only the ratios of the observed rows are kept.

A killed calibration goes on where it was: `results/NAME/calibration/readings/<run>-<reading>.json`,
the run's id and a hash of how it is read, so that another way of reading starts afresh.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd

from sim.calibrate.design import as_draw
from sim.calibrate.form import Form
from sim.calibrate.summaries import Row, Summary
from sim.draws import Draw
from sim.errors import InputError
from sim.prepared import identify
from sim.progress import bar
from sim.record.panel import Panel
from sim.record.store import disk_trouble, make_home, replacing
from sim.run import simulate
from sim.settings import Settings
from sim.study import periods, validate
from sim.study.replicate import Place, here, one_line, over_cores, require_all, work_at
from sim.study.validate import FACTORS, TARGETS, compare

Ratios = Mapping[Row, float]


@dataclass
class Bench:
    """Where places become numbers; new counts what had not been run before."""

    form: Form
    store: Path
    new: int = 0

    @classmethod
    def open(cls, form: Form) -> Bench:
        """With a folder for what is read; InputError if it cannot be written."""
        store = make_home(form.base.output.folder, form.base.name) / "calibration" / "readings"
        with disk_trouble(store):
            store.mkdir(parents=True, exist_ok=True)
        return cls(form, store)

    def at(self, places: np.ndarray, found: Sequence[Summary], seed: int) -> np.ndarray:
        """The summaries at places, `float64[places, summaries]`.

        Every place has a seed of its own, from `seed` on, so that the luck of the network is noise
        between neighbours and not a part of what parameters do.
        """
        draws = [as_draw(self.form.priors, place) for place in places]
        ratios = self.of(draws, seed)
        return np.array([[summary.of(one) for summary in found] for one in ratios])

    def of(self, draws: Sequence[Draw], seed: int) -> list[Ratios]:
        """What the runs of draws say to every row, in their order, each with the next seed."""
        alone = replace(self.form.base, seeds=None, reference=None)
        runs = [replace(alone.drawn(draw), seed=seed + k) for k, draw in enumerate(draws)]
        jobs = [(run, self.store / f"{identify(run)}-{reading()}.json", here()) for run in runs]
        out: dict[str, Ratios] = {}
        failures: list[str] = []
        output = self.form.base.output
        with bar(self.form.name, output.progress, len(jobs), "", "runs") as tell:
            for name, ratios, fresh, error in over_cores(_read, jobs, output.jobs):
                self.new += fresh
                failures += [error] if error else []
                out[name] = ratios
                tell(len(out))
        require_all(failures, len(jobs))
        return [out[path.stem] for _, path, _ in jobs]


@cache
def reading() -> str:
    """Hash of what turns a run into ratios: the code that reads it, observed rows and prices."""
    digest = sha256()
    for path in (validate.__file__, periods.__file__, TARGETS, FACTORS):
        digest.update(Path(path).read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:8]


def rows_of(settings: Settings) -> pd.DataFrame:
    """The rows of targets.csv within a run, with their flow, use, confidence and real value.

    Which rows a run can speak to is asked of a run; what it says is thrown away.
    """
    return told_by(simulate(settings))


def told_by(panel: Panel) -> pd.DataFrame:
    """The rows of targets.csv that a run can speak to, whatever it says: see `rows_of`."""
    table = compare([panel]).drop(columns=["model", "low", "high", "sign_right", "right"])
    told = pd.read_csv(TARGETS, comment="#").astype({"period": str})
    marks = told.drop_duplicates(["name", "period"])[["name", "period", "confidence"]]
    return table.astype({"period": str}).merge(marks, on=["name", "period"], how="left")


def ratios_of(panel: Panel) -> dict[Row, float]:
    """What a run says to every row."""
    table = compare([panel])
    columns = (table["name"], table["period"], table["model"])
    return {(str(n), str(p)): float(v) for n, p, v in zip(*columns, strict=True)}


def _read(settings: Settings, path: Path, place: Place) -> tuple[str, Ratios, bool, str]:
    """Ratios of a run: those that are kept, or simulated, read and kept."""
    work_at(place)
    try:
        kept = _kept(path)
        if kept is not None:
            return path.stem, kept, False, ""
        ratios = ratios_of(simulate(settings))
        for (name, period), value in ratios.items():
            if not math.isfinite(value):
                raise InputError(f"{name}, {period} is {value} in run {path.stem}")
        with replacing(path) as partial:
            text = json.dumps([[*row, value] for row, value in ratios.items()])
            partial.write_text(text + "\n", encoding="utf-8")
    except Exception as error:
        return path.stem, {}, False, one_line(error)
    return path.stem, ratios, True, ""


def _kept(path: Path) -> dict[Row, float] | None:
    """Ratios that were kept before; what is damaged counts as not there."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        kept = {(str(n), str(p)): float(v) for n, p, v in rows}
    except (OSError, ValueError, TypeError):
        return None
    return kept if kept and all(map(math.isfinite, kept.values())) else None
