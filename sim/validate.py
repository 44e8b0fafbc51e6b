"""`python -m sim validate`: what was observed beside what the model says, flow by flow."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence

from sim.commands import Arguments, obey

ABOUT = """Runs a scenario (eu_2022 unless given) with several seeds and sets every row of
targets.csv that the model can speak to beside it: as published, at prices of 2021, and beyond what
the exporter's sales to all the world did; and beside the textbook's answers (bans only, and all
levers). Then the mean error of every flow of goods, so that one
seen in eight windows counts once. Rows that were added on 25 November 2026 are told apart."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit code is that of `sim.commands.obey`."""
    parser = Arguments("validate", ABOUT)
    parser.add_argument("--seeds", type=int, default=5, help="runs, with seeds 100, 101, ...")
    parser.words()
    return obey(parser, arguments, _work)


def _work(given: Namespace) -> None:
    """The study is imported here: asking for help should not wait for it."""
    import pandas as pd

    import sim
    from sim.baseline.balance import load_baseline
    from sim.equilibrium.rival import static_answers
    from sim.study.validate import added, beside, errors

    words = list(given.words)
    if not any(word.startswith("scenario=") for word in words):
        words.insert(0, "scenario=eu_2022")
    baseline = load_baseline(sim.load(*words).baseline.folder)
    panels = [
        sim.simulate(sim.load(*words, f"seed={seed}"), baseline)
        for seed in range(100, 100 + given.seeds)
    ]
    rivals = static_answers(sim.load(*words), baseline)
    table = beside(panels, rivals)
    late = added(table)
    with pd.option_context("display.width", 200, "display.max_rows", None, "display.precision", 3):
        for title, part in (("rows of before", table[~late]), ("added rows", table[late])):
            print(f"{title}\n{part.to_string(index=False)}\n")
            print(f"{title}: mean |log error|\n{errors(part, rivals).to_string()}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
