"""`python -m sim [overrides]`: Hydra's door."""

from __future__ import annotations

from sim.config import door
from sim.settings import Settings


def job(settings: Settings) -> None:
    """One run. The model is imported here: `--help` and a typo should not wait for a compiler."""
    from sim.run import run

    run(settings)


if __name__ == "__main__":
    door(job)
