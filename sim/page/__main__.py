"""`python -m sim.page`: the page, on this machine's loopback."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from sim.errors import InputError, politely


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 served until Ctrl-C, 2 where it cannot be."""
    parser = argparse.ArgumentParser("python -m sim.page", description=__doc__)
    parser.add_argument("--port", type=int, default=5006, help="default 5006")
    parser.add_argument("--runs", type=int, default=2, help="simulated at a time; default 2")
    parser.add_argument("--show", action="store_true", help="open it in a browser")
    given = parser.parse_args(arguments)
    return politely(lambda: _serve(given.port, given.runs, given.show))


def _serve(port: int, runs: int, show: bool) -> None:
    if not 1 <= port <= 65_535:
        raise InputError(f"--port {port} is outside [1, 65535]")
    if not 1 <= runs <= 64:
        raise InputError(f"--runs {runs} is outside [1, 64]")
    try:
        from sim.page.server import start
    except ImportError as error:
        if error.name not in ("panel", "bokeh"):
            raise
        raise InputError(
            f"the page needs {error.name}; pip install 'eaeu-sim[page]', or make page"
        ) from None
    print(f"http://127.0.0.1:{port}  (Ctrl-C ends it)", flush=True)
    try:
        start(port, runs, show)
    except OSError as error:
        raise InputError(f"port {port} cannot be used ({error.strerror}); try --port") from None
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    sys.exit(main())
