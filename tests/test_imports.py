"""What a process has to wait for: heavy libraries are imported by who uses them, not before."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sim.compiled import private_folder

FIGURES = ("matplotlib",)
TABLES = ("pandas", "pyarrow")
BROUGHT = ("scipy.linalg", "networkx", "mesa.space", "mesa.datacollection", "panel", "bokeh")
"""By Numba when it compiles, by Mesa's package, by the page."""


def imported(script: str, names: tuple[str, ...]) -> list[str]:
    """Which modules of those names a fresh process has after a script."""
    ask = f"{script}\nimport sys\nprint([n for n in {names!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    found: list[str] = eval(done.stdout)  # a list that it printed
    return found


def test_importing_the_package_imports_nothing_heavy():
    assert imported("import sim", (*FIGURES, *TABLES, *BROUGHT, "hydra", "numba", "mesa")) == []


def test_loading_settings_imports_neither_tables_nor_figures():
    assert imported("import sim; sim.load('scenario=eu_2022')", (*FIGURES, *TABLES, *BROUGHT)) == []


def test_a_month_imports_neither_tables_nor_figures_nor_what_compiles():
    if private_folder() is None:
        pytest.skip("nothing compiled is kept here")
    script = (
        "import sim; sim.UnionModel(sim.load('scenario=eu_2022', 'start=2022-03', "
        "'firms.count=1000', 'months=2')).step()"
    )
    imported(script, ())  # compiles what is not kept yet
    # from Python 3.12 on it is a Mesa whose model itself wants pandas and SciPy
    older = sys.version_info < (3, 12)
    names = (*FIGURES, *TABLES, *BROUGHT) if older else FIGURES
    assert imported(script, names) == []


def test_a_run_without_figures_is_stored_without_data_frames(tmp_path):
    script = (
        "import sim; from sim.run import complete; complete(sim.load('firms.count=300', 'months=1',"
        f" 'baseline=toy', {f'output.folder={tmp_path}'!r}))"
    )
    older = sys.version_info < (3, 12)
    assert imported(script, ("pandas", *FIGURES) if older else FIGURES) == []


def test_the_page_is_served_without_what_draws_figures_or_simulates():
    pytest.importorskip("panel")
    simulates = ("mesa", "sim.model", "sim.phases")
    assert imported("import sim.page.server", (*FIGURES, *simulates)) == []


def test_the_rest_of_mesa_is_there_as_soon_as_it_is_asked_for():
    script = (
        "import sim, sim.model, mesa; assert issubclass(sim.UnionModel, mesa.Model); "
        "assert mesa.DataCollector and mesa.space.SingleGrid; from mesa import batch_run"
    )
    assert imported(script, ("mesa.space",)) == ["mesa.space"]
