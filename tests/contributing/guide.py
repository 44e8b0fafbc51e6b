"""The examples of CONTRIBUTING.md as files, section by section."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

GUIDE = Path(__file__).parents[2] / "CONTRIBUTING.md"
BLOCK = re.compile(r"^ *```(?:python|yaml)\n( *# (\S+\.(?:py|yaml))\n.*?)^ *```$", re.M | re.S)


def blocks(section: str) -> dict[str, str]:
    """Text of every file that a section shows, by the path in its first line."""
    text = GUIDE.read_text("utf-8").partition(f"## {section}\n")[2].partition("\n## ")[0]
    return {name: dedent(block) for block, name in BLOCK.findall(text)}


def write(section: str, folder: Path) -> list[Path]:
    """Lay the files of a section below a folder."""
    out = []
    for name, text in blocks(section).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        out.append(path)
    return out
