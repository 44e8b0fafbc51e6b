"""Mesa's model and agent, without the rest of its package until somebody asks for that.

`import mesa` brings grids, networks, data collectors and, with them, pandas, SciPy and NetworkX:
half a second for two classes. Here the package is opened without running its `__init__`, which
runs as soon as any other name of it is looked up, so that `mesa.DataCollector` is found as ever.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec
from threading import RLock
from typing import Any

_BY_MESA = ("__all__", "__version__")
"""What looks like Python's own and is set by the package's `__init__`."""


def _open_package() -> None:
    spec = find_spec("mesa")
    if spec is None or spec.loader is None:
        return  # the import below says what is missing
    loader, package, lock = spec.loader, module_from_spec(spec), RLock()

    def __getattr__(name: str) -> Any:
        if name.startswith("__") and name not in _BY_MESA:
            raise AttributeError(f"module 'mesa' has no attribute '{name}'")
        with lock:
            if vars(package).pop("__getattr__", None):
                loader.exec_module(package)
        return getattr(package, name)

    vars(package)["__getattr__"] = __getattr__
    sys.modules["mesa"] = package


if "mesa" not in sys.modules:
    _open_package()

import mesa.mesa_logging as _logging  # noqa: E402

_create = _logging.create_module_logger


def _logger_of_caller(name: str | None = None) -> Any:
    """As Mesa's own, which reads the source of every frame on the stack to learn one name."""
    return _create(name or sys._getframe(1).f_globals["__name__"])


_logging.create_module_logger = _logger_of_caller
from mesa.agent import Agent as Agent  # noqa: E402
from mesa.model import Model as Model  # noqa: E402

_logging.create_module_logger = _create
