"""Answers that are known in closed form, or from another solver."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from economies import world
from scipy.optimize import root

from sim.equilibrium import Accounts, Shock, solve

CLOSE = {"rtol": 1e-10, "atol": 0}


def foreign(regions: int) -> np.ndarray:
    """`bool[R, R, 1]`: cells that cross a border."""
    return ~np.eye(regions, dtype=bool)[:, :, None]


def test_two_symmetric_countries():
    """No wage moves; P = (lambda + (1 - lambda) tau^(1 - sigma))^(1 / (1 - sigma))."""
    home, sigma, tau = 0.8, 4.0, 1.3
    found = solve(
        Accounts.of([[home, 1 - home], [1 - home, home]], sigma),
        Shock(iceberg=[[1.0, tau], [tau, 1.0]]),
    )
    price = (home + (1 - home) * tau ** (1 - sigma)) ** (1 / (1 - sigma))
    np.testing.assert_allclose(found.wage, 1.0, **CLOSE)
    np.testing.assert_allclose(found.price[:, 0], price, **CLOSE)
    np.testing.assert_allclose(found.real_income, 1 / price, **CLOSE)


def test_two_symmetric_countries_with_a_tariff_that_is_given_back():
    """Income is 1 / (1 - t m / (1 + t)) of the wage, m the share of imports at the new prices."""
    home, sigma, duty = 0.7, 3.0, 0.4
    accounts = Accounts.of([[home, 1 - home], [1 - home, home]], sigma)
    found = solve(accounts, Shock(tariff=[[0.0, duty], [duty, 0.0]]))
    pull = (1 - home) * (1 + duty) ** (1 - sigma)
    imports = pull / (home + pull)
    price = (home + pull) ** (1 / (1 - sigma))
    income = 1 / (1 - imports * duty / (1 + duty))
    np.testing.assert_allclose(found.real_income, income / price, **CLOSE)


@pytest.mark.parametrize("seed", range(5))
def test_welfare_follows_from_the_home_share(seed):
    """Arkolakis, Costinot & Rodriguez-Clare (2012): one sector, balanced, no tariffs."""
    accounts = world(seed, 7, 1, balanced=True, tariffs=False)
    accounts = Accounts.of(accounts.trade, accounts.sigma, final=accounts.trade.sum(axis=0))
    accounts = solve(accounts, closure="removed").rebased()
    rng = np.random.default_rng(seed)
    found = solve(
        accounts, Shock(iceberg=np.where(foreign(7), rng.uniform(0.7, 1.6, (7, 7, 1)), 1))
    )
    before = np.einsum("rrs->rs", accounts.trade) / accounts.trade.sum(axis=0)
    gain = (found.home_share / before) ** (1 / (1 - accounts.sigma))
    np.testing.assert_allclose(found.real_income, gain[:, 0], **CLOSE)


def test_inputs_multiply_the_gains_from_trade():
    """With a labour share b in one sector: lambda^(1 / (b (1 - sigma)))."""
    accounts = world(2, 6, 1, balanced=True, tariffs=False)
    share = 0.4
    use = (1 - share) * accounts.output[:, :, None]
    accounts = solve(
        Accounts.of(accounts.trade, accounts.sigma, use=use), closure="removed"
    ).rebased()
    found = solve(accounts, Shock(iceberg=np.where(foreign(6), 1.25, 1.0)))
    before = np.einsum("rrs->rs", accounts.trade) / accounts.trade.sum(axis=0)
    gain = (found.home_share / before) ** (1 / (share * (1 - accounts.sigma)))
    np.testing.assert_allclose(found.real_income, gain[:, 0], **CLOSE)


def test_autarky_costs_what_the_home_share_says():
    accounts = world(4, 5, 1, balanced=True, tariffs=False)
    accounts = solve(Accounts.of(accounts.trade, accounts.sigma), closure="removed").rebased()
    alone = np.ones((5, 5, 1))
    alone[2, :], alone[:, 2], alone[2, 2] = 0, 0, 1
    found = solve(accounts, Shock(weight=alone))
    home = accounts.trade[2, 2, 0] / accounts.trade[:, 2, 0].sum()
    np.testing.assert_allclose(
        found.real_income[2], home ** (1 / (accounts.sigma[0] - 1)), rtol=1e-9, atol=0
    )
    assert found.trade[2, [0, 1, 3, 4]].sum() == found.trade[[0, 1, 3, 4], 2].sum() == 0


@pytest.mark.parametrize("inputs", ["cobb_douglas", "leontief"])
def test_a_tax_on_all_imports_is_a_tax_on_all_exports(inputs):
    """Lerner's symmetry (1936): the same real income everywhere, trade in the same proportions."""
    accounts = world(6, 5, 3, balanced=True, tariffs=False)
    accounts = solve(
        Accounts.of(accounts.trade, accounts.sigma, use=accounts.use), closure="removed"
    ).rebased()
    on_imports = np.zeros((5, 5, 3))
    on_imports[[0, 1, 2, 4], 3] = 0.25
    on_exports = np.zeros((5, 5))
    on_exports[3, [0, 1, 2, 4]] = 0.25
    one = solve(accounts, Shock(tariff=on_imports), inputs=inputs)
    two = solve(accounts, Shock(fee=on_exports, fee_to_origin=1.0), inputs=inputs)
    assert abs(one.real_income[3] - 1) > 1e-3
    np.testing.assert_allclose(one.real_income, two.real_income, rtol=1e-10, atol=0)
    np.testing.assert_allclose(one.home_share, two.home_share, rtol=1e-10, atol=0)


@pytest.mark.parametrize("sigma", [1.5, 3.0, 6.0])
@pytest.mark.parametrize("regions", [3, 12, 40])
@pytest.mark.parametrize("closure", ["fixed", "proportional"])
def test_the_endowment_economy_is_what_another_solver_finds(regions, sigma, closure):
    """Additive and multiplicative deficits: E = w Y + D, or E = k (E0 / Y0) w Y."""
    drawn = world(regions, regions, 1, tariffs=False)
    trade = drawn.trade[:, :, 0]
    accounts = Accounts.of(trade, sigma)
    rng = np.random.default_rng(regions)
    weight = np.where(np.eye(regions) > 0, 1, rng.uniform(0.3, 1.8, trade.shape))
    made, spent = trade.sum(axis=1), trade.sum(axis=0)

    def spending(wage: np.ndarray) -> np.ndarray:
        if closure == "fixed":
            return wage * made + spent - made
        wanted = wage * spent
        return wanted * (wage @ made) / wanted.sum()

    def excess(logs: np.ndarray) -> np.ndarray:
        wage = np.exp(logs)
        pull = trade / spent * weight * wage[:, None] ** (1 - sigma)
        sales = (pull / pull.sum(axis=0) * spending(wage)).sum(axis=1)
        out = np.log(sales / (wage * made))
        out[-1] = np.log((wage @ made) / made.sum())
        return out

    other = root(excess, np.zeros(regions), method="hybr", options={"xtol": 1e-14})
    assert np.abs(other.fun).max() < 1e-11, other.message
    found = solve(accounts, Shock(weight=weight), closure=closure)
    np.testing.assert_allclose(found.wage, np.exp(other.x), rtol=1e-9, atol=0)
    assert found.wage.max() - found.wage.min() > 0.01
    np.testing.assert_allclose(found.income, spending(np.exp(other.x)), rtol=1e-9, atol=0)


@pytest.mark.parametrize("closure", ["fixed", "proportional"])
def test_44_countries_as_the_gravity_literature_solves_them(closure):
    """Partial effects exp(beta) of an agreement on a trade matrix; E = w Y + D, or (Y + D) w.

    Repeated substitution as in the programs that are used for it (w^(1+theta) Y = sum pi B E / P,
    world output the numeraire). Welfare is real income, or with the second rule the real wage;
    there their flows differ from ours by one factor, for theirs do not add up to world output.
    """
    rng, regions, theta = np.random.default_rng(1), 44, 4.0
    size = np.exp(rng.normal(0.0, 1.5, regions))
    trade = np.outer(size, size) / size.sum() * np.exp(rng.normal(0.0, 1.0, (regions, regions)))
    trade[np.diag_indices(regions)] *= 20.0
    effect = np.where(rng.random(trade.shape) < 0.15, np.exp(0.224), 1.0)
    np.fill_diagonal(effect, 1.0)
    made, spent = trade.sum(axis=1), trade.sum(axis=0)
    pull, spending, reach = trade / spent * effect, spent, np.ones(regions)
    for _ in range(500):
        wage = (pull @ (spending / reach) / made) ** (1.0 / (1.0 + theta))
        wage *= made.sum() / (wage @ made)
        reach = pull.T @ wage**-theta
        spending = wage * made + spent - made if closure == "fixed" else wage * spent
    price = reach ** (-1.0 / theta)
    welfare = (spending / spent if closure == "fixed" else wage) / price

    found = solve(Accounts.of(trade, 1.0 + theta), Shock(weight=effect), closure=closure)
    close = {"rtol": 1e-10, "atol": 0}
    np.testing.assert_allclose(found.wage, wage, **close)
    np.testing.assert_allclose(found.price_index, price, **close)
    gained = found.real_income if closure == "fixed" else found.real_wage
    np.testing.assert_allclose(gained, welfare, **close)
    assert welfare.max() > 1.01
    flows = pull * wage[:, None] ** -theta / reach * spending
    scale = found.trade.sum() / flows.sum()
    np.testing.assert_allclose(found.trade[:, :, 0], scale * flows, **close)


@pytest.mark.parametrize("inputs", ["cobb_douglas", "leontief"])
@pytest.mark.parametrize("closure", ["fixed", "removed", "proportional", "exports"])
def test_money_is_a_veil(closure, inputs):
    accounts = world(8, 4, 3)
    change = Shock(iceberg=np.where(foreign(4), 1.2, 1.0))
    one = solve(accounts, change, closure, inputs)
    scaled = replace(
        accounts, trade=7 * accounts.trade, use=7 * accounts.use, final=7 * accounts.final,
        profit=7 * accounts.profit,
    )  # fmt: skip
    seven = solve(scaled, change, closure, inputs)
    np.testing.assert_allclose(seven.real_income, one.real_income, **CLOSE)
    np.testing.assert_allclose(seven.trade, 7 * one.trade, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("inputs", ["cobb_douglas", "leontief"])
def test_if_labour_is_twice_as_good_everywhere_all_are_twice_as_rich(inputs):
    accounts = world(9, 4, 3)
    found = solve(accounts, Shock(skill=2.0), inputs=inputs)
    np.testing.assert_allclose(found.real_income, 2.0, **CLOSE)
    np.testing.assert_allclose(found.trade, accounts.trade, rtol=1e-9, atol=1e-12)


def test_twice_the_hands_everywhere_make_twice_the_goods():
    accounts = world(9, 4, 3)
    found = solve(accounts, Shock(labour=2.0), closure="proportional")
    np.testing.assert_allclose(found.real_income, 2.0, **CLOSE)


def test_small_shocks_are_the_same_with_either_kind_of_inputs():
    """Shares are the first derivative of both; what differs is of second order."""
    accounts = world(10, 5, 3)
    gaps = []
    for size in (1e-2, 1e-3):
        change = Shock(iceberg=np.where(foreign(5), 1 + size, 1.0))
        one = solve(accounts, change, "removed", "cobb_douglas")
        two = solve(accounts, change, "removed", "leontief")
        base = solve(accounts, None, "removed", "cobb_douglas")
        bent = solve(accounts, None, "removed", "leontief")
        gap = one.real_income / base.real_income - two.real_income / bent.real_income
        gaps.append(np.abs(gap).max())
    assert gaps[1] < gaps[0] / 5


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("inputs", ["cobb_douglas", "leontief"])
def test_a_duty_on_all_exports_is_a_tariff_on_all_imports(seed, inputs):
    """Lerner (1936), the duty being solved as one: the same trade and welfare, other wages."""
    accounts = world(seed, 5, 3, balanced=True, tariffs=False)
    rate = np.zeros((2, 5, 5, 3))
    rate[0, 1, :], rate[1, :, 1] = 0.3, 0.3
    rate[:, 1, 1] = 0.0
    duty = solve(accounts, Shock(duty=rate[0]), "removed", inputs)
    tariff = solve(accounts, Shock(tariff=rate[1]), "removed", inputs)
    np.testing.assert_allclose(duty.real_income, tariff.real_income, **CLOSE)
    assert duty.real_income[1] != pytest.approx(1.0, abs=1e-3)
    shares = [x.trade / x.cost[:, None, :] for x in (duty, tariff)]
    np.testing.assert_allclose(shares[0], shares[1], rtol=1e-9)
    relative = duty.wage / tariff.wage
    np.testing.assert_allclose(relative[1] / relative[0], 1 / 1.3, **CLOSE)
