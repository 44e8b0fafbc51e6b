"""Phases compute from a state that nobody moves before the commit."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from sim.state import State

ARRAYS = [f.name for f in fields(State) if f.name not in ("technology", "links")]


def test_a_copy_of_the_state_shares_nothing(bench):
    copy, technology = bench.state.copy(), bench.state.technology
    for name in ARRAYS:
        assert not np.shares_memory(getattr(copy, name), getattr(bench.state, name))
    for mine, other in zip(bench.state.links, copy.links, strict=True):
        assert not np.shares_memory(mine, other)
    for f in fields(technology):
        mine, other = getattr(technology, f.name), getattr(copy.technology, f.name)
        assert not np.shares_memory(mine, other)


def test_no_phase_before_commit_changes_the_state(bench):
    """Compute first, commit once: only the start of next month's price search may move."""
    before = bench.state.copy()
    border = bench.border(payment_cost=np.full((3, 3), 0.1))
    plan = bench.plan()
    outcome = bench.clear(plan, border)
    made = bench.produce(plan, outcome)
    bench.settle(plan, outcome, made, border)
    for name in ARRAYS:
        same = np.array_equal(getattr(before, name), getattr(bench.state, name))
        assert same or name == "log_virtual", name
    for name, kept in before.links._asdict().items():
        same = np.array_equal(kept, getattr(bench.state.links, name))
        assert same or name == "stirred", name
