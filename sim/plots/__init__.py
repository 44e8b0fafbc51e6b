"""Pictures of a run. The only room that knows Matplotlib."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from sim.plots.dashboard import regional, union_dashboard
from sim.plots.flowmap import flow_map
from sim.plots.partners import partner_trade
from sim.plots.style import save
from sim.plots.trademap import trade_map
from sim.record.panel import Panel

__all__ = ["flow_map", "partner_trade", "regional", "trade_map", "union_dashboard", "write_figures"]

FIGURES: dict[str, Callable[[Panel, str], Figure]] = {
    "trade_of_{region}": partner_trade,
    "union_dashboard": lambda panel, _: union_dashboard(panel),
    "flow_map": lambda panel, _: flow_map(panel),
    "trade_map": lambda panel, _: trade_map(panel),
}
"""What is drawn of every run, by the name of the file: of a panel and the region in focus."""


def write_figures(
    panel: Panel, folder: Path, focus: str | None = None, kinds: Sequence[str] = ("png",)
) -> list[Path]:
    """Draw all figures of a run into an existing folder and return their paths.

    focus: the region whose partners are shown; by default the member that traded most in the
    base month. kinds: of files, each figure in every one: png, svg, pdf.
    """
    region = focus or _largest_member(panel)
    paths = []
    for name, draw in FIGURES.items():
        figure = draw(panel, region)
        paths += [save(figure, folder / f"{name.format(region=region)}.{kind}") for kind in kinds]
    return paths


def _largest_member(panel: Panel) -> str:
    _, base = panel.bilateral()
    turnover = base.sum(axis=0) + base.sum(axis=1)
    if panel.axes.members:
        turnover = turnover * panel.axes.is_member
    return panel.axes.regions[int(np.argmax(turnover))]
