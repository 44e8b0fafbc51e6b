"""Draws of parameters for a study: how sure an answer is beyond the luck of the network."""

from __future__ import annotations

from sim.config import places
from sim.draws import Draw as Draw
from sim.draws import read_rows
from sim.errors import blaming
from sim.settings import Settings


def read_draws(
    settings: Settings, count: object, config_dir: str | None = None
) -> tuple[Draw, ...]:
    """The first `count` draws for the tables of a run; InputError if there are not so many.

    Each is held against the run it is meant for.
    """
    label = settings.baseline.label
    draws = read_rows(label, count, places(config_dir)[0])
    with blaming(f"posterior/{label}.csv"):
        for draw in draws:
            settings.drawn(draw)
    return draws
