"""Sphinx: the book, built by `make docs` into build/docs and read from disk.

Sphinx because it is kept, checks every link inside the book, searches without a server and needs
no network to be read; MyST lets pages stay plain Markdown; Furo is one theme without a tracker.
"""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import code_pages  # noqa: E402
import reference  # noqa: E402

project = "eaeu-sim"
author = "The eaeu-sim authors"
copyright = "The eaeu-sim authors, MIT licence"
release = metadata.version("eaeu-sim")
extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "eaeu-sim"
html_copy_source = False
html_show_sphinx = False
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 4
autodoc_member_order = "bysource"
autodoc_typehints = "signature"


def setup(app: Sphinx) -> None:
    """Pages that are made from the code are made before anything is read."""
    reference.write(HERE / "reference", code_pages.pages())
    app.connect("autodoc-process-docstring", code_pages.plain)
    app.add_post_transform(code_pages.Names)
