"""Coasts and places of the drawn map, for the figures and the page alike.

Azimuthal around the middle of the union (Lambert's equal-area), so that the members are large
and everybody else stands around them; what is far lies on the rim. No tiles are loaded.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sim.axes import Axes

CENTRE = (62.0, 50.0)
RIM = 62.0
"""Degrees from the centre at which what lies further is drawn."""
WIDE, HIGH = (-1.03, 1.03), (-0.83, 0.72)
"""What of the plane is shown."""
RING = 0.6
"""Radius on which regions without a place of their own stand."""
POINTS = 14
LAND, SEA, COAST = "#e9e7e1", "#f7f9fb", "#cfcbc0"
DATA = Path(__file__).parent / "data"


class Place(NamedTuple):
    """Where a region stands on the drawing, and on which side its name."""

    x: float
    y: float
    side: str


@cache
def land() -> list[tuple[bool, np.ndarray, np.ndarray]]:
    """Rings of the coasts: whether it is water inside land, longitudes and latitudes."""
    rings: dict[str, list[tuple[str, str, str]]] = {}
    for line in _lines("land.csv"):
        rings.setdefault(line["ring"], []).append((line["hole"], line["lon"], line["lat"]))
    out = []
    for points in rings.values():
        hole, lon, lat = zip(*points, strict=True)
        out.append((hole[0] == "1", np.array(lon, dtype=float), np.array(lat, dtype=float)))
    return out


@cache
def homes() -> dict[str, Place]:
    """Regions that have a place of their own."""
    found = {}
    for line in _lines("places.csv"):
        x, y = project(np.array([float(line["lon"])]), np.array([float(line["lat"])]))
        found[line["code"]] = Place(float(x[0]), float(y[0]), line["label"])
    return found


def on_earth(axes: Axes) -> bool:
    """Whether any region has a place of its own, so that coasts mean something."""
    return any(code in homes() for code in axes.regions)


def places(axes: Axes) -> dict[str, Place]:
    """The place of every region; one without (another baseline) stands on a ring."""
    found = {}
    for k, code in enumerate(axes.regions):
        turn = 2 * np.pi * k / len(axes.regions)
        x, y = RING * float(np.cos(turn)), RING * float(np.sin(turn))
        found[code] = homes().get(code) or Place(x, y, "right" if x >= 0 else "left")
    return found


def project(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lambert's azimuthal equal-area projection, the rim at radius 1; degrees to `[-1, 1]`."""
    east, north = np.radians(lon - CENTRE[0]), np.radians(lat)
    middle = np.radians(CENTRE[1])
    height = np.sin(middle) * np.sin(north) + np.cos(middle) * np.cos(north) * np.cos(east)
    x = np.cos(north) * np.sin(east)
    y = np.cos(middle) * np.sin(north) - np.sin(middle) * np.cos(north) * np.cos(east)
    away = np.arccos(np.clip(height, -1, 1))
    radius = np.sin(np.minimum(away, np.radians(RIM)) / 2) / np.sin(np.radians(RIM) / 2)
    long = np.hypot(x, y)
    long = np.where(long > 0, long, 1.0)
    return radius * x / long, radius * y / long


def arc(
    one: tuple[float, float], other: tuple[float, float], points: int = POINTS
) -> tuple[list[float], list[float]]:
    """A curve from one to the other that bends to the left, so both directions are seen."""
    (x0, y0), (x1, y1) = one, other
    bend = 0.22
    cx, cy = (x0 + x1) / 2 - bend * (y1 - y0), (y0 + y1) / 2 + bend * (x1 - x0)
    s = np.linspace(0.03, 0.96, points)
    xs = (1 - s) ** 2 * x0 + 2 * s * (1 - s) * cx + s**2 * x1
    ys = (1 - s) ** 2 * y0 + 2 * s * (1 - s) * cy + s**2 * y1
    return [round(float(v), 3) for v in xs], [round(float(v), 3) for v in ys]


def _lines(name: str) -> list[dict[str, str]]:
    text = (DATA / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in text if not line.startswith("#")))
