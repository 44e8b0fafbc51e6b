"""What must hold in every cleared market (model note, section 5)."""

from __future__ import annotations

from dataclasses import fields, replace

import numba
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markets import TIGHT, Case, draw, fresh, no_wedges, tariffs

from sim.market import clearing, kernels
from sim.market.clearing import Market, Outcome
from sim.market.kernels import one_pass, sector_pass
from sim.market.relations import Offers, weigh_links
from sim.market.solvers import anderson

# What a log price can be off by when a plain step is TIGHT: steps shrink by 1 - 1/(sigma + eps).
CLOSE = 1e-11
# the same examples every time: a test of this room fails for a change, never for a draw
many = settings(max_examples=60, deadline=None, derandomize=True, database=None)
few = settings(many, max_examples=20)
compiled = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="NUMBA_DISABLE_JIT is set")

seeds = st.integers(0, 2**32 - 1)
sigmas = st.sampled_from((1.2, 2.0, 4.0, 8.0))
epsilons = st.sampled_from((0.0, 0.5, 3.0))
bands = st.sampled_from((0.0, 0.05, 0.5, np.inf))
cases = st.builds(draw, seeds, sigmas, epsilons, bands, st.booleans())
walrasian = st.builds(draw, seeds, sigmas, epsilons, st.just(np.inf), st.booleans())
without_walls = st.builds(draw, seeds, sigmas, epsilons, bands)


def close(one, two, tolerance=CLOSE) -> bool:
    """Equal up to a share of the larger entry of the array."""
    one, two = np.asarray(one), np.asarray(two)
    return bool(np.all(np.abs(one - two) <= tolerance * max(1e-300, float(np.abs(two).max()))))


def same_bits(one: Outcome, two: Outcome) -> bool:
    names = [f.name for f in fields(Outcome)]
    return all(getattr(one, name).tobytes() == getattr(two, name).tobytes() for name in names)


def at_rest(seed: int, band: float = 0.05) -> Case:
    """A market whose reference prices and plans are what it found before."""
    before = draw(seed, epsilon=1.0, walls=True)
    market = before.market()
    found = before.clear(market=market)
    seller = found.sold > 0.0
    return replace(
        before,
        last_price=found.price,
        reference=found.price,
        planned=np.where(seller, found.sold, before.planned),
        stock=np.where(seller, 2.0 * found.sold, before.stock),
        band=band,
    )


# --- every unit and every cent ----------------------------------------------------------------


@many
@given(cases, st.floats(0.3, 2.0))
def test_books_of_sellers_links_and_buyers_agree(case, ceiling):
    height = np.full_like(case.wedges.ceiling, np.inf)
    height[:, 0] = ceiling  # region 0 may not pay more than that
    case = replace(case, wedges=case.wedges._replace(ceiling=height))
    out = case.clear()
    places, shape = case.places, out.value.shape
    _, theta, sector = case.dense()
    origin, destination = places.firm_region.astype(int), places.buyer_region

    with np.errstate(divide="ignore", invalid="ignore"):
        served = np.where(out.sold > 0, out.sold / case.orders(out.virtual).sum(axis=0), 0.0)
    units = case.orders(out.virtual) * served
    paid = np.minimum(out.price, height[sector[:, None], destination[:, None], origin])
    money = units * paid

    assert np.array_equal(out.sold > 0, case.reached)
    assert close(out.sold, units.sum(axis=0))
    assert close(out.revenue, money.sum(axis=0))
    assert close(out.paid, (money * theta).sum(axis=1))
    for got, wanted in ((out.value, money), (out.volume, units)):
        cells = np.zeros(shape)
        where = (sector[:, None], destination[:, None], origin[None, :])
        np.add.at(cells, tuple(np.broadcast_arrays(*where)), wanted)
        assert close(got, cells)
    assert close(out.value.sum(), out.revenue.sum())
    assert close(out.volume.sum(), out.sold.sum())
    assert np.all(out.paid <= case.budget * (1 + CLOSE))
    assert np.all(out.sold <= case.stock)


@many
@given(cases)
def test_a_buyer_receives_its_budget_over_the_virtual_price_index(case):
    out = case.clear()
    wanted = case.budget / case.price_index(out.virtual)
    assert np.allclose(out.received, wanted, rtol=1e-9, atol=0)


@many
@given(cases)
def test_money_is_left_over_only_where_a_ceiling_binds(case):
    out = case.clear()
    rationed = out.virtual > out.price * (1 + 1e-9)
    meets_shortage = (case.orders(out.virtual) > 0) @ rationed
    linked = case.dense()[0].sum(axis=1) > 0
    kept = 1.0 - out.paid / case.budget
    assert np.all(np.abs(kept[linked & ~meets_shortage]) <= CLOSE)
    assert np.all(kept[linked & meets_shortage] > -CLOSE)


# --- the virtual price ------------------------------------------------------------------------


@many
@given(cases)
def test_complementarity(case):
    out = case.clear()
    on = case.reached
    floor = case.last_price / (1 + case.band)
    demand = case.orders(out.virtual).sum(axis=0)[on]
    above = np.log(out.virtual / floor)[on] if case.band < np.inf else np.full(on.sum(), np.inf)
    excess = np.log(demand / case.offer(out.virtual)[on])
    assert np.all(above >= -CLOSE)
    assert np.all(excess <= 10 * CLOSE)
    assert np.all(np.minimum(above, -excess) <= 10 * CLOSE)  # one of the two is zero
    assert close(out.sold[on], np.minimum(demand, case.stock[on]))


@many
@given(cases, st.integers(0, 2**32 - 1), st.floats(0.01, 3.0))
def test_unique_from_any_start(case, seed, spread):
    start = np.random.default_rng(seed).normal(0.0, spread, len(case.stock))
    on = case.reached
    one, two = case.clear(), case.clear(start)
    assert np.all(np.abs(np.log(one.virtual[on] / two.virtual[on])) <= 10 * CLOSE)


@many
@given(without_walls, seeds)
def test_a_barred_link_never_raises_its_sellers_sales(case, pick):
    """True where a buyer's wedge is the same for all its sellers, which is all that can be asked.

    The money moved away from f arrives at others without loss, so in
    J dv = dz, J = -d(v(D - S))/d log v, dz sums to at most 0 with only dz_f negative. J is an
    M-matrix that is dominated by its columns' diagonal, so the diagonal of its inverse is the
    largest entry of its row and dv_f <= 0. Where the other sellers' goods cost less tariff, the
    same money buys more at the gate and their scarcity may come back to f: test below.
    """
    buyer = pick % len(case.budget)
    link = pick // 7 % case.links.length[buyer]
    seller = case.links.seller[case.places.row[buyer] + link]
    before, after = case.clear(), case.bar(buyer, link).clear()
    assert after.sold[seller] <= before.sold[seller] * (1 + 10 * CLOSE)
    assert after.revenue[seller] <= before.revenue[seller] * (1 + 10 * CLOSE)


def test_a_barred_link_can_help_its_seller_where_tariffs_differ():
    """What the note's monotonicity needs: here barring one buyer's dear origin is good for it.

    Buyer 0 pays a tariff of 300 % on seller 0 and none on seller 1; buyer 1, ten times larger,
    hardly minds from whom it buys. Without the first link the money that went to customs buys
    goods of seller 1, whose price drives buyer 1 to seller 0.
    """
    pair = np.array([0, 1, 0, 1], dtype=np.uint32)
    case = draw(0, sectors=1, sigma=8.0)
    wedges = tariffs(np.array([[[3.0, 0.0], [0.0, 0.0]]]), np.array([8.0]))
    places = case.places._replace(
        firms=np.array([0, 2]), buyers=np.array([0, 2]), row=np.array([0, 2, 4]),
        buyer_region=np.array([0, 1]),
        firm_region=np.array([0, 1], dtype=np.uint32), trader_firms=np.array([2]),
        trader_buyers=np.array([2]),
    )  # fmt: skip
    two, taste = np.ones(2), np.array([4.0**7, 1.0, 1.0, 1.0])
    case = Case(
        places, wedges, fresh(pair, np.array([2, 2]), taste, (1, 2)), 9.0 * two, two, two, two,
        np.array([1.0, 10.0]), np.array([8.0]), np.array([1.0]), band=np.inf,
    )  # fmt: skip
    before, after = case.clear(), case.bar(0, 0).clear()
    assert after.sold[0] > before.sold[0] * 1.001


@many
@given(cases, seeds, st.floats(1.001, 10.0))
def test_more_money_never_lowers_a_price(case, pick, factor):
    richer = case.budget.copy()
    richer[pick % len(richer)] *= factor
    before, after = case.clear(), replace(case, budget=richer).clear()
    assert np.all(after.virtual >= before.virtual * (1 - 10 * CLOSE))
    assert np.all(after.price >= before.price * (1 - 10 * CLOSE))


@many
@given(cases, seeds, st.floats(1.001, 10.0))
def test_more_stock_never_raises_a_price(case, pick, factor):
    stock, planned = case.stock.copy(), case.planned.copy()
    f = pick % len(stock)
    stock[f] *= factor
    planned[f] *= factor
    before, after = case.clear(), replace(case, stock=stock, planned=planned).clear()
    assert np.all(after.virtual <= before.virtual * (1 + 10 * CLOSE))


@many
@given(cases, st.floats(1e-3, 1e3))
def test_homogeneous_in_money(case, factor):
    scaled = replace(
        case,
        budget=factor * case.budget,
        last_price=factor * case.last_price,
        reference=factor * case.reference,
    )
    one, two = case.clear(), scaled.clear()
    for name in ("virtual", "price"):
        assert np.allclose(getattr(two, name), factor * getattr(one, name), rtol=1e-9, atol=0)
    for name in ("revenue", "paid", "value"):
        assert close(getattr(two, name), factor * getattr(one, name), 1e-9)
    for name in ("sold", "received", "volume"):
        assert close(getattr(two, name), getattr(one, name), 1e-9)


# --- the price band ---------------------------------------------------------------------------


@many
@given(st.builds(draw, seeds, sigmas, epsilons, st.just(0.0), st.booleans()))
def test_without_a_band_prices_stay_and_quantities_give(case):
    """Fixed-price rationing (Dreze): the short side of every market decides."""
    out = case.clear()
    assert np.allclose(out.price, case.last_price, rtol=1e-15, atol=0)
    on, offer = case.reached, case.offer(case.last_price)
    at_last_prices = case.orders(case.last_price).sum(axis=0)
    assert np.all(out.virtual[on] >= case.last_price[on] * (1 - CLOSE))
    short = on & (out.virtual > case.last_price * (1 + 1e-9))
    assert np.allclose(out.sold[short], case.offer(out.virtual)[short], rtol=1e-10, atol=0)
    assert np.all(out.sold[on & ~short] <= offer[on & ~short] * (1 + CLOSE))
    if not short.any():
        assert close(out.sold[on], at_last_prices[on])
    _, theta, _ = case.dense()
    left = ((out.virtual - out.price) * case.orders(out.virtual) * theta).sum(axis=1)
    linked = out.paid > 0
    assert close(out.paid[linked], (case.budget - left)[linked], 1e-9)


@many
@given(walrasian)
def test_with_any_band_markets_clear_and_all_money_is_spent(case):
    out = case.clear()
    on = case.reached
    assert np.all(out.price[on] == out.virtual[on])
    assert np.allclose(out.sold[on], case.offer(out.virtual)[on], rtol=1e-10, atol=0)
    linked = case.dense()[0].sum(axis=1) > 0
    assert close(out.paid[linked], case.budget[linked])


@many
@given(cases)
def test_paid_prices_stay_in_the_band(case):
    out = case.clear()
    band = 1 + case.band
    assert np.all(out.price <= case.last_price * band)
    assert np.all(out.price >= case.last_price / band * (1 - CLOSE))
    assert np.all(out.price[out.sold > 0] <= out.virtual[out.sold > 0])


def test_a_shortage_above_the_ceiling_rations_and_buyers_keep_their_money():
    """Two equal buyers with 2 mUSD each, one seller with one unit: v = 4, paid 1.1."""
    case = draw(0, sectors=1, firms=2, buyers=1, links=1)
    places = case.places._replace(
        firms=np.array([0, 1]), buyers=np.array([0, 2]), row=np.array([0, 1, 2]),
        buyer_region=np.array([0, 1]), firm_region=np.zeros(1, dtype=np.uint32),
    )  # fmt: skip
    one = np.ones(1)
    links = fresh(np.zeros(2), np.array([1, 1]), np.ones(2), (1, 2))
    case = Case(
        places, no_wedges(1, 2), links, one, one, one, one, np.full(2, 2.0),
        np.array([4.0]), np.array([0.0]), band=0.1,
    )  # fmt: skip
    out = case.clear()
    assert out.virtual == pytest.approx([4.0], rel=1e-12)
    assert out.price == pytest.approx([1.1], rel=1e-15)
    assert out.sold == pytest.approx([1.0], rel=1e-12)
    assert out.paid == pytest.approx([0.55, 0.55], rel=1e-12)
    assert out.received == pytest.approx([0.5, 0.5], rel=1e-12)


def test_a_price_cap_lowers_what_is_paid_and_nothing_else():
    case = draw(3, sigma=3.0, epsilon=1.0, band=0.2, walls=True)
    free = case.clear()
    cap = float(np.quantile(free.price, 0.3))
    height = np.full_like(case.wedges.ceiling, np.inf)
    height[:, 1] = cap
    capped = replace(case, wedges=case.wedges._replace(ceiling=height)).clear()
    to_others = case.places.buyer_region != 1
    assert capped.virtual.tobytes() == free.virtual.tobytes()
    assert capped.volume.tobytes() == free.volume.tobytes()
    assert capped.paid[to_others].tobytes() == free.paid[to_others].tobytes()
    assert capped.paid[~to_others].sum() < free.paid[~to_others].sum()
    assert np.all(capped.value[:, 1] <= cap * capped.volume[:, 1] * (1 + 1e-12))


# --- edges ------------------------------------------------------------------------------------


def test_who_has_nothing_or_meets_nobody_keeps_its_price_and_sells_nothing():
    case = draw(5, band=0.3, sectors=1, firms=6, buyers=6, links=6)
    stock, budget = case.stock.copy(), case.budget.copy()
    stock[0] = 0.0
    lonely = 1
    met = (case.dense()[0] > 0)[:, lonely]
    budget[met] = 0.0
    out = replace(case, stock=stock, budget=budget).clear()
    for f in (0, lonely):
        assert out.sold[f] == out.revenue[f] == 0.0
        assert out.price[f] == case.last_price[f]
    assert np.all(out.paid[met] == 0.0) and np.all(out.received[met] == 0.0)
    assert np.all(np.isfinite(out.virtual))


def test_a_buyer_without_open_links_spends_nothing():
    case = draw(6, walls=True)
    for link in range(case.links.length[0]):
        case = case.bar(0, link)
    out = case.clear()
    assert out.paid[0] == out.received[0] == 0.0
    assert close(out.paid[1:], case.budget[1:])


@pytest.mark.parametrize(("taste", "spends"), [(1e-200, True), (1e-311, False)])
def test_faint_links_carry_all_money_or_nothing_and_never_no_number(taste, spends):
    case = draw(6, sigma=2.0)
    row = slice(case.places.row[0], case.places.row[0] + case.links.length[0])
    links = case.links.copy()
    links.taste[row] = taste
    out = replace(case, links=links).clear()
    assert np.isfinite(out.revenue).all() and np.isfinite(out.virtual).all()
    assert close(out.paid[0], spends * case.budget[0])
    assert close(out.paid[1:], case.budget[1:])


def test_an_unfinished_market_says_so_and_still_keeps_its_books():
    case = draw(7, sigma=8.0, epsilon=1.0, walls=True)
    out = case.clear(market=case.market(most=2))
    assert np.all(out.passes == 2) and out.gap.max() > TIGHT
    assert np.all(out.sold <= case.stock)
    assert np.all(out.paid <= case.budget * (1 + 1e-12))
    assert close(out.value.sum(), out.revenue.sum())
    done = case.clear()
    assert done.gap.max() <= TIGHT


@few
@given(seeds)
def test_a_market_at_rest_does_not_move_by_a_bit(seed):
    case = at_rest(seed)
    market = case.market(tolerance=1e-10)
    log_virtual = np.log(case.last_price)
    first = None
    for _ in range(3):
        before = log_virtual.copy()
        out = market.clear(
            case.links, case.stock, case.planned, case.reference, case.last_price, log_virtual,
            case.budget, case.wedges,
        )  # fmt: skip
        assert log_virtual.tobytes() == before.tobytes()
        assert np.all(out.passes == 1)
        assert first is None or same_bits(first, out)
        first = out


# --- the kernels ------------------------------------------------------------------------------


@compiled
def test_kernels_are_compiled():
    case = draw(1)
    market = case.market()
    case.clear(market=market)
    power, pull = np.ones(len(case.stock)), np.zeros(len(case.budget))
    demand = np.zeros(len(case.stock))
    inputs = (case.places, case.links, market.weights, case.budget)
    one_pass(*inputs, power, pull, demand)
    sector_pass(*inputs, 0, power, pull, demand)
    for kernel in (
        one_pass, sector_pass, weigh_links, kernels.clear_sectors, kernels.deliver_sectors,
    ):  # fmt: skip
        assert kernel.nopython_signatures, kernel


@compiled
@pytest.mark.parametrize("seed", range(3))
def test_sector_pass_is_its_plain_python_self(seed):
    case = draw(seed, walls=True)
    weights = case.market().weights
    power = np.random.default_rng(seed).uniform(0.5, 2.0, len(case.stock))
    results = []
    for kernel in (sector_pass, sector_pass.py_func):
        pull, demand = np.zeros(len(case.budget)), np.zeros(len(case.stock))
        for s in range(len(case.sigma)):
            kernel(case.places, case.links, weights, case.budget, s, power, pull, demand)
        results.append((pull.tobytes(), demand.tobytes()))
    assert results[0] == results[1]
    a, theta, _ = case.dense()
    wanted = case.budget / (a @ power)
    assert close(np.frombuffer(results[0][0]), wanted)
    assert close(np.frombuffer(results[0][1]), wanted @ (a / theta))


@compiled
@pytest.mark.parametrize("seed", range(3))
def test_weigh_links_is_its_plain_python_self(seed):
    case = draw(seed, walls=True)
    rng = np.random.default_rng(seed)
    covered = rng.choice((0.0, 0.3, 0.6, 1.0), case.wedges.covered.shape)
    wedges = case.wedges._replace(covered=covered, relation=rng.uniform(0.5, 1.5, (3, 3)))
    low = rng.uniform(0.0, 0.6, len(case.stock))
    high = low + rng.uniform(0.05, 0.4, len(case.stock))
    places = case.places._replace(low=low, high=high)
    links = case.links._replace(relation=rng.uniform(0.0, 1.2, len(case.links.taste)))
    wedges = wedges._replace(ceiling=rng.choice((0.7, 0.9, np.inf), covered.shape))
    offers = Offers(np.ones_like(low), rng.uniform(0.6, 1.0, len(low)), 4.0, 0.5)
    results = []
    for kernel in (weigh_links, weigh_links.py_func):
        weights = Market(places, case.sigma, case.epsilon, case.market().params).weights
        kernel(places, links, wedges, offers, weights)
        results.append(weights)
    for one, two in zip(*results, strict=True):
        assert np.allclose(one, two, rtol=1e-15, atol=0)


@compiled
@pytest.mark.parametrize("band", [0.05, np.inf])
def test_a_market_of_plain_python_kernels_finds_the_same(band, monkeypatch):
    case = draw(11, epsilon=1.0, band=band, walls=True)
    fast = case.clear()
    for user, name in ((anderson, "clear_sectors"), (clearing, "deliver_sectors")):
        monkeypatch.setattr(user, name, getattr(kernels, name).py_func)
    slow = case.clear()
    for name in ("virtual", "price", "sold", "revenue", "paid", "received", "value", "volume"):
        assert close(getattr(slow, name), getattr(fast, name)), name


@compiled
@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="one core")
@pytest.mark.parametrize("band", [0.05, np.inf])
def test_the_same_bits_with_one_and_two_threads(band, threads):
    case = draw(
        12, epsilon=1.0, band=band, walls=True, sectors=9, firms=60, buyers=300, links=12
    )  # fmt: skip
    results = []
    for number in (1, 2, 1, 2):
        threads(number)
        results.append(case.clear(market=case.market(tolerance=1e-8)))
    assert all(same_bits(results[0], other) for other in results[1:])


def test_an_outcome_does_not_depend_on_what_a_market_cleared_before():
    case, other = draw(13, epsilon=1.0, band=0.1, walls=True), np.random.default_rng(13)
    market = case.market()
    fresh = case.clear(market=market)
    richer = replace(case, budget=case.budget * other.uniform(0.1, 10.0, len(case.budget)))
    richer.clear(market=market)
    assert same_bits(case.clear(market=market), fresh)


@few
@given(seeds)
def test_sectors_do_not_touch_each_other(seed):
    case = draw(seed, epsilon=1.0, sectors=2)
    assume(len(case.places.buyers) == 3)
    budget = case.budget.copy()
    budget[case.places.buyers[1] :] *= 3.0
    one, two = case.clear(), replace(case, budget=budget).clear()
    own = case.places.firms[1]
    assert one.virtual[:own].tobytes() == two.virtual[:own].tobytes()
