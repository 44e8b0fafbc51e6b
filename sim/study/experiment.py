"""A study as it is asked for: its runs, what is varied, what is read out of them.

An experiment is a file, `conf/sensitivity/NAME.yaml`, `conf/search/NAME.yaml` and the like, chosen
with `experiment=NAME`. Its runs are named lists of overrides as one would write after
`python -m sim`; more overrides on the command line hold for all of them. Every point is a set of
normal runs in `results/<name>/`, so what is finished is not run again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from sim.config import load, places
from sim.errors import InputError, blaming, unknown
from sim.prepared import prepare
from sim.settings import Settings
from sim.study.draws import Draw, read_draws
from sim.study.parameter import Parameter, Point
from sim.words import read_once

SHARED = ("about", "common", "runs", "parameters", "outputs", "seeds", "draws")
"""Keys that every experiment knows. common: overrides of all its runs, before a run's own."""


@dataclass(frozen=True)
class Experiment:
    """A study as it was asked for: its runs, what is varied if anything is, what is read.

    runs: the runs of a point by name, at the parameters' defaults. written: the overrides of
    each. options: what else the file says, for the kind of study. seeds: runs of a point have
    seeds seed ... seed + seeds - 1, and its numbers are means over them. draws: sets of parameters
    that every seed is run with; a parameter that is varied, or that a run sets, is not drawn.
    """

    name: str
    about: str
    runs: Mapping[str, Settings]
    written: Mapping[str, tuple[str, ...]]
    parameters: tuple[Parameter, ...]
    outputs: Mapping[str, Any]
    options: Mapping[str, Any]
    seeds: int
    config_dir: str | None = None
    draws: tuple[Draw, ...] = ()

    @property
    def size(self) -> int:
        """Runs of a point under one name: draws x seeds."""
        return max(len(self.draws), 1) * self.seeds

    @property
    def first(self) -> Settings:
        """Any of the runs: they share folder, baseline and seed."""
        return next(iter(self.runs.values()))

    def settings(self, point: Point, run: str) -> list[Settings]:
        """The runs of a name at a point, one a seed, draw by draw."""
        chosen = [p for p in self.parameters if not p.within or run in p.within]
        pairs = [(key, point[p.name]) for p in chosen for key in p.sets]
        told = [f"{key}={value}" for key, value in pairs]
        if any(key.startswith("scenario") or "." not in key for key, _ in pairs):
            made = load(*self.written[run], *told, config_dir=self.config_dir)
        else:  # without Hydra, a hundred times faster
            tree = self.runs[run].resolved()
            for key, value in pairs:
                room, _, name = key.partition(".")
                tree[room][name] = value
            made = Settings.from_dict(tree)
            made = replace(made, overrides=(*self.runs[run].overrides, *told))
        made = replace(made, output=self.runs[run].output, name=self.first.name)
        return replace(made, seeds=self.seeds, draws=self.draws).replications()

    def check(self) -> tuple[str, ...]:
        """Refuse what does not fit the baseline before anything is run.

        Returns what should be known of each run and holds wherever its parameters are, a line each.
        """
        points = [{p.name: p.at(share) for p in self.parameters} for share in (0.5, 0.0, 1.0)]
        lines = []
        for run in self.runs:
            told = [prepare(self.settings(point, run)[0]).notes() for point in points]
            lines += [f"run '{run}': {x}" for x in told[0] if all(x in other for other in told)]
        return tuple(lines)

    def say(self) -> None:
        """Check, and print what should be known."""
        for line in self.check():
            if self.first.output.progress:
                print(f"Note: {line}", flush=True)

    def resolved(self) -> dict[str, Any]:
        """Plain, for a file beside the results and for the name of the study."""
        varied = {
            p.name: {k: v for k, v in vars(p).items() if k != "name"} for p in self.parameters
        }
        tree: dict[str, Any] = _listed(
            {
                "about": self.about,
                "runs": self.written,
                "parameters": varied,
                "outputs": self.outputs,
                "seeds": self.seeds,
                **({"draws": list(self.draws)} if self.draws else {}),
                **self.options,
            }
        )
        return tree

    def identity(self, ignored: Sequence[str] = ()) -> dict[str, Any]:
        """What tells the experiment from others: all it says, and the runs it starts from."""
        left_out = ("about", "runs", *ignored)
        said = {k: v for k, v in self.resolved().items() if k not in left_out}
        return {**said, "runs": {run: made.identity() for run, made in self.runs.items()}}


def _listed(tree: Any) -> Any:
    """Tuples as lists, for YAML."""
    if isinstance(tree, Mapping):
        return {key: _listed(value) for key, value in tree.items()}
    return [_listed(v) for v in tree] if isinstance(tree, list | tuple) else tree


@dataclass(frozen=True)
class Asked:
    """What a command line asks of a study: which file, its own options, what holds for all runs.

    name: the experiment. given: values of the study's keys. overrides: a name of the results
    folder stands first unless one was given.
    """

    name: str
    file: Path
    given: Mapping[str, Any]
    overrides: tuple[str, ...]
    config_dir: str | None


def asked_for(group: str, arguments: Sequence[str], keys: Sequence[str]) -> Asked:
    """Read `experiment=NAME`, `key=value` of the study's keys, overrides and `--config-dir FOLDER`.

    group: folder below conf/ that has the experiments. InputError for anything wrong.
    """
    rest, config_dir = _config_dir(arguments)
    given: dict[str, str] = {}
    overrides = []
    for argument in rest:
        key, equals, value = argument.partition("=")
        if not equals:
            raise InputError(f"cannot read '{argument}'; write it as key=value")
        if key in ("experiment", *keys):
            given[key] = value
        else:
            overrides.append(argument)
    files = {f.stem: f for root in places(config_dir)[0] for f in (root / group).glob("*.yaml")}
    name = given.pop("experiment", None)
    if name is None:
        raise InputError(f"name a study: experiment=NAME (known: {', '.join(sorted(files))})")
    if name not in files:
        raise unknown(f"{group} experiment", name, sorted(files))
    if not any(o.lstrip("+").startswith("name=") for o in overrides):
        overrides.insert(0, f"name={name}")
    plain = {key: _plain(value) for key, value in given.items()}
    return Asked(name, files[name], plain, tuple(overrides), config_dir)


def base_of(asked: Asked, tree: Mapping[str, Any], key: str) -> Settings:
    """The run that all others of a study start from, of the overrides below a key of its file."""
    own = tree.get(key) or []
    if not isinstance(own, list):
        raise InputError(f"{key} = {own!r} is not a list of overrides")
    base = load(*map(str, own), *asked.overrides, config_dir=asked.config_dir)
    if base.reference is not None or base.seeds is not None:
        raise InputError(f"{key}: it has a reference, seeds or draws of its own")
    return base


def read_experiment(
    group: str, arguments: Sequence[str], options: Mapping[str, Any], shared: Sequence[str] = SHARED
) -> Experiment:
    """The experiment that the command line asks for; InputError for anything wrong with it.

    group: folder below conf/. arguments: `experiment=NAME`, options of the study as `key=value`,
    overrides of all its runs, `--config-dir FOLDER`. options: those of the kind with their
    defaults. shared: the keys of every experiment that this kind has.
    """
    asked = asked_for(group, arguments, ("seeds", "draws", *options))
    tree = read_yaml(asked.file, (*shared, *options)) | dict(asked.given)
    experiment = _made(asked.name, tree, options, list(asked.overrides), asked.config_dir)
    if "parameters" in shared and not experiment.parameters:
        raise InputError(f"'{experiment.name}' has no parameters: give some, NAME: [low, high]")
    return experiment


def _made(
    name: str, tree: dict[str, Any], options: Mapping[str, Any], overrides: Sequence[str],
    config_dir: str | None,
) -> Experiment:  # fmt: skip
    runs = tree.get("runs") or {"run": []}
    if not isinstance(runs, Mapping):
        raise InputError(f"runs = {runs!r} is not a mapping of names to lists of overrides")
    common = tree.get("common") or ()
    if not isinstance(common, list | tuple):
        raise InputError(f"common = {common!r} is not a list of overrides")
    written = {
        str(run): (*map(str, common), *map(str, own or ()), *overrides) for run, own in runs.items()
    }
    made = {run: load(*given, config_dir=config_dir) for run, given in written.items()}
    for run, settings in made.items():
        if settings.reference is not None:
            raise InputError(f"run '{run}' has a reference; name another run instead")
        if settings.draws:
            raise InputError(f"run '{run}' has draws of its own; give them to the study: draws=N")
    first, count = next(iter(made.values())), tree.get("draws")
    draws = () if count is None else read_draws(first, count, config_dir)
    seeds = tree.get("seeds", 1)
    if not isinstance(seeds, int) or isinstance(seeds, bool) or seeds < 1:
        raise InputError(f"seeds = {seeds!r} is not a whole number from 1")
    varied = tree.get("parameters") or {}
    if not isinstance(varied, Mapping):
        raise InputError(f"parameters = {varied!r} is not a mapping of names to [low, high]")
    keys = {o.lstrip("+").partition("=")[0] for o in overrides}
    for run, own in runs.items():
        for said in (str(o) for o in own or ()):
            if said.startswith("scenario=") and "scenario" in keys:
                raise InputError(
                    f"scenario is what '{name}' is about (run '{run}': {said}), so it cannot be "
                    "set for all its runs; write an experiment of your own instead"
                )
    parameters = tuple(Parameter.read(str(k), v, made) for k, v in varied.items())
    for parameter in parameters:
        for key in keys & set(parameter.sets):
            raise InputError(f"{key} is varied by '{name}', so it cannot be set for all its runs")
    chosen = {key: tree.get(key, default) for key, default in options.items()}
    about = " ".join(str(tree.get("about", name)).split())
    outputs = tree.get("outputs") or {}
    if not isinstance(outputs, Mapping):
        raise InputError(f"outputs = {outputs!r} is not a mapping of names to measures")
    return Experiment(
        name, about, made, written, parameters, outputs, chosen, seeds, config_dir, draws
    )


def _config_dir(arguments: Sequence[str]) -> tuple[list[str], str | None]:
    rest, found = [], None
    waiting = iter(arguments)
    for argument in waiting:
        key, _, value = argument.partition("=")
        if key in ("--config-dir", "-cd"):
            found = value or next(waiting, None)
            if found is None:
                raise InputError("--config-dir wants a folder")
        elif argument.startswith("-"):
            raise InputError(f"unknown option '{argument}'; see --help")
        else:
            rest.append(argument)
    return rest, found


def read_yaml(path: Path, keys: Sequence[str]) -> dict[str, Any]:
    """A study's file, a mapping of these keys; InputError otherwise."""
    try:
        tree = read_once(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InputError(f"cannot read {path}: {' '.join(str(error).split())}") from None
    if not isinstance(tree, dict):
        raise InputError(f"{path} is not a mapping of keys to values")
    with blaming(str(path)):
        for key in tree:
            if key not in keys:
                raise unknown("key", key, keys)
    return tree


def _plain(text: str) -> Any:
    try:
        return read_once(text)
    except yaml.YAMLError:
        return text


def positive(options: Mapping[str, Any], *keys: str) -> None:
    """InputError for an option that is no whole number from 1."""
    for key in keys:
        value = options[key]
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise InputError(f"{key} = {value!r} is not a whole number from 1")
