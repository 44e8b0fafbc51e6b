"""`python -m sim.equilibrium scenario=eu_2022 at=2024-12`: the textbook's answer to a scenario."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sim.commands import Arguments, obey

ABOUT = """The static equilibrium under the levers of one month, held for ever: what an exact-hat
trade model (Caliendo & Parro 2015) says to the same scenario file.

  at=2024-12          the month whose levers count; the last of the run by default
  closure=exports     or fixed, removed, proportional: what becomes of deficits
  inputs=cobb_douglas or leontief
  leave_out=LEVER,... levers to be taken as neutral
  csv=FILE            also write all columns there

Whatever else is said is as in `python -m sim` (scenario=, baseline=, behaviour.sigma_scale=)."""
OWN = ("at", "closure", "inputs", "leave_out", "csv")
SHOWN = (
    "real_income", "real_wage", "terms_of_trade", "consumer_price", "exports", "imports",
    "deficit",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the answer; exit code 2 for what cannot be answered, with the reason."""
    parser = Arguments("equilibrium", ABOUT)
    parser.words()
    return obey(parser, arguments, lambda given: print(_told(given.words, given.config_dir)))


def _told(overrides: Sequence[str], config_dir: str | None) -> str:
    from sim.config import load
    from sim.equilibrium.companion import CLOSURE, INPUTS, equilibrium

    own: dict[str, str] = {}
    rest = []
    for override in overrides:
        key, equals, value = override.partition("=")
        if key in OWN and equals:
            own[key] = value
        else:
            rest.append(override)
    made = equilibrium(
        load(*rest, config_dir=config_dir),
        own.get("at"),
        own.get("closure", CLOSURE),
        own.get("inputs", INPUTS),
        [name for name in own.get("leave_out", "").strip("[]").split(",") if name],
    )
    table = made.table()
    if "csv" in own:
        table.to_csv(own["csv"], float_format="%.10g")
    shown = [*SHOWN, *(c for c in table if c == "real_income_if_ties_were_variety")]
    text = table[shown].rename(columns=lambda name: name.replace("_", " "))
    found = made.found
    worst = max(found.residuals.values())
    lines = [
        f"Static equilibrium of {made.scenario}, levers of {made.month}, % against the base",
        "",
        text.round(2).to_string(),
        "",
        f"Assumed: {made.assumptions}.",
        f"Solved in {found.passes} passes; markets and identities hold to {worst:.0e}.",
        *(f"  {name}: {note}" for name, note in made.notes.items()),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
