"""Labels and their positions: regions, sectors and months, in one order everywhere.

Arrays over several axes are always ordered origin, destination, sector.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.errors import InputError, brief, unknown

YEAR = 12
"""Months. Tables are a year's, the model's a month's; levels are means of the last year."""


@dataclass(frozen=True)
class Axes:
    """Names of the regions and sectors of a baseline.

    regions, sectors: codes in array order; names for pictures stand beside them.
    members: codes of the regions that form the union.
    goods: codes of the sectors whose output can be stored.
    transit: codes of the regions that goods can pass through.
    """

    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    members: tuple[str, ...]
    goods: tuple[str, ...]
    region_names: tuple[str, ...]
    sector_names: tuple[str, ...]
    transit: tuple[str, ...] = ()

    def region(self, code: str) -> int:
        """Position of a region; InputError with the nearest code if there is none."""
        try:
            return self.regions.index(code)
        except ValueError:
            words = _words(self.region_names, self.regions)
            raise unknown("region", code, self.regions, words) from None

    def sector(self, code: str) -> int:
        """Position of a sector; InputError with the nearest code if there is none."""
        try:
            return self.sectors.index(code)
        except ValueError:
            words = _words(self.sector_names, self.sectors)
            raise unknown("sector", code, self.sectors, words) from None

    @property
    def focus(self) -> tuple[str, ...]:
        """Whom tables and pictures look at: the members, or, where there are none, all regions."""
        return self.members or self.regions

    def region_positions(self, codes: Iterable[str]) -> np.ndarray:
        """Positions of several regions, `int64[n]`; 'members', 'partners', 'all' stand for sets."""
        out: list[int] = []
        for code in codes:
            if code == "all":
                out.extend(range(len(self.regions)))
            elif code == "members":
                out.extend(self.region(member) for member in self.members)
            elif code == "partners":
                out.extend(i for i, r in enumerate(self.regions) if r not in self.members)
            else:
                out.append(self.region(code))
        return np.array(sorted(set(out)), dtype=np.int64)

    def sector_positions(self, codes: Iterable[str]) -> np.ndarray:
        """Positions of several sectors, `int64[n]`; 'goods', 'services', 'all' stand for sets."""
        out: list[int] = []
        for code in codes:
            if code == "all":
                out.extend(range(len(self.sectors)))
            elif code == "goods":
                out.extend(self.sector(good) for good in self.goods)
            elif code == "services":
                out.extend(i for i, s in enumerate(self.sectors) if s not in self.goods)
            else:
                out.append(self.sector(code))
        return np.array(sorted(set(out)), dtype=np.int64)

    @property
    def is_good(self) -> np.ndarray:
        """`bool[S]`: sectors whose output can be stored."""
        return np.array([s in self.goods for s in self.sectors])

    @property
    def is_transit(self) -> np.ndarray:
        """`bool[R]`: regions that goods can pass through on their way to others."""
        return np.array([r in self.transit for r in self.regions])

    @property
    def is_member(self) -> np.ndarray:
        """`bool[R]`: regions that belong to the union."""
        return np.array([r in self.members for r in self.regions])


def _words(names: Iterable[str], codes: Iterable[str]) -> dict[str, str]:
    """What else a code may be called: its name, and the initials of that (UK for GBR)."""
    words: dict[str, str] = {}
    for name, code in zip(names, codes, strict=True):
        initials = "".join(word[0] for word in name.split() if word[0].isupper())
        words |= {name: code} | ({initials: code} if len(initials) > 1 else {})
    return words


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month of the years 1 to 9999."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: object, what: str = "month") -> Month:
        """Read 'YYYY-MM'; InputError otherwise."""
        match = re.fullmatch(r"([0-9]{4})-([0-9]{2})", brief(text))
        if not match or not 1 <= int(match[2]) <= 12 or not int(match[1]):
            raise InputError(
                f"{what} '{brief(text)}' is not a month; write it as YYYY-MM, e.g. 2022-01"
            )
        return cls(int(match[1]), int(match[2]))

    def __add__(self, months: int) -> Month:
        """The month so many months later."""
        index = self.year * 12 + self.number - 1 + months
        return Month(index // 12, index % 12 + 1)

    def __sub__(self, other: Month) -> int:
        """Months from `other` to this one."""
        return (self.year - other.year) * 12 + self.number - other.number

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    def share_between(self, start: date | None, end: date | None) -> float:
        """Share of this month's days d with start <= d < end (None: open)."""
        days = monthrange(self.year, self.number)[1]
        first = date(self.year, self.number, 1).toordinal()
        begin = max(first, start.toordinal()) if start else first
        stop = min(first + days, end.toordinal()) if end else first + days
        return max(0, stop - begin) / days


def parse_date(text: object, what: str) -> date:
    """Read 'YYYY-MM-DD' or 'YYYY-MM' (its first day); InputError otherwise."""
    raw = brief(text)
    try:
        return date.fromisoformat(f"{raw}-01" if re.fullmatch(r"[0-9]{4}-[0-9]{2}", raw) else raw)
    except ValueError:
        raise InputError(
            f"{what} '{raw}' is not a date; write it as YYYY-MM-DD, e.g. 2022-02-24"
        ) from None
