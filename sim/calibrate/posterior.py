"""Draws of what is left: emcee's walkers on the emulators (Goodman & Weare 2010).

The prior is even over the unit cube; the likelihood of a place is that of the observed summaries
under normal doubts, emulator, noise and discrepancy together. Walkers move in normal scores of the
cube, where the prior is a standard normal: steps across the walls of a cube with many inputs would
nearly all be refused. They move only in inputs that a summary depends on; the others are drawn from
their priors, which is what history says of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.calibrate.design import sobol
from sim.calibrate.emulator import Emulator
from sim.calibrate.matching import implausibility
from sim.calibrate.summaries import Summary
from sim.errors import InputError

BURN = 1 / 3
"""Share of the steps that is thrown away."""
MIXED = 1.1
"""Split R-hat above which walkers still show where they started: such draws are not given out."""
LITTLE = 0.1
"""Share of a variance that may be added to it: a band is then at most a twentieth too wide."""
STARTS = 4096


@dataclass(frozen=True)
class Posterior:
    """Draws in the unit cube, in random order, and how well the walkers mixed.

    places: `float64[draws, parameters]`. split: the largest split R-hat over active inputs (1.05 or
    less is usual). length: the largest autocorrelation time in steps. effective: independent draws
    that the chain was worth. accepted: share of moves.
    """

    places: np.ndarray
    split: float
    length: float
    effective: float
    accepted: float


def likelihood(
    emulators: Sequence[Emulator], found: Sequence[Summary], places: np.ndarray
) -> np.ndarray:
    """Log likelihood at places of the cube, `float64[n]`, up to a constant.

    What the emulator itself does not know is asked for at every place, which costs most, unless
    even the most of it is little beside the other doubts: then that is taken everywhere.
    """
    out = np.zeros(len(places))
    for emulator, summary in zip(emulators, found, strict=True):
        others = emulator.noise + summary.doubt * summary.doubt
        if emulator.widest < LITTLE * others:
            mean, variance = emulator.mean(places), np.full(len(places), emulator.widest)
        else:
            mean, variance = emulator.at(places)
        whole = variance + others
        gap = mean - summary.observed
        out -= 0.5 * (gap * gap / whole + np.log(whole))
    return out


def sample(
    emulators: Sequence[Emulator], found: Sequence[Summary], draws: int, walkers: int, steps: int,
    seed: int = 0,
) -> Posterior:  # fmt: skip
    """So many draws; the same on every rerun of the same machine.

    InputError if the chain is too short: for the draws, or for the walkers to have mixed.
    """
    emcee, ndtr, ndtri = _emcee()
    parameters = emulators[0].places.shape[1]
    active = np.unique(np.concatenate([e.active for e in emulators]))
    count = max(walkers, 2 * len(active) + 2)
    count += count % 2
    middle = np.full(parameters, 0.5)

    def density(scores: np.ndarray) -> np.ndarray:
        places = np.tile(middle, (len(scores), 1))
        places[:, active] = ndtr(scores)
        return likelihood(emulators, found, places) - 0.5 * (scores * scores).sum(axis=1)

    moves = [(emcee.moves.DEMove(), 0.8), (emcee.moves.DESnookerMove(), 0.2)]
    sampler = emcee.EnsembleSampler(count, len(active), density, vectorize=True, moves=moves)
    sampler.random_state = np.random.RandomState(seed).get_state()
    sampler.run_mcmc(ndtri(_starts(emulators, found, active, count, parameters)), steps)
    chain = sampler.get_chain(discard=int(steps * BURN))
    length = float(np.max(emcee.autocorr.integrated_time(chain, quiet=True, tol=0)))
    flat = chain.reshape(-1, len(active))
    if len(flat) < draws:
        raise InputError(f"{steps} steps of {count} walkers are too few for {draws} draws")
    split = _split(chain)
    if split > MIXED:
        raise InputError(
            f"after {steps} steps the walkers have not mixed: split R-hat {split:.2f}, at most "
            f"{MIXED}; raise steps"
        )
    rng = np.random.default_rng([seed, 1])
    places = rng.random((draws, parameters))  # the priors of what nothing observed moves
    places[:, active] = ndtr(flat[rng.choice(len(flat), draws, replace=False)])
    return Posterior(
        places,
        split,
        length,
        len(flat) / max(length, 1.0),
        float(np.mean(sampler.acceptance_fraction)),
    )


def _starts(
    emulators: Sequence[Emulator], found: Sequence[Summary], active: np.ndarray, count: int,
    parameters: int,
) -> np.ndarray:  # fmt: skip
    """The best places of a new sequence, so that nobody has to walk in from the desert."""
    tried = sobol(STARTS, parameters, salt=2)
    fit = (implausibility(emulators, found, tried) ** 2).sum(axis=1)
    return np.clip(tried[np.argsort(fit, kind="stable")[:count]][:, active], 1e-6, 1.0 - 1e-6)


def _split(chain: np.ndarray) -> float:
    """Split R-hat (Gelman et al.), the largest over inputs. chain: `[steps, walkers, inputs]`."""
    half = len(chain) // 2
    parts = np.concatenate([chain[:half], chain[half : 2 * half]], axis=1)
    within = parts.var(axis=0, ddof=1).mean(axis=0)
    between = parts.mean(axis=0).var(axis=0, ddof=1)
    ratio = (half - 1) / half + between / np.maximum(within, 1e-300)
    return float(np.sqrt(ratio.max()))


def _emcee() -> tuple[Any, Any, Any]:
    """emcee, the normal distribution and its inverse."""
    try:
        import emcee
        from scipy.special import ndtr, ndtri
    except ImportError:
        raise InputError("calibrate needs emcee: pip install 'eaeu-sim[study]'") from None
    return emcee, ndtr, ndtri
