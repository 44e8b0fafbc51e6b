"""What a game's file means, and how it is played, killed and gone on with."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.game.answer import Answer, money
from sim.game.page import page
from sim.game.play import JOURNAL, Played, play
from sim.game.rules import games, read_rules

CARES = """
runs: [baseline=toy, firms.count=27, months=2]
players:
  NOR: {money: 0.05}
  SUD: {money: 0.03}
  WLD: {cares: {NOR: -0.5}}
  everybody: {regions: [NOR, SUD, WLD]}
strategies:
  none: {of: [NOR, SUD]}
  join:
    of: [NOR, SUD]
    alone: own
    together:
      programme: {policy: joint_programme, by: $players, hosts: $players, amount_musd_month: $money}
  own:
    of: [NOR]
    each: {own_$player: {policy: research, by: [$player], amount_musd_month: $money}}
  wait: {of: WLD}
  bar:
    of: WLD
    upon:
      join: {bars_$player: {policy: tariff, by: $regions, "on": [WLD], rate: 0.1}}
"""


@pytest.fixture
def rules(tmp_path):
    """Reads a game from text: `rules(text, "draws=2")`."""

    def read(text=CARES, *more):
        (tmp_path / "game").mkdir(exist_ok=True)
        (tmp_path / "game" / "mine.yaml").write_text(text, encoding="utf-8")
        return read_rules(
            ["experiment=mine", f"output.folder={tmp_path / 'results'}", "output.progress=false",
             "output.jobs=1", f"--config-dir={tmp_path}", *more]
        )  # fmt: skip

    return read


def test_those_who_do_something_together_do_it_once_and_add_up(rules):
    game = rules()
    assert [game.options(p) for p in game.players] == [
        ["none", "join", "own"], ["none", "join"], ["wait", "bar"],
    ]  # fmt: skip
    (programme,) = game.measures((1, 1, 0)).values()
    assert programme["by"] == programme["hosts"] == ["NOR", "SUD"]
    assert programme["amount_musd_month"] == pytest.approx(0.08)


def test_one_alone_has_no_programme_and_meets_are_answered_one_by_one(rules):
    game = rules()
    assert set(game.measures((1, 0, 0))) == {"own_NOR"}
    assert set(game.measures((1, 1, 1))) == {"programme", "bars_NOR", "bars_SUD"}
    assert game.measures((0, 0, 1)) == {}


def test_payoffs_count_regions_and_what_is_cared_for(rules):
    game = rules()
    assert [w.name for w in game.choices.watchers] == ["everybody"]
    played = play(game)
    assert played.payoffs.shape == (1, 1, 3, 2, 2, 3)
    pays = played.mean
    assert abs(pays[0, 0, 0]).max() < 1e-9  # nobody does anything: rest
    assert pays[2, 0, 0, 0] != 0.0  # research of its own moves its consumption


def test_a_cut_journal_is_gone_on_with_and_ends_the_same(rules):
    game = rules()
    whole = play(game)
    path = whole.folder / JOURNAL
    text = path.read_bytes()
    lines = text.splitlines(keepends=True)
    assert len(lines) == whole.runs
    path.write_bytes(b"".join(lines[:2]) + lines[2][:9])  # killed while writing
    again = play(game)
    assert again.new == whole.runs - 2
    assert np.array_equal(again.payoffs, whole.payoffs)
    assert path.read_bytes().splitlines()[:2] == text.splitlines()[:2]
    assert play(game).new == 0


def test_what_comes_to_the_same_is_run_once(rules):
    """Nobody barred, one alone in a programme: six worlds behind twelve combinations."""
    played = play(rules())
    assert played.runs == 6
    pays = played.mean
    assert np.array_equal(pays[1, 0], pays[2, 0])  # join alone is own
    assert np.array_equal(pays[0, :, 0], pays[0, :, 1])  # who meets nobody bars nobody
    assert not np.array_equal(pays[1, 1, 0], pays[1, 1, 1])


def test_more_seeds_later_add_to_what_is_there(rules):
    one = play(rules())
    more = play(rules(CARES, "seeds=2"))
    assert more.new == one.runs
    assert np.array_equal(more.payoffs[:, :1], one.payoffs)
    assert more.payoffs.shape[1] == 2


def test_a_damaged_journal_is_one_line(rules):
    game = rules()
    path = play(game).folder / JOURNAL
    path.write_text('{"run": "x"}\n')
    with pytest.raises(InputError, match=r"line 1.*remove it to start afresh"):
        play(game)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("alone: own", "alone: onw", "unknown strategy 'onw'; did you mean 'own'"),
        ("cares: {NOR: -0.5}", "cares: {NOX: 1}", "unknown player 'NOX'; did you mean 'NOR'"),
        ("money: 0.05", "money: much", "player 'NOR': money = 'much' is not a number"),
        ("by: $players", "by: $payers", "unknown word '.payers'; did you mean '.players'"),
        ("of: WLD\n    upon", "of: XXX\n    upon", "unknown player 'XXX'"),
        ("    each:", "    eech:", "unknown key 'eech'; did you mean 'each'"),
        ("months=2]", "months=2]\ndiscount: 2", "discount = 2 is outside"),
        ("policy: tariff", "policy: tarif", "unknown policy .*'tarif'; did you mean 'tariff'"),
    ],
)
def test_what_is_wrong_with_a_game_is_said_before_anything_is_run(rules, tmp_path, old, new, told):
    assert old in CARES
    with pytest.raises(InputError, match=told):
        game = rules(CARES.replace(old, new))
        for profile in np.ndindex(*game.shape):
            game.measures(profile)
        game.check()
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("name", sorted(games()))
def test_every_shipped_game_fits_its_tables(name):
    game = read_rules([f"experiment={name}"])
    game.check()
    assert game.about.endswith("?")


def test_the_answer_is_in_words_a_table_and_shares(rules):
    answer = Answer(play(rules()))
    table = answer.table()
    assert len(table) == 12
    assert table["equilibrium"].sum() == len(answer.equilibria)
    shares = answer.shares()
    assert shares["shapley"].sum() == pytest.approx(shares["gain_optimum"].sum())
    assert answer.words()[-1].startswith("One set of parameters")


def test_the_page_has_a_row_a_player_and_one_a_strategy(rules):
    answer = Answer(play(rules()))
    text = page(answer)
    assert text.startswith(f"# {answer.played.rules.about}\n")
    gains, replies = (part.splitlines() for part in text.split("## ")[1:])
    assert [line.split(" | ")[0] for line in gains if line.startswith("| ")] == [
        "| player", "| NOR", "| SUD", "| WLD", "| sum",
    ]  # fmt: skip
    assert sum(line.startswith("| ") for line in replies) == 1 + 3 + 2 + 2
    assert "nan" not in text


def test_who_is_alone_in_a_programme_makes_no_second_equilibrium(rules):
    """NOR's own research and NOR alone in the programme are one world, said once."""
    answer = Answer(play(rules()))
    told = [answer.played.rules.measures(p) for p in answer.worlds]
    assert len(answer.worlds) <= len(answer.equilibria)
    assert all(told.count(world) == 1 for world in told)


@pytest.mark.parametrize(
    ("billions", "told"),
    [(1.23, "1.2 bn USD"), (-12.0, "\u221212.0 bn USD"), (0.0123, "12 M USD"),
     (-0.5, "\u2212500 M USD"), (1e-5, "0.01 M USD"), (0.0, "0.00 M USD")],
)  # fmt: skip
def test_amounts_are_told_in_what_reads_best(billions, told):
    assert money(billions) == told


def test_luck_is_what_networks_move_and_not_by_the_same_in_every_profile(rules):
    """A shift of a whole network is none; noise of sd 1 on 4 networks: 2 sqrt(2 / 4)."""
    game = rules()
    chance = np.random.default_rng(1)
    shape = (1, 4, *game.shape, len(game.players))
    shifts = np.broadcast_to(chance.normal(size=(1, 4, 1, 1, 1, 3)), shape)
    noisy = Played(game, shifts + chance.normal(size=shape), Path(), 0, 0)
    assert Answer(replace(noisy, payoffs=shifts)).alike == pytest.approx(np.zeros(3), abs=1e-12)
    assert Answer(noisy).alike == pytest.approx(np.full(3, 2.0 * np.sqrt(0.5)), rel=0.3)
    assert Answer(noisy).alike_in_sum == pytest.approx(np.sqrt(6.0), rel=0.3)
    assert not Answer(replace(noisy, payoffs=noisy.payoffs[:, :1])).alike.any()


def test_one_draw_is_asked_on_each_network(rules):
    answer = Answer(play(rules(CARES, "seeds=2")))
    assert answer.asked == "2 networks"
    assert np.array_equal(answer.games, answer.played.payoffs[0])


def test_the_command_says_the_answer_and_leaves_files(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "sim.game", "experiment=toy", f"output.folder={tmp_path}"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "9 combinations in 1 game: 5 runs, 5 of them new" in done.stdout
    (folder,) = (tmp_path / "toy" / "game").iterdir()
    assert {"answer.txt", "game.md", "profiles.csv", "shares.csv", "game.json", "game.png"} <= {
        p.name for p in folder.iterdir()
    }
