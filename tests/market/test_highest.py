"""However little there is to sell, a virtual price is finite, and what is sold is all there is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from markets import Case, draw

from sim.market.kernels import HIGHEST


def scarce(stock: float) -> Case:
    """A market whose first seller has next to nothing, of what it plans as before."""
    case = draw(3)
    less = case.stock.copy()
    less[0] = stock
    return replace(case, stock=less)


@pytest.mark.parametrize("stock", [1e-6, 1e-60, 1e-300])
def test_a_virtual_price_is_finite_and_the_stock_is_sold(stock):
    case = scarce(stock)
    if not case.reached[0]:
        pytest.skip("nobody reaches the first seller")
    out = case.clear()
    most = np.maximum(case.reference, case.last_price / (1.0 + case.band)) * np.exp(HIGHEST)
    assert np.isfinite(out.virtual).all() and (out.virtual <= most * (1 + 1e-12)).all()
    assert out.sold[0] == pytest.approx(stock, rel=1e-6)
    assert np.isfinite(out.received).all() and np.isfinite(out.paid).all()
    assert (out.paid <= case.budget * (1 + 1e-9)).all()
