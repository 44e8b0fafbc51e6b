"""A game in normal form: equilibria, dominance, what cooperation is worth and how to share it.

Bare arrays: `payoff[a_1, ..., a_n, i]` is what player i gets when player j plays a_j. Nothing here
knows countries or runs. Payoffs are in money, so they can be added and paid from one to another.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np

from sim.arithmetic import exp

Profile = tuple[int, ...]
Slack = float | np.ndarray
"""Differences up to this are none: what luck may make of them, or what nobody would move for."""
STEEPEST, NEWTON_STEPS, TINY = 1e5, 60, 1e-7


def profiles(payoff: np.ndarray) -> Iterator[Profile]:
    """All combinations of strategies, the last player's changing first."""
    return itertools.product(*map(range, payoff.shape[:-1]))


def regret(payoff: np.ndarray) -> np.ndarray:
    """What each player could gain by another strategy, the others' unchanged; payoff's shape."""
    out = np.empty_like(payoff)
    for i in range(payoff.shape[-1]):
        mine = payoff[..., i]
        out[..., i] = mine.max(axis=i, keepdims=True) - mine
    return out


def pure_equilibria(payoff: np.ndarray, slack: Slack = 0.0) -> list[Profile]:
    """Profiles that nobody leaves alone for a gain above `slack` (Nash 1951; Radner 1980).

    slack: of all players, or `float64[players]`.
    """
    stays = (regret(payoff) <= slack).all(axis=-1)
    return [tuple(map(int, p)) for p in np.argwhere(stays)]


def dominated(payoff: np.ndarray, slack: Slack = 0.0) -> list[tuple[int, int, int]]:
    """Strategies that another one beats whatever the others do, again and again without them.

    By more than `slack`, of all players or `float64[players]`.

    Returns (player, strategy, by which) in the order in which they fall: strict dominance by pure
    strategies, iterated; the order does not change what is left.
    """
    players = payoff.shape[-1]
    least = np.broadcast_to(slack, players)
    left = [list(range(n)) for n in payoff.shape[:-1]]
    out: list[tuple[int, int, int]] = []
    fell = True
    while fell:
        fell = False
        for i in range(players):
            mine = np.moveaxis(payoff[np.ix_(*left)][..., i], i, 0).reshape(len(left[i]), -1)
            for k, by in itertools.permutations(range(len(left[i])), 2):
                if (mine[by] > mine[k] + least[i]).all():
                    out.append((i, left[i][k], left[i][by]))
                    del left[i][k]
                    fell = True
                    break
    return out


@dataclass(frozen=True)
class Mixed:
    """Chances of every player's strategies, and the most that anybody could still gain."""

    chances: tuple[np.ndarray, ...]
    regret: float


def expected(payoff: np.ndarray, chances: Sequence[np.ndarray], player: int) -> np.ndarray:
    """What each strategy of a player brings when the others mix: `float64[strategies]`."""
    mine = payoff[..., player]
    for j in reversed(range(len(chances))):
        if j != player:
            weight = chances[j].reshape([-1 if k == j else 1 for k in range(mine.ndim)])
            mine = (mine * weight).sum(axis=j, keepdims=True)
    return mine.reshape(-1)


def logit_equilibrium(payoff: np.ndarray, accuracy: float = 1e-3) -> Mixed | None:
    """The equilibrium that logit choice ends at as mistakes get rare (McKelvey & Palfrey 1995).

    Chances in proportion to exp(λ · expected payoff), followed by Newton's method from λ = 0, where
    all are equal, upwards. None where the path is lost, or if what is found is no equilibrium to
    `accuracy` of the largest payoff difference: an answer that is not one is not given.
    """
    size = float(np.ptp(payoff.reshape(-1, payoff.shape[-1]), axis=0).max())
    if size == 0.0:
        return Mixed(tuple(np.full(n, 1.0 / n) for n in payoff.shape[:-1]), 0.0)
    scaled = payoff / size
    ends = np.cumsum(payoff.shape[:-1])[:-1]
    chances = np.concatenate([np.full(n, 1.0 / n) for n in payoff.shape[:-1]])
    steepness = 0.1
    while steepness < STEEPEST:
        chances, settled = _settle(scaled, chances, ends, steepness)
        if not settled:
            return None
        mixed = tuple(np.split(chances, ends))
        found = _gain_left(scaled, mixed)
        if found <= accuracy:
            return Mixed(mixed, found * size)
        steepness *= 1.1
    return None


def _settle(
    payoff: np.ndarray, chances: np.ndarray, ends: np.ndarray, steepness: float
) -> tuple[np.ndarray, bool]:
    """Newton's method for chances that are the logit replies to themselves."""

    def miss(x: np.ndarray) -> np.ndarray:
        mixed = np.split(x, ends)
        replies = (_logit(expected(payoff, mixed, i), steepness) for i in range(len(mixed)))
        return x - np.concatenate(list(replies))

    for _ in range(NEWTON_STEPS):
        gap = miss(chances)
        if np.abs(gap).max() < 1e-10:
            return chances, True
        slope = np.column_stack([(miss(chances + h) - gap) / TINY for h in TINY * np.eye(len(gap))])
        try:
            step = np.linalg.solve(slope, gap)
        except np.linalg.LinAlgError:
            break
        reach = min(1.0, 0.2 / max(float(np.abs(step).max()), 1e-300))
        chances = np.maximum(chances - reach * step, 0.0)
    return chances, False


def _logit(values: np.ndarray, steepness: float) -> np.ndarray:
    weight = exp(steepness * (values - values.max()))
    return np.asarray(weight / weight.sum())


def _gain_left(payoff: np.ndarray, chances: Sequence[np.ndarray]) -> float:
    gains = []
    for i, own in enumerate(chances):
        values = expected(payoff, chances, i)
        gains.append(float(values.max() - (own * values).sum()))
    return max(gains)


def joint_optimum(payoff: np.ndarray, slack: float = 0.0) -> Profile:
    """The profile with the largest sum of payoffs; of those within `slack` of it, see `best_of`."""
    return best_of(payoff, list(profiles(payoff)), slack)


def best_of(payoff: np.ndarray, among: Sequence[Profile], slack: float = 0.0) -> Profile:
    """The profile with the largest sum of payoffs among some.

    Of those whose sum is within `slack` of it, the one in which the fewest leave their first
    strategy: nobody moves for what cannot be told from nothing. The first of equals.
    """
    total = {p: float(payoff[p].sum()) for p in among}
    most = max(total.values())
    near = [p for p in among if total[p] >= most - slack]
    return min(near, key=lambda p: sum(k > 0 for k in p))


@dataclass(frozen=True)
class Bargain:
    """What it takes that nobody leaves a profile.

    temptation: `float64[n]`, what each would gain by leaving alone, 0 or more. spare: what each
    would lose by leaving, 0 or more. Payments from those with spare gain to those tempted make the
    profile hold if they suffice.
    """

    temptation: np.ndarray
    spare: np.ndarray

    @property
    def covered(self) -> bool:
        """Whether those who gain could pay those who would leave, and still gain."""
        return bool(self.spare.sum() >= self.temptation.sum())


def bargain(payoff: np.ndarray, profile: Profile) -> Bargain:
    """Side payments that would make every player stay with a profile.

    A player compares with its best other strategy: what it gains there is the least it must be
    paid, what it loses there is the most it would pay.
    """
    gain = np.empty(payoff.shape[-1])
    for i in range(len(gain)):
        mine = np.moveaxis(payoff[..., i], i, -1)[profile[:i] + profile[i + 1 :]]
        rest = np.delete(mine, profile[i])
        gain[i] = (rest.max() if rest.size else mine[profile[i]]) - mine[profile[i]]
    return Bargain(np.maximum(gain, 0.0), np.maximum(-gain, 0.0))


def worth(payoff: np.ndarray) -> np.ndarray:
    """What each coalition can secure together: `float64[2**n]`, bit i of the index is player i.

    The coalition plays as one, the outsiders each for themselves: an equilibrium between the two
    (the gamma characteristic function, Chander & Tulkens 1997), the worst for the coalition if
    there are several. Where there is none in pure strategies, the outsiders do their worst (alpha).
    """
    players = payoff.shape[-1]
    out = np.zeros(2**players)
    for members in range(1, 2**players):
        inside = [i for i in range(players) if members >> i & 1]
        together = payoff[..., inside].sum(axis=-1)
        axes = tuple(inside)
        stays = together >= together.max(axis=axes, keepdims=True)
        for j in set(range(players)) - set(inside):
            mine = payoff[..., j]
            stays &= mine >= mine.max(axis=j, keepdims=True)
        if stays.any():
            out[members] = together[stays].min()
        else:
            outside = tuple(j for j in range(players) if j not in inside)
            out[members] = together.min(axis=outside).max()
    return out


def shapley(value: np.ndarray) -> np.ndarray:
    """Each player's mean contribution over all orders of joining (Shapley 1953): `float64[n]`."""
    players = len(value).bit_length() - 1
    out = np.zeros(players)
    for members in range(2**players):
        size = members.bit_count()
        for i in range(players):
            if not members >> i & 1:
                weight = factorial(size) * factorial(players - size - 1) / factorial(players)
                out[i] += weight * (value[members | 1 << i] - value[members])
    return out


def core(value: np.ndarray) -> np.ndarray | None:
    """A division of what all make together that no coalition can better, `float64[n]`, or None.

    The one nearest to equal gains over what each can secure alone: the least of these is as large
    as can be. Raises ImportError without SciPy.
    """
    from scipy.optimize import linprog

    players = len(value).bit_length() - 1
    everybody = len(value) - 1
    scale = max(float(np.abs(value).max()), 1e-300)
    groups = range(1, everybody)
    rows = [[-float(s >> i & 1) for i in range(players)] + [0.0] for s in groups]
    limits = [-value[s] / scale for s in groups]
    for i in range(players):  # x_i - v({i}) >= t
        rows.append([-float(j == i) for j in range(players)] + [1.0])
        limits.append(-value[1 << i] / scale)
    found = linprog(
        [0.0] * players + [-1.0],
        A_ub=rows,
        b_ub=limits,
        A_eq=[[1.0] * players + [0.0]],
        b_eq=[value[everybody] / scale],
        bounds=(None, None),
    )
    return found.x[:players] * scale if found.status == 0 else None
