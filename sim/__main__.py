"""`python -m sim [overrides]`: Hydra's door."""

from __future__ import annotations

from sim.door import door
from sim.settings import Settings


def job(settings: Settings) -> None:
    """One run, or an ensemble. The model is imported here: a typo should not wait."""
    if settings.seeds is None:
        from sim.run import run

        run(settings)
    else:
        from sim.study.ensemble import run_ensemble

        run_ensemble(settings)


if __name__ == "__main__":
    door(job)
