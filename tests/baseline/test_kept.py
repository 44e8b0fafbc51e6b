"""Balanced tables that are kept are what would be made of the tables again, or are made again."""

from __future__ import annotations

import shutil
from dataclasses import fields

import numpy as np
import pytest

from sim.baseline import kept as room
from sim.baseline.balance import Baseline, load_baseline
from sim.baseline.rows import Rows
from sim.baseline.tables import shipped


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the shipped tables, and nothing kept yet."""
    monkeypatch.setattr(room, "private_folder", lambda: tmp_path / "kernels" / "plain")
    (tmp_path / "kernels").mkdir()
    return shutil.copytree(shipped("eaeu"), tmp_path / "eaeu")


class Maker:
    """Balances a folder and counts how often."""

    def __init__(self, folder):
        self.folder, self.times = folder, 0

    def __call__(self):
        self.times += 1
        return load_baseline(self.folder)

    def get(self) -> Baseline:
        return room.kept(sorted(self.folder.glob("*")), self)


def only(folder):
    (path,) = (folder.parent / "kernels" / "plain-tables").iterdir()
    return path


def same(one: object, other: object) -> bool:
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.strides == other.strides and (one == other).all()
    if isinstance(one, Rows):
        return dict(one) == dict(other)
    if hasattr(one, "__dataclass_fields__"):
        return all(same(v, getattr(other, k)) for k, v in vars(one).items())
    return one == other


def test_what_is_kept_is_what_was_made(folder):
    make = Maker(folder)
    made, found = make.get(), make.get()
    assert make.times == 1
    assert found is not made
    assert [
        f.name for f in fields(Baseline) if not same(*(getattr(b, f.name) for b in (made, found)))
    ] == []


def test_other_bytes_in_a_table_are_other_tables(folder):
    make = Maker(folder)
    make.get()
    text = (folder / "elasticities.csv").read_text()
    (folder / "elasticities.csv").write_text(text.rstrip("\n") + "\n\n")
    changed = make.get()
    assert make.times == 2
    assert changed.source_digest != load_baseline(shipped("eaeu")).source_digest


@pytest.mark.parametrize(
    "harm", [lambda b: b[:-1], lambda b: b[:900] + b"x" + b[901:], lambda b: b""]
)
def test_what_is_damaged_is_made_again(folder, harm):
    make = Maker(folder)
    make.get()
    path = only(folder)
    path.write_bytes(harm(path.read_bytes()))
    make.get()
    make.get()
    assert make.times == 2


def test_where_nothing_can_be_kept_tables_are_made_every_time(folder, monkeypatch):
    monkeypatch.setattr(room, "private_folder", lambda: None)
    make = Maker(folder)
    make.get()
    make.get()
    assert make.times == 2
    make = Maker(folder)
    monkeypatch.setattr(room, "private_folder", lambda: folder / "elasticities.csv" / "plain")
    make.get()
    assert make.times == 1


def test_only_the_newest_are_kept(folder, monkeypatch):
    monkeypatch.setattr(room, "MOST", 1)
    make = Maker(folder)
    make.get()
    first = only(folder)
    (folder / "notes.txt").write_text("more")
    make.get()
    assert only(folder) != first
