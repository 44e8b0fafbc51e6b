"""Play every profile of a game: runs over draws and seeds, each paid out once and noted at once.

The journal `results/NAME/game/<id>/payoffs.jsonl` has a line for every run that was finished, so
whoever is killed goes on where it was; more draws or seeds later add to it.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from sim.errors import InputError
from sim.game.form import Profile
from sim.game.rules import Rules
from sim.prepared import tables
from sim.record.manifest import model_version, run_id
from sim.record.store import claim, disk_trouble, make_home
from sim.run import simulate
from sim.settings import Settings
from sim.study.replicate import Place, here, one_line, over_cores, require_all, work_at

JOURNAL = "payoffs.jsonl"
Tick = Callable[[int, int], object]


@dataclass(frozen=True)
class Played:
    """A game that has been played.

    payoffs: `float64[draws, seeds, a_1, ..., a_n, players]`, billion USD. folder: with the
    journal. runs: how many it took. new: how many of them were not there before.
    """

    rules: Rules
    payoffs: np.ndarray
    folder: Path
    runs: int
    new: int

    @property
    def by_draw(self) -> np.ndarray:
        """The game under each draw, mean over seeds: `float64[draws, a_1, ..., a_n, players]`."""
        return np.asarray(self.payoffs.mean(axis=1))

    @property
    def mean(self) -> np.ndarray:
        """The game that players who do not know the parameters are in: mean over draws."""
        return np.asarray(self.by_draw.mean(axis=0))


def play(rules: Rules, tick: Tick | None = None) -> Played:
    """Have all profiles played. tick: called with the runs done and their number.

    InputError once all that can be run has been, if some failed.
    """
    rules.check()
    output = rules.base.output
    version = (tables(rules.base).source_digest, model_version())
    folder = make_home(output.folder, rules.base.name) / "game"
    folder = folder / f"{rules.name}-{run_id(rules.identity(), *version)}"
    with disk_trouble(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with (
        claim(output.folder, rules.base.name, f"game-{folder.name}"),
        _Journal.open(folder) as done,
    ):
        told = _told(rules)
        missing = [key for key in told if key not in done.found]
        jobs = [(key, rules, told[key], here()) for key in missing]
        failures = []
        for k, (key, payoffs, error) in enumerate(over_cores(_one, jobs, output.jobs), 1):
            if error:
                failures.append(error)
            else:
                done.note(key, payoffs)
            if tick:
                tick(len(told) - len(missing) + k, len(told))
        require_all(failures, len(told))
        out = np.empty((len(rules.draws), rules.seeds, *rules.shape, len(rules.players)))
        for key, one in told.items():
            for profile in one.profiles:
                out[(one.draw, one.seed, *profile)] = done.found[key]
    return Played(rules, out, folder, len(told), len(missing))


@dataclass(frozen=True)
class _Run:
    """A run, and the profiles that come to the same: one alone has no programme, and the like.

    draw, seed: which of the game's, counted from 0.
    """

    draw: int
    seed: int
    profiles: list[Profile]


def _told(rules: Rules) -> dict[str, _Run]:
    """All runs by their key in the journal: one draw and seed after the other."""
    out: dict[str, _Run] = {}
    made = {p: rules.measures(p) for p in itertools.product(*map(range, rules.shape))}
    for (d, draw), seed in itertools.product(enumerate(rules.draws), range(rules.seeds)):
        for profile, measures in made.items():
            key = {"draw": dict(draw), "seed": rules.base.seed + seed, "measures": measures}
            out.setdefault(run_id(key, "", ""), _Run(d, seed, [])).profiles.append(profile)
    return out


def _one(key: str, rules: Rules, run: _Run, place: Place) -> tuple[str, list[float], str]:
    """One run and what it pays, or its error in one line."""
    work_at(place)
    profile = run.profiles[0]
    try:
        settings: Settings = rules.settings(profile, rules.draws[run.draw], run.seed)
        paid = rules.payoffs(simulate(settings))
    except Exception as error:
        return key, [], f"{rules.words(profile)}: {one_line(error)}"
    if not np.isfinite(paid).all():
        return key, [], f"{rules.words(profile)}: payoffs {paid} are no numbers"
    return key, [float(x) for x in paid], ""


class _Journal:
    """Payoffs by run, each a line that is there as a whole or not at all."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path, self._file = path, file
        self.found: dict[str, list[float]] = {}

    @classmethod
    @contextmanager
    def open(cls, folder: Path) -> Iterator[_Journal]:
        """Read what is there, without a last line that a kill cut off; then add to it."""
        path = folder / JOURNAL
        with disk_trouble(folder), path.open("ab+") as file:
            journal = cls(path, file)
            file.seek(0)
            text = file.read()
            whole = text.rfind(b"\n") + 1
            file.truncate(whole)
            for number, line in enumerate(text[:whole].splitlines(), 1):
                journal._read(line, number)
            yield journal

    def _read(self, line: bytes, number: int) -> None:
        try:
            entry: Mapping[str, object] = json.loads(line)
            paid = [float(x) for x in entry["payoffs"]]  # type: ignore[attr-defined]
            self.found[str(entry["run"])] = paid
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"cannot read {self.path}, line {number}: {error}; remove it to start afresh"
            ) from None

    def note(self, key: str, payoffs: list[float]) -> None:
        """Add a finished run; it survives whatever comes."""
        self.found[key] = payoffs
        self._file.write(json.dumps({"run": key, "payoffs": payoffs}).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
