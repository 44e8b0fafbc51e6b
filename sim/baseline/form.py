"""The form of a folder of tables: every file and column, its unit, and what is taken without it.

One place says it: the reader checks names against it, a run says what it took as absent, and
the tables in `docs/your_own_union.md` are made of it (`python docs/tables.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

SIGMA = {"good": 4.0, "service": 2.0}
CRITICALITY = 0.5
COVER_MONTHS = {"good": 1.0, "service": 0.0}
LABOUR_SHARE = 0.55
DISTANCE_KM = 1000.0
"""What stands in for a table that is not there. None of them is in an input-output table: sigma
of goods is the middle of published estimates at this aggregation and judgement for services
(Costinot & Rodriguez-Clare 2014 use a trade elasticity near 5 for goods), criticality the middle
between an input that binds at once and one that never does (Pichler et al. 2022), cover a month of
goods and nothing of services, the labour share near the world's mean (PWT; ILO 2024: 0.52)."""


@dataclass(frozen=True)
class Column:
    """One column. without: what is taken where it is left out; None: it must be there.

    instead: the column that it can stand in for.
    """

    name: str
    unit: str
    meaning: str
    without: str | None = None
    instead: str | None = None


@dataclass(frozen=True)
class File:
    """One file. rows: which rows it has. without: what is taken where it is left out; None: needed.

    documents: columns that shipped tables carry for the reader; they are not looked at.
    may_be_empty: a header alone means something.
    """

    name: str
    rows: str
    columns: tuple[Column, ...]
    without: str | None = None
    documents: tuple[str, ...] = ()
    may_be_empty: bool = False

    @property
    def needed(self) -> tuple[str, ...]:
        """Columns that must be there, or have another in their place."""
        return tuple(c.name for c in self.columns if c.without is None and c.instead is None)

    @property
    def stand_ins(self) -> dict[str, str]:
        """Needed column -> the one that can stand in its place."""
        return {c.instead: c.name for c in self.columns if c.instead}

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(c for c in self.columns if c.name == name)


def _trade(name: str, what: str, without: str | None) -> File:
    return File(
        name,
        f"any pair of different regions and {what}; no row: no trade",
        (
            Column("origin", "code", "who sells"),
            Column("destination", "code", "who buys"),
            Column("sector", "code", f"a {what}"),
            Column("value_musd", "mUSD a year", "at the seller's gate, before tariffs"),
            Column(
                "quality",
                "A–D",
                "A to C are kept as they are; D (guessed) may give way between non-members",
                "B",
            ),
        ),
        without,
        ("basis",),
        may_be_empty=True,
    )


FORM = {
    file.name: file
    for file in (
        File(
            "regions.csv",
            "one a region, in the order of pictures",
            (
                Column("code", "text", "letters, digits and . _ -; at most 32; a word of its own"),
                Column("name", "text", "for pictures", "the code"),
                Column("member", "0 or 1", "belongs to the union", "0: nobody does"),
                Column("transit", "0 or 1", "goods can pass through to others", "0"),
                Column("customs_share", "share", "of the duties that members pool", "0: none do"),
                Column("ghosts", "factor", "on the share of goods that never enter it", "1"),
            ),
        ),
        File(
            "sectors.csv",
            "one a sector",
            (
                Column("code", "text", "as for regions"),
                Column("name", "text", "for pictures", "the code"),
                Column("good", "0 or 1", "1: can be stored and barred at a border; 0: a service"),
                Column(
                    "criticality",
                    "0 to 1",
                    "how much of a shortage of it stops its users within the month",
                    f"{CRITICALITY:g}",
                ),
                Column(
                    "input_cover_months",
                    "months",
                    "stock that its users hold",
                    f"{COVER_MONTHS['good']:g} of a good, {COVER_MONTHS['service']:g} of a service",
                ),
                Column(
                    "price_taking",
                    "0 to 1",
                    "how far makers take the market's price (1: oil) or ask for their cost (0)",
                    "0",
                ),
            ),
        ),
        File(
            "macro.csv",
            "one a region",
            (
                Column("region", "code", ""),
                Column(
                    "gdp_musd",
                    "mUSD a year",
                    "held against output x value added: within 5 %",
                    "not compared",
                ),
                Column(
                    "household_consumption_musd",
                    "mUSD a year",
                    "total by households",
                    "total of HH in final_demand_shares.csv, where that has flows",
                ),
                Column(
                    "government_consumption_musd", "mUSD a year", "total by government", "of GOV"
                ),
                Column("gfcf_musd", "mUSD a year", "investment", "of INV"),
                Column(
                    "population", "persons", "only for burdens shared by it", "in proportion to GDP"
                ),
            ),
            "totals of final_demand_shares.csv, where that has flows",
            tuple(
                "va_agr_musd va_mining_utilities_musd va_manuf_musd va_constr_musd "
                "va_trade_hotels_musd va_transport_ict_musd va_other_services_musd "
                "va_total_basic_musd va_to_gdp_factor exports_gs_musd imports_gs_musd "
                "inventories_and_discrepancy_musd".split()
            ),
        ),
        _trade("trade_goods.csv", "good", None),
        _trade("trade_services.csv", "service", "no trade in services"),
        File(
            "output.csv",
            "one a region and sector; 0 where nothing is made: a billionth of the region stands in",
            (
                Column("region", "code", ""),
                Column("sector", "code", ""),
                Column("gross_output_musd", "mUSD a year", "at the gate; at least 1.02 x exports"),
            ),
            None,
            tuple(
                "value_added_musd va_share unadjusted_output_musd exports_musd imports_musd "
                "output_to_exports basis".split()
            ),
        ),
        File(
            "io_coefficients.csv",
            "all of region, input, output_sector, with an input VALUE_ADDED; of flows only those "
            "that are",
            (
                Column("region", "code", ""),
                Column("input", "code", "a sector, or VALUE_ADDED"),
                Column("output_sector", "code", "who uses it"),
                Column(
                    "coefficient",
                    "share",
                    "of the user's output, at the buyer's price; with VALUE_ADDED they sum to 1",
                ),
                Column(
                    "value_musd",
                    "mUSD a year",
                    "flows instead; without rows VALUE_ADDED is output less inputs",
                    instead="coefficient",
                ),
            ),
            None,
            ("proxy",),
        ),
        File(
            "final_demand_shares.csv",
            "all of region, category (HH, GOV, INV), sector; of flows only those that are",
            (
                Column("region", "code", ""),
                Column("category", "HH, GOV, INV", "households, government, investment"),
                Column("sector", "code", ""),
                Column("share", "share", "of the category's total; they sum to 1"),
                Column(
                    "value_musd",
                    "mUSD a year",
                    "flows instead, at the buyer's price",
                    instead="share",
                ),
            ),
            None,
            ("share_in_total_final_demand", "proxy"),
        ),
        File(
            "labour_shares.csv",
            "one a region and sector",
            (
                Column("region", "code", ""),
                Column("sector", "code", ""),
                Column("labour_share", "share", "of value added that is wages"),
            ),
            f"{LABOUR_SHARE:g} everywhere",
            ("italy_compensation_share_2010_2016", "national_labour_share_assumed"),
        ),
        File(
            "elasticities.csv",
            "one a sector",
            (
                Column("sector", "code", ""),
                Column("sigma", "", "substitution between origins, above 1"),
                Column(
                    "trade_elasticity_10yr_alternative",
                    "",
                    "mean trade elasticity of goods after ten years; scales sigma to it",
                    "sigma as it is",
                ),
            ),
            f"sigma {SIGMA['good']:g} of goods, {SIGMA['service']:g} of services",
            tuple(
                "sigma_low sigma_high trade_elasticity_long_run trade_elasticity_1yr gtap_weights "
                "source".split()
            ),
        ),
        File(
            "tariffs.csv",
            "any pair of different regions and sector; no row: no tariff",
            (
                Column("importer", "code", ""),
                Column("exporter", "code", ""),
                Column("sector", "code", ""),
                Column("tariff_pct", "%", "of the value at the gate: 5 is 5 %"),
            ),
            "no tariffs",
            ("flag",),
            may_be_empty=True,
        ),
        File(
            "distances.csv",
            "every pair of regions, a region with itself too",
            (
                Column("origin", "code", ""),
                Column("destination", "code", ""),
                Column("km", "km", "between people, not capitals"),
                Column("contiguous", "0 or 1", "a common border", "0"),
                Column("common_language", "0 or 1", "", "0"),
            ),
            f"{DISTANCE_KM:,.0f} km everywhere, no common border or language",
            ("aggregate",),
        ),
        File(
            "sanctions_coverage.csv",
            "one a flow, target, date, package and sector; sector ALL_GOODS is not read",
            (
                Column("flow", "text", "name that a measure asks for"),
                Column("target", "code", "region that is sanctioned"),
                Column("date", "YYYY-MM-DD", "from when"),
                Column("package", "text", ""),
                Column("sector", "code", ""),
                Column("coverage_cumulative", "share", "of the trade of 2021 that is barred"),
                Column("coverage_effective", "share", "less what exemptions let through"),
            ),
            "no dated bans",
            ("base_2021_meur", "basis"),
            may_be_empty=True,
        ),
        File(
            "ownership.csv",
            "any pair of different regions",
            (
                Column("host", "code", "where the firms are"),
                Column("owner", "code", "where their profits go"),
                Column("profit_share", "share", "of the host's profits"),
                Column("firm_share", "share", "of the host's firms"),
                Column("joint_venture_share", "share", "of these that are joint ventures"),
            ),
            "nobody owns abroad",
            may_be_empty=True,
        ),
        File(
            "egovernment.csv",
            "one a region",
            (Column("region", "code", ""), Column("egdi", "0 to 1", "capability (UN index)")),
            "1 everywhere",
        ),
        File(
            "technology.csv",
            "any region and class",
            (
                Column("region", "code", ""),
                Column("class", "text", "software, electronics or equipment"),
                Column("dependence", "share", "of foreign technology in use"),
                Column("availability", "share", "of needs that have an analogue at all"),
                Column("maturity", "0 to 1", "how good it is"),
            ),
            "nothing to lose",
            ("quality",),
        ),
        File(
            "technology_classes.csv",
            "every class; together with technology.csv",
            (
                Column("class", "text", ""),
                Column("source_sector", "code", "who makes it"),
                Column("weight", "share", "of output lost when all of it is gone"),
                Column("loss_rate", "share a month", "of what is cut off"),
                Column("migration_cost", "share", "of a year's output, to replace all"),
                Column("research_scale_musd", "mUSD", "research that has half of its effect"),
            ),
            "nothing to lose",
        ),
    )
}
READ_BY_OTHERS = ("output_shares.csv", "targets.csv", "timeline.csv")
"""Files that shipped folders hold beside these."""


def as_markdown() -> str:
    """The form as tables, a file each."""
    lines = []
    for file in FORM.values():
        absent = "**needed**" if file.without is None else f"without it: {file.without}"
        lines += [f"### {file.name}", "", f"{file.rows[0].upper()}{file.rows[1:]}; {absent}.", ""]
        lines += ["| column | unit | meaning | left out |", "|---|---|---|---|"]
        for column in file.columns:
            left_out = "needed" if column.without is None else column.without
            if column.instead:
                left_out = f"`{column.instead}` is given"
            elif column.name in file.stand_ins:
                left_out = f"`{file.stand_ins[column.name]}` is given"
            lines.append(f"| `{column.name}` | {column.unit} | {column.meaning} | {left_out} |")
        lines.append("")
    return "\n".join(lines)
