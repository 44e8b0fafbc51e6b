"""An output is one record: what is said of a column anywhere comes from there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from sim.record import columns
from sim.record.columns import REGIONS, TABLES, TRADE, Column
from sim.record.summary import summary

DOCUMENT = Path(__file__).parents[2] / "docs" / "outputs.md"


def test_every_column_says_what_it_is():
    for table in TABLES:
        assert len(set(table.variables)) == len(table.columns) and table.meaning
        for column in table.columns:
            assert column.unit and column.meaning and column.change in columns.KINDS


def test_a_kind_of_change_that_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="change = 'percent'"):
        Column("x", "share", "percent", "a typing error")


def test_a_change_is_told_in_the_unit_of_its_kind():
    assert REGIONS["cpi"].changed(np.array(1.1), np.array(1.0)) == pytest.approx(10.0)
    assert REGIONS["unemployment"].changed(np.array(0.07), np.array(0.05)) == pytest.approx(2.0)
    balance = REGIONS["government_balance_musd"]
    assert balance.changed(np.array(-3.0), np.array(2.0)) == -5.0
    assert balance.change_unit == "M USD"


def test_the_documentation_is_the_record():
    assert DOCUMENT.read_text(encoding="utf-8") == columns.document(), (
        "python -m sim.record.columns > docs/outputs.md"
    )


def test_the_summary_takes_units_from_the_record(synthetic):
    lines = {line.indicator: line for line in summary(synthetic.make(months=2))}
    assert tuple(lines) == REGIONS.variables
    for column in REGIONS.columns:
        line = lines[column.name]
        assert (line.unit, line.change_unit) == (column.unit, column.change_unit)


def test_parquet_says_what_its_columns_are(synthetic, tmp_path):
    from sim.record.store import write_run

    panel = synthetic.make(synthetic.TOY, months=2)
    folder = write_run(tmp_path, "x", "0123456789ab", panel, "a: 1\n", {})
    schema = pq.read_schema(folder / "trade.parquet")
    for column in TRADE.columns:
        told = schema.field(column.name).metadata
        assert told[b"unit"].decode() == column.unit
        assert told[b"meaning"].decode() == column.meaning
