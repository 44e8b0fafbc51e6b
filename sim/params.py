"""Every number that describes behaviour: value, unit, bounds, source, prior.

A number is a record, not a literal in a formula. The YAML groups under conf/ show the same
defaults to the user, and a test keeps the two equal. Bounds are checked when a configuration
is loaded, so a phase never has to. A prior says what is believed of a number before anything was
observed, and why: what the calibration starts from.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from math import inf
from numbers import Integral, Real
from typing import Any

from sim.errors import InputError, shown
from sim.priors import Prior, even, factor, peak


def number(
    default: float | None, unit: str, low: float, high: float, source: str,
    prior: Prior | None = None,
) -> Any:  # fmt: skip
    """A dataclass field that knows its unit, allowed range, source and prior.

    default: None where the number may be left open; the unit then says what that means.
    prior: what is believed of a number that answers may hang on; None where it is a choice of
    the user's, of precision, or a limit that nothing observed could move.
    """
    told = {"unit": unit, "low": low, "high": high, "source": source, "prior": prior}
    return field(default=default, metadata=told)


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
    """Virtual-price clearing (model note, section 5).

    solver: what finds the prices, a module of `sim.market.solvers`.
    """

    solver: str = "anderson"
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
        prior=factor(
            0.6,
            1.6,
            "ten-year elasticities of 1.75 to 2.25 (Boehm et al. 2023); tables differ by half either way",
        ),
    )
    stock_cover: float = number(
        1.0,
        "months of sales",
        0.0,
        12.0,
        "assumption",
        prior=factor(
            0.5, 2.0, "inventories over monthly sales of manufacturing are 1 to 2, less elsewhere"
        ),
    )
    stock_speed: float = number(
        4.0,
        "months to close a gap",
        1.0,
        60.0,
        "assumption",
        prior=factor(2.0, 8.0, "order of size only"),
    )
    input_cover: float = number(
        1.0,
        "factor on the cover in sectors.csv",
        0.0,
        12.0,
        "Alessandria et al. 2010; 1-4 months in Russia 2022",
        prior=factor(
            0.5, 2.0, "stocks of imported inputs are 1 to 4 months (Alessandria et al. 2010)"
        ),
    )
    input_speed: float = number(
        3.0,
        "months to close a gap",
        1.0,
        60.0,
        "assumption",
        prior=factor(1.5, 6.0, "order of size only"),
    )
    criticality: float = number(
        1.0,
        "factor on the criticality in sectors.csv",
        0.0,
        1.0,
        "Pichler et al. 2022",
        prior=peak(
            0.5,
            1.0,
            1.0,
            "experts asked by Pichler et al. 2022 called half of the doubtful inputs critical",
        ),
    )
    spare_capacity: float = number(
        0.15,
        "share of base output",
        0.0,
        2.0,
        "usual capacity utilisation 80-87 %",
        prior=even(0.08, 0.25, "capacity utilisation is 80 to 93 %"),
    )
    capacity_speed: float = number(
        0.02,
        "share a month",
        0.0,
        1.0,
        "assumption: about 25 % a year",
        prior=factor(0.01, 0.04, "order of size only"),
    )
    expectation_speed: float = number(
        0.25,
        "share of the error a month",
        0.0,
        1.0,
        "assumption: adaptive expectations",
        prior=even(0.1, 0.5, "order of size only: half of an error is learnt in 1 to 7 months"),
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
        prior=even(
            0.08,
            0.2,
            "9-12 % of regular prices change a month, 20 % with sales (Nakamura & Steinsson 2008)",
        ),
    )
    wage_curve: float = number(
        0.1,
        "- d log real wage / d log unemployment",
        0.0,
        1.0,
        "-0.1 in 16 countries (Blanchflower & Oswald 1994)",
        prior=even(
            0.05,
            0.15,
            "-0.1 in 16 countries; -0.07 corrected for what is not published (Nijkamp & Poot 2005)",
        ),
    )
    wage_speed: float = number(
        0.083,
        "share of the gap a month",
        0.0,
        1.0,
        "wages are bargained once a year",
        prior=factor(0.05, 0.17, "wages are set every 6 to 20 months"),
    )
    wage_response: float = number(
        0.0, "d log wage / employment gap, a month", 0.0, 1.0, "Phillips curve instead; it cycles"
    )
    unemployment: float = number(
        0.05, "share of labour force at baseline", 0.0, 0.5, "ILO order of magnitude"
    )
    wealth_target: float = number(
        3.0,
        "months of income",
        0.5,
        60.0,
        "assumption: liquid deposits",
        prior=factor(1.5, 6.0, "order of size only"),
    )
    wealth_speed: float = number(
        0.1,
        "share of the gap a month",
        0.0,
        1.0,
        "assumption",
        prior=factor(0.05, 0.2, "order of size only"),
    )
    cash_target: float = number(
        1.5,
        "months of sales",
        1.0,
        24.0,
        "assumption: working capital",
        prior=factor(1.0, 3.0, "order of size only; below 1 a month could not be paid for"),
    )
    credit_limit: float = number(1.0, "months of sales", 0.0, 24.0, "assumption: overdraft")
    relationship_decay: float = number(
        0.064,
        "share a month",
        0.0,
        1.0,
        "monthly separation rate, Monarch (SSRN 2408023)",
        prior=factor(
            0.04, 0.1, "monthly separation of importers and suppliers 4 to 10 % (Monarch)"
        ),
    )
    relationship_growth: float = number(
        0.10,
        "share a month",
        0.0,
        1.0,
        "doubling of hub trade in 4-6 months (Eurostat, own reading)",
        prior=factor(0.05, 0.2, "hub trade doubled in 3 to 9 months"),
    )
    owner_stickiness: float = number(
        0.5,
        "factor on decay of a foreign-owned firm's links home",
        0.0,
        1.0,
        "assumption: joint ventures hold",
    )
    search_rate: float = number(
        0.30,
        "probability a month per unit of loss",
        0.0,
        1.0,
        "assumption",
        prior=factor(
            0.15, 0.6, "half of those who lost a supplier find one in 1 to 4 months; order of size"
        ),
    )
    first_trust: float = number(
        0.15,
        "relationship of a new link",
        0.0,
        1.0,
        "new pairs start small (Monarch 2014)",
        prior=even(0.05, 0.3, "new pairs start small (Monarch); how small is judged"),
    )
    substitute_quality: float = number(
        0.8,
        "taste of a found supplier / lost taste",
        0.0,
        1.0,
        "assumption",
        prior=peak(0.6, 0.8, 1.0, "a substitute is no better than what was chosen before"),
    )
    takeover: float = number(
        0.5,
        "share of what is missed that one new supplier takes over",
        0.0,
        1.0,
        "assumption",
        prior=even(0.25, 1.0, "a quarter of what is missed to all of it"),
    )
    specificity: float = number(
        1.0,
        "share of a lost input that other suppliers cannot stand in for",
        0.0,
        1.0,
        "a limit: inputs are specific (Barrot & Sauvagnat 2016; Boehm et al. 2019)",
        prior=peak(
            0.5,
            1.0,
            1.0,
            "a limit; elasticities of affected inputs near 0 within the year (Boehm et al. 2019)",
        ),
    )
    specificity_final: float = number(
        1.0,
        "the same of households' and governments' purchases",
        0.0,
        1.0,
        "a limit: the brand that left is waited for",
        prior=peak(0.0, 1.0, 1.0, "a limit; households wait for less than firms do"),
    )
    redesign: float = number(
        0.05,
        "share of what is missing done without a month",
        0.0,
        1.0,
        "CBR survey July 2022: problems halve in quarters; HSE 2023-24: in years",
        prior=factor(
            0.025, 0.1, "half is done without after 7 to 28 months: quarters (CBR) to years (HSE)"
        ),
    )
    notice: float = number(
        0.02,
        "share of the gap a month in which buyers act on what is paid",
        0.0,
        1.0,
        "trade elasticity 0.76 in a year, 2 in 7-10 (Boehm et al. 2023)",
        prior=factor(
            0.01, 0.04, "long-run elasticity reached in 5 to 10 years (Boehm et al. 2023)"
        ),
    )
    first_sigma: float = number(
        0.5,
        "elasticity of substitution at first",
        0.0,
        2.0,
        "Boehm et al. 2019, 2023: below 1",
        prior=even(0.2, 0.8, "0.2 to 0.8 within the quarter or year (Boehm et al. 2019, 2023)"),
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
    least_scale: float = number(
        0.4,
        "share of base sales below which a firm closes",
        0.0,
        1.0,
        "assumption: costs that do not shrink with sales; 0: nobody closes for want of buyers",
    )
    entry_rate: float = number(0.05, "probability a month", 0.0, 1.0, "assumption")
    entrant_size: float = number(
        0.2, "expected sales over those of the firm replaced", 0.0, 1.0, "assumption: start small"
    )
    founding_limit: float = number(
        0.1, "share of a region's deposits put into one firm", 0.0, 1.0, "assumption"
    )
    local_content_cost: float = number(
        0.25,
        "cost of imports per unit asked beyond the home share",
        0.0,
        2.0,
        "assumption",
        prior=even(0.1, 0.4, "order of size only"),
    )


@dataclass(frozen=True)
class TraderParams(Checked, where="traders"):
    """Traders of transit regions and the routes they find (model note, section 6)."""

    active: bool = True
    per_market: int = number(2, "traders per hub and good", 1, 50, "assumption")
    margin: float = number(
        0.20,
        "share of cost",
        0.0,
        5.0,
        "parallel imports cost 10-40 % more (press, order of size)",
        prior=peak(0.1, 0.2, 0.4, "parallel imports cost 10-40 % more (press)"),
    )
    call_rate: float = number(
        1.0,
        "probability a month per unit of loss",
        0.0,
        1.0,
        "hub trade doubled in 4-6 months",
        prior=even(0.5, 1.0, "hub trade rose within 1 to 3 months of the bans"),
    )
    first_trust: float = number(
        1.0,
        "relationship of a new link",
        0.0,
        1.0,
        "the same maker's goods: its brand is known",
        prior=peak(0.5, 1.0, 1.0, "a limit: the maker is known, the trader is not"),
    )
    least_share: float = number(
        0.02,
        "share of an order sent to a hub of its own; above 1: all to one that is drawn",
        1e-3,
        2.0,
        "a choice of precision: smaller parts go to one hub that is drawn",
    )
    steady_final: bool = True
    batch: float = number(
        0.6,
        "least share of the loss in one order",
        0.0,
        1.0,
        "assumption",
        prior=even(0.3, 0.9, "order of size only"),
    )
    brand_quality: float = number(
        0.9,
        "taste of parallel imports / lost taste",
        0.0,
        1.0,
        "no warranty or service",
        prior=peak(0.7, 0.9, 1.0, "no warranty or service: a discount of 0 to 30 %"),
    )
    hub_elasticity: float = number(
        8.0,
        "d log hub share / d log delivered cost",
        0.0,
        30.0,
        "sourcing elasticity, assumption",
        prior=factor(4.0, 14.0, "order of size only: above any elasticity between goods"),
    )
    size_elasticity: float = number(
        0.2,
        "d log hub share / d log trade of each leg",
        0.0,
        2.0,
        "gravity of existing trade",
        prior=even(0.0, 0.4, "gravity of what exists, between none and half of a half"),
    )
    freight: float = number(
        0.01,
        "share of value per 1,000 km of detour",
        0.0,
        1.0,
        "road freight, order of size",
        prior=factor(
            0.005,
            0.02,
            "0.05 to 0.1 USD a tonne-km, goods of 5 to 10 USD a kg; order of size",
        ),
    )
    customs_border: float = number(
        0.25,
        "share of value outside the union",
        0.0,
        1.0,
        "non-tariff border costs",
        prior=even(0.1, 0.4, "order of size only: non-tariff barriers as tariffs of 10 to 40 %"),
    )
    growth: float = number(
        0.6,
        "share a month",
        0.0,
        10.0,
        "limited growth of new exporters",
        prior=factor(0.3, 1.2, "new exporters double in 1 to 3 months at most"),
    )
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
        prior=even(0.15, 0.45, "mirror gaps of Kazakhstan and Kyrgyzstan 2021-23"),
    )
    stop_rate: float = number(
        0.25,
        "probability a month at full compliance",
        0.0,
        1.0,
        "assumption",
        prior=factor(0.12, 0.5, "order of size only"),
    )
    stake: float = number(
        0.5,
        "share of a month's sales lost when stopped",
        0.0,
        5.0,
        "assumption: goods seized",
        prior=factor(0.25, 1.0, "order of size only"),
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
        0.2,
        "share of the gap a month",
        0.0,
        1.0,
        "policy reversals bite within 1-2 months",
        prior=factor(0.1, 0.4, "half of a change of policy bites in 1.5 to 7 months"),
    )
    fear: float = number(
        1.2,
        "compliance per unit of pressure x exposure",
        0.0,
        100.0,
        "assumption",
        prior=factor(0.6, 2.4, "order of size only"),
    )
    greed: float = number(
        3.0,
        "compliance given up per share of exports that is re-exports",
        0.0,
        100.0,
        "assumption",
        prior=factor(1.5, 6.0, "order of size only"),
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
    pool_customs: bool = True
    fund_technology: bool = True
    technology_fund: float = number(
        0.1,
        "share of tariff revenue per unit of expected loss",
        0.0,
        1.0,
        "assumption",
        prior=factor(0.05, 0.2, "order of size only"),
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
        1.0,
        "factor on the weights of the classes",
        0.0,
        1.9,
        "table technology_classes.csv",
        prior=even(0.6, 1.4, "weights of the classes are judgement within half"),
    )
    exposure_spread: float = number(
        0.5,
        "firms' dependence around their sector's",
        0.0,
        1.0,
        "assumption",
        prior=even(0.25, 0.75, "order of size only"),
    )
    fit_spread: float = number(
        0.5,
        "share of needs half met by analogues",
        0.0,
        1.0,
        "HSE: 22 % of firms turned, 36 % more",
        prior=even(0.25, 0.75, "order of size only"),
    )
    belief_speed: float = number(
        0.3,
        "share of the gap a month, rising",
        0.0,
        1.0,
        "CBR survey July 2022: firms turn in a quarter",
        prior=factor(0.15, 0.6, "firms turn within one to two quarters"),
    )
    forgetting: float = number(0.03, "share of the gap a month, falling", 0.0, 1.0, "assumption")
    contagion: float = number(
        0.2,
        "part of another member's cut-off that is feared",
        0.0,
        1.0,
        "assumption",
        prior=even(0.0, 0.4, "whether members fear for themselves was seen in few surveys"),
    )
    host_reliance: float = number(
        1.0,
        "share of what was learnt from a partner that stops when it is cut off",
        0.0,
        1.0,
        "a limit: joint programmes run on the host's machines and licences",
    )
    resupply_speed: float = number(
        0.02,
        "share a month",
        0.0,
        1.0,
        "HSE 2023, 2024: parallel imports solve it for 22, then 40 %",
        prior=factor(
            0.01, 0.04, "parallel imports solve it for 22 % after one year, 40 % after two (HSE)"
        ),
    )
    migration_rate: float = number(
        0.25,
        "probability a month of a project",
        0.0,
        1.0,
        "decree 166: 33 months to move all",
        prior=factor(0.12, 0.5, "order of size only"),
    )
    migration_step: float = number(
        0.1,
        "share of a firm's foreign technology",
        0.0,
        1.0,
        "decree 166: 33 months to move all",
        prior=factor(0.05, 0.2, "order of size only"),
    )
    payback: float = number(
        36.0,
        "months",
        1.0,
        240.0,
        "usual payback rule of 3 years",
        prior=factor(24.0, 60.0, "usual payback rules of 2 to 5 years"),
    )
    research_effect: float = number(
        0.015,
        "share of the room a month, at most",
        0.0,
        1.0,
        "assumption",
        prior=factor(0.005, 0.03, "order of size only"),
    )
    research_decay: float = number(
        0.0125,
        "share a month",
        0.0,
        1.0,
        "15 % a year, usual for research stocks (Hall et al. 2010)",
        prior=even(0.008, 0.025, "research stocks lose 10 to 30 % a year (Hall et al. 2010)"),
    )
    learning_rate: float = number(
        0.01,
        "share of the room a month if all migrate",
        0.0,
        1.0,
        "assumption: learning by doing",
        prior=factor(0.005, 0.02, "order of size only"),
    )
