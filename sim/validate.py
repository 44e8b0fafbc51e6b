"""`python -m sim validate`: what was observed beside what the model says, flow by flow."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.commands import Arguments, obey

if TYPE_CHECKING:
    import pandas as pd

    from sim.baseline.balance import Baseline
    from sim.record.panel import Panel
    from sim.settings import Settings

ABOUT = """Runs a scenario (eu_2022 unless given) with several seeds and sets every row of
targets.csv that the model can speak to beside it: as published, at prices of 2021, and beyond what
the exporter's sales to all the world did; and beside the textbook's answers (bans only, and all
levers). Then the mean error of every flow of goods, so that one
seen in eight windows counts once. Rows that were added on 25 November 2026 are told apart.
With --draws each run has parameters of its own, and it is counted how many flows, a year at a time,
the 90 % bands hold with the discrepancy that conf/calibrate states, fitted ones and open ones.
With --into the same is written as tables, figures and the page "Is it true?" of the book."""
PUBLISHED = "results/published/truth"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit code is that of `sim.commands.obey`."""
    parser = Arguments("validate", ABOUT)
    parser.add_argument("--seeds", type=int, default=5, help="runs, with seeds 100, 101, ...")
    parser.add_argument(
        "--draws", type=int, default=0, metavar="N",
        help="runs with N draws of parameters (conf/posterior) instead of seeds alone",
    )  # fmt: skip
    parser.add_argument(
        "--into", type=Path, metavar="FOLDER", help=f"write tables and page, e.g. {PUBLISHED}"
    )
    parser.words()
    return obey(parser, arguments, _work)


def _work(given: Namespace) -> None:
    """The study is imported here: asking for help should not wait for it."""
    import pandas as pd

    import sim
    from sim.baseline.balance import load_baseline
    from sim.equilibrium.rival import static_answers
    from sim.study.truth import coverage_told
    from sim.study.validate import added, beside, errors

    words = list(given.words)
    if not any(word.startswith("scenario=") for word in words):
        words.insert(0, "scenario=eu_2022")
    settings = sim.load(*words, config_dir=given.config_dir)
    baseline = load_baseline(settings.baseline.folder)
    panels = [sim.simulate(each, baseline) for each in _runs(settings, given)]
    rivals = static_answers(settings, baseline)
    held = _held(settings, given, panels) if given.draws else None
    if given.into:
        for path in _written(given, settings, baseline, panels, rivals, held):
            print(path, flush=True)
        return
    table = beside(panels, rivals)
    late = added(table)
    with pd.option_context("display.width", 200, "display.max_rows", None, "display.precision", 3):
        for title, part in (("rows of before", table[~late]), ("added rows", table[late])):
            print(f"{title}\n{part.to_string(index=False)}\n")
            print(f"{title}: mean |log error|\n{errors(part, rivals).to_string()}\n", flush=True)
        if held is not None:
            print(f"{held.to_string(index=False)}\n{coverage_told(held)}", flush=True)


def _runs(settings: Settings, given: Namespace) -> Iterator[Settings]:
    """Seeds 100, 101, ...; with draws each has parameters of its own, so the band holds both."""
    from sim.study.draws import read_draws

    draws = read_draws(settings, given.draws, given.config_dir) if given.draws else ()
    for k in range(given.draws or given.seeds):
        seeded = settings.with_(f"seed={100 + k}")
        yield seeded.drawn(draws[k]) if draws else seeded


def _held(settings: Settings, given: Namespace, panels: list[Panel]) -> pd.DataFrame:
    """Every flow and year with the band of the draws and the stated discrepancy, and its use."""
    import pandas as pd

    from sim.calibrate.form import read_form
    from sim.calibrate.runs import ratios_of, told_by
    from sim.calibrate.score import bands, held
    from sim.calibrate.summaries import summaries

    where = [f"--config-dir={given.config_dir}"] if given.config_dir else []
    form = read_form([f"experiment={settings.baseline.label}", *where])
    rows, runs = told_by(panels[0]), [ratios_of(panel) for panel in panels]
    parts = []
    for use in ("calib", "validate"):
        without = form.without if use == "calib" else ()
        found = summaries(rows, use, form.discrepancy, form.confidence, without)
        parts.append(bands(held(found, runs, ())).drop(columns="as_they_are").assign(use=use))
    return pd.concat(parts, ignore_index=True)


def _written(
    given: Namespace,
    settings: Settings,
    baseline: Baseline,
    panels: list[Panel],
    rivals: Mapping[str, Panel],
    held: pd.DataFrame | None,
) -> list[Path]:
    """Tables, page and figures; beside them one run at rest, which says what rest means."""
    import sim
    from sim.record.words import counted, spread
    from sim.study.truth import largest_move, largest_residual, rows_of, write_truth

    count = len(panels)
    still = sim.load("scenario=none", f"firms.count={settings.firms.count}", "months=12")
    of_draws = f"90 % of {counted(count, 'draw')} of parameters, each with a seed of its own"
    about = {
        "scenario": settings.scenario.label,
        "firms": settings.firms.count,
        "months": settings.months,
        "runs": count,
        "band": of_draws if given.draws else f"{spread(count)}, luck of the network only",
        "command": _told(given),
        "rivals": list(rivals),
        "residual": largest_residual(panels),
        "rest": largest_move(sim.simulate(still, baseline)),
    }
    return write_truth(given.into, rows_of(panels, rivals), about, held=held)


def _told(given: Namespace) -> str:
    """The command that says the same again."""
    size = f"--draws {given.draws}" if given.draws else f"--seeds {given.seeds}"
    return " ".join(["python -m sim.validate", *given.words, size, "--into", str(given.into)])


if __name__ == "__main__":
    sys.exit(main())
