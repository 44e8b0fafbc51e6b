"""Codes, labels and files as people have them: understood or refused when tables are read."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

import sim
from sim.baseline import load_baseline, read_tables, shipped
from sim.baseline.form import FORM
from sim.errors import InputError
from sim.plots import write_figures
from sim.record.summary import closing_table, write_summary


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped("toy"), tmp_path / "toy"))


def called(folder: Path, old: str, new: str) -> Path:
    """Every code `old` of a folder as `new`."""
    for path in folder.glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(rf"\b{old}\b", lambda _: new, text), encoding="utf-8")
    return folder


def edit(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8", newline="")


@pytest.mark.parametrize(
    "code",
    ["N/R", "N\\R", "*", "..", "=1+1", "@x", "+x", "-1", "<b>", "[red]", "$x$", "%s", "a b", "a;b",
     '"a,b"', "\u202ex", "x" * 33, "all", "Members", "partners", "NaN", "none", "null"],
)  # fmt: skip
def test_a_code_that_means_something_elsewhere_is_refused_before_anything_runs(toy, code):
    with pytest.raises(InputError, match=r"regions\.csv line 5: code .*; choose another code"):
        read_tables(called(toy, "WLD", code))


@pytest.mark.parametrize("code", ["NA", "NO", "true", "276", "Север", "日本", "R.1", "é"])
def test_a_code_that_only_looks_odd_is_understood_to_the_end(toy, tmp_path, code):
    """Through the run, its pictures and its summary."""
    folder = called(toy, "WLD", code)
    cut = f"scenario.measures.m={{policy:embargo,by:['{code}'],on:[NOR]}}"
    panel = sim.simulate(sim.load(f"baseline.path={folder}", "firms.count=40", "months=2", cut))
    assert panel.axes.regions[2] == code
    assert panel.regions["region"].astype(str).tolist()[2] == code
    write_summary(panel, tmp_path / "summary.csv")
    read = pd.read_csv(tmp_path / "summary.csv", keep_default_na=False, dtype={"region": str})
    assert code in set(read["region"])
    closing_table(panel)


def test_names_with_markup_are_text(toy, tmp_path):
    edit(toy, "regions.csv", "Northland", "[/bold] $x^2$ <b>")
    panel = sim.simulate(sim.load(f"baseline.path={toy}", "firms.count=40", "months=2"))
    assert any("[/bold] $x^2$ <b>" in str(cell) for cell in closing_table(panel).columns[0].cells)
    write_figures(panel, tmp_path)


def test_codes_that_differ_only_in_case_are_refused(toy):
    with pytest.raises(InputError, match="codes 'NOR' and 'nor' differ only in case"):
        read_tables(called(toy, "SUD", "nor"))


def test_a_letter_of_another_alphabet_is_named(toy):
    edit(toy, "macro.csv", "NOR,9900", "N\u041eR,9900")
    with pytest.raises(InputError, match=r"did you mean 'NOR'.*CYRILLIC CAPITAL LETTER O"):
        read_tables(toy)


def test_all_faults_are_told_at_once_and_ten_are_listed(toy):
    text = (toy / "output.csv").read_text()
    (toy / "output.csv").write_text(re.sub(r",\d+$", ",much", text, flags=re.M))
    edit(toy, "macro.csv", "NOR,9900", "NRO,9 900")
    with pytest.raises(InputError) as caught:
        read_tables(toy)
    told = str(caught.value)
    assert "11 faults" in told and "and 1 more" in told and "\n" not in told and len(told) < 1500
    assert told.count("is not a number") >= 8  # nine of output, one of macro, and a code
    assert told.count("no thousands separator") <= 2  # one remedy a file


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("sectors.csv", "criticality", "critcality"),
        ("regions.csv", "transit", "transits"),
        (
            "elasticities.csv",
            "trade_elasticity_10yr_alternative",
            "trade_elasticity_10y_alternative",
        ),
        ("macro.csv", "population", "Population"),
    ],
)
def test_an_optional_column_with_a_typing_error_is_not_silently_absent(toy, name, old, new):
    edit(toy, name, old, new)
    with pytest.raises(InputError, match=rf"no column '{old}' .*rename '{new}'\?"):
        read_tables(toy)


@pytest.mark.parametrize("name", ["tarifs.csv", "Tariffs.CSV", "tariff.csv"])
def test_an_optional_file_with_a_typing_error_is_not_silently_absent(toy, name):
    (toy / "tariffs.csv").rename(toy / name)
    with pytest.raises(InputError, match=rf"is '{name}' meant to be tariffs\.csv"):
        read_tables(toy)


def test_what_is_absent_and_what_is_not_looked_at_is_said(toy):
    text = (toy / "sectors.csv").read_text().replace(",criticality", ",checked by")
    (toy / "sectors.csv").write_text(text)
    (toy / "tariffs.csv").unlink()
    told = " | ".join(load_baseline(toy).notes())
    assert "criticality of sectors.csv (0.5)" in told
    assert "tariffs.csv (no tariffs)" in told
    assert "not looked at in sectors.csv: checked by" in told


def test_the_shipped_tables_hold_no_column_that_nobody_knows():
    for name in ("eaeu", "toy"):
        assert not load_baseline(shipped(name)).remarks


def test_semicolons_and_decimal_commas_are_understood_and_said(toy):
    path = toy / "io_coefficients.csv"
    path.write_text(path.read_text().replace(",", ";").replace(".", ","))
    read = read_tables(toy)
    assert (read.input_share == read_tables(shipped("toy")).input_share).all()
    assert "io_coefficients.csv is separated by semicolons" in read.remarks


def test_a_comma_that_may_be_thousands_is_refused(toy):
    path = toy / "macro.csv"
    path.write_text(path.read_text().replace(",", ";").replace("9900", "9,900"))
    with pytest.raises(InputError, match=r"gdp_musd '9,900' is not a number"):
        read_tables(toy)


@pytest.mark.parametrize("row", [",,,,,\n", ";;;\n", "   \n", '"# a note",,,,,\n', "\t\t\n"])
def test_blank_rows_and_notes_of_a_spreadsheet_are_passed_over(toy, row):
    for name in ("macro.csv", "regions.csv"):
        (toy / name).write_text((toy / name).read_text() + row + row)
    assert (read_tables(toy).gdp == read_tables(shipped("toy")).gdp).all()


def test_an_error_of_excel_is_no_comment(toy):
    edit(toy, "macro.csv", "NOR,9900", "#N/A,9900")
    with pytest.raises(InputError, match=r"macro\.csv line 3: unknown region '#N/A'"):
        read_tables(toy)


def test_a_column_twice_is_refused(toy):
    edit(toy, "macro.csv", "region,gdp_musd", "gdp_musd,gdp_musd")
    with pytest.raises(InputError, match="column 'gdp_musd' is there 2 times"):
        read_tables(toy)


def test_the_page_about_tables_is_made_of_the_form():
    page = Path(__file__).parents[2] / "docs" / "your_own_union.md"
    if not page.is_file():
        pytest.skip("not run from a checkout")
    text = page.read_text(encoding="utf-8")
    for file in FORM.values():
        assert f"### {file.name}" in text
        assert all(f"| `{c.name}` | {c.unit} | {c.meaning} |" in text for c in file.columns)
