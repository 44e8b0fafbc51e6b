"""The base year closes, leaves observed trade alone and says what it changed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.baseline import Baseline, load_baseline, read_tables, shipped
from sim.baseline.balance import balance, scale_to
from sim.errors import InputError

NAMES = ["eaeu", "toy"]


@pytest.fixture(scope="module")
def tables():
    return {name: read_tables(shipped(name)) for name in NAMES}


@pytest.fixture(scope="module")
def baselines(tables):
    return {name: balance(tables[name]) for name in NAMES}


@pytest.fixture(scope="module")
def eaeu(baselines) -> Baseline:
    return baselines["eaeu"]


def gaps(b: Baseline) -> tuple[float, float]:
    """Largest gap of the two identities, relative to absorption and to output."""
    bought = b.use.sum(axis=2) + b.final
    cost = b.use.sum(axis=1) + b.value_added
    return (
        float(np.abs(bought / (b.trade * (1 + b.tariff)).sum(axis=0) - 1).max()),
        float(np.abs(cost / b.trade.sum(axis=1) - 1).max()),
    )


@pytest.mark.parametrize("name", NAMES)
def test_what_is_bought_was_sold_and_sales_pay_costs(baselines, name):
    assert max(gaps(baselines[name])) < 1e-14


@pytest.mark.parametrize("name", NAMES)
def test_income_plus_tariffs_less_net_exports_is_spent(baselines, name):
    """Walras: nothing but the two identities, added up over a region."""
    b = baselines[name]
    net_exports = (b.exports - b.imports).sum(axis=1)
    income = b.value_added.sum(axis=1) + b.tariff_revenue
    np.testing.assert_allclose(b.final.sum(axis=1), income - net_exports, rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_every_account_has_the_right_sign(baselines, name):
    b = baselines[name]
    assert (b.value_added > 0).all() and (b.final > 0).all() and (b.use >= 0).all()
    assert (b.trade >= 0).all() and (np.einsum("rrs->rs", b.trade) > 0).all()
    for part in (b.household, b.government, b.investment):
        assert (part >= 0).all()
    parts = b.household + b.government + b.investment
    np.testing.assert_allclose(parts, b.final, rtol=4e-16)


@pytest.mark.parametrize("name", NAMES)
def test_arrays_are_plain_and_contiguous(baselines, name):
    for key, value in vars(baselines[name]).items():
        if isinstance(value, np.ndarray):
            assert value.flags.c_contiguous, key
            assert value.dtype in (np.float64, np.bool_), key


@pytest.mark.parametrize("name", NAMES)
def test_published_trade_is_untouched_to_the_bit(baselines, name):
    b = baselines[name]
    for file in ("trade_goods.csv", "trade_services.csv"):
        raw = pd.read_csv(shipped(name) / file, comment="#", dtype=str)
        cell = (
            [b.axes.region(code) for code in raw["origin"]],
            [b.axes.region(code) for code in raw["destination"]],
            [b.axes.sector(code) for code in raw["sector"]],
        )
        np.testing.assert_array_equal(b.trade[cell], raw["value_musd"].map(float).to_numpy() / 12)
        np.testing.assert_array_equal(b.observed[cell], raw["quality"].isin(list("ABC")))
    assert not np.einsum("rrs->rs", b.observed).any()


def as_published(t) -> tuple[np.ndarray, np.ndarray]:
    """Use and final demand before any repair, from the tables alone."""
    trade = t.trade / 12
    own = np.arange(len(t.axes.regions))
    trade[own, own] = t.output / 12 - trade.sum(axis=1)
    use = t.input_share * (t.output / 12)[:, None, :]
    return use, (trade * (1 + t.tariff)).sum(axis=0) - use.sum(axis=2)


@pytest.mark.parametrize("name", NAMES)
def test_the_report_lists_every_changed_cell_and_no_other(tables, baselines, name):
    t, b = tables[name], baselines[name]
    use, final = as_published(t)
    for table, before, after in (("use", use, b.use), ("final", final, b.final)):
        rows = b.adjustments[b.adjustments["table"] == table]
        reported = np.zeros(before.shape, dtype=bool)
        labels = [b.axes.regions, b.axes.sectors, b.axes.sectors][: before.ndim]
        for row in rows.itertuples():
            codes = [row.region, row.sector, row.user][: before.ndim]
            cell = tuple(axis.index(c) for axis, c in zip(labels, codes, strict=True))
            reported[cell] = True
            assert row.before == pytest.approx(before[cell], rel=1e-9, abs=1e-9)
            assert row.after == after[cell]
            assert row.reason
        np.testing.assert_allclose(after[~reported], before[~reported], rtol=1e-12)
    assert not b.adjustments.duplicated(["table", "region", "sector", "user"]).any()


def test_the_repair_of_the_union_tables_is_small(tables, eaeu):
    """The README of the raw tables: no more than a few per cent of use, no trade altered."""
    assert not (eaeu.adjustments["table"] == "trade").any()
    raised = eaeu.adjustments[eaeu.adjustments["reason"].str.startswith("raised")]
    assert set(raised["region"] + raised["sector"]) == {
        "ARMLOG", "ARMICT", "RUSTEX", "AREENE", "ARELOG", "UZBTRD", "INDTRD"
    }  # fmt: skip
    use, _ = as_published(tables["eaeu"])
    moved = np.abs(eaeu.use - use).sum(axis=(1, 2)) / 2 / use.sum(axis=(1, 2))
    limits = {"UZB": 0.035, "ARM": 0.02, "ARE": 0.015, "RUS": 0.004, "IND": 0.001}
    for r, code in enumerate(eaeu.axes.regions):
        assert moved[r] <= limits.get(code, 1e-15)


@pytest.mark.parametrize("name", NAMES)
def test_repair_keeps_regional_totals_and_reaches_the_floor(tables, baselines, name):
    t, b = tables[name], baselines[name]
    _, final = as_published(t)
    np.testing.assert_allclose(b.final.sum(axis=1), final.sum(axis=1), rtol=1e-12)
    expected = (t.category_total[:, :, None] * t.category_share).sum(axis=1) / 12
    assert (b.final >= 0.25 * expected * (1 - 1e-12)).all()


def test_toy_by_hand(baselines):
    """SUD's raw goods: 1200 - 240 exported + 660 bought + 5 % of 60 = 1623, less 1500 of inputs."""
    b = baselines["toy"]
    first = b.adjustments.iloc[0]
    assert (first["table"], first["region"], first["sector"]) == ("final", "SUD", "RAW")
    assert first["before"] * 12 == pytest.approx(123)
    assert first["after"] * 12 == pytest.approx(0.25 * (0.2 * 2800 + 0.1 * 800))
    nor = b.axes.region("NOR")
    np.testing.assert_allclose(b.absorption[nor] * 12, [3183, 5100, 9120])
    np.testing.assert_allclose(b.value_added[nor] * 12, [3600, 900, 5400])
    np.testing.assert_allclose(b.final[nor] * 12, [1233, 2550, 5520])
    np.testing.assert_allclose(b.sigma, [1 + 5 / 2, 1 + 3 / 2, 2])  # mean of 5 and 3 becomes 2


def test_value_added_is_the_published_gdp(tables, baselines):
    for name in NAMES:
        annual = baselines[name].value_added.sum(axis=1) * 12
        np.testing.assert_allclose(annual, tables[name].gdp, rtol=1e-6)


def goods_turnover(b: Baseline, region: str) -> dict[str, float]:
    """Exports plus imports of goods with each partner, billion USD a year."""
    r, goods = b.axes.region(region), b.axes.is_good
    both = (b.trade[r][:, goods] + b.trade[:, r][:, goods]).sum(axis=1) * 12 / 1000
    return {code: both[i] for i, code in enumerate(b.axes.regions) if i != r}


def test_russian_goods_trade(eaeu):
    rus, goods = eaeu.axes.region("RUS"), eaeu.axes.is_good
    assert eaeu.exports[rus, goods].sum() * 12 / 1000 == pytest.approx(492.0, abs=0.05)
    assert eaeu.imports[rus, goods].sum() * 12 / 1000 == pytest.approx(293.7, abs=0.05)


def test_kazakhstan_trades_most_with_the_eu_as_a_bloc_and_russia_as_a_country(eaeu):
    turnover = goods_turnover(eaeu, "KAZ")
    ranking = sorted((code for code in turnover if code != "ROW"), key=turnover.get, reverse=True)
    assert ranking[:3] == ["EU27", "RUS", "CHN"]
    assert turnover["RUS"] == pytest.approx(25.6, abs=0.05)


def test_union_trade_totals(eaeu):
    axes = eaeu.axes
    inside = eaeu.trade[np.ix_(axes.is_member, axes.is_member, axes.is_good)]
    inside = inside * ~np.eye(len(axes.members), dtype=bool)[:, :, None]
    assert inside.sum() * 12 / 1000 == pytest.approx(71.3, abs=0.05)
    assert goods_turnover(eaeu, "RUS")["BLR"] == pytest.approx(38.4, abs=0.05)


def test_russian_tariff_is_the_published_mean(eaeu):
    """5.8 % without free-trade partners: the tariff table was scaled to it on these trade data."""
    axes, rus = eaeu.axes, eaeu.axes.region("RUS")
    partners = [r for r, c in enumerate(axes.regions) if c not in (*axes.members, "UZB")]
    imports = eaeu.trade[partners, rus][:, axes.is_good]
    paid = imports * eaeu.tariff[partners, rus][:, axes.is_good]
    assert paid.sum() / imports.sum() == pytest.approx(0.058, abs=0.002)


def test_ten_year_elasticity_keeps_the_profile_over_goods(tables, eaeu):
    good, raw = eaeu.axes.is_good, tables["eaeu"].sigma
    assert (eaeu.sigma[good] - 1).mean() == pytest.approx(2.0)
    ratio = (eaeu.sigma[good] - 1) / (raw[good] - 1)
    np.testing.assert_allclose(ratio, ratio[0])
    np.testing.assert_array_equal(eaeu.sigma[~good], raw[~good])
    plain = balance(replace(tables["eaeu"], ten_year_elasticity=None))
    np.testing.assert_array_equal(plain.sigma, raw)


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped("toy"), tmp_path / "toy"))


def edit(folder: Path, name: str, *changes: tuple[str, str]) -> None:
    path = folder / name
    text = path.read_text()
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    path.write_text(text)


def test_unobserved_exports_of_outsiders_give_way_first(toy):
    """SUD outside the union, its export of raw goods unobserved, output too small for it."""
    edit(toy, "regions.csv", ("SUD,Southland,1", "SUD,Southland,0"))
    edit(toy, "trade_goods.csv", ("SUD,WLD,RAW,120,B", "SUD,WLD,RAW,1200,D"))
    b = load_baseline(toy)
    sud, wld, nor, raw = 1, 2, 0, b.axes.sector("RAW")
    row = b.adjustments[b.adjustments["table"] == "trade"]
    assert row[["region", "sector", "user"]].values.tolist() == [["SUD", "RAW", "WLD"]]
    assert row["before"].item() == 100
    assert b.trade[sud, wld, raw] == row["after"].item() < 100
    assert b.trade[sud, nor, raw] == 10  # observed: stays
    assert b.output[sud, raw] == pytest.approx(100)
    assert b.exports[sud, raw] == pytest.approx(100 / 1.02)
    assert max(gaps(b)) < 1e-14


@pytest.mark.parametrize("quality", ["B", "D"])
def test_a_members_exports_never_give_way(toy, quality):
    edit(toy, "trade_goods.csv", ("SUD,WLD,RAW,120,B", f"SUD,WLD,RAW,1200,{quality}"))
    with pytest.raises(InputError, match=r"output\.csv: output of SUD RAW is 1200 .* 1320 .*raise"):
        load_baseline(toy)


def test_other_units_are_caught(toy):
    edit(toy, "macro.csv", ("SUD,3360,", "SUD,3.36,"))
    with pytest.raises(InputError, match=r"value added of SUD is 3360 .* 3\.36 .*million USD"):
        load_baseline(toy)


def test_an_impossible_final_demand_is_refused(toy):
    edit(toy, "macro.csv", (",2800,600,800,", ",28000,6000,8000,"))
    with pytest.raises(InputError, match=r"macro\.csv: final demand of SUD .*imports"):
        load_baseline(toy)


def test_a_sector_nobody_uses_as_input_goes_to_final_demand(toy):
    """Zeros in the technology stay zeros and the accounts still close."""
    changes = [
        (f"SUD,SER,{user},{old}\n", f"SUD,SER,{user},0\n")
        for user, old in (("RAW", 0.15), ("MAN", 0.15), ("SER", 0.25))
    ]
    changes += [  # what services no longer provide, manufactures do
        (f"SUD,MAN,{user},{old}\n", f"SUD,MAN,{user},{new}\n")
        for user, old, new in (("RAW", 0.15, 0.3), ("MAN", 0.15, 0.3), ("SER", 0.1, 0.35))
    ]
    edit(toy, "io_coefficients.csv", *changes)
    edit(toy, "macro.csv", ("SUD,3360,2800,600,800", "SUD,3360,1400,600,200"))
    b = load_baseline(toy)
    sud, ser = b.axes.region("SUD"), b.axes.sector("SER")
    assert b.final[sud, ser] == b.absorption[sud, ser]
    assert max(gaps(b)) < 1e-14


def test_ras_keeps_zeros_margins_and_odds_ratios():
    rng = np.random.default_rng(7)
    prior = rng.uniform(1, 2, (4, 4))
    prior[1, 2] = 0
    rows = prior.sum(axis=1) * np.array([1.1, 0.9, 1.2, 0.8])
    columns = prior.sum(axis=0) * rows.sum() / prior.sum()
    table = scale_to(prior, rows, columns, "X")
    np.testing.assert_allclose(table.sum(axis=1), rows, rtol=1e-12)
    np.testing.assert_allclose(table.sum(axis=0), columns, rtol=1e-12)
    assert table[1, 2] == 0

    def odds(z):
        return z[0, 0] * z[3, 3] / (z[0, 3] * z[3, 0])

    assert odds(table) == pytest.approx(odds(prior), rel=1e-12)


def test_an_impossible_ras_is_refused():
    with pytest.raises(InputError, match="region X: inputs cannot be scaled"):
        scale_to(np.eye(2), np.array([1.0, 2.0]), np.array([2.0, 1.0]), "X")


def test_the_same_files_give_the_same_bits(eaeu):
    again = load_baseline(shipped("eaeu"))
    assert again.source_digest == eaeu.source_digest
    for key in ("trade", "use", "final", "value_added", "household"):
        np.testing.assert_array_equal(getattr(again, key), getattr(eaeu, key))
