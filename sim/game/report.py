"""Play a game and write what it says: words, tables, a figure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.game.answer import Answer
from sim.game.page import page
from sim.game.play import play
from sim.game.rules import read_rules
from sim.prepared import tables
from sim.progress import bar
from sim.record.manifest import model_version
from sim.record.store import disk_trouble, replacing
from sim.record.words import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def run_game(arguments: Sequence[str]) -> str:
    """`python -m sim.game`: the answer in words, and where the tables are."""
    rules = read_rules(arguments)
    with bar(rules.name, rules.base.output.progress, unit="runs") as tell:
        answer = Answer(play(rules, tell))
    folder, words = answer.played.folder, answer.words()
    about = {
        "game": rules.name,
        "about": rules.about,
        "players": [p.name for p in rules.players],
        "draws": len(rules.draws),
        "seeds": rules.seeds,
        "unit": "bn USD of the base year, discounted",
        "discount": rules.discount,
        "months": rules.base.months,
        "firms": rules.base.firms.count,
        "model": model_version(),
        "data_digest": tables(rules.base).source_digest,
    }
    texts = {
        "answer.txt": "\n".join(words) + "\n",
        "game.md": page(answer),
        "profiles.csv": answer.table().to_csv(index=False, float_format="%.10g"),
        "shares.csv": answer.shares().to_csv(index=False, float_format="%.10g"),
        "game.json": json.dumps(about, indent=2, ensure_ascii=False) + "\n",
    }
    with disk_trouble(folder):
        for name, text in texts.items():
            with replacing(folder / name) as path:
                path.write_text(text, encoding="utf-8")
        if rules.base.output.figures is not False:
            from sim.plots.style import save

            with replacing(folder / "game.png") as path:
                save(picture(answer), path)
    played = answer.played
    games = counted(len(rules.draws) * rules.seeds, "game")
    runs = (
        f"{counted(played.by_draw[0, ..., 0].size, 'combination')} in {games}: "
        f"{counted(played.runs, 'run')}, {played.new:,} of them new"
    )
    return "\n".join([*words, f"{runs}: {folder}"])


def picture(answer: Answer) -> Figure:
    """Who gains what when each decides alone and when all decide as one, drawn."""
    from sim.plots.game import bargained

    rules = answer.played.rules
    start = (0,) * len(rules.players)
    profiles = [p for p in (answer.outcome, answer.optimum) if p is not None and p != start]
    return bargained(
        [p.name for p in rules.players],
        {
            rules.words(p): np.stack([game[p] - game[start] for game in answer.games])
            for p in dict.fromkeys(profiles)
        },
        answer.bargain(answer.optimum).temptation,
        rules.about,
        rules.words(start),
        rules.base.source(
            f"{rules.base.span}, {counted(len(rules.draws), 'draw')} x "
            f"{counted(rules.seeds, 'seed')}"
        ),
    )  # fmt: skip
