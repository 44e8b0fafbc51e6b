"""What a game says: equilibria, what cooperation is worth and what it would take, in words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from sim.game import form
from sim.game.form import Bargain, Mixed, Profile
from sim.game.play import Played

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

    @cached_property
    def equilibria(self) -> list[Profile]:
        """Pure equilibria of the game in expectation."""
        return form.pure_equilibria(self.payoff)

    @cached_property
    def mixed(self) -> Mixed | None:
        """The logit equilibrium, where nobody has a sure answer; None if there is a pure one."""
        return None if self.equilibria else form.logit_equilibrium(self.payoff)

    @cached_property
    def outcome(self) -> Profile | None:
        """The pure equilibrium that brings the players most in sum; None if there is none."""
        if not self.equilibria:
            return None
        return max(self.equilibria, key=lambda p: float(self.payoff[p].sum()))

    @cached_property
    def optimum(self) -> Profile:
        """What they would do if they decided as one."""
        return form.joint_optimum(self.payoff)

    @cached_property
    def worth(self) -> np.ndarray:
        """What each coalition can secure, see `form.worth`."""
        return form.worth(self.payoff)

    def bargain(self, profile: Profile) -> Bargain:
        """What it takes that nobody leaves a profile."""
        return form.bargain(self.payoff, profile)

    def frequency(self, profile: Profile) -> float:
        """In which share of the draws a profile is an equilibrium."""
        games = self.played.by_draw
        return float(np.mean([profile in form.pure_equilibria(game) for game in games]))

    def table(self) -> pd.DataFrame:
        """Every profile: what each plays and gets, who would leave it, how often it holds."""
        rules = self.played.rules
        temptation = form.regret(self.payoff)
        often = np.mean(
            [(form.regret(game) <= 0.0).all(axis=-1) for game in self.played.by_draw], axis=0
        )
        rows = []
        for profile in form.profiles(self.payoff):
            row: dict[str, object] = dict(
                zip((p.name for p in rules.players), rules.played(profile), strict=True)
            )
            for i, player in enumerate(rules.players):
                row[f"payoff_{player.name}"] = self.payoff[(*profile, i)]
                row[f"temptation_{player.name}"] = temptation[(*profile, i)]
            row["sum"] = self.payoff[profile].sum()
            row["equilibrium"] = bool((temptation[profile] <= 0.0).all())
            row["share_of_draws"] = float(often[profile])
            rows.append(row)
        return pd.DataFrame(rows)

    def shares(self) -> pd.DataFrame:
        """A row a player: equilibrium, optimum, what it gives up, payments, Shapley and core.

        gain: over the profile where all play their first strategy.
        """
        rules = self.played.rules
        start = self.payoff[(0,) * len(rules.players)]
        best = self.payoff[self.optimum]
        took = self.bargain(self.optimum)
        core = form.core(self.worth)
        columns = {
            "player": [p.name for p in rules.players],
            "gain_equilibrium": (np.nan if self.outcome is None else self.payoff[self.outcome])
            - start,
            "gain_optimum": best - start,
            "temptation": took.temptation,
            "spare": took.spare,
            "shapley": form.shapley(self.worth) - start,
            "core": np.nan if core is None else core - start,
        }
        return pd.DataFrame(columns)

    def words(self) -> list[str]:
        """The answer, a sentence a line."""
        rules, n = self.played.rules, len(self.played.rules.draws)
        out = [rules.about]
        for i, lost, by in form.dominated(self.payoff):
            player = rules.players[i]
            names = rules.options(player)
            out.append(
                f"{player.name} never plays '{names[lost]}': '{names[by]}' is always better."
            )
        if self.outcome is not None:
            out.append(
                f"Left to themselves: {rules.words(self.outcome)}{self._often(self.outcome)}."
            )
            if len(self.equilibria) > 1:
                out.append(f"It is one of {len(self.equilibria)} equilibria, the best in sum.")
        elif self.mixed is not None:
            parts = [
                f"{p.name} " + ", ".join(
                    f"{name} {share:.0%}"
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
            out.append("Together they could do no better.")
        else:
            out += self._together()
        if n == 1:
            out.append("One set of parameters: how sure this is has not been asked (draws=N).")
        return out

    def _often(self, profile: Profile) -> str:
        n = len(self.played.rules.draws)
        share = self.frequency(profile)
        return "" if n == 1 or share >= CLEAR else f" (an equilibrium in {share:.0%} of {n} draws)"

    def _together(self) -> list[str]:
        rules = self.played.rules
        out = [f"Best for all in sum: {rules.words(self.optimum)}{self._often(self.optimum)}."]
        if self.outcome is not None:
            gap = self.payoff[self.optimum].sum() - self.payoff[self.outcome].sum()
            out.append(f"Deciding alone gives up {_money(gap)} of it.")
        took = self.bargain(self.optimum)
        asked = [
            f"{p.name} {_money(t)}"
            for p, t in zip(rules.players, took.temptation, strict=True)
            if t > 0.0
        ]
        if asked:
            out.append("To stay, each would have to be paid at least: " + ", ".join(asked) + ".")
            verb = "can" if took.covered else "cannot"
            out.append(
                f"Those who gain could spare {_money(took.spare.sum())}, so they {verb} pay that."
            )
        if form.core(self.worth) is None:
            out.append("The core is empty: however the gain is shared, some coalition does better.")
        return out


def _money(billions: float) -> str:
    """Billion USD, or million where that reads better."""
    if abs(billions) >= 1.0:
        return f"{billions:.1f} bn USD"
    return f"{1000.0 * billions:.0f} M USD"
