"""What a calibration is asked: `conf/calibrate/NAME.yaml`, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sim.errors import InputError, blaming, unknown
from sim.priors import Prior
from sim.settings import DRAWN, Settings
from sim.study.experiment import asked_for, base_of, positive, read_yaml

SIZES: dict[str, int] = {
    "points": 256, "waves": 3, "draws": 200, "checks": 8, "steps": 2400, "walkers": 64,
}  # fmt: skip
"""Whole numbers of the file, with their defaults."""
KEYS = (
    "about", "run", "parameters", "without", "cutoff", "least_shrink", "discrepancy", "confidence",
    *SIZES,
)  # fmt: skip


@dataclass(frozen=True)
class Form:
    """A calibration as it was asked for.

    base: the run at the numbers as they are; priors: what is varied, by parameter. points: runs of
    a wave, at most `waves` of them; one that rules out less than `least_shrink` of what was left is
    the last. cutoff: implausibility from which a place is ruled out, in standard deviations.
    discrepancy: by flow, what the best parameters may still be off, in logs; `rest` for others.
    confidence: the same of the observed rows by their mark. without: flows that are not fitted,
    because others say the same. sizes: see SIZES; draws, steps and
    walkers are of the posterior, checks are runs at the numbers as they are,
    and for each flow that is left out where those of the first wave are worth too few.
    """

    name: str
    about: str
    base: Settings
    priors: Mapping[str, Prior]
    cutoff: float
    least_shrink: float
    discrepancy: Mapping[str, float]
    confidence: Mapping[str, float]
    without: tuple[str, ...]
    sizes: Mapping[str, int]

    def resolved(self) -> dict[str, Any]:
        """Plain, for a file beside the results and for the name of the folder."""
        return {
            "about": self.about,
            "parameters": {name: vars(prior) for name, prior in self.priors.items()},
            "cutoff": self.cutoff,
            "least_shrink": self.least_shrink,
            "discrepancy": dict(self.discrepancy),
            "confidence": dict(self.confidence),
            "without": list(self.without),
            **self.sizes,
        }


def read_form(arguments: Sequence[str]) -> Form:
    """The calibration that the command line asks for; InputError for anything wrong with it."""
    asked = asked_for("calibrate", arguments, tuple(SIZES))
    tree = read_yaml(asked.file, KEYS) | dict(asked.given)
    with blaming(f"calibration '{asked.name}'"):
        base = base_of(asked, tree, "run")
        without = tree.get("without") or []
        if not isinstance(without, list):
            raise InputError(f"without = {without!r} is not a list of flows")
        sizes = {key: tree.get(key, default) for key, default in SIZES.items()}
        positive(sizes, *sizes)
        return Form(
            name=asked.name,
            about=" ".join(str(tree.get("about", asked.name)).split()),
            base=base,
            priors=_chosen(base, tree.get("parameters")),
            cutoff=_share(tree, "cutoff", 3.0, 100.0),
            least_shrink=_share(tree, "least_shrink", 0.1, 1.0),
            discrepancy=_shares(tree, "discrepancy", {"rest": 0.2}),
            confidence=_shares(tree, "confidence", {"H": 0.03, "M": 0.06, "L": 0.12}),
            without=tuple(map(str, without)),
            sizes=sizes,
        )


def priors_of(settings: Settings) -> dict[str, Prior]:
    """Every number that has a prior and works in this run, as `room.name`.

    What the user sets himself is not varied, nor are rooms that are switched off.
    """
    own = {override.lstrip("+").partition("=")[0] for override in settings.overrides}
    return {
        f"{room}.{f.name}": f.metadata["prior"]
        for room in DRAWN
        if getattr(getattr(settings, room), "active", True)
        for f in fields(getattr(settings, room))
        if f.metadata.get("prior") and f"{room}.{f.name}" not in own
    }


def _chosen(base: Settings, names: object) -> dict[str, Prior]:
    priors = priors_of(base)
    if names is None:
        return priors
    if not isinstance(names, list):
        raise InputError(f"parameters = {names!r} is not a list of names")
    for name in names:
        if name not in priors:
            raise unknown("parameter with a prior", name, priors)
    if len(names) < 2:
        raise InputError("parameters: give two or more")
    return {name: priors[name] for name in names}


def _share(tree: Mapping[str, Any], key: str, default: float, high: float) -> float:
    value = tree.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= high:
        raise InputError(f"{key} = {value!r} is not a number above 0, at most {high:g}")
    return float(value)


def _shares(tree: Mapping[str, Any], key: str, default: Mapping[str, float]) -> dict[str, float]:
    given = tree.get(key, default)
    if not isinstance(given, Mapping):
        raise InputError(f"{key} = {given!r} is not a mapping of names to shares")
    for name in default:
        if name not in given:
            raise InputError(f"{key} says nothing of '{name}'")
    with blaming(key):
        return {str(name): _share(given, name, 0.2, 2.0) for name in given}
