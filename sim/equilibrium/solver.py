"""`solve`: accounts of a world, a shock and a closure in; the equilibrium after it out.

Exact hat algebra (Dekle, Eaton & Kortum 2008; Caliendo & Parro 2015; Anderson, Larch & Yotov 2018):
origins are CES by sector, final demand is Cobb-Douglas, inputs are Cobb-Douglas or Leontief, the
factor is labour, immobile between regions and mobile between sectors. Bare arrays: R regions, S
sectors, axes origin, destination, sector.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from sim.arithmetic import exp, log, power
from sim.equilibrium import kernels
from sim.equilibrium.accounts import Accounts, Shock, times
from sim.errors import InputError, unknown

CLOSURES = {
    "fixed": "deficits fixed in money",
    "removed": "deficits removed",
    "proportional": "spending a fixed multiple of income, so deficits in proportion to GDP",
    "exports": "outflow of capital following exports, as in the agent model",
}
INPUTS = {"cobb_douglas": "Cobb-Douglas inputs", "leontief": "Leontief inputs"}
NUMERAIRES = {"wages": "world wages", "spending": "world final spending"}
_CODES = {
    "fixed": kernels.FIXED,
    "removed": kernels.FIXED,
    "proportional": kernels.PROPORTIONAL,
    "exports": kernels.EXPORTS,
}

TOLERANCE = 1e-12
# A shock that is too much at once is applied in so many parts, with such steps of wages, and in
# the end without mixing: (stages, boldness, memory, passes).
ATTEMPTS = (
    (1, 1.0, kernels.MEMORY, 1_000),
    (2, 1.0, kernels.MEMORY, 1_000),
    (4, 0.5, kernels.MEMORY, 2_000),
    (8, 0.3, 2, 2_000),
    (16, 0.2, 0, 6_000),
)


class NoEquilibrium(InputError):
    """There is no answer, or none was found; the message says which market and why."""


@dataclass(frozen=True)
class Equilibrium:
    """The world after a shock. Hats are relative to the accounts: 1 is no change.

    closure, inputs, numeraire: what was assumed, in words. passes: of the fixed point; stages:
    parts the shock was applied in. residuals: largest imbalance of each kind, relative. unclosed:
    by how much the accounts did not close before the shock (`Accounts.unclosed`).
    wage: `[R]` hat. price: `[R,S]` hat of what buyers of a region pay, with duties. cost: `[R,S]`
    hat at the seller's gate. spending, final: `[R,S]` and use: `[R,S,S]` at buyers' prices.
    trade: `[R,R,S]` at the gate, as paid. income: `[R]` final spending; deficit: `[R]` its part
    that was not earned. price_index: `[R]` hat, of final demand.
    """

    accounts: Accounts
    shock: Shock
    closure: str
    inputs: str
    numeraire: str
    passes: int
    stages: int
    residuals: Mapping[str, float]
    wage: np.ndarray
    price: np.ndarray
    cost: np.ndarray
    spending: np.ndarray
    use: np.ndarray
    final: np.ndarray
    trade: np.ndarray
    profit: np.ndarray
    income: np.ndarray
    deficit: np.ndarray
    price_index: np.ndarray

    @property
    def unclosed(self) -> float:
        """How far the accounts were from closing by sector, in shares of a region's income."""
        return self.accounts.unclosed

    @property
    def real_income(self) -> np.ndarray:
        """`[R]` hat of final spending over its price index: exact welfare, real consumption."""
        return self.income / self.accounts.final.sum(axis=1) / self.price_index

    @property
    def real_wage(self) -> np.ndarray:
        """`[R]` hat of the wage over the price index of final demand."""
        return self.wage / self.price_index

    @property
    def terms_of_trade(self) -> np.ndarray:
        """`[R]` first-order gain in shares of income: prices of exports less those of imports."""
        base, rise = self.accounts.trade, self.cost - 1.0
        sold = (base.sum(axis=1) * rise).sum(axis=1)
        bought = (base * rise[:, None, :]).sum(axis=(0, 2))
        return (sold - bought) / self.accounts.final.sum(axis=1)

    @property
    def volume_of_trade(self) -> np.ndarray:
        """`[R]` first-order gain: tariffs collected on what more is imported, at base prices."""
        base, duty = self.accounts.trade, self.accounts.tariff
        more = duty * (self.trade - base * self.cost[:, None, :])
        return more.sum(axis=(0, 2)) / self.accounts.final.sum(axis=1)

    @property
    def trade_costs(self) -> np.ndarray:
        """`[R]` first-order loss from goods that melt on the way (iceberg), as a gain."""
        landed = self.accounts.trade * (1.0 + self.accounts.tariff)
        lost = landed * (self.shock.iceberg - 1.0)
        return -lost.sum(axis=(0, 2)) / self.accounts.final.sum(axis=1)

    @property
    def linear_welfare(self) -> np.ndarray:
        """`[R]` terms plus volume of trade, less icebergs: Caliendo & Parro's equation 16.

        A first-order sum over a finite change, so it is not `real_income` - 1; of tariffs, wages
        and icebergs only, for their paper has no barred varieties and no productivity.
        """
        return self.terms_of_trade + self.volume_of_trade + self.trade_costs

    @property
    def home_share(self) -> np.ndarray:
        """`[R,S]` share of spending on the region's own, lambda; nan where nothing is bought."""
        own = np.diagonal(self.trade * (1.0 + self.shock.tariff)).T
        return np.divide(own, self.spending, out=np.full_like(own, np.nan), where=self.spending > 0)

    def rebased(self) -> Accounts:
        """This equilibrium as the accounts that the next shock starts from."""
        plain = {"fee": 0.0, "duty": 0.0, "ceiling": inf, "subsidy": 0.0}
        moved = [
            name for name, neutral in plain.items() if (getattr(self.shock, name) != neutral).any()
        ]
        if moved:
            raise InputError(f"accounts have no place for {', '.join(moved)}; give it in one shock")
        return replace(
            self.accounts, trade=self.trade, tariff=self.shock.tariff, use=self.use,
            final=self.final, profit=self.profit,
        )  # fmt: skip


def solve(
    accounts: Accounts,
    shock: Shock | None = None,
    closure: str = "fixed",
    inputs: str = "cobb_douglas",
    numeraire: str = "wages",
    tolerance: float = TOLERANCE,
) -> Equilibrium:
    """The equilibrium after a shock, or NoEquilibrium; never an answer that has not converged.

    closure: what becomes of deficits (CLOSURES). inputs: 'cobb_douglas' or 'leontief'. numeraire:
    what keeps its value in money (NUMERAIRES), which matters where deficits are fixed in money.
    """
    for kind, name, known in (
        ("closure", closure, CLOSURES),
        ("inputs", inputs, INPUTS),
        ("numeraire", numeraire, NUMERAIRES),
    ):
        if name not in known:
            raise unknown(kind, name, known)
    whole = (shock or Shock()).full(accounts)
    _refuse_closed_markets(accounts, whole)
    leontief, by_wages = inputs == "leontief", numeraire == "wages"
    anchor = accounts.wages.sum() if by_wages else accounts.final.sum()
    for stages, boldness, memory, most in ATTEMPTS:
        x = _start(accounts)
        passes = 0
        for stage in range(1, stages + 1):
            part = whole.part(accounts, stage / stages)
            system = _system(accounts, part, closure, boldness)
            found, gap = _room(accounts), np.zeros(4)
            try:
                status, more, off = kernels.settle(
                    system, leontief, _CODES[closure], by_wages, anchor, x, found, tolerance,
                    most, memory, gap,
                )  # fmt: skip
            except ZeroDivisionError:  # a price or a demand vanished on the way
                status, more, off, gap[3] = kernels.BROKEN, most, np.inf, -1
            passes += more
            if status != kernels.CONVERGED:
                break
        if status == kernels.CONVERGED:
            made = _answer(accounts, whole, system, x, found, gap, leontief)
            return replace(
                made, closure=CLOSURES[closure], inputs=INPUTS[inputs],
                numeraire=NUMERAIRES[numeraire], passes=passes, stages=stages,
            )  # fmt: skip
    raise _no_answer(accounts, status, gap, found, off)


def _start(accounts: Accounts) -> np.ndarray:
    """Base wages, prices and spending, as the kernels count them."""
    count, _, goods = accounts.trade.shape
    x = np.zeros(count + 2 * count * goods)
    x[count + count * goods :] = 1.0
    return x


def _room(accounts: Accounts) -> kernels.Found:
    count, _, goods = accounts.trade.shape
    cells = {"cost", "power", "reach", "worth", "sold", "received", "landed"}
    return kernels.Found(
        *(np.zeros((count, goods) if name in cells else count) for name in kernels.Found._fields)
    )


def _system(accounts: Accounts, shock: Shock, closure: str, boldness: float) -> kernels.System:
    """What the kernels read. boldness: 1, or less for smaller steps of wages."""
    sigma, base = accounts.sigma, 1.0 + accounts.tariff
    landed = accounts.trade * base
    spent = landed.sum(axis=0)
    share = np.divide(landed, spent, out=np.zeros_like(landed), where=spent > 0)
    paid = 1.0 + shock.tariff + shock.fee[:, :, None] + shock.duty
    pull, dearer = share * shock.weight, paid / base * shock.iceberg
    if (dearer != 1.0).any():
        pull = pull * power(dearer, 1.0 - sigma)
    output, use = accounts.output, accounts.use
    at_cost = output - accounts.profit
    made = at_cost > 0
    inputs = np.divide(use, at_cost[:, None, :], out=np.zeros_like(use), where=made[:, None, :])
    wages = accounts.wages
    demand = accounts.final * shock.demand
    final = accounts.final.sum(axis=1)
    earned = accounts.income
    deficit = np.zeros_like(final) if closure == "removed" else accounts.deficit
    kept = np.divide(share * accounts.trade, output[:, None, :], out=np.zeros_like(share),
                     where=output[:, None, :] > 0).sum(axis=1)  # fmt: skip
    bend = (wages * (sigma - 1.0) * (1.0 - kept)).sum(axis=1) / wages.sum(axis=1)
    return kernels.System(
        pull=pull,
        gate=pull / paid,
        counted=pull * shock.counted if (shock.counted != 1.0).any() else np.empty((0, 0, 0)),
        duty=shock.duty if shock.duty.any() else np.empty((0, 0, 0)),
        fee=shock.fee * shock.fee_to_origin,
        lid=log(shock.ceiling) if np.isfinite(shock.ceiling).any() else np.empty((0, 0, 0)),
        labour=np.divide(wages, at_cost, out=np.zeros_like(wages), where=made),
        inputs=np.ascontiguousarray(inputs),
        by_user=np.ascontiguousarray(inputs.transpose(0, 2, 1)),
        margin=np.divide(accounts.profit, output, out=np.zeros_like(output), where=output > 0),
        skill=log(shock.skill),
        skill_all=log(shock.productivity),
        kept=1.0 - shock.subsidy,
        final=demand / demand.sum(axis=1, keepdims=True),
        sigma=sigma,
        payroll=wages.sum(axis=1) * shock.labour,
        owned=accounts.owned,
        deficit=deficit,
        over=final / earned,
        exports=accounts.exports,
        gift=shock.transfers,
        size=spent,
        pace=boldness / (1.0 + bend),
    )


def _answer(
    accounts: Accounts,
    shock: Shock,
    system: kernels.System,
    x: np.ndarray,
    found: kernels.Found,
    gap: np.ndarray,
    leontief: bool,
) -> Equilibrium:
    """The equilibrium at x, its accounts closed once more from the other side."""
    count, _, goods = accounts.trade.shape
    cells = count * goods
    wage = exp(x[:count])
    price = exp(x[count : count + cells]).reshape(count, goods)
    spending = x[count + cells :].reshape(count, goods) * system.size
    cost = exp(found.cost) * system.kept
    draw = np.divide(spending, found.reach, out=np.zeros_like(spending), where=found.reach > 0)
    trade = system.gate * found.power[:, None, :] * draw[None]
    if system.lid.size:
        trade = trade * np.minimum(1.0, shock.ceiling / cost[:, None, :])
    full = found.sold / system.kept
    use = system.inputs * ((1.0 - system.margin) * full)[:, None, :]
    if leontief:
        use = use * price[:, :, None] / exp(found.cost + system.skill_all)[:, None, :]
    final = system.final * found.income[:, None]
    profit = system.margin * full + found.received - found.sold
    index = exp((system.final * x[count : count + cells].reshape(count, goods)).sum(axis=1))
    poor = found.income <= 0
    if poor.any():
        raise NoEquilibrium(
            f"final spending of {accounts.regions[int(np.argmax(poor))]} would be "
            f"{found.income[poor][0]:.4g}: it cannot earn what the closure has it pay abroad"
        )
    across = trade.sum(axis=2)
    made, bought = profit.sum(axis=1), times(accounts.owned, profit.sum(axis=1))
    fees = across * shock.fee
    net = across.sum(axis=0) - across.sum(axis=1) + made - bought
    net += shock.fee_to_origin * (fees.sum(axis=0) - fees.sum(axis=1))
    duties = (trade * shock.duty).sum(axis=2)
    net += duties.sum(axis=0) - duties.sum(axis=1)
    size = np.maximum(found.income, found.sold.sum(axis=1))
    flow = found.flow + system.gift
    residuals = {
        "labour markets": float(gap[0]),
        "prices": float(gap[1]),
        "spending": float(gap[2]),
        "goods: used and bought": float(
            (np.abs(use.sum(axis=2) + final - spending).max(axis=1) / size).max()
        ),
        "trade balance: paid by the deficit": float((np.abs(net - flow) / size).max()),
        "world: deficits sum to nothing": float(abs(found.flow.sum()) / size.sum()),
    }
    return Equilibrium(
        accounts=accounts, shock=shock, closure="", inputs="", numeraire="", passes=0, stages=0,
        residuals=residuals, wage=wage, price=price, cost=cost, spending=spending, use=use,
        final=final, trade=trade, profit=profit, income=found.income, deficit=flow,
        price_index=index,
    )  # fmt: skip


def _refuse_closed_markets(accounts: Accounts, shock: Shock) -> None:
    """NoEquilibrium where something that is needed has no seller left, or a region no buyer."""
    open_cells = (accounts.trade > 0) & (shock.weight > 0)
    needed = (accounts.final * shock.demand > 0) | (accounts.use.sum(axis=2) > 0)
    needed &= accounts.trade.sum(axis=0) > 0
    empty = needed & ~open_cells.any(axis=0)
    if empty.any():
        d, s = np.argwhere(empty)[0]
        raise NoEquilibrium(
            f"nobody may sell {accounts.sectors[s]} to {accounts.regions[d]} any more, and without "
            "it demand and production there stop: there is no equilibrium"
        )
    idle = ~open_cells.any(axis=(1, 2))
    if idle.any():
        name = accounts.regions[int(np.argmax(idle))]
        raise NoEquilibrium(f"{name} may sell to nobody any more: there is no equilibrium")


def _no_answer(
    accounts: Accounts, status: int, gap: np.ndarray, found: kernels.Found, off: float
) -> NoEquilibrium:
    where = int(gap[3])
    name = accounts.regions[where] if 0 <= where < len(accounts.regions) else "the world"
    poor = np.flatnonzero(~(found.income > 0))
    if poor.size:
        return NoEquilibrium(
            f"final spending of {accounts.regions[int(poor[0])]} turns negative on the way: it "
            "cannot earn what the closure has it pay abroad; try another closure"
        )
    if status == kernels.BROKEN:
        return NoEquilibrium(f"demand for the labour of {name} vanishes on the way: no equilibrium")
    return NoEquilibrium(
        f"no equilibrium found: the labour market of {name} is still off by {off:.1e} after "
        f"{ATTEMPTS[-1][-1]} passes in each of {ATTEMPTS[-1][0]} stages"
    )
