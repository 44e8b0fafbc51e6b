"""Every notebook runs from top to bottom in a real kernel and shows every picture it draws.

A kernel is told to count the figures that are made; what the notebook then holds as pictures has
to be as many. With SIM_FIGURES=folder the pictures are kept, to be looked at; SIM_AS_READ runs
the notebooks in the size that readers see.
"""

from __future__ import annotations

import ast
import base64
import os
from pathlib import Path
from typing import Any

import pytest

HOME = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(HOME.glob("[0-9]*.py"))
SMALL = {"SIM_FIRMS": "900", "SIM_MONTHS": "4", "SIM_SEEDS": "2", "SIM_SENDERS": "EU27,USA,KOR"}
FEWER = {"04_sovereignty": {"SIM_SEEDS": "1"}}
"""Twenty-six runs a seed: one seed draws all that two draw."""
KEPT = os.environ.get("SIM_FIGURES")
AS_READ = os.environ.get("SIM_AS_READ")  # in the size that readers see

COUNT = """
import warnings as _warnings
from matplotlib.figure import Figure as _Figure
_warnings.filterwarnings("error", category=DeprecationWarning, module="__main__")
_made, _begin = [], _Figure.__init__
def _counted(self, *args, **options):
    _made.append(self)
    _begin(self, *args, **options)
_Figure.__init__ = _counted
"""
TELL = """
def _titles(figure):
    texts = [figure.get_suptitle(), *(text.get_text() for text in figure.texts)]
    for plot in figure.axes:
        texts += [plot.get_title(loc=place) for place in ("left", "center", "right")]
    return [text for text in texts if text]
print([len(_titles(figure)) for figure in _made])
"""


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_shows_every_figure_it_draws(notebook, tmp_path, monkeypatch):
    small = {} if AS_READ else SMALL | FEWER.get(notebook.stem, {})
    for key, value in small.items():
        monkeypatch.setenv(key, value)
    shown, titles = execute(notebook, tmp_path)
    assert titles, "a notebook without a picture"
    assert len(shown) == len(titles), f"{len(shown)} of {len(titles)} figures are shown"
    assert all(titles), f"figure {titles.index(0)} of {notebook.name} has no title"
    for k, picture in enumerate(shown if KEPT else ()):
        Path(KEPT).mkdir(parents=True, exist_ok=True)
        (Path(KEPT) / f"{notebook.stem}_{k}.png").write_bytes(picture)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_is_a_story_without_outputs(notebook):
    jupytext = pytest.importorskip("jupytext")
    text = notebook.read_text(encoding="utf-8")
    first = jupytext.reads(text, fmt="py:percent").cells[0]
    assert first.cell_type == "markdown", "begins with what it is about"
    assert first.source.startswith(f"# {notebook.stem[:2]} "), "its title carries its number"
    assert "Python 3" in text.partition("# %%")[0], "no kernel named for Jupyter"


def execute(notebook: Path, folder: Path) -> tuple[list[bytes], list[int]]:
    """Run a notebook in a kernel of its own, in `folder`.

    Returns the pictures it shows, and for each figure that was made how many titles it has.
    Raises nbclient's CellExecutionError where a cell fails.
    """
    jupytext = pytest.importorskip("jupytext")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    from nbformat.v4 import new_code_cell

    book: Any = jupytext.read(notebook, fmt="py:percent")
    book.cells = [new_code_cell(COUNT), *book.cells, new_code_cell(TELL)]
    resources = {"metadata": {"path": str(folder)}}
    nbclient.NotebookClient(book, timeout=900, kernel_name="python3", resources=resources).execute()
    shown = [
        base64.b64decode(output["data"]["image/png"])
        for cell in book.cells
        for output in cell.get("outputs", ())
        if "image/png" in output.get("data", {})
    ]
    return shown, ast.literal_eval(book.cells[-1]["outputs"][-1]["text"])
