"""Run: from settings to a panel, and from a panel to a results folder."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import yaml
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from sim.baseline.balance import Baseline
from sim.model import UnionModel
from sim.prepared import Prepared, identify, prepare
from sim.progress import bar
from sim.record.manifest import collect
from sim.record.panel import Panel
from sim.record.store import claim, find_finished, make_home, write_run
from sim.record.summary import closing_table
from sim.settings import Settings

Tick = Callable[[str], object]


def simulate(
    run: Settings | Prepared, baseline: Baseline | None = None, tick: Tick | None = None
) -> Panel:
    """Run a model for all its months; the whole library interface.

    baseline: one that is loaded already. tick: called with each month once it is done.
    Raises InputError for settings that do not fit the baseline, IdentityError if books do not
    balance.
    """
    model = UnionModel(prepare(run, baseline).unwatched())
    for _ in range(model.settings.months):
        month = str(model.month)
        model.step()
        if tick:
            tick(month)
    panel = model.panel
    model.__dict__.clear()  # model and agents hold each other; what is large should not wait for gc
    return panel


def run(settings: Settings) -> Path:
    """`python -m sim`: simulate, store, draw, and say what changed. Returns the results folder.

    A finished run of the same configuration, data and code is reused and said so. Everything
    that can be wrong with the input is found before anything is written.
    """
    console = Console(stderr=False, quiet=not settings.output.progress)
    prepared = prepare(settings)
    for note in prepared.notes():
        console.print(f"[yellow]Note:[/yellow] {escape(note)}", soft_wrap=True)
    figures = settings.output.figures is not False
    months, label = itertools.count(1), settings.scenario.label
    show = settings.output.progress
    with bar(label, show, settings.months, "building the network") as tell:
        done = complete(prepared, figures, lambda month: tell(next(months), text=month))
    if done.reused:
        console.print(f"Already finished, reused: [bold]{done.folder}[/bold]", soft_wrap=True)
    console.print(closing_table(done.panel or Panel.read(done.folder)))
    for note in prepared.baseline.notes():
        label = f"Tables '{settings.baseline.label}': {note}"
        console.print(Text(label, style="dim"), soft_wrap=True)
    if not done.reused:
        console.print(
            f"{settings.months} months in {done.timings['simulate']:.1f} s, written in "
            f"{done.timings['write']:.1f} s: [bold]{done.folder}[/bold]",
            soft_wrap=True,
        )
    return done.folder


@dataclass(frozen=True)
class Done:
    """A finished run: its folder, and, unless it was there already, its panel and timings."""

    folder: Path
    panel: Panel | None
    timings: dict[str, float]

    @property
    def reused(self) -> bool:
        """Whether it was finished before."""
        return self.panel is None


def complete(run: Settings | Prepared, figures: bool = False, tick: Tick | None = None) -> Done:
    """Have a run finished, without a word: found in its folder, or simulated and stored.

    Whoever asks for the same run at the same time waits and finds it. What is found is not
    prepared first.
    """
    began = perf_counter()
    settings = run.settings if isinstance(run, Prepared) else run
    output, identifier = settings.output, identify(run)
    found = find_finished(output.folder, settings.name, identifier)
    if found:
        return Done(found, None, {})
    prepared = prepare(run)
    baseline = prepared.baseline
    make_home(output.folder, settings.name)
    with claim(output.folder, settings.name, identifier):
        found = find_finished(output.folder, settings.name, identifier)
        if found:
            return Done(found, None, {})
        timings = {"load": perf_counter() - began}
        began = perf_counter()
        panel = simulate(prepared, tick=tick)
        timings["simulate"] = perf_counter() - began
        began = perf_counter()
        manifest = collect(
            run_id=identifier,
            seed=settings.seed,
            digest=panel.digest,
            data_digest=baseline.source_digest,
            timings=timings,
            parameters=parameters(settings),
        ) | {"tables": baseline.account()}
        if settings.baseline.path:  # where `verify` may find them; not for publishing
            manifest["private"] = {"tables": str(settings.baseline.folder.resolve())}
        folder = write_run(
            output.folder,
            settings.name,
            identifier,
            panel,
            config=as_yaml(settings),
            manifest=manifest,
            figures=_figures if figures else None,
        )
        timings["write"] = perf_counter() - began
    return Done(folder, panel, timings)


def parameters(settings: Settings) -> dict[str, Any]:
    """One value for each name, `behaviour.sigma_scale` and the like: what an index shows.

    Of the scenario its label, and of its measures only what was overridden.
    """
    whole = settings.scenario.intensity
    flat: dict[str, Any] = {"scenario": settings.scenario.label, "scenario.intensity": whole}
    for override in settings.overrides:
        key, _, value = override.partition("=")
        if key.startswith("scenario.") and key not in flat:
            flat[key] = value
    tree = settings.resolved()
    for key in ("name", "scenario", "output", "seeds", "draws", "reference"):
        del tree[key]
    for key, value in tree.items():
        flat |= (
            {f"{key}.{k}": v for k, v in value.items()} if isinstance(value, dict) else {key: value}
        )
    # an index has a plain value a column: what is nested stands there as text
    return {k: json.dumps(v) if isinstance(v, dict | list | tuple) else v for k, v in flat.items()}


def as_yaml(settings: Settings) -> str:
    """The whole configuration, for config.yaml."""
    dumper: Any = type(
        "Plain",
        (getattr(yaml, "CSafeDumper", yaml.SafeDumper),),  # ten times faster where built
        {"ignore_aliases": lambda self, data: True},  # readers refuse them, see record/sound.py
    )
    tree = settings.resolved()
    tree["output"]["folder"] = _from_here(settings.output.folder)
    text: str = yaml.dump(tree, Dumper=dumper, sort_keys=False, allow_unicode=True)
    return text


def _from_here(folder: str) -> str:
    """A folder without what stands above it: results travel, and homes have names."""
    path = Path(folder)
    if not path.is_absolute():
        return folder
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.name


def _figures(panel: Panel, folder: Path) -> object:
    """Matplotlib is imported by those who draw, not by every worker of a sweep."""
    from sim.plots import write_figures

    return write_figures(panel, folder)
