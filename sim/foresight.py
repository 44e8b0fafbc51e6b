"""Foresight: a country tries its options on branches of the model and takes a better one.

At stated dates every deciding country looks some months ahead for each of its options, the others
held to their present course, and compares what its households and governments would consume. It
moves when the gain exceeds a threshold. How far it sees, what it may do, how it errs and whether it
knows what has been announced are numbers of `decisions`; what it expected and what came of it is
kept. A branch leaves no trace in the run that it was tried on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.axes import Month
from sim.baseline.balance import Baseline
from sim.errors import InputError, blaming, unknown
from sim.levers import LEVERS
from sim.policies.measure import Measure
from sim.policies.path import LeverPath
from sim.policies.policy import checked
from sim.policies.scenario import compile_scenario
from sim.policies.strategies import Choices, read_choices
from sim.record import indicators
from sim.record.panel import Panel
from sim.settings import Decisions
from sim.state import State
from sim.streams import Stream, generator

if TYPE_CHECKING:
    from sim.model import UnionModel

Contribution = dict[str, np.ndarray]


@dataclass(frozen=True)
class Thought:
    """What a country expected of one option, and whether it took it.

    month: counted from the start. payoff: expected, mean share of its base consumption by which
    it consumes more than at base, less what pressure costs it. taken: it is its course from now.
    """

    month: int
    country: str
    option: str
    payoff: float
    taken: bool


class Foresight:
    """The options of a run's countries, the levers that follow from choices, and the deciding.

    Raises InputError for options that do not fit the tables.
    """

    def __init__(self, decisions: Decisions, baseline: Baseline, start: Month) -> None:
        self.rules, self.baseline, self.start = decisions.rules, baseline, start
        self.choices: Choices = read_choices(decisions.players, decisions.strategies)
        self.options = [self.choices.of(player) for player in self.choices.players]
        self.rows = [self._row(player.name) for player in self.choices.players]
        self.first = Month.parse(self.rules.first, "decisions.first") - start
        self._paths: dict[tuple[int, ...], LeverPath] = {}
        if self.active:  # every option is held against the tables before the first month
            for k in range(max(map(len, self.options))):
                played = np.array([min(k, len(own) - 1) for own in self.options])
                self._path(played, np.zeros_like(played))

    def _row(self, name: str) -> int:
        """The country of a player: here each decides for itself."""
        axes = self.baseline.axes
        if name not in axes.regions:
            raise unknown("deciding country", name, axes.regions)
        return axes.region(name)

    @property
    def active(self) -> bool:
        """Whether anybody decides by what would come of it."""
        return bool(self.rows)

    def due(self, clock: int) -> bool:
        """Whether the countries decide this month."""
        return self.active and clock >= self.first and (clock - self.first) % self.rules.every == 0

    def levers(self, state: State, clock: int) -> Contribution:
        """What the present choices move this month, by lever; nothing for their first options."""
        if not self.active:
            return {}
        month = self._path(state.choice, state.since).at(clock)
        return {
            lever.name: values
            for lever in LEVERS
            if ((values := getattr(month, lever.name)) != lever.neutral).any()
        }

    def _path(self, choice: np.ndarray, since: np.ndarray) -> LeverPath:
        """The lever path of choices, each in force since the month in which it was taken."""
        key = (*map(int, choice), *map(int, since))
        if key not in self._paths:
            played = [own[k] for own, k in zip(self.options, choice, strict=True)]
            measures = []
            began = {p.name: int(t) for p, t in zip(self.choices.players, since, strict=True)}
            for name, who, given in self.choices.who_adds(played):
                first = self.start + max((began[p.name] for p in who if p.name in began), default=0)
                with blaming("decisions"):
                    if "start" in given or "end" in given:
                        raise InputError(f"measure '{name}' has dates; countries choose when")
                    told = {**given, "start": f"{first}-01"}
                    measures.append(checked(Measure.from_dict(name, told)))
            self._paths[key] = compile_scenario(measures, self.baseline, self.start, 0)
        return self._paths[key]

    def decide(self, model: UnionModel) -> list[Thought]:
        """All countries look ahead from here and choose at once; returns what each thought."""
        choice, since = model.state.choice, model.state.since
        chance = generator(model.settings.seed, Stream.DECISIONS, model.clock)
        begun, course = model.clock, self._ahead(model)
        thoughts, taken = [], choice.copy()
        for i, (player, own) in enumerate(zip(self.choices.players, self.options, strict=True)):
            seen = [course if k == choice[i] else self._ahead(model, i, k) for k in range(len(own))]
            expected = np.array([self.payoff(b.panel, i, begun, b.clock) for b in seen])
            expected = expected + self.rules.error * (chance.random((2, len(own))).sum(axis=0) - 1)
            best = int(expected.argmax())
            if expected[best] - expected[choice[i]] > self.rules.threshold:
                taken[i] = best
            thoughts += [
                Thought(model.clock, player.name, name, float(expected[k]), bool(k == taken[i]))
                for k, name in enumerate(own)
            ]
        since[taken != choice] = model.clock
        choice[:] = taken
        return thoughts

    def _ahead(self, model: UnionModel, i: int | None = None, option: int = 0) -> UnionModel:
        """A branch that has seen the horizon, with another option of one country or of none.

        It looks no further than the run goes. The course that all keep is the same for all who
        ask, so it is looked at once.
        """
        rules, begun = self.rules, model.clock
        branch = model.branch()
        branch.deciding = False
        if not rules.announced:
            branch.path = model.path.known_at(begun)
        if i is not None:
            branch.state.choice[i], branch.state.since[i] = option, begun
        for _ in range(min(rules.horizon, model.settings.months - begun)):
            branch.step()
        return branch

    def payoff(self, panel: Panel, i: int, first: int, after: int) -> float:
        """What a country gets in the months from `first` to before `after`, mean share a month.

        Consumption of households and government over that of the base year, less the weight on
        pressure that is not met, discounted to the first month.
        """
        row = self.rows[i]
        path, base = indicators.consumption(panel)
        gain = path[first:after, row] / base[row] - 1.0
        pressed = panel.values("transit", "pressure")[first:after, row]
        met = panel.values("transit", "compliance")[first:after, row]
        gain = gain - self.rules.pressure * pressed * (1.0 - met)
        weight = indicators.discounting(self.rules.discount, len(gain))
        return float((weight * gain).sum() / weight.sum())

    def news(self, thoughts: Sequence[Thought], month: int) -> bool:
        """Whether something was thought this month, or what was can be judged after it."""
        judged = month + 1 - self.rules.horizon
        return any(t.month in (month, judged) for t in thoughts)

    def told(self, thoughts: Sequence[Thought], panel: Panel) -> list[dict[str, Any]]:
        """What was thought, a row an option, and what came of those that were taken."""
        out = []
        names = [player.name for player in self.choices.players]
        for t in thoughts:
            after = t.month + self.rules.horizon
            over = t.taken and after <= panel.written
            came = self.payoff(panel, names.index(t.country), t.month, after) if over else None
            out.append({**vars(t), "month": str(self.start + t.month), "came": came})
        return out
