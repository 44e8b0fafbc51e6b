"""One pool of one process for all: what it simulates is small."""

from __future__ import annotations

import pytest

pytest.importorskip("panel")


@pytest.fixture(scope="session")
def pool():
    from sim.page.runs import Pool

    made = Pool(1)
    yield made
    made.close()
