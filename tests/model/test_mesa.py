"""Drive the model the way a Mesa user would."""

from __future__ import annotations

import gc
import weakref

import mesa
import numpy as np
import pytest
from mesa.datacollection import DataCollector

import sim
from sim.agents import Country, Firm

SMALL = ("baseline=toy", "firms.count=60", "months=6", "traders=off")
MEASURE = "+scenario.measures.cut={policy: embargo, by: [WLD], on: [NOR], start: 2022-02-01}"


@pytest.fixture
def model(toy) -> sim.UnionModel:
    return sim.UnionModel(sim.load(*SMALL), toy)


@pytest.fixture
def shaken(toy) -> sim.UnionModel:
    return sim.UnionModel(sim.load(*SMALL, MEASURE), toy)


def test_it_is_a_mesa_model_of_countries_and_firms(model):
    assert isinstance(model, mesa.Model)
    assert set(model.agent_types) == {Country, Firm}
    assert len(model.agents_by_type[Country]) == 3
    assert len(model.agents_by_type[Firm]) == 60
    assert [country.code for country in model.countries] == ["NOR", "SUD", "WLD"]
    assert len({agent.unique_id for agent in model.agents}) == 63


def test_steps_are_the_months_of_the_clock(model):
    assert (model.steps, model.clock, str(model.month)) == (0, 0, "2022-01")
    for month in range(1, 4):
        model.step()
        assert model.steps == model.clock == model.panel.written == month
    assert str(model.month) == "2022-04"


def test_select(model):
    exporters = model.agents.select(lambda a: isinstance(a, Firm) and a.region == "NOR")
    assert len(exporters) == np.sum(model.economy.network.firm_region == 0)
    assert len(model.agents.select(agent_type=Country)) == 3
    members = model.agents_by_type[Country].select(lambda country: country.member)
    assert sorted(country.code for country in members) == ["NOR", "SUD"]
    largest = next(iter(model.agents_by_type[Firm].sort("base_sales", ascending=False)))
    assert largest.base_sales == model.economy.network.sales.max()


def test_groupby(model, toy):
    by_region = model.agents_by_type[Firm].groupby("region")
    assert set(by_region.groups) == {"NOR", "SUD", "WLD"}
    count = by_region.count()
    assert sum(count.values()) == 60
    output = by_region.agg("base_sales", sum)
    for region, total in zip(toy.axes.regions, toy.output.sum(axis=1), strict=True):
        assert output[region] == pytest.approx(total)
    of_sector = model.agents_by_type[Firm].groupby(lambda firm: firm.sector, result_type="list")
    assert {sector: len(firms) for sector, firms in of_sector} == {
        code: int(np.sum(model.economy.network.firm_sector == s))
        for s, code in enumerate(toy.axes.sectors)
    }


def test_agg_get_and_do(shaken):
    firms = shaken.agents_by_type[Firm]
    assert firms.agg("price", min) == firms.agg("price", max) == 1.0
    for _ in range(3):
        shaken.step()
    assert firms.agg("price", max) > 1.0
    assert firms.agg("cash", sum) == pytest.approx(shaken.state.cash.sum())
    assert firms.get("stock") == shaken.state.stock.tolist()
    assert all(firms.get("active"))
    countries = shaken.agents_by_type[Country]
    assert min(countries.map("spend")) > 0.0


def test_asking_countries_changes_nothing(shaken, toy):
    other = sim.UnionModel(sim.load(*SMALL, MEASURE), toy)
    for _ in range(6):
        shaken.step()
        other.agents_by_type[Country].shuffle_do("spend")
        other.step()
    assert other.panel.digest == shaken.panel.digest


def test_a_datacollector_of_scalars(shaken):
    collector = DataCollector(
        model_reporters={
            "month": lambda m: str(m.month),
            "money": lambda m: m.state.money(m.economy),
            "cpi_nor": lambda m: m.countries[0].cpi,
            "dearest": lambda m: m.agents_by_type[Firm].agg("price", max),
        },
        agenttype_reporters={
            Country: {"gdp": "gdp", "consumption": "real_consumption", "wage": "wage"},
            Firm: {"price": "price"},
        },
    )
    for _ in range(4):
        shaken.step()
        collector.collect(shaken)
    table = collector.get_model_vars_dataframe()
    assert list(table["month"]) == ["2022-02", "2022-03", "2022-04", "2022-05"]
    assert table["money"].to_numpy() == pytest.approx(shaken.money)
    assert table["cpi_nor"].to_numpy() == pytest.approx(shaken.panel.values("regions", "cpi")[:, 0])
    assert table["dearest"].nunique() == 4  # values, not windows on today
    gdp = collector.get_agenttype_vars_dataframe(Country)["gdp"].unstack()
    assert gdp.to_numpy() == pytest.approx(shaken.panel.values("regions", "gdp_musd"))
    assert len(collector.get_agenttype_vars_dataframe(Firm)) == 4 * 60


def test_a_country_shows_its_region(shaken):
    shaken.step()
    nor, panel = shaken.countries[0], shaken.panel
    assert nor.name == "Northland" and nor.member and not shaken.countries[2].member
    assert nor.gdp == panel.values("regions", "gdp_musd")[0, 0]
    assert nor.real_consumption == panel.values("regions", "real_consumption")[0, 0]
    assert nor.deposits == panel.values("regions", "household_deposits_musd")[0, 0]
    assert nor.wage == pytest.approx(1.0, abs=0.1)


def test_a_firm_is_a_window_on_its_row(shaken):
    firm = shaken.firm(7)
    assert firm.row == 7 and firm is shaken.firm(7)
    for name in ("price", "reference", "expected", "stock", "capacity", "cash", "active"):
        assert getattr(firm, name) == getattr(shaken.state, name)[7]
        assert isinstance(getattr(firm, name), float | bool)
    shaken.step()
    shaken.step()
    assert firm.cash == shaken.state.cash[7]
    assert firm.region in shaken.economy.baseline.axes.regions
    assert firm.sector == shaken.economy.baseline.axes.sectors[0]
    assert firm.owner == shaken.economy.baseline.axes.regions[shaken.economy.network.owner[7]]
    with pytest.raises(AttributeError):
        firm.no_such_thing  # noqa: B018


def test_suppliers_of_a_firm_sell_what_it_uses(model):
    firm = model.firm(0)
    rows = firm.suppliers()
    assert rows.size and len(set(rows.tolist())) == rows.size
    used = {model.firm(int(row)).sector for row in rows}
    network = model.economy.network
    wanted = {
        model.economy.baseline.axes.sectors[s]
        for s in network.buyer_sector[network.buyer_firm == 0]
    }
    assert used == wanted


def test_windows_cannot_be_written_through(model):
    """State moves by phases; a firm's attribute is there to be read."""
    firm = model.firm(3)
    with pytest.raises(AttributeError):
        firm.price = 9.0
    assert firm.price == model.state.price[3] == 1.0


def test_firms_are_agents_up_to_a_number_and_on_demand_above_it(toy):
    few = sim.UnionModel(sim.load(*SMALL, "firms.agents=59"), toy)
    assert set(few.agent_types) == {Country}
    firm = few.firm(12)
    assert isinstance(firm, Firm) and firm is few.firm(12)
    assert firm in few.agents and len(few.agents) == 4
    assert few.firm(59).price == 1.0
    for row in (60, -1):
        with pytest.raises(IndexError, match="there are 60 firms"):
            few.firm(row)
    all_of_them = sim.UnionModel(sim.load(*SMALL, "firms.agents=60"), toy)
    assert len(all_of_them.agents_by_type[Firm]) == 60


def test_the_number_of_windows_moves_nothing(toy):
    digests = {
        sim.simulate(sim.load(*SMALL, MEASURE, f"firms.agents={n}"), toy).digest for n in (0, 100)
    }
    assert len(digests) == 1


def test_traders_are_firms_too(toy):
    """They have rows and windows like everybody, and do nothing while nothing is barred."""
    model = sim.UnionModel(sim.load(*SMALL[:3], "firms.count=60"), toy)
    firms = model.agents_by_type[Firm]
    assert len(firms) == len(model.economy.cell) == 60 + len(model.economy.traders)
    model.step()
    idle = firms.select(lambda firm: not firm.active)
    assert sorted(firm.row for firm in idle) == sorted(model.economy.traders)
    assert idle.agg("cash", sum) == 0.0


def test_two_models_side_by_side_do_not_know_each_other(toy):
    alone = sim.simulate(sim.load(*SMALL, MEASURE), toy).digest
    one, two = (sim.UnionModel(sim.load(*SMALL, MEASURE, f"seed={s}"), toy) for s in (0, 1))
    for _ in range(6):
        one.step()
        two.step()
    assert one.panel.digest == alone != two.panel.digest


def test_a_model_that_nobody_holds_is_gone(toy):
    # Mesa's table of agents' numbers kept every model: 60 MB a run of a sweep, for good
    model = sim.UnionModel(sim.load(*SMALL), toy)
    model.step()
    assert [agent.unique_id for agent in model.agents] == list(range(1, 64))
    trace = weakref.ref(model)
    del model
    gc.collect()
    assert trace() is None
