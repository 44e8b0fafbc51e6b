"""How relationships weigh and change, against numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bench import MAN, NOR, RAW, SUD, WLD, Bench

from sim.market.relations import openness
from sim.phases.suppliers import adapt_relationships


@pytest.mark.parametrize(
    ("covered", "low", "high", "share"),
    [
        (0.0, 0.2, 0.6, 1.0),
        (0.2, 0.2, 0.6, 1.0),
        (0.5, 0.2, 0.6, 0.25),
        (0.6, 0.2, 0.6, 0.0),
        (1.0, 0.2, 0.6, 0.0),
        (0.3, 0.0, 1.0, 0.7),
    ],
)
def test_openness_is_the_share_of_varieties_left(covered, low, high, share):
    assert openness(covered, low, high) == pytest.approx(share)


def cut(bench: Bench, covered: float, factor: float = 1.0):
    """A border with a part of WLD's manufactures barred from SUD, and relations at `factor`."""
    coverage = np.zeros((3, 3, 3))
    coverage[WLD, SUD, MAN] = covered
    relations = np.ones((3, 3))
    relations[WLD, SUD] = factor
    border = bench.border(coverage=coverage, relations=relations)
    links = bench.links()
    there = (links["origin"] == WLD) & (links["destination"] == SUD) & (links["sector"] == MAN)
    return border, {name: values[there] for name, values in links.items()}


@pytest.mark.parametrize("relation", [0.1, 0.5, 1.0, 1.4])
@pytest.mark.parametrize("factor", [1.0, 1.4])
@pytest.mark.parametrize("covered", [0.0, 0.4, 1.0])
def test_weights_are_usable_capital_times_cost(bench, covered, factor, relation):
    border, links = cut(bench, covered, factor)
    place, network = links["place"], bench.economy.network
    bench.state.links.relation[place] = relation
    bench.state.links.stirred[:] = True  # it is not by a rule that the capital moved
    bench.clear(border=border)
    low, high = network.variety_low[links["seller"]], network.variety_high[links["seller"]]
    part = np.clip((high - covered) / (high - low), 0.0, 1.0)
    usable = np.minimum(relation, part * max(relation, factor))
    if covered == 0.0:
        usable[:] = relation
    assert bench.market.weights.weight[place] == pytest.approx(
        bench.state.links.taste[place] * usable
    )
    assert bench.market.weights.net[place] == pytest.approx(
        bench.market.weights.weight[place] / 1.1
    )  # tariff


def test_a_dearer_border_weighs_with_one_less_sigma(bench):
    _, links = cut(bench, 0.0)
    border_cost, payment_cost = np.ones((3, 3, 3)), np.zeros((3, 3))
    border_cost[WLD, SUD, MAN], payment_cost[WLD, SUD] = 1.2, 0.3
    bench.clear(border=bench.border(border_cost=border_cost, payment_cost=payment_cost))
    sigma = bench.economy.baseline.sigma[MAN]
    delivered = (1.0 + 0.1 + 0.3) / 1.1 * 1.2
    weight = bench.state.links.taste[links["place"]] * delivered ** (1.0 - sigma)
    assert bench.market.weights.weight[links["place"]] == pytest.approx(weight)
    assert bench.market.weights.net[links["place"]] == pytest.approx(weight / 1.4)


def related(bench: Bench, border) -> None:
    """One month's change of relationships, after the markets saw the border."""
    bench.clear(border=border)
    adapt_relationships(bench.world, bench.month(border))


def test_relationships_decay_where_barred_by_the_barred_share(bench):
    border, links = cut(bench, 0.4)
    network = bench.economy.network
    before = bench.state.links.relation.copy()
    related(bench, border)
    low, high = network.variety_low[links["seller"]], network.variety_high[links["seller"]]
    target = np.clip((high - 0.4) / (high - low), 0.0, 1.0)
    after = bench.state.links.relation[links["place"]]
    assert after == pytest.approx(1.0 + 0.064 * (target - 1.0))
    assert {0.0, 1.0} <= set(target)  # some bear it all, some nothing
    untouched = np.ones(len(before), dtype=bool)
    untouched[links["place"]] = False
    assert np.array_equal(bench.state.links.relation[untouched], before[untouched])


def test_relationships_grow_towards_better_relations(bench):
    border, links = cut(bench, 0.0, factor=1.5)
    bench.state.links.relation[links["place"][0]] = 1.8
    related(bench, border)
    after = bench.state.links.relation[links["place"]]
    assert after[1:] == pytest.approx(1.0 + 0.1 * (1.5 - 1.0))
    assert after[0] == pytest.approx(1.8 + 0.064 * (1.5 - 1.8))


def test_the_ties_of_a_foreign_owned_firm_last_longer(bench):
    _, links = cut(bench, 0.0)
    bought = links["user"] >= 0
    user = links["user"][bought][0]
    owner = bench.economy.network.owner.copy()
    owner[user] = WLD
    bench.economy = replace(bench.economy, network=replace(bench.economy.network, owner=owner))
    border, _ = cut(bench, 1.0)
    related(bench, border)
    after, own = bench.state.links.relation[links["place"]], links["user"] == user
    assert after[own] == pytest.approx(1.0 - 0.5 * 0.064)
    assert after[~own] == pytest.approx(1.0 - 0.064)


def test_ties_to_a_firm_that_closed_wear_off(bench):
    f = bench.firm(NOR, RAW, 1)
    bench.state.active[f] = False
    related(bench, bench.border())
    links = bench.links()
    gone = links["place"][links["seller"] == f]
    assert gone.size
    assert bench.state.links.relation[gone] == pytest.approx(1.0 - 0.064)


def test_local_content_costs_what_is_asked_beyond_what_is_bought_at_home(bench):
    """NOR and SUD are members and at home with each other; only WLD's goods get dearer."""
    trade = bench.economy.baseline.trade[:, SUD, MAN]
    domestic = (trade[NOR] + trade[SUD]) / trade.sum()
    for asked in (0.5 * domestic, domestic + 0.1):
        content = np.zeros((3, 3))
        content[SUD, MAN] = asked
        neutral = bench.border().wedges.border
        border = bench.border(local_content=content).wedges.border
        dearer = border / neutral
        extra = bench.economy.behaviour.local_content_cost * max(asked - domestic, 0.0)
        assert dearer[MAN, SUD, WLD] == pytest.approx(1.0 + extra)
        dearer[MAN, SUD, WLD] = 1.0
        assert (dearer == 1.0).all()
