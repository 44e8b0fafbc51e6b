"""The policy of CONTRIBUTING.md, executed as it stands there."""

from __future__ import annotations

import importlib
import re
import sys
from inspect import signature
from pathlib import Path
from textwrap import dedent

import pytest

import sim.policies
from sim.baseline.tables import read_tables, shipped
from sim.config import load
from sim.policies.policy import known
from sim.policies.scenario import compile_scenario

GUIDE = Path(__file__).parents[2] / "CONTRIBUTING.md"
SECTION = GUIDE.read_text("utf-8").partition("## Adding a policy\n")[2].partition("\n## ")[0]
BLOCK = re.compile(r"^ *```(?:python|yaml)\n( *# (\S+\.(?:py|yaml))\n.*?)^ *```$", re.M | re.S)


@pytest.fixture
def files(tmp_path, monkeypatch):
    """The files of the guide in a folder, its policy among those that are looked through."""
    for text, name in BLOCK.findall(SECTION):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(dedent(text))
    monkeypatch.setattr(
        sim.policies, "__path__", [*sim.policies.__path__, str(tmp_path / "sim" / "policies")]
    )
    known.cache_clear()
    yield tmp_path
    known.cache_clear()
    sys.modules.pop("sim.policies.corridors", None)


def test_the_guide_shows_a_policy_its_test_and_a_scenario(files):
    names = sorted(str(p.relative_to(files)) for p in files.rglob("*.*"))
    assert names == [
        "conf/scenario/middle_corridor.yaml",
        "sim/policies/corridors.py",
        "tests/policies/test_corridors.py",
    ]
    assert "corridor" in known()


def test_its_tests_pass(files, world, monkeypatch):
    monkeypatch.syspath_prepend(files / "tests" / "policies")
    tests = vars(importlib.import_module("test_corridors"))
    ran = [tests[name](world) for name in tests if name.startswith("test_")]
    assert len(ran) == 2 and all(
        list(signature(tests[n]).parameters) == ["world"] for n in tests if n.startswith("test_")
    )


def test_its_scenario_composes_and_moves_what_it_says(files):
    s = load("scenario=[eu_2022,middle_corridor]", config_dir=files / "conf")
    tables = read_tables(shipped("eaeu"))
    path = compile_scenario(s.scenario, tables, s.start, s.months)
    kaz, tur, mch = tables.axes.region("KAZ"), tables.axes.region("TUR"), tables.axes.sector("MCH")
    assert path.at(11).border_cost[kaz, tur, mch] == 1
    assert path.at(35).border_cost[kaz, tur, mch] == pytest.approx(0.95)
    assert not path.conflicts


def test_nothing_of_it_is_left_behind():
    assert "corridor" not in known()
