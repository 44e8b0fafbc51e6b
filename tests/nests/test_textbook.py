"""One firm in every market, buying from all the world: the agent model at rest is the textbook.

Traders, search and technology are off, costs are noticed at once, nobody is a price taker, and
labour supply follows the same wage curve in both. What is left of the agent model (stocks, price
bands, capacity, deposits, dividends, expectations) is a way to the static equilibrium: within 0.3
points of every region's consumption. With drawn firms of few suppliers each the same shocks cost
more: 0.6 points of Russia's consumption when the EU stops all its trade with Russia, 1.8 of
Kazakhstan's when that stops its own.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import sim
from sim import model as months
from sim.baseline.balance import Baseline
from sim.baseline.network import Network
from sim.equilibrium.compare import nest
from sim.equilibrium.employment import with_wage_curve
from sim.equilibrium.households import real_consumption
from sim.equilibrium.translate import TECHNOLOGY, accounts_of, translate
from sim.policies.scenario import compile_scenario
from sim.prepared import tables

AGREE = 0.3  # points of consumption
MONTHS = 240  # after a price cap and bans in steps, rest takes most of twenty years
CASES = {
    "none": (),
    "tariff": (
        "+scenario.measures.d={policy: tariff, by: [RUS], on: [EU27, CHN, ROW], rate: 0.2}",
    ),
    "embargo": ("+scenario.measures.stop={policy: embargo, by: [EU27], on: [RUS]}",),
    "small embargo": ("+scenario.measures.stop={policy: embargo, by: [KAZ], on: [RUS]}",),
    "eu_2022": ("scenario=eu_2022",),
}


def representative(baseline: Baseline, *_: object) -> Network:
    """A firm in every cell with the cell's recipe; all buyers of a cell have its origins."""
    regions, sectors = baseline.output.shape
    sector = np.repeat(np.arange(sectors), regions)
    region = np.tile(np.arange(regions), sectors)
    first = regions * np.arange(sectors + 1)
    recipe = (baseline.use / baseline.output[:, None, :]).transpose(0, 2, 1)[region, sector]
    bought, user = np.nonzero(recipe.T > 0)
    buyer_sector = np.concatenate((sector, bought))  # first final demand, then inputs
    buyer_region = np.concatenate((region, region[user]))
    buyer_firm = np.concatenate((np.full(len(sector), -1), user))
    coefficient = np.concatenate((np.zeros(len(sector)), recipe[user, bought]))
    order = np.argsort(buyer_sector, kind="stable")
    buyer_sector, buyer_region = buyer_sector[order], buyer_region[order]
    buyer_firm, coefficient = buyer_firm[order], coefficient[order]
    paid = baseline.trade * (1.0 + baseline.tariff)
    share = (paid / paid.sum(axis=0))[:, buyer_region, buyer_sector].T  # buyer, origin
    sales, inputs = baseline.output[region, sector], recipe.sum(axis=1)
    final = baseline.final[buyer_region, buyer_sector]
    count, places = len(buyer_sector), np.searchsorted(buyer_sector, np.arange(sectors + 1))
    return Network(
        firm_region=region, firm_sector=sector, sales=sales.copy(),
        labour=baseline.labour_share[region, sector] * (1.0 - inputs), value_added=1.0 - inputs,
        variety_low=np.zeros(len(sales)), variety_high=np.ones(len(sales)),
        owner=region.copy(), owner_share=np.zeros(len(sales)),
        firms=first, cells=first[:-1, None] + np.arange(regions + 1),
        buyer_region=buyer_region, buyer_sector=buyer_sector, buyer_firm=buyer_firm,
        spending=np.where(buyer_firm < 0, final, coefficient * sales[buyer_firm]),
        coefficient=coefficient, row=regions * np.arange(count + 1),
        length=np.full(count, regions), buyers=places,
        seller=(first[buyer_sector][:, None] + np.arange(regions)).ravel(), taste=share.ravel(),
        dropped_musd=0.0, last_step=0.0, trader_firms=first[1:],
        trader_buyers=places[1:],
        hubs=np.zeros(0, dtype=np.int64), traders_per_market=0,
    )  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_agent_model_comes_to_rest_where_the_textbook_is(case, monkeypatch):
    settings = nest(sim.load(f"months={MONTHS}", "behaviour.wage_curve=0.5", *CASES[case]))
    loaded = tables(settings)
    baseline = replace(loaded, price_taking=np.zeros_like(loaded.price_taking))
    levers = compile_scenario(settings.scenario, loaded, settings.start, MONTHS).at(MONTHS - 1)
    made = translate(levers, loaded, settings.behaviour, settings.technology, TECHNOLOGY)
    rules = settings.behaviour
    accounts = accounts_of(loaded, rules, markups=True)
    found = with_wage_curve(accounts, made.shock, loaded, rules, "exports", "leontief", "spending")

    monkeypatch.setattr(months, "build_network", representative)
    panel = sim.simulate(settings, baseline)
    agents = panel.relative("regions", "real_consumption")[-6:].mean(axis=0)
    textbook = real_consumption(found, loaded)
    gap = dict(zip(loaded.axes.regions, 100.0 * (agents - textbook), strict=True))
    assert max(map(abs, gap.values())) < AGREE, gap
    assert (case == "none") == bool(np.abs(textbook - 1.0).max() < 1e-3)
    assert case != "none" or max(map(abs, gap.values())) < 1e-4
