# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 08 Would each member choose it?
#
# So far somebody laid down what countries do. Here they choose. A *game* runs the model once for
# every combination of choices and asks what each would rather do, given what the others do.
# *Foresight* lets countries choose inside a run: each tries its options on branches of the model.
#
# The question is that of the hubs: goods that are barred from Russia go through Armenia,
# Kazakhstan and Kyrgyzstan, and they earn by it. The senders may press those who let them through.

# %%
import os

import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import Markdown

import sim
from sim.game.answer import Answer
from sim.game.page import page
from sim.game.play import play
from sim.game.report import picture
from sim.game.rules import read_rules
from sim.plots.style import COLOURS, QUIET, look
from sim.record.indicators import consumption

FIRMS = min(1500, int(os.environ.get("SIM_FIRMS", "1500")))
MONTHS = max(14, int(os.environ.get("SIM_MONTHS", "36")))
SEEDS = 1 if MONTHS < 36 else 2

# %% [markdown]
# ## The rules
# Players, strategies and what each strategy does to the world: `conf/game/compliance.yaml`.

# %%
rules = read_rules(
    [
        "experiment=compliance",
        f"firms.count={FIRMS}",
        f"months={MONTHS}",
        f"seeds={SEEDS}",
        "name=hubs",
        "output.jobs=1",
    ]
)
pd.Series({p.name: " / ".join(rules.options(p)) for p in rules.players}, name="may play").to_frame()

# %% [markdown]
# Sixteen combinations; what comes to the same is run once, and what is finished is kept.

# %%
answer = Answer(play(rules))
table = answer.table()
table[[p.name for p in rules.players] + ["payoff_KAZ", "temptation_KAZ", "equilibrium"]].round(2)

# %% [markdown]
# ## The answer

# %%
Markdown(page(answer).replace("# ", "### "))

# %%
picture(answer)

# %% [markdown]
# Side payments, Shapley shares and the core take the sum of the players' payoffs as what can be
# shared. Who thinks that the senders' wish to harm Russia cannot be paid for leaves out the last
# columns, and still has the equilibria.

# %% [markdown]
# ## When does it pay?
# An equilibrium hangs on how far the players look. Research costs now and brings later: what
# Kazakhstan consumes more or less, added up, when it builds technology of its own.

# %%
LONG = MONTHS if MONTHS < 36 else 108
size = (f"firms.count={FIRMS}", f"months={LONG}")
OWN = "{policy: research, by: [KAZ], start: 2023-02-01, amount_musd_month: 19}"
panels = [
    sim.simulate(sim.load("scenario=eu_2022", *size, *more))
    for more in ((), (f"scenario.measures.own={OWN}",))
]
kaz = panels[0].axes.region("KAZ")
without, built = (consumption(panel)[0][:, kaz] / 1000 for panel in panels)
gained = pd.Series(
    (built - without).cumsum(), index=pd.period_range("2022-01", periods=LONG, freq="M")
)

with look():
    figure, plot = plt.subplots(figsize=(8, 3.2), layout="constrained")
    plot.plot(gained.index.to_timestamp(), gained, color=COLOURS[0])
    plot.axhline(0, color=QUIET, lw=1)
    plot.set_ylabel("bn USD since January 2022")
    pays = gained[gained > 0].index.min() if gained.iloc[-1] > 0 else None
    when = "has not paid for itself yet" if pays is None else f"has paid for itself by {pays}"
    plot.set_title(f"Kazakhstan's own research {when}", loc="left")

# %% [markdown]
# ## Foresight
# Options may be taken inside a run, too: every twelve months each member tries them on branches of
# the model, the others held to their present course, and takes a better one if there is one.

# %%
HORIZON = min(24, MONTHS - 13)
chosen = sim.simulate(
    sim.load(
        "scenario=eu_2022", "decisions=almaty", f"decisions.horizon={HORIZON}",
        f"firms.count={FIRMS}", f"months={MONTHS}",
    )
)  # fmt: skip
thoughts = pd.DataFrame(chosen.decisions)
expected = thoughts.pivot_table(index=["month", "country"], columns="option", values="payoff")
print("% of base consumption against doing nothing, as expected over the horizon")
(100 * expected.sub(expected["none"], axis=0)).round(3)

# %%
thoughts[thoughts["taken"]].pivot(index="month", columns="country", values="option")

# %% [markdown]
# With a horizon of two years nobody waits for what pays after five. `decisions.horizon=84` looks to
# 2030. Rules and their numbers: `conf/decisions`; another game: `conf/game`.
