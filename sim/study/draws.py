"""Draws of parameters: how sure an answer is beyond the luck of the network.

A file `conf/posterior/TABLES.csv` has a column a parameter (`behaviour.sigma_scale`), a row a draw,
in random order, so the first n are as good as any n. Who made it, from which runs and rows, stands
in its comments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sim.config import places
from sim.errors import InputError, blaming
from sim.settings import Settings

Draw = Mapping[str, float]


def read_draws(settings: Settings, count: int, config_dir: str | None = None) -> tuple[Draw, ...]:
    """The first `count` draws for the tables of a run; InputError if there are not so many."""
    import pandas as pd

    label = settings.baseline.label
    found = [root / "posterior" / f"{label}.csv" for root in reversed(places(config_dir)[0])]
    path = next((p for p in found if p.is_file()), None)
    if path is None:
        raise InputError(
            f"draws = {count}: there are no draws of parameters for the tables '{label}': none are "
            f"shipped; put posterior/{label}.csv, a column a parameter, into your --config-dir"
        )
    try:
        table = pd.read_csv(path, comment="#", dtype=float)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {path}: {' '.join(str(error).split())}") from None
    if count > len(table):
        raise InputError(f"draws = {count}: {path.name} has only {len(table)}")
    draws = tuple(
        {str(k): float(v) for k, v in row.items()} for row in table[:count].to_dict("records")
    )
    with blaming(str(path)):
        for draw in draws:
            drawn(settings, draw)
    return draws


def drawn(settings: Settings, draw: Draw) -> Settings:
    """A run with the parameters of a draw; InputError for one that does not exist or fit."""
    if not draw:
        return settings
    tree = settings.resolved()
    for key, value in draw.items():
        room, _, name = key.partition(".")
        if not isinstance(tree.get(room), dict) or name not in tree[room]:
            raise InputError(f"'{key}' is no number of the configuration")
        tree[room][name] = value
    made = Settings.from_dict(tree)
    told = tuple(f"{key}={value!r}" for key, value in draw.items())
    return replace(made, overrides=(*settings.overrides, *told))
