"""Periods as people write them, as months of a run."""

from __future__ import annotations

import re

from sim.axes import Month

Window = tuple[int, int]
"""First month and the one after the last, counted from the start of a run."""


def window(period: str, start: Month, months: int) -> Window | None:
    """Months of a period; None if it is none or not within the run.

    2022, 2022-2023, 2022-03, 2022-03..2022-05, 2022-03.. (to the end); what follows a space, as
    in '2022 vs 2021', is for the reader.
    """
    text = period.split(" ")[0]
    if re.fullmatch(r"\d{4}", text):
        first, last = Month(int(text), 1), Month(int(text), 12)
    elif re.fullmatch(r"\d{4}-\d{4}", text):
        first, last = Month(int(text[:4]), 1), Month(int(text[5:]), 12)
    elif re.fullmatch(r"\d{4}-\d{2}\.\.", text):
        first, last = Month.parse(text[:-2]), start + (months - 1)
    elif re.fullmatch(r"\d{4}-\d{2}(\.\.\d{4}-\d{2})?", text):
        parts = text.split("..")
        first, last = Month.parse(parts[0]), Month.parse(parts[-1])
    else:
        return None
    begin, end = first - start, last - start + 1
    return (begin, end) if 0 <= begin < end <= months else None
