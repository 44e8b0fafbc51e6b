"""A plugin of pytest: modules that lie below $CHANGED_SIM are imported before those of the tree.

Kernels nobody changed stay where they are, with what is compiled of them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

CHANGED, TREE = Path(os.environ["CHANGED_SIM"]), Path(__file__).parents[2]


class Changed:
    """Looks for every module of sim among the changed first."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, _: object = None) -> ModuleSpec | None:
        if name.partition(".")[0] != "sim":
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None and spec.submodule_search_locations is not None:
            places = (folder / name.replace(".", "/") for folder in (CHANGED, TREE))
            spec.submodule_search_locations[:] = map(str, places)
        return spec


sys.meta_path.insert(0, Changed)  # type: ignore[arg-type]
