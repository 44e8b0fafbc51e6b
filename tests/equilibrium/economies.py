"""Random worlds and shocks, and the equations of an equilibrium written out once more.

`violations` shares no code with the solver: plain NumPy, levels instead of logs, einsum instead of
loops. An answer that satisfies it is an equilibrium, whatever found it.
"""

from __future__ import annotations

import numpy as np

from sim.equilibrium import Accounts, Equilibrium, Shock


def world(
    seed: int,
    regions: int = 5,
    sectors: int = 3,
    balanced: bool = False,
    profits: bool = False,
    tariffs: bool = True,
) -> Accounts:
    """A table with home bias, a sixth of its foreign cells empty, uneven sizes, inputs, deficits.

    balanced: without deficits (found by solving for them). profits: a third of value added is
    profit, and some of it belongs to others.
    """
    rng = np.random.default_rng(seed)
    size = np.exp(rng.normal(0.0, 1.0, regions))
    taste = rng.dirichlet(np.full(sectors, 4.0), regions)
    trade = size[:, None, None] * size[None, :, None] / size.sum() * taste[None]
    trade *= np.exp(rng.normal(0.0, 0.7, trade.shape))
    own = np.eye(regions, dtype=bool)[:, :, None]
    trade *= np.where(own, 2.0 * regions, rng.random(trade.shape) > 1 / 6)
    both = 0.5 * (trade + trade.transpose(1, 0, 2))
    trade = np.where(own, trade, 0.7 * both + 0.3 * trade)
    tariff = np.where(own, 0.0, rng.uniform(0.0, 0.2, trade.shape)) if tariffs else 0.0
    output, bought = trade.sum(axis=1), (trade * (1.0 + tariff)).sum(axis=0)
    shares = rng.dirichlet(np.ones(sectors), (regions, sectors)).transpose(0, 2, 1)
    use = shares * (rng.uniform(0.2, 0.6, (regions, 1, sectors)) * output[:, None, :])
    use *= np.minimum(1.0, 0.7 * bought / use.sum(axis=2))[:, :, None]
    sigma = rng.uniform(1.5, 9.0, sectors)
    value_added = output - use.sum(axis=1)
    owned = 0.8 * np.eye(regions) + 0.2 * rng.dirichlet(np.ones(regions), regions).T
    made = Accounts.of(
        trade,
        sigma,
        tariff,
        use,
        profit=value_added / 3 if profits else 0.0,
        owned=owned if profits else None,
    )
    if not balanced:
        return made
    from sim.equilibrium import solve

    return solve(made, closure="removed").rebased()


def shock(seed: int, accounts: Accounts, violence: float = 1.0) -> Shock:
    """Everything at once, more of it the greater `violence`: 1 is a hard shock, 3 a cruel one."""
    rng = np.random.default_rng(seed)
    regions, _, sectors = accounts.trade.shape
    cell, pair, home = (regions, regions, sectors), (regions, regions), (regions, sectors)
    own = np.eye(regions, dtype=bool)
    gift = violence * 0.02 * accounts.income.min() * rng.normal(size=regions)
    barred = np.where(rng.random(cell) < 0.15 * violence, rng.choice([0.5, 1.0], cell), 0.0)
    kinds = rng.random(11) < 0.6

    def some(kind: int, value: np.ndarray, neutral: float) -> np.ndarray | float:
        return value if kinds[kind] else neutral

    return Shock(
        tariff=np.where(own[:, :, None], 0.0, violence * rng.uniform(0.0, 0.5, cell))
        if kinds[0]
        else None,
        iceberg=some(
            1, np.where(own[:, :, None], 1.0, np.exp(violence * rng.normal(0.1, 0.3, cell))), 1.0
        ),
        weight=some(2, np.where(own[:, :, None], 1.0, 1.0 - barred), 1.0),
        fee=some(3, np.where(own, 0.0, violence * rng.uniform(0.0, 0.1, pair)), 0.0),
        fee_to_origin=float(rng.random()),
        ceiling=np.where(rng.random(cell) < 0.1, 0.9, np.inf) if kinds[4] else np.inf,
        productivity=some(5, np.exp(violence * rng.normal(0.0, 0.1, home)), 1.0),
        skill=some(6, np.exp(violence * rng.normal(0.0, 0.1, home)), 1.0),
        subsidy=some(7, np.where(rng.random(home) < 0.2, 0.1, 0.0), 0.0),
        transfers=some(8, gift - gift.mean(), 0.0),
        demand=np.exp(rng.normal(0.0, 0.2 * violence, home)),
        labour=np.exp(rng.normal(0.0, 0.1 * violence, regions)),
        duty=some(9, np.where(own[:, :, None], 0.0, violence * rng.uniform(-0.2, 0.4, cell)), 0.0),
        counted=some(10, np.where(own[:, :, None], 1.0, rng.uniform(0.5, 1.0, cell)), 1.0),
    )


def violations(found: Equilibrium, closure: str, leontief: bool = False) -> dict[str, float]:
    """How far each equation is from holding, relative."""
    base, hit = found.accounts, found.shock
    output = base.trade.sum(axis=1)
    value_added = output - base.use.sum(axis=1)
    landed = base.trade * (1.0 + base.tariff)
    spent = landed.sum(axis=0)
    share = landed / np.where(spent > 0, spent, 1.0)
    theta = 1.0 + hit.tariff + hit.fee[:, :, None] + hit.duty

    at_cost = np.where(output > 0, output - base.profit, 1.0)
    labour = (value_added - base.profit) / at_cost
    inputs = base.use / at_cost[:, None, :]
    wage = found.wage[:, None] / hit.skill
    if leontief:
        unit = labour * wage + np.einsum("rsu,rs->ru", inputs, found.price)
    else:
        unit = wage**labour * np.prod(found.price[:, :, None] ** inputs, axis=1)
    cost = unit / hit.productivity * (1.0 - hit.subsidy)
    live = output > 0

    delivered = cost[:, None, :] * theta / (1.0 + base.tariff) * hit.iceberg
    pulls = np.where(share > 0, share * hit.weight * delivered ** (1.0 - base.sigma), 0.0)
    total = pulls.sum(axis=0)
    bought = spent > 0
    better = (pulls * hit.counted).sum(axis=0)
    price = np.where(bought, better, 1.0) ** (1.0 / (1.0 - base.sigma))
    at_gate = pulls / np.where(total > 0, total, 1.0) * found.spending / theta
    paid_share = np.minimum(1.0, hit.ceiling / cost[:, None, :])
    trade = at_gate * paid_share

    sold, received = at_gate.sum(axis=1), trade.sum(axis=1)
    full = sold / (1.0 - hit.subsidy)
    margin = np.where(live, base.profit / np.where(live, output, 1.0), 0.0)
    outlay = (1.0 - margin) * full
    if leontief:
        use = inputs * (outlay / unit)[:, None, :] * found.price[:, :, None]
        payroll = labour * wage / unit * outlay
    else:
        use, payroll = inputs * outlay[:, None, :], labour * outlay
    wages = found.wage * (value_added - base.profit).sum(axis=1) * hit.labour
    profit = (margin * full + received - sold).sum(axis=1)
    across = trade.sum(axis=2)
    fees = across * hit.fee
    public = found.spending.sum(axis=1) - across.sum(axis=0) - fees.sum(axis=0)
    public -= (full - sold).sum(axis=1)
    taken = (trade * hit.duty).sum(axis=2)
    public += taken.sum(axis=1) - taken.sum(axis=0)
    banks = hit.fee_to_origin * fees.sum(axis=1) + (1 - hit.fee_to_origin) * fees.sum(axis=0)
    earned = wages + np.einsum("rj,j->r", base.owned, profit) + public + banks

    before = base.final.sum(axis=1)
    deficit0 = base.deficit
    flow = found.deficit - hit.transfers
    size = np.abs(found.income).max()
    abroad = across.sum(axis=1) - np.diag(across)
    rule = {
        "fixed": lambda: flow - deficit0,
        "removed": lambda: flow,
        "proportional": lambda: np.diff(
            (earned + flow) / earned / (before / (before - deficit0))
        ) * size,
        "exports": lambda: np.where(
            deficit0 < 0, flow - deficit0 * abroad / base.exports, 0.0
        ),
    }[closure]()  # fmt: skip
    alpha = base.final * hit.demand
    alpha = alpha / alpha.sum(axis=1, keepdims=True)
    final = alpha * found.income[:, None]
    index = np.prod(found.price**alpha, axis=1)
    return {
        "prices": np.abs(price[bought] / found.price[bought] - 1).max(),
        "cost": np.abs(cost[live] / found.cost[live] - 1).max(),
        "trade": np.abs(trade - found.trade).max() / trade.max(),
        "labour": np.abs(payroll.sum(axis=1) / wages - 1).max(),
        "markets": (np.abs(use.sum(axis=2) + final - found.spending).max(axis=1) / size).max(),
        "income": (np.abs(earned + found.deficit - found.income) / size).max(),
        "closure": np.abs(rule).max() / size,
        "world": abs(flow.sum()) / size,
        "index": np.abs(index / found.price_index - 1).max(),
    }
