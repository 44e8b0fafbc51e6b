"""The examples of CONTRIBUTING.md as files and edits, section by section."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "CONTRIBUTING.md"
BLOCK = re.compile(r"^ *```(?:python|yaml)\n( *# (\S+\.(?:py|yaml))\n.*?)^ *```$", re.M | re.S)
EDIT = re.compile(r"^```diff\n# (\S+)\n(.*?)^```$", re.M | re.S)


def blocks(section: str) -> dict[str, str]:
    """Text of every file that a section shows, by the path in its first line."""
    return {name: dedent(block) for block, name in BLOCK.findall(_text(section))}


def edits(section: str) -> list[tuple[str, str]]:
    """Edits of files that a section shows: path, and a diff whose parts are set apart by @@."""
    return EDIT.findall(_text(section))


def write(section: str, folder: Path) -> list[Path]:
    """Lay the files of a section below a folder."""
    out = []
    for name, text in blocks(section).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        out.append(path)
    return out


def edit(section: str, folder: Path) -> list[Path]:
    """Edit the files that a section changes, in copies below a folder.

    What an edit leaves and what it takes away has to stand once in the file, line by line.
    """
    out = []
    for name, diff in edits(section):
        path = folder / name
        text = (path if path.exists() else ROOT / name).read_text("utf-8")
        for part in re.split(r"^@@\n", diff, flags=re.M):
            lines = [(line[:1], line[1:]) for line in part.splitlines(keepends=True)]
            old = "".join(line for mark, line in lines if mark != "+")
            new = "".join(line for mark, line in lines if mark != "-")
            assert text.count(old) == 1, f"{section}: in {name} stands {text.count(old)} x\n{old}"
            text = text.replace(old, new)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        out.append(path)
    return out


def _text(section: str) -> str:
    found = GUIDE.read_text("utf-8").partition(f"## {section}\n")[2].partition("\n## ")[0]
    assert found, f"CONTRIBUTING.md has no section '{section}'"
    return found
