"""Every notebook runs from top to bottom, and its pictures ask or answer something.

The percent sources are executed here cell by cell in this process, which a plain checkout can do
without a kernel; `make notebooks` runs them as Jupyter would. With SIM_FIGURES=folder the pictures
are kept, to be looked at.
"""

from __future__ import annotations

import ast
import os
import warnings
from pathlib import Path

import matplotlib
import pytest
from matplotlib.figure import Figure

HOME = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(HOME.glob("[0-9]*.py"))
SMALL = {"SIM_FIRMS": "900", "SIM_MONTHS": "4", "SIM_SEEDS": "2", "SIM_SENDERS": "EU27,USA,KOR"}
KEPT = os.environ.get("SIM_FIGURES")
AS_READ = os.environ.get("SIM_AS_READ")  # in the size that readers see


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A small configuration, a folder of its own for what is written, and no windows."""
    for key, value in ({} if AS_READ else SMALL).items():
        monkeypatch.setenv(key, value)
    monkeypatch.chdir(tmp_path)
    with matplotlib.rc_context({"backend": "Agg"}):
        yield


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs_and_every_figure_has_a_title(notebook, small):
    figures = execute(notebook)
    assert figures, "a notebook without a picture"
    for k, figure in enumerate(figures):
        assert titles(figure), f"figure {k} of {notebook.name} has no title"
        if KEPT:
            Path(KEPT).mkdir(parents=True, exist_ok=True)
            figure.savefig(f"{KEPT}/{notebook.stem}_{k}.png", dpi=90, bbox_inches="tight")


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_is_a_story_without_outputs(notebook):
    text = notebook.read_text(encoding="utf-8")
    kinds = [kind for kind, _ in cells(text)]
    assert kinds[0] == "markdown", "begins with what it is about"
    assert f"# # {notebook.stem[:2]} " in text, "its title carries its number"
    assert "Python 3" in text.partition("# %%")[0], "no kernel named for Jupyter"


def cells(text: str) -> list[tuple[str, str]]:
    """Kind and source of every cell of a percent script, lines kept in place."""
    found: list[list[str]] = []
    for number, line in enumerate(text.splitlines(keepends=True)):
        if line.startswith("# %%"):
            found.append(["markdown" if "[markdown]" in line else "code", "\n" * (number + 1)])
        elif found:
            found[-1][1] += line
    return [(kind, source) for kind, source in found]


def execute(notebook: Path) -> list[Figure]:
    """Run all cells as Jupyter would, last expressions shown; returns the pictures in order."""
    import matplotlib.pyplot as plt

    names: dict[str, object] = {"__name__": "__main__"}
    figures: list[Figure] = []
    for kind, source in cells(notebook.read_text(encoding="utf-8")):
        if kind == "markdown":
            continue
        tree = ast.parse(source, str(notebook))
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        with warnings.catch_warnings():
            warnings.filterwarnings("error", category=DeprecationWarning, module="__main__")
            exec(compile(tree, str(notebook), "exec"), names)
            if last:
                value = eval(compile(ast.Expression(last.value), str(notebook), "eval"), names)
                show = getattr(value, "_repr_html_", None) or value.__repr__
                show()
                if isinstance(value, Figure):
                    figures.append(value)
        for number in plt.get_fignums():
            figures.append(plt.figure(number))
        for figure in figures:
            figure.canvas.draw()
        plt.close("all")
    return figures


def titles(figure: Figure) -> list[str]:
    """What stands over a picture: its own title, or those of its plots, or a line of text."""
    texts = [figure.get_suptitle(), *(t.get_text() for t in figure.texts)]
    for plot in figure.axes:
        texts += [plot.get_title(loc=place) for place in ("left", "center", "right")]
    return [text for text in texts if text]
