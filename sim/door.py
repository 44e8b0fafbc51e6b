"""Hydra's door: from a command line to one run, an ensemble or a sweep.

A sweep asks Hydra for the points and for the launcher, and hands all points to it. Hydra's own
sweeper would compose every point once more beforehand, and end with the first error of many.
"""

from __future__ import annotations

import os
import re
import sys
import warnings
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from sim import __version__
from sim.commands import Arguments, obey
from sim.config import CONF, composing, from_hydra, lenient, load, odd, places
from sim.errors import InputError, unknown
from sim.guide import RECORDS, guide
from sim.settings import Settings, expanded
from sim.words import key_of, refuse_twice

BASIC = "basic_launcher.BasicLauncher"
EXTRAS = {"hydra_submitit_launcher": "slurm", "hydra_ray_launcher": "ray"}
OWN_CORES = (BASIC, "SlurmLauncher")
"""Launchers under which a point has all the cores it sees to itself."""


def door(job: Callable[[Settings], object], arguments: Sequence[str] | None = None) -> int:
    """Run `job` on the settings of the command line, or a sweep with -m; an exit code.

    What is wrong with the command line is said in one line, exit 2, before anything is written.
    A sweep some of whose points failed gives 1.
    """
    parser = Arguments("run", "", add_help=False)
    parser.words()
    parser.add_argument("--multirun", "-m", action="store_true")
    parser.add_argument("--help", "-h", action="store_true")
    parser.add_argument("--version", action="store_true")
    parser.add_argument("--cfg", "-c", choices=("job", "hydra", "all"))
    parser.add_argument("--package", "-p")
    parser.add_argument("--resolve", action="store_true")
    parser.add_argument("--info", "-i", nargs="?", const="all")
    parser.add_argument("--hydra-help", action="store_true")
    parser.add_argument("--shell-completion", "-sc", action="store_true")

    def work(given: Namespace) -> int:
        words = given.words
        roots = places(given.config_dir)[0]
        if given.help:
            print(guide(roots))
        elif given.version:
            print(f"eaeu-sim {__version__}")
        elif given.shell_completion:
            raise InputError("words for the TAB key: python -m sim completion bash")
        elif given.cfg or given.info or given.hydra_help:
            _hydra_itself(given, roots)
        elif given.multirun or any(w.lower().lstrip("+") == "hydra.mode=multirun" for w in words):
            refuse_twice(words)
            return 0 if _sweep(words, given.config_dir) else 1
        else:
            refuse_twice(words)
            _is_one_run(words, given.config_dir)
            job(load(*words, config_dir=given.config_dir))
        return 0

    return obey(parser, arguments, work)


def _is_one_run(overrides: Sequence[str], config_dir: str | None) -> None:
    """Refuse an experiment that sweeps: without -m Hydra would leave its sweep out in silence."""
    import yaml

    given = {key_of(o): o.partition("=")[2] for o in overrides}
    for key in given:
        if key.startswith(("hydra/launcher", "hydra.launcher", "hydra.sweeper")):
            raise InputError(f"{key} is for the points of a sweep: say -m as well")
    for root in places(config_dir)[0]:
        path = root / "experiment" / f"{given.get('experiment', '')}.yaml"
        if not path.is_file():
            continue
        try:
            sweeper = yaml.safe_load(path.read_bytes())["hydra"]["sweeper"]
            swept = [key for key in sweeper["params"] if key not in given]
        except (yaml.YAMLError, KeyError, TypeError):
            continue  # it sweeps nothing; whether it can be used is Hydra's to say
        if swept:
            raise InputError(
                f"experiment '{given['experiment']}' sweeps {', '.join(swept)}: say -m to run its "
                "points, or give one value of each"
            )


def _hydra_itself(given: Namespace, roots: Sequence[Path]) -> None:
    """What Hydra shows of a configuration: --cfg job, --info, --hydra-help."""
    import hydra

    shown = [f"--cfg={given.cfg}"] if given.cfg else []
    shown += [f"--package={given.package}"] if given.package else []
    shown += ["--resolve"] * given.resolve + ["--hydra-help"] * given.hydra_help
    shown += [f"--info={given.info}"] if given.info else []
    own = [f"--config-dir={roots[-1]}"] if given.config_dir else []
    sys.argv[1:] = [*shown, *own, *lenient(given.words, roots)]
    with odd(list(roots)):
        hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")(lambda _: 0)()


def _sweep(overrides: Sequence[str], config_dir: str | None) -> bool:
    """All points of a sweep; whether every one of them is finished."""
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.types import RunMode
    from omegaconf import OmegaConf, open_dict

    from sim.study import sweep

    # launchers' presets of ours bear the names of their plugins' own, which Hydra frowns upon
    warnings.filterwarnings("ignore", r"(?s).*is validated against ConfigStore schema")
    roots, search = places(config_dir)
    given = [o for o in overrides if not re.match(r"[+]*hydra\.mode=", o)]
    with composing(roots):
        hydra = GlobalHydra.instance().hydra
        assert hydra is not None
        with odd(roots):
            cfg = hydra.compose_config(
                "config", [*lenient(given, roots), *search], RunMode.MULTIRUN,
                with_log_configuration=False,
            )  # fmt: skip
            params: Any = (
                OmegaConf.to_container(cfg.hydra.sweeper.params, resolve=False)
                if cfg.hydra.sweeper.params
                else {}
            )
            plan = lenient((f"{k}={v}" for k, v in params.items()), roots)
            task_words = list(cfg.hydra.overrides.task)
            fixed = {key_of(o): o for o in task_words}
            replaced = [o for o in plan if key_of(o) in fixed]
            plan = [o for o in plan if key_of(o) not in fixed]
            parsed = OverridesParser.create(hydra.config_loader).parse_overrides(
                [*plan, *task_words]
            )
        _say_instead(replaced, fixed, parsed)
        points, swept = _points(parsed)
        _options_exist(parsed, hydra.config_loader, roots)
        launcher = str(cfg.hydra.launcher._target_)
        task = Task(os.getcwd(), os.getpid(), config_dir, _name(swept, given), launcher)
        first = task.settings(_composed(hydra, points[0], search), points[0])
        for key in swept:
            if key == "name" or key.startswith("output"):
                raise InputError(f"{key} belongs to the whole sweep: give it one value")
        output = replace(first.output, folder=os.path.abspath(expanded(first.output.folder)))

        def launch(journal: sweep.Journal, labels: Sequence[str]) -> object:
            with open_dict(cfg):
                cfg.hydra.sweep.dir = str(journal.folder)
            launcher = _launcher(hydra, cfg, replace(task, journal=journal, folder=output.folder))
            returned = launcher.launch([list(named[p]) for p in labels], initial_job_idx=0)
            return [r.return_value for r in returned]  # raises what was not caught

        named = {" ".join(point): point for point in points}
        runs = sum(_seeds(point, first) for point in points)
        _launcher(hydra, cfg, task)
        return sweep.sweep(
            first.name, output.folder, list(named), runs, launch, first.output.progress
        )


def _say_instead(replaced: Sequence[str], fixed: Mapping[str, str], parsed: Sequence[Any]) -> None:
    """What a sweep does that may not have been meant, on the error stream."""
    for planned in replaced:
        said = fixed[key_of(planned)].lstrip("+")
        print(f"Note: {said} is run instead of {planned.lstrip('+')}", file=sys.stderr)
    for override in parsed:
        told = str(override.input_line).lstrip("+")
        comma = re.fullmatch(r"[a-z_]+\.([a-z_]+)=(\d+),(\d+)", told)
        record = {f.name: f for r in RECORDS for f in fields(r)}
        field = record.get(comma[1]) if comma else None
        if comma and field is not None and isinstance(field.default, float):
            print(
                f"Note: {told} is two values, {comma[2]} and {comma[3]}; the number would be "
                f"{comma[2]}.{comma[3]}",
                file=sys.stderr,
            )


@dataclass(frozen=True)
class Task:
    """What a launcher carries to its workers and calls with each composed configuration.

    cwd, pid: where relative paths of the user begin, and the user's process. launcher: its class.
    """

    cwd: str
    pid: int
    config_dir: str | None
    name: str
    launcher: str
    journal: Any = None
    folder: str = ""

    def __call__(self, cfg: Any) -> None:
        """One point, in whatever process this is."""
        from hydra.core.hydra_config import HydraConfig

        from sim.study.replicate import work_at
        from sim.study.sweep import work

        work_at((self.cwd, self.pid))
        point = list(HydraConfig.get().overrides.task)
        work(self.journal, " ".join(point), lambda: self.settings(cfg, point))

    def settings(self, cfg: Any, point: Sequence[str]) -> Settings:
        """Settings of a point; its seeds take turns where points take the cores."""
        made = from_hydra(cfg, point, self.config_dir, self.name)
        output = made.output
        if self.folder:
            output = replace(output, folder=self.folder)
        if output.jobs is None and not self.launcher.endswith(OWN_CORES):
            output = replace(output, jobs=1)
        return replace(made, output=output)


def _points(parsed: Sequence[Any]) -> tuple[list[tuple[str, ...]], list[str]]:
    """The overrides of every point, and the keys that differ between them."""
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
    from hydra.errors import HydraException

    swept = [o.get_key_element().lstrip("+") for o in parsed if o.is_sweep_override()]
    keys = [o.get_key_element().lstrip("+") for o in parsed]
    for one in swept:
        for two in keys:
            if two.startswith(f"{one}.") or (one.startswith(f"{two}.") and two in keys):
                raise InputError(f"{one} and {two} set the same keys, so points would be lost")
    try:
        (points,) = BasicSweeper.split_arguments(list(parsed), None)
    except HydraException as error:
        raise InputError(f"cannot sweep: {error}; list values, e.g. seed=1,2,3") from None
    if not swept:
        raise InputError(
            "nothing to sweep: -m wants a key with several values, e.g. scenario=none,eu_2022, or "
            "an experiment with hydra.sweeper.params; one run needs no -m"
        )
    unique = list(dict.fromkeys(map(tuple, points)))
    if not unique:
        raise InputError(f"nothing to sweep: no values for {', '.join(swept)}")
    return unique, swept


def _options_exist(parsed: Sequence[Any], loader: Any, roots: Sequence[Path]) -> None:
    """Refuse an unknown option of a group in any point before the first is run."""
    for override in parsed:
        group = override.key_or_group
        own = (file.stem for root in roots for file in (root / group).glob("*.yaml"))
        known = sorted({*own, *loader.get_group_options(group)})  # it knows no --config-dir
        if not override.is_sweep_override() or not known:
            continue
        for value in override.sweep_iterator():
            for option in value if isinstance(value, list) else [value]:
                if option is not None and str(option) not in known:
                    raise unknown(group, option, known)


def _composed(hydra: Any, point: Sequence[str], search: Sequence[str]) -> Any:
    from hydra.types import RunMode
    from omegaconf import open_dict

    cfg = hydra.compose_config(
        "config", [*point, *search], RunMode.RUN, with_log_configuration=False
    )
    with open_dict(cfg):
        del cfg["hydra"]
    return cfg


def _launcher(hydra: Any, cfg: Any, task: Task) -> Any:
    """The launcher of a configuration; InputError names the extra it wants."""
    from hydra._internal.callbacks import Callbacks
    from hydra.core.plugins import Plugins
    from hydra.types import HydraContext

    composer: Any = Composer(hydra.config_loader)
    context = HydraContext(composer, Callbacks(cfg))
    try:
        return Plugins.instance().instantiate_launcher(
            hydra_context=context, task_function=task, config=cfg
        )
    except RuntimeError as error:
        package = task.launcher.removeprefix("hydra_plugins.").partition(".")[0]
        if package not in EXTRAS or "Unknown plugin" not in str(error):
            raise
        raise InputError(
            f"{task.launcher.rpartition('.')[2]} is not installed; "
            f"pip install 'eaeu-sim[{EXTRAS[package]}]'"
        ) from None


class Composer:
    """Hydra's loader, which composes points that choose the same files only once.

    Composing takes 70 ms a point, setting a value in what is composed takes 2. Hydra does the
    same in the same order: files first, then values.
    """

    def __init__(self, loader: Any, sweep: str | None = None) -> None:
        self.loader = loader
        self.sweep = sweep or uuid4().hex
        self.composed: dict[tuple[str, ...], Any] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return _composer, (self.loader, self.sweep)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)

    def load_sweep_config(self, master_config: Any, sweep_overrides: list[str]) -> Any:
        """The configuration of one point."""
        from hydra.core.override_parser.overrides_parser import OverridesParser

        values = [o for o in sweep_overrides if re.match(r"\+\+(?!hydra\.)", o)]
        files = [o for o in sweep_overrides if o not in values]
        if any(o.startswith("~") for o in files):
            return self.loader.load_sweep_config(master_config, sweep_overrides)
        key = tuple(files)
        if key not in self.composed:
            self.composed[key] = self.loader.load_sweep_config(master_config, files)
        cfg = deepcopy(self.composed[key])
        parsed = OverridesParser.create(self.loader).parse_overrides(values)
        self.loader._apply_overrides_to_config(parsed, cfg)
        cfg.hydra.overrides.task = sweep_overrides
        cfg.hydra.sweep.dir = master_config.hydra.sweep.dir
        return cfg


def _composer(loader: Any, sweep: str) -> Composer:
    """A worker is sent a composer with every point, and goes on with its first."""
    if sweep not in _composers:
        _composers.clear()
        _composers[sweep] = Composer(loader, sweep)
    return _composers[sweep]


_composers: dict[str, Composer] = {}


def _name(swept: Sequence[str], overrides: Sequence[str]) -> str:
    """Folder of a sweep: its experiment, or what it varies. Saying the same again resumes it."""
    for override in overrides:
        key, _, value = override.lstrip("+").partition("=")
        if key == "experiment" and "," not in value:
            return value
    return "-".join(["sweep", *(re.sub(r"\W+", "_", re.split(r"[.]", k)[-1]) for k in swept)])


def _seeds(point: Sequence[str], first: Settings) -> int:
    """How many runs a point has."""
    found = {"seeds": first.seeds or 1, "draws": len(first.draws) or 1}
    for override in point:
        key, _, value = override.lstrip("+").partition("=")
        if key in found and value.isdigit():
            found[key] = int(value)
    return found["seeds"] * found["draws"]
