"""A folder of tables is read as published, or refused with file, line, value and remedy."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.baseline import read_tables, shipped
from sim.baseline.data.make_toy import write_toy
from sim.errors import InputError


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped("toy"), tmp_path / "toy"))


@pytest.fixture(scope="module")
def eaeu():
    return read_tables(shipped("eaeu"))


def edit(folder: Path, name: str, old: str, new: str) -> int:
    """Replace one text in a file; the line (from 1) where it stood."""
    path = folder / name
    text = path.read_text()
    assert text.count(old) == 1, f"{old!r} must occur once in {name}"
    path.write_text(text.replace(old, new))
    return text[: text.index(old)].count("\n") + 1


BAD_CELLS = [  # file, row as it stands, row as corrupted, what the message must hold
    ("trade_goods.csv", "NOR,SUD,RAW,600,A", "NOR,SUD,RAW,-600,A", ["-600", "reverse flow"]),
    ("trade_goods.csv", "NOR,SUD,RAW,600,A", "NOR,SUD,RAW,,A", ["value_musd is empty", "dot"]),
    ("trade_goods.csv", "NOR,SUD,RAW,600,A", "NOR,SUD,RAW,n/a,A", ["'n/a' is not a number"]),
    ("trade_goods.csv", "NOR,SUD,RAW,600,A", "NOR,SUD,RAW,nan,A", ["'nan'", "leave the row out"]),
    ("trade_goods.csv", "NOR,SUD,RAW,600,A", "NOR,SUD,RAW,inf,A", ["'inf'", "not a finite"]),
    ("trade_goods.csv", "NOR,SUD,RAW,600,A", 'NOR,SUD,RAW,"6,5",A', ["'6,5'", "decimal mark"]),
    ("trade_goods.csv", "NOR,SUD,RAW,600,A", "NOR,SUD,RAW,6,5,A", ["6 cells", "header has 5"]),
    ("trade_goods.csv", "NOR,SUD,RAW,600,A", 'NOR,SUD,RAW,"600,A', ["double quote", "close it"]),
    ("trade_goods.csv", "NOR,SUD,RAW,600,A", "NOR,SDU,RAW,600,A", ["SDU", "did you mean 'SUD'"]),
    ("trade_goods.csv", "NOR,SUD,RAW,600,A", "NOR,SUD,RWA,600,A", ["RWA", "did you mean 'RAW'"]),
    ("trade_goods.csv", "NOR,SUD,RAW,600,A", "NOR,SUD,RAW,600,E", ["quality letter 'E'"]),
    ("trade_goods.csv", "NOR,SUD,RAW,600,A", "NOR,NOR,RAW,600,A", ["both NOR", "remove the row"]),
    ("trade_goods.csv", "NOR,SUD,RAW,600,A", "NOR,SUD,SER,600,A", ["SER is a service", "other"]),
    ("trade_goods.csv", "NOR,SUD,MAN,240,A", "NOR,SUD,RAW,240,A", ["as line 3", "keep one"]),
    ("trade_services.csv", "NOR,SUD,SER,120,C", "NOR,SUD,MAN,120,C", ["MAN is a good", "other"]),
    ("tariffs.csv", "NOR,WLD,RAW,5", "NOR,WLD,RAW,5000", ["5000", "[0, 3000]", "percent"]),
    ("tariffs.csv", "NOR,WLD,RAW,5", "NOR,WLD,RAW,-5", ["-5", "[0, 3000]"]),
    ("tariffs.csv", "NOR,WLD,RAW,5", "NOR,NOR,RAW,5", ["both NOR"]),
    ("macro.csv", "SUD,3360,2800", "SUD,3360,-2800", ["household_consumption_musd -2800"]),
    ("macro.csv", "SUD,3360,2800", "SUD,0,2800", ["gdp_musd 0"]),
    ("output.csv", "SUD,MAN,2400", "SUD,MAN,-1", ["gross_output_musd -1", "0 where"]),
    ("output.csv", "SUD,MAN,2400", "SUD,RAW,2400", ["as line", "keep one"]),
    ("labour_shares.csv", "NOR,RAW,0.4", "NOR,RAW,40", ["labour_share 40"]),
    ("elasticities.csv", "MAN,4,2", "MAN,0.9,2", ["sigma 0.9", "above 1"]),
    ("elasticities.csv", "MAN,4,2", "MAN,4,", ["trade_elasticity_10yr_alternative is empty"]),
    ("io_coefficients.csv", "NOR,RAW,RAW,0.1", "NOR,RAW,RAW,-0.1", ["coefficient -0.1"]),
    ("io_coefficients.csv", "NOR,RAW,RAW,0.1", "NOR,RAW,RAW,0.2", ["NOR, RAW", "1.1, not 1"]),
    ("io_coefficients.csv", "NOR,RAW,RAW,0.1", "NOR,CASH,RAW,0.1", ["input 'CASH'"]),
    ("final_demand_shares.csv", "SUD,GOV,MAN,0.05", "SUD,GOV,MAN,0.5", ["SUD, GOV", "1.45"]),
    ("final_demand_shares.csv", "SUD,GOV,MAN,0.05", "SUD,GVO,MAN,0.05", ["mean 'GOV'"]),
    ("distances.csv", "NOR,SUD,1000,1,1", "NOR,SUD,0,1,1", ["km 0"]),
    ("distances.csv", "NOR,SUD,1000,1,1", "NOR,SUD,1000,yes,1", ["'yes' is neither 0 nor 1"]),
    ("sectors.csv", "MAN,Manufactures,1,0.5,2,0", "MAN,Manufactures,1,5,2,0", ["criticality 5"]),
    ("sectors.csv", "MAN,Manufactures,1,0.5,2,0", "RAW,Manufactures,1,0.5,2,0", ["as line 3"]),
    ("regions.csv", "SUD,Southland,1", "SUD,Southland,2", ["member '2'", "write 0 or 1"]),
    ("regions.csv", "SUD,Southland,1", ",Southland,1", ["code is empty"]),
    ("ownership.csv", "SUD,NOR,0.1", "SUD,NRO,0.1", ["did you mean 'NOR'"]),
    ("ownership.csv", "SUD,NOR,0.1", "SUD,NOR,10", ["profit_share 10"]),
    ("sanctions_coverage.csv", "2,MAN,0.6", "2,MAN,60", ["coverage_cumulative 60", "a share"]),
    ("sanctions_coverage.csv", "NOR,2022-09-01,2,MAN", "NOR,1.9.2022,2,MAN", ["YYYY-MM-DD"]),
    ("sanctions_coverage.csv", "2022-09-01,2,MAN", "2022-09-01,2,RAW", ["as line 5"]),
]


@pytest.mark.parametrize(("name", "old", "new", "wanted"), BAD_CELLS)
def test_a_bad_cell_is_named_with_file_line_and_remedy(toy, name, old, new, wanted):
    line = edit(toy, name, old, new)
    with pytest.raises(InputError) as caught:
        read_tables(toy)
    message = str(caught.value)
    # a sum is wrong in a group of rows: the message names its first and last line
    first, last = re.search(rf"{name} line (\d+):(?:.*lines \d+ to (\d+))?", message).groups()
    assert int(first) <= line <= int(last or first), message
    assert all(part in message for part in wanted), message
    assert ";" in message  # the remedy follows


@pytest.mark.parametrize("name", ["output", "io_coefficients", "labour_shares", "distances"])
@pytest.mark.parametrize("which", [3, -1])
def test_a_missing_row_is_named(toy, name, which):
    path = toy / f"{name}.csv"
    lines = path.read_text().splitlines()
    keys = {"output": 2, "labour_shares": 2, "distances": 2, "io_coefficients": 3}[name]
    gone = ", ".join(lines.pop(which).split(",")[:keys])
    path.write_text("\n".join(lines))
    with pytest.raises(InputError, match=rf"{name}\.csv .*no row for {gone} \(1 of .*add it"):
        read_tables(toy)


@pytest.mark.parametrize(
    ("name", "row"),
    [("final_demand_shares.csv", "WLD,GOV,RAW,0\n"), ("elasticities.csv", "SER,2,2\n"),
     ("macro.csv", "SUD,3360,2800,600,800,1000000\n")],
)  # fmt: skip
def test_complete_tables_may_have_no_gap(toy, name, row):
    edit(toy, name, row, "")
    with pytest.raises(InputError, match=rf"{name} .*no row for {row.split(',')[0]}.*add it"):
        read_tables(toy)


def test_lines_are_counted_with_comments_and_blanks(toy):
    path = toy / "trade_goods.csv"
    path.write_text("# one\n\n# two\n" + path.read_text().replace(",600,A", ",-1,A", 1))
    with pytest.raises(InputError, match=r"trade_goods\.csv line 6: value_musd -1"):
        read_tables(toy)


def test_a_missing_file_names_the_nearest(toy):
    (toy / "output.csv").rename(toy / "outputs.csv")
    with pytest.raises(InputError, match=r"no file output\.csv .*rename 'outputs\.csv'\?"):
        read_tables(toy)


def test_a_missing_column_lists_what_is_there(toy):
    edit(toy, "trade_goods.csv", "value_musd", "value_usd")
    wanted = r"trade_goods\.csv line 2: no column 'value_musd' \(found: origin, .*'value_usd'\?"
    with pytest.raises(InputError, match=wanted):
        read_tables(toy)


def test_an_empty_table_and_a_missing_folder_are_refused(toy):
    (toy / "output.csv").write_text("# nothing\nregion,sector,gross_output_musd\n")
    with pytest.raises(InputError, match=r"output\.csv: no rows"):
        read_tables(toy)
    with pytest.raises(InputError, match="no folder"):
        read_tables(toy / "nowhere")


def test_a_file_in_another_encoding_is_refused(toy):
    raw = (toy / "regions.csv").read_bytes()
    (toy / "regions.csv").write_bytes(raw.replace(b"Southland", b"S\xfcdland"))
    with pytest.raises(InputError, match=r"regions\.csv line 4: not UTF-8"):
        read_tables(toy)


def test_owners_abroad_cannot_take_more_than_the_profits(toy):
    with (toy / "ownership.csv").open("a") as file:
        file.write("SUD,WLD,0.95,0.1,0.1\n")
    with pytest.raises(InputError, match=r"ownership\.csv line 3: profit shares of host SUD"):
        read_tables(toy)


def test_optional_files_have_neutral_defaults(toy):
    full = read_tables(toy)
    for name in ("trade_services", "tariffs", "distances", "sanctions_coverage", "ownership"):
        (toy / f"{name}.csv").unlink()
    bare = read_tables(toy)
    assert not bare.tariff.any()
    assert not bare.trade[:, :, ~bare.axes.is_good].any()
    assert (bare.distance == 1000).all()
    assert not (bare.contiguous.any() or bare.common_language.any())
    assert not bare.coverage["flow"] and list(bare.coverage) == list(full.coverage)
    assert not bare.ownership["host"] and list(bare.ownership) == list(full.ownership)
    assert bare.source_digest != full.source_digest


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(toy):
    for path in toy.glob("*.csv"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    as_saved_by_a_spreadsheet, plain = read_tables(toy), read_tables(shipped("toy"))
    np.testing.assert_array_equal(as_saved_by_a_spreadsheet.trade, plain.trade)
    assert as_saved_by_a_spreadsheet.axes == plain.axes


def test_the_digest_follows_content_not_place(toy):
    assert read_tables(toy).source_digest == read_tables(shipped("toy")).source_digest
    edit(toy, "output.csv", "SUD,MAN,2400", "SUD,MAN,2401")
    assert read_tables(toy).source_digest != read_tables(shipped("toy")).source_digest


def test_the_committed_toy_is_what_the_script_writes(tmp_path):
    write_toy(tmp_path)
    written = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert written == {p.name: p.read_bytes() for p in shipped("toy").iterdir()}


def test_shipped_names_the_nearest():
    assert shipped("eaeu").name == "eaeu"
    with pytest.raises(InputError, match="unknown baseline 'eaue'; did you mean 'eaeu'"):
        shipped("eaue")


def test_axes_are_those_of_the_union(eaeu):
    assert eaeu.axes.members == ("ARM", "BLR", "KAZ", "KGZ", "RUS")
    assert len(eaeu.axes.regions) == len(eaeu.axes.sectors) == 17
    assert eaeu.axes.goods == eaeu.axes.sectors[:11]


def test_every_trade_cell_keeps_its_quality(eaeu):
    raw = pd.read_csv(shipped("eaeu") / "trade_goods.csv", comment="#")
    counts = raw["quality"].value_counts()
    goods = eaeu.quality[:, :, eaeu.axes.is_good]
    assert {q: int((goods == q).sum()) for q in "ABCD"} == {q: int(counts[q]) for q in "ABCD"}
    assert (np.einsum("rrs->rs", eaeu.quality) == "").all()


def test_tariffs_are_fractions_by_origin_then_destination(eaeu):
    raw = pd.read_csv(shipped("eaeu") / "tariffs.csv", comment="#")
    row = raw[(raw.importer == "RUS") & (raw.exporter == "EU27") & (raw.sector == "AGF")]
    axes = eaeu.axes
    cell = axes.region("EU27"), axes.region("RUS"), axes.sector("AGF")
    assert eaeu.tariff[cell] == pytest.approx(row["tariff_pct"].item() / 100, rel=1e-15)
    members = np.ix_(axes.is_member, axes.is_member)
    assert not eaeu.tariff[members].any()  # a customs union
    assert not eaeu.tariff[:, :, ~axes.is_good].any()


def test_coverage_has_dates_and_no_totals(eaeu):
    frame = eaeu.coverage.frame
    assert set(frame["sector"]) == set(eaeu.axes.goods)
    assert frame["date"].map(type).eq(date).all()
    assert frame["date"].min() == date(2021, 12, 31)
    keys = ["flow", "target", "sector"]
    bans = frame[frame["flow"].isin(["EU_export", "EU_import"])].sort_values([*keys, "date"])
    assert (bans.groupby(keys)["coverage_cumulative"].diff().dropna() >= -1e-9).all()


def test_russian_owners_in_kazakhstan(eaeu):
    row = eaeu.ownership.frame.iloc[0]
    assert (row["host"], row["owner"]) == ("KAZ", "RUS")
    assert row["firm_share"] == pytest.approx(8_000 / 471_000, rel=0.01)
    assert row["joint_venture_share"] == pytest.approx(3_348 / 8_000, rel=1e-3)


def test_e_government_is_complete_where_there_is_a_table(toy, eaeu):
    assert (read_tables(toy).egovernment == 1).all()
    assert eaeu.egovernment.min() > 0 and eaeu.egovernment.max() < 1
    assert eaeu.egovernment[eaeu.axes.region("KAZ")] == 0.8628
    for rows, message in [
        ("NOR,0.8\nSUD,0.5\n", "WLD"),
        ("NOR,28\nSUD,0.5\nWLD,0.6\n", "it is not a rank"),
        ("NOR,0.8\nSDU,0.5\nWLD,0.6\n", "did you mean 'SUD'"),
    ]:
        (toy / "egovernment.csv").write_text(f"region,egdi\n{rows}")
        with pytest.raises(InputError, match=message):
            read_tables(toy)
