"""Who decides: countries. Who can be looked at: firms, as windows on rows of the state."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

import numpy as np

from sim.levers import Levers
from sim.mesa_core import Agent

if TYPE_CHECKING:
    from sim.model import UnionModel

Contribution = dict[str, np.ndarray]  # by lever, in its shape


class _Numbers(WeakKeyDictionary[Any, Iterator[int]]):
    """The next agent's number in each model, forgotten with the model.

    Mesa 3.3 keeps these in an ordinary dictionary, and with it every model that ever was: 60 MB
    a run of a sweep.
    """

    def __getitem__(self, model: Any) -> Iterator[int]:
        if model not in self:  # a copy of a model goes on from the agents that it has
            self[model] = count(1 + max((agent.unique_id for agent in model.agents), default=0))
        return super().__getitem__(model)


class _Agent(Agent):
    """An agent that does not keep its model alive when everybody else has let go of it."""

    _ids: ClassVar[Any] = _Numbers()


class Country(_Agent):
    """A region's government: it sets public spending and answers for its region's accounts.

    Attributes: code, name, position (in all region arrays), member (of the union),
    public_spending (mUSD this month), compliance (share of barred re-exports stopped).
    """

    def __init__(self, model: UnionModel, position: int) -> None:
        super().__init__(model)
        axes = model.economy.baseline.axes
        self.position = position
        self.code, self.name = axes.regions[position], axes.region_names[position]
        self.member = self.code in axes.members
        self.public_spending = float(model.economy.public_spending[position])
        self.compliance = 0.0

    def decide(self, levers: Levers) -> None:
        """Take this month's decisions, knowing the announced levers and last month."""
        self.public_spending = self.spend()
        self.compliance = self.comply(levers)

    def respond(self, levers: Levers) -> Contribution:
        """The country's own measures in answer to the announced ones, by lever."""
        return {**self.retaliate(levers), **self.fund_technology(levers)}

    def fund_technology(self, levers: Levers) -> Contribution:
        """Research paid from tariffs: `technology_fund` x tariff revenue x expected loss.

        The customs money of last month, in proportion to the share of foreign technology that
        firms expect to lose, spread over the classes by how much of each is at stake.
        """
        rules, me, model = self.model.settings.countries, self.position, self.model
        exposure, belief = model.economy.exposure, model.state.technology.belief[me]
        if not rules.fund_technology or exposure.idle or not belief.any():
            return {}
        at_stake = belief * exposure.weight
        money = rules.technology_fund * float(model.last_regions["tariff_revenue_musd"][me])
        amount = money * belief.max() * at_stake / at_stake.sum()
        support = np.zeros_like(levers.research_support)
        np.add.at(support[me], exposure.table.source, amount)
        return {"research_support": support}

    def retaliate(self, levers: Levers) -> Contribution:
        """Counter-bans on those who bar exports to the country.

        It bars a part of what it buys from the senders in turn, as large as `retaliation` of what
        it suffers, but spares sectors it could not replace: those where the sender supplies more
        than `replaceable` of the market.
        """
        rules, me = self.model.settings.countries, self.position
        suffered = levers.coverage[:, me, :]
        if not rules.retaliate or not suffered.any():
            return {}
        bought = self.model.economy.baseline.trade[:, me, :]
        share = bought / bought.sum(axis=0, keepdims=True)
        hit = (suffered * bought).sum(axis=1) / np.maximum(bought.sum(axis=1), 1e-300)
        counter = np.zeros_like(levers.coverage)
        spared = share > rules.replaceable
        counter[:, me, :] = np.where(spared, 0.0, rules.retaliation * hit[:, None])
        return {"coverage": counter}

    def comply(self, levers: Levers) -> float:
        """Share of barred re-exports that customs stop.

        Wanted: fear x secondary pressure x exposure to those who press - greed x share of exports
        that is re-exports, within [0, 1]; approached at a speed; never below what the law asks
        (compliance floor). Exposure is the share of base trade with those who press.
        """
        rules, me = self.model.settings.countries, self.position
        if rules.compliance is not None:
            return rules.compliance
        now, floor = float(self.model.state.compliance[me]), float(levers.compliance_floor[me])
        if not rules.comply:
            return floor
        pressure = float(levers.secondary_pressure[me]) * self.exposure()
        gain = float(self.model.state.resold[me])
        wanted = min(max(rules.fear * pressure - rules.greed * gain, 0.0), 1.0)
        return max(now + rules.compliance_speed * (wanted - now), floor)

    def exposure(self) -> float:
        """Share of the region's base trade that is with those who press it."""
        trade = self.model.economy.baseline.trade.sum(axis=2)
        mine = trade[self.position] + trade[:, self.position]
        mine[self.position] = 0.0
        whole = float(mine.sum())  # 0: who trades with nobody loses nothing by it
        return float(mine[self.model.pressing].sum()) / whole if whole > 0.0 else 0.0

    def spend(self) -> float:
        """Spend last month's revenue and a part of what the account holds beyond its target.

        G = T + kappa (account - target), never more than the account holds (model note, §4).
        """
        state, rules = self.model.state, self.model.economy.behaviour
        revenue = float(state.revenue[self.position])
        account = float(state.treasury[self.position])
        gap = account - rules.wealth_target * revenue
        return min(max(revenue + rules.wealth_speed * gap, 0.0), max(account, 0.0))

    @property
    def gdp(self) -> float:
        """Value added at market prices last month, mUSD."""
        return self._seen("gdp_musd")

    @property
    def real_consumption(self) -> float:
        """Households' consumption last month at base prices, mUSD."""
        return self._seen("real_consumption")

    @property
    def cpi(self) -> float:
        """Consumer prices last month, base 1."""
        return self._seen("cpi")

    @property
    def wage(self) -> float:
        """This month's wage, base 1."""
        return float(self.model.state.wage[self.position])

    @property
    def deposits(self) -> float:
        """Households' deposits, mUSD."""
        return float(self.model.state.deposits[self.position])

    def _seen(self, variable: str) -> float:
        return float(self.model.last_regions[variable][self.position])


class _Row:
    """An attribute of a firm that is one row of a state array (Mesa's PropertyDescriptor idea)."""

    def __init__(self, array: str, meaning: str) -> None:
        self.array = array
        self.__doc__ = meaning

    def __get__(self, firm: Any, owner: type | None = None) -> Any:
        if firm is None:
            return self
        return getattr(firm.model.state, self.array)[firm.row].item()

    def __set__(self, firm: Any, value: object) -> None:
        raise AttributeError(f"a firm's {self.array} is moved by the phases; change model.state")


class Firm(_Agent):
    """A window on one row of the firm arrays; reading it costs nothing until it is read."""

    price = _Row("price", "Price last paid at the gate, base 1.")
    reference = _Row("reference", "Price the firm wants: markup over unit cost.")
    expected = _Row("expected", "Expected sales, units a month.")
    stock = _Row("stock", "Goods in stock, units.")
    capacity = _Row("capacity", "Most it can make in a month, units.")
    cash = _Row("cash", "Money, mUSD; negative on credit.")
    active = _Row("active", "Whether the firm is in business.")

    def __init__(self, model: UnionModel, row: int) -> None:
        super().__init__(model)
        self.row = row

    @property
    def region(self) -> str:
        """Code of the region the firm is in."""
        network = self.model.economy.network
        return self.model.economy.baseline.axes.regions[network.firm_region[self.row]]

    @property
    def sector(self) -> str:
        """Code of the sector the firm sells."""
        network = self.model.economy.network
        return self.model.economy.baseline.axes.sectors[network.firm_sector[self.row]]

    @property
    def base_sales(self) -> float:
        """Sales in the base year, mUSD a month."""
        return float(self.model.economy.network.sales[self.row])

    @property
    def owner(self) -> str:
        """Code of the region that receives the profit of foreign shares (its own if none)."""
        network = self.model.economy.network
        return self.model.economy.baseline.axes.regions[network.owner[self.row]]

    def suppliers(self) -> np.ndarray:
        """Rows of the firms it has links with, `int64[n]`."""
        network, links = self.model.economy.network, self.model.state.links
        rows = [
            links.seller[network.row[b] : network.row[b] + links.length[b]]
            for b in np.flatnonzero(network.buyer_firm == self.row)
        ]
        return np.unique(np.concatenate(rows)).astype(np.int64) if rows else np.zeros(0, np.int64)
