"""The server: one page for every tab, one pool of processes for all of them."""

from __future__ import annotations

from typing import Any

import panel as pn

from sim.page.app import BEAT, Page
from sim.page.runs import Pool


def start(pool: Pool, port: int = 5006, show: bool = False, wait: bool = True) -> Any:
    """Serve on loopback only; returns the server, after it ended if told to wait.

    pool: what simulates; who waits for the end has it closed, too. port: 0 takes a free one.
    """
    pn.extension(raw_css=[], notifications=False)

    def page() -> Any:
        made = Page(pool, _query())
        pn.state.onload(made.furnish)
        pn.state.add_periodic_callback(made.beat, period=BEAT)
        pn.state.on_session_destroyed(lambda context: made.stop())
        return made.view()

    server = pn.serve(
        {"/": page},
        address="127.0.0.1",
        port=port,
        websocket_origin="*" if not port else [f"127.0.0.1:{port}", f"localhost:{port}"],
        show=show,
        start=False,
        title="eaeu-sim",
        unused_session_lifetime=4_000,
        check_unused_sessions=2_000,
        websocket_max_message_size=2**20,
    )
    server.start()
    if wait:
        try:
            server.io_loop.start()
        finally:
            pool.close()
    return server


def _query() -> str:
    document = pn.state.curdoc
    context = document.session_context if document else None
    return context.request.query if context and hasattr(context.request, "query") else ""
