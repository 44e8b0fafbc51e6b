"""A lever that nothing looks at does nothing, in silence: every row of the table moves a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.levers import LEVERS, Lever, Levers, moving, neutral

MONTHS = 4
SENDER, TARGET = 2, 0


class Constant:
    """A path of levers that stay as they are from the first month on."""

    def __init__(self, levers: Levers) -> None:
        self.levers = levers

    def at(self, _: int) -> Levers:
        return self.levers

    def senders(self, _: int) -> np.ndarray:
        return np.array([SENDER])

    pressing = senders


def digest(settings, toy, levers: Levers) -> str:
    model = sim.UnionModel(settings, toy)
    model.path = Constant(levers)
    for _ in range(MONTHS):
        model.step()
    return model.panel.digest


def moved(lever: Lever, at: np.ndarray) -> np.ndarray:
    """The lever clearly away from neutral, in every cell that may move; transfers sum to 0."""
    if lever.name == "transfers":
        return np.where(np.arange(at.size) == TARGET, -2.0, 1.0)
    to = lever.low if lever.low < lever.neutral else lever.high
    size = 5.0 if lever.unit.startswith("mUSD") else 0.9
    if np.isinf(lever.neutral):
        return np.full(at.shape, 0.7)
    value = np.full(at.shape, lever.neutral + np.sign(to - lever.neutral) * size)
    return np.clip(value, lever.low, lever.high)


@pytest.fixture(scope="module")
def toy(toy):
    """The toy union pools its customs, so that keeping them makes a difference."""
    return replace(toy, customs_share=np.array([0.6, 0.4, 0.0]))


@pytest.fixture(scope="module")
def settings():
    return sim.load("baseline=toy", "firms.count=60", f"months={MONTHS}")


@pytest.fixture(scope="module")
def shaken(toy) -> Levers:
    """Some trade and some technology are barred, so that who evades and who replaces has work."""
    levers = neutral(toy.axes)
    access, coverage = levers.technology_access.copy(), levers.coverage.copy()
    access[SENDER, TARGET] = 0.2
    coverage[SENDER, TARGET, 1] = 0.5
    return replace(levers, technology_access=access, coverage=coverage)


@pytest.fixture(scope="module")
def before(settings, toy, shaken) -> str:
    return digest(settings, toy, shaken)


@pytest.mark.parametrize("lever", LEVERS, ids=lambda lever: lever.name)
def test_every_lever_moves_the_model(lever, settings, toy, shaken, before):
    there = getattr(shaken, lever.name)
    pulled = replace(shaken, **{lever.name: moved(lever, there)})
    assert digest(settings, toy, pulled) != before


@pytest.mark.parametrize("lever", moving("border"), ids=lambda lever: lever.name)
def test_levers_of_the_border_move_it_from_the_first_month(lever, settings, toy):
    """What a border lever means for markets is not kept from the month before it was pulled."""
    rest = neutral(toy.axes)
    model = sim.UnionModel(settings, toy)
    model.path = Constant(rest)
    model.step()
    before = model._border_of(rest)
    pulled = replace(rest, **{lever.name: moved(lever, getattr(rest, lever.name))})
    assert model._border_of(rest) is before
    assert model._border_of(pulled) is not before
    assert model._border_of(pulled).stirs.any()
