from __future__ import annotations

import numba
import pytest


@pytest.fixture
def threads():
    """Sets the number of Numba threads; afterwards it is what it was."""
    before = numba.get_num_threads()
    yield numba.set_num_threads
    numba.set_num_threads(before)
