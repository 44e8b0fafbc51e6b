"""Technology: what a cut-off takes, what firms and governments put in its place (note, section 8).

Every rule reads the old state and returns next month's value; `adapt_technology` puts them
together. With neutral levers nothing has ever stirred and the same state comes back.
"""

from __future__ import annotations

import numpy as np

from sim.axes import YEAR
from sim.levers import Levers, moving
from sim.streams import Stream, generator
from sim.technology import Exposure, TechnologyState


def efficiency(exposure: Exposure, state: TechnologyState) -> np.ndarray:
    """A = 1 - Σ_class π θ [(1 - g) L + g U]: `[N]`, exactly 1 at rest; U is 1 - Q on average.

    Foreign technology no longer works to the share lost; what replaced it works as well as it
    fits the firm. Maturity is that of the firm's region, with what partners still host for it.
    """
    out = np.ones(exposure.count)
    if state.stirred:
        lost, g = state.lost[exposure.region], state.adopted
        gone = lost + g * (unmet_need(exposure, state.usable, slice(None)) - lost)
        out[exposure.firm] -= (exposure.theta * gone * exposure.weight).sum(axis=1)
    return out


def unmet_need(exposure: Exposure, maturity: np.ndarray, rows: np.ndarray | slice) -> np.ndarray:
    """U: what an analogue leaves unmet of the needs of some exposed firms, `[rows,C]` in 0..1.

    U = clip((need - Q) / w + 1/2), w = min(spread, 2 Q, 2 (1 - Q)). Needs are spread evenly, so
    the mean is 1 - Q exactly. "A fifth of the categories have a mature analogue" says that it
    serves some users well and others not at all, not that it serves everybody to a fifth; with
    one quality for all no firm moved by itself in 2022-24, and in the surveys about a fifth did.
    """
    width = np.minimum(exposure.rules.fit_spread, 2.0 * np.minimum(maturity, 1.0 - maturity))
    slope = 1.0 / np.maximum(width, 1e-9)
    region, need = exposure.region[rows], exposure.need[rows]
    return np.clip((need - maturity[region]) * slope[region] + 0.5, 0.0, 1.0)


def adapt_technology(
    exposure: Exposure,
    state: TechnologyState,
    levers: Levers,
    research_paid: np.ndarray,
    price: np.ndarray,
    cash: np.ndarray,
    active: np.ndarray,
    seed: int,
    month: int,
) -> TechnologyState:
    """Next month's technology: suppliers, losses, fears, research, maturity and migration.

    research_paid: `[R,S]` mUSD that governments spent on research this month (the lever, or what
    the budget gave of it). price: `[R,S]`, what final demand paid. cash: `[N]` mUSD. active:
    `bool[N]`. month: of the run, for the draw.
    """
    if exposure.idle or not (state.stirred or stirs(levers)):
        return state
    cut = cut_off(state.suppliers, levers.technology_access)
    adopted, spending = migrate(exposure, state, levers, price, cash, active, seed, month)
    maturity, hosted = mature(exposure, state, levers.maturity_spillover)
    return TechnologyState(
        suppliers=other_suppliers(exposure, state.suppliers, levers),
        lost=state.lost + exposure.table.loss_rate * (cut - state.lost),
        belief=update_beliefs(exposure, state.belief, cut),
        maturity=maturity,
        hosted=hosted,
        usable=usable(exposure, maturity, hosted, state.lost, levers.technology_access),
        research=research(exposure, state.research, research_paid / price),
        adopted=adopted,
        spending=spending,
        stirred=True,
    )


def stirs(levers: Levers) -> bool:
    """Whether any lever of technology is away from neutral."""
    return any((getattr(levers, x.name) != x.neutral).any() for x in moving("technology"))


def cut_off(suppliers: np.ndarray, access: np.ndarray) -> np.ndarray:
    """Σ_o share (1 - access): `[R,C]`, share of foreign technology not to be had this month."""
    return (suppliers * (1.0 - access)).sum(axis=0)


def other_suppliers(exposure: Exposure, shares: np.ndarray, levers: Levers) -> np.ndarray:
    """Shares move slowly to suppliers that are open, and close by relations M: `[R,R,C]`.

    s <- s + speed (s* - s), s* in proportion to base share x access x M. This is resupply after a
    cut-off (a bloc that still sells, parallel imports) and hedging before one.
    """
    wanted = exposure.suppliers * levers.technology_access * levers.relations[:, :, None]
    total = wanted.sum(axis=0)
    same = (levers.technology_access == 1.0).all(axis=(0, 2)) & (levers.relations == 1.0).all(0)
    wanted = np.divide(wanted, total, out=shares.copy(), where=total > 0.0)
    wanted = np.where(same[:, None], exposure.suppliers, wanted)
    return shares + exposure.rules.resupply_speed * (wanted - shares)


def update_beliefs(exposure: Exposure, belief: np.ndarray, cut: np.ndarray) -> np.ndarray:
    """Fears follow what is announced, at home and to other members: `[R,C]` expected loss.

    Seen is the own cut-off, or a part of the worst that another member suffers: a union shares
    its enemies. Fear comes faster than it goes.
    """
    rules, members = exposure.rules, np.flatnonzero(exposure.member)
    others = np.where(np.eye(members.size, dtype=bool)[:, :, None], 0.0, cut[members])
    seen = cut.copy()
    seen[members] = np.maximum(cut[members], rules.contagion * others.max(axis=1, initial=0.0))
    speed = np.where(seen > belief, rules.belief_speed, rules.forgetting)
    return belief + speed * (seen - belief)


def research(exposure: Exposure, stock: np.ndarray, paid: np.ndarray) -> np.ndarray:
    """Stock of research `[R,C]`: work of the classes' source sectors, less what ages.

    Classes made by one sector share its money. Other sectors' support feeds no class.
    """
    source = exposure.table.source
    sharing = (source[:, None] == source).sum(axis=0)
    return stock * (1.0 - exposure.rules.research_decay) + paid[:, source] / sharing


def mature(
    exposure: Exposure, state: TechnologyState, spillover: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Q <- Q + (ρ K/(K + K½) + λ g) (1 - Q) + max_r' spill (Q_r' - Q)^+: `[R,C]`, at most 1.

    Research K has diminishing returns on a scale that is the same for all, so small regions gain
    by sharing it; adoption g teaches by doing; from partners one learns what they know better.
    What is learnt from a partner rests on it: second, `[R,R,C]`, how much does on whom.
    """
    rules, stock, q = exposure.rules, state.research, state.maturity
    gain = rules.research_effect * stock / (stock + exposure.table.research_scale)
    gain = gain + rules.learning_rate * adoption(exposure, state)
    out = q + gain * (1.0 - q)
    hosted = state.hosted
    if spillover.any():
        ahead = np.maximum(q[None, :, :] - q[:, None, :], 0.0)  # region, partner, class
        learnt = spillover[:, :, None] * ahead
        out = out + learnt.max(axis=1)
        host = learnt.argmax(axis=1)[:, None, :]
        hosted = hosted.copy()
        more = np.take_along_axis(hosted, host, 1) + np.take_along_axis(learnt, host, 1)
        np.put_along_axis(hosted, host, more, 1)
    return np.minimum(out, 1.0), hosted


def usable(
    exposure: Exposure,
    maturity: np.ndarray,
    hosted: np.ndarray,
    lost: np.ndarray,
    access: np.ndarray,
) -> np.ndarray:
    """Q less what partners host and cannot any more, `[R,C]`: the price of sharing.

    A programme run with a partner's machines and licences works as far as the partner lets it
    (access from it) and as far as its own technology from abroad still works (1 - L).
    """
    if not hosted.any():
        return maturity
    works = access.transpose(1, 0, 2) * (1.0 - lost)[None, :, :]  # region, partner, class
    gone = exposure.rules.host_reliance * (hosted * (1.0 - works)).sum(axis=1)
    return np.maximum(maturity - gone, 0.0)


def adoption(exposure: Exposure, state: TechnologyState) -> np.ndarray:
    """Share of each region's foreign technology that has been replaced, `[R,C]`."""
    return exposure.by_region(state.adopted * exposure.user_share)


def own_technology(exposure: Exposure, state: TechnologyState) -> np.ndarray:
    """Share of each region's needs met by technology of its own, `[R,C]`: 1 - θ + θ Σ g (1 - U).

    Having an analogue is not enough: it must be in use and do the work.
    """
    fits = 1.0 - unmet_need(exposure, state.usable, slice(None))
    foreign = exposure.table.dependence
    return 1.0 - foreign + foreign * exposure.by_region(state.adopted * fits * exposure.user_share)


def migrate(
    exposure: Exposure,
    state: TechnologyState,
    levers: Levers,
    price: np.ndarray,
    cash: np.ndarray,
    active: np.ndarray,
    seed: int,
    month: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Firms replace foreign technology step by step: g and mUSD to be spent next month, `[M,C]`.

    With a probability a month a firm has a project. It moves a step on where the loss it fears,
    belief x πθ, exceeds the quality penalty πθ U and the cost a month of the bill over the
    payback time, or where it is obliged; as far as analogues exist. It moves a step back where
    the penalty exceeds fear and bill, unless obliged: between the two nobody moves (Dixit 1989),
    so what was migrated outlives the fear. Bill and loss are both in proportion to θ, which
    cancels; the bill is at the prices of the sectors that make the technology. A firm that cannot
    pay waits.
    """
    rules = exposure.rules
    each = levers.adoption_cost[:, None] * exposure.table.migration_cost * YEAR / rules.payback
    hurdle = each / np.maximum(exposure.weight, 1e-300)
    dice = generator(seed, Stream.MIGRATION, month).random(len(exposure.firm))
    rows = np.flatnonzero((dice < rules.migration_rate) & active[exposure.firm])

    region, g = exposure.region[rows], state.adopted[rows]
    gain = state.belief[region] - unmet_need(exposure, state.usable, rows)
    obliged = exposure.turn[rows][:, None] < levers.adoption_mandate[region]
    onward = obliged | (gain > hurdle[region])
    back = ~obliged & (gain < -hurdle[region])
    left = np.maximum(exposure.room[region] - g, 0.0)
    step = onward * np.minimum(rules.migration_step, left)
    step -= back * np.minimum(rules.migration_step, g)
    bill = exposure.bill[rows] * price[:, exposure.table.source][region]
    cost = np.abs(step) * bill * levers.adoption_cost[region, None]
    pays = (cost.sum(axis=1) <= cash[exposure.firm[rows]])[:, None]

    adopted, spending = state.adopted.copy(), np.zeros_like(state.spending)
    adopted[rows] = g + step * pays
    spending[rows] = cost * pays
    return adopted, spending
