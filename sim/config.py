"""Hydra's side of the house: compose the configuration, hand over checked Settings.

The only module besides `__main__` that knows Hydra, and it imports it when asked, not before.
Hydra refuses unknown keys with a hint to force them in; here every plain override is let
through (`++`) and `Settings.from_dict` refuses it with the nearest valid name. That one check
also sees `+typo=1`, and a measure takes `intensity=0` though its file does not mention it.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sim.errors import InputError, unknown
from sim.settings import Settings

_HERE = Path(__file__).resolve().parent
# beside the package in a checkout, inside it in a wheel
CONF = next((p for p in (_HERE / "conf", _HERE.parent / "conf") if p.is_dir()), _HERE / "conf")


def load(*overrides: str, config_dir: str | Path | None = None) -> Settings:
    """The settings of `python -m sim OVERRIDES`, checked.

    config_dir: a folder with groups of the user's own, e.g. scenario/mine.yaml.
    Raises InputError with the nearest valid name. Leaves no trace in Hydra's global state.

    >>> load("scenario=eu_2022", "months=24").months
    24
    """
    from hydra import compose, initialize_config_dir
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    roots = [CONF]
    search = []
    if config_dir is not None:
        own = Path(config_dir).expanduser().resolve()
        if not own.is_dir():
            raise InputError(f"configuration folder '{config_dir}' does not exist")
        roots.append(own)
        search = [f"hydra.searchpath=['file://{own}']"]
    given = [*lenient(overrides, roots), *search]
    with _own_hydra():
        try:
            with initialize_config_dir(str(CONF), version_base="1.3"):
                return from_hydra(compose("config", overrides=given))
        except InputError:
            raise
        except (HydraException, OmegaConfBaseException, ValueError) as error:
            raise _translated(error, roots) from None


def from_hydra(cfg: Any) -> Settings:
    """Settings from what Hydra composed (an OmegaConf node without its `hydra` part)."""
    from omegaconf import OmegaConf

    tree: Any = OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    return Settings.from_dict(tree)


def door(job: Callable[[Settings], object]) -> None:
    """Run `job` on the settings of the command line, once or for every point of a sweep.

    A single run says what is wrong in one line and exits with 2, before anything is written.
    In a sweep an InputError stays an exception: it fails its point, the others go on.
    """
    import hydra

    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--config-dir", "-cd")
    known, rest = parser.parse_known_args()
    single = not any(a.startswith(("-", "hydra.mode=")) for a in rest)
    own = [] if known.config_dir is None else ["--config-dir", known.config_dir]
    sys.argv[1:] = [*own, *lenient(rest, [CONF, *map(Path, own[1:])])]

    def task(cfg: Any) -> None:
        with _polite(single):
            job(from_hydra(cfg))

    with _polite(single):
        if single:
            load(*rest, config_dir=known.config_dir)
        hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")(task)()


def lenient(overrides: Iterable[str], roots: Iterable[Path] = (CONF,)) -> list[str]:
    """Overrides that Hydra will not refuse: `key=value` as `++key=value`, groups untouched."""
    groups = {p.name for root in roots for p in root.glob("*/")}
    plain = re.compile(r"[A-Za-z_][\w.]*(?==)")
    out = []
    for override in overrides:
        key = plain.match(override)
        out.append(f"++{override}" if key and key[0] not in groups else override)
    return out


@contextmanager
def _own_hydra() -> Iterator[None]:
    """A GlobalHydra of our own; whatever was there before (a running job's) comes back."""
    from hydra.core.global_hydra import GlobalHydra

    instance = GlobalHydra.instance()
    before, instance.hydra = instance.hydra, None
    try:
        yield
    finally:
        GlobalHydra.instance().hydra = before


@contextmanager
def _polite(polite: bool) -> Iterator[None]:
    try:
        yield
    except InputError as error:
        if not polite:
            raise
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None


def _translated(error: Exception, roots: list[Path]) -> InputError:
    """Hydra's trouble in one sentence, with the nearest option of a group."""
    missing = getattr(error, "missing_cfg_file", None)
    if missing:
        group, _, option = str(missing).removesuffix(".yaml").rpartition("/")
        files = (f for root in roots for f in (root / group).glob("*.yaml"))
        options = sorted({f.stem for f in files}) or getattr(error, "options", None) or []
        return unknown(group, option, options)
    lines = [line.strip() for line in str(error).replace("++", "").splitlines()]
    if hasattr(error, "override"):
        return InputError(f"cannot read override '{error.override}'; write it as key=value")
    if lines[0].startswith("Ambiguous value"):
        return InputError(f"{lines[0]}; for a sweep add -m, for a list write [a,b]")
    return InputError(" ".join(line for line in lines[:1] if line))
