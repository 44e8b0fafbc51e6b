"""Make the pictures of docs/gallery.md anew, by the commands that stand there.

`python docs/gallery.py` (`make gallery`): a minute or two. Each section of the page is run in an
empty folder, and the pictures that it shows are taken from what it drew.
"""

from __future__ import annotations

import base64
import contextlib
import re
import shlex
import subprocess
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent
WIDE, COLOURS = 1150, 96
"""Pixels and colours of a picture: sharp on a screen, small in a checkout."""
BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(r"\(gallery/(\w+)\.png\)")
EMBEDDED = re.compile(r'src="data:image/png;base64,([^"]+)"')


def main() -> int:
    """All sections of the page; pictures that it does not show are removed."""
    folder = HERE / "gallery"
    folder.mkdir(exist_ok=True)
    kept = set()
    for section in re.split(r"^## ", (HERE / "gallery.md").read_text("utf-8"), flags=re.MULTILINE):
        names = SHOWN.findall(section)
        drawn = _drawn(section) if names else {}
        for name in names:
            if name not in drawn:
                raise SystemExit(f"{section.split()[0]}: no {name}, but {', '.join(drawn)}")
            path = folder / f"{name}.png"
            _small(drawn[name]).save(path, optimize=True)
            kept.add(path)
            print(path, path.stat().st_size // 1024, "kB", flush=True)
    for path in set(folder.glob("*.png")) - kept:
        path.unlink()
    return 0


def _drawn(section: str) -> dict[str, bytes]:
    """Every picture by its name; that of a report without files is called 'compared'."""
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        for language, body in BLOCK.findall(section):
            if language == "python":
                exec(compile(body, "gallery.md", "exec"), {})
                continue
            for line in body.splitlines():
                words = [sys.executable, *shlex.split(line)[1:]]
                subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        here = Path(scratch)
        drawn = {path.stem: path.read_bytes() for path in sorted(here.rglob("*.png"))}
        for report in here.rglob("report.html"):
            for picture in EMBEDDED.findall(report.read_text("utf-8"))[:1]:
                drawn.setdefault("compared", base64.b64decode(picture))
    return drawn


def _small(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data)).convert("RGB")
    if image.width > WIDE:
        high = round(image.height * WIDE / image.width)
        image = image.resize((WIDE, high), Image.Resampling.LANCZOS)
    return image.quantize(COLOURS, dither=Image.Dither.NONE)


if __name__ == "__main__":
    sys.exit(main())
