"""A run is prepared once: its tables are read once and its scenario is compiled once."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import sim
from sim.errors import InputError
from sim.policies.path import LeverPath
from sim.prepared import prepare
from sim.run import complete, run
from sim.study.ensemble import run_ensemble

SMALL = ("baseline=toy", "firms.count=60", "months=2", "output.progress=false")
BAN = "+scenario.measures.ban={policy: embargo, by: [WLD], on: [NOR]}"


@pytest.fixture
def compiled(monkeypatch) -> list[LeverPath]:
    """Every path of levers that is made from now on."""
    made, begin = [], LeverPath.__init__

    def counted(path, *given, **named):
        made.append(path)
        begin(path, *given, **named)

    monkeypatch.setattr(LeverPath, "__init__", counted)
    return made


def told(folder, *more: str) -> sim.settings.Settings:
    return sim.load(*SMALL, BAN, f"output.folder={folder}", "output.figures=false", *more)


def test_a_run_is_compiled_once_from_the_command_line_to_the_panel(tmp_path, compiled):
    run(told(tmp_path))
    assert len(compiled) == 1
    run(told(tmp_path))  # finished: compiled for what should be said of it, not simulated
    assert len(compiled) == 2


def test_who_only_wants_it_finished_compiles_once_and_not_at_all_if_it_is(tmp_path, compiled):
    first = complete(told(tmp_path))
    assert len(compiled) == 1 and not first.reused
    assert complete(told(tmp_path)).reused
    assert len(compiled) == 1


def test_a_model_and_an_ensemble_compile_once_for_each_run(tmp_path, compiled):
    prepared = prepare(told(tmp_path))
    sim.UnionModel(prepared).step()
    sim.simulate(prepared)
    assert len(compiled) == 1
    run_ensemble(told(tmp_path, "seeds=2", "output.jobs=1"))
    assert len(compiled) == 1 + 1 + 2  # the ensemble as a whole, and each of its seeds


def test_a_prepared_run_is_the_run(tmp_path):
    settings = told(tmp_path)
    prepared = prepare(settings)
    assert prepare(prepared) is prepared
    assert prepared.settings is settings
    assert sim.simulate(prepared).digest == sim.simulate(settings).digest
    assert prepared.unwatched().settings.firms == replace(settings.firms, agents=0)
    folder = complete(prepared).folder
    stored = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert stored["run_id"] == folder.name
    assert complete(settings).reused


def test_what_cannot_be_run_cannot_be_prepared(tmp_path):
    with pytest.raises(InputError, match=r"region 'NRO'.*NOR"):
        prepare(told(tmp_path, "scenario.measures.ban.on=[NRO]"))
    with pytest.raises(InputError, match=r"firms\.count = 12"):
        prepare(told(tmp_path, "firms.count=12"))
