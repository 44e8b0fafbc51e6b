"""Words on the command line: read as they were meant, or refused in one line that helps."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import sim
from sim import progress
from sim.commands import COMMANDS, strange_option
from sim.compiled import private_folder
from sim.completion import script
from sim.config import load
from sim.errors import InputError
from sim.prepared import prepare
from sim.scenarios import about, measures
from sim.words import readable, refuse_twice

SMALL = ("baseline=toy", "firms.count=27", "months=2")


def command(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "sim", *arguments]
    env = {"PATH": "/usr/bin:/bin", "HOME": str(folder)} | env
    env |= {"PYTHONPATH": str(Path(sim.__file__).parents[1])}
    if kept := private_folder():  # another home, but nothing to be compiled anew
        env |= {"NUMBA_CACHE_DIR": str(kept.parent)}
    return subprocess.run(call, cwd=folder, env=env, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ("name=Опыт", "name", "Опыт"),
        ("name=a=b", "name", "a=b"),
        ("output.folder=~/x", "output.folder", "~/x"),
        ("output.folder=a(b)", "output.folder", "a(b)"),
        ("output.folder=a#b", "output.folder", "a#b"),
        ("output.folder=my results", "output.folder", "my results"),
        ("output.folder=it's", "output.folder", "it's"),
        ('output.folder=say "so"', "output.folder", 'say "so"'),
        ("output.folder=C:\\Мои\\", "output.folder", "C:\\Мои\\"),
        ("output.folder='quoted (already)'", "output.folder", "quoted (already)"),
        ("months = 3", "months", 3),
    ],
)
def test_plain_values_need_no_second_quotes(override, key, value):
    made = load(override)
    for part in key.split("."):
        made = getattr(made, part)
    assert made == value


def test_lists_and_sweeps_keep_their_signs():
    assert readable("scenario=[опыт,eu_2022]") == "scenario=['опыт',eu_2022]"
    assert readable("seed=1,2") == "seed=1,2"
    assert readable("seed=choice(1,2)") == "seed=choice(1,2)"
    assert readable("x={a: [б, 'в г'], c: ${seed}}") == "x={a: ['б', 'в г'], c: ${seed}}"


def test_a_folder_with_a_foreign_name_is_written_and_read(tmp_path):
    done = command(tmp_path, *SMALL, "output.folder=Результаты (1)", "name=Опыт")
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "Результаты (1)" / "Опыт").glob("*/DONE"))) == 1
    done = command(tmp_path, *SMALL, "output.folder=~/мои", "output.figures=false")
    assert done.returncode == 0 and list((tmp_path / "мои").glob("none/*/DONE")), done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["eu_2022"], "did you mean scenario=eu_2022?"),
        (["joint_soverignty"], "did you mean scenario=joint_sovereignty?"),
        (["coalitions"], "did you mean python -m sim.search experiment=coalitions?"),
        (["sigma_scale=0.8"], "did you mean behaviour.sigma_scale?"),
        (["sigma_scal=0.8"], "did you mean behaviour.sigma_scale?"),
        (["behaviour.margin=1"], "did you mean traders.margin?"),
        (["active=false"], "did you mean traders.active or technology.active?"),
        (["scenario=eu_2022", "scenario.import_ban_rus.intensity=0"],
         "did you mean scenario.measures.import_ban_rus?"),
        (["scenario=eu_2022", "scenario.coalition=[EU27]"], "scenario.sets.coalition?"),
        (["behaviour.sigma_scale=1,2"], "for a number 1.2"),
        (["hydra.verbose=true"], "hydra.verbose does nothing here"),
        (["hydra.run.dir=x"], "results go to output.folder"),
        (["scenario=[[none]]"], "scenario=[[none]]: a group takes one option or a list of options"),
        (["scenario=[none,{a:1}]"], "e.g. scenario=a or scenario=[a,b]"),
        (["scenario={a:1}"], "e.g. scenario=a or scenario=[a,b]"),
        (["behaviour=[[default]]"], "behaviour=[[default]]: a group takes one option"),
        (["seeds=2", "reference=[[none]]"], "reference: scenario=[[none]]: a group takes one"),
        (["scenario=[none"], "is a quote or a bracket missing"),
        (["months=" + "9" * 400], "larger than any number"),
        (["months=" + "9" * 5000], "more than 4,300 digits"),
        (["name=" + "a" * 5000], "cannot be a folder"),
        (["name=" + "я" * 130], "cannot be a folder"),
        (["start=0000-01"], "is not a month"),
        (["start=9999-06", "months=36"], "go beyond 9999-11"),
        (["countries.compliance=-5"], "outside [0, 1]"),
        (["countries.compliance=nan"], "outside [0, 1]"),
        (["countries.compliance=1e400"], "outside [0, 1]"),
        (["seeds=0"], "outside [1, 100000]"),
        (["output.jobs=1e400"], "not a whole number"),
        (["scenario.measures={on: {policy: embargo}}", "+scenario.measures.true={policy: x}"], ""),
        (["seed=${seed}"], "ecursive interpolation"),
        (["scenario=${"], ""),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_one_line_with_what_was(words, says):
    with pytest.raises(InputError) as caught:
        load(*words)
    assert says in str(caught.value) and "\n" not in str(caught.value)
    assert len(str(caught.value)) < 700


@pytest.mark.parametrize(
    ("word", "code"), [("Kazakhstan", "KAZ"), ("kazakstan", "KAZ"), ("UK", "GBR"), ("KZA", "KAZ")]
)
def test_a_region_is_found_by_its_name(word, code):
    given = f"scenario.measures.m={{policy: tariff, by: [{word}], on: [CHN], rate: 0.1}}"
    with pytest.raises(InputError, match=f"did you mean '{code}'"):
        prepare(load("scenario=none", given))


def test_the_label_that_is_printed_can_be_typed():
    label = load("scenario=[eu_2022,joint_sovereignty]").scenario.label
    assert load(f"scenario={label}") == load("scenario=[eu_2022,joint_sovereignty]")
    assert load("seeds=2", "reference=none+embargo").reference.scenario.label == "none+embargo"


def test_nothing_is_read_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET", "hunter2")
    (tmp_path / "scenario").mkdir()
    file = tmp_path / "scenario" / "mine.yaml"
    for text in ("about: {mine: '${oc.env:SECRET}'}", "about: {mine: '${oc.env:NOPE,x}'}",
                 "about: {mine: 'a ${oc.decode:${oc.env:SECRET}}'}",
                 "about: {mine: '${${name}:SECRET}'}"):  # fmt: skip
        file.write_text(text + "\n")
        with pytest.raises(InputError, match="nothing is read from the environment") as caught:
            load("scenario=mine", config_dir=tmp_path)
        assert "hunter2" not in str(caught.value)
    with pytest.raises(InputError, match="environment"):
        load("name=${oc.env:SECRET}")
    assert load("scenario=eu_2022").scenario.measures  # which refers to its own sets


def test_a_measure_may_bear_a_number_and_not_a_truth(tmp_path):
    (tmp_path / "scenario").mkdir()
    file = tmp_path / "scenario" / "mine.yaml"
    body = "{policy: embargo, by: [WLD], on: [NOR]}"
    file.write_text(f"measures:\n  2022: {body}\n  ban: {body}\n")
    made = load(*SMALL, "scenario=mine", config_dir=tmp_path)
    assert [m.name for m in made.scenario] == ["2022", "ban"]
    file.write_text(f"measures:\n  on: {body}\n")
    with pytest.raises(InputError, match="put quotes around its name"):
        load(*SMALL, "scenario=mine", config_dir=tmp_path)


def test_many_scenarios_have_a_name_that_is_a_folder():
    names = [name for name in about() if name != "none"]
    made = load(f"scenario=[{','.join(names)},{','.join(names)}]")
    assert len(made.name.encode()) <= 240
    longer = load(f"scenario=[{','.join(names)}]")
    assert longer.name != load(f"scenario=[{','.join(reversed(names))}]").name


# --- the door ----------------------------------------------------------------------------------


def test_a_key_given_twice_is_refused():
    with pytest.raises(InputError, match=r"months is given twice: months=3 and .months=4"):
        refuse_twice(["months=3", "seed=1", "+months=4"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["months=3", "months=4"], "months is given twice"),
        (["-m", "x.y={a:1},{a:2}", "x.y={b:1},{b:2}"], "x.y is given twice"),
        (["--scenario", "eu_2022"], "write it without dashes: scenario=eu_2022"),
        (["--scenario=eu_2022"], "write it without dashes: scenario=eu_2022"),
        (["-s", "eu_2022"], "there is no option '-s'"),
        (["-sc", "install=bash"], "python -m sim completion bash"),
        (["hydra/launcher=joblib"], "say -m as well"),
        (["experiment=article"], "python -m sim.claims experiment=article"),
        (["search", "experiment=toy", "months=3", "months=4"], "months is given twice"),
        (["search", "--trials", "3"], "write it without dashes: trials=3"),
        (["report", "no/such/folder"], "no/such/folder"),
        (["policies", "tarif"], "did you mean 'tariff'"),
        (["scenarios", "eu_2023"], "did you mean 'eu_2022'"),
    ],
)
def test_the_door_refuses_in_one_line(tmp_path, capfd, monkeypatch, words, says):
    from sim.__main__ import main

    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    out, err = capfd.readouterr()
    assert out == "" and err.startswith("error: ") and err.count("\n") == 1 and says in err
    assert not list(tmp_path.iterdir())


def test_dash_c_shows_the_job_and_is_no_folder(tmp_path):
    done = command(tmp_path, "-c", "job", "scenario=embargo")
    assert done.returncode == 0 and "embargo" in done.stdout, done.stderr
    assert not list(tmp_path.iterdir())


def test_a_sweep_says_what_it_runs_instead_and_what_a_comma_means(tmp_path):
    done = command(
        tmp_path, "-m", "experiment=toy", "months=2", "seeds=null", "output.figures=false",
        "behaviour.sigma_scale=1,2", "behaviour.search_rate=0.1",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "is run instead of behaviour.search_rate=0.1,0.3" in done.stderr
    assert "two values, 1 and 2; the number would be 1.2" in done.stderr
    for config in tmp_path.glob("results/toy/*/config.yaml"):
        assert str(tmp_path) not in config.read_text(encoding="utf-8")


def test_every_command_is_one_row_and_says_what_it_does(capsys):
    for row in COMMANDS:
        main = row.main()
        if row.name not in ("run", "sweep"):
            with pytest.raises(SystemExit) as ended:
                main(["--help"])
            assert ended.value.code == 0
            assert f"python -m sim {row.name}" in capsys.readouterr().out.replace("sim.", "sim ")


def test_scenarios_are_listed_with_a_line_each(tmp_path):
    lines = about()
    assert all(lines.values()) and "embargo" in lines
    assert [m.name for m in measures("embargo")]
    done = command(tmp_path, "scenarios", "embargo")
    assert done.stdout.startswith(f"embargo: {lines['embargo']}\n") and "EU27" in done.stdout


def test_an_option_that_is_none_is_told_with_what_to_write():
    assert "write it without dashes: months=3" in strange_option(["--months", "3"], "p")
    assert "without" not in strange_option(["-x"], "p")


def complete(line: str) -> list[str]:
    """What bash offers at the end of a line."""
    code = script("bash") + f"COMP_LINE={line!r}; COMP_POINT=${{#COMP_LINE}}; _eaeu_sim\n"
    code += 'printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_the_tab_key_of_bash_completes():
    assert complete("eaeu-sim scenar") == [
        "scenarios", *(f"scenario={n}" for n in about()), "scenario.intensity="
    ]  # fmt: skip
    assert complete("eaeu-sim scenario=eu_2") == ["eu_2022"]  # bash begins a word after =
    assert complete("eaeu-sim run behaviour.sigma_s") == ["behaviour.sigma_scale="]


def test_a_long_run_leaves_lines_where_there_is_no_terminal(monkeypatch, capsys):
    monkeypatch.setattr(progress, "EVERY", 0.0)
    with progress.bar("eu_2022", True, 36, "building", "months") as tell:
        tell(1, text="2022-02")  # and all that is done once
        tell(9, text="2022-10")
    told = capsys.readouterr().err.splitlines()
    assert told == [
        "eu_2022: 2022-02, 1 of 36 months",
        "eu_2022: 2022-10, 9 of 36 months, about 0 s left",
    ]
    monkeypatch.setattr(progress, "EVERY", 30.0)
    for show in (True, False):
        with progress.bar("eu_2022", show, 36) as tell:
            tell(1)
    assert capsys.readouterr().err == ""


def test_a_foreign_module_in_the_place_of_the_package_is_told(tmp_path):
    (tmp_path / "sim.py").write_text("x = 1\n")
    root = Path(sim.__file__).parents[1]
    env = {"PYTHONPATH": f"{tmp_path}:{root}"}
    code = "import eaeu_sim; raise SystemExit(eaeu_sim.main())"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env,
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "sim.py takes the place of the package 'sim'" in done.stderr
    code = "import eaeu_sim as sim; sim.load"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env,
                          capture_output=True, text=True)  # fmt: skip
    assert "rename that file" in done.stderr
