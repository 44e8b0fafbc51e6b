"""Table 2 of Caliendo & Parro (2015), where the data are at hand: see `shared/published`."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from sim.equilibrium import Accounts, Equilibrium, Shock, solve

SHARED = Path(os.environ.get("SIM_SHARED", Path(__file__).parents[3] / "shared"))
DATA = SHARED / "published" / "cp2015.npz"

PRINTED = {  # per cent: terms of trade, volume of trade, welfare (their equation 16), real wage
    "Canada": ("-0.11", "0.04", "-0.06", "0.32"),
    "Mexico": ("-0.41", "1.72", "1.31", "1.72"),
    "USA": ("0.04", "0.04", "0.08", "0.11"),
}
WITH_DEFICITS = {  # the same with deficits as they were, as their data's R package prints it
    "Canada": ("-0.08", "0.04", "-0.04", "0.33"),
    "Mexico": ("-0.41", "1.59", "1.17", "1.64"),
    "USA": ("0.05", "0.04", "0.08", "0.12"),
}
EXACT = {"Canada": "-0.110", "Mexico": "0.007", "USA": "0.074"}  # income over price


pytestmark = pytest.mark.skipif(not DATA.is_file(), reason="the published data are not at hand")


@pytest.fixture(scope="module")
def nafta() -> tuple[Accounts, Shock]:
    """The world of 1993, and tariffs of 2005 among Canada, Mexico and the USA."""
    with np.load(DATA) as data:
        accounts = Accounts.of(
            data["trade_musd"], 1 + data["theta"], data["tariff_1993"], data["use_musd"],
            data["final_musd"], regions=data["regions"].tolist(), sectors=data["sectors"].tolist(),
        )  # fmt: skip
        return accounts, Shock(tariff=data["tariff_2005"])


def in_balance_then(nafta: tuple[Accounts, Shock], closure: str) -> Equilibrium:
    """Tables that do not close by sector are brought into balance before the tariffs change."""
    accounts, later = nafta
    before = solve(accounts, closure=closure)
    found = solve(before.rebased(), later, closure=closure)
    assert max(before.residuals.values()) <= 1e-10 >= max(found.residuals.values())
    return found


def printed(found: Equilibrium, region: str) -> tuple[str, ...]:
    """Terms of trade, volume of trade, welfare (linear), real wage, as the table has them."""
    r = found.accounts.regions.index(region)
    columns = (
        found.terms_of_trade, found.volume_of_trade, found.linear_welfare, found.real_wage - 1,
    )  # fmt: skip
    return tuple(f"{100 * column[r]:.2f}" for column in columns)


def test_every_printed_digit_of_nafta(nafta):
    found = in_balance_then(nafta, "removed")
    for name, row in PRINTED.items():
        assert printed(found, name) == row
        r = found.accounts.regions.index(name)
        assert f"{100 * (found.real_income[r] - 1):.3f}" == EXACT[name]


def test_every_printed_digit_with_deficits(nafta):
    found = in_balance_then(nafta, "fixed")
    assert {name: printed(found, name) for name in WITH_DEFICITS} == WITH_DEFICITS
