"""The model's public names are made of words that the model note or the glossary explains."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
ROOMS = ("market", "phases", "levers.py", "model.py", "state.py", "technology.py")
MODEL = [file for room in ROOMS for file in sorted((HOME / "sim").glob(f"{room}/**/*.py"))]
MODEL += [HOME / "sim" / room for room in ROOMS if room.endswith(".py")]
GLOSSARY = (HOME / "docs" / "glossary.md").read_text(encoding="utf-8")
ENDINGS = ("ings", "ing", "ed", "es", "s", "e")


def stem(word: str) -> str:
    """The word without its ending, roughly: noticed, notice, notices are one."""
    ending = next((e for e in ENDINGS if word.endswith(e) and len(word) >= len(e) + 3), "")
    return word[: len(word) - len(ending)]


def stems(text: str) -> set[str]:
    return {stem(word) for word in re.findall(r"[a-z]+", text.lower())}


def public_names(path: Path) -> Iterator[str]:
    """Functions, classes and the fields of classes."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name
            if isinstance(node, ast.ClassDef):
                rows = (x.target for x in node.body if isinstance(x, ast.AnnAssign))
                yield from (x.id for x in rows if isinstance(x, ast.Name))


def words_of(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+", name)]


def test_every_word_in_a_public_name_of_the_model_is_explained():
    note = (HOME / "sim" / "MODEL.md").read_text(encoding="utf-8")
    explained = stems(note) | stems(GLOSSARY)
    strange = {
        f"{word} ({path.name}: {name})"
        for path in MODEL
        for name in public_names(path)
        for word in words_of(name)
        if stem(word) not in explained
    }
    assert not strange, f"give them a line in docs/glossary.md: {', '.join(sorted(strange))}"


def test_every_word_of_the_glossary_is_one_that_is_used():
    code = stems(" ".join(p.read_text(encoding="utf-8") for p in (HOME / "sim").rglob("*.py")))
    rows = re.findall(r"^\| ([^|]+) \|", GLOSSARY, re.MULTILINE)
    words = stems(" ".join(row for row in rows if row != "word"))
    assert len(words) > 80
    assert words <= code, words - code
