"""Panels with plausible numbers and no model behind them, for tests of records and pictures.

Loaded by path (`runpy`), also from subprocesses, so it imports nothing from the tests.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.axes import Axes, Month
from sim.record.columns import REGIONS, SECTORS, TRADE
from sim.record.panel import Panel


def words(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


UNION = Axes(
    regions=words("ARM BLR KAZ KGZ RUS EU27 GBR USA JPN KOR CHN TUR ARE UZB GEO IND ROW"),
    sectors=words("AGF ENE MET CHM PHA WPA TEX MCH ELE TRN OTH CNS TRD LOG ICT BUS PUB"),
    members=("ARM", "BLR", "KAZ", "KGZ", "RUS"),
    goods=words("AGF ENE MET CHM PHA WPA TEX MCH ELE TRN OTH"),
    region_names=(
        "Armenia",
        "Belarus",
        "Kazakhstan",
        "Kyrgyzstan",
        "Russia",
        "European Union",
        "United Kingdom",
        "United States",
        "Japan",
        "Korea",
        "China",
        "Türkiye",
        "United Arab Emirates",
        "Uzbekistan",
        "Georgia",
        "India",
        "Rest of the world",
    ),
    sector_names=words("AGF ENE MET CHM PHA WPA TEX MCH ELE TRN OTH CNS TRD LOG ICT BUS PUB"),
)
TOY = Axes(
    ("AAA", "BBB", "CCC"), ("FOO", "SRV"), ("AAA", "BBB"), ("FOO",), ("A", "B", "C"), ("f", "s")
)
GDP_BN = [
    14,
    70,
    197,
    9,
    1829,
    17490,
    3194,
    23725,
    5039,
    1942,
    18201,
    820,
    422,
    77,
    19,
    3192,
    21704,
]
TRADE_OF_RUS_BN = {  # exports, imports, 2021
    "ARM": (2.6, 0.9),
    "BLR": (23.1, 15.3),
    "KAZ": (18.2, 7.4),
    "KGZ": (2.2, 0.3),
    "EU27": (171, 94),
    "GBR": (22, 4.5),
    "USA": (17.7, 17.2),
    "JPN": (10.7, 9.1),
    "KOR": (16.9, 13.0),
    "CHN": (68.7, 72.7),
    "TUR": (26.4, 6.5),
    "ARE": (4.3, 1.1),
    "UZB": (5.3, 1.7),
    "GEO": (1.0, 0.6),
    "IND": (9.1, 4.4),
    "ROW": (93, 45),
}
COALITION = ("EU27", "GBR", "USA", "JPN", "KOR")
RISE = {
    "CHN": 1.5,
    "TUR": 1.6,
    "KAZ": 1.25,
    "KGZ": 2.4,
    "ARM": 2.8,
    "ARE": 3.5,
    "GEO": 1.8,
    "IND": 3.0,
}


def numbers(
    axes: Axes, t: int | None, shock: float, seed: int = 1
) -> dict[str, dict[str, np.ndarray]]:
    """All given variables of one month (None: the base month)."""
    rng = np.random.default_rng(seed)
    R, S = len(axes.regions), len(axes.sectors)
    size = np.array((GDP_BN * 3)[:R], dtype=float) * 1000 / 12
    flow = 0.25 * np.outer(size, size) / size.sum() * rng.lognormal(0, 0.7, (R, R))
    np.fill_diagonal(flow, 1.6 * size)
    if "RUS" in axes.regions:
        rus = axes.region("RUS")
        here = [code for code in TRADE_OF_RUS_BN if code in axes.regions]
        for code, (out, into) in ((code, TRADE_OF_RUS_BN[code]) for code in here):
            flow[rus, axes.region(code)] = out * 1000 / 12
            flow[axes.region(code), rus] = into * 1000 / 12
    split = rng.dirichlet(np.full(S, 1.2), (R, R))
    value = flow[:, :, None] * split
    value[value < 0.01] = 0.0
    x = 0.0 if t is None else shock * (1 - np.exp(-(t + 1) / 8))
    factor = np.ones((R, R, 1))
    if "RUS" in axes.regions:
        for code in filter(axes.regions.__contains__, COALITION):
            factor[axes.region(code), rus] = 1 - 0.68 * x
            factor[rus, axes.region(code)] = 1 - 0.75 * x
        for code in filter(axes.regions.__contains__, RISE):
            rise = RISE[code]
            factor[axes.region(code), rus] = 1 + (rise - 1) * x
            factor[axes.region("EU27"), axes.region(code)] = 1 + 0.25 * (rise - 1) * x
            factor[rus, axes.region(code)] = 1 + 0.5 * (rise - 1) * x
    now = value * factor
    price = 1 + 0.08 * x * (factor < 1)
    hit = np.array([x * (1.0 if r == "RUS" else -0.25 if r in RISE else 0.1) for r in axes.regions])
    abroad = now.sum(axis=2) * ~np.eye(R, dtype=bool)
    regions = {
        "gdp_musd": size * (1 - 0.03 * hit),
        "real_gdp": size * (1 - 0.05 * hit),
        "real_consumption": 0.55 * size * (1 - 0.08 * hit),
        "cpi": 1 + 0.09 * hit,
        "wage": 1 - 0.02 * hit,
        "unemployment": 0.05 + 0.01 * hit,
        "exports_musd": abroad.sum(axis=1),
        "imports_musd": abroad.sum(axis=0),
        "tariff_revenue_musd": 0.04 * abroad.sum(axis=0),
        "household_deposits_musd": 3 * size,
        "government_balance_musd": -0.01 * size * hit,
        "shortage": np.maximum(0.0, 0.02 * hit),
    }
    output = value.sum(axis=1)
    sectors = {
        "output": output * (1 - 0.05 * hit[:, None]),
        "sales": output * (1 - 0.05 * hit[:, None]),
        "stock": output * 1.0,
        "price": 1 + 0.05 * np.repeat(hit[:, None], S, axis=1),
        "shortage": np.repeat(0.02 * np.abs(hit)[:, None], S, axis=1),
        "firms": np.full((R, S), 12.0),
        "employment": output * 0.4,
    }
    trade = {
        "value_musd": now,
        "volume": now / price,
        "recorded_export_musd": now,
        "recorded_import_musd": now * 0.98,
        "reexport_musd": 0.01 * now * x,
    }
    told = {TRADE: trade, REGIONS: regions, SECTORS: sectors}
    return {
        table.name: {name: values.get(name, np.zeros(table.shape(axes))) for name in table.given}
        for table, values in told.items()
    }  # a column that came later is zero here


def make(
    axes: Axes = UNION,
    months: int = 36,
    shock: float = 1.0,
    scenario: str = "eu_2022",
    written: int | None = None,
) -> Panel:
    """A panel whose path departs from its base month by `shock` (0: it stays put)."""
    panel = Panel(
        axes,
        Month(2022, 1),
        months,
        numbers(axes, None, shock),
        scenario=scenario,
        source="eaeu-sim 0.1.0, seed 1, 10,000 firms",
    )
    for t in range(months if written is None else written):
        panel.write(t, **numbers(axes, t, shock), residuals=residuals(panel, t))
    return panel


def residuals(panel: Panel, t: int) -> dict[str, Any]:
    """Small residuals for every identity."""
    return {name: 1e-13 * (t + i) for i, name in enumerate(panel.tables["residuals"].given)}
