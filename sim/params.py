"""Every number that describes behaviour: value, unit, bounds, source.

A number is a record, not a literal in a formula. The YAML groups under conf/ show the same
defaults to the user, and a test keeps the two equal. Bounds are checked when a configuration
is loaded, so a phase never has to.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from math import inf
from numbers import Integral, Real
from typing import Any

from sim.errors import InputError, shown


def number(default: float | None, unit: str, low: float, high: float, source: str) -> Any:
    """A dataclass field that knows its unit, allowed range and source.

    default: None where the number may be left open; the unit then says what that means.
    """
    return field(
        default=default, metadata={"unit": unit, "low": low, "high": high, "source": source}
    )


def check_bounds(params: Any, where: str) -> None:
    """Raise InputError for the first number of a parameter record outside its bounds."""
    for f in fields(params):
        if "low" not in f.metadata:
            continue
        value, low, high = getattr(params, f.name), f.metadata["low"], f.metadata["high"]
        if value is None and f.default is None:
            continue
        if isinstance(value, bool) or not isinstance(value, Real):
            raise InputError(f"{where}{'.' if where else ''}{f.name} = {value!r} is no number")
        if str(f.type).startswith("int") and not isinstance(value, Integral):
            name = f"{where}.{f.name}" if where else f.name
            raise InputError(f"{name} = {value!r} is not a whole number")
        if not low <= value <= high:  # also catches NaN
            name = f"{where}.{f.name}" if where else f.name
            open_too = "; null is allowed" if f.default is None else ""
            raise InputError(
                f"{name} = {shown(value)} is outside [{low:g}, {high:g}] "
                f"({f.metadata['unit']}){open_too}"
            )


class Checked:
    """A record whose numbers are held against their bounds however it is made."""

    def __init_subclass__(cls, where: str) -> None:
        cls._where = where

    _where = ""

    def __post_init__(self) -> None:
        check_bounds(self, self._where)


@dataclass(frozen=True)
class FirmParams(Checked, where="firms"):
    """How the network of firms is drawn (model note, section 3)."""

    count: int = number(10_000, "firms", 9, 2_000_000, "user")
    size_exponent: float = number(1.06, "Pareto exponent", 1.0, 3.0, "Axtell 2001")
    size_range: float = number(1_000.0, "largest / smallest", 1.0, 1e6, "assumption: truncation")
    suppliers: int = number(4, "links per input slot", 1, 64, "model note, section 2")
    inputs: float = number(4.0, "sampled inputs of a small firm", 1.0, 40.0, "section 2: ~6 a firm")
    exporter_share: float = number(
        0.5, "share of firms", 0.05, 1.0, "prototype: half beats a quarter"
    )
    agents: int = number(20_000, "Mesa Firm agents held", 0, 2_000_000, "user: memory")


@dataclass(frozen=True)
class MarketParams(Checked, where="market"):
    """Virtual-price clearing (model note, section 5)."""

    price_band: float = number(
        0.05,
        "share a month, inf: Walrasian",
        0.0,
        inf,
        "9-12 % of prices change a month (Nakamura & Steinsson)",
    )
    supply_elasticity: float = number(
        1.0,
        "d log offer / d log price",
        0.0,
        10.0,
        "assumption; times 1 - price_taking of sectors.csv",
    )
    tolerance: float = number(1e-5, "max |d log v|", 1e-14, 1e-2, "prototype")
    max_passes: int = number(400, "passes a month", 1, 100_000, "prototype: 6-35 used")


@dataclass(frozen=True)
class BehaviourParams(Checked, where="behaviour"):
    """Rules of thumb of firms, households, governments and relationships (sections 4 and 6)."""

    sigma_scale: float = number(
        1.0,
        "factor on sigma - 1",
        0.1,
        5.0,
        "table elasticities.csv, scaled to the ten-year 2.0 of Boehm et al. 2023",
    )
    stock_cover: float = number(1.0, "months of sales", 0.0, 12.0, "assumption")
    stock_speed: float = number(4.0, "months to close a gap", 1.0, 60.0, "assumption")
    input_cover: float = number(
        1.0,
        "factor on the cover in sectors.csv",
        0.0,
        12.0,
        "Alessandria et al. 2010; 1-4 months in Russia 2022",
    )
    input_speed: float = number(3.0, "months to close a gap", 1.0, 60.0, "assumption")
    criticality: float = number(
        1.0, "factor on the criticality in sectors.csv", 0.0, 1.0, "Pichler et al. 2022"
    )
    spare_capacity: float = number(
        0.15, "share of base output", 0.0, 2.0, "usual capacity utilisation 80-87 %"
    )
    capacity_speed: float = number(0.02, "share a month", 0.0, 1.0, "assumption: about 25 % a year")
    expectation_speed: float = number(
        0.25, "share of the error a month", 0.0, 1.0, "assumption: adaptive expectations"
    )
    unmet_limit: float = number(
        2.0, "multiple of sales a rationing firm believes in", 1.0, 100.0, "assumption"
    )
    price_speed: float = number(
        0.12,
        "share of the gap a month",
        0.0,
        1.0,
        "price-change frequency 9-12 % a month (Nakamura & Steinsson 2008)",
    )
    wage_curve: float = number(
        0.1,
        "- d log real wage / d log unemployment",
        0.0,
        1.0,
        "-0.1 in 16 countries (Blanchflower & Oswald 1994)",
    )
    wage_speed: float = number(
        0.083, "share of the gap a month", 0.0, 1.0, "wages are bargained once a year"
    )
    wage_response: float = number(
        0.0, "d log wage / employment gap, a month", 0.0, 1.0, "Phillips curve instead; it cycles"
    )
    unemployment: float = number(
        0.05, "share of labour force at baseline", 0.0, 0.5, "ILO order of magnitude"
    )
    wealth_target: float = number(3.0, "months of income", 0.5, 60.0, "assumption: liquid deposits")
    wealth_speed: float = number(0.1, "share of the gap a month", 0.0, 1.0, "assumption")
    cash_target: float = number(1.5, "months of sales", 1.0, 24.0, "assumption: working capital")
    credit_limit: float = number(1.0, "months of sales", 0.0, 24.0, "assumption: overdraft")
    relationship_decay: float = number(
        0.064, "share a month", 0.0, 1.0, "monthly separation rate, Monarch (SSRN 2408023)"
    )
    relationship_growth: float = number(
        0.10,
        "share a month",
        0.0,
        1.0,
        "doubling of hub trade in 4-6 months (Eurostat, own reading)",
    )
    owner_stickiness: float = number(
        0.5,
        "factor on decay of a foreign-owned firm's links home",
        0.0,
        1.0,
        "assumption: joint ventures hold",
    )
    search_rate: float = number(
        0.30, "probability a month per unit of loss", 0.0, 1.0, "assumption"
    )
    first_trust: float = number(
        0.15, "relationship of a new link", 0.0, 1.0, "new pairs start small (Monarch 2014)"
    )
    substitute_quality: float = number(
        0.8, "taste of a found supplier / lost taste", 0.0, 1.0, "assumption"
    )
    takeover: float = number(
        0.5, "share of what is missed that one new supplier takes over", 0.0, 1.0, "assumption"
    )
    specificity: float = number(
        1.0,
        "share of a lost input that other suppliers cannot stand in for",
        0.0,
        1.0,
        "a limit: inputs are specific (Barrot & Sauvagnat 2016; Boehm et al. 2019)",
    )
    specificity_final: float = number(
        1.0,
        "the same of households' and governments' purchases",
        0.0,
        1.0,
        "a limit: the brand that left is waited for",
    )
    redesign: float = number(
        0.05,
        "share of what is missing done without a month",
        0.0,
        1.0,
        "CBR survey July 2022: problems halve in quarters; HSE 2023-24: in years",
    )
    notice: float = number(
        0.02,
        "share of the gap a month in which buyers act on what is paid",
        0.0,
        1.0,
        "trade elasticity 0.76 in a year, 2 in 7-10 (Boehm et al. 2023)",
    )
    first_sigma: float = number(
        0.5, "elasticity of substitution at first", 0.0, 2.0, "Boehm et al. 2019, 2023: below 1"
    )
    tie_variety: float = number(
        0.0,
        "share of ties above 1 that counts as variety",
        0.0,
        1.0,
        "a limit: knowing a seller better makes its goods no better",
    )
    cap_withholding: float = number(
        4.0,
        "d log offered to capped buyers / d log (cap / price)",
        0.0,
        50.0,
        "assumption: sellers send goods where they are paid",
    )
    fee_to_origin: float = number(
        0.5, "share of payment costs", 0.0, 1.0, "assumption: banks of both sides earn it"
    )
    entry_rate: float = number(0.05, "probability a month", 0.0, 1.0, "assumption")
    entrant_size: float = number(
        0.2, "expected sales over those of the firm replaced", 0.0, 1.0, "assumption: start small"
    )
    founding_limit: float = number(
        0.1, "share of a region's deposits put into one firm", 0.0, 1.0, "assumption"
    )
    local_content_cost: float = number(
        0.25, "cost of imports per unit asked beyond the home share", 0.0, 2.0, "assumption"
    )


@dataclass(frozen=True)
class TraderParams(Checked, where="traders"):
    """Traders of transit regions and the routes they find (model note, section 6)."""

    active: bool = True
    per_market: int = number(2, "traders per hub and good", 1, 50, "assumption")
    margin: float = number(
        0.20, "share of cost", 0.0, 5.0, "parallel imports cost 10-40 % more (press, order of size)"
    )
    call_rate: float = number(
        1.0, "probability a month per unit of loss", 0.0, 1.0, "hub trade doubled in 4-6 months"
    )
    first_trust: float = number(
        1.0, "relationship of a new link", 0.0, 1.0, "the same maker's goods: its brand is known"
    )
    least_share: float = number(
        0.02,
        "share of an order sent to a hub of its own; above 1: all to one that is drawn",
        1e-3,
        2.0,
        "a choice of precision: smaller parts go to one hub that is drawn",
    )
    steady_final: bool = True
    batch: float = number(0.6, "least share of the loss in one order", 0.0, 1.0, "assumption")
    brand_quality: float = number(
        0.9, "taste of parallel imports / lost taste", 0.0, 1.0, "no warranty or service"
    )
    hub_elasticity: float = number(
        8.0, "d log hub share / d log delivered cost", 0.0, 30.0, "sourcing elasticity, assumption"
    )
    size_elasticity: float = number(
        0.2, "d log hub share / d log trade of each leg", 0.0, 2.0, "gravity of existing trade"
    )
    freight: float = number(
        0.01, "share of value per 1,000 km of detour", 0.0, 1.0, "road freight, order of size"
    )
    customs_border: float = number(
        0.25, "share of value outside the union", 0.0, 1.0, "non-tariff border costs"
    )
    growth: float = number(0.6, "share a month", 0.0, 10.0, "limited growth of new exporters")
    learning_speed: float = number(0.5, "share of the error a month", 0.0, 1.0, "assumption")
    unmet_limit: float = number(
        4.0, "multiple of sales a rationing trader believes in", 1.0, 100.0, "assumption"
    )
    ghost_share: float = number(
        0.3,
        "share of purchases that never enter the hub",
        0.0,
        1.0,
        "KAZ recorded 0.70 of EU exports in 2022, 0.87 in 2021",
    )
    stop_rate: float = number(
        0.25, "probability a month at full compliance", 0.0, 1.0, "assumption"
    )
    stake: float = number(
        0.5, "share of a month's sales lost when stopped", 0.0, 5.0, "assumption: goods seized"
    )
    listing_rate: float = number(
        0.10, "probability a month at full pressure", 0.0, 1.0, "assumption"
    )


@dataclass(frozen=True)
class CountryParams(Checked, where="countries"):
    """What governments decide on their own, and the switches that fix it."""

    comply: bool = True
    compliance: float | None = number(
        None, "share fixed for all countries, null: their own decision", 0.0, 1.0, "user"
    )
    compliance_speed: float = number(
        0.2, "share of the gap a month", 0.0, 1.0, "policy reversals bite within 1-2 months"
    )
    fear: float = number(
        1.2, "compliance per unit of pressure x exposure", 0.0, 100.0, "assumption"
    )
    greed: float = number(
        3.0, "compliance given up per share of exports that is re-exports", 0.0, 100.0, "assumption"
    )
    retaliate: bool = False
    retaliation: float = number(
        0.3, "coverage of counter-bans per unit of coverage suffered", 0.0, 1.0, "assumption"
    )
    replaceable: float = number(
        0.05,
        "sender's share of a sector's supply below which it is barred",
        0.0,
        1.0,
        "Russia's food embargo spared what it could not replace",
    )
    fund_technology: bool = True
    technology_fund: float = number(
        0.1, "share of tariff revenue per unit of expected loss", 0.0, 1.0, "assumption"
    )


@dataclass(frozen=True)
class DecisionParams(Checked, where="decisions"):
    """How countries look ahead when they choose among options of their own."""

    first: str = "2023-02"
    every: int = number(12, "months between decisions", 1, 1200, "assumption: a budget year")
    horizon: int = number(24, "months looked ahead", 1, 240, "assumption: half a term of office")
    threshold: float = number(
        0.0002, "share of base consumption a month", 0.0, 1.0, "assumption: what is worth a change"
    )
    discount: float = number(0.04, "share a year", 0.0, 1.0, "usual social discount rate 3-5 %")
    pressure: float = number(
        0.0, "share of consumption per unit of pressure not met", 0.0, 1.0, "user: what shame costs"
    )
    error: float = number(
        0.0, "largest error of an expected payoff, share", 0.0, 1.0, "user: how badly one foresees"
    )
    announced: bool = True


@dataclass(frozen=True)
class TechnologyParams(Checked, where="technology"):
    """Technology: loss, fear, migration and what makes analogues better (model note, section 8)."""

    active: bool = True
    weight_scale: float = number(
        1.0, "factor on the weights of the classes", 0.0, 1.9, "table technology_classes.csv"
    )
    exposure_spread: float = number(
        0.5, "firms' dependence around their sector's", 0.0, 1.0, "assumption"
    )
    fit_spread: float = number(
        0.5,
        "share of needs half met by analogues",
        0.0,
        1.0,
        "HSE: 22 % of firms turned, 36 % more",
    )
    belief_speed: float = number(
        0.3,
        "share of the gap a month, rising",
        0.0,
        1.0,
        "CBR survey July 2022: firms turn in a quarter",
    )
    forgetting: float = number(0.03, "share of the gap a month, falling", 0.0, 1.0, "assumption")
    contagion: float = number(
        0.2, "part of another member's cut-off that is feared", 0.0, 1.0, "assumption"
    )
    resupply_speed: float = number(
        0.02,
        "share a month",
        0.0,
        1.0,
        "HSE 2023, 2024: parallel imports solve it for 22, then 40 %",
    )
    migration_rate: float = number(
        0.25, "probability a month of a project", 0.0, 1.0, "decree 166: 33 months to move all"
    )
    migration_step: float = number(
        0.1, "share of a firm's foreign technology", 0.0, 1.0, "decree 166: 33 months to move all"
    )
    payback: float = number(36.0, "months", 1.0, 240.0, "usual payback rule of 3 years")
    research_effect: float = number(
        0.015, "share of the room a month, at most", 0.0, 1.0, "assumption"
    )
    research_decay: float = number(
        0.0125,
        "share a month",
        0.0,
        1.0,
        "15 % a year, usual for research stocks (Hall et al. 2010)",
    )
    learning_rate: float = number(
        0.01, "share of the room a month if all migrate", 0.0, 1.0, "assumption: learning by doing"
    )
