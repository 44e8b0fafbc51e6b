"""Labels and their positions: regions, sectors and months, in one order everywhere.

Arrays over several axes are always ordered origin, destination, sector.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sim.errors import InputError, unknown


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
            raise unknown("region", code, self.regions) from None

    def sector(self, code: str) -> int:
        """Position of a sector; InputError with the nearest code if there is none."""
        try:
            return self.sectors.index(code)
        except ValueError:
            raise unknown("sector", code, self.sectors) from None

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


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: object, what: str = "month") -> Month:
        """Read 'YYYY-MM'; InputError otherwise."""
        match = re.fullmatch(r"(\d{4})-(\d{2})", str(text))
        if not match or not 1 <= int(match[2]) <= 12:
            raise InputError(f"{what} '{text}' is not a month; write it as YYYY-MM, e.g. 2022-01")
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
        first = date(self.year, self.number, 1)
        after = first + timedelta(days=days)
        begin = max(first, start) if start else first
        stop = min(after, end) if end else after
        return max(0, (stop - begin).days) / days


def parse_date(text: object, what: str) -> date:
    """Read 'YYYY-MM-DD' or 'YYYY-MM' (its first day); InputError otherwise."""
    raw = str(text)
    try:
        return date.fromisoformat(f"{raw}-01" if re.fullmatch(r"\d{4}-\d{2}", raw) else raw)
    except ValueError:
        raise InputError(
            f"{what} '{text}' is not a date; write it as YYYY-MM-DD, e.g. 2022-02-24"
        ) from None
