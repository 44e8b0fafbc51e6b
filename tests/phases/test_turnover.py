"""Firms that close and firms that open, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from bench import MAN, NOR, RAW, SER, SUD, WLD

import sim
from sim.phases.plan import plan_offer, plan_output
from sim.phases.turnover import enter, leave, sell_off


def test_exit_moves_money_and_goods_stay(bench):
    economy, state = bench.economy, bench.state
    f = bench.firm(SUD, MAN)
    limit = economy.network.sales[f]  # a month of sales
    state.cash[f] = -limit + 1e-6
    assert leave(economy, state) == 0
    state.cash[f] = -limit - 1.0
    before, deposits, stock = state.money(economy), state.deposits.copy(), state.stock.copy()
    assert leave(economy, state) == 1
    assert not state.active[f] and state.cash[f] == 0.0
    assert state.deposits - deposits == pytest.approx([0.0, -limit - 1.0, 0.0])
    assert state.money(economy) == pytest.approx(before, rel=1e-14)
    assert np.array_equal(state.stock, stock)
    assert plan_output(economy, state)[f] == 0.0 and plan_offer(economy, state)[f] == 0.0


def test_entry_moves_money_and_takes_over_the_goods(bench):
    bench.rules(entry_rate=1.0, least_scale=0.1)
    economy, state = bench.economy, bench.state
    f = bench.firm(WLD, MAN, 2)
    state.cash[f] = -2.0 * economy.network.sales[f]
    leave(economy, state)
    before, deposits, stock = state.money(economy), state.deposits.copy(), state.stock.copy()
    assert enter(economy, state, 3) == 1
    capital = 1.5 * 0.2 * economy.network.sales[f]
    assert state.active[f]
    assert state.cash[f] == pytest.approx(capital)
    assert state.expected[f] == pytest.approx(0.2 * economy.network.sales[f])
    assert state.deposits - deposits == pytest.approx([0.0, 0.0, -capital])
    assert state.money(economy) == pytest.approx(before, rel=1e-14)
    assert np.array_equal(state.stock, stock)


def test_nobody_enters_where_prices_do_not_cover_the_usual_margin(bench):
    bench.rules(entry_rate=1.0)
    economy, state = bench.economy, bench.state
    f = bench.firm(NOR, RAW, 1)
    state.active[f] = False
    cell = (economy.network.firm_region == NOR) & (economy.network.firm_sector == RAW)
    state.reference[cell] = 1.2
    assert enter(economy, state, 0) == 0
    state.price[cell] = 1.25
    assert enter(economy, state, 0) == 1


def test_entry_is_rare_and_drawn_for_each_place(bench):
    bench.rules(entry_rate=0.3)
    came = []
    for month in range(200):
        state = bench.state.copy()
        state.active[[bench.firm(NOR, RAW, 1), bench.firm(WLD, SER, 1)]] = False
        came.append(enter(bench.economy, state, month))
    assert np.mean(came) / 2 == pytest.approx(0.3, abs=0.08)


def test_a_firm_that_lost_its_market_closes_and_its_owners_have_what_is_left(bench):
    bench.rules(least_scale=0.4)
    economy, state = bench.economy, bench.state
    f, idle = bench.firm(SUD, MAN), bench.firm(SUD, MAN, 1)
    state.expected[[f, idle]] = 0.39 * economy.network.sales[[f, idle]]
    run = np.ones(len(state.active))
    run[idle] = 0.5  # its owners have stopped the plant: it waits for them
    cash, deposits, money = state.cash[f], state.deposits.copy(), state.money(economy)
    assert leave(economy, state, run) == 1
    assert not state.active[f] and state.active[idle]
    assert state.deposits[SUD] - deposits[SUD] == pytest.approx(cash)
    assert state.money(economy) == pytest.approx(money, rel=1e-14)
    bench.rules(least_scale=0.0)
    state.expected[idle] = 0.0
    assert leave(bench.economy, state) == 0


def test_an_entrant_starts_at_the_scale_that_pays(bench):
    bench.rules(entry_rate=1.0, least_scale=0.4)
    economy, state = bench.economy, bench.state
    f = bench.firm(WLD, MAN, 2)
    state.active[f] = False
    assert enter(economy, state, 3) == 1
    assert state.expected[f] == pytest.approx(0.4 * economy.network.sales[f])
    assert leave(economy, state) == 0


def test_what_a_closed_trader_leaves_is_sold_by_the_hubs_own_firms(toy):
    economy, state = toy_with_traders(toy)
    trader = economy.traders[economy.network.firm_sector[economy.traders] == MAN][0]
    region = economy.network.firm_region[trader]
    home = (economy.network.firm_region == region) & (economy.network.firm_sector == MAN)
    home &= economy.producer
    state.stock[trader], before = 5.0, state.stock.copy()
    sell_off(economy, state)
    assert state.stock[trader] == 0.0
    gained = (state.stock - before)[home]
    assert gained == pytest.approx(
        5.0 * economy.network.sales[home] / economy.network.sales[home].sum()
    )
    assert np.array_equal(state.stock[~home][:3], before[~home][:3])


def toy_with_traders(toy):
    model = sim.UnionModel(sim.load("baseline=toy", "firms.count=60", "months=2"), toy)
    return model.economy, model.state
