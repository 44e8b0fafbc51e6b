"""Which third country lies on the way: what a hub has for the trade of two others."""

from __future__ import annotations

import numpy as np

from sim.arithmetic import power
from sim.baseline.balance import Baseline
from sim.params import TraderParams


def route_appeal(baseline: Baseline, hubs: np.ndarray, params: TraderParams) -> np.ndarray:
    """How well each hub lies between two regions: float64[S, R, R, H], destination, origin, hub.

    (trade o->r x trade r->d)^a x (delivered cost of the detour)^-b at the base: tariffs of both
    legs, freight for the extra distance, and border formalities outside the union.
    """
    trade = baseline.trade.transpose(2, 0, 1)  # sector, origin, destination
    first = trade[:, :, hubs] * (1.0 + baseline.tariff.transpose(2, 0, 1)[:, :, hubs])  # s, o, hub
    second = trade[:, hubs, :].transpose(0, 2, 1)  # s, d, hub
    size = power(second[:, :, None, :] * first[:, None, :, :], params.size_elasticity)
    member = baseline.axes.is_member
    outside = ~(member[hubs][None, :] & member[:, None])  # region, hub
    duty_in = baseline.tariff.transpose(2, 0, 1)[:, :, hubs]  # s, o, hub
    duty_on = baseline.tariff.transpose(2, 1, 0)[:, :, hubs]  # s, d, hub
    km = baseline.distance
    detour = km[:, hubs][None, :, :] + km[:, hubs][:, None, :] - km.T[:, :, None]  # d, o, hub
    freight = 1.0 + params.freight * np.maximum(detour, 0.0) / 1000.0
    cost = (
        (1.0 + duty_in)[:, None, :, :]
        * (1.0 + duty_on + params.customs_border * outside[None])[:, :, None, :]
        * freight[None]
    )
    appeal = size * power(cost, -params.hub_elasticity)
    everyone = np.arange(len(member))
    for h, hub in enumerate(hubs):
        appeal[:, hub, :, h] = 0.0
        appeal[:, :, hub, h] = 0.0
    appeal[:, everyone, everyone, :] = 0.0
    return appeal
