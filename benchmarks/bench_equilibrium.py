"""The static equilibrium against the same fixed point in plain NumPy, in one run.

The plain version is the textbook's: prices converge inside a loop over wages, spending by the
same repeated substitution, no mixing, no compilation. Both stop at 1e-10.

    python -m pytest benchmarks/bench_equilibrium.py -q -s
"""

from __future__ import annotations

import os
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

import sim
from sim.equilibrium import Accounts, Shock, solve
from sim.equilibrium.translate import accounts_of
from sim.prepared import tables

SHARED = Path(os.environ.get("SIM_SHARED", Path(__file__).parents[1] / "../shared"))
TIMES = 10


def plain(accounts: Accounts, shock: Shock, tolerance: float = 1e-10) -> np.ndarray:
    """Real income with deficits fixed in money, Cobb-Douglas inputs: `[R]`."""
    sigma, hit = accounts.sigma, shock.full(accounts)
    landed = accounts.trade * (1 + accounts.tariff)
    spent = landed.sum(axis=0)
    share = landed / np.where(spent > 0, spent, 1)
    output = accounts.output
    inputs = accounts.use / np.where(output > 0, output, 1)[:, None, :]
    labour = accounts.value_added / np.where(output > 0, output, 1)
    final = accounts.final / accounts.final.sum(axis=1, keepdims=True)
    payroll = accounts.value_added.sum(axis=1)
    delivered = (1 + hit.tariff) / (1 + accounts.tariff) * hit.iceberg
    pull = share * hit.weight * delivered ** (1 - sigma)
    wage, prices, spending = np.ones(len(payroll)), np.zeros(spent.shape), spent.copy()
    for _ in range(5_000):
        while True:
            cost = labour * np.log(wage)[:, None] + np.einsum("rsu,rs->ru", inputs, prices)
            reach = (pull * np.exp((1 - sigma) * cost)[:, None, :]).sum(axis=0)
            new = np.log(np.where(spent > 0, reach, 1)) / (1 - sigma)
            moved, prices = np.abs(new - prices).max(), new
            if moved < 0.1 * tolerance:
                break
        gate = pull * np.exp((1 - sigma) * cost)[:, None, :] / np.where(reach > 0, reach, 1)
        gate /= 1 + hit.tariff
        while True:
            trade = gate * spending
            income = wage * payroll + (trade * hit.tariff).sum(axis=(0, 2)) + accounts.deficit
            made = trade.sum(axis=1)
            new = np.einsum("rsu,ru->rs", inputs, made) + final * income[:, None]
            moved, spending = np.abs(new - spending).max() / spent.max(), new
            if moved < 0.1 * tolerance:
                break
        off = (labour * made).sum(axis=1) / (wage * payroll)
        if np.abs(off - 1).max() < tolerance:
            break
        wage = wage * off**0.2
        wage *= payroll.sum() / (wage @ payroll)
    return income / accounts.final.sum(axis=1) / np.exp((final * prices).sum(axis=1))


def cases() -> dict[str, tuple[Accounts, Shock]]:
    """Two countries would do for a test; these are the sizes that are asked about."""
    out = {}
    if (SHARED / "published" / "cp2015.npz").is_file():
        with np.load(SHARED / "published" / "cp2015.npz") as data:
            accounts = Accounts.of(
                data["trade_musd"], 1 + data["theta"], data["tariff_1993"], data["use_musd"],
                data["final_musd"],
            )  # fmt: skip
            out["31 x 40"] = (
                solve(accounts, closure="removed").rebased(),
                Shock(tariff=data["tariff_2005"]),
            )
    loaded = tables(sim.load())
    abroad = ~np.eye(17, dtype=bool)[:, :, None]
    out["17 x 17"] = accounts_of(loaded), Shock(tariff=loaded.tariff + 0.1 * abroad)
    rng = np.random.default_rng(0)
    size = np.exp(rng.normal(0, 1.5, 44))
    trade = np.outer(size, size) / size.sum() * np.exp(rng.normal(0, 1, (44, 44)))
    trade[np.diag_indices(44)] *= 80
    drop = np.where(np.eye(44) > 0, 1.0, np.where(rng.random((44, 44)) < 0.3, 0.5, 1.0))
    out["44 endowments"] = Accounts.of(trade, 5.0), Shock(weight=drop)
    return out


@pytest.mark.parametrize("name", cases())
def test_ratio(name):
    accounts, shock = cases()[name]
    found = solve(accounts, shock)
    best = np.inf
    for _ in range(TIMES):
        began = perf_counter()
        found = solve(accounts, shock)
        best = min(best, perf_counter() - began)
    began = perf_counter()
    other = plain(accounts, shock)
    slow = perf_counter() - began
    np.testing.assert_allclose(found.real_income, other, rtol=1e-7)
    print(f"\n{name}: {1e3 * best:.1f} ms ({found.passes} passes), plain NumPy {slow:.2f} s, "
          f"{slow / best:.0f} times")  # fmt: skip
