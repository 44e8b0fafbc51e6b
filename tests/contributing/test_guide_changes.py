"""A lever, an output, a phase, a solver and a figure of CONTRIBUTING.md, made where they belong.

All of them together, in copies of the files that they change; the tests that the guide shows run
against the changed package, with the tree's own test of every lever.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from guide import ROOT, blocks, edit, edits, write

MOST = {
    "Adding a lever": 3,
    "Adding an output": 3,
    "Adding a phase": 5,
    "Adding a price solver": 1,
    "Adding a figure": 2,
}
"""Files of code that each change touches at most, new ones included."""


@pytest.mark.parametrize("section", MOST)
def test_a_change_touches_few_files_and_shows_its_test(section):
    new = [name for name in blocks(section) if name.startswith("sim/")]
    changed = [name for name, _ in edits(section)]
    assert len(set(changed)) == len(changed)
    assert 0 < len(new) + len(changed) <= MOST[section]
    assert any(name.startswith("tests/") for name in blocks(section))


def test_all_changes_work_together(tmp_path):
    tests = [ROOT / "tests" / "model" / "test_every_lever.py"]
    for section in MOST:
        edit(section, tmp_path)
        tests += [p for p in write(section, tmp_path) if p.name.startswith("test_")]
    shown = sum(path.read_text().count("\ndef test_") for path in tests[1:])
    path = os.pathsep.join([str(Path(__file__).parent), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "changed_sim", "-p", "no:cacheprovider",
         "-k", "called_up or not test_every_lever", *map(str, tests)],
        cwd=tmp_path, env=os.environ | {"CHANGED_SIM": str(tmp_path), "PYTHONPATH": path},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert re.search(rf"^{shown + 1} passed", done.stdout, re.M), done.stdout[-2000:]
