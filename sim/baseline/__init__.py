"""From published tables to a balanced base year.

The function `balance` stays in its module: exported here it would hide the module's name.
"""

from sim.baseline.balance import Baseline, load_baseline
from sim.baseline.flows import from_flows
from sim.baseline.tables import Tables, read_tables, shipped

__all__ = ["Baseline", "Tables", "from_flows", "load_baseline", "read_tables", "shipped"]
