"""How much memory an economy takes, held against what there is before anything is tried."""

from __future__ import annotations

from pathlib import Path

from sim.errors import InputError

PER_FIRM, PER_FIRM_AND_SECTOR = 5_000, 100
"""Bytes: 0.67 GB for 100,000 firms of 17 sectors; 0.8 GB was measured with the libraries."""
PER_CELL_AND_MONTH = 8 * 8  # the panel's variables of trade
LIBRARIES = 300_000_000


def wanted(regions: int, sectors: int, firms: int, months: int) -> int:
    """Bytes of a run, within a factor of two."""
    by_firm = firms * (PER_FIRM + PER_FIRM_AND_SECTOR * sectors)
    return LIBRARIES + by_firm + PER_CELL_AND_MONTH * months * regions * regions * sectors


def free() -> int | None:
    """Bytes that could still be had on this machine; None where nobody says."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = (line.split()[1] for line in lines if line.startswith("MemAvailable:"))
    return next((1024 * int(kilobytes) for kilobytes in found), None)


def require_memory(regions: int, sectors: int, firms: int, months: int) -> None:
    """InputError where a run would take more than there is."""
    needed, there = wanted(regions, sectors, firms, months), free()
    if there is not None and needed > there:
        raise InputError(
            f"firms.count = {firms:,} over {regions} regions x {sectors} sectors and {months:,} "
            f"months takes about {needed / 1e9:,.1f} GB of memory, and {there / 1e9:,.1f} GB are "
            "free; lower firms.count or months"
        )
