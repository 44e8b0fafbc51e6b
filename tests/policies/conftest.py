from __future__ import annotations

import pytest
from worlds import World, small


@pytest.fixture(scope="session")
def world() -> World:
    return small()
