"""Run: from settings to a panel, and from a panel to a results folder."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import yaml
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sim.baseline.balance import Baseline, load_baseline
from sim.baseline.tables import shipped
from sim.model import UnionModel
from sim.policies.scenario import compile_scenario
from sim.record.manifest import collect, model_version, run_id
from sim.record.panel import Panel
from sim.record.store import find_finished, prepare, write_run
from sim.record.summary import closing_table
from sim.settings import Settings

Tick = Callable[[str], None]


def simulate(
    settings: Settings, baseline: Baseline | None = None, tick: Tick | None = None
) -> Panel:
    """Run a model for all its months; the whole library interface.

    baseline: one that is loaded already. tick: called with each month once it is done.
    Raises InputError for settings that do not fit the baseline, IdentityError if books do not
    balance.
    """
    model = UnionModel(settings, baseline)
    for _ in range(settings.months):
        month = str(model.month)
        model.step()
        if tick:
            tick(month)
    return model.panel


def run(settings: Settings) -> Path:
    """`python -m sim`: simulate, store, draw, and say what changed. Returns the results folder.

    A finished run of the same configuration, data and code is reused and said so. Everything
    that can be wrong with the input is found before anything is written.
    """
    console = Console(stderr=False, quiet=not settings.output.progress)
    timings = {}
    began = perf_counter()
    baseline = load_baseline(settings.baseline.path or shipped(settings.baseline.name))
    path = compile_scenario(settings.scenario, baseline, settings.start, settings.months)
    identifier = run_id(settings.identity(), baseline.source_digest, model_version())
    done = find_finished(settings.output.folder, settings.name, identifier)
    if done:
        console.print(f"Already finished, reused: [bold]{done}[/bold]", soft_wrap=True)
        console.print(closing_table(Panel.read(done)))
        return done
    for conflict in path.conflicts:
        console.print(f"[yellow]Note:[/yellow] {conflict}", soft_wrap=True)
    prepare(settings.output.folder, settings.name)
    timings["load"] = perf_counter() - began

    began = perf_counter()
    with _progress(console, settings) as tick:
        panel = simulate(settings, baseline, tick)
    timings["simulate"] = perf_counter() - began

    began = perf_counter()
    with console.status("Drawing and writing"):
        folder = write_run(
            settings.output.folder,
            settings.name,
            identifier,
            panel,
            config=yaml.safe_dump(settings.resolved(), sort_keys=False, allow_unicode=True),
            manifest=collect(
                run_id=identifier,
                seed=settings.seed,
                digest=panel.digest,
                data_digest=baseline.source_digest,
                timings=timings,
            ),
            figures=_figures if settings.output.figures else None,
        )
    timings["write"] = perf_counter() - began
    console.print(closing_table(panel))
    console.print(
        f"{settings.months} months in {timings['simulate']:.1f} s, written in "
        f"{timings['write']:.1f} s: [bold]{folder}[/bold]",
        soft_wrap=True,
    )
    return folder


def _figures(panel: Panel, folder: Path) -> object:
    """Matplotlib is imported by those who draw, not by every worker of a sweep."""
    from sim.plots import write_figures

    return write_figures(panel, folder)


@contextmanager
def _progress(console: Console, settings: Settings) -> Iterator[Tick]:
    """A line that says which month is done and how long the rest will take."""
    columns = (
        TextColumn("[bold]{task.fields[scenario]}[/bold] {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    show = settings.output.progress and sys.stderr.isatty()
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not show) as bar:
        label = settings.scenario.label
        task = bar.add_task("building the network", total=settings.months, scenario=label)
        yield lambda month: bar.update(task, advance=1, description=month)
