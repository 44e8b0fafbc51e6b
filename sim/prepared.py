"""Prepared: settings held against their tables, worked out once for all that a run needs.

Settings -> Prepared -> Panel. Who has prepared a run to see whether it can be run hands on what he
has; nothing reads the tables or compiles the scenario a second time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from sim.baseline.balance import Baseline, load_baseline
from sim.baseline.firms import firm_numbers
from sim.baseline.kept import kept
from sim.baseline.memory import require_memory
from sim.policies.notes import listed, notes
from sim.policies.path import LeverPath
from sim.policies.scenario import compile_scenario
from sim.record.manifest import model_version, run_id
from sim.settings import Settings

ON_TECHNOLOGY = ("technology_ban", "adoption_mandate", "competence_centre", "egov_exchange")
ON_TRADERS = ("secondary_pressure", "trader_listing", "compliance_floor")
"""Policies that move nothing but what the switch of a mechanism takes out."""


@dataclass(frozen=True)
class Prepared:
    """A run that can be run: what it is told, its balanced tables, and the levers of its months.

    Made by `prepare`.
    """

    settings: Settings
    baseline: Baseline
    path: LeverPath

    def notes(self) -> tuple[str, ...]:
        """What should be known before the run, a line each.

        Measures that contradict each other, and what is asked for and does nothing.
        """
        settings, path = self.settings, self.path
        said = notes(path, self.baseline, settings.months)
        return (*path.conflicts, *said, *_switched_off(settings))

    def unwatched(self) -> Prepared:
        """The same without firms as agents: ten thousand windows that nobody looks through."""
        firms = replace(self.settings.firms, agents=0)
        return replace(self, settings=replace(self.settings, firms=firms))


def prepare(run: Settings | Prepared, baseline: Baseline | None = None) -> Prepared:
    """Hold a run against its tables; what is prepared comes back as it is.

    baseline: the tables, where they are not those of the settings.
    Raises InputError for what the tables do not have or the memory cannot hold.
    """
    if isinstance(run, Prepared):
        return run
    loaded = baseline or tables(run)
    firm_numbers(loaded.output, run.firms.count)
    regions, sectors = loaded.final.shape
    require_memory(regions, sectors, run.firms.count, run.months)
    path = compile_scenario(run.scenario, loaded, run.start, run.months)
    return Prepared(run, loaded, path)


def identify(run: Settings | Prepared) -> str:
    """The run's name under this code and its tables; nothing is compiled to look for it."""
    settings = run.settings if isinstance(run, Prepared) else run
    loaded = run.baseline if isinstance(run, Prepared) else tables(run)
    return run_id(settings.identity(), loaded.source_digest, model_version())


def tables(settings: Settings) -> Baseline:
    """The balanced baseline, kept for the next run that wants the same unchanged files."""
    folder = settings.baseline.folder
    files = sorted(p for p in folder.glob("*") if p.is_file())
    return _tables(folder, tuple((p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in files))


@lru_cache(maxsize=2)
def _tables(folder: Path, files: tuple[tuple[str, int, int], ...]) -> Baseline:
    return kept([folder / name for name, *_ in files], lambda: load_baseline(folder))


def _switched_off(settings: Settings) -> tuple[str, ...]:
    """Measures that work through something this run does not have."""
    why = {} if settings.technology.active else dict.fromkeys(ON_TECHNOLOGY, "technology is off")
    if settings.countries.compliance is not None:
        why["compliance_floor"] = "countries.compliance is fixed"
    if not settings.traders.active:
        why |= dict.fromkeys(ON_TRADERS, "traders are off")
    idle = [m for m in settings.scenario if m.policy in why and m.intensity > 0]
    told = {reason: [m.name for m in idle if why[m.policy] == reason] for reason in why.values()}
    return tuple(
        f"{reason}, so nothing comes of measure{'s' * (len(names) > 1)} {listed(names)}"
        for reason, names in told.items()
        if names
    )
