"""The market against convex programs solved by SciPy, which know nothing of tatonnement.

Eisenberg & Gale (1959) found the equilibrium of a Fisher market in a concave program, and CES
utility keeps it one. With budgets E, stocks S and no wedges:

    primal   max_q  sum_b E_b log U_b(q_b)   s.t.  sum_b q_bf <= S_f,
             U_b = (sum_f a_bf^(1/sigma) q_bf^((sigma-1)/sigma))^(sigma/(sigma-1))
    dual     min_u  sum_f S_f e^u_f + sum_b E_b / (sigma - 1) log A_b(e^u),   u = log v

Primal: U has degree one, so at the optimum dE log U / dq_bf = E_b a_bf^(1/sigma) q_bf^(-1/sigma)
/ sum_g (same with q^((sigma-1)/sigma)), and setting it to the multiplier v_f of the stock gives
q_bf = E_b a_bf v_f^-sigma / A_b: the demand of the model note, with weights a^(1/sigma).

Dual: d/du_f of the first sum is v_f S_f, and of log A_b = log sum_g a_bg e^((1-sigma) u_g) it is
(1 - sigma) s_bf, so the gradient is v_f S_f - sum_b E_b s_bf = v_f (S_f - D_f): the excess supply
in money. It is convex, a sum of exponentials and of log-sum-exps. Two further parts of the note
fit in: an offer that rises with the price, S_f(v) = min(stock, x (v/r)^eps), replaces v S by its
integral over u, convex as v S(v) rises; and the floor is the bound u >= log p_floor, whose
complementarity is that of the note. So one convex program is the whole market.

Wedges: with theta different among a buyer's links the money at the gate, E_b^0 = sum_f E_b s_bf /
theta_bf, depends on where it goes, and excess demand is no gradient any more (its Jacobian is not
symmetric). For a given E^0 demand is that of a market without wedges with weights a / theta; so
v is the fixed point of convex programs E^0 -> v -> E^0 = E_b sum_f s_bf(v) / theta_bf.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from markets import Case, draw
from scipy.optimize import minimize
from scipy.special import logsumexp


def primal(a: np.ndarray, budget: np.ndarray, stock: np.ndarray, sigma: float) -> np.ndarray:
    """Prices as multipliers of the stocks, `float64[N]`. a: `[B, N]`, every stock wanted.

    All of a stock is sold, so a seller's stock is parted among its buyers by a softmax: that maps
    all of space smoothly onto the inside of the feasible set and the concave program has no other
    stationary point than its optimum.
    """
    link = a > 0
    power = (sigma - 1.0) / sigma
    taste = np.where(link, a, 0.0) ** (1.0 / sigma)

    def parts(z: np.ndarray) -> np.ndarray:
        logits = np.full(a.shape, -np.inf)
        logits[link] = z
        return np.exp(logits - logsumexp(logits, axis=0))

    def loss(z: np.ndarray) -> tuple[float, np.ndarray]:
        part = parts(z)
        q = part * stock
        terms = np.where(link, taste * np.where(link, q, 1.0) ** power, 0.0)
        total = terms.sum(axis=1, keepdims=True)
        worth = budget[:, None] * terms / total  # q times d(E log U)/dq
        value = float(budget @ np.log(total[:, 0]) / power)
        slope = worth - part * worth.sum(axis=0)
        return -value, -slope[link]

    start = np.zeros(int(link.sum()))
    found = minimize(loss, start, jac=True, method="BFGS", options={"gtol": 1e-12, "maxiter": 5000})
    q = parts(found.x) * stock
    terms = np.where(link, taste * np.where(link, q, 1.0) ** power, 0.0)
    worth = budget[:, None] * terms / terms.sum(axis=1, keepdims=True)
    return worth.sum(axis=0) / stock


def dual(
    a: np.ndarray,
    budget: np.ndarray,
    sigma: float,
    stock: np.ndarray,
    planned: np.ndarray,
    reference: np.ndarray,
    epsilon: float,
    floor: np.ndarray,
) -> np.ndarray:
    """Virtual prices `float64[N]` that minimise the dual above the floor (0 where there is none).

    Projected Newton steps with a line search on the potential (Bertsekas 1982). SciPy's bounded
    solvers stop near 1e-8; they start this one, and it stops where steps are of rounding size.
    """
    log_a = np.log(np.where(a > 0, a, 1.0)) + np.where(a > 0, 0.0, -np.inf)
    with np.errstate(divide="ignore"):
        low = np.log(floor)
    bend = np.log(reference) + np.log(stock / planned) / max(epsilon, 1e-300)

    def sold_value(u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Integral of v S(v) over u, and its first two derivatives."""
        value = np.exp(u) * planned if epsilon == 0.0 else np.exp(u) * np.minimum(
            stock, planned * np.exp(epsilon * (u - np.log(reference)))
        )  # fmt: skip
        if epsilon == 0.0:
            return value, value, value
        below = u < bend
        at_bend = np.exp(bend) * stock
        integral = np.where(
            below, value / (1.0 + epsilon), at_bend / (1.0 + epsilon) + value - at_bend
        )
        return integral, value, np.where(below, 1.0 + epsilon, 1.0) * value

    def potential(u: np.ndarray) -> tuple[float, np.ndarray]:
        pulls = log_a + (1.0 - sigma) * u
        total = logsumexp(pulls, axis=1)
        share = np.exp(pulls - total[:, None])
        integral, value, _ = sold_value(u)
        height = float(integral.sum() + budget @ total / (sigma - 1.0))
        return height, value - budget @ share

    def curvature(u: np.ndarray) -> np.ndarray:
        pulls = log_a + (1.0 - sigma) * u
        share = np.exp(pulls - logsumexp(pulls, axis=1)[:, None])
        spread = np.diag(budget @ share) - (share * budget[:, None]).T @ share
        return np.diag(sold_value(u)[2]) + (sigma - 1.0) * spread

    start = np.maximum(np.zeros(len(stock)), low)
    rough = minimize(
        potential, start, jac=True, method="L-BFGS-B", bounds=[(x, None) for x in low],
        options={"maxiter": 5000, "maxfun": 20000, "ftol": 1e-15, "gtol": 1e-9},
    )  # fmt: skip
    u = np.maximum(rough.x, low)
    for _ in range(50):
        _, slope = potential(u)
        free = ~((u <= low + 1e-9) & (slope > 0.0))
        step = np.where(free, 0.0, low - u)
        step[free] = -np.linalg.solve(curvature(u)[np.ix_(free, free)], slope[free])
        u = np.maximum(u + np.clip(step, -0.5, 0.5), low)
        if np.abs(step).max() < 1e-14:
            break
    return np.exp(u)


def one_sector(seed: int, sigma: float, **options) -> Case:
    """A market of one sector in which somebody wants every seller's goods."""
    case = draw(seed, sigma=sigma, sectors=1, **options)
    unmet = ~case.reached
    return replace(case, stock=np.where(unmet, 0.0, case.stock))


def solve(case: Case, a: np.ndarray, budget: np.ndarray) -> np.ndarray:
    """`dual` for the sellers of a case that somebody reaches; the others' last prices."""
    on = case.reached
    prices = case.last_price.copy()
    prices[on] = dual(
        a[:, on], budget, float(case.sigma[0]), case.stock[on], case.planned[on],
        case.reference[on], float(case.epsilon[0]), (case.last_price / (1 + case.band))[on],
    )  # fmt: skip
    return prices


def gap(case: Case, prices: np.ndarray) -> float:
    """Largest |d log v| between the market and these prices, among sellers somebody reaches."""
    on = case.reached
    return float(np.abs(np.log(case.clear().virtual / prices)[on]).max())


@pytest.mark.parametrize("sigma", [1.5, 3.0, 6.0])
@pytest.mark.parametrize("seed", range(6))
def test_eisenberg_gale_primal_on_tiny_markets(seed, sigma):
    case = one_sector(seed, sigma, firms=4, buyers=5, links=3)
    case = replace(case, stock=case.planned)
    on = case.reached
    a, _, _ = case.dense()
    prices = case.last_price.copy()
    prices[on] = primal(a[:, on], case.budget, case.stock[on], sigma)
    assert gap(case, prices) <= 1e-8


@pytest.mark.parametrize("sigma", [1.2, 3.0, 8.0])
@pytest.mark.parametrize("seed", range(4))
def test_the_dual_has_the_primals_prices(seed, sigma):
    """The two programs share no line; their agreement is strong duality."""
    case = one_sector(seed, sigma, firms=4, buyers=5, links=3)
    case = replace(case, stock=case.planned)
    on = case.reached
    a, _, _ = case.dense()
    one = primal(a[:, on], case.budget, case.stock[on], sigma)
    assert np.allclose(one, solve(case, a, case.budget)[on], rtol=1e-8, atol=0)


@pytest.mark.parametrize("sigma", [1.2, 2.0, 4.0, 10.0])
@pytest.mark.parametrize("size", [(10, 15), (40, 120)])
def test_dual_with_fixed_stocks(size, sigma):
    firms, buyers = size
    case = one_sector(99, sigma, firms=firms, buyers=buyers, links=8)
    case = replace(case, planned=case.stock)
    a, _, _ = case.dense()
    assert gap(case, solve(case, a, case.budget)) <= 1e-10


@pytest.mark.parametrize("epsilon", [0.3, 1.0, 5.0])
@pytest.mark.parametrize("band", [0.0, 0.05, 0.5, np.inf])
@pytest.mark.parametrize("seed", range(3))
def test_dual_with_floors_and_offers_that_rise_with_the_price(seed, band, epsilon):
    case = one_sector(seed, 3.0, epsilon=epsilon, band=band, firms=30, buyers=60, links=6)
    a, _, _ = case.dense()
    assert gap(case, solve(case, a, case.budget)) <= 1e-10


@pytest.mark.parametrize("band", [0.05, np.inf])
@pytest.mark.parametrize("sigma", [1.5, 4.0])
@pytest.mark.parametrize("seed", range(3))
def test_wedges_by_link_are_a_fixed_point_of_convex_programs(seed, sigma, band):
    case = one_sector(seed, sigma, epsilon=1.0, band=band, walls=True, firms=20, buyers=40, links=6)
    a, theta, _ = case.dense()
    at_gate = case.budget.copy()
    for _ in range(200):
        prices = solve(case, a / theta, at_gate)
        pulls = a * prices ** (1.0 - sigma)
        share = pulls / pulls.sum(axis=1, keepdims=True)
        before, at_gate = at_gate, case.budget * (share / theta).sum(axis=1)
        if np.abs(at_gate / before - 1.0).max() < 1e-14:
            break
    assert np.abs(at_gate / case.budget - 1.0).max() > 0.01  # the wedges matter
    assert gap(case, prices) <= 1e-10
    virtual = case.clear().virtual
    paid_at_gate = (case.orders(virtual) * virtual).sum(axis=1)
    assert np.allclose(paid_at_gate, at_gate, rtol=1e-10, atol=0)
