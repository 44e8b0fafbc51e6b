"""Money is a veil: what doubles all of it changes nothing that anybody makes, buys or loses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import sim
from sim.levers import Levers

BAR = 1e-12
EVERYTHING = (
    "scenario=[eu_2022,import_substitution,joint_sovereignty,burden_sharing,competence_centre,"
    "e_documents,hedging_kazakhstan,without_union]",
    "countries.retaliate=true",
    "firms.count=900",
    "months=18",
)
IN_MONEY = (
    "price", "reference", "cash", "price_index", "wage", "deposits", "treasury", "income",
    "revenue", "exports",
)  # fmt: skip
REAL = {
    "trade": ("volume",),
    "regions": ("real_gdp", "real_consumption", "unemployment", "shortage"),
    "sectors": ("output", "sales", "stock", "firms", "employment"),
    "transit": ("compliance", "traders"),
    "technology": ("lost", "belief", "adopted", "maturity", "own"),
}


class OtherMoney:
    """A path of levers whose amounts and price ceilings are told in another money."""

    def __init__(self, path: Any, factor: float) -> None:
        self._path, self._factor = path, factor

    def at(self, month: int) -> Levers:
        levers = self._path.at(month)
        amounts = ("price_ceiling", "transfers", "research_support")
        return replace(levers, **{name: getattr(levers, name) * self._factor for name in amounts})

    def senders(self, month: int) -> np.ndarray:
        return self._path.senders(month)

    def pressing(self, month: int) -> np.ndarray:
        return self._path.pressing(month)


def with_money_worth(settings: sim.Settings, baseline, factor: float) -> sim.UnionModel:
    """The economy at rest with every price, wage and account times a factor, and run."""
    model = sim.UnionModel(settings, baseline)
    state = model.state
    for name in IN_MONEY:
        setattr(state, name, getattr(state, name) * factor)
    state.log_virtual = state.log_virtual + np.log(factor)
    model.money *= factor
    model.last_regions = {
        name: row * factor if name.endswith("musd") else row
        for name, row in model.last_regions.items()
    }
    model.path = OtherMoney(model.path, factor)
    model.run_model()
    return model


@pytest.fixture(scope="module")
def as_it_is(union) -> sim.UnionModel:
    return with_money_worth(sim.load(*EVERYTHING), union, 1.0)


@pytest.mark.parametrize("factor", [2.0, 1000.0])
def test_all_money_times_a_factor_changes_nothing_real(union, as_it_is, factor):
    dear = with_money_worth(as_it_is.settings, union, factor)
    assert as_it_is.panel.values("transit", "traders").max() > 0.0  # goods went round
    for table, names in REAL.items():
        for name in names:
            one, other = as_it_is.panel.values(table, name), dear.panel.values(table, name)
            # against the largest cell: the smallest are rests of what cancels
            assert np.abs(other - one).max() <= BAR * np.abs(one).max(), (table, name)
    found, again = as_it_is.state.links, dear.state.links
    assert np.array_equal(found.seller, again.seller) and np.array_equal(found.length, again.length)
    np.testing.assert_allclose(again.taste, found.taste, rtol=BAR, atol=BAR * found.taste.max())
    for name in ("price", "wage", "deposits"):
        np.testing.assert_allclose(
            getattr(dear.state, name), factor * getattr(as_it_is.state, name), rtol=BAR
        )
