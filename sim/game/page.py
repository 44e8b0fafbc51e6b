"""A game's answer as a page to read: words, what each gains, what each would do."""

from __future__ import annotations

import math

import numpy as np

from sim.game.answer import Answer
from sim.record.words import counted, markdown, signed


def page(answer: Answer) -> str:
    """Markdown: the answer in words, a row a player, and each strategy against the others'."""
    played = answer.played
    rules = played.rules
    games = f"{counted(len(rules.draws), 'draw')} x {counted(rules.seeds, 'seed')}"
    about, *words = answer.words()
    unit, scale = _unit(answer)
    lines = [
        f"# {about}",
        "",
        f"{played.by_draw[0, ..., 0].size} combinations, {games}, "
        f"{rules.base.firms.count:,} firms, {rules.base.span}. Payoffs: what households and "
        "governments consume more than in the base year, at its prices, discounted at "
        f"{100.0 * rules.discount:g} % a year.",
        "",
        *(f"- {line}" for line in words),
        "",
        "## What each gains",
        "",
        *_gains(answer, unit, scale),
        "",
        "## What each would do",
        "",
        f"Gain over its first strategy, {unit}, when all others play their first one and when "
        "they play what is best for all together; and in how many combinations of what the others "
        "do it is the best.",
        "",
        *_replies(answer, scale),
    ]
    return "\n".join(lines) + "\n"


def _gains(answer: Answer, unit: str, scale: float) -> list[str]:
    start = answer.played.rules.words((0,) * len(answer.played.rules.players))
    shares = answer.shares()
    names = {
        "gain_equilibrium": "left to themselves",
        "gain_optimum": "best for all",
        "temptation": "to be paid to stay",
        "spare": "could pay",
        "shapley": "Shapley",
        "core": "core",
        "luck": "luck",
    }
    rows = [
        [str(row["player"]), *(_number(scale * row[key]) for key in names)]
        for row in shares.to_dict("records")
    ]
    sums = {key: float(shares[key].sum(skipna=False)) for key in names}
    if answer.played.rules.seeds > 1:
        sums["luck"] = answer.alike_in_sum
    total = ["sum", *(_number(scale * value) for value in sums.values())]
    return [
        f"{unit[0].upper()}{unit[1:]} against “{start}”. Shapley and core: two ways to share what "
        "is best for all, what each would have after payments; no core where some coalition "
        "always does better. Luck: what two networks may make of nothing; who would gain no more "
        "by something else stays.",
        "",
        *markdown(["player", *names.values()], [*rows, total]),
    ]


def _replies(answer: Answer, scale: float) -> list[str]:
    rules, payoff = answer.played.rules, answer.payoff
    first, best = (0,) * len(rules.players), answer.optimum
    rows = []
    for i, player in enumerate(rules.players):
        mine = np.moveaxis(payoff[..., i], i, 0)
        wins = (mine >= mine.max(axis=0)).reshape(len(mine), -1).mean(axis=1)
        for k, name in enumerate(rules.options(player)):
            told = []
            for others in (first, best):
                rest = others[:i] + others[i + 1 :]
                told.append(_number(scale * (mine[(k, *rest)] - mine[(0, *rest)])))
            rows.append([player.name, name, *told, f"{100.0 * wins[k]:.0f} %"])
    head = ["player", "strategy", "others play their first", "others play the best for all"]
    return markdown([*head, "best reply"], rows)


def _unit(answer: Answer) -> tuple[str, float]:
    """What amounts are told in, and how many of it make a billion."""
    most = float(np.abs(answer.payoff - answer.payoff[(0,) * len(answer.payoff.shape[:-1])]).max())
    return ("billion USD", 1.0) if most >= 1.0 else ("million USD", 1000.0)


def _number(value: float) -> str:
    """With two figures that count; a dash for what there is not."""
    if math.isnan(value):
        return "–"
    if value == 0.0:
        return "0"
    digits = max(0, 1 - math.floor(math.log10(abs(value))))
    return signed(value, min(digits, 4))
