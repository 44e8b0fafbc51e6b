"""Pictures of a run. The only room that knows Matplotlib."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sim.plots.dashboard import union_dashboard
from sim.plots.flowmap import flow_map
from sim.plots.partners import partner_trade
from sim.plots.style import save
from sim.plots.trademap import trade_map
from sim.record.panel import Panel

__all__ = ["flow_map", "partner_trade", "trade_map", "union_dashboard", "write_figures"]


def write_figures(panel: Panel, folder: Path, focus: str | None = None) -> list[Path]:
    """Draw all figures of a run into an existing folder and return their paths.

    focus: the region whose partners are shown; by default the member that traded most in the
    base month.
    """
    region = focus or _largest_member(panel)
    return [
        save(partner_trade(panel, region), folder / f"trade_of_{region}.png"),
        save(union_dashboard(panel), folder / "union_dashboard.png"),
        save(flow_map(panel), folder / "flow_map.png"),
        save(trade_map(panel), folder / "trade_map.png"),
    ]


def _largest_member(panel: Panel) -> str:
    _, base = panel.bilateral()
    turnover = base.sum(axis=0) + base.sum(axis=1)
    if panel.axes.members:
        turnover = turnover * panel.axes.is_member
    return panel.axes.regions[int(np.argmax(turnover))]
