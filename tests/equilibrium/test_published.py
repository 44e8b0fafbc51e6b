"""Table 2 of Caliendo & Parro (2015), where the data are at hand: see `shared/published`."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from sim.equilibrium import Accounts, Shock, solve

SHARED = Path(os.environ.get("SIM_SHARED", Path(__file__).parents[3] / "shared"))
DATA = SHARED / "published" / "cp2015.npz"

PRINTED = {  # per cent: terms of trade, volume of trade, welfare (their equation 16), real wage
    "Canada": ("-0.11", "0.04", "-0.06", "0.32"),
    "Mexico": ("-0.41", "1.72", "1.31", "1.72"),
    "USA": ("0.04", "0.04", "0.08", "0.11"),
}
EXACT = {"Canada": "-0.110", "Mexico": "0.007", "USA": "0.074"}  # income over price


@pytest.mark.skipif(not DATA.is_file(), reason="the published data are not at hand")
def test_every_printed_digit_of_nafta():
    with np.load(DATA) as data:
        accounts = Accounts.of(
            data["trade_musd"], 1 + data["theta"], data["tariff_1993"], data["use_musd"],
            data["final_musd"], regions=data["regions"].tolist(), sectors=data["sectors"].tolist(),
        )  # fmt: skip
        later = Shock(tariff=data["tariff_2005"])
    before = solve(accounts, closure="removed")
    found = solve(before.rebased(), later, closure="removed")
    assert max(before.residuals.values()) <= 1e-10 >= max(found.residuals.values())
    columns = (
        found.terms_of_trade, found.volume_of_trade, found.linear_welfare, found.real_wage - 1,
    )  # fmt: skip
    for name, printed in PRINTED.items():
        r = accounts.regions.index(name)
        assert tuple(f"{100 * column[r]:.2f}" for column in columns) == printed
        assert f"{100 * (found.real_income[r] - 1):.3f}" == EXACT[name]
