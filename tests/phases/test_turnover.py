"""Firms that close and firms that open, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from bench import MAN, NOR, RAW, SER, SUD, WLD

from sim.phases.plan import plan_offer, plan_output
from sim.phases.turnover import enter, leave


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
    bench.rules(entry_rate=1.0)
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
