"""The limits an economist tries first: tiny and empty sectors, no trade, any unit, high tariffs."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.baseline import load_baseline, shipped
from sim.baseline.network import build_network
from sim.params import FirmParams

REST = 1e-9
Row = dict[str, str]


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped("toy"), tmp_path / "toy"))


def rows(folder: Path, name: str) -> list[Row]:
    text = (folder / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in text if not line.startswith("#")))


def change(folder: Path, name: str, edit: Callable[[Row], Row | None]) -> None:
    """Rewrite a file row by row; None drops the row."""
    old = rows(folder, name)
    kept = [new for row in old if (new := edit(dict(row))) is not None]
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(old[0]))
        writer.writeheader()
        writer.writerows(kept)


def in_units(folder: Path, factor: float) -> None:
    """All money of a folder times a factor."""
    for path in folder.glob("*.csv"):
        scaled = lambda row: {  # noqa: E731
            k: repr(float(v) * factor) if k.endswith("_musd") else v for k, v in row.items()
        }
        change(folder, path.name, scaled)


def without_trade(folder: Path) -> None:
    for name in ("trade_goods.csv", "trade_services.csv"):
        change(folder, name, lambda row: None)
        (folder / name).write_text("origin,destination,sector,value_musd,quality\n")


def hardly_any(folder: Path, output: float) -> None:
    """SUD makes next to no RAW and trades none; its GDP agrees."""
    cell = {"region": "SUD", "sector": "RAW"}
    change(folder, "trade_goods.csv", lambda row: (
        None if row["sector"] == "RAW" and "SUD" in (row["origin"], row["destination"]) else row
    ))  # fmt: skip
    change(folder, "output.csv", lambda row: (
        row | {"gross_output_musd": repr(output)} if cell.items() <= row.items() else row
    ))  # fmt: skip
    change(folder, "macro.csv", lambda row: (
        row | {"gdp_musd": repr(3360 - 720 + 0.6 * output)} if row["region"] == "SUD" else row
    ))  # fmt: skip


def ran(folder: Path, *overrides: str, months: int = 6, firms: int = 60) -> sim.Panel:
    return sim.simulate(
        sim.load(f"baseline.path={folder}", f"firms.count={firms}", f"months={months}", *overrides)
    )


def at_rest(panel: sim.Panel) -> bool:
    gdp = panel.relative("regions", "real_gdp")
    return bool(np.abs(gdp - 1).max() <= REST and worst(panel) <= REST)


def worst(panel: sim.Panel) -> float:
    return float(panel.residuals.select_dtypes("number").abs().max().max())


@pytest.mark.parametrize("output", [10.0, 0.009, 1e-6, 1e-12, 0.0])
def test_a_sector_that_is_hardly_there_rests_and_is_no_crash(toy, output):
    hardly_any(toy, output)
    assert at_rest(ran(toy))
    told = " ".join(load_baseline(toy).notes())
    assert ("no output in SUD RAW" in told) == (output < 1e-9 * 6000)


def test_output_of_zero_beside_imports_rests(toy):
    """A region that only imports a good: no firm of size makes it there."""
    cell = {"region": "SUD", "sector": "RAW"}
    change(toy, "output.csv", lambda row: (
        row | {"gross_output_musd": "0"} if cell.items() <= row.items() else row
    ))  # fmt: skip
    change(toy, "trade_goods.csv", lambda row: (
        None if (row["origin"], row["sector"]) == ("SUD", "RAW") else row
    ))  # fmt: skip
    change(toy, "macro.csv", lambda row: (
        row | {"gdp_musd": "2640"} if row["region"] == "SUD" else row
    ))  # fmt: skip
    panel = ran(toy)
    assert at_rest(panel)
    made = panel.base("sectors", "output")[panel.axes.region("SUD")]
    assert made[0] < 1e-8 * made.sum()


def test_a_sector_without_inputs_rests(toy):
    """Domestic staff: value added is all of its output."""
    change(toy, "io_coefficients.csv", lambda row: (
        row | {"coefficient": "1" if row["input"] == "VALUE_ADDED" else "0"}
        if (row["region"], row["output_sector"]) == ("NOR", "SER") else row
    ))  # fmt: skip
    change(toy, "macro.csv", lambda row: (
        row | {"gdp_musd": "13500"} if row["region"] == "NOR" else row
    ))  # fmt: skip
    assert at_rest(ran(toy))


def test_tables_without_any_trade_run_and_rest(toy):
    without_trade(toy)
    panel = ran(toy)
    assert at_rest(panel)
    assert not panel.bilateral()[0].any()


@pytest.mark.parametrize("more", [(), ("traders=off", "technology=off")])
@pytest.mark.parametrize("start", ["", ",start:2022-04-01"])
def test_an_embargo_of_all_on_all_runs_to_the_end(more, start):
    embargo = f"scenario.measures.m={{policy:embargo,by:[all],on:[all]{start}}}"
    settings = sim.load("baseline=toy", *more, "firms.count=60", "months=12", embargo)
    panel = sim.simulate(settings)
    assert panel.written == 12 and worst(panel) <= REST
    assert not panel.bilateral()[0][-1].any()
    assert np.isfinite(panel.values("regions", "cpi")).all()


@pytest.mark.parametrize("factor", [1e-9, 1e-6, 1e-3, 1e3, 1e6])
def test_any_unit_of_money_gives_the_same_real_results(toy, factor):
    """Millions, billions, trillions, thousands: an embargo costs what it costs."""
    cut = "scenario.measures.m={policy:embargo,by:[WLD],on:[NOR],sectors:[MAN],start:2022-03-01}"
    plain = ran(toy, cut, months=8)
    in_units(toy, factor)
    other = ran(toy, cut, months=8)
    for name in ("real_gdp", "real_consumption", "cpi", "exports_musd"):
        one, two = plain.relative("regions", name), other.relative("regions", name)
        np.testing.assert_allclose(two, one, rtol=1e-6)
    assert np.abs(plain.relative("regions", "real_gdp") - 1).max() > 0.01


def test_what_was_dropped_and_moved_is_told():
    union = load_baseline(shipped("eaeu"))
    told = union.account()
    assert told["dropped"]["cells"] == 94
    assert 0 < told["dropped"]["musd_a_year"] == union.dropped < 1
    assert told["moved"]["use"]["cells"] == (union.adjustments["table"] == "use").sum()
    assert any("94 flows below" in line and "0.41 mUSD" in line for line in union.notes())
    assert any("balancing moved final demand by" in line for line in union.notes())


def test_the_account_stands_in_the_manifest(tmp_path):
    import json

    from sim.run import complete

    settings = sim.load(
        "baseline=toy", "firms.count=40", "months=1", f"output.folder={tmp_path}/results"
    )
    manifest = json.loads((complete(settings).folder / "manifest.json").read_text())
    assert manifest["tables"] == load_baseline(shipped("toy")).account()
    assert manifest["tables"]["absent"] == [
        "customs_share of regions.csv (0: none do)",
        "ghosts of regions.csv (1)",
        "egovernment.csv (1 everywhere)",
    ]


def test_a_tariff_of_270_percent_rests_and_is_paid(toy):
    change(toy, "tariffs.csv", lambda row: (
        row | {"tariff_pct": "270"} if row["importer"] == "NOR" else row
    ))  # fmt: skip
    panel = ran(toy)
    assert at_rest(panel)
    assert panel.base("regions", "tariff_revenue_musd")[0] > 300  # on imports of 155 a month


@pytest.mark.parametrize("highest", ["0.1", "1.2"])
def test_tariffs_that_look_like_fractions_are_remarked_on(toy, highest):
    def as_fraction(row):
        return row | {"tariff_pct": str(float(row["tariff_pct"]) / 100)}

    with (toy / "tariffs.csv").open("a", encoding="utf-8") as file:
        for exporter, importer in (("NOR", "SUD"), ("SUD", "NOR")):
            for sector in ("RAW", "MAN", "SER"):
                file.write(f"{importer},{exporter},{sector},5\n")
    change(toy, "tariffs.csv", as_fraction)
    text = (toy / "tariffs.csv").read_text(encoding="utf-8")
    (toy / "tariffs.csv").write_text(text.replace(",0.1\n", f",{highest}\n", 1), encoding="utf-8")
    (remark,) = load_baseline(toy).remarks
    assert f"the highest is {highest} %: tariff_pct is in percent, 5 is 5 %" in remark


def test_a_measure_of_900_percent_closes_a_market():
    tariff = "scenario.measures.m={policy:tariff,by:[NOR],on:[WLD],sectors:[MAN],rate:9}"
    panel = sim.simulate(sim.load("baseline=toy", "firms.count=60", "months=12", tariff))
    assert panel.bilateral()[0][-1][2, 0] < 0.6 * panel.bilateral()[1][2, 0]
    assert worst(panel) <= REST


def test_many_cells_and_few_firms_is_one_line(toy):
    with pytest.raises(sim.InputError, match=r"firms\.count = 26 is too small: 3 regions x 3") as e:
        ran(toy, firms=26)
    assert "\n" not in str(e.value)


@pytest.mark.parametrize("member", ["0", "1"])
def test_a_union_of_nobody_or_of_everybody_runs(toy, member):
    change(toy, "regions.csv", lambda row: row | {"member": member})
    assert at_rest(ran(toy))


def test_nobody_to_buy_from_is_named_before_any_kernel():
    from dataclasses import replace

    toy = load_baseline(shipped("toy"))
    trade = toy.trade.copy()
    trade[:, 1, 0] = 0.0
    broken = replace(toy, trade=trade)
    with pytest.raises(sim.InputError, match=r"nobody sells RAW to SUD .*; give it output"):
        build_network(broken, FirmParams(count=60), 0)


def test_too_much_memory_is_one_line_before_anything_is_tried(monkeypatch):
    from sim.baseline import memory
    from sim.prepared import prepare

    monkeypatch.setattr(memory, "free", lambda: 4_000_000_000)
    settings = sim.load("baseline=toy", "firms.count=2000000", "months=2")
    with pytest.raises(sim.InputError, match=r"2,000,000 over 3 .* GB are free; lower") as caught:
        prepare(settings)
    assert "\n" not in str(caught.value)
    memory.require_memory(17, 17, 100_000, 36)  # that has been run
