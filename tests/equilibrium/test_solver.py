"""What the solver answers is an equilibrium, what it refuses has a reason."""

from __future__ import annotations

import numpy as np
import pytest
from economies import shock, violations, world
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from sim.equilibrium import CLOSURES, INPUTS, Accounts, NoEquilibrium, Shock, solve
from sim.errors import InputError

RESIDUAL = 1e-10

WORLDS = {
    "seed": st.integers(0, 10**6),
    "regions": st.integers(2, 7),
    "sectors": st.integers(1, 4),
    "violence": st.sampled_from([0.2, 1.0, 3.0]),
    "closure": st.sampled_from(sorted(CLOSURES)),
    "inputs": st.sampled_from(sorted(INPUTS)),
    "profits": st.booleans(),
}


def answered(seed, regions, sectors, violence, closure, inputs, profits) -> bool:
    accounts = world(seed, regions, sectors, profits=profits)
    try:
        found = solve(accounts, shock(seed, accounts, violence), closure, inputs)
    except NoEquilibrium as refused:
        assert "region" in str(refused) or "sector" in str(refused)
        return False
    assert max(found.residuals.values()) <= RESIDUAL
    off = violations(found, closure, inputs == "leontief")
    assert max(off.values()) <= RESIDUAL, off
    return True


@given(**WORLDS)
@examples(max_examples=60, deadline=None, derandomize=True)
def test_random_shocks_are_answered_rightly_or_refused(**drawn):
    answered(**drawn)


@pytest.mark.slow
@given(**WORLDS)
@examples(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_five_hundred_random_shocks(**drawn):
    answered(**drawn)


def test_hardly_any_shock_of_ordinary_size_is_refused():
    seeds = range(60)
    kinds = [(c, i) for c in sorted(CLOSURES) for i in sorted(INPUTS)]
    met = [answered(s, 5, 3, 0.2, *kinds[s % len(kinds)], bool(s % 2)) for s in seeds]
    assert sum(met) >= 58


@pytest.mark.parametrize("inputs", INPUTS)
@pytest.mark.parametrize("closure", ["fixed", "proportional", "exports"])
def test_without_a_shock_nothing_moves(closure, inputs):
    found = solve(world(1, profits=True), None, closure, inputs)
    assert found.passes == 1
    assert np.abs(found.real_income - 1).max() < 1e-12


def test_the_closure_is_said():
    for closure, words in CLOSURES.items():
        found = solve(world(1), None, closure)
        assert (found.closure, found.inputs) == (words, INPUTS["cobb_douglas"])


def test_rebased_twice_is_the_same_as_at_once():
    accounts = world(3)
    half, full = Shock(tariff=accounts.tariff + 0.1), Shock(tariff=accounts.tariff + 0.3)
    first = solve(accounts, half)
    again = solve(first.rebased(), full)
    once = solve(accounts, full)
    np.testing.assert_allclose(first.real_income * again.real_income, once.real_income, rtol=1e-9)


def test_a_numeraire_is_only_a_numeraire():
    """Deficits in proportion to GDP: no real number depends on what keeps its value."""
    accounts = world(5)
    hit = Shock(tariff=accounts.tariff + 0.2)
    one = solve(accounts, hit, "proportional", numeraire="wages")
    two = solve(accounts, hit, "proportional", numeraire="spending")
    np.testing.assert_allclose(one.real_income, two.real_income, rtol=1e-10)
    assert abs(two.income.sum() / accounts.final.sum() - 1) < 1e-10
    assert abs((one.wage @ accounts.wages.sum(axis=1)) / accounts.wages.sum() - 1) < 1e-10


class TestCeiling:
    """A highest price is solved as a complementarity: it binds or it is not there."""

    def test_out_of_reach_it_changes_no_bit(self):
        accounts = world(7)
        hit = Shock(iceberg=1.1, ceiling=50.0)
        high, none = solve(accounts, hit), solve(accounts, Shock(iceberg=1.1))
        assert np.array_equal(high.real_income, none.real_income)

    def test_where_it_binds_the_seller_pays_for_it(self):
        accounts = world(7)
        lid = np.full(accounts.trade.shape, np.inf)
        lid[0, 1] = 0.8
        found = solve(accounts, Shock(ceiling=lid))
        assert found.real_income[0] < 1 - 1e-3
        assert found.real_income[1] > 1 + 1e-3
        assert max(violations(found, "fixed").values()) < RESIDUAL


class TestRefusals:
    def test_a_good_that_nobody_may_sell(self):
        accounts = world(1)
        weight = np.ones(accounts.trade.shape)
        weight[:, 2, 1] = 0
        with pytest.raises(NoEquilibrium, match="nobody may sell sector 1 to region 2"):
            solve(accounts, Shock(weight=weight))

    def test_a_debt_that_cannot_be_paid(self):
        accounts = Accounts.of([[1.0, 9.0], [0.05, 50.0]], 3.0)  # region 0 lives on 1.05 of its 10
        weight = np.array([[1.0, 0.02], [1.0, 1.0]])
        with pytest.raises(NoEquilibrium, match="region 0"):
            solve(accounts, Shock(weight=weight), "fixed")
        assert solve(accounts, Shock(weight=weight), "exports").real_income[0] > 0

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"iceberg": 0.0}, "iceberg of 0 is not above 0"),
            ({"weight": -1.0}, "weight of -1 is below 0"),
            ({"tariff": -1.0}, "tariff of -1 is not above -1"),
            ({"subsidy": 1.0}, "subsidy is outside"),
            ({"transfers": [1.0, 0, 0, 0, 0]}, "transfers sum to 1, not to 0"),
            ({"labour": [1.0, 2.0]}, r"labour has shape \(2,\), not \[5\]"),
        ],
    )
    def test_shocks_that_are_none(self, change, message):
        with pytest.raises(InputError, match=message):
            solve(world(1), Shock(**change))

    def test_names(self):
        with pytest.raises(InputError, match="did you mean 'exports'"):
            solve(world(1), closure="export")
        with pytest.raises(InputError, match="unknown inputs 'ces'"):
            solve(world(1), inputs="ces")

    def test_accounts_that_do_not_close(self):
        trade = world(1).trade
        with pytest.raises(InputError, match="deficits have to sum to nothing"):
            Accounts.of(trade, 3.0, final=1.1 * trade.sum(axis=0))
        with pytest.raises(InputError, match="sigma is not above 1 at sector 2"):
            Accounts.of(trade, [2.0, 3.0, 0.5])


def test_accounts_that_do_not_close_by_sector_say_so():
    accounts = world(1)
    assert solve(accounts).unclosed < 1e-12
    final = accounts.final.copy()
    final[0, :2] += np.array([0.01, -0.01]) * accounts.income[0]
    loose = Accounts.of(
        accounts.trade, accounts.sigma, accounts.tariff, accounts.use, final, accounts.profit
    )
    first = solve(loose)
    assert first.unclosed == pytest.approx(0.01)
    assert solve(first.rebased(), Shock(tariff=accounts.tariff)).unclosed < 1e-10
