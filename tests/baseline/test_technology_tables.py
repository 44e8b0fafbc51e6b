"""Technology tables are read as written, refused with line and remedy, and may be left out."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from sim.baseline import load_baseline, read_tables, shipped
from sim.baseline.technology import (
    Technology,
    _with_mean,
    sector_dependence,
    supplier_shares,
)
from sim.errors import InputError
from sim.levers import TECHNOLOGY_CLASSES

BAD_CELLS = [  # file, row as it stands, row as corrupted, what the message must hold
    ("technology.csv", "NOR,software,0.8", "NOR,software,80", ["dependence 80", "percentage"]),
    ("technology.csv", "NOR,software,0.8,0.8", "NOR,software,0.8,-1", ["availability -1"]),
    ("technology.csv", "NOR,software,0.8", "NOR,software,", ["dependence is empty"]),
    ("technology.csv", "NOR,software", "NRO,software", ["did you mean 'NOR'"]),
    ("technology.csv", "NOR,software", "NOR,sofware", ["did you mean 'software'"]),
    ("technology.csv", "NOR,software", "NOR,electronics", ["as line", "keep one"]),
    ("technology_classes.csv", "software,SER", "sotfware,SER", ["did you mean 'software'"]),
    ("technology_classes.csv", "software,SER", "software,SRE", ["did you mean 'SER'"]),
    ("technology_classes.csv", "software,SER", "equipment,SER", ["as line", "keep one"]),
    ("technology_classes.csv", "SER,0.12", "SER,1.2", ["weight 1.2 is outside"]),
    ("technology_classes.csv", "SER,0.12", "SER,0.42", ["weights sum to 0.67", "at most 0.5"]),
    ("technology_classes.csv", "0.12,0.06", "0.12,6", ["loss_rate 6 is outside"]),
    ("technology_classes.csv", "0.013,100", "0.013,0", ["research_scale_musd 0"]),
]


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped("toy"), tmp_path / "toy"))


@pytest.mark.parametrize(("name", "old", "new", "wanted"), BAD_CELLS)
def test_a_bad_cell_is_named_with_file_line_and_remedy(toy, name, old, new, wanted):
    text = (toy / name).read_text()
    assert text.count(old) == 1
    (toy / name).write_text(text.replace(old, new))
    with pytest.raises(InputError) as caught:
        read_tables(toy)
    message = str(caught.value)
    assert re.search(rf"{name} line \d+: .*; ", message), message
    assert all(part in message for part in wanted), message


def test_every_class_needs_a_row(toy):
    path = toy / "technology_classes.csv"
    path.write_text("\n".join(path.read_text().splitlines()[:-1]))
    with pytest.raises(InputError, match=r"technology_classes\.csv .*no row for equipment"):
        read_tables(toy)


def test_both_tables_or_neither(toy):
    (toy / "technology_classes.csv").unlink()
    with pytest.raises(InputError, match=r"technology\.csv without technology_classes\.csv; add"):
        read_tables(toy)
    (toy / "technology.csv").unlink()
    bare = read_tables(toy)
    none = Technology.none(bare.axes)
    assert (bare.technology.dependence == none.dependence).all() and not none.weight.any()


def test_a_region_without_rows_depends_on_nobody():
    toy = read_tables(shipped("toy"))
    world = toy.axes.region("WLD")
    assert not toy.technology.dependence[world].any()
    assert (toy.technology.maturity[world] == 1).all()


def test_the_union_as_published():
    tables = read_tables(shipped("eaeu"))
    axes, technology = tables.axes, tables.technology
    russia = axes.region("RUS")
    software = TECHNOLOGY_CLASSES.index("software")
    assert technology.availability[russia, software] == 0.85
    assert 0.15 <= technology.maturity[russia, software] <= 0.3
    assert [axes.sectors[s] for s in technology.source] == ["ICT", "ELE", "MCH"]
    assert (technology.dependence.any(axis=1) == axes.is_member).all()
    others = technology.maturity[axes.is_member, software]
    assert (others <= technology.maturity[russia, software]).all()


@pytest.mark.parametrize("name", ["toy", "eaeu"])
def test_dependence_of_sectors_is_a_share_with_the_mean_of_the_table(name):
    base = load_baseline(shipped(name))
    theta = sector_dependence(base.technology, base.use, base.output)
    assert theta.min() >= 0 and theta.max() <= 1
    weight = base.output / base.output.sum(axis=1, keepdims=True)
    mean = np.einsum("rsk,rs->rk", theta, weight)
    np.testing.assert_allclose(mean, base.technology.dependence, atol=1e-12)
    assert (theta <= 3 * base.technology.dependence[:, None, :] + 1e-12).all()
    shares = supplier_shares(base.technology, base.trade)
    np.testing.assert_allclose(shares.sum(axis=0), 1.0)
    assert not np.einsum("rrk->rk", shares).any()


def test_what_is_cut_off_at_the_cap_goes_to_the_others_by_hand():
    values, share = np.array([4.0, 1.0, 0.0]), np.array([0.25, 0.5, 0.25])
    np.testing.assert_allclose(_with_mean(values, share, 0.3, 1.0), [0.8, 0.2, 0.0])
    np.testing.assert_allclose(_with_mean(values, share, 0.5, 1.0), [1.0, 0.5, 0.0])
    np.testing.assert_allclose(_with_mean(values, share, 0.9, 1.0), [1.0, 1.0, 0.0])  # all there is
