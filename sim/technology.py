"""What firms and regions have at stake in technology, and its state (model note, section 8)."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from sim.axes import YEAR
from sim.baseline.balance import Baseline
from sim.baseline.network import Network
from sim.baseline.technology import Technology, sector_dependence, supplier_shares
from sim.params import TechnologyParams
from sim.streams import Stream, generator


@dataclass(frozen=True)
class Exposure:
    """What does not change during a run; R regions, C classes, M exposed of N firms.

    table: the classes and the regions' numbers. rules: parameters.
    suppliers: `[R,R,C]` base shares of origins in a destination's foreign technology.
    weight: `[C]` pi with the parameter's factor. room: `[R,C]` share of foreign technology that
    has an analogue, what a firm can migrate at most. member: `bool[R]`.
    count: N. firm, region: int64[M], rows of the firms that depend on anybody, their regions.
    theta: `[M,C]` share of foreign technology of a firm. bill: `[M,C]` mUSD to replace all of it.
    user_share: `[M,C]` a firm's part in its region's use of foreign technology.
    need: `[M,C]` how hard a firm's needs are to meet, evenly spread over 0..1 (see `unmet_need`).
    turn: `[M]` place in the queue of those obliged, 0..1.
    """

    table: Technology
    rules: TechnologyParams
    suppliers: np.ndarray
    weight: np.ndarray
    room: np.ndarray
    member: np.ndarray
    count: int
    firm: np.ndarray
    region: np.ndarray
    theta: np.ndarray
    bill: np.ndarray
    user_share: np.ndarray
    need: np.ndarray
    turn: np.ndarray

    @property
    def idle(self) -> bool:
        """Nothing can ever be lost or migrated."""
        return self.firm.size == 0

    @classmethod
    def draw(
        cls, baseline: Baseline, network: Network, rules: TechnologyParams, seed: int
    ) -> Exposure:
        """Dependence of every firm around that of its sector; traders use none.

        theta_f = theta + spread (2 u - 1) min(theta, 1 - theta): between 0 and 1, and the
        sector's mean is kept. A class of weight 0 is left alone: nobody would ever replace it.
        """
        table, count = baseline.technology, len(network.sales)
        weight = rules.weight_scale * table.weight * rules.active
        sector = sector_dependence(table, baseline.use, baseline.output) * (weight > 0.0)
        theta = sector[network.firm_region, network.firm_sector]
        theta[network.traders] = 0.0
        firm = np.flatnonzero(theta.any(axis=1))
        classes = theta.shape[1]
        producers = np.ones(count, dtype=bool)
        producers[network.traders] = False
        dice = np.zeros((count, 1 + 2 * classes))  # traders shift nobody's draw
        dice[producers] = generator(seed, Stream.TECHNOLOGY).random(
            (producers.sum(), dice.shape[1])
        )
        dice = dice[firm]
        region, theta = network.firm_region[firm], theta[firm]
        spread = rules.exposure_spread * (2.0 * dice[:, 1 : 1 + classes] - 1.0)
        theta = theta + spread * np.minimum(theta, 1.0 - theta)
        use = theta * network.sales[firm, None]
        total = np.zeros_like(table.dependence)
        np.add.at(total, region, use)
        missing = (1.0 - table.availability) / np.maximum(table.dependence, 1e-300)
        return cls(
            table=table,
            rules=rules,
            suppliers=supplier_shares(table, baseline.trade),
            weight=weight,
            room=np.clip(1.0 - missing, 0.0, 1.0),
            member=baseline.axes.is_member,
            count=count,
            firm=firm,
            region=region,
            theta=theta,
            bill=YEAR * table.migration_cost * use,
            user_share=use / np.maximum(total, 1e-300)[region],
            need=dice[:, 1 + classes :],
            turn=dice[:, 0],
        )

    def by_region(self, values: np.ndarray) -> np.ndarray:
        """Sum `[M,C]` to `[R,C]`."""
        columns = (np.bincount(self.region, column, len(self.room)) for column in values.T)
        return np.stack(list(columns), axis=1)

    def by_source(self, values: np.ndarray, sectors: int) -> np.ndarray:
        """`[R,S]`: `[M,C]` by region and the sector that makes the technology."""
        out = np.zeros((len(self.room), sectors))
        np.add.at(out.T, self.table.source, self.by_region(values).T)
        return out

    def by_firm(self, values: np.ndarray) -> np.ndarray:
        """Sum over classes `[M,C]` to all firms `[N]`."""
        out = np.zeros(self.count)
        out[self.firm] = values.sum(axis=1)
        return out


@dataclass(frozen=True)
class TechnologyState:
    """What persists. Rules return a new one; at rest it is the same object month after month.

    suppliers: `[R,R,C]` shares of origins in a destination's foreign technology.
    lost: `[R,C]` L, share of foreign technology that no longer works. belief: `[R,C]` share that
    firms expect to lose. maturity: `[R,C]` Q; hosted: `[R,R,C]`, the part of it that was learnt
    from a partner (region, partner); usable: `[R,C]`, Q less what partners can no longer host.
    research: `[R,C]` stock, mUSD at base prices, beyond what keeps maturity where it is.
    adopted: `[M,C]` g, share of a firm's foreign technology it has replaced.
    spending: `[M,C]` mUSD to be spent on replacing it next month.
    """

    suppliers: np.ndarray
    lost: np.ndarray
    belief: np.ndarray
    maturity: np.ndarray
    hosted: np.ndarray
    usable: np.ndarray
    research: np.ndarray
    adopted: np.ndarray
    spending: np.ndarray
    stirred: bool = False

    @classmethod
    def at_rest(cls, exposure: Exposure) -> TechnologyState:
        """The base year: nothing lost, feared or migrated."""
        regional, firms = exposure.room.shape, exposure.theta.shape
        return cls(
            suppliers=exposure.suppliers.copy(),
            lost=np.zeros(regional),
            belief=np.zeros(regional),
            maturity=exposure.table.maturity.copy(),
            hosted=np.zeros(exposure.suppliers.shape),
            usable=exposure.table.maturity.copy(),
            research=np.zeros(regional),
            adopted=np.zeros(firms),
            spending=np.zeros(firms),
        )

    def copy(self) -> TechnologyState:
        """An independent copy, e.g. to branch a run."""
        arrays = {f.name: getattr(self, f.name) for f in fields(self)}
        return TechnologyState(**{name: x if name == "stirred" else x.copy()
                                  for name, x in arrays.items()})  # fmt: skip
