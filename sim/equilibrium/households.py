"""What a static answer means for households, counted as the agent model counts consumption.

In the textbook a region is one purse. In the agent model governments spend taxes, duties and
transfers, and households the rest; so a tariff that a textbook calls a gain can be a loss to
consumers. The equilibrium is the same, only the purse is split.
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import exp, log
from sim.baseline.balance import Baseline
from sim.equilibrium.solver import Equilibrium


def real_consumption(found: Equilibrium, baseline: Baseline) -> np.ndarray:
    """Households' spending over the prices of what they consume, `[R]` hat.

    They pay the base year's rate of taxes on wages and profits, and receive the banks' fees and
    what flows in from abroad; the treasury keeps duties and pays subsidies and transfers.
    """
    accounts, shock = found.accounts, found.shock
    private0 = (baseline.household + baseline.investment).sum(axis=1)
    public0 = baseline.government.sum(axis=1)
    duties0 = (accounts.trade * accounts.tariff).sum(axis=(0, 2))
    earned0 = accounts.income - duties0
    rate = (public0 - duties0) / earned0
    labour = accounts.wages.sum(axis=1) * shock.labour
    received = (accounts.owned * found.profit.sum(axis=1)[None, :]).sum(axis=1)
    fees = found.trade.sum(axis=2) * shock.fee
    banks = shock.fee_to_origin * fees.sum(axis=1)
    banks = banks + (1.0 - shock.fee_to_origin) * fees.sum(axis=0)
    inflow = found.deficit - shock.transfers
    private = (1.0 - rate) * (found.wage * labour + received) + banks + inflow
    share = baseline.household / baseline.household.sum(axis=1, keepdims=True)
    prices = exp((share * log(found.price)).sum(axis=1))
    return private / private0 / prices
