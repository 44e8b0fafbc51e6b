"""The summary's numbers are those of the panel; the closing table shows the same."""

import csv

import numpy as np
import pytest
from rich.console import Console

from sim.record.columns import REGIONS
from sim.record.summary import closing_table, main_partners, summary, write_summary
from sim.record.words import signed


def test_numbers_by_hand(synthetic, tmp_path):
    panel = synthetic.make(months=15)
    write_summary(panel, tmp_path / "summary.csv")
    with (tmp_path / "summary.csv").open() as file:
        rows = {(row["region"], row["indicator"]): row for row in csv.DictReader(file)}
    assert len(rows) == 17 * len(REGIONS.columns)
    r = panel.axes.region("RUS")
    cpi = panel.regions[panel.regions.region == "RUS"].cpi.to_numpy()
    row = rows["RUS", "cpi"]
    assert float(row["last_month"]) == pytest.approx(cpi[-1], rel=1e-7)
    assert float(row["change_last_month"]) == pytest.approx(100 * (cpi[-1] - 1), abs=1e-5)
    assert float(row["change_last_12_months"]) == pytest.approx(
        100 * (cpi[-12:].mean() - 1), abs=1e-5
    )
    row = rows["RUS", "unemployment"]
    jobless = panel.values("regions", "unemployment")[-1, r]
    assert row["change_unit"] == "points"
    assert float(row["change_last_month"]) == pytest.approx(100 * (jobless - 0.05), abs=1e-5)


def test_at_rest_all_changes_are_plain_zero(synthetic):
    lines = summary(synthetic.make(months=2, shock=0.0))
    assert {str(line.change_last_month) for line in lines} == {"0.0"}


def test_main_partners_are_the_largest_outside_the_union(synthetic):
    panel = synthetic.make(months=1)
    trade = {
        code: out + into
        for code, (out, into) in synthetic.TRADE_OF_RUS_BN.items()
        if code not in panel.axes.members
    }
    found = [panel.axes.regions[r] for r in main_partners(panel, 2)]
    assert set(found) <= set(sorted(trade, key=trade.get)[-4:])
    assert len(main_partners(panel, 99)) == 12


def test_the_table_fits_80_columns_and_shows_the_summary(synthetic):
    panel = synthetic.make(months=15)
    console = Console(width=80, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(closing_table(panel))
    text = console.export_text()
    assert "…" not in text and "eu_2022: 2023-03 against the baseline" in text
    russia = next(line for line in text.splitlines() if "Russia" in line)
    change = next(
        line.change_last_month
        for line in summary(panel)
        if (line.region, line.indicator) == ("RUS", "real_gdp")
    )
    assert signed(change) in russia
    for code, name in zip(panel.axes.regions, panel.axes.region_names, strict=True):
        assert (name in text) == (
            code in panel.axes.members or panel.axes.region(code) in np.array(main_partners(panel))
        )
