"""`python -m sim page`: the page, on this machine's loopback."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence

from sim.commands import Arguments, obey
from sim.errors import InputError

ABOUT = """Choose a scenario in the browser, watch its months come in, take the numbers away.
Nothing is asked of a network, and nobody but this machine can reach it; see docs/page.md."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 served until Ctrl-C, 2 where it cannot be."""
    parser = Arguments("page", ABOUT)
    parser.add_argument("--port", type=int, default=5006, help="5006 unless told otherwise")
    parser.add_argument("--runs", type=int, default=2, help="simulated at a time; 2")
    parser.add_argument("--show", action="store_true", help="open it in a browser")
    return obey(parser, arguments, _serve)


def _serve(given: Namespace) -> None:
    for name, most in (("port", 65_535), ("runs", 64)):
        if not 1 <= getattr(given, name) <= most:
            raise InputError(f"--{name} {getattr(given, name)} is outside [1, {most}]")
    from sim.page.runs import Pool

    pool = Pool(given.runs)  # warms up while Panel is imported, which takes as long
    try:
        try:
            from sim.page.server import start
        except ImportError as error:
            if error.name not in ("panel", "bokeh"):
                raise
            raise InputError(
                f"the page needs {error.name}; pip install 'eaeu-sim[page]', or make page"
            ) from None
        print(f"http://127.0.0.1:{given.port}  (Ctrl-C ends it)", flush=True)
        start(pool, given.port, given.show)
    except OSError as error:
        raise InputError(
            f"port {given.port} cannot be used ({error.strerror}); try --port"
        ) from None
    except KeyboardInterrupt:
        return
    finally:
        pool.close()


if __name__ == "__main__":
    sys.exit(main())
