"""The published tables of one folder, read and checked: the left end of the model's pass.

A folder holds the files below; columns beyond those named are kept for the reader and ignored.

| file | needed | columns | left out |
|---|---|---|---|
| regions.csv | yes | code, name, member, transit | |
| sectors.csv | yes | code, name, good, criticality, input_cover_months, price_taking | |
| macro.csv | yes | region, gdp_musd, population and the three demand totals (`CATEGORIES`) | |
| trade_goods.csv | yes | origin, destination, sector, value_musd, quality | no row: no trade |
| output.csv | yes | region, sector, gross_output_musd | |
| io_coefficients.csv | yes | region, input, output_sector, coefficient | |
| labour_shares.csv | yes | region, sector, labour_share | |
| final_demand_shares.csv | yes | region, category, sector, share | |
| elasticities.csv | yes | sector, sigma (trade_elasticity_10yr_alternative) | |
| trade_services.csv | no | as trade_goods.csv | no trade in services |
| tariffs.csv | no | importer, exporter, sector, tariff_pct | no file or row: no tariff |
| distances.csv | no | origin, destination, km, contiguous, common_language | 1000 km, no ties |
| sanctions_coverage.csv | no | flow, target, date, package, sector, two coverages | none |
| ownership.csv | no | host, owner, profit_share, firm_share, joint_venture_share | none |
| egovernment.csv | no | region, egdi | 1 everywhere |
| technology.csv, technology_classes.csv | no | see `sim.baseline.technology` | nothing to lose |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd

from sim.axes import Axes, parse_date
from sim.baseline.sheet import Sheet
from sim.baseline.technology import CLASS_COLUMNS, REGION_COLUMNS, Technology, read_technology
from sim.errors import InputError, nearest, unknown

CATEGORIES = {
    "HH": "household_consumption_musd",
    "GOV": "government_consumption_musd",
    "INV": "gfcf_musd",
}
QUALITY = ("A", "B", "C", "D")
SUM_TOLERANCE = 1e-3  # printed shares are rounded; beyond this it is a mistake
NO_DISTANCE_KM = 1000.0
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
    coverage, ownership: the rows of their files, checked.
    egovernment: `[R]` capability of e-government in 0..1.
    technology: technology classes and what each region depends on.
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
    coverage: pd.DataFrame
    ownership: pd.DataFrame
    egovernment: np.ndarray
    technology: Technology
    source_digest: str


@dataclass(frozen=True)
class _Folder:
    """Hands out sheets and remembers which files were read."""

    path: Path
    read: list[Path] = field(default_factory=list)

    def sheet(self, name: str, columns: Sequence[str]) -> Sheet:
        """A file that must exist."""
        found = self.sheet_if_there(name, columns)
        if found is None:
            there = sorted(p.name for p in self.path.glob("*.csv"))
            near = nearest(name, there)
            hint = f"rename '{near}'?" if near else f"add it with columns {', '.join(columns)}"
            raise InputError(f"{self.path}: no file {name} (found: {', '.join(there)}); {hint}")
        return found

    def sheet_if_there(self, name: str, columns: Sequence[str]) -> Sheet | None:
        """A file that may be left out: None then."""
        path = self.path / name
        if not path.is_file():
            return None
        self.read.append(path)
        return Sheet.read(path, columns)

    def digest(self) -> str:
        """sha256 hex over names and bytes of the files read, sorted by name."""
        total = sha256()
        for path in sorted(self.read, key=lambda p: p.name):
            total.update(path.name.encode() + b"\0")
            total.update(sha256(path.read_bytes()).digest())
        return total.hexdigest()


def shipped(name: str) -> Path:
    """Folder of a baseline that comes with the package; InputError names the nearest."""
    root = Path(__file__).parent / "data"
    known = sorted(p.name for p in root.iterdir() if (p / "regions.csv").is_file())
    if name not in known:
        raise unknown("baseline", name, known)
    return root / name


def read_tables(path: Path | str) -> Tables:
    """Read a folder of tables (module docstring); InputError with file, line and remedy."""
    folder = _Folder(Path(path))
    if not folder.path.is_dir():
        raise InputError(f"no folder {path}; give a folder of tables with a regions.csv in it")
    axes, criticality, input_cover, price_taking = _read_axes(folder)
    trade, quality = _read_trade(folder, axes)
    macro = folder.sheet("macro.csv", ["region", "gdp_musd", "population", *CATEGORIES.values()])
    macro.require_unique("region")
    input_share, value_added_share = _read_inputs(folder, axes)
    sigma, ten_year = _read_elasticities(folder, axes)
    distance, contiguous, language = _read_distances(folder, axes)
    lowest = {"HH": 1e-9}  # households must buy something, the others may not exist
    category_total = [
        _by_region(macro, axes, column, lowest.get(category, 0.0))
        for category, column in CATEGORIES.items()
    ]
    return Tables(
        folder=folder.path,
        axes=axes,
        trade=trade,
        quality=quality,
        tariff=_read_tariffs(folder, axes),
        output=_by_region_sector(folder, axes, "output.csv", "gross_output_musd"),
        gdp=_by_region(macro, axes, "gdp_musd", 1e-9),
        population=_by_region(macro, axes, "population", 1.0),
        input_share=input_share,
        value_added_share=value_added_share,
        labour_share=_by_region_sector(folder, axes, "labour_shares.csv", "labour_share", 1.0),
        category_total=np.stack(category_total, axis=1),
        category_share=_read_final_shares(folder, axes),
        sigma=sigma,
        ten_year_elasticity=ten_year,
        criticality=criticality,
        input_cover=input_cover,
        price_taking=price_taking,
        distance=distance,
        contiguous=contiguous,
        common_language=language,
        coverage=_read_coverage(folder, axes),
        ownership=_read_ownership(folder, axes),
        egovernment=_read_egovernment(folder, axes),
        technology=read_technology(
            folder.sheet_if_there("technology.csv", REGION_COLUMNS),
            folder.sheet_if_there("technology_classes.csv", CLASS_COLUMNS),
            axes,
        ),
        source_digest=folder.digest(),
    )


def _read_axes(folder: _Folder) -> tuple[Axes, np.ndarray, np.ndarray, np.ndarray]:
    """Axes from regions.csv and sectors.csv; criticality, input cover, price taking `[S]`."""
    regions = folder.sheet("regions.csv", ["code", "name", "member", "transit"])
    wanted = ["code", "name", "good", "criticality", "input_cover_months", "price_taking"]
    sectors = folder.sheet("sectors.csv", wanted)
    for sheet in (regions, sectors):
        sheet.require_unique("code")
        for row, code in enumerate(sheet.columns["code"]):
            if not code:
                raise sheet.error(row, "code is empty", "give every row a short unique code")
    member, good = regions.flags("member"), sectors.flags("good")
    transit = regions.flags("transit")
    axes = Axes(
        regions=tuple(regions.columns["code"]),
        sectors=tuple(sectors.columns["code"]),
        members=tuple(c for c, m in zip(regions.columns["code"], member, strict=True) if m),
        goods=tuple(c for c, g in zip(sectors.columns["code"], good, strict=True) if g),
        region_names=tuple(regions.columns["name"]),
        sector_names=tuple(sectors.columns["name"]),
        transit=tuple(c for c, t in zip(regions.columns["code"], transit, strict=True) if t),
    )
    cover = sectors.numbers("input_cover_months", 0.0, 60.0)
    taking = sectors.numbers("price_taking", 0.0, 1.0)
    return axes, sectors.numbers("criticality", 0.0, 1.0), cover, taking


def _read_trade(folder: _Folder, axes: Axes) -> tuple[np.ndarray, np.ndarray]:
    """Trade `[R,R,S]` million USD a year and its quality `str[R,R,S]`, goods and services."""
    shape = (len(axes.regions), len(axes.regions), len(axes.sectors))
    trade, quality = np.zeros(shape), np.full(shape, "", dtype="<U1")
    columns = ["origin", "destination", "sector", "value_musd", "quality"]
    sheets = [
        (folder.sheet("trade_goods.csv", columns), True),
        (folder.sheet_if_there("trade_services.csv", columns), False),
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
        wrong = axes.is_good[cell[2]] != goods
        if wrong.any():
            row = int(np.argmax(wrong))
            problem = f"sector {sheet.columns['sector'][row]} is a {'service' if goods else 'good'}"
            raise sheet.error(row, problem, "move the row to the other trade file")
        remedy = "a flow cannot be negative: enter a reverse flow under the opposite pair"
        trade[cell] = sheet.numbers("value_musd", 0.0, remedy=remedy)
        sheet.codes("quality", QUALITY, "quality letter")
        quality[cell] = sheet.columns["quality"]
    return trade, quality


def _read_tariffs(folder: _Folder, axes: Axes) -> np.ndarray:
    """Tariff `[R,R,S]` by origin, destination, as a fraction; 0 where there is no row."""
    tariff = np.zeros((len(axes.regions), len(axes.regions), len(axes.sectors)))
    columns = ["importer", "exporter", "sector", "tariff_pct"]
    sheet = folder.sheet_if_there("tariffs.csv", columns)
    if sheet is None:
        return tariff
    cell = (
        sheet.codes("exporter", axes.regions, "region"),
        sheet.codes("importer", axes.regions, "region"),
        sheet.codes("sector", axes.sectors, "sector"),
    )
    sheet.require_different("importer", "exporter")
    sheet.require_unique("importer", "exporter", "sector")
    remedy = "tariffs are percent of the value: write 5 for 5 %, at most 100, subsidies elsewhere"
    tariff[cell] = sheet.numbers("tariff_pct", 0.0, 100.0, remedy) / 100
    return tariff


def _by_region(macro: Sheet, axes: Axes, column: str, low: float) -> np.ndarray:
    """`float64[R]`: one column of macro.csv, complete."""
    region = macro.codes("region", axes.regions, "region")
    remedy = "give the total of the year; it cannot be negative or zero where it is a scale"
    return macro.fill(macro.numbers(column, low, remedy=remedy), [region], [axes.regions])


def _by_region_sector(
    folder: _Folder, axes: Axes, name: str, column: str, high: float = np.inf
) -> np.ndarray:
    """`float64[R,S]`: one positive column of a complete region x sector table."""
    sheet = folder.sheet(name, ["region", "sector", column])
    sheet.require_unique("region", "sector")
    cell = [
        sheet.codes("region", axes.regions, "region"),
        sheet.codes("sector", axes.sectors, "sector"),
    ]
    values = sheet.numbers(column, 1e-9, high, "it must be positive; merge an empty sector away")
    return sheet.fill(values, cell, [axes.regions, axes.sectors])


def _read_inputs(folder: _Folder, axes: Axes) -> tuple[np.ndarray, np.ndarray]:
    """Input shares `[R, input, user]` and value-added shares `[R, user]`, columns summing to 1.

    The printed columns sum to 1 within rounding; what is missing is spread over the inputs.
    """
    sheet = folder.sheet("io_coefficients.csv", ["region", "input", "output_sector", "coefficient"])
    sheet.require_unique("region", "input", "output_sector")
    inputs = (*axes.sectors, "VALUE_ADDED")
    cell = [
        sheet.codes("region", axes.regions, "region"),
        sheet.codes("input", inputs, "input"),
        sheet.codes("output_sector", axes.sectors, "sector"),
    ]
    values = sheet.numbers("coefficient", 0.0, 1.0)
    table = sheet.fill(values, cell, [axes.regions, inputs, axes.sectors])
    _require_sums(sheet, values, [cell[0], cell[2]], [axes.regions, axes.sectors])
    value_added = np.ascontiguousarray(table[:, -1])
    bad = (cell[1] == len(axes.sectors)) & ((values <= 0) | (values >= 1 - SUM_TOLERANCE))
    if bad.any():
        row = int(np.argmax(bad))
        problem = f"VALUE_ADDED share {sheet.columns['coefficient'][row]} of {_key(sheet, row)}"
        raise sheet.error(row, problem, "it must lie between 0 and 0.999")
    purchases = table[:, :-1]
    return purchases * ((1 - value_added) / purchases.sum(axis=1))[:, None], value_added


def _key(sheet: Sheet, row: int) -> str:
    return f"{sheet.columns['region'][row]} {sheet.columns['output_sector'][row]}"


def _read_final_shares(folder: _Folder, axes: Axes) -> np.ndarray:
    """`float64[R,3,S]`: shares of each category of final demand, summing to 1 over sectors."""
    sheet = folder.sheet("final_demand_shares.csv", ["region", "category", "sector", "share"])
    sheet.require_unique("region", "category", "sector")
    categories = tuple(CATEGORIES)
    cell = [
        sheet.codes("region", axes.regions, "region"),
        sheet.codes("category", categories, "category of final demand"),
        sheet.codes("sector", axes.sectors, "sector"),
    ]
    values = sheet.numbers("share", 0.0, 1.0)
    table = sheet.fill(values, cell, [axes.regions, categories, axes.sectors])
    _require_sums(sheet, values, cell[:2], [axes.regions, categories])
    return table / table.sum(axis=2, keepdims=True)


def _require_sums(
    sheet: Sheet, values: np.ndarray, group: Sequence[np.ndarray], axes: Sequence[Sequence[str]]
) -> None:
    """InputError for the first group of rows whose shares do not sum to 1."""
    sums = np.zeros([len(axis) for axis in axes])
    np.add.at(sums, tuple(group), values)
    bad = np.argwhere(np.abs(sums - 1) > SUM_TOLERANCE)
    if len(bad):
        rows = np.flatnonzero(np.all([g == b for g, b in zip(group, bad[0], strict=True)], axis=0))
        name = ", ".join(axis[i] for axis, i in zip(axes, bad[0], strict=True))
        problem = f"shares of {name} sum to {sums[tuple(bad[0])]:.6g}, not 1"
        remedy = f"correct the rows of lines {sheet.lines[rows[0]]} to {sheet.lines[rows[-1]]}"
        raise sheet.error(int(rows[0]), problem, remedy)


def _read_elasticities(folder: _Folder, axes: Axes) -> tuple[np.ndarray, np.ndarray | None]:
    """Published sigma `[S]` and, where given, the ten-year trade elasticity `[S]`."""
    sheet = folder.sheet("elasticities.csv", ["sector", "sigma"])
    sheet.require_unique("sector")
    cell = [sheet.codes("sector", axes.sectors, "sector")]
    remedy = "goods of different origins must be substitutes: sigma above 1"
    sigma = sheet.fill(sheet.numbers("sigma", 1.01, 100.0, remedy), cell, [axes.sectors])
    column = "trade_elasticity_10yr_alternative"
    if column not in sheet.columns:
        return sigma, None
    return sigma, sheet.fill(sheet.numbers(column, 0.01, 100.0), cell, [axes.sectors])


def _read_distances(folder: _Folder, axes: Axes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distance `[R,R]` km, contiguity and common language `bool[R,R]`."""
    columns = ["origin", "destination", "km", "contiguous", "common_language"]
    sheet = folder.sheet_if_there("distances.csv", columns)
    if sheet is None:
        square = (len(axes.regions), len(axes.regions))
        none = np.zeros(square, dtype=bool)
        return np.full(square, NO_DISTANCE_KM), none, none.copy()
    sheet.require_unique("origin", "destination")
    cell = [
        sheet.codes("origin", axes.regions, "region"),
        sheet.codes("destination", axes.regions, "region"),
    ]
    columns_of_values = (
        sheet.numbers("km", 0.1, 40_000.0),
        sheet.flags("contiguous").astype(float),
        sheet.flags("common_language").astype(float),
    )
    km, contiguous, language = (
        sheet.fill(values, cell, [axes.regions, axes.regions]) for values in columns_of_values
    )
    return km, contiguous > 0, language > 0


def _read_coverage(folder: _Folder, axes: Axes) -> pd.DataFrame:
    """Rows of sanctions_coverage.csv with `date` as datetime.date; totals (ALL_GOODS) dropped."""
    keys = ["flow", "target", "date", "package", "sector"]
    sheet = folder.sheet_if_there("sanctions_coverage.csv", [*keys, *COVERAGE])
    if sheet is None:
        return pd.DataFrame(columns=[*keys, *COVERAGE])
    sheet = sheet.without("sector", "ALL_GOODS")
    sheet.codes("target", axes.regions, "region")
    sheet.codes("sector", axes.sectors, "sector")
    sheet.require_unique(*keys)
    dates = []
    for row, cell in enumerate(sheet.columns["date"]):
        try:
            dates.append(parse_date(cell, "date"))
        except InputError as error:
            raise sheet.error(row, str(error), "use the day the measure took effect") from None
    columns: dict[str, object] = {key: sheet.columns[key] for key in keys}
    columns["date"] = pd.Series(dates, dtype=object)
    for column in COVERAGE:
        columns[column] = sheet.numbers(column, 0.0, 1.0, "coverage is a share, not a percentage")
    return pd.DataFrame(columns)


def _read_ownership(folder: _Folder, axes: Axes) -> pd.DataFrame:
    """Rows of ownership.csv: which share of a host's profits and firms belongs to which owner."""
    sheet = folder.sheet_if_there("ownership.csv", ["host", "owner", *OWNERSHIP])
    if sheet is None:
        return pd.DataFrame(columns=["host", "owner", *OWNERSHIP])
    host = sheet.codes("host", axes.regions, "region")
    sheet.codes("owner", axes.regions, "region")
    sheet.require_different("host", "owner")
    sheet.require_unique("host", "owner")
    shares = {column: sheet.numbers(column, 0.0, 1.0) for column in OWNERSHIP}
    paid = np.bincount(host, shares["profit_share"], len(axes.regions))
    if (paid > 1).any():
        row = int(np.argmax(paid[host] > 1))
        problem = f"profit shares of host {sheet.columns['host'][row]} sum to {paid[host[row]]:g}"
        raise sheet.error(row, problem, "owners abroad cannot own more than all of the profits")
    return pd.DataFrame({"host": sheet.columns["host"], "owner": sheet.columns["owner"], **shares})


def _read_egovernment(folder: _Folder, axes: Axes) -> np.ndarray:
    """`float64[R]` capability of e-government, 0 to 1; complete where there is a file."""
    sheet = folder.sheet_if_there("egovernment.csv", ["region", "egdi"])
    if sheet is None:
        return np.ones(len(axes.regions))
    sheet.require_unique("region")
    cell = [sheet.codes("region", axes.regions, "region")]
    values = sheet.numbers("egdi", 0.0, 1.0, "the index runs from 0 to 1, it is not a rank")
    return sheet.fill(values, cell, [axes.regions])
