"""Who decides: countries. Who can be looked at: firms, as windows on rows of the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

if TYPE_CHECKING:
    from sim.model import UnionModel


class Country(mesa.Agent):
    """A region's government: it sets public spending and answers for its region's accounts.

    Attributes: code, name, position (in all region arrays), member (of the union),
    public_spending (mUSD this month).
    """

    def __init__(self, model: UnionModel, position: int) -> None:
        super().__init__(model)
        axes = model.economy.baseline.axes
        self.position = position
        self.code, self.name = axes.regions[position], axes.region_names[position]
        self.member = self.code in axes.members
        self.public_spending = float(model.economy.public_spending[position])

    def decide(self) -> None:
        """Spend last month's revenue and a part of what the account holds beyond its target.

        G = T + kappa (account - target), never more than the account holds (model note, §4).
        """
        state, rules = self.model.state, self.model.economy.behaviour
        revenue = float(state.revenue[self.position])
        account = float(state.treasury[self.position])
        gap = account - rules.wealth_target * revenue
        self.public_spending = min(max(revenue + rules.wealth_speed * gap, 0.0), max(account, 0.0))

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


class Firm(mesa.Agent):
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
        network, state = self.model.economy.network, self.model.state
        rows = [
            state.seller[network.row[b] : network.row[b] + state.length[b]]
            for b in np.flatnonzero(network.buyer_firm == self.row)
        ]
        return np.unique(np.concatenate(rows)).astype(np.int64) if rows else np.zeros(0, np.int64)
