"""The package `sim` under a name that nobody else uses, and the door of the command `eaeu-sim`.

A file sim.py beside a notebook or a script takes the place of the package without a word.
With `import eaeu_sim as sim` the first use says so, and gives what `import sim` should have given.
"""

import sys
from importlib import import_module
from pathlib import Path


def _package():
    """The package; ImportError in plain words if another module bears its name."""
    found = import_module("sim")
    home = Path(__file__).resolve().parent / "sim"
    paths = [Path(path).resolve() for path in getattr(found, "__path__", [])]
    if home not in paths:
        foreign = getattr(found, "__file__", None) or paths[0]
        raise ImportError(
            f"{foreign} takes the place of the package 'sim' of eaeu-sim: rename that file or "
            "folder, or start Python somewhere else"
        )
    return found


def main():
    """The console command: `eaeu-sim NAME ...`, or what there is."""
    try:
        _package()
    except ImportError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return import_module("sim.__main__").main(sys.argv[1:] or ["--help"])


def __getattr__(name):
    """What the package has."""
    if name.startswith("__"):
        raise AttributeError(name)
    return getattr(_package(), name)


if __name__ == "__main__":
    sys.exit(main())
