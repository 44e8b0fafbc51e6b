"""The published tables of one folder, read and checked: the left end of the model's pass.

`sim.baseline.form` says which files and columns there are, what they mean and what is taken
without them; columns beyond are kept for the reader and not looked at. All faults of a folder
are told at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.axes import Axes, parse_date
from sim.baseline.folder import Folder
from sim.baseline.form import (
    COVER_MONTHS,
    CRITICALITY,
    DISTANCE_KM,
    LABOUR_SHARE,
    SIGMA,
)
from sim.baseline.labels import check_labels
from sim.baseline.rows import Rows
from sim.baseline.sheet import Fault, Sheet, TableError, shortened
from sim.baseline.technology import Technology, read_technology
from sim.errors import InputError, unknown

CATEGORIES = {
    "HH": "household_consumption_musd",
    "GOV": "government_consumption_musd",
    "INV": "gfcf_musd",
}
QUALITY = ("A", "B", "C", "D")
SUM_TOLERANCE = 1e-3  # printed shares are rounded; beyond this it is a mistake
LEAST, MOST = 1e-30, 1e24  # of money: any unit, nothing that overflows when it is summed
FRACTIONS = 0.9
"""Tariffs of which more than this share is 1 % or less look like fractions; 0.16 of the shipped."""
HIGHEST_TARIFF = 3000.0  # %; the highest duties on farm goods are near 800
GIVEN_AWAY = 1e-9  # of a region's output: stands in for a sector that makes nothing
COVERAGE = ("coverage_cumulative", "coverage_effective")
OWNERSHIP = ("profit_share", "firm_share", "joint_venture_share")


@dataclass(frozen=True)
class Tables:
    """One folder as arrays. Money is million USD a YEAR; R regions, S sectors.

    trade: `[R,R,S]` at the seller's gate, origin != destination (diagonal 0).
    quality: `str[R,R,S]` A-D per trade cell, '' where the table has no row.
    tariff: `[R,R,S]` fraction of the value at the seller's gate, by origin, destination.
    output: `[R,S]`; gdp, population: `[R]`.
    input_share: `[R,S,S]` region, input, user: purchases per unit of output.
    value_added_share: `[R,S]` per unit of output; with input_share each column sums to 1.
    labour_share: `[R,S]` of value added.
    category_total: `[R,3]` final demand by `CATEGORIES`; category_share: `[R,3,S]` sums to 1.
    sigma: `[S]` as published; ten_year_elasticity: `[S]` or None.
    criticality: `[S]` in 0..1; input_cover: `[S]` months; price_taking: `[S]` in 0..1.
    distance: `[R,R]` km; contiguous, common_language: `bool[R,R]`.
    customs_share: `[R]` of pooled duties, sums to 1 or 0. ghosts: `[R]` factor, see regions.csv.
    coverage, ownership: the rows of their files, checked.
    egovernment: `[R]` capability of e-government in 0..1.
    technology: technology classes and what each region depends on.
    stand_in: `bool[R,S]`, cells that make nothing; output holds a billionth of the region's there.
    absent: what was taken as absent, and so what for: "tariffs.csv (no tariffs)". remarks: what
    else a reader should know of how the files were understood.
    source_digest: sha256 over names and bytes of the files read, by name.
    """

    folder: Path
    axes: Axes
    trade: np.ndarray
    quality: np.ndarray
    tariff: np.ndarray
    output: np.ndarray
    gdp: np.ndarray
    population: np.ndarray
    input_share: np.ndarray
    value_added_share: np.ndarray
    labour_share: np.ndarray
    category_total: np.ndarray
    category_share: np.ndarray
    sigma: np.ndarray
    ten_year_elasticity: np.ndarray | None
    criticality: np.ndarray
    input_cover: np.ndarray
    price_taking: np.ndarray
    distance: np.ndarray
    contiguous: np.ndarray
    common_language: np.ndarray
    coverage: Rows
    customs_share: np.ndarray
    ghosts: np.ndarray
    ownership: Rows
    egovernment: np.ndarray
    technology: Technology
    stand_in: np.ndarray
    absent: tuple[str, ...]
    remarks: tuple[str, ...]
    source_digest: str


def shipped(name: str) -> Path:
    """Folder of a baseline that comes with the package; InputError names the nearest."""
    root = Path(__file__).parent / "data"
    known = sorted(p.name for p in root.iterdir() if (p / "regions.csv").is_file())
    if name not in known:
        raise unknown("baseline", name, known)
    return root / name


def read_tables(path: Path | str) -> Tables:
    """Read a folder of tables (`sim.baseline.form`); InputError with file, line and remedy."""
    folder = Folder(Path(path))
    if not folder.path.is_dir():
        raise InputError(f"no folder {path}; give a folder of tables with a regions.csv in it")
    folder.check_names()
    regions = folder.attempt(_read_regions)
    sectors = folder.attempt(_read_sectors)
    folder.settle()
    axes, per_sector, per_region = _axes(regions, sectors)
    good = axes.is_good
    trade = folder.attempt(_read_trade, axes)
    final = folder.attempt(_read_final_shares, axes)
    recipe = folder.attempt(_read_inputs, axes)
    output = folder.attempt(_read_output, axes)
    labour = folder.attempt(_read_labour, axes)
    elasticities = folder.attempt(_read_elasticities, axes)
    tariff = folder.attempt(_read_tariffs, axes)
    distances = folder.attempt(_read_distances, axes)
    coverage = folder.attempt(_read_coverage, axes)
    ownership = folder.attempt(_read_ownership, axes)
    egovernment = folder.attempt(_read_egovernment, axes)
    technology = folder.attempt(_read_technology, axes)
    category_share, category_flow = final if final is not None else (None, None)
    macro = folder.attempt(_read_macro, axes, category_flow)
    folder.settle()
    gross, stand_in = output
    category_total, gdp, population = macro
    input_share, value_added_share = _shares_of_output(folder, axes, recipe, gross, stand_in)
    folder.settle()
    made = (gross * value_added_share).sum(axis=1)
    if stand_in.any():
        cells = [f"{axes.regions[r]} {axes.sectors[s]}" for r, s in np.argwhere(stand_in)]
        told = ", ".join(cells[:10]) + (", …" if len(cells) > 10 else "")
        folder.remarks.append(f"no output in {told}: a billionth of the region's stands in")
    trade_value, quality = trade
    sigma, ten_year = elasticities
    distance, contiguous, language = distances
    return Tables(
        folder=folder.path,
        axes=axes,
        trade=trade_value,
        quality=quality,
        tariff=tariff,
        output=gross,
        gdp=np.where(np.isnan(gdp), made, gdp),
        population=np.where(np.isnan(population), made, population),
        input_share=input_share,
        value_added_share=value_added_share,
        labour_share=labour,
        category_total=category_total,
        category_share=category_share,
        sigma=np.where(good, SIGMA["good"], SIGMA["service"]) if sigma is None else sigma,
        ten_year_elasticity=ten_year,
        criticality=per_sector["criticality"],
        input_cover=per_sector["input_cover_months"],
        price_taking=per_sector["price_taking"],
        distance=distance,
        contiguous=contiguous,
        common_language=language,
        coverage=coverage,
        customs_share=per_region["customs_share"],
        ghosts=per_region["ghosts"],
        ownership=ownership,
        egovernment=egovernment,
        technology=technology,
        stand_in=stand_in,
        absent=tuple(folder.absent),
        remarks=tuple(folder.remarks),
        source_digest=folder.digest(),
    )


def _read_regions(
    folder: Folder,
) -> tuple[Sheet, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """The sheet of regions; who is a member, what is transit, `bool[R]`; two numbers, `[R]`."""
    sheet = folder.sheet("regions.csv")
    check_labels(sheet, "region")
    nobody = np.zeros(len(sheet), dtype=bool)
    member = sheet.flags("member") if "member" in sheet else nobody
    transit = sheet.flags("transit") if "transit" in sheet else nobody
    usual = {"customs_share": (1.0, 0.0), "ghosts": (100.0, 1.0)}  # most, where nothing is said
    found = {
        name: sheet.numbers(name, 0.0, most) if name in sheet else np.full(len(sheet), value)
        for name, (most, value) in usual.items()
    }
    sheet.settle()
    shares = np.where(member, found["customs_share"], 0.0)
    if (found["customs_share"] > shares).any():
        row = int(np.argmax(found["customs_share"] > shares))
        sheet.fault(row, "customs_share of no member", "only members pool their duties: write 0")
    elif shares.any() and abs(shares.sum() - 1.0) > SUM_TOLERANCE:
        problem = f"customs_share sums to {shares.sum():g}, not to 1"
        sheet.fault(0, problem, "all that is pooled goes to somebody")
    sheet.settle()
    return sheet, member, transit, found


def _read_sectors(folder: Folder) -> tuple[Sheet, np.ndarray, dict[str, np.ndarray]]:
    """The sheet of sectors; which are goods, `bool[S]`; the three numbers of each, `[S]`."""
    sheet = folder.sheet("sectors.csv")
    check_labels(sheet, "sector")
    good = sheet.flags("good")
    bounds = {"criticality": 1.0, "input_cover_months": 60.0, "price_taking": 1.0}
    found = {name: sheet.numbers(name, 0.0, most) for name, most in bounds.items() if name in sheet}
    sheet.settle()
    otherwise = {
        "criticality": np.full(len(sheet), CRITICALITY),
        "input_cover_months": np.where(good, COVER_MONTHS["good"], COVER_MONTHS["service"]),
        "price_taking": np.zeros(len(sheet)),
    }
    return sheet, good, otherwise | found


def _axes(
    regions: tuple[Sheet, np.ndarray, np.ndarray, dict[str, np.ndarray]],
    sectors: tuple[Sheet, np.ndarray, dict[str, np.ndarray]],
) -> tuple[Axes, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Axes; criticality, input cover and price taking `[S]`; customs shares and ghosts `[R]`."""
    region_sheet, member, transit, per_region = regions
    sector_sheet, good, per_sector = sectors
    codes, sector_codes = region_sheet.columns["code"], sector_sheet.columns["code"]

    def chosen(labels: list[str], which: np.ndarray) -> tuple[str, ...]:
        return tuple(code for code, yes in zip(labels, which, strict=True) if yes)

    def names(sheet: Sheet) -> tuple[str, ...]:
        labels = sheet.columns["code"]
        pairs = zip(sheet.columns.get("name", labels), labels, strict=True)
        return tuple(name or code for name, code in pairs)

    axes = Axes(
        regions=tuple(codes),
        sectors=tuple(sector_codes),
        members=chosen(codes, member),
        goods=chosen(sector_codes, good),
        region_names=names(region_sheet),
        sector_names=names(sector_sheet),
        transit=chosen(codes, transit),
    )
    return axes, per_sector, per_region


def _read_trade(folder: Folder, axes: Axes) -> tuple[np.ndarray, np.ndarray]:
    """Trade `[R,R,S]` million USD a year and its quality `str[R,R,S]`, goods and services."""
    shape = (len(axes.regions), len(axes.regions), len(axes.sectors))
    trade, quality = np.zeros(shape), np.full(shape, "", dtype="<U1")
    sheets = [
        (folder.sheet("trade_goods.csv") if axes.goods else None, True),
        (folder.sheet_if_there("trade_services.csv", said=bool(axes.is_good.all())), False),
    ]
    for sheet, goods in sheets:
        if sheet is None:
            continue
        cell = (
            sheet.codes("origin", axes.regions, "region"),
            sheet.codes("destination", axes.regions, "region"),
            sheet.codes("sector", axes.sectors, "sector"),
        )
        sheet.require_different("origin", "destination")
        sheet.require_unique("origin", "destination", "sector")
        for row in np.flatnonzero((axes.is_good[cell[2]] != goods) & (cell[2] >= 0)):
            problem = f"sector {sheet.columns['sector'][row]} is a {'service' if goods else 'good'}"
            sheet.fault(int(row), problem, "move the row to the other trade file")
        remedy = "a flow cannot be negative: enter a reverse flow under the opposite pair"
        value = sheet.numbers("value_musd", 0.0, MOST, remedy=remedy)
        if "quality" in sheet:
            sheet.codes("quality", QUALITY, "quality letter")
        sheet.settle()
        trade[cell] = value
        quality[cell] = sheet.columns.get("quality", ["B"] * len(sheet))
    return trade, quality


def _read_tariffs(folder: Folder, axes: Axes) -> np.ndarray:
    """Tariff `[R,R,S]` by origin, destination, as a fraction; 0 where there is no row."""
    tariff = np.zeros((len(axes.regions), len(axes.regions), len(axes.sectors)))
    sheet = folder.sheet_if_there("tariffs.csv")
    if sheet is None:
        return tariff
    cell = (
        sheet.codes("exporter", axes.regions, "region"),
        sheet.codes("importer", axes.regions, "region"),
        sheet.codes("sector", axes.sectors, "sector"),
    )
    sheet.require_different("importer", "exporter")
    sheet.require_unique("importer", "exporter", "sector")
    remedy = "tariffs are percent of the value: write 5 for 5 %; subsidies go elsewhere"
    percent = sheet.numbers("tariff_pct", 0.0, HIGHEST_TARIFF, remedy)
    sheet.settle()
    tariff[cell] = percent / 100
    charged = percent[percent > 0]
    low = int((charged <= 1).sum())
    if low > FRACTIONS * charged.size:
        folder.remarks.append(
            f"{low:,} of {charged.size:,} tariffs are 1 % or less, the highest is "
            f"{charged.max():g} %: tariff_pct is in percent, 5 is 5 %"
        )
    return tariff


def _read_macro(
    folder: Folder, axes: Axes, flows: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Totals of final demand `[R,3]`; GDP and population `[R]`, NaN where there is none.

    flows: `[R,3]` totals of final_demand_shares.csv where that has flows.
    """
    regions = len(axes.regions)
    unknown_yet = np.full(regions, np.nan)
    sheet = folder.sheet("macro.csv") if flows is None else folder.sheet_if_there("macro.csv")
    if sheet is None:
        return np.asarray(flows), unknown_yet, unknown_yet.copy()
    sheet.require_unique("region")
    region = [sheet.codes("region", axes.regions, "region")]
    remedy = "give the total of the year; it cannot be negative or zero where it is a scale"
    lowest = {CATEGORIES["HH"]: LEAST, "gdp_musd": LEAST, "population": 1.0}
    columns = ("gdp_musd", "population", *CATEGORIES.values())
    found = {
        name: sheet.numbers(name, lowest.get(name, 0.0), MOST, remedy)
        for name in columns
        if name in sheet
    }
    filled = {name: sheet.fill(v, region, [axes.regions]) for name, v in found.items()}
    totals = []
    for k, column in enumerate(CATEGORIES.values()):
        if column in filled:
            totals.append(filled[column])
        elif flows is not None:
            totals.append(flows[:, k])
        else:
            problem, remedy = f"no column '{column}'", "add it, or give flows of final demand"
            raise TableError([Fault(sheet.path, sheet.header_line, problem, remedy)])
    return (
        np.stack(totals, axis=1),
        filled.get("gdp_musd", unknown_yet),
        filled.get("population", unknown_yet),
    )


def _by_region_sector(
    sheet: Sheet, axes: Axes, column: str, low: float, high: float, remedy: str
) -> np.ndarray:
    """`float64[R,S]`: one column of a complete region x sector table."""
    sheet.require_unique("region", "sector")
    cell = [
        sheet.codes("region", axes.regions, "region"),
        sheet.codes("sector", axes.sectors, "sector"),
    ]
    return sheet.fill(sheet.numbers(column, low, high, remedy), cell, [axes.regions, axes.sectors])


def _read_output(folder: Folder, axes: Axes) -> tuple[np.ndarray, np.ndarray]:
    """Gross output `[R,S]`, and `bool[R,S]` where nothing is made and a trifle stands in."""
    sheet = folder.sheet("output.csv")
    remedy = "gross output of the year, 0 where a sector makes nothing"
    gross = _by_region_sector(sheet, axes, "gross_output_musd", 0.0, MOST, remedy)
    whole = gross.sum(axis=1, keepdims=True)
    for r in np.flatnonzero(whole[:, 0] < LEAST):
        row = sheet.columns["region"].index(axes.regions[r])
        sheet.fault(row, f"{axes.regions[r]} makes nothing at all", "leave the region out")
    sheet.settle()
    nothing = gross < GIVEN_AWAY * whole
    return np.where(nothing, GIVEN_AWAY * whole, gross), nothing


def _read_labour(folder: Folder, axes: Axes) -> np.ndarray:
    """Share of wages in value added `[R,S]`."""
    sheet = folder.sheet_if_there("labour_shares.csv")
    if sheet is None:
        return np.full((len(axes.regions), len(axes.sectors)), LABOUR_SHARE)
    remedy = "a share of value added, above 0 and at most 1"
    return _by_region_sector(sheet, axes, "labour_share", 1e-9, 1.0, remedy)


def _read_inputs(folder: Folder, axes: Axes) -> tuple[Sheet, np.ndarray, bool]:
    """io_coefficients.csv as `[R, input, user]`, the last input VALUE_ADDED; whether it has flows.

    Where flows have no row for VALUE_ADDED it is NaN.
    """
    sheet = folder.sheet("io_coefficients.csv")
    sheet.require_unique("region", "input", "output_sector")
    inputs = (*axes.sectors, "VALUE_ADDED")
    cell = [
        sheet.codes("region", axes.regions, "region"),
        sheet.codes("input", inputs, "input"),
        sheet.codes("output_sector", axes.sectors, "sector"),
    ]
    names = [axes.regions, inputs, axes.sectors]
    if "value_musd" in sheet:
        remedy = "a purchase cannot be negative: enter it as a sale of the other sector"
        table = sheet.fill(sheet.numbers("value_musd", 0.0, MOST, remedy), cell, names, 0.0)
        given = np.zeros(table.shape, dtype=bool)
        given[tuple(cell)] = True
        table[:, -1][~given[:, -1]] = np.nan
        return sheet, table, True
    values = sheet.numbers("coefficient", 0.0, 1.0)
    table = sheet.fill(values, cell, names)
    _require_sums(sheet, values, [cell[0], cell[2]], [axes.regions, axes.sectors])
    for row in np.flatnonzero((cell[1] == len(axes.sectors)) & (values <= 0)):
        problem = (
            f"VALUE_ADDED share {sheet.columns['coefficient'][row]} of {_key(sheet, int(row))}"
        )
        sheet.fault(int(row), problem, "it must lie above 0; 1 is a sector that buys nothing")
    sheet.settle()
    return sheet, table, False


def _shares_of_output(
    folder: Folder,
    axes: Axes,
    recipe: tuple[Sheet, np.ndarray, bool],
    output: np.ndarray,
    stand_in: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Input shares `[R, input, user]` and value-added shares `[R, user]`, columns summing to 1.

    The printed shares sum to 1 within rounding; what is missing is spread over the inputs.
    """
    sheet, table, flows = recipe
    if not flows:
        value_added = np.ascontiguousarray(table[:, -1])
        purchases = table[:, :-1]
        bought = purchases.sum(axis=1)
        nothing = bought <= SUM_TOLERANCE * SUM_TOLERANCE
        value_added = np.where(nothing, 1.0, value_added)
        scale = np.where(nothing, 0.0, (1 - value_added) / np.where(nothing, 1.0, bought))
        return purchases * scale[:, None], value_added
    purchases, own = table[:, :-1], table[:, -1]
    bought = purchases.sum(axis=1)
    left = np.where(np.isnan(own), output - bought, own)
    for r, u in np.argwhere((left <= 0) & ~stand_in):
        problem = (
            f"{axes.regions[r]} {axes.sectors[u]} buys inputs of {bought[r, u]:.6g} for an output "
            f"of {output[r, u]:.6g}: nothing is left as value added"
        )
        remedy = "raise gross_output_musd, lower the flows, or give VALUE_ADDED rows"
        folder.faults.append(Fault(sheet.path, sheet.header_line, problem, remedy))
    left = np.where(left > 0, left, 1.0)
    whole = bought + left
    return purchases / whole[:, None], left / whole


def _key(sheet: Sheet, row: int) -> str:
    return f"{sheet.columns['region'][row]} {sheet.columns['output_sector'][row]}"


def _read_final_shares(folder: Folder, axes: Axes) -> tuple[np.ndarray, np.ndarray | None]:
    """Shares of each category of final demand `[R,3,S]`, summing to 1 over sectors.

    Of flows their totals `[R,3]` too; a category without any is spread like the others.
    """
    sheet = folder.sheet("final_demand_shares.csv")
    sheet.require_unique("region", "category", "sector")
    categories = tuple(CATEGORIES)
    cell = [
        sheet.codes("region", axes.regions, "region"),
        sheet.codes("category", categories, "category of final demand"),
        sheet.codes("sector", axes.sectors, "sector"),
    ]
    names = [axes.regions, categories, axes.sectors]
    remedy = "a share is from 0 to 1; what is drawn from stocks belongs to output"
    if "value_musd" in sheet:
        table = sheet.fill(sheet.numbers("value_musd", 0.0, MOST, remedy), cell, names, 0.0)
        totals = table.sum(axis=2)
        for r in np.flatnonzero(totals[:, 0] < LEAST):
            problem = f"households of {axes.regions[r]} buy nothing"
            fault = Fault(sheet.path, sheet.header_line, problem, "add rows of category HH")
            raise TableError([fault])
        like_all = table.sum(axis=1, keepdims=True)
        table = np.where(totals[:, :, None] > 0, table, like_all)
        return table / table.sum(axis=2, keepdims=True), totals
    values = sheet.numbers("share", 0.0, 1.0, remedy)
    table = sheet.fill(values, cell, names)
    _require_sums(sheet, values, cell[:2], [axes.regions, categories])
    sheet.settle()
    return table / table.sum(axis=2, keepdims=True), None


def _require_sums(
    sheet: Sheet, values: np.ndarray, group: Sequence[np.ndarray], axes: Sequence[Sequence[str]]
) -> None:
    """A fault for each group of rows whose shares do not sum to 1."""
    sums = np.zeros([len(axis) for axis in axes])
    np.add.at(sums, tuple(group), values)
    for bad in np.argwhere(np.abs(sums - 1) > SUM_TOLERANCE):
        rows = np.flatnonzero(np.all([g == b for g, b in zip(group, bad, strict=True)], axis=0))
        name = ", ".join(axis[i] for axis, i in zip(axes, bad, strict=True))
        problem = f"shares of {name} sum to {sums[tuple(bad)]:.6g}, not 1"
        remedy = f"correct the rows of lines {sheet.lines[rows[0]]} to {sheet.lines[rows[-1]]}"
        sheet.fault(int(rows[0]), problem, remedy)


def _read_elasticities(folder: Folder, axes: Axes) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Published sigma `[S]` and, where given, the ten-year trade elasticity `[S]`."""
    sheet = folder.sheet_if_there("elasticities.csv")
    if sheet is None:
        return None, None
    sheet.require_unique("sector")
    cell = [sheet.codes("sector", axes.sectors, "sector")]
    remedy = "goods of different origins must be substitutes: sigma above 1"
    values = sheet.numbers("sigma", 1.01, 100.0, remedy)
    column = "trade_elasticity_10yr_alternative"
    ten_year = sheet.numbers(column, 0.01, 100.0) if column in sheet else None
    sigma = sheet.fill(values, cell, [axes.sectors])
    return sigma, None if ten_year is None else sheet.fill(ten_year, cell, [axes.sectors])


def _read_distances(folder: Folder, axes: Axes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distance `[R,R]` km, contiguity and common language `bool[R,R]`."""
    sheet = folder.sheet_if_there("distances.csv")
    square = (len(axes.regions), len(axes.regions))
    if sheet is None:
        none = np.zeros(square, dtype=bool)
        return np.full(square, DISTANCE_KM), none, none.copy()
    sheet.require_unique("origin", "destination")
    cell = [
        sheet.codes("origin", axes.regions, "region"),
        sheet.codes("destination", axes.regions, "region"),
    ]
    km = sheet.numbers("km", 0.1, 40_000.0)
    ties = [
        sheet.flags(name).astype(float) if name in sheet else np.zeros(len(sheet))
        for name in ("contiguous", "common_language")
    ]
    distance, contiguous, language = (
        sheet.fill(values, cell, [axes.regions, axes.regions]) for values in (km, *ties)
    )
    return distance, contiguous > 0, language > 0


def _read_coverage(folder: Folder, axes: Axes) -> Rows:
    """Rows of sanctions_coverage.csv with `date` as datetime.date; totals (ALL_GOODS) dropped."""
    keys = ["flow", "target", "date", "package", "sector"]
    sheet = folder.sheet_if_there("sanctions_coverage.csv")
    if sheet is None:
        return Rows.of([], [*keys, *COVERAGE])
    sheet = sheet.without("sector", "ALL_GOODS")
    sheet.codes("target", axes.regions, "region")
    sheet.codes("sector", axes.sectors, "sector")
    sheet.require_unique(*keys)
    dates = []
    for row, cell in enumerate(sheet.columns["date"]):
        try:
            dates.append(parse_date(shortened(cell), "date"))
        except InputError as error:
            sheet.fault(row, str(error), "use the day the measure took effect")
    columns: dict[str, Iterable[object]] = {key: sheet.columns[key] for key in keys}
    for column in COVERAGE:
        columns[column] = sheet.numbers(column, 0.0, 1.0, "coverage is a share, not a percentage")
    sheet.settle()
    columns["date"] = dates
    return Rows(columns)


def _read_ownership(folder: Folder, axes: Axes) -> Rows:
    """Rows of ownership.csv: which share of a host's profits and firms belongs to which owner."""
    sheet = folder.sheet_if_there("ownership.csv")
    if sheet is None:
        return Rows.of([], ["host", "owner", *OWNERSHIP])
    host = sheet.codes("host", axes.regions, "region")
    sheet.codes("owner", axes.regions, "region")
    sheet.require_different("host", "owner")
    sheet.require_unique("host", "owner")
    shares = {column: sheet.numbers(column, 0.0, 1.0) for column in OWNERSHIP}
    sheet.settle()
    paid = np.bincount(host, shares["profit_share"], len(axes.regions))
    for r in np.flatnonzero(paid > 1):
        row = int(np.argmax(host == r))
        problem = f"profit shares of host {axes.regions[r]} sum to {paid[r]:g}"
        sheet.fault(row, problem, "owners abroad cannot own more than all of the profits")
    sheet.settle()
    return Rows({"host": sheet.columns["host"], "owner": sheet.columns["owner"], **shares})


def _read_egovernment(folder: Folder, axes: Axes) -> np.ndarray:
    """`float64[R]` capability of e-government, 0 to 1; complete where there is a file."""
    sheet = folder.sheet_if_there("egovernment.csv")
    if sheet is None:
        return np.ones(len(axes.regions))
    sheet.require_unique("region")
    cell = [sheet.codes("region", axes.regions, "region")]
    values = sheet.numbers("egdi", 0.0, 1.0, "the index runs from 0 to 1, it is not a rank")
    return sheet.fill(values, cell, [axes.regions])


def _read_technology(folder: Folder, axes: Axes) -> Technology:
    """Both technology tables, or neither."""
    regions = folder.sheet_if_there("technology.csv")
    return read_technology(regions, folder.sheet_if_there("technology_classes.csv"), axes)
