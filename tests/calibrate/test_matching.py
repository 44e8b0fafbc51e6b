"""History matching on a model of one line, whose posterior is known."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("emcee")

from sim.calibrate.design import sobol
from sim.calibrate.emulator import emulate, screen
from sim.calibrate.matching import match
from sim.calibrate.posterior import sample
from sim.calibrate.summaries import Summary
from sim.errors import InputError

INPUTS, DOUBT, LUCK = 6, 0.08, 0.02
SEEN = (
    Summary("first", "2022", (("a", "2022"),), 0.7, DOUBT),
    Summary("second", "2022", (("b", "2022"),), -0.2, DOUBT),
)


def model(places, seed):
    """Two of six inputs matter, one number each; the rest is luck."""
    luck = np.random.default_rng(seed).normal(0.0, LUCK, (len(places), 2))
    return np.column_stack([1.0 * places[:, 0], places[:, 1] - 0.5]) + luck


@pytest.fixture(scope="module")
def matched():
    return match(model, SEEN, INPUTS, points=60, most=2, cutoff=3.0, least_shrink=0.1)


def test_emulators_find_the_inputs_that_matter_and_the_luck(matched):
    assert {0} <= set(matched.emulators[0].active) and {1} <= set(matched.emulators[1].active)
    for emulator in matched.emulators:
        assert np.sqrt(emulator.noise) == pytest.approx(LUCK, rel=0.4)
    assert matched.waves[-1].told > 0.85  # each run is told by the others, luck and all
    assert matched.waves[0].left < 0.8


def test_draws_are_those_of_the_known_posterior(matched):
    found = sample(matched.emulators, SEEN, draws=400, walkers=32, steps=600)
    sd = np.hypot(DOUBT, LUCK)  # a normal likelihood on an even prior, far from its walls
    assert found.places[:, 0].mean() == pytest.approx(0.7, abs=0.02)
    assert found.places[:, 1].mean() == pytest.approx(0.3, abs=0.02)
    assert found.places[:, :2].std(axis=0) == pytest.approx([sd, sd], rel=0.2)
    assert found.places[:, 5].std() == pytest.approx(1 / np.sqrt(12), rel=0.15)  # its prior
    assert found.split < 1.1 and 0.2 < found.accepted < 0.9
    again = sample(matched.emulators, SEEN, draws=400, walkers=32, steps=600)
    assert (again.places == found.places).all()


def test_what_no_parameters_can_tell_is_said():
    beyond = tuple(Summary(s.flow, s.year, s.rows, 9.0, DOUBT) for s in SEEN)
    with pytest.raises(InputError, match="no parameters are left: furthest off is 'second 2022'"):
        match(model, beyond, INPUTS, points=40, most=2, cutoff=3.0, least_shrink=0.1)


def test_what_moves_is_told_from_what_only_seems_to():
    rng, places = np.random.default_rng(3), sobol(120, 40)
    hump = (places[:, 7] - 0.5) ** 2  # without slope
    values = np.column_stack([places[:, 3] + 0.1 * rng.random(120), 4 * hump + places[:, 3]])
    assert set(screen(places, values)) >= {3, 7} and len(screen(places, values)) <= 4
    assert list(screen(places, values, most=1)) == [3]
    assert len(screen(places, rng.random((120, 2)))) <= 2  # chance


def test_a_curve_is_told_between_its_points():
    places = sobol(80, 3)
    emulator = emulate(places, np.sin(3.0 * places[:, 0]) + 0.3 * places[:, 2])
    new = sobol(50, 3, salt=9)
    truth = np.sin(3.0 * new[:, 0]) + 0.3 * new[:, 2]
    assert np.abs(emulator.mean(new) - truth).max() < 0.02
