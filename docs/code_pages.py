"""The code as pages of the book, a page a room, and names of code in the text as links to them.

Read from the sources without importing them: signature, docstring and source of every public
function and class. A name such as `sim.model.UnionModel.step` in the text of any page becomes a
link to its entry. Docstrings are plain words: a star in an equation is a star.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

HOME = Path(__file__).resolve().parents[1]
NAME = re.compile(r"sim(\.\w+)+")
ROOMS = {
    "baseline": "From published tables to a network of firms",
    "policies": "Measures and the path of levers",
    "market": "Clearing: the hot loop",
    "phases": "The phases of a month",
    "record": "What happened, and how to make it happen again",
    "study": "Ensembles, sweeps, searches, claims, validation",
    "equilibrium": "The static companion",
    "game": "Games between members",
    "plots": "Figures",
    "look": "What figures and the page share",
    "page": "The interactive page",
    "rest": "Parameters, levers, state, the model, commands",
}
LIBRARY = {
    "sim.load": "sim.config.load",
    "sim.simulate": "sim.run.simulate",
    "sim.UnionModel": "sim.model.UnionModel",
    "sim.Panel": "sim.record.panel.Panel",
    "sim.open_results": "sim.study.results.open_results",
    "sim.InputError": "sim.errors.InputError",
}
"""What `import sim` gives, and where it lives."""
MOST_LINES = 60
"""A longer class is shown by its methods, not once more as a whole."""

Definition = ast.FunctionDef | ast.ClassDef


def modules() -> Iterator[tuple[str, str, Path]]:
    """Room, dotted name and file of every module of the package."""
    for path in sorted((HOME / "sim").rglob("*.py")):
        parts = path.relative_to(HOME).with_suffix("").parts
        if parts[-1] == "__main__" or parts == ("sim", "__init__"):
            continue
        name = ".".join(parts).removesuffix(".__init__")
        yield parts[1] if parts[1] in ROOMS else "rest", name, path


@cache
def places() -> dict[str, str]:
    """Page, below docs, of every name that has an entry."""
    found = {}
    for room, name, path in modules():
        here = f"reference/code/{room}"
        found[name] = here
        for inner, _ in definitions(name, ast.parse(path.read_text(encoding="utf-8"))):
            found[inner] = here
    return found


def definitions(name: str, tree: ast.AST) -> Iterator[tuple[str, Definition]]:
    """Public functions and classes of a module or class, and public methods of classes."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            inner = f"{name}.{node.name}"
            yield inner, node
            if isinstance(node, ast.ClassDef):
                yield from definitions(inner, node)


def pages() -> dict[str, str]:
    """Text of every page by its place below docs/reference."""
    rows: dict[str, list[str]] = {room: [] for room in ROOMS}
    parts: dict[str, list[str]] = {room: [] for room in ROOMS}
    for room, name, path in modules():
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        about = (ast.get_docstring(tree) or "").split("\n")[0].replace("|", "/")
        rows[room].append(f"| `{name}` | {about} |")
        entries = "".join(
            _entry(inner, node, text.splitlines()) for inner, node in definitions(name, tree)
        )
        where = path.relative_to(HOME).as_posix()
        parts[room].append(
            f'<div id="{name}"></div>\n\n## {name}\n\n`{where}`: {about}\n\n<dl>{entries}</dl>'
        )
    out = {
        f"code/{room}.md": "\n\n".join(
            [f"# {title}", "| module | what |\n|---|---|\n" + "\n".join(rows[room]), *parts[room]]
        ) + "\n"
        for room, title in ROOMS.items()
    }  # fmt: skip
    listed = "\n".join(f"code/{room}" for room in ROOMS)
    names = "\n".join(
        f"```{{eval-rst}}\n.. py:currentmodule:: sim\n\n.. auto{kind}:: {name}\n{members}```\n"
        for name, kind, members in _library()
    )
    out["api.md"] = (
        "# The library, and all of the code\n\n`import sim` is the whole library for scripts and "
        "notebooks; beside it `sim.equilibrium(settings, at=...)`, [the static companion]"
        f"(../equilibrium.md).\n\n{names}\n## All of the code\n\nEvery public function and class "
        "with its docstring and source; lower rooms know nothing of upper ones.\n\n"
        f"```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"
    )
    return out


def _library() -> Iterator[tuple[str, str, str]]:
    for name, home in LIBRARY.items():
        kind = "class" if home.rpartition(".")[2][0].isupper() else "function"
        kind = "exception" if name.endswith("Error") else kind
        yield home, kind, "   :members:\n" if kind == "class" else ""


def _entry(name: str, node: Definition, lines: list[str]) -> str:
    """Signature, docstring and source as HTML without empty lines: Markdown would end at one."""
    if isinstance(node, ast.ClassDef):
        bases = ", ".join(map(ast.unparse, node.bases))
        said = f"class {name}({bases})" if bases else f"class {name}"
    else:
        back = f" -> {ast.unparse(node.returns)}" if node.returns else ""
        said = f"{name}({ast.unparse(node.args)}){back}"
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    source = lines[first - 1 : node.end_lineno]
    words = "".join(f"<p>{text}</p>" for text in _paragraphs(ast.get_docstring(node) or ""))
    whole = ""
    if len(source) <= MOST_LINES or not isinstance(node, ast.ClassDef):
        code = escape("\n".join(source)).replace("\n", "&#10;")
        whole = f"<details><summary>source</summary><pre>{code}</pre></details>"
    return f'<dt id="{name}"><code>{escape(said)}</code></dt><dd>{words}{whole}</dd>'


def _paragraphs(text: str) -> Iterator[str]:
    for piece in re.split(r"\n\s*\n|\n(?=- )", text.strip()):
        if piece.strip():
            yield re.sub(r"`+([^`]+)`+", r"<code>\1</code>", escape(" ".join(piece.split())))


def plain(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """A docstring as reStructuredText that says the same: Sphinx calls it for each."""
    out: list[str] = []
    for text in filter(str.strip, re.split(r"\n\s*\n", "\n".join(lines).strip("\n"))):
        if all(line.startswith(("    ", ">>>")) or not line for line in text.split("\n")):
            out += ["::", "", *(f"    {line}" for line in text.split("\n")), ""]
            continue
        for piece in re.split(r"\n(?=- )", text):
            out += [_escaped(" ".join(piece.split())), ""]
    lines[:] = out


def _escaped(text: str) -> str:
    """Words between backticks as code; all else as it stands."""
    out = []
    for k, piece in enumerate(re.split(r"`+([^`]+)`+", text)):
        code = f"\\ ``{piece.strip()}``\\ "
        out.append(code if k % 2 else re.sub(r"([\\*|_`<>])", r"\\\1", piece))
    return "".join(out).strip()


class Names(SphinxPostTransform):
    """`sim.…` in the text becomes a link to its entry."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        """Sphinx calls it for every page before it is written."""
        known = places()
        for literal in list(self.document.findall(nodes.literal)):
            name = literal.astext().removesuffix("()")
            if not NAME.fullmatch(name) or isinstance(literal.parent, nodes.reference):
                continue
            name = LIBRARY.get(name, name)
            while name not in known and "." in name:
                name = name.rpartition(".")[0]  # a field is told at its class
            if name not in known:
                continue
            page = self.app.builder.get_relative_uri(self.env.docname, known[name])
            place = nodes.reference("", "", internal=True, refuri=f"{page}#{name}")
            literal.parent.replace(literal, place)
            place += literal
