"""Fixed coefficients, fixed prices and slack capacity: the month at rest is the Leontief inverse.

The economy is the textbook one of Miller & Blair, Input-Output Analysis (2nd ed. 2009, 3rd ed.
2022), section 2.3.1: Table 2.3 (flows) and Table 2.4 (technical coefficients), two sectors,

    Z = [150 500; 200 100],  f = (350, 1700),  x = (1000, 2000)

whose final demand changes to f = (600, 1500), so that x = (I - A)^-1 f = (1247.5, 1841.6).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.agents import Country
from sim.phases import plan as planning
from sim.policies.measure import Measure
from sim.policies.scenario import Scenario
from sim.state import Economy

FLOWS = np.array([[150.0, 500.0], [200.0, 100.0]])  # Table 2.3
FINAL = np.array([350.0, 1700.0])
OUTPUT = np.array([1000.0, 2000.0])
NEW_FINAL = np.array([600.0, 1500.0])
NEW_OUTPUT = np.array([1247.5, 1841.6])  # as printed
SECTORS = ("AGR", "MAN")
TRADED = 0.2  # of output, where there are two regions

MONTHS = 12
REST = 1e-12  # largest change of a firm's expected sales in a month, relative to the largest firm

# Prices and wages stay (no band, no response), and nothing is short: labour for twice the output,
# capacity for three times. The speeds of adjustment and the stocks keep their defaults: they
# decide the way to the rest and not where it is. Nobody looks for other suppliers on the way.
SLACK = (
    "months=1200", "market.price_band=0", "market.tolerance=1e-14", "market.max_passes=100000",
    "behaviour.spare_capacity=2", "behaviour.unemployment=0.5", "behaviour.wage_response=0",
    "behaviour.price_speed=0", "behaviour.search_rate=0",
)  # fmt: skip


def write_tables(folder: Path, regions: tuple[str, ...]) -> Path:
    """The textbook's economy in the form of `sim.baseline.tables`, once for each region."""
    value_added = 1.0 - FLOWS.sum(axis=0) / OUTPUT
    gdp = float(value_added @ OUTPUT)

    def table(name: str, header: str, rows: list[tuple[object, ...]]) -> None:
        lines = [header, *(",".join(map(str, row)) for row in rows)]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")

    cells = [(r, i) for r in regions for i in range(len(SECTORS))]
    pairs = [(o, d) for o in regions for d in regions if o != d]
    table("regions", "code,name,member,transit", [(r, r, 1, 0) for r in regions])
    header = "code,name,good,criticality,input_cover_months,price_taking"
    table("sectors", header, [(s, s, 1, 1, 1, 0) for s in SECTORS])
    header = "region,gdp_musd,household_consumption_musd,government_consumption_musd,gfcf_musd"
    table("macro", header + ",population", [(r, gdp, FINAL.sum(), 0, 0, 1e6) for r in regions])
    header = "origin,destination,sector,value_musd,quality"
    trade = [(*p, s, TRADED * x, "A") for p in pairs for s, x in zip(SECTORS, OUTPUT, strict=True)]
    table("trade_goods", header, trade)
    table("output", "region,sector,gross_output_musd",
          [(r, SECTORS[i], OUTPUT[i]) for r, i in cells])  # fmt: skip
    recipe = [
        (r, SECTORS[j], SECTORS[i], repr(float(FLOWS[j, i] / OUTPUT[i])))
        for r, i in cells for j in range(len(SECTORS))
    ]  # fmt: skip
    recipe += [(r, "VALUE_ADDED", SECTORS[i], repr(float(value_added[i]))) for r, i in cells]
    table("io_coefficients", "region,input,output_sector,coefficient", recipe)
    table("labour_shares", "region,sector,labour_share", [(r, SECTORS[i], 0.6) for r, i in cells])
    share = FINAL / FINAL.sum()
    table("final_demand_shares", "region,category,sector,share",
          [(r, c, SECTORS[i], repr(float(share[i]))) for r, i in cells
           for c in ("HH", "GOV", "INV")])  # fmt: skip
    table("elasticities", "sector,sigma", [(s, 3) for s in SECTORS])
    return folder


def at_rest(shift: np.ndarray, *overrides: str) -> sim.UnionModel:
    """The model after so many months of final demand at `shift` `[R, S]` that nothing moves."""
    settings = sim.load(*SLACK, *overrides)
    model = sim.UnionModel(settings)
    axes = model.economy.baseline.axes
    measures = [
        Measure(f"{r} {s}", "demand", by=(r,), sectors=(s,), options={"factor": float(factor)})
        for r, row in zip(axes.regions, shift, strict=True)
        for s, factor in zip(axes.sectors, row, strict=True)
    ]
    model = sim.UnionModel(replace(settings, scenario=Scenario(("final demand",), measures)))
    for account in (model.state.deposits, model.state.treasury):
        model.money += 99.0 * account.sum()
        account *= 100.0  # to spend beyond one's income for as long as it takes
    largest = model.economy.network.sales.max()
    for _ in range(settings.months):
        before = model.state.expected
        model.step()
        moved = np.abs(model.state.expected - before).max() / largest
        if moved <= REST and np.allclose(sold(model), made(model), rtol=10 * REST, atol=0):
            return model
    raise AssertionError(f"no rest within {settings.months} months: {moved:.1e}")


def made(model: sim.UnionModel) -> np.ndarray:
    """Output of the last month `[R, S]` units."""
    return model.panel.values("sectors", "output")[model.clock - 1]


def sold(model: sim.UnionModel) -> np.ndarray:
    """Sales of the last month `[R, S]` units."""
    return model.panel.values("sectors", "sales")[model.clock - 1]


def leontief(economy: Economy, shift: np.ndarray) -> np.ndarray:
    """(I - A)^-1 f of the firm network `[N]`: A_gf = units of g's goods in one unit of f's."""
    network = economy.network
    buyer = np.repeat(np.arange(len(network.length)), network.length)
    place = np.concatenate(
        [np.arange(a, a + n) for a, n in zip(network.row[:-1], network.length, strict=True)]
    )
    seller, taste = network.seller[place], network.taste[place]
    region, sector = network.buyer_region[buyer], network.buyer_sector[buyer]
    tariff = economy.baseline.tariff[network.firm_region[seller], region, sector]
    user = network.buyer_firm[buyer]
    bought = taste / (1.0 + tariff)  # units for 1 mUSD at the buyer's price
    firms = len(network.sales)
    a, final = np.zeros((firms, firms)), np.zeros(firms)
    slot = user >= 0
    np.add.at(a, (seller[slot], user[slot]), (bought * network.coefficient[buyer])[slot])
    spending = network.spending[buyer] * shift[region, sector]
    np.add.at(final, seller[~slot], (bought * spending)[~slot])
    return np.linalg.solve(np.eye(firms) - a, final)


@pytest.fixture(autouse=True)
def exogenous(monkeypatch):
    """Households and governments spend what they did in the base year, come what may."""
    spending = "household_spending"
    monkeypatch.setattr(planning, spending, lambda economy, _: economy.private_spending.copy())
    monkeypatch.setattr(Country, "decide", lambda *_: None)


@pytest.mark.parametrize("both", [True, False], ids=["both regions", "one region"])
def test_miller_and_blair_section_2_3_1(tmp_path, both):
    """Two regions that are each the textbook's economy and trade a fifth of their output.

    Final demand becomes the textbook's new one in both, or moves twice as far in one of them.
    World output is the same: all firms of a sector have the same recipe wherever they are, so
    from whom a buyer buys does not change the sum.
    """
    ratio = NEW_FINAL / FINAL
    shift = np.tile(ratio, (2, 1)) if both else np.stack((2.0 * ratio - 1.0, np.ones(2)))
    tables = write_tables(tmp_path, ("ONE", "TWO"))
    model = at_rest(shift, f"baseline.path={tables}", "firms.count=48")
    baseline = model.economy.baseline
    assert baseline.adjustments.empty
    for table, wanted in (("output", OUTPUT), ("use", FLOWS), ("final", FINAL)):
        found = getattr(baseline, table) * MONTHS
        assert found == pytest.approx(np.broadcast_to(wanted, found.shape), rel=1e-14)

    output = made(model).sum(axis=0) * MONTHS / 2.0
    exact = np.linalg.solve(np.eye(2) - FLOWS / OUTPUT, NEW_FINAL)
    assert np.array_equal(np.round(exact, 1), NEW_OUTPUT)
    assert output == pytest.approx(exact, rel=1e-10)
    assert np.all(model.state.price == 1.0)


@pytest.mark.parametrize("band", [0, 0.05])
def test_every_firm_of_a_network_makes_its_row_of_the_leontief_inverse(band):
    """Firm by firm, with tariffs, services and recipes that differ, on the toy baseline.

    A price band changes only the way: at rest a firm sells what it expects, x = x (v/r)^epsilon,
    so v = r, and reference prices stay.
    """
    shift = np.random.default_rng(0).uniform(0.7, 1.3, (3, 3))
    quick = ("behaviour.expectation_speed=0.5", "market.supply_elasticity=3")  # the same rest
    toy = ("baseline=toy", "firms.count=90", "firms.inputs=2", f"market.price_band={band}")
    model = at_rest(shift, *toy, *quick)
    base = model.economy.network.sales
    assert leontief(model.economy, np.ones((3, 3))) == pytest.approx(base, rel=1e-9)
    exact = leontief(model.economy, shift)
    makes = base > 0.0  # traders do not
    assert np.abs(exact[makes] / base[makes] - 1.0).max() > 0.05
    assert model.state.expected == pytest.approx(exact, rel=1e-9)
