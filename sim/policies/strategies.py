"""Strategies: sets of measures that somebody chooses among, and what a choice of all comes to.

A strategy is a set of measures. Under `each` stand those that a player adds for itself, under
`together` those that all who play it add once (`alone`: the strategy that counts when only one
plays it), under `upon` those that meet others for what they play: `upon: {ignore: {...}}` is
filled with each other player that plays `ignore`. In names and options `$player` is the player's
name, `$players` those who play it, `$regions` their regions, and `$NUMBER` a number of that name
which the player has, summed over the players in what they do together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.errors import InputError, blaming, unknown

PARTS = ("each", "together", "upon", "alone", "of")


@dataclass(frozen=True)
class Player:
    """Who decides, for whom.

    regions: whose consumption counts. numbers: for the measures. cares: other players' payoffs
    that are added to its own, each with a weight; a negative one wishes them ill.
    """

    name: str
    regions: tuple[str, ...]
    numbers: Mapping[str, float]
    cares: Mapping[str, float]


@dataclass(frozen=True)
class Strategy:
    """A set of measures. of: the players who have the choice."""

    name: str
    each: Mapping[str, Any]
    together: Mapping[str, Any]
    upon: Mapping[str, Any]
    alone: str | None
    of: tuple[str, ...]


@dataclass(frozen=True)
class Choices:
    """Who can do what. players: everybody, by name. strategies: by name."""

    everybody: Mapping[str, Player]
    strategies: Mapping[str, Strategy]

    @property
    def players(self) -> tuple[Player, ...]:
        """Those who have a choice."""
        choosing = {name for s in self.strategies.values() for name in s.of}
        return tuple(p for p in self.everybody.values() if p.name in choosing)

    @property
    def watchers(self) -> tuple[Player, ...]:
        """Those without one, whom others care for."""
        choosing = self.players
        return tuple(p for p in self.everybody.values() if p not in choosing)

    def of(self, player: Player) -> list[str]:
        """The strategies that a player has."""
        return [s.name for s in self.strategies.values() if player.name in s.of]

    def measures(self, played: Sequence[str]) -> dict[str, Any]:
        """What all add to the scenario, by name of the measure. played: a strategy a player."""
        return {name: given for name, _, given in self.who_adds(played)}

    def who_adds(self, played: Sequence[str]) -> list[tuple[str, list[Player], Any]]:
        """Every measure that follows, with the players whose choice it is, and what it says."""
        who: dict[str, list[Player]] = {}
        for player, name in zip(self.players, played, strict=True):
            who.setdefault(name, []).append(player)
        for name, crowd in list(who.items()):
            alone = self.strategies[name].alone
            if len(crowd) == 1 and alone:
                who.setdefault(alone, []).extend(who.pop(name))
        out = []
        for name, crowd in who.items():
            strategy = self.strategies[name]
            parts = [(strategy.each, [player], [player]) for player in crowd]
            parts.append((strategy.together, crowd, crowd))
            for met, answer in strategy.upon.items():
                others = [other for other in who.get(met, ()) if other not in crowd]
                parts += [(answer, [other], [*crowd, other]) for other in others]
            for measures, filling, whose in parts:
                out += [(key, whose, m) for key, m in _filled(measures, filling).items()]
        return out


def read_choices(players: object, strategies: object) -> Choices:
    """From the mappings of a file; InputError for what does not fit together."""
    everybody = {str(k): _player(str(k), v) for k, v in mapping(players, "players").items()}
    given = mapping(strategies, "strategies")
    made = {str(k): _strategy(str(k), v, list(everybody)) for k, v in given.items()}
    for strategy in made.values():
        for other in (*filter(None, [strategy.alone]), *strategy.upon):
            if other not in made:
                raise unknown("strategy", other, made)
    for player in everybody.values():
        for other in player.cares:
            if other not in everybody:
                raise unknown("player", other, everybody)
    choices = Choices(everybody, made)
    for player in choices.players:
        if len(choices.of(player)) < 2:
            raise InputError(f"player '{player.name}' has only one strategy")
    return choices


def mapping(value: object, where: str) -> Mapping[Any, Any]:
    """A mapping, empty for None; InputError for anything else."""
    if value is not None and not isinstance(value, Mapping):
        raise InputError(f"{where} = {value!r} is not a mapping")
    return value or {}


def _player(name: str, given: object) -> Player:
    with blaming(f"player '{name}'"):
        tree = dict(given) if isinstance(given, Mapping) else None
        if tree is None:
            raise InputError(f"{given!r} is not a mapping")
        regions = tree.pop("regions", name)
        cares = tree.pop("cares", {})
        if not isinstance(cares, Mapping):
            raise InputError(f"cares = {cares!r} is not a mapping of players to weights")
        for key, value in {**tree, **cares}.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise InputError(f"{key} = {value!r} is not a number")
        regions = (regions,) if isinstance(regions, str) else tuple(map(str, regions))
        return Player(name, regions, tree, dict(cares))


def _strategy(name: str, given: object, everybody: list[str]) -> Strategy:
    with blaming(f"strategy '{name}'"):
        tree = {} if given is None else given
        if not isinstance(tree, Mapping):
            raise InputError(f"{given!r} is not a mapping")
        for key in tree:
            if key not in PARTS:
                raise unknown("key", key, PARTS)
        of = tree.get("of", everybody)
        of = (of,) if isinstance(of, str) else tuple(of)
        for player in of:
            if player not in everybody:
                raise unknown("player", player, everybody)
        each, together, upon = (mapping(tree.get(key), key) for key in ("each", "together", "upon"))
        return Strategy(name, each, together, upon, tree.get("alone"), of)


def _filled(measures: Mapping[str, Any], crowd: Sequence[Player]) -> dict[str, Any]:
    """Measures with the players' names, regions and numbers in their places."""
    names = [p.name for p in crowd]
    words: dict[str, Any] = {
        "players": names,
        "player": names[0],
        "regions": [r for p in crowd for r in p.regions],
    }
    for key in {k for p in crowd for k in p.numbers}:
        words[key] = float(sum(p.numbers.get(key, 0.0) for p in crowd))

    def fill(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {fill(k): fill(v) for k, v in value.items()}
        if isinstance(value, list):
            return [x for v in value for x in _as_list(fill(v))]
        if isinstance(value, str) and "$" in value:
            if value.startswith("$") and value[1:] in words:
                return words[value[1:]]
            for word in sorted(words, key=len, reverse=True):
                if isinstance(words[word], str):
                    value = value.replace(f"${word}", words[word])
            if "$" in value:
                raise unknown("word", value, [f"${w}" for w in words])
        return value

    filled: dict[str, Any] = fill(measures)
    return filled


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
