"""Twenty-five years on, what sanctions moved has settled: no drift, no spiral, no runaway."""

from __future__ import annotations

import numpy as np
import pytest

import sim


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["eu_2022", "embargo"])
def test_three_hundred_months_come_to_rest(scenario, union):
    panel = sim.simulate(sim.load(f"scenario={scenario}", "firms.count=900", "months=300"), union)

    def year(table: str, name: str, last: int) -> np.ndarray:
        return panel.relative(table, name)[last - 12 : last].mean(axis=0)

    for name in ("real_gdp", "real_consumption", "cpi", "wage"):
        still = np.abs(np.log(year("regions", name, 300) / year("regions", name, 240)))
        assert still.max() < 0.02, name  # in five years; technology still comes back in Russia
        moved = np.abs(np.log(year("regions", name, 300)))
        assert moved.max() < 0.3, name
    price = panel.values("sectors", "price")
    assert price.min() > 0.5 and price.max() < 2.0
    late = panel.values("regions", "unemployment")[60:]
    assert late.min() >= 0.0 and late.max() <= 0.15
    assert max(panel.residuals.drop(columns="month").max()) <= 1e-9
