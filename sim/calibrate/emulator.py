"""The model where it has not been run: a Gaussian process with noise for every summary.

Most parameters do not move a given flow. `screen` keeps those that move any beyond chance; of these
a summary's *active* inputs are chosen step by step (lines and squares, by BIC). A quadratic mean in
them and a Gaussian process with a length of its own for each make the emulator, and what is left,
the luck of the network and the inputs that hardly matter, is its noise (Vernon, Goldstein & Bower
2010; Andrianakis et al. 2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.errors import InputError

MOST_MOVED = 12
"""Parameters that are kept for all summaries together: a few hundred runs tell no more apart."""
BY_CHANCE = 3.0
"""Standard errors that a rank correlation has to pass: one of 370 does so by chance."""
MOST_ACTIVE = 8
LEARNING = 240
"""Points that lengths are learnt from; more only cost time, all of them are conditioned on."""
LEAST_NOISE = 1e-3
"""Of the variance that the mean leaves: a model without luck is still no exact line."""
STARTS = ((0.5, 1.0), (0.01, 0.5))
"""Noise and length that learning starts from. From the first alone it may stay where a curve is
taken for noise: sin(3 x) less its parabola, a thirtieth of the whole, was lost entirely."""


@dataclass(frozen=True)
class Emulator:
    """One summary over the unit cube.

    active: its inputs, `int64[k]`. noise: variance of one run around the mean function. widest: of
    the mean function far from all runs. lengths: of the process, `float64[k]`. pull: what every run
    adds to the mean, `float64[n]`; inverse: of the runs' covariance, `float64[n, n]`.
    """

    active: np.ndarray
    weights: np.ndarray
    noise: float
    widest: float
    lengths: np.ndarray
    pull: np.ndarray
    inverse: np.ndarray
    places: np.ndarray
    values: np.ndarray

    def mean(self, places: np.ndarray) -> np.ndarray:
        """Expected value at places, `float64[n]`."""
        inside = places[:, self.active]
        return np.asarray(_terms(inside) @ self.weights + self._near(inside) @ self.pull)

    def at(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Expected value and the variance of that expectation, without noise, both `float64[n]`."""
        inside = places[:, self.active]
        near = self._near(inside)
        variance = self.widest - ((near @ self.inverse) * near).sum(axis=1)
        return _terms(inside) @ self.weights + near @ self.pull, np.maximum(variance, 0.0)

    def left_out(self) -> tuple[np.ndarray, np.ndarray]:
        """Every run told from all others: expected value and standard deviation (with noise)."""
        spread = 1.0 / np.diag(self.inverse)
        return self.values - self.pull * spread, np.sqrt(spread)

    def _near(self, inside: np.ndarray) -> np.ndarray:
        """Covariance with every run, `float64[places, runs]`."""
        a, b = inside / self.lengths, self.places[:, self.active] / self.lengths
        apart = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1) - 2.0 * (a @ b.T)
        return np.asarray(self.widest * np.exp(-0.5 * np.maximum(apart, 0.0)))


def screen(places: np.ndarray, values: np.ndarray, most: int = MOST_MOVED) -> np.ndarray:
    """Parameters that move any summary beyond chance, strongest first, at most `most`.

    places: `float64[n, parameters]`; values: `float64[n, summaries]`. By rank correlation of a
    summary with a parameter and with its distance from the middle (a hump has no slope). Where
    nothing passes, the strongest alone is kept.
    """
    ranked = [_ranks(places), _ranks(np.abs(places - 0.5))]
    seen = _ranks(values)
    strength = np.maximum(*(np.abs(r.T @ seen) for r in ranked)) / len(places)
    beyond = strength * np.sqrt(len(places) - 1.0)
    order = np.argsort(-(beyond * beyond).sum(axis=1), kind="stable")
    kept = [j for j in order if beyond[j].max() > BY_CHANCE]
    return np.array(kept[:most] or [beyond.max(axis=1).argmax()])


def _ranks(values: np.ndarray) -> np.ndarray:
    """Of each column, with mean 0 and standard deviation 1."""
    ranks = values.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable").astype(float)
    return np.asarray((ranks - ranks.mean(axis=0)) / ranks.std(axis=0))


def emulate(
    places: np.ndarray, values: np.ndarray, among: Sequence[int] | np.ndarray | None = None
) -> Emulator:
    """Fit to runs. places: `float64[n, parameters]` in the unit cube; values: `float64[n]`.

    among: inputs that may be active, all unless given. Nothing in it is drawn at random: same
    runs, same emulator on the same machine.
    """
    active = _active(places, values, range(places.shape[1]) if among is None else among)
    inside = places[:, active]
    terms = _terms(inside)
    weights = np.linalg.lstsq(terms, values, rcond=None)[0]
    rest = values - terms @ weights
    scale = float(rest.std()) or 1.0
    size, lengths, noise = _learn(inside, rest / scale)
    bare = Emulator(
        active, weights, noise * scale**2, size * scale**2, lengths, rest, np.eye(1), places, values
    )
    inverse = np.linalg.inv(bare._near(inside) + bare.noise * np.eye(len(rest)))
    inverse = 0.5 * (inverse + inverse.T)
    return replace(bare, pull=inverse @ rest, inverse=inverse)


def _learn(inside: np.ndarray, rest: np.ndarray) -> tuple[float, np.ndarray, float]:
    """Variance, lengths and noise that make what was seen likeliest, from several starts."""
    gaussian_process, kernels = _sklearn()
    some = np.unique(np.linspace(0, len(rest) - 1, LEARNING).round().astype(int))
    best: Any = None
    for noise, length in STARTS:
        kernel = kernels.ConstantKernel(1.0, (1e-4, 1e3)) * kernels.RBF(
            np.full(inside.shape[1], length), (0.1, 20.0)
        ) + kernels.WhiteKernel(noise, (LEAST_NOISE, 2.0))
        learnt = gaussian_process.GaussianProcessRegressor(kernel, alpha=1e-10)
        with _quiet():
            learnt.fit(inside[some], rest[some])
        if best is None or learnt.log_marginal_likelihood_value_ > best[0]:
            best = (learnt.log_marginal_likelihood_value_, learnt.kernel_)
    process, white = best[1].k1, best[1].k2
    lengths = np.broadcast_to(process.k2.length_scale, inside.shape[1:]).astype(float)
    return float(process.k1.constant_value), lengths, float(white.noise_level)


def _terms(inside: np.ndarray) -> np.ndarray:
    """1, lines and squares of the active inputs, around the middle of the cube."""
    middle = inside - 0.5
    return np.hstack([np.ones((len(inside), 1)), middle, middle * middle])


def _active(
    places: np.ndarray, values: np.ndarray, among: Sequence[int] | np.ndarray
) -> np.ndarray:
    """Inputs by forward choice: the one that explains most, while BIC says that it is worth it."""
    n, d = len(places), len(among)
    chosen: list[int] = []
    best = n * np.log(max(float(values.var()), 1e-300))
    for _ in range(min(MOST_ACTIVE, d, max((n - 2) // 4, 1))):
        scores = [(_lack(places[:, [*chosen, j]], values), j) for j in among if j not in chosen]
        left, j = min(scores)
        score = n * np.log(max(left / n, 1e-300)) + 2 * (len(chosen) + 1) * np.log(n)
        if score >= best and chosen:
            break
        best = score
        chosen.append(j)
    return np.array(sorted(chosen))


def _lack(inside: np.ndarray, values: np.ndarray) -> float:
    """What lines and squares in these inputs leave unexplained, sum of squares."""
    terms = _terms(inside)
    rest = values - terms @ np.linalg.lstsq(terms, values, rcond=None)[0]
    return float((rest * rest).sum())


def one_thread() -> Any:
    """Around all that multiplies matrices: how a sum is cut into threads shows in its last bits."""
    _sklearn()
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)


def _sklearn() -> tuple[Any, Any]:
    try:
        from sklearn import gaussian_process
        from sklearn.gaussian_process import kernels
    except ImportError:
        raise InputError("calibrate needs scikit-learn: pip install 'eaeu-sim[study]'") from None
    return gaussian_process, kernels


def _quiet() -> Any:
    """Without scikit-learn's remark that a length is at its bound: that input is nearly inert."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning

    return warnings.catch_warnings(category=ConvergenceWarning, action="ignore")
