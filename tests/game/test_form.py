"""Games whose answers are known, and every concept against its definition by brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.game import form


def two(rows):
    """A game of two from pairs of payoffs."""
    return np.array(rows, dtype=float)


DILEMMA = two([[(3, 3), (0, 5)], [(5, 0), (1, 1)]])
COORDINATION = two([[(4, 4), (0, 3)], [(3, 0), (2, 2)]])
PENNIES = two([[(1, -1), (-1, 1)], [(-1, 1), (1, -1)]])
SEXES = two([[(3, 2), (0, 0)], [(0, 0), (2, 3)]])


def commons(players: int, cost: float, gain: float) -> np.ndarray:
    """A public good: who gives pays `cost`, and each gift brings everybody `gain`."""
    payoff = np.zeros((2,) * players + (players,))
    for profile in itertools.product((0, 1), repeat=players):
        payoff[profile] = gain * sum(profile) - cost * np.array(profile)
    return payoff


def test_prisoners_defect_though_both_would_gain():
    assert form.pure_equilibria(DILEMMA) == [(1, 1)]
    assert form.joint_optimum(DILEMMA) == (0, 0)
    assert form.dominated(DILEMMA) == [(0, 0, 1), (1, 0, 1)]
    took = form.bargain(DILEMMA, (0, 0))
    assert took.temptation.tolist() == [2, 2] and not took.covered


def test_coordination_has_both_equilibria_and_nothing_is_dominated():
    assert form.pure_equilibria(COORDINATION) == [(0, 0), (1, 1)]
    assert form.dominated(COORDINATION) == []


def test_matching_pennies_is_mixed_half_and_half():
    assert form.pure_equilibria(PENNIES) == []
    found = form.logit_equilibrium(PENNIES)
    for chances in found.chances:
        assert chances == pytest.approx([0.5, 0.5], abs=1e-3)


def test_a_lopsided_game_mixes_by_the_other_sides_payoffs():
    """Row mixes so that column does not care, and the other way round."""
    payoff = PENNIES.copy()
    payoff[0, 0, 0] = 3.0  # column must play its first 1/3 of the time
    found = form.logit_equilibrium(payoff)
    assert found.chances[0] == pytest.approx([0.5, 0.5], abs=0.02)
    assert found.chances[1] == pytest.approx([1 / 3, 2 / 3], abs=0.02)


def test_a_public_good_is_not_given_but_worth_giving():
    payoff = commons(5, cost=1.0, gain=0.4)
    assert form.pure_equilibria(payoff) == [(0,) * 5]
    assert form.joint_optimum(payoff) == (1,) * 5
    took = form.bargain(payoff, (1,) * 5)
    assert took.temptation == pytest.approx([0.6] * 5)
    value = form.worth(payoff)
    for members in range(1, 32):
        size = members.bit_count()
        together = size * max(0.4 * size - 1.0, 0.0)
        assert value[members] == pytest.approx(together)
    assert form.shapley(value) == pytest.approx([5 * 0.4 - 1.0] * 5)
    assert form.core(value) == pytest.approx([1.0] * 5)


def test_side_payments_cover_what_tempts_where_one_gains_much():
    payoff = two([[(0, 0), (0, 0)], [(0, 0), (10, -1)]])  # both must take part; one pays for it
    took = form.bargain(payoff, (1, 1))
    assert took.temptation.tolist() == [0, 1]
    assert took.spare.tolist() == [10, 0]
    assert took.covered


def test_gloves_and_majority():
    """Left glove, two right ones: Shapley 2/3, 1/6, 1/6; three voters: the core is empty."""
    gloves = np.zeros(8)
    gloves[[0b011, 0b101, 0b111]] = 1.0
    assert form.shapley(gloves) == pytest.approx([2 / 3, 1 / 6, 1 / 6])
    assert form.core(gloves) == pytest.approx([1, 0, 0], abs=1e-9)
    votes = np.array([0, 0, 0, 1, 0, 1, 1, 1], dtype=float)
    assert form.core(votes) is None


def test_alike_players_get_alike():
    payoff = commons(4, cost=1.0, gain=0.7)
    assert np.ptp(form.shapley(form.worth(payoff))) < 1e-12


sizes = st.lists(st.integers(2, 3), min_size=2, max_size=4)


@settings(deadline=None)
@given(sizes=sizes, seed=st.integers(0, 2**32 - 1))
def test_equilibria_are_those_that_brute_force_finds(sizes, seed):
    payoff = np.random.default_rng(seed).integers(-4, 5, (*sizes, len(sizes))).astype(float)
    brute = []
    for profile in itertools.product(*map(range, sizes)):
        better = any(
            payoff[(*profile[:i], k, *profile[i + 1 :], i)] > payoff[(*profile, i)]
            for i in range(len(sizes))
            for k in range(sizes[i])
        )
        if not better:
            brute.append(profile)
    assert form.pure_equilibria(payoff) == brute


@settings(deadline=None)
@given(sizes=sizes, seed=st.integers(0, 2**32 - 1))
def test_what_is_dominated_is_in_no_equilibrium(sizes, seed):
    payoff = np.random.default_rng(seed).normal(size=(*sizes, len(sizes)))
    gone = {(i, k) for i, k, _ in form.dominated(payoff)}
    for profile in form.pure_equilibria(payoff):
        assert not gone & set(enumerate(profile))


@settings(deadline=None)
@given(sizes=sizes, seed=st.integers(0, 2**32 - 1))
def test_shapley_shares_add_up_and_a_core_division_holds(sizes, seed):
    payoff = np.random.default_rng(seed).normal(size=(*sizes, len(sizes)))
    value = form.worth(payoff)
    assert form.shapley(value).sum() == pytest.approx(value[-1])
    assert value[-1] == pytest.approx(payoff.sum(axis=-1).max())
    share = form.core(value)
    if share is not None:
        for members in range(1, len(value)):
            inside = [i for i in range(len(sizes)) if members >> i & 1]
            assert share[inside].sum() >= value[members] - 1e-7


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_mixed_answer_is_an_equilibrium_or_none_is_given(seed):
    payoff = np.random.default_rng(seed).normal(size=(2, 2, 2))
    found = form.logit_equilibrium(payoff)
    if found is not None:
        for i in (0, 1):
            best = form.expected(payoff, found.chances, i).max()
            mean = (found.chances[i] * form.expected(payoff, found.chances, i)).sum()
            assert best - mean <= found.regret + 1e-12
        assert found.regret <= 1e-3 * np.ptp(payoff.reshape(-1, 2), axis=0).max()


def test_nobody_moves_for_what_luck_may_make():
    """A gain within the slack leaves an equilibrium, dominates nothing and is no optimum."""
    payoff = two([[(1.0, 1.0), (1.0, 1.1)], [(1.1, 1.0), (1.1, 1.1)]])
    assert form.pure_equilibria(payoff) == [(1, 1)] == [form.joint_optimum(payoff)]
    assert len(form.pure_equilibria(payoff, 0.2)) == 4
    assert form.dominated(payoff, 0.2) == []
    assert form.joint_optimum(payoff, 0.3) == (0, 0)
    only_second = np.array([0.2, 0.0])
    assert form.pure_equilibria(payoff, only_second) == [(0, 1), (1, 1)]
    assert form.dominated(payoff, only_second) == [(1, 0, 1)]
