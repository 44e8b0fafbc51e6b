"""A model is a thing that people copy, save and step: what goes on, goes on to the bit."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import zipfile

import mesa
import numpy as np
import pytest

import sim
from sim.agents import Firm
from sim.errors import InputError

MONTHS = 9
SHAKEN = (
    "baseline=toy", "firms.count=300", f"months={MONTHS}",
    "scenario.measures.cut={policy: export_ban, by: [WLD], on: [NOR], sectors: [MAN], "
    "start: 2022-02-15}",
)  # fmt: skip


@pytest.fixture(scope="module")
def settings():
    return sim.load(*SHAKEN)


@pytest.fixture(scope="module")
def unbroken(settings) -> str:
    """Digest of the run that nobody interrupts."""
    return sim.simulate(settings).digest


@pytest.fixture
def halfway(settings) -> sim.UnionModel:
    """After four months: links were found and are stirred."""
    model = sim.UnionModel(settings)
    for _ in range(4):
        model.step()
    assert model.state.links.stirred.any() and model.state.links.found.any()
    return model


def finished(model: sim.UnionModel) -> str:
    model.run_model()
    return model.panel.digest


@pytest.mark.parametrize("how", [sim.UnionModel.branch, copy.deepcopy], ids=["branch", "deepcopy"])
def test_a_branch_and_its_trunk_go_on_alike(halfway, unbroken, how):
    branch = how(halfway)
    assert finished(branch) == unbroken
    assert halfway.clock == halfway.panel.written == 4
    assert finished(halfway) == unbroken


def test_a_branch_that_goes_another_way_leaves_no_trace(halfway, unbroken):
    branch = halfway.branch()
    branch.state.deposits *= 0.5
    branch.state.links.taste[:] *= 0.9
    branch.state.links.relation[:] = 0.5
    branch.money = branch.state.money(branch.economy)
    assert finished(branch) != unbroken
    assert finished(halfway) == unbroken


def test_a_branch_shares_nothing_that_changes(halfway):
    branch = halfway.branch()
    for name, array in vars(halfway.state).items():
        mine = getattr(branch.state, name)
        if isinstance(array, np.ndarray):
            assert not np.shares_memory(array, mine), name
    for mine, other in zip(branch.state.links, halfway.state.links, strict=True):
        assert not np.shares_memory(mine, other)
    assert branch.economy is halfway.economy


def test_the_agents_of_a_branch_look_at_the_branch(halfway):
    branch = halfway.branch()
    firm, twin = halfway.firm(0), branch.firm(0)
    assert twin is not firm and twin.model is branch and twin in branch.agents
    assert len(branch.agents) == len(halfway.agents)
    branch.state.price[0] = 7.0
    assert twin.price == 7.0 != firm.price
    assert twin.unique_id == firm.unique_id


def test_an_agent_made_in_a_branch_has_a_number_of_its_own(settings):
    few = sim.UnionModel(sim.load(*SHAKEN, "firms.agents=0"))
    branch = few.branch()
    branch.firm(5)
    numbers = [agent.unique_id for agent in branch.agents]
    assert len(set(numbers)) == len(numbers) == len(few.agents) + 1
    assert branch.agents_by_type[Firm]


def test_a_market_opened_in_mid_run_weighs_as_the_one_that_ran(halfway):
    """The market owns nothing: what it remembers follows from the links, to the bit."""
    from sim.phases.clear import open_market

    halfway.market = open_market(halfway.economy, halfway.state.links, halfway.settings.market)
    twin = sim.UnionModel(halfway.settings)
    assert finished(halfway) == finished(twin)


def test_a_model_goes_through_pickle(halfway, unbroken):
    assert finished(pickle.loads(pickle.dumps(halfway))) == unbroken


def test_a_saved_model_goes_on_in_another_process(halfway, unbroken, tmp_path):
    path = halfway.save(tmp_path / "half.npz")
    script = (
        f"import sim; m = sim.UnionModel.load({str(path)!r}); m.run_model(); print(m.panel.digest)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == unbroken, done.stderr
    assert finished(halfway) == unbroken
    assert [p.name for p in tmp_path.iterdir()] == ["half.npz"]


def test_a_loaded_model_is_where_the_saved_one_was(halfway, tmp_path):
    halfway.rng.random()
    halfway.random.random()
    model = sim.UnionModel.load(halfway.save(tmp_path / "half.npz"))
    assert (model.clock, model.steps, str(model.month)) == (4, 4, "2022-05")
    assert model.panel.regions.equals(halfway.panel.regions)
    assert model.countries[0].public_spending == halfway.countries[0].public_spending
    assert model.rng.random() == halfway.rng.random()
    assert model.random.random() == halfway.random.random()


def test_a_finished_model_can_be_saved_too(settings, unbroken, tmp_path):
    model = sim.UnionModel(settings)
    model.run_model()
    again = sim.UnionModel.load(model.save(tmp_path / "end.npz"))
    assert again.panel.digest == unbroken
    assert not again.running


def test_what_cannot_be_written_leaves_nothing(halfway, tmp_path, monkeypatch):
    path = halfway.save(tmp_path / "half.npz")
    before = path.read_bytes()

    def full(*_, **__):
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match="no space"):
        halfway.save(path)
    assert [p.name for p in tmp_path.iterdir()] == ["half.npz"]
    assert path.read_bytes() == before


def rewritten(path, **changed: np.ndarray) -> None:
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    np.savez(path, **{**arrays, **changed})


@pytest.mark.parametrize("harm", ["cut", "flipped", "array", "empty", "other", "pickle", "zip"])
def test_a_damaged_or_foreign_file_is_one_clear_error(halfway, tmp_path, harm):
    path = halfway.save(tmp_path / "half.npz")
    whole = path.read_bytes()
    middle = len(whole) // 2
    if harm == "cut":
        path.write_bytes(whole[:middle])
    elif harm == "flipped":
        path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    elif harm == "array":
        rewritten(path, **{"state.price": halfway.state.price * 2.0})
    elif harm == "empty":
        path.write_bytes(b"")
    elif harm == "other":
        np.savez(path, about=np.arange(3))
    elif harm == "pickle":
        path.write_bytes(pickle.dumps({"about": 1}))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("about.npy", "no array")
    with pytest.raises(InputError, match=r"half\.npz' is no model that model\.save\(\) wrote, or"):
        sim.UnionModel.load(path)


def test_links_that_lead_out_of_their_rows_are_refused(halfway, tmp_path):
    """A hash can be made to fit; a kernel that writes past its rows would end the process."""
    halfway.state.links.length[0] = 10**9
    path = halfway.save(tmp_path / "half.npz")
    with pytest.raises(InputError, match="damaged"):
        sim.UnionModel.load(path)


def test_another_version_and_no_file_are_said(halfway, tmp_path, monkeypatch):
    path = halfway.save(tmp_path / "half.npz")
    monkeypatch.setattr("sim.saved.model_version", lambda: "9.9+other")
    with pytest.raises(InputError, match=r"saved by version .* of the model, this is 9\.9"):
        sim.UnionModel.load(path)
    with pytest.raises(InputError, match="'nowhere' is not a file"):
        sim.UnionModel.load("nowhere")


def test_run_model_ends_after_the_last_month(settings, unbroken):
    model = sim.UnionModel(settings)
    model.run_model()
    assert (model.clock, model.running, model.panel.digest) == (MONTHS, False, unbroken)
    with pytest.raises(InputError, match="all 9 months of the run are done"):
        model.step()
    assert (model.clock, model.panel.written) == (MONTHS, MONTHS)


class Swept(sim.UnionModel):
    """As a Mesa user writes it: parameters as arguments, a collector."""

    def __init__(self, sigma: float = 1.0, number: int = 0, rng: int | None = None) -> None:
        super().__init__(
            sim.load(*SHAKEN[:2], "months=3", SHAKEN[3], f"behaviour.sigma_scale={sigma}",
                     f"seed={number}")
        )  # fmt: skip
        self.datacollector = mesa.DataCollector(
            model_reporters={"output": lambda m: m.countries[0].gdp}
        )

    def step(self) -> None:
        super().step()
        self.datacollector.collect(self)


@pytest.mark.parametrize("most", [2, 3, 50])
def test_mesa_sweeps_it(most):
    rows = mesa.batch_run(
        Swept, {"sigma": [0.9, 1.1], "number": [0, 1]}, max_steps=most, number_processes=1,
        display_progress=False, data_collection_period=-1,
    )  # fmt: skip
    assert [(row["sigma"], row["number"]) for row in rows] == [
        (0.9, 0), (0.9, 1), (1.1, 0), (1.1, 1)
    ]  # fmt: skip
    assert {row["Step"] for row in rows} == {2}
    assert len({row["output"] for row in rows}) == 4
