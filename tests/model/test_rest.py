"""With no measure, nothing moves: every series and every state stays where the tables put it."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from runs import apart, largest_change, ran

import sim
from sim.state import State

BAR = 1e-9


def test_no_series_moves_in_ten_years(at_rest):
    assert at_rest.panel.written == 120
    change = largest_change(at_rest.panel)
    assert max(change.values()) <= BAR, change


def arrays(state: State) -> dict[str, np.ndarray]:
    """Every array that persists, those of links and of technology too."""
    flat = {f.name: getattr(state, f.name) for f in fields(state)}
    inner, links = flat.pop("technology"), flat.pop("links")
    flat |= links._asdict()
    return flat | {f"technology.{f.name}": getattr(inner, f.name) for f in fields(inner)}


def test_every_state_stays_what_it_was(at_rest):
    now, start = arrays(at_rest.state), arrays(State.at_rest(at_rest.economy))
    moved = apart(now, start)
    assert max(moved.values()) <= BAR, {n: gap for n, gap in moved.items() if not gap <= BAR}
    for name in ("active", "seller", "length", "taste", "relation", "found"):
        assert np.array_equal(now[name], start[name]), name


def test_clearing_finds_the_base_prices_at_once(at_rest):
    assert (at_rest.passes == 1).all()
    assert (at_rest.panel.values("sectors", "price") == 1.0).all()


def test_the_base_month_is_the_table_of_the_base_year(at_rest, union):
    panel, kept = at_rest.panel, union.trade >= 0.01 / 12
    gap = np.abs(panel.base("trade", "value_musd")[kept] / union.trade[kept] - 1.0)
    assert gap.max() <= 1e-8
    unemployment = at_rest.settings.behaviour.unemployment
    assert panel.base("regions", "unemployment") == pytest.approx(unemployment, rel=1e-12)
    gdp = union.value_added.sum(axis=1) + union.tariff_revenue
    assert panel.base("regions", "gdp_musd") == pytest.approx(gdp, rel=1e-4)
    assert (panel.base("regions", "shortage") == 0.0).all()
    assert panel.base("regions", "cpi") == pytest.approx(1.0, rel=1e-12)


def assert_still(toy, *said: str) -> None:
    change = largest_change(ran(sim.load("baseline=toy", *said), toy).panel)
    assert max(change.values()) <= BAR, change


@pytest.mark.parametrize(
    "override",
    [
        "behaviour.stock_cover=0",
        "behaviour.input_cover=0.1",
        "behaviour.spare_capacity=0",
        "behaviour.sigma_scale=3",
        "behaviour.unemployment=0",
        "market.price_band=0",
        "market.supply_elasticity=0",
        "firms.suppliers=1",
    ],
)
def test_rest_does_not_hang_on_a_number(toy, override):
    assert_still(toy, "firms.count=300", "months=12", override)


@pytest.mark.parametrize(
    "option",
    [
        "traders=off",
        "technology=off",
        "countries.retaliate=true",
        "countries.pool_customs=false",
        "countries.compliance=0.5",
        "countries.fund_technology=false",
        "behaviour.notice=1",
        "behaviour.tie_variety=1",
        "behaviour.specificity=0",
        "behaviour.wage_speed=0",
        "behaviour.least_scale=0",
        "traders.least_share=2",
    ],
)
def test_every_option_is_at_rest_for_ten_years(toy, option):
    assert_still(toy, "firms.count=60", "months=120", option)
