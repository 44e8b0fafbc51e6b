"""What the static solver is given: accounts of a world at rest, and a shock to it. Bare arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import inf
from typing import Any

import numpy as np

from sim.errors import InputError

LEAK = 1e-5  # of world income, that accounts may fail to close by


@dataclass(frozen=True)
class Accounts:
    """A world at rest; money in one unit, any, per one period, any.

    trade: `[R,R,S]` sales at the seller's gate without tariff; o = d is domestic.
    sigma: `[S]` elasticity between origins, above 1 (one more than the trade elasticity theta).
    tariff: `[R,R,S]` share of `trade`; 0 where not given.
    use: `[R,S,S]` region, input, user: intermediate use at buyers' prices; none by default.
    final: `[R,S]` final use at buyers' prices, of which only the shares and the total count; cells
    may be 0 or negative. By default what is bought and not used.
    profit: `[R,S]` part of value added that is a mark-up on all costs, not a wage (0: labour is the
    only factor and value added its wage). owned: `[R,R]` share of the profits made in the second
    region that the first receives; by default everyone's own.
    regions, sectors: labels, for messages.
    """

    trade: np.ndarray
    sigma: np.ndarray
    tariff: np.ndarray
    use: np.ndarray
    final: np.ndarray
    profit: np.ndarray
    owned: np.ndarray
    regions: tuple[str, ...]
    sectors: tuple[str, ...]

    @classmethod
    def of(
        cls,
        trade: np.ndarray,
        sigma: np.ndarray | float,
        tariff: np.ndarray | float = 0.0,
        use: np.ndarray | None = None,
        final: np.ndarray | None = None,
        profit: np.ndarray | float = 0.0,
        owned: np.ndarray | None = None,
        regions: Sequence[str] = (),
        sectors: Sequence[str] = (),
    ) -> Accounts:
        """Checked accounts; a trade matrix `[R,R]` alone is an endowment economy."""
        trade = np.array(trade, dtype=np.float64)
        if trade.ndim == 2:
            trade = trade[:, :, None]
        if trade.ndim != 3 or trade.shape[0] != trade.shape[1]:
            raise InputError(f"trade has shape {trade.shape}, not [R, R, S]")
        count, _, goods = trade.shape
        tariff = _shaped("tariff", tariff, trade.shape)
        use = np.zeros((count, goods, goods)) if use is None else use
        use = _shaped("use", use, (count, goods, goods))
        if final is None:
            final = (trade * (1.0 + tariff)).sum(axis=0) - use.sum(axis=2)
        final = np.asarray(final, dtype=np.float64)
        made = cls(
            trade=trade,
            sigma=_shaped("sigma", sigma, (goods,)),
            tariff=tariff,
            use=use,
            final=_shaped("final", final.reshape(final.shape[0], -1), (count, goods)),
            profit=_shaped("profit", profit, (count, goods)),
            owned=_shaped("owned", np.eye(count) if owned is None else owned, (count, count)),
            regions=tuple(regions) or tuple(f"region {r}" for r in range(count)),
            sectors=tuple(sectors) or tuple(f"sector {s}" for s in range(goods)),
        )
        made.check()
        return made

    def check(self) -> None:
        """InputError for what no economy can be."""
        for name in ("trade", "sigma", "tariff", "use", "final", "profit", "owned"):
            self._refuse(name, ~np.isfinite(getattr(self, name)), "not a number")
        self._refuse("trade", self.trade < 0, "negative")
        self._refuse("sigma", self.sigma <= 1, "not above 1")
        self._refuse("tariff", self.tariff <= -1, "not above -1")
        output = self.output
        self._refuse("value added", self.value_added < -1e-9 * output.max(), "negative")
        self._refuse("profit", self.profit < 0, "negative")
        self._refuse("wages", self.wages < -1e-9 * output.max(), "negative")
        self._refuse("final spending", self.final.sum(axis=1) <= 0, "not positive")
        self._refuse("wages of a region", self.wages.sum(axis=1) <= 0, "not positive")
        leak = (self.final.sum() - self.income.sum()) / self.income.sum()
        if abs(leak) > LEAK:
            raise InputError(
                f"final use of the world is {leak:+.1e} of its income away from it; "
                "deficits have to sum to nothing"
            )
        self._refuse("owned", np.abs(self.owned.sum(axis=0) - 1) > 1e-9, "not summing to 1")

    def _refuse(self, what: str, bad: np.ndarray, why: str) -> None:
        if bad.any():
            cell = tuple(int(i) for i in np.argwhere(bad)[0])
            raise InputError(f"{what} is {why} at {self.named(what, cell)}")

    def named(self, what: str, cell: tuple[int, ...]) -> str:
        """A cell by its labels."""
        if what == "sigma":
            return self.sectors[cell[0]]
        regions = 2 if what in ("trade", "tariff", "owned") else 1
        parts = [self.regions[i] for i in cell[:regions]] + [
            self.sectors[i] for i in cell[regions:]
        ]
        return " ".join(parts)

    @property
    def output(self) -> np.ndarray:
        """`[R,S]` sales at the gate."""
        return self.trade.sum(axis=1)

    @property
    def value_added(self) -> np.ndarray:
        """`[R,S]` sales less inputs."""
        return self.output - self.use.sum(axis=1)

    @property
    def wages(self) -> np.ndarray:
        """`[R,S]` value added less profit."""
        return self.value_added - self.profit

    @property
    def income(self) -> np.ndarray:
        """`[R]` wages, profits received and tariff revenue."""
        duties = (self.trade * self.tariff).sum(axis=(0, 2))
        return self.wages.sum(axis=1) + times(self.owned, self.profit.sum(axis=1)) + duties

    @property
    def deficit(self) -> np.ndarray:
        """`[R]` final spending beyond income; sums to 0.

        What tables that close to a few digits only leave over in the world is spread over all
        deficits: with it no fixed deficit could be paid by anybody.
        """
        gap = self.final.sum(axis=1) - self.income
        size = np.abs(gap).sum()
        return gap - np.abs(gap) * (gap.sum() / size) if size > 0 else gap

    @property
    def unclosed(self) -> float:
        """By how much the sectors of a region fail to close, at most, in shares of its income.

        What is bought of a good and neither used nor final, or the other way round. Only the total
        and the shares of `final` count, so this much of an answer is the way into balance and not
        the shock's; above 1e-6, solve once without a shock and start from `rebased()`.
        """
        bought = (self.trade * (1.0 + self.tariff)).sum(axis=0)
        gap = np.abs(self.final + self.use.sum(axis=2) - bought).max(axis=1)
        return float((gap / self.income).max())

    @property
    def exports(self) -> np.ndarray:
        """`[R]` sales abroad."""
        abroad = self.trade.sum(axis=2)
        return abroad.sum(axis=1) - np.diag(abroad)


@dataclass(frozen=True)
class Shock:
    """What changes; neutral where not given. Arrays broadcast to the shape that is named.

    tariff: `[R,R,S]` the new rate, share of the value at the gate. iceberg: `[R,R,S]` factor on
    units shipped per unit received. weight: `[R,R,S]` factor on the share that buyers give an
    origin at equal prices: 1 - c where a share c of varieties is barred, tau^(1 - sigma) for a
    trade cost tau. counted: `[R,R,S]` factor on that weight of what makes the basket better; the
    rest draws demand and nothing else, so buyers do not choose best. fee: `[R,R]` cost of paying,
    share of the value at the gate; fee_to_origin: the part of its revenue that the seller's region
    receives (the buyer's the rest). duty: `[R,R,S]` share of the value at the gate that the
    buyer pays to the origin's treasury; below 0 a subsidy.
    ceiling: `[R,R,S]` highest price at the gate, base = 1; the buyer keeps what it saves.
    productivity: `[R,S]` factor on output from all inputs; skill: `[R,S]` on that of labour alone.
    subsidy: `[R,S]` share of unit cost paid by the region's treasury. transfers: `[R]` money
    received, sums to 0. demand: `[R,S]` factor on the shares of final demand. labour: `[R]` factor
    on its supply.
    """

    tariff: Any = None
    iceberg: Any = 1.0
    weight: Any = 1.0
    fee: Any = 0.0
    fee_to_origin: float = 0.5
    counted: Any = 1.0
    duty: Any = 0.0
    ceiling: Any = inf
    productivity: Any = 1.0
    skill: Any = 1.0
    subsidy: Any = 0.0
    transfers: Any = 0.0
    demand: Any = 1.0
    labour: Any = 1.0

    def full(self, accounts: Accounts) -> Shock:
        """All arrays in their full shape, checked."""
        count, _, goods = accounts.trade.shape
        cell, pair, home = (count, count, goods), (count, count), (count, goods)
        made = Shock(
            tariff=_shaped("tariff", accounts.tariff if self.tariff is None else self.tariff, cell),
            iceberg=_shaped("iceberg", self.iceberg, cell),
            weight=_shaped("weight", self.weight, cell),
            fee=_shaped("fee", self.fee, pair),
            fee_to_origin=float(self.fee_to_origin),
            counted=_shaped("counted", self.counted, cell),
            duty=_shaped("duty", self.duty, cell),
            ceiling=_shaped("ceiling", self.ceiling, cell),
            productivity=_shaped("productivity", self.productivity, home),
            skill=_shaped("skill", self.skill, home),
            subsidy=_shaped("subsidy", self.subsidy, home),
            transfers=_shaped("transfers", self.transfers, (count,)),
            demand=_shaped("demand", self.demand, home),
            labour=_shaped("labour", self.labour, (count,)),
        )
        made._check()
        return made

    def _check(self) -> None:
        for name in ("iceberg", "productivity", "skill", "labour", "ceiling", "counted"):
            if not (getattr(self, name) > 0).all():
                raise InputError(f"{name} of {np.min(getattr(self, name)):g} is not above 0")
        for name in ("weight", "fee", "demand"):
            if not (getattr(self, name) >= 0).all():
                raise InputError(f"{name} of {np.min(getattr(self, name)):g} is below 0")
        if not (self.tariff > -1).all():
            raise InputError(f"tariff of {np.min(self.tariff):g} is not above -1")
        if not (1.0 + self.tariff + self.fee[:, :, None] + self.duty > 0).all():
            raise InputError(f"duty of {np.min(self.duty):g} leaves buyers nothing to pay")
        if not ((self.subsidy >= 0) & (self.subsidy < 1)).all():
            raise InputError("subsidy is outside [0, 1)")
        if not 0 <= self.fee_to_origin <= 1:
            raise InputError(f"fee_to_origin = {self.fee_to_origin:g} is outside [0, 1]")
        if abs(self.transfers.sum()) > 1e-9 * max(1.0, np.abs(self.transfers).sum()):
            raise InputError(f"transfers sum to {self.transfers.sum():g}, not to 0")

    def part(self, accounts: Accounts, share: float) -> Shock:
        """The same shock at partial strength, on a straight line from neutral."""
        if share == 1.0:
            return self

        def on_the_way(value: np.ndarray, neutral: Any) -> np.ndarray:
            return neutral + share * (value - neutral)

        return Shock(
            tariff=on_the_way(self.tariff, accounts.tariff),
            ceiling=self.ceiling / share,
            fee_to_origin=self.fee_to_origin,
            **{
                f.name: on_the_way(getattr(self, f.name), f.default)
                for f in fields(self)
                if f.name not in ("tariff", "ceiling", "fee_to_origin")
            },
        )


def times(matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Matrix times vector in NumPy's own loops: the same bits everywhere."""
    return (matrix * vector[None, :]).sum(axis=1)


def _shaped(what: str, value: Any, shape: tuple[int, ...]) -> np.ndarray:
    given = np.asarray(value, dtype=np.float64)
    if given.ndim == 0:
        return np.full(shape, given)
    if given.shape == shape:
        return np.ascontiguousarray(given)
    if given.ndim == 2 and len(shape) == 3 and given.shape == shape[:2]:
        given = given[:, :, None]
    if given.ndim == 1 and len(shape) == 2 and shape[0] != shape[1] and given.shape == shape[:1]:
        given = given[:, None]
    try:
        return np.ascontiguousarray(np.broadcast_to(given, shape))
    except ValueError:
        raise InputError(f"{what} has shape {given.shape}, not {list(shape)}") from None
