"""The fuzzers in small; in full they run by `make fuzz`."""

from __future__ import annotations

import pytest

from sim.baseline.tables import shipped

fuzz_tables = pytest.importorskip("tests.fuzz.fuzz_tables", reason="not run from the checkout")
fuzz_config = pytest.importorskip("tests.fuzz.fuzz_config", reason="not run from the checkout")
fuzz_kill = pytest.importorskip("tests.fuzz.fuzz_kill", reason="not run from the checkout")
fuzz_run = pytest.importorskip("tests.fuzz.fuzz_run", reason="not run from the checkout")


@pytest.mark.slow
@pytest.mark.parametrize("part", range(6))
def test_mutated_tables_are_read_right_or_refused_in_a_line(part):
    for number in range(10 * part, 10 * part + 10):
        outcome, done = fuzz_tables.one(1, number, shipped("toy"))
        assert outcome in fuzz_tables.GOOD, f"{number}: {outcome}: {done}"


@pytest.mark.slow
@pytest.mark.parametrize("part", range(6))
def test_extreme_but_allowed_values_run_and_balance(part):
    for number in range(10 * part, 10 * part + 10):
        outcome, done = fuzz_run.one(1, number)
        assert outcome in fuzz_run.GOOD, f"{number}: {outcome}: {done}"


@pytest.mark.slow
@pytest.mark.parametrize("part", range(6))
def test_odd_configurations_are_understood_or_refused_in_a_line(part, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number in range(50 * part, 50 * part + 50):
        outcome, done = fuzz_config.one(1, number)
        assert outcome in fuzz_config.GOOD, f"{number}: {outcome}: {done}"
    assert not list(tmp_path.iterdir())


def test_every_mutation_is_among_the_sixty():
    assert len(fuzz_tables.MUTATIONS) <= 60


@pytest.mark.slow
@pytest.mark.parametrize("command", fuzz_kill.COMMANDS)
def test_two_kills_of_every_command_lose_nothing(command, tmp_path):
    if command in ("search", "sensitivity"):
        pytest.importorskip("optuna" if command == "search" else "SALib")
    outcome, done = fuzz_kill.one(1, command, 2, tmp_path)
    assert outcome in fuzz_kill.GOOD, done
