"""The scenario of CONTRIBUTING.md composes with the sanctions and moves what it says."""

from __future__ import annotations

from guide import write

import sim
from sim.prepared import prepare


def test_the_scenario_of_the_guide_opens_a_market_over_a_year(tmp_path):
    assert [p.name for p in write("Adding a scenario", tmp_path)] == ["opened.yaml"]
    settings = sim.load("scenario=[eu_2022,opened]", config_dir=tmp_path / "my_conf")
    prepared = prepare(settings)
    axes, path = prepared.baseline.axes, prepared.path
    kaz, tur, mch = axes.region("KAZ"), axes.region("TUR"), axes.sector("MCH")
    cuts = [path.at(t).tariff_change[tur, kaz, mch] for t in (11, 17, 23, 35)]
    assert cuts[0] == 0.0 > cuts[1] > cuts[2] > cuts[3] == -0.03
    assert not path.conflicts
