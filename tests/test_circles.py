"""Who imports whom goes one way: no circle between modules, inside functions either."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import pytest

grimp = pytest.importorskip("grimp")


def test_no_module_imports_one_that_imports_it():
    graph = grimp.build_graph("sim", exclude_type_checking_imports=True, cache_dir=None)
    imported = {m: graph.find_modules_directly_imported_by(m) for m in graph.modules}
    assert len(imported) > 150
    try:
        tuple(TopologicalSorter(imported).static_order())
    except CycleError as circle:
        pytest.fail(" <- ".join(circle.args[1]))
