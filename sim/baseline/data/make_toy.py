"""Write the toy baseline: two members and a partner, two goods and a service, round numbers.

    python -m sim.baseline.data.make_toy

Small enough to check by hand: NOR sells raw goods, SUD works them up, WLD is twenty times larger.
One cell needs mending on purpose (SUD makes so much of its raw goods into others that households
would be left too few), so that a reader of `Baseline.adjustments` finds something there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sim.baseline.technology import CLASS_COLUMNS, REGION_COLUMNS

Row = Sequence[object]

REGIONS = [("NOR", "Northland", 1, 1), ("SUD", "Southland", 1, 1), ("WLD", "The world", 0, 0)]
SECTORS = [  # code, name, good, criticality, input cover in months, price taking
    ("RAW", "Raw goods", 1, 1, 1, 0.5),
    ("MAN", "Manufactures", 1, 0.5, 2, 0),
    ("SER", "Services", 0, 0.2, 0, 0),
]
OUTPUT = {"NOR": (6000, 3000, 9000), "SUD": (1200, 2400, 3600), "WLD": (24000, 48000, 72000)}
EXPORTS = {  # (origin, destination): by sector, million USD a year; quality of the goods rows
    ("NOR", "SUD"): (600, 240, 120, "A"),
    ("NOR", "WLD"): (2400, 240, 240, "B"),
    ("SUD", "NOR"): (120, 600, 120, "A"),
    ("SUD", "WLD"): (120, 360, 120, "B"),
    ("WLD", "NOR"): (60, 1800, 360, "C"),
    ("WLD", "SUD"): (60, 1200, 240, "D"),
}
RECIPES = {  # rows RAW, MAN, SER, VALUE_ADDED; columns are the users RAW, MAN, SER
    "NOR": ((0.10, 0.30, 0.05), (0.15, 0.25, 0.10), (0.15, 0.15, 0.25), (0.60, 0.30, 0.60)),
    "SUD": ((0.10, 0.50, 0.05), (0.15, 0.15, 0.10), (0.15, 0.15, 0.25), (0.60, 0.20, 0.60)),
    "WLD": ((0.10, 0.30, 0.05), (0.15, 0.25, 0.10), (0.15, 0.15, 0.25), (0.60, 0.30, 0.60)),
}
FINAL = {  # household, government, investment, million USD a year
    "NOR": (6000, 1500, 1500),
    "SUD": (2800, 600, 800),
    "WLD": (44000, 14000, 14000),
}
POPULATION = {"NOR": 1_000_000, "SUD": 1_000_000, "WLD": 20_000_000}
FINAL_SHARES = {"HH": (0.20, 0.25, 0.55), "GOV": (0, 0.05, 0.95), "INV": (0.10, 0.80, 0.10)}
TARIFFS = {("NOR", "WLD"): (5, 10), ("SUD", "WLD"): (5, 10), ("WLD", "NOR"): (0, 5)}
KM = {("NOR", "SUD"): 1000, ("NOR", "WLD"): 5000, ("SUD", "WLD"): 4000}
COVERAGE = [  # package, date, sector, cumulative, effective
    ("1", "2022-03-01", "RAW", 0, 0),
    ("1", "2022-03-01", "MAN", 0.3, 0.2),
    ("2", "2022-09-01", "RAW", 0.1, 0.1),
    ("2", "2022-09-01", "MAN", 0.6, 0.4),
]
TECHNOLOGY = {  # dependence, availability, maturity of software, electronics, equipment
    "NOR": ((0.8, 0.8, 0.3), (0.8, 0.4, 0.2), (0.5, 0.6, 0.4)),
    "SUD": ((0.6, 0.9, 0.5), (0.9, 0.3, 0.1), (0.6, 0.5, 0.2)),
}
CLASSES = [  # class, sector that makes it, weight, loss a month, cost of migrating, research
    ("software", "SER", 0.12, 0.06, 0.013, 100),
    ("electronics", "MAN", 0.10, 0.05, 0.02, 400),
    ("equipment", "MAN", 0.15, 0.02, 0.06, 400),
]


def write_toy(folder: Path) -> None:
    """Write every table of the toy into a folder (made if need be)."""
    folder.mkdir(parents=True, exist_ok=True)
    goods, services = _trade()
    regions, sectors = [r[0] for r in REGIONS], [s[0] for s in SECTORS]
    trade_columns = "origin destination sector value_musd quality".split()
    tables: list[tuple[str, str, Sequence[str], Iterable[Row]]] = [
        (
            "regions",
            "Regions; member = 1: in the union; transit = 1: goods can pass through.",
            ("code", "name", "member", "transit"),
            REGIONS,
        ),
        (
            "sectors",
            "Sectors; criticality 1: output stops without the input; price_taking 1: sells all.",
            "code name good criticality input_cover_months price_taking".split(),
            SECTORS,
        ),
        ("trade_goods", "Goods trade, million USD a year.", trade_columns, goods),
        ("trade_services", "Services trade, million USD a year.", trade_columns, services),
        (
            "macro",
            "GDP and final demand, million USD a year; population in persons.",
            (
                "region gdp_musd household_consumption_musd government_consumption_musd "
                "gfcf_musd population"
            ).split(),
            [(r, _gdp(r), *FINAL[r], POPULATION[r]) for r in regions],
        ),
        (
            "output",
            "Gross output, million USD a year.",
            ("region", "sector", "gross_output_musd"),
            _cells(OUTPUT, sectors),
        ),
        (
            "io_coefficients",
            "Purchases per unit of output, by user; columns sum to 1.",
            ("region", "input", "output_sector", "coefficient"),
            _recipes(),
        ),
        (
            "labour_shares",
            "Labour share of value added.",
            ("region", "sector", "labour_share"),
            _cells(dict.fromkeys(regions, (0.4, 0.5, 0.6)), sectors),
        ),
        (
            "final_demand_shares",
            "Shares by category; each sums to 1.",
            ("region", "category", "sector", "share"),
            [
                (r, category, s, share)
                for r in regions
                for category, shares in FINAL_SHARES.items()
                for s, share in zip(sectors, shares, strict=True)
            ],
        ),
        (
            "elasticities",
            "Elasticity of substitution between origins; ten-year trade elasticity.",
            ("sector", "sigma", "trade_elasticity_10yr_alternative"),
            [("RAW", 6, 2), ("MAN", 4, 2), ("SER", 2, 2)],
        ),
        (
            "tariffs",
            "Tariffs, percent; a pair without a row has none.",
            ("importer", "exporter", "sector", "tariff_pct"),
            [
                (importer, exporter, s, rate)
                for (importer, exporter), rates in TARIFFS.items()
                for s, rate in zip(sectors, rates, strict=False)
            ],
        ),
        (
            "distances",
            "Distance in km; neighbours and languages.",
            ("origin", "destination", "km", "contiguous", "common_language"),
            [_distance(a, b) for a in regions for b in regions],
        ),
        (
            "sanctions_coverage",
            "Share of base-year trade under bans of WLD's exports to NOR, cumulative by date.",
            "flow target date package sector coverage_cumulative coverage_effective".split(),
            [("WLD_export", "NOR", date, package, *rest) for package, date, *rest in COVERAGE],
        ),
        (
            "ownership",
            "NOR's owners in SUD.",
            ("host", "owner", "profit_share", "firm_share", "joint_venture_share"),
            [("SUD", "NOR", 0.1, 0.05, 0.4)],
        ),
        (
            "technology",
            "Foreign technology in use, needs with an analogue at home, how good it is.",
            REGION_COLUMNS,
            [
                (r, name, *shares)
                for r, rows in TECHNOLOGY.items()
                for (name, *_), shares in zip(CLASSES, rows, strict=True)
            ],
        ),
        (
            "technology_classes",
            "What a class is worth, how fast it is lost, what it costs to replace.",
            CLASS_COLUMNS,
            CLASSES,
        ),
    ]
    for name, comment, columns, rows in tables:
        lines = [f"# {comment} Invented, for tests and first steps.", ",".join(columns)]
        lines += [",".join(map(str, row)) for row in rows]
        (folder / f"{name}.csv").write_bytes(("\n".join(lines) + "\n").encode())


def _trade() -> tuple[list[Row], list[Row]]:
    """Rows of goods and of services trade; services are never better than C."""
    goods: list[Row] = []
    services: list[Row] = []
    for (origin, destination), (raw, made, service, quality) in EXPORTS.items():
        goods.append((origin, destination, "RAW", raw, quality))
        goods.append((origin, destination, "MAN", made, quality))
        services.append((origin, destination, "SER", service, "C"))
    return goods, services


def _cells(
    table: Mapping[str, Sequence[float]], sectors: Sequence[str]
) -> list[tuple[str, str, float]]:
    """Rows of a region x sector table."""
    return [
        (r, s, value)
        for r, values in table.items()
        for s, value in zip(sectors, values, strict=True)
    ]


def _recipes() -> list[tuple[str, str, str, float]]:
    """Rows of the input coefficients."""
    inputs, users = ("RAW", "MAN", "SER", "VALUE_ADDED"), ("RAW", "MAN", "SER")
    return [
        (r, i, u, share)
        for r, rows in RECIPES.items()
        for i, shares in zip(inputs, rows, strict=True)
        for u, share in zip(users, shares, strict=True)
    ]


def _gdp(region: str) -> int:
    """Value added of all sectors, million USD a year."""
    pairs = zip(OUTPUT[region], RECIPES[region][3], strict=True)
    return round(sum(output * share for output, share in pairs))


def _distance(origin: str, destination: str) -> tuple[str, str, float, int, int]:
    """A row of distances; the two members are neighbours with one language."""
    near = int({origin, destination} == {"NOR", "SUD"})
    if origin == destination:
        return origin, destination, 200, 0, 0
    km = KM.get((origin, destination)) or KM[destination, origin]
    return origin, destination, km, near, near


if __name__ == "__main__":
    write_toy(Path(__file__).parent / "toy")
