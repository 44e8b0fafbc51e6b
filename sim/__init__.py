"""Agent-based simulation of a regional economic union under sanctions.

>>> import sim
>>> settings = sim.load("scenario=none", "months=24")   # doctest: +SKIP
>>> panel = sim.simulate(settings)                      # doctest: +SKIP

`panel.trade`, `panel.regions`, `panel.sectors` and `panel.residuals` are data frames,
`panel.digest` is a hash of their contents; `sim.UnionModel(settings)` steps by hand;
`sim.equilibrium(settings, at="2024-12")` is the static answer to the same scenario;
`sim.open_results("results/NAME")` reads the runs of a study as one dataset.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.config import load
    from sim.errors import InputError
    from sim.model import UnionModel
    from sim.record.panel import Panel
    from sim.run import simulate
    from sim.study.results import open_results

__version__ = "0.1.0"
__all__ = ["InputError", "Panel", "UnionModel", "load", "open_results", "simulate"]

_HOME = {
    "InputError": "sim.errors",
    "Panel": "sim.record.panel",
    "UnionModel": "sim.model",
    "load": "sim.config",
    "open_results": "sim.study.results",
    "simulate": "sim.run",
}


def __getattr__(name: str) -> Any:
    """Import on first use: a configuration can be loaded without waiting for the kernels."""
    if name == "equilibrium":  # a package that can be called
        return import_module("sim.equilibrium")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'sim' has no attribute '{name}'")
