"""The network of firms reproduces the tables, and has the shape that the model note asks for."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

import sim
from sim.baseline.balance import Baseline, load_baseline
from sim.baseline.firms import draw_firms
from sim.baseline.network import Network, build_network
from sim.baseline.tables import shipped
from sim.errors import InputError
from sim.params import FirmParams

BAR = 1e-8


@pytest.fixture(scope="module")
def union() -> Baseline:
    return load_baseline(shipped("eaeu"))


@pytest.fixture(scope="module")
def network(union) -> Network:
    return build_network(union, FirmParams(), seed=0)


@pytest.fixture(scope="module")
def links(network) -> dict[str, np.ndarray]:
    """One entry per link in use."""
    buyer = np.repeat(np.arange(len(network.length)), network.length)
    place = network.row[buyer] + np.concatenate([np.arange(n) for n in network.length])
    return {
        "buyer": buyer,
        "seller": network.seller[place],
        "taste": network.taste[place],
        "destination": network.buyer_region[buyer],
        "sector": network.buyer_sector[buyer],
        "origin": network.firm_region[network.seller[place]],
    }


def cells_of(links, network: Network, baseline: Baseline) -> np.ndarray:
    """Trade at the gate `[R, R, S]` that the links carry at base prices."""
    where = (links["origin"], links["destination"], links["sector"])
    reached = np.zeros_like(baseline.trade)
    paid = links["taste"] * network.spending[links["buyer"]]
    np.add.at(reached, where, paid / (1.0 + baseline.tariff[where]))
    return reached


def by_cell(network: Network, baseline: Baseline, values: np.ndarray) -> np.ndarray:
    out = np.zeros(baseline.final.shape)
    np.add.at(out, (network.firm_region, network.firm_sector), values)
    return out


def final_nodes(network: Network, baseline: Baseline) -> np.ndarray:
    """The final-demand buyer of every region and sector, `[R, S]`."""
    nodes = np.flatnonzero(network.buyer_firm < 0)
    out = np.zeros(baseline.final.shape, dtype=int)
    out[network.buyer_region[nodes], network.buyer_sector[nodes]] = nodes
    return out


def test_every_trade_cell_is_reproduced(links, network, union):
    reached = cells_of(links, network, union)
    kept = union.trade * 12 >= 0.01
    assert kept.sum() > 4_000
    assert np.abs(reached[kept] / union.trade[kept] - 1.0).max() <= BAR
    assert (reached[~kept] == 0.0).all()
    dropped = union.trade[~kept].sum() * 12
    assert network.dropped_musd == pytest.approx(dropped)
    assert dropped < 1.0  # million USD a year, of 2e8


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("count", [867, 3_000])
def test_cells_are_met_by_other_networks_too(union, count, seed):
    made = build_network(union, FirmParams(count=count), seed)
    sold = by_cell(made, union, made.sales)
    kept = union.traded.sum(axis=1)
    assert np.abs(sold / kept - 1.0).max() <= BAR
    assert (made.value_added > 0.0).all()


def test_what_does_not_close_is_what_was_dropped(network, union):
    """Output, final demand and value added miss the tables by the dropped cells, no more."""
    dropped = union.trade - union.traded
    sold = by_cell(network, union, network.sales)
    assert np.abs(sold + dropped.sum(axis=1) - union.output).max() < 1e-6
    final = network.spending[final_nodes(network, union)]
    earned = by_cell(network, union, network.sales * network.value_added)
    gaps = {
        "final": 12 * np.abs(final - union.final).sum(),
        "value added": 12 * np.abs(earned - union.value_added).sum(),
    }
    # a cell that is not sold and not bought is missing once on either side
    assert max(gaps.values()) <= 2 * network.dropped_musd, gaps
    assert np.abs(final / union.final - 1.0).max() <= 1e-4
    assert np.abs(earned / union.value_added - 1.0).max() <= 1e-3
    used = np.bincount(
        np.ravel_multi_index(
            (
                network.buyer_region,
                network.buyer_sector,
                np.where(network.buyer_firm < 0, 0, network.firm_sector[network.buyer_firm]),
            ),
            union.use.shape,
        ),
        np.where(network.buyer_firm < 0, 0.0, network.spending),
        minlength=union.use.size,
    ).reshape(union.use.shape)
    assert 12 * np.abs(used - union.use).sum() <= 2 * network.dropped_musd


def test_without_dropped_cells_the_accounts_close_to_rounding():
    toy = load_baseline(shipped("toy"))
    made = build_network(toy, FirmParams(count=500), seed=0)
    assert made.dropped_musd == 0.0
    earned = by_cell(made, toy, made.sales * made.value_added)
    final = made.spending[final_nodes(made, toy)]
    assert np.abs(by_cell(made, toy, made.sales) / toy.output - 1.0).max() <= 1e-10
    assert np.abs(earned / toy.value_added - 1.0).max() <= BAR
    assert np.abs(final / toy.final - 1.0).max() <= BAR


def test_a_firm_sells_its_output_and_keeps_a_margin(network, links):
    paid = links["taste"] * network.spending[links["buyer"]]
    assert (network.sales > 0.0).all()
    assert (network.value_added > 0.0).all()
    assert (network.labour > 0.0).all() and (network.labour <= network.value_added).all()
    # recipes are consistent with sales: what slots spend is what the coefficients say
    slots = network.buyer_firm >= 0
    wanted = network.coefficient[slots] * network.sales[network.buyer_firm[slots]]
    assert np.abs(wanted / network.spending[slots] - 1.0).max() <= 1e-12
    inputs = np.bincount(
        network.buyer_firm[slots], network.coefficient[slots], minlength=len(network.sales)
    )
    assert np.abs(network.value_added + inputs - 1.0).max() <= 1e-12
    assert paid.sum() == pytest.approx(network.spending.sum(), rel=1e-12)


def test_firms_are_as_many_as_asked_and_three_in_every_cell(network, union):
    count = by_cell(network, union, np.ones(len(network.sales)))
    assert count.sum() == 10_000
    assert count.min() >= 3
    free = count > 3.0
    proportional = count[free] / np.sqrt(union.output[free])
    whole = 1.0 / count[free].min()  # numbers are whole
    assert np.abs(proportional / np.median(proportional) - 1.0).max() <= whole


def test_a_cell_that_would_be_empty_is_refused(union):
    build_network(union, FirmParams(count=867), seed=0)
    with pytest.raises(InputError, match=r"firms\.count = 866 .* at least 867"):
        build_network(union, FirmParams(count=866), seed=0)


def test_links_are_proper(network, links):
    tastes = np.bincount(links["buyer"], links["taste"], minlength=len(network.length))
    assert np.abs(tastes - 1.0).max() <= 1e-12
    assert (links["taste"] > 0.0).all()
    assert (network.firm_sector[links["seller"]] == links["sector"]).all()
    pairs = links["buyer"] * len(network.sales) + links["seller"]
    assert len(np.unique(pairs)) == len(pairs)  # a buyer knows a seller once
    room = np.diff(network.row)
    assert (network.length <= room).all()
    slots = network.buyer_firm >= 0
    assert 3.0 < slots.sum() / len(network.sales) < 12.0  # ~6 buyers a firm
    assert 3.0 < network.length[slots].mean() < 6.0  # ~4 links a slot


def test_every_firm_is_reached(network, links):
    assert len(np.unique(links["seller"])) == len(network.sales)


def test_final_demand_sees_all_at_home_and_at_least_two_of_each_origin(network, links, union):
    seen = np.zeros_like(union.trade, dtype=int)
    final = network.buyer_firm[links["buyer"]] < 0
    where = tuple(links[axis][final] for axis in ("origin", "destination", "sector"))
    np.add.at(seen, where, 1)
    trades = union.traded > 0
    assert seen[trades].min() >= 2
    assert (seen[~trades] == 0).all()
    own = np.arange(len(union.axes.regions))
    firms = by_cell(network, union, np.ones(len(network.sales)))
    assert (seen[own, own] == firms)[trades[own, own]].all()
    # half of an origin's exporters, rounded up
    abroad = trades.copy()
    abroad[own, own] = False
    half = np.maximum(np.ceil(0.5 * firms), 2)[:, None, :]
    assert (seen == half)[abroad].all()


def test_varieties_of_a_cell_are_shared_out_without_gap_or_overlap(network, union):
    low, high = network.variety_low, network.variety_high
    assert (low >= 0.0).all() and (high <= 1.0).all() and (low < high).all()
    cell = network.firm_region * len(union.axes.sectors) + network.firm_sector
    order = np.lexsort((low, cell))
    first = np.concatenate(([True], np.diff(cell[order]) > 0))
    last = np.concatenate((first[1:], [True]))
    assert np.abs(low[order][first]).max() <= 1e-8
    assert np.abs(high[order][last] - 1.0).max() <= 1e-8
    inner = ~last[:-1]
    assert np.abs(high[order][:-1] - low[order][1:])[inner].max() <= 1e-8
    # a firm makes as many varieties as it sells of the cell
    share = network.sales / by_cell(network, union, network.sales).ravel()[cell]
    assert np.abs((high - low) - share).max() <= 1e-8


def test_a_coverage_bars_its_share_of_every_flow(network, links, union):
    """A third of the varieties covered is about a third of a cell's trade, not 0 or 1."""
    low, high = network.variety_low[links["seller"]], network.variety_high[links["seller"]]
    barred = np.clip((1 / 3 - low) / (high - low), 0.0, 1.0)
    flow = links["taste"] * network.spending[links["buyer"]]
    eu, rus = union.axes.region("EU27"), union.axes.region("RUS")
    pair = (links["origin"] == eu) & (links["destination"] == rus)
    assert (barred * flow)[pair].sum() / flow[pair].sum() == pytest.approx(1 / 3, abs=0.05)


def test_ownership_follows_the_table(network, union):
    row = union.ownership.frame.iloc[0]
    host, owner = union.axes.region(row.host), union.axes.region(row.owner)
    here = network.firm_region == host
    foreign = here & (network.owner != network.firm_region)
    assert (network.owner[foreign] == owner).all()
    assert set(np.unique(network.owner_share[foreign])) <= {0.5, 1.0}
    held = (network.owner_share * network.sales)[foreign].sum() / network.sales[here].sum()
    assert held == pytest.approx(row.profit_share, rel=0.02) and held <= row.profit_share
    elsewhere = ~np.isin(
        network.firm_region, [union.axes.region(h) for h in union.ownership["host"]]
    )
    assert (network.owner_share[elsewhere] == 0.0).all()


def test_sizes_follow_a_pareto_with_axtells_exponent():
    """Hill's estimator over all cells; the truncation at 1,000 biases it up by 0.005."""
    toy = load_baseline(shipped("toy"))
    firms = draw_firms(toy, FirmParams(count=90_000), seed=3)
    logs, degrees = 0.0, 0
    for s in range(3):
        for r in range(3):
            size = firms.weight[firms.cells[s, r] : firms.cells[s, r + 1]]
            assert (np.diff(size) <= 0.0).all()  # ordered by falling size
            assert size.sum() == pytest.approx(1.0)
            assert size.max() / size.min() <= 1_000.0
            logs += np.log(size / size.min()).sum()
            degrees += len(size) - 1
    hill = degrees / logs
    spread = hill / np.sqrt(degrees)
    assert hill == pytest.approx(1.065, abs=4 * spread)
    assert spread < 0.005


def test_the_tail_of_the_calibrated_sales_is_still_heavy(network):
    """Calibration moves sizes, but the largest firms of a cell stay the largest by far."""
    cell = network.firm_region * 17 + network.firm_sector
    largest = np.zeros(289)
    np.maximum.at(largest, cell, network.sales)
    total = np.bincount(cell, network.sales)
    number = np.bincount(cell)
    many = number >= 30
    assert np.median(largest[many] / total[many] * number[many]) > 5.0  # times the mean firm


def test_the_network_knows_neither_scenario_nor_horizon(union):
    plain = sim.UnionModel(sim.load("firms.count=900", "months=1", "scenario=none"), union)
    other = sim.UnionModel(
        sim.load("firms.count=900", "months=9", "scenario=embargo", "start=2023-05"), union
    )
    assert identical(plain.economy.network, other.economy.network)


def test_same_seed_same_network_another_seed_another(union):
    params = FirmParams(count=900)
    one = build_network(union, params, seed=5)
    assert identical(one, build_network(union, params, seed=5))
    other = build_network(union, params, seed=6)
    assert not np.array_equal(one.sales, other.sales)
    assert not np.array_equal(one.variety_low, other.variety_low)
    assert not (len(one.seller) == len(other.seller) and np.array_equal(one.seller, other.seller))


def identical(one: Network, other: Network) -> bool:
    return all(
        np.array_equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(Network)
    )
