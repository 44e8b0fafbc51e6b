"""What a game says: equilibria, what cooperation is worth and what it would take, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from sim.game import form
from sim.game.form import Bargain, Mixed, Profile
from sim.game.play import Played
from sim.record.words import counted, signed

SURE = 2.0
"""Standard errors that a difference has to be away from nought."""
CLEAR = 0.9
"""Share of the draws that have to agree before something is said without 'in n of m draws'."""


@dataclass(frozen=True)
class Answer:
    """A played game, looked at. Payoffs are billion USD of the base year."""

    played: Played

    @cached_property
    def payoff(self) -> np.ndarray:
        """The game in expectation over draws and seeds."""
        return self.played.mean

    def luck(self, values: np.ndarray, runs: int) -> float:
        """How much the means of two profiles may differ by the luck of networks alone.

        What is left of `float64[draws, seeds, a_1, ..., a_n]` when draws, their networks and
        profiles have had their means: networks move payoffs, but not all by the same in every
        profile. Twice the standard error of a difference between means over `runs` runs; 0 of a
        single network, which cannot tell.
        """
        draws, seeds = values.shape[:2]
        if seeds == 1:
            return 0.0
        flat = values.reshape(draws, seeds, -1)
        rest = flat - flat.mean(axis=1, keepdims=True) - flat.mean(axis=2, keepdims=True)
        rest = rest + flat.mean(axis=(1, 2), keepdims=True)
        variance = (rest**2).sum() / (draws * (seeds - 1) * (flat.shape[2] - 1))
        return SURE * float(np.sqrt(2.0 * variance / runs))

    def slack(self, runs: int) -> np.ndarray:
        """The same for every player: `float64[players]`, bn USD."""
        every = np.moveaxis(self.played.payoffs, -1, 0)
        return np.array([self.luck(mine, runs) for mine in every])

    @cached_property
    def alike(self) -> np.ndarray:
        """Differences that nobody moves for, as the luck of networks may make them."""
        return self.slack(self.runs)

    @cached_property
    def alike_in_sum(self) -> float:
        """The same of all players together."""
        return self.luck(self.played.payoffs.sum(axis=-1), self.runs)

    @property
    def runs(self) -> int:
        """Draws x seeds."""
        return int(np.prod(self.played.payoffs.shape[:2]))

    @cached_property
    def equilibria(self) -> list[Profile]:
        """Pure equilibria of the game in expectation: nobody leaves for more than luck may make."""
        return form.pure_equilibria(self.payoff, self.alike)

    @cached_property
    def worlds(self) -> list[Profile]:
        """The equilibria that differ in what is done: one alone has no programme, and the like."""
        rules = self.played.rules
        seen: list[object] = []
        out = []
        for profile in self.equilibria:
            measures = rules.measures(profile)
            if measures not in seen:
                seen.append(measures)
                out.append(profile)
        return out

    @cached_property
    def games(self) -> np.ndarray:
        """The game as often as it was asked: under each draw, or of a single draw on each network.

        `float64[games, a_1, ..., a_n, players]`.
        """
        by_draw = self.played.by_draw
        return by_draw if len(by_draw) > 1 else self.played.payoffs[0]

    @cached_property
    def asked(self) -> str:
        """How often: '4 draws', '2 networks'."""
        n = len(self.played.by_draw)
        return f"{n} draws" if n > 1 else counted(len(self.games), "network")

    @cached_property
    def mixed(self) -> Mixed | None:
        """The logit equilibrium, where nobody has a sure answer; None if there is a pure one."""
        return None if self.equilibria else form.logit_equilibrium(self.payoff)

    @cached_property
    def outcome(self) -> Profile | None:
        """The pure equilibrium that brings the players most in sum; None if there is none."""
        if not self.equilibria:
            return None
        return form.best_of(self.payoff, self.equilibria, self.alike_in_sum)

    @cached_property
    def optimum(self) -> Profile:
        """What they would do if they decided as one."""
        best = form.joint_optimum(self.payoff, self.alike_in_sum)
        out = self.outcome
        if out is None or self.payoff[best].sum() - self.payoff[out].sum() > self.alike_in_sum:
            return best
        return out

    @cached_property
    def worth(self) -> np.ndarray:
        """What each coalition can secure, see `form.worth`; all together have their optimum."""
        value = form.worth(self.payoff)
        value[-1] = self.payoff[self.optimum].sum()
        return value

    @cached_property
    def core(self) -> np.ndarray | None:
        """A division that no coalition can better by more than luck, see `form.core`."""
        value = self.worth.copy()
        for members in range(1, len(value) - 1):
            inside = [i for i in range(self.payoff.shape[-1]) if members >> i & 1]
            value[members] -= self.luck(self.played.payoffs[..., inside].sum(axis=-1), self.runs)
        return form.core(value)

    def bargain(self, profile: Profile) -> Bargain:
        """What it takes that nobody leaves a profile; what luck may make tempts nobody."""
        took = form.bargain(self.payoff, profile)
        return Bargain(np.where(took.temptation > self.alike, took.temptation, 0.0), took.spare)

    @cached_property
    def often(self) -> np.ndarray:
        """In which share of the draws (of one: of the networks) profiles are equilibria."""
        slack = self.slack(self.runs // len(self.games))
        return np.asarray(
            np.mean([(form.regret(game) <= slack).all(axis=-1) for game in self.games], axis=0)
        )

    def table(self) -> pd.DataFrame:
        """Every profile: what each plays and gets, who would leave it, how often it holds."""
        rules = self.played.rules
        temptation = form.regret(self.payoff)
        rows = []
        for profile in form.profiles(self.payoff):
            row: dict[str, object] = dict(
                zip((p.name for p in rules.players), rules.played(profile), strict=True)
            )
            for i, player in enumerate(rules.players):
                row[f"payoff_{player.name}"] = self.payoff[(*profile, i)]
                row[f"temptation_{player.name}"] = temptation[(*profile, i)]
            row["sum"] = self.payoff[profile].sum()
            row["equilibrium"] = bool((temptation[profile] <= self.alike).all())
            row["share_of_draws"] = float(self.often[profile])
            rows.append(row)
        return pd.DataFrame(rows)

    def shares(self) -> pd.DataFrame:
        """A row a player: equilibrium, optimum, what it gives up, payments, Shapley and core.

        gain: over the profile where all play their first strategy. luck: see `alike`. Shapley and
        core are left out where there is nothing to share.
        """
        rules = self.played.rules
        first = (0,) * len(rules.players)
        start, best = self.payoff[first], self.payoff[self.optimum]
        took = self.bargain(self.optimum)
        none = np.full(len(start), np.nan)
        shared = self.optimum != first
        columns = {
            "player": [p.name for p in rules.players],
            "gain_equilibrium": none if self.outcome is None else self.payoff[self.outcome] - start,
            "gain_optimum": best - start,
            "temptation": took.temptation,
            "spare": took.spare,
            "shapley": form.shapley(self.worth) - start if shared else none,
            "core": self.core - start if shared and self.core is not None else none,
            "luck": self.alike if rules.seeds > 1 else none,
        }
        return pd.DataFrame(columns)

    def words(self) -> list[str]:
        """The answer, a sentence a line."""
        rules = self.played.rules
        out = [rules.about, *self._dominance()]
        if self.outcome is not None:
            out.append(
                f"Left to themselves: {rules.words(self.outcome)}{self._often(self.outcome)}."
            )
            if len(self.worlds) > 1:
                out.append(f"It is one of {len(self.worlds)} equilibria, the best in sum.")
        elif self.mixed is not None:
            parts = [
                f"{p.name} " + ", ".join(
                    f"{name} {100.0 * share:.0f} %"
                    for name, share in zip(rules.options(p), chances, strict=True)
                    if share >= 0.005
                )
                for p, chances in zip(rules.players, self.mixed.chances, strict=True)
            ]  # fmt: skip
            out.append(
                "Nobody has a sure answer; in the mixed equilibrium: " + "; ".join(parts) + "."
            )
        else:
            out.append("No equilibrium was found, pure or mixed.")
        if self.optimum == self.outcome:
            told = " that could be told from luck" if self.alike_in_sum else ""
            out.append(f"Together they could do no better{told}.")
        else:
            out += self._together()
        if rules.seeds == 1:
            out.append("One network: small differences may be its luck (seeds=N).")
        if len(rules.draws) == 1:
            out.append(
                "One set of parameters: what others would make of it is not asked (draws=N)."
            )
        return out

    def _dominance(self) -> list[str]:
        """Who never plays what: those alike in one sentence, with what it would cost them."""
        rules = self.played.rules
        alike: dict[str, list[str]] = {}
        for i, lost, by in form.dominated(self.payoff, self.alike):
            player = rules.players[i]
            names = rules.options(player)
            mine = np.moveaxis(self.payoff[..., i], i, 0)
            more = mine[by] - mine[lost]
            told = f"'{names[by]}' is better than '{names[lost]}' "
            if (more > 0.0).all():
                told += "whatever the others do"
                who = f"{player.name} ({_range(float(more.min()), float(more.max()))})"
            else:
                told += "once nobody plays what is never good for them"
                who = player.name
            alike.setdefault(told, []).append(who)
        return [f"{told}, for {', '.join(who)}." for told, who in alike.items()]

    def _often(self, profile: Profile) -> str:
        """In how many of the games asked it holds, unless in nearly all or there is but one."""
        share = float(self.often[profile])
        if len(self.games) == 1 or share >= CLEAR:
            return ""
        return f" (an equilibrium in {100.0 * share:.0f} % of {self.asked})"

    def _together(self) -> list[str]:
        rules, best = self.played.rules, self.payoff[self.optimum]
        out = [f"Best for all in sum: {rules.words(self.optimum)}{self._often(self.optimum)}."]
        if self.outcome is not None:
            more = best - self.payoff[self.outcome]
            out.append(
                f"In sum it brings {money(float(more.sum()))} more; of that {self._each(more)}."
            )
        took = self.bargain(self.optimum)
        if took.temptation.any():
            asked = self._each(took.temptation, lambda t: t > 0.0)
            out.append(f"To stay with it, each would have to be paid at least: {asked}.")
            verb = "can" if took.covered else "cannot"
            out.append(
                f"Those who gain by staying could spare {money(took.spare.sum())}, so they {verb} "
                "pay that."
            )
        if self.core is None:
            out.append("The core is empty: however the gain is shared, some coalition does better.")
        return out

    def _each(self, amounts: np.ndarray, told: Callable[[float], bool] = bool) -> str:
        players = zip(self.played.rules.players, amounts, strict=True)
        return ", ".join(f"{p.name} {money(float(x))}" for p, x in players if told(x))


def money(billions: float) -> str:
    """Billion USD, or million where that reads better."""
    if abs(billions) >= 1.0:
        return f"{signed(billions, 1).lstrip('+')} bn USD"
    digits = 0 if abs(billions) >= 0.01 else 2
    return f"{signed(1000.0 * billions, digits).lstrip('+')} M USD"


def _range(low: float, high: float) -> str:
    one, other = money(low), money(high)
    if one == other:
        return f"by {one}"
    unit = one.split(" ", 1)[1]
    return f"by {one.removesuffix(unit).strip() if other.endswith(unit) else one} to {other}"
