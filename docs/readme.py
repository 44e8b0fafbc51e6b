"""Write the README's numbers anew from results/published, between the marks that stand there.

`python docs/readme.py` (`make readme`). No number of an answer is typed by hand: a test compares.
"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
PUBLISHED = HOME / "results" / "published"
ASKED = {
    "hit_indirectly": "Is Kazakhstan hit, though nobody sanctions it?",
    "turnover_2022": "How much more do Kazakhstan and Russia trade in 2022?",
    "turnover_without_traders": "And if nobody rerouted?",
    "hedging": "Closer ties of Kazakhstan with China, Turkey and the EU (sizes assumed)?",
    "cut_off": "What does lost access to technology cost Russia?",
    "import_substitution": "Does Russia's own programme pay?",
    "burden_paid": "What does it cost Kazakhstan to share Russia's burden?",
    "joint_for_all": "Do joint projects beat each member's own?",
}
"""Rows of the article's claims by name, and what a reader would ask."""
RIVALS = {
    "nominal": "this model",
    "still": "nothing changes",
    "textbook_bans": "the textbook, with the same bans",
    "textbook": "the textbook, with all levers",
}
"""Columns of the mean errors, and who is meant."""


def main() -> int:
    """Rewrite what stands between the marks."""
    path = HOME / "README.md"
    path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def renewed(text: str) -> str:
    """The README with today's tables."""
    for name, lines in (("answers", answers()), ("truth", truth())):
        mark = f"<!-- {name}: by docs/readme.py -->"
        body = "\n".join([mark, "", *lines, "", "<!-- end -->"])
        text, found = re.subn(f"{re.escape(mark)}.*?<!-- end -->", lambda _: body, text, flags=re.S)  # noqa: B023
        if found != 1:
            raise SystemExit(f"README.md: {found} places marked {mark}")
    return text


def answers() -> list[str]:
    """A table of the article's answers."""
    rows = {row["name"]: row for row in _read(PUBLISHED / "article.csv")}
    lines = ["| | effect, and where 90 % of the seeds lie | the model says |", "|---|---|---|"]
    for name, asked in ASKED.items():
        row = rows[name]
        mean, low, high = (_signed(float(row[key])) for key in ("mean", "low_5", "high_95"))
        measured = re.sub(r"^\w", lambda first: first[0].lower(), row["measured"])
        unit = "" if row["unit"] == "ratio" else f" {row['unit']}"
        lines.append(f"| {asked} | {measured} {mean}{unit} ({low} to {high}) | {row['answer']} |")
    return lines


def truth() -> list[str]:
    """How far off the model and its rivals are, and how many rows are missed."""
    total = next(row for row in _read(PUBLISHED / "truth" / "errors.csv") if row[""] == "all rows")
    rows = _read(PUBLISHED / "truth" / "rows.csv")
    missed = sum(row["missed"] == "True" for row in rows)
    lines = [f"| mean error of {total['rows']} rows of goods trade, in logs | |", "|---|---:|"]
    lines += [f"| {who} | {float(total[key]):.2f} |" for key, who in RIVALS.items()]
    lines += [
        f"| moves of 5 % whose sign is right | {100 * float(total['right']):.0f} % |",
        f"| rows missed: a quarter or more off, outside the band | {missed} of {len(rows)} |",
    ]
    return lines


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−").replace("+0.0", "0.0").replace("−0.0", "0.0")


if __name__ == "__main__":
    sys.exit(main())
