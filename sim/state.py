"""What a month starts from: the economy that stays, and the arrays that persist and change.

State, levers and parameters determine a month completely. Before the markets close only
compliance, efficiency and virtual prices are written; all else changes when the month adapts.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from sim.baseline.balance import Baseline
from sim.baseline.network import Network
from sim.baseline.network_kernels import base_trade
from sim.baseline.routes import route_appeal
from sim.market.links import Links
from sim.params import BehaviourParams, TechnologyParams, TraderParams
from sim.technology import Exposure, TechnologyState


@dataclass(frozen=True)
class Economy:
    """All that does not change during a run. Money in million USD a month at base prices.

    Firms `[N]`: service (bool), cell (position in a flattened [R, S]), unit_cost (at base).
    Slots `[K]`, the buyers that are inputs of a firm: slots (buyer), slot_firm, coefficient,
    cover (months of input stock), criticality. buyers_without_traders: the buyers that are no
    trader's slot.
    Final demand: nodes int64[R, S] (buyer), private_share and public_share float64[R, S] (shares
    of each payer's spending), consumption_share float64[R, S] (of households' consumption),
    consumed float64[R] (households' share in private spending; the rest is investment).
    Accounts `[R]`: employment, private_spending, public_spending, exports, tax_rate,
    capital_flow (net inflow that balances trade at base; sums to zero); customs_share of the duties
    that members pool, ghost_share of what traders buy for a hub and that never enters it.
    size_order: float64[N], cumulative share of base sales within a cell, to meet firms by size.
    price_taking: float64[N]. traders: int64[T] firms; trader_slot: int64[N], their buyer slot, -1
    of others; trader_inputs: int64[T], the same as positions among slots. producer: bool[N].
    route_appeal: float64[S, R, R, H], see `sim.baseline.routes`. exposure: what firms
    have at stake in technology. blocks: int64[n], first firm of each run of firms of one region,
    sector and kind.
    """

    baseline: Baseline
    network: Network
    behaviour: BehaviourParams
    trading: TraderParams
    seed: int
    service: np.ndarray
    cell: np.ndarray
    unit_cost: np.ndarray
    slots: np.ndarray
    slot_firm: np.ndarray
    coefficient: np.ndarray
    cover: np.ndarray
    criticality: np.ndarray
    nodes: np.ndarray
    private_share: np.ndarray
    public_share: np.ndarray
    consumption_share: np.ndarray
    consumed: np.ndarray
    employment: np.ndarray
    private_spending: np.ndarray
    public_spending: np.ndarray
    exports: np.ndarray
    tax_rate: np.ndarray
    customs_share: np.ndarray
    ghost_share: np.ndarray
    capital_flow: np.ndarray
    size_order: np.ndarray
    price_taking: np.ndarray
    traders: np.ndarray
    trader_slot: np.ndarray
    trader_inputs: np.ndarray
    buyers_without_traders: np.ndarray
    producer: np.ndarray
    route_appeal: np.ndarray
    exposure: Exposure
    blocks: np.ndarray

    @property
    def regions(self) -> int:
        """Number of regions."""
        return len(self.baseline.axes.regions)

    @property
    def labour_force(self) -> np.ndarray:
        """`float64[R]`, in units of the base wage bill."""
        return self.employment / (1.0 - self.behaviour.unemployment)

    def by_cell(self, values: np.ndarray) -> np.ndarray:
        """Sum producers' values to `float64[R, S]`; traders are in no cell."""
        shape = self.baseline.final.shape
        size = shape[0] * shape[1]
        sums = np.add.reduceat(values, self.blocks)
        cells = self.cell[self.blocks]
        return np.bincount(cells, sums, minlength=size + 1)[:size].reshape(shape)

    def by_region(self, values: np.ndarray) -> np.ndarray:
        """Sum firm values to `float64[R]`; firms of a region and sector stand together."""
        sums = np.add.reduceat(values, self.blocks)
        return np.bincount(self.network.firm_region[self.blocks], sums, minlength=self.regions)

    def by_firm(self, values: np.ndarray) -> np.ndarray:
        """Sum slot values to `float64[N]`."""
        return np.bincount(self.slot_firm, values, minlength=len(self.cell))

    @classmethod
    def at_rest(
        cls,
        baseline: Baseline,
        network: Network,
        behaviour: BehaviourParams,
        trading: TraderParams,
        technology: TechnologyParams,
        seed: int,
    ) -> Economy:
        """The accounts that make the calibrated network a state of rest.

        Governments tax so that they can pay their baseline purchases; what regions spend beyond
        their income flows in from abroad and stays the same in money (Dekle, Eaton & Kortum 2008).
        """
        regions, sectors = baseline.final.shape
        slots = np.flatnonzero(network.buyer_firm >= 0)
        slot_firm, slot_sector = network.buyer_firm[slots], network.buyer_sector[slots]
        nodes = network.buyers[:-1][None, :] + np.arange(regions)[:, None]
        final = network.spending[nodes]
        share = {
            payer: getattr(baseline, payer) / baseline.final
            for payer in ("household", "government", "investment")
        }
        public = final * share["government"]
        private = final * (share["household"] + share["investment"])
        household = final * share["household"]

        traders = network.traders
        producer = np.ones(len(network.sales), dtype=bool)
        producer[traders] = False
        kind = np.stack((network.firm_region, network.firm_sector, producer))
        blocks = np.flatnonzero((np.diff(kind, axis=1, prepend=-1) != 0).any(axis=0))
        trader_slot = np.full(len(network.sales), -1)
        trader_slot[traders] = network.trader_slots

        inputs = np.bincount(slot_firm, network.coefficient[slots], minlength=len(network.sales))
        wages = network.labour * network.sales
        profit = (1.0 - inputs - network.labour) * network.sales  # traders sell nothing
        employment = np.bincount(network.firm_region, wages, minlength=regions)
        income = employment + dividends_received(network, profit, regions)
        trade, by_origin = np.zeros((2, regions, regions))  # destination, origin
        tariffs = np.zeros(regions)
        base_trade(
            network.row, network.length, network.buyer_region, network.buyer_sector,
            network.spending, network.seller, network.taste, network.firm_region, baseline.tariff,
            trade, tariffs, by_origin,
        )  # fmt: skip
        if baseline.customs_share.any():
            tariffs += pooled(baseline.customs_share, by_origin, np.zeros(regions))
        tax_rate = (public.sum(axis=1) - tariffs) / income
        capital_flow = private.sum(axis=1) - income * (1.0 - tax_rate)
        return cls(
            baseline=baseline,
            network=network,
            behaviour=behaviour,
            trading=trading,
            seed=seed,
            service=~baseline.axes.is_good[network.firm_sector],
            cell=np.where(
                producer,
                network.firm_region * sectors + network.firm_sector,
                regions * sectors,  # one bin more, for what is not produced
            ),
            unit_cost=np.where(
                producer, network.labour + inputs, 1.0 / (1.0 + network.value_added)
            ),
            slots=slots,
            slot_firm=slot_firm,
            coefficient=network.coefficient[slots],
            cover=baseline.input_cover[slot_sector] * behaviour.input_cover,
            criticality=baseline.criticality[slot_sector] * behaviour.criticality,
            nodes=nodes,
            private_share=private / private.sum(axis=1, keepdims=True),
            public_share=public / np.maximum(public.sum(axis=1, keepdims=True), 1e-300),
            consumption_share=household / household.sum(axis=1, keepdims=True),
            consumed=household.sum(axis=1) / private.sum(axis=1),
            employment=employment,
            private_spending=private.sum(axis=1),
            public_spending=public.sum(axis=1),
            exports=trade.sum(axis=0) - np.diag(trade),
            tax_rate=tax_rate,
            customs_share=baseline.customs_share,
            ghost_share=np.minimum(trading.ghost_share * baseline.ghosts, 1.0),
            capital_flow=capital_flow,
            size_order=_running_share(network),
            price_taking=baseline.price_taking[network.firm_sector] * producer,
            traders=traders,
            trader_slot=trader_slot,
            trader_inputs=np.searchsorted(slots, network.trader_slots),
            buyers_without_traders=np.flatnonzero(
                ~np.isin(np.arange(len(network.length)), network.trader_slots)
            ),
            producer=producer,
            blocks=blocks,
            exposure=Exposure.draw(baseline, network, technology, seed),
            route_appeal=route_appeal(baseline, network.hubs, trading),
        )


def dividends_received(network: Network, paid: np.ndarray, regions: int) -> np.ndarray:
    """Dividends by region of the receiving owners `float64[R]`, from dividends paid `[N]`."""
    abroad = paid * network.owner_share
    home = np.bincount(network.firm_region, paid - abroad, minlength=regions)
    return home + np.bincount(network.owner, abroad, minlength=regions)


def pooled(customs_share: np.ndarray, duties: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """What members receive of pooled customs less what they put in: float64[R], sums to 0.

    customs_share: float64[R], quotas of the treaty. duties: float64[R, R] destination, origin,
    collected. kept: float64[R], share that a member keeps for itself. Duties on goods of other
    members, where there are any, are nobody else's.
    """
    quota = customs_share * (1.0 - kept)
    if not quota.any():
        return np.zeros(len(quota))
    member = customs_share > 0.0
    put_in = duties[:, ~member].sum(axis=1) * member * (1.0 - kept)
    return put_in.sum() * (quota / quota.sum()) - put_in


def _running_share(network: Network) -> np.ndarray:
    run = np.cumsum(network.sales)
    cells = network.cells[network.firm_sector]
    own = np.arange(len(run)), network.firm_region
    first, after = cells[own], cells[own[0], network.firm_region + 1]
    before = np.concatenate(([0.0], run))
    within = np.maximum(before[after] - before[first], 1e-300)
    return np.clip((run - before[first]) / within, 0.0, 1.0)


@dataclass
class State:
    """What persists from month to month. Everything is a copy; nothing here is the baseline's.

    Firms `[N]`: price (paid at the gate), log_virtual (log v), reference (price wanted), expected
    (sales, units), stock (goods), capacity (units a month), cash, active (bool), able (share of
    planned output that inputs allowed last month; limits services).
    Slots `[K]`: inputs (stock, composite units), reserve (months of use left of what can no longer
    be had). Buyers `[B]`: price_index (money per composite unit last month), missing (that nothing
    stands in for yet), adapted (that is done without). links: who buys from whom, see `Links`.
    Regions `[R]`: wage, deposits, treasury, income (disposable, last month), revenue (government,
    last month), exports (last month, mUSD), compliance (share of barred re-exports stopped),
    resold (share of exports that was re-exports last month). noticed: float64[S, R, R] destination,
    origin, what is paid over the gate price relative to the base, as buyers act on it.
    listed: bool[N], traders designated.
    efficiency: float64[N], A of this month; technology: what it follows from.
    Countries that decide for themselves: choice (among their options) and since (month in which it
    was taken), int64[deciding].
    """

    price: np.ndarray
    log_virtual: np.ndarray
    reference: np.ndarray
    expected: np.ndarray
    stock: np.ndarray
    capacity: np.ndarray
    cash: np.ndarray
    active: np.ndarray
    able: np.ndarray
    inputs: np.ndarray
    price_index: np.ndarray
    missing: np.ndarray
    adapted: np.ndarray
    reserve: np.ndarray
    links: Links
    wage: np.ndarray
    deposits: np.ndarray
    treasury: np.ndarray
    income: np.ndarray
    revenue: np.ndarray
    exports: np.ndarray
    compliance: np.ndarray
    resold: np.ndarray
    noticed: np.ndarray
    listed: np.ndarray
    efficiency: np.ndarray
    choice: np.ndarray
    since: np.ndarray
    technology: TechnologyState

    @classmethod
    def at_rest(cls, economy: Economy, deciding: int = 0) -> State:
        """The state of the base year: every price 1, every stock on target."""
        network, rules = economy.network, economy.behaviour
        firms, sales = len(network.sales), network.sales
        ones = np.ones(firms)
        stock = np.where(economy.service, 0.0, sales + rules.stock_cover * sales)
        return cls(
            price=ones.copy(),
            log_virtual=np.zeros(firms),
            reference=np.where(economy.producer, 1.0, 1.0 + network.value_added),
            expected=sales.copy(),
            stock=stock,
            capacity=(1.0 + rules.spare_capacity) * sales,
            cash=rules.cash_target * sales,
            active=economy.producer.copy(),
            able=ones.copy(),
            inputs=economy.cover * economy.coefficient * sales[economy.slot_firm],
            price_index=np.ones(len(network.spending)),
            missing=np.zeros(len(network.spending)),
            adapted=np.zeros(len(network.spending)),
            reserve=economy.cover.copy(),
            links=Links(
                seller=network.seller.astype(np.uint32),
                taste=network.taste.copy(),
                relation=np.ones(len(network.taste)),
                length=network.length.copy(),
                found=np.zeros(len(network.spending)),
                stirred=np.zeros(economy.baseline.final.shape[::-1], dtype=bool),
            ),
            wage=np.ones(economy.regions),
            deposits=rules.wealth_target * economy.private_spending,
            treasury=rules.wealth_target * economy.public_spending,
            income=economy.private_spending.copy(),
            revenue=economy.public_spending.copy(),
            exports=economy.exports.copy(),
            compliance=np.zeros(economy.regions),
            resold=np.zeros(economy.regions),
            noticed=np.ones((len(economy.baseline.sigma), economy.regions, economy.regions)),
            listed=np.zeros(firms, dtype=bool),
            efficiency=ones.copy(),
            choice=np.zeros(deciding, dtype=np.int64),
            since=np.zeros(deciding, dtype=np.int64),
            technology=TechnologyState.at_rest(economy.exposure),
        )

    def money(self, economy: Economy) -> float:
        """All money: cash of firms, deposits of households, accounts of governments.

        Cash region by region: rows that hold nothing then leave the sum's bits alone.
        """
        return float((economy.by_region(self.cash) + self.deposits + self.treasury).sum())

    def copy(self) -> State:
        """An independent copy, e.g. to branch a run."""
        return State(**{f.name: getattr(self, f.name).copy() for f in fields(self)})
