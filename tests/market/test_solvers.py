"""Solvers are found by their names, and a name that is not there is refused at once."""

from __future__ import annotations

import pytest

import sim
from sim.errors import InputError
from sim.market import solvers


def test_every_module_of_the_folder_is_a_solver():
    assert "anderson" in solvers.known()
    assert all(callable(solvers.named(name)) for name in solvers.known())


def test_a_solver_that_is_not_there_is_refused_with_the_nearest():
    with pytest.raises(InputError, match=r"unknown market\.solver 'andersen'; did you mean"):
        sim.load("market.solver=andersen")
