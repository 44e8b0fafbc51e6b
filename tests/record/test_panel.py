"""The panel copies, checks, derives prices, and its digest sees every bit."""

import numpy as np
import pandas as pd
import pytest

from sim.axes import Month
from sim.errors import InputError
from sim.record.panel import Panel


def blank(synthetic, months=3):
    return Panel(synthetic.TOY, Month(2022, 1), months, synthetic.numbers(synthetic.TOY, None, 0.0))


def month(synthetic, panel, t, shock=1.0):
    return {
        **synthetic.numbers(synthetic.TOY, t, shock),
        "residuals": synthetic.residuals(panel, t),
    }


def test_history_does_not_rewrite_itself(synthetic):
    panel = blank(synthetic)
    live = month(synthetic, panel, 0)
    panel.write(0, **live)
    before, digest = panel.values("trade", "value_musd").copy(), panel.digest
    for table in ("trade", "regions", "sectors"):
        for array in live[table].values():
            array[...] = -1.0
    assert np.array_equal(panel.values("trade", "value_musd"), before)
    assert panel.digest == digest
    with pytest.raises(ValueError, match="read-only"):
        panel.values("trade", "value_musd")[0] = 0.0


def test_columns_are_those_of_the_issue(toy):
    assert list(toy.trade) == [
        *("month", "origin", "destination", "sector", "value_musd", "volume"),
        *("recorded_export_musd", "recorded_import_musd", "reexport_musd", "price"),
    ]
    assert list(toy.regions) == [
        *("month", "region", "gdp_musd", "real_gdp", "real_consumption", "cpi", "wage"),
        *("unemployment", "exports_musd", "imports_musd", "tariff_revenue_musd"),
        *("household_deposits_musd", "government_balance_musd", "shortage"),
    ]
    assert list(toy.sectors) == [
        *("month", "region", "sector", "output", "sales", "stock", "price", "shortage"),
        *("firms", "employment"),
    ]
    assert list(toy.residuals) == [
        *("month", "links", "goods", "inputs", "firms", "households", "governments", "money"),
        *("regions", "world", "mirrors"),
    ]


def test_rows_hold_what_was_written(synthetic, toy):
    given = synthetic.numbers(synthetic.TOY, 1, 1.0)
    trade = toy.trade
    row = trade[
        (trade.month == "2022-02")
        & (trade.origin == "AAA")
        & (trade.destination == "CCC")
        & (trade.sector == "SRV")
    ]
    assert row.value_musd.item() == given["trade"]["value_musd"][0, 2, 1]
    row = toy.sectors[
        (toy.sectors.month == "2022-02")
        & (toy.sectors.region == "CCC")
        & (toy.sectors.sector == "FOO")
    ]
    assert row.output.item() == given["sectors"]["output"][2, 0]
    assert toy.residuals.goods.tolist() == pytest.approx([1e-13, 2e-13, 3e-13])
    assert toy.regions.month.dt.strftime("%Y-%m").unique().tolist() == [
        *("2022-01", "2022-02", "2022-03")
    ]


def test_a_frame_changed_by_the_user_stays_the_users(toy):
    mine, yours = toy.trade, toy.regions
    mine["value_musd"] = 0.0
    yours.loc[:, "cpi"] = 7.0
    assert (toy.trade.value_musd > 0).any()
    assert (toy.regions.cpi != 7.0).all()


def test_frames_grow_with_the_months_written(synthetic):
    panel = blank(synthetic)
    assert len(panel.regions) == 0 and panel.trade.empty
    panel.write(0, **month(synthetic, panel, 0))
    assert len(panel.regions) == 3
    first = panel.digest
    panel.write(1, **month(synthetic, panel, 1))
    assert len(panel.regions) == 6
    assert panel.digest != first


def test_a_price_is_the_unit_value_and_the_last_one_paid_without_trade(synthetic):
    panel = blank(synthetic)
    for t, (value, volume) in enumerate([(0.0, 0.0), (3.0, 2.0), (0.0, 0.0)]):
        given = month(synthetic, panel, t)
        given["trade"]["value_musd"][0, 1, 0] = value
        given["trade"]["volume"][0, 1, 0] = volume
        panel.write(t, **given)
    assert panel.values("trade", "price")[:, 0, 1, 0].tolist() == [1.0, 1.5, 1.5]
    assert np.isfinite(panel.trade.price).all()


def test_only_cells_that_never_traded_have_no_rows(synthetic):
    panel = blank(synthetic, months=2)
    for t in range(2):
        given = month(synthetic, panel, t)
        for array in given["trade"].values():
            array[0, 1, 0] = array[2, 0, 1] = 0.0
        if t == 1:
            given["trade"]["value_musd"][2, 0, 1] = given["trade"]["volume"][2, 0, 1] = 5.0
        panel.write(t, **given)
    base = {k: dict(v) for k, v in synthetic.numbers(synthetic.TOY, None, 0.0).items()}
    for array in base["trade"].values():
        array[0, 1, 0] = array[2, 0, 1] = 0.0
    fresh = Panel(synthetic.TOY, Month(2022, 1), 2, base)
    for t in range(2):
        tables = {
            name: {v: panel.values(name, v)[t] for v in table.given}
            for name, table in panel.tables.items()
        }
        fresh.write(t, **tables)
    trade = fresh.trade
    assert len(panel.trade) == 2 * 18  # the base month had all of them
    assert len(trade) == 2 * 17
    late = trade[(trade.origin == "CCC") & (trade.destination == "AAA") & (trade.sector == "SRV")]
    assert late.value_musd.tolist() == [0.0, 5.0]


def test_the_digest_sees_one_bit_and_no_texts(synthetic):
    def with_change(change, scenario="x"):
        panel = Panel(
            synthetic.TOY,
            Month(2022, 1),
            1,
            synthetic.numbers(synthetic.TOY, None, 0.0),
            scenario=scenario,
        )
        given = month(synthetic, panel, 0)
        change(given)
        panel.write(0, **given)
        return panel.digest

    def one_bit(given):
        cell = given["regions"]["cpi"]
        cell[1] = np.nextafter(cell[1], 2.0)

    def residual(given):
        given["residuals"]["money"] = 1.0000000000000002e-13

    same = with_change(lambda given: None)
    assert with_change(lambda given: None, scenario="y") == same
    assert with_change(one_bit) != same
    assert with_change(residual) != same

    def minus_zero(given):
        given["trade"]["reexport_musd"][0, 0, 0] = -0.0

    def plus_zero(given):
        given["trade"]["reexport_musd"][0, 0, 0] = 0.0

    assert with_change(minus_zero) == with_change(plus_zero)


def test_the_digest_is_known(synthetic):
    """Frozen: a digest in an old manifest must stay comparable (SHA-256 of names and ones)."""
    panel = Panel(
        synthetic.TOY,
        Month(2022, 1),
        1,
        {
            name: {v: np.ones([len({"sector": "xy"}.get(k, "xyz")) for k in keys]) for v in given}
            for name, keys, given in synthetic_tables()
        },
        identities=("money",),
    )
    assert panel.digest == "2b40b6785500a6aec5d6da6aca7bd5f9d77ad6f2a9e4ce62cf73bd3474d53929"


def synthetic_tables():
    from sim.record.columns import REGIONS, SECTORS, TRADE

    return [(t.name, t.keys, t.given) for t in (TRADE, REGIONS, SECTORS)]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda g: g["trade"].pop("volume"), KeyError, "missing \\['volume'\\]"),
        (lambda g: g["trade"].update(price=0.0), KeyError, "not expected \\['price'\\]"),
        (
            lambda g: g["regions"].update(cpi=np.ones(2)),
            ValueError,
            "regions.cpi in 2022-01: shape",
        ),
        (
            lambda g: g["sectors"]["stock"].__setitem__((2, 1), np.nan),
            ValueError,
            "sectors.stock\\[2, 1\\] in 2022-01 is not finite",
        ),
    ],
)
def test_a_wrong_month_is_refused(synthetic, change, error, message):
    panel = blank(synthetic)
    given = month(synthetic, panel, 0)
    change(given)
    with pytest.raises(error, match=message):
        panel.write(0, **given)
    assert panel.written == 0


def test_months_come_in_turn(synthetic):
    panel = blank(synthetic, months=1)
    with pytest.raises(IndexError):
        panel.write(1, **month(synthetic, panel, 1))
    panel.write(0, **month(synthetic, panel, 0))
    with pytest.raises(IndexError):
        panel.write(1, **month(synthetic, panel, 1))


def test_relative_and_index(synthetic, toy):
    given, base = (synthetic.numbers(synthetic.TOY, t, 1.0)["regions"] for t in (2, None))
    index = toy.index_of("real_gdp")
    assert index.index[-1] == pd.Timestamp("2022-03-01")
    assert index["BBB"].iloc[-1] == pytest.approx(100 * given["real_gdp"][1] / base["real_gdp"][1])
    assert (toy.relative("trade", "reexport_musd")[0] > 1e300).all()  # from nothing: infinite
    assert (toy.relative("regions", "cpi") > 1).all()
    with pytest.raises(InputError, match="did you mean 'cpi'"):
        toy.values("regions", "cpu")


def test_bilateral_leaves_out_trade_at_home(toy):
    path, base = toy.bilateral()
    assert path.shape == (3, 3, 3) and base.shape == (3, 3)
    assert np.diag(base).tolist() == [0.0] * 3
    rows = toy.trade[(toy.trade.origin == "AAA") & (toy.trade.destination == "BBB")]
    assert path[:, 0, 1].sum() == pytest.approx(rows.value_musd.sum())
