"""Places for traders: firms of transit regions that buy a good and sell the same good (note, §6).

They are rows like any other firm, at the end of their sector, with one buyer slot each. At the
base they sell nothing, have no suppliers and cannot be told from rows that are not there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sim.baseline.network import Network
from sim.baseline.network_kernels import move_rows

SUPPLIERS = 24  # places in a trader's row: the makers whose goods it can carry


def add_traders(
    network: Network,
    hubs: np.ndarray,
    goods: np.ndarray,
    per_market: int,
    margin: float,
    room: int = 0,
) -> Network:
    """The network with `per_market` idle traders in every hub and goods sector.

    hubs: int64[H] positions of transit regions. goods: bool[S]. margin: what a trader adds to
    what it pays, its value added per unit at base prices. room: places for links with traders that
    are added to the row of every buyer of goods.
    """
    sectors = len(goods)
    added = np.where(goods, len(hubs) * per_market, 0)
    if added.sum() == 0:
        return network
    region = np.tile(np.repeat(hubs, per_market), int(goods.sum()))
    sector = np.repeat(np.arange(sectors), added)
    count = len(sector)
    # a firm moves back by the traders of all sectors before its own
    shift = np.concatenate(([0], np.cumsum(added)))
    moved_firm = np.arange(len(network.sales)) + shift[network.firm_sector]
    moved_buyer = np.arange(len(network.spending)) + shift[network.buyer_sector]
    firms, buyers = network.firms + shift, network.buyers + shift
    trader = np.concatenate(
        [np.arange(firms[s + 1] - added[s], firms[s + 1]) for s in range(sectors)]
    )
    slot = np.concatenate(
        [np.arange(buyers[s + 1] - added[s], buyers[s + 1]) for s in range(sectors)]
    )

    def with_rows(
        old: np.ndarray, moved: np.ndarray, new_at: np.ndarray, new: ArrayLike
    ) -> np.ndarray:
        out = np.empty(len(old) + count, dtype=old.dtype)
        out[moved], out[new_at] = old, new
        return out

    old_room = np.diff(network.row)
    wider = old_room + np.where(goods[network.buyer_sector], room, 0)
    row = np.concatenate(([0], np.cumsum(with_rows(wider, moved_buyer, slot, SUPPLIERS))))
    seller = np.zeros(row[-1], dtype=network.seller.dtype)
    taste = np.zeros(row[-1])
    move_rows(
        network.row, row, moved_buyer, moved_firm, network.seller, network.taste, seller, taste
    )
    user = network.buyer_firm
    moved_user = np.where(user >= 0, moved_firm[np.maximum(user, 0)], -1)
    firm_values: dict[str, ArrayLike] = {
        "firm_region": region, "firm_sector": sector, "sales": 0.0, "labour": 0.0,
        "value_added": margin, "variety_low": 0.0, "variety_high": 0.0, "owner": region,
        "owner_share": 0.0,
    }  # fmt: skip
    of_firms: dict[str, Any] = {
        name: with_rows(getattr(network, name), moved_firm, trader, new)
        for name, new in firm_values.items()
    }
    return replace(
        network,
        **of_firms,
        firms=firms,
        cells=network.cells + shift[:-1, None],
        buyer_region=with_rows(network.buyer_region, moved_buyer, slot, region),
        buyer_sector=with_rows(network.buyer_sector, moved_buyer, slot, sector),
        buyer_firm=with_rows(moved_user, moved_buyer, slot, trader),
        spending=with_rows(network.spending, moved_buyer, slot, 0.0),
        coefficient=with_rows(network.coefficient, moved_buyer, slot, 1.0),
        length=with_rows(network.length, moved_buyer, slot, 0),
        row=row,
        buyers=buyers,
        seller=seller,
        taste=taste,
        trader_firms=firms[1:] - added,
        trader_buyers=buyers[1:] - added,
        hubs=hubs,
        traders_per_market=per_market,
    )
