"""`python -m sim [overrides]`: Hydra's door."""

from __future__ import annotations

from sim.door import door
from sim.settings import Settings


def job(settings: Settings) -> None:
    """One run, an ensemble, or a study. The model is imported here: a typo should not wait."""
    if settings.study == "article":
        from sim.study.article import run_article

        run_article(settings)
    elif settings.seeds is None:
        from sim.run import run

        run(settings)
    else:
        from sim.study.ensemble import run_ensemble

        run_ensemble(settings)


if __name__ == "__main__":
    door(job)
