"""The rules of a game, from `conf/game/NAME.yaml`: who plays, with which measures, for what.

Strategies are sets of measures, written as `sim.policies.strategies` says, or taken from the
options that countries have in `conf/decisions/NAME.yaml` (`decisions: NAME`). `start` is when
measures begin that say no date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.config import load, places
from sim.errors import InputError, blaming
from sim.game.form import Profile
from sim.policies.strategies import Choices, Player, read_choices
from sim.prepared import prepare, tables
from sim.record import indicators
from sim.record.panel import Panel
from sim.settings import Settings
from sim.study.draws import Draw, read_draws
from sim.study.experiment import asked_for, base_of, read_yaml

KEYS = (
    "about", "runs", "players", "strategies", "decisions", "start", "discount", "draws", "seeds",
)  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """A game as it was asked for.

    base: the run that all profiles add their measures to. discount: of a year's consumption,
    share. draws: sets of parameters, see `sim.study.draws`.
    """

    name: str
    about: str
    base: Settings
    choices: Choices
    start: str | None
    discount: float
    draws: tuple[Draw, ...]
    seeds: int

    @property
    def players(self) -> tuple[Player, ...]:
        """Those who have a choice."""
        return self.choices.players

    def options(self, player: Player) -> list[str]:
        """The strategies that a player has."""
        return self.choices.of(player)

    @property
    def shape(self) -> tuple[int, ...]:
        """How many strategies each player has."""
        return tuple(len(self.options(player)) for player in self.players)

    def played(self, profile: Profile) -> list[str]:
        """The names of the strategies of a profile."""
        return [self.options(p)[k] for p, k in zip(self.players, profile, strict=True)]

    def words(self, profile: Profile) -> str:
        """A profile for the eye: who plays what."""
        by: dict[str, list[str]] = {}
        for player, strategy in zip(self.players, self.played(profile), strict=True):
            by.setdefault(strategy, []).append(player.name)
        if len(by) == 1:
            return f"all: {next(iter(by))}"
        return "; ".join(f"{', '.join(names)}: {strategy}" for strategy, names in by.items())

    def measures(self, profile: Profile) -> dict[str, Any]:
        """What the players of a profile add to the scenario, by name of the measure."""
        made = self.choices.measures(self.played(profile))
        begins = {} if self.start is None else {"start": self.start}
        return {name: {**begins, **given} for name, given in made.items()}

    def settings(self, profile: Profile, draw: Draw, seed: int) -> Settings:
        """The run of a profile under one draw of the parameters and one seed."""
        tree = self.base.drawn(draw).resolved()
        mine = self.measures(profile)
        for name in mine.keys() & tree["scenario"]["measures"].keys():
            raise InputError(f"game '{self.name}': measure '{name}' is in its scenario already")
        tree["scenario"]["measures"] |= mine
        made = Settings.from_dict(tree)
        return replace(made, seed=self.base.seed + seed, name=self.base.name)

    def payoffs(self, panel: Panel) -> np.ndarray:
        """`float64[players]`, billion USD of the base year: consumption gained over the base.

        What the households and governments of a player's regions consume, discounted month by
        month to the start, less the same at the base month; and what it cares for others.
        """
        path, base = indicators.consumption(panel)
        weight = indicators.discounting(self.discount, len(path))
        gained = (weight[:, None] * (path - base)).sum(axis=0) / 1000.0
        everybody = self.choices.everybody.values()
        own = {p.name: gained[panel.axes.region_positions(p.regions)].sum() for p in everybody}
        return np.array(
            [own[p.name] + sum(w * own[of] for of, w in p.cares.items()) for p in self.players]
        )

    def check(self) -> None:
        """Refuse what does not fit the tables before anything is run.

        Every strategy is tried once with everybody, and once with one player alone.
        """
        axes = tables(self.base).axes
        for player in self.choices.everybody.values():
            with blaming(f"game '{self.name}', player '{player.name}'"):
                axes.region_positions(player.regions)
        tried = {tuple([k] * len(self.players)) for k in range(min(self.shape))}
        for i, count in enumerate(self.shape):
            tried |= {(0,) * i + (k,) + (0,) * (len(self.players) - i - 1) for k in range(count)}
        for profile in sorted(tried):
            with blaming(f"game '{self.name}', {self.words(profile)}"):
                prepare(self.settings(profile, self.draws[0], 0))

    def identity(self) -> dict[str, Any]:
        """What tells one profile's numbers from another game's: not how many draws and seeds."""
        return {
            "base": self.base.identity(),
            "players": [vars(p) for p in self.choices.everybody.values()],
            "strategies": [vars(s) for s in self.choices.strategies.values()],
            "start": self.start,
            "discount": self.discount,
        }


def read_rules(arguments: Sequence[str]) -> Rules:
    """The game that the command line asks for: `experiment=NAME`, `draws=`, `seeds=`, overrides.

    InputError for anything wrong with it.
    """
    asked = asked_for("game", arguments, ("draws", "seeds"))
    tree = read_yaml(asked.file, KEYS) | dict(asked.given)
    with blaming(f"game '{asked.name}'"):
        base = base_of(asked, tree, "runs")
        choices = read_choices(*_who_and_what(tree, asked.config_dir))
        if len(choices.players) < 2:
            raise InputError("a game needs two players who have a choice")
        discount = tree.get("discount", 0.0)
        if isinstance(discount, bool) or not isinstance(discount, int | float):
            raise InputError(f"discount = {discount!r} is not a number")
        if not 0 <= discount <= 1:
            raise InputError(f"discount = {discount:g} is outside [0, 1] (share a year)")
        made = Rules(
            name=asked.name,
            about=" ".join(str(tree.get("about", asked.name)).split()),
            base=base,
            choices=choices,
            start=None if tree.get("start") is None else str(tree["start"]),
            discount=float(discount),
            draws=_draws(base, tree.get("draws"), asked.config_dir),
            seeds=_count(tree.get("seeds", 1), "seeds"),
        )
    return made


def _who_and_what(tree: Mapping[str, Any], config_dir: str | None) -> tuple[Any, Any]:
    """Players and strategies, of the game's own file or of the options that it names."""
    name = tree.get("decisions")
    if name is None:
        return tree.get("players"), tree.get("strategies")
    for key in ("players", "strategies"):
        if key in tree:
            raise InputError(f"{key} and decisions = {name!r}: give one or the other")
    made = load(f"decisions={name}", config_dir=config_dir).decisions
    return made.players, made.strategies


def _draws(base: Settings, given: object, config_dir: str | None) -> tuple[Draw, ...]:
    if given is None:
        return ({},)
    return read_draws(base, _count(given, "draws"), config_dir)


def _count(value: object, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 10_000:
        raise InputError(f"{key} = {value!r} is not a whole number from 1 to 10000")
    return value


def games(config_dir: str | None = None) -> dict[str, Path]:
    """All games by name, with their files."""
    return {f.stem: f for root in places(config_dir)[0] for f in (root / "game").glob("*.yaml")}
