from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import yaml

import sim
from sim.axes import Month
from sim.baseline.tables import read_tables, shipped
from sim.config import CONF, lenient, load
from sim.errors import InputError
from sim.guide import keys
from sim.params import (
    BehaviourParams,
    CountryParams,
    DecisionParams,
    FirmParams,
    MarketParams,
    TechnologyParams,
    TraderParams,
)
from sim.policies.scenario import compile_scenario
from sim.settings import OutputParams, Settings

SCENARIOS = sorted(p.stem for p in (CONF / "scenario").glob("*.yaml"))
WITHOUT_MEASURES = ("none", "no_compliance")


@pytest.fixture(scope="module")
def tables():
    return read_tables(shipped("eaeu"))


@pytest.fixture(scope="module")
def eu_2022(tables):
    settings = load("scenario=eu_2022")
    return compile_scenario(settings.scenario, tables, settings.start, settings.months)


def test_defaults_are_the_documented_ones():
    s = load()
    assert (s.name, s.seed, s.start, s.months) == ("none", 0, Month(2022, 1), 36)
    assert s.firms.count == 10_000 and s.baseline.name == "eaeu" and s.baseline.path is None
    assert s == Settings()


@pytest.mark.parametrize(
    ("file", "section", "record"),
    [
        ("config.yaml", "firms", FirmParams),
        ("market/default.yaml", None, MarketParams),
        ("behaviour/default.yaml", None, BehaviourParams),
        ("technology/default.yaml", None, TechnologyParams),
        ("output/default.yaml", None, OutputParams),
        ("countries/default.yaml", None, CountryParams),
        ("traders/default.yaml", None, TraderParams),
        ("decisions/rules.yaml", None, DecisionParams),
    ],
)
def test_yaml_shows_the_numbers_and_units_of_the_records(file, section, record):
    text = (CONF / file).read_text()
    tree = yaml.safe_load(text)[section] if section else yaml.safe_load(text)
    if record is DecisionParams:  # and the options, none by default
        assert (tree.pop("players"), tree.pop("strategies")) == ({}, {})
    assert list(tree) == [f.name for f in fields(record)]
    for f in fields(record):
        assert tree[f.name] == f.default and type(tree[f.name]) is type(f.default)
        if "unit" in f.metadata:
            line = re.search(rf"^\s*{f.name}: .*# (.*)$", text, re.M)
            assert line, f"{f.name} has no comment"
            low, high = (format(f.metadata[key], "g") for key in ("low", "high"))
            assert line[1] == f"{f.metadata['unit']}; {low} to {high}; {f.metadata['source']}"


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_shipped_scenario_compiles_and_carries_its_own_name(name, tables):
    s = load(f"scenario={name}")
    assert s.scenario.names[-1] == name and s.name == s.scenario.label
    path = compile_scenario(s.scenario, tables, s.start, s.months)
    assert not path.conflicts
    assert all(path.at(t) is path.neutral for t in range(36)) == (name in WITHOUT_MEASURES)
    still = load(f"scenario={name}", "scenario.intensity=0")
    path = compile_scenario(still.scenario, tables, s.start, s.months)
    assert all(path.at(t) is path.neutral for t in range(36))


def test_no_two_shipped_scenarios_share_the_name_of_a_measure():
    own = [s for name in SCENARIOS if len((s := load(f"scenario={name}").scenario).names) == 1]
    named = [m.name for scenario in own for m in scenario]
    assert len(named) == len(set(named))


def test_any_answer_composes_with_the_sanctions_and_with_the_others(tables):
    answers = [name for name in SCENARIOS if "eu_2022" not in load(f"scenario={name}").name]
    s = load(f"scenario=[eu_2022,{','.join(answers)}]")
    path = compile_scenario(s.scenario, tables, s.start, s.months)
    assert path.conflicts == (
        "measures 'mission_closed' and 'mission_kept' (trade_mission) move relations of KAZ RUS "
        "in opposite directions from 2023-02",
        "measures 'mission_gap' and 'mission_kept' (trade_mission) move relations of KAZ RUS "
        "in opposite directions from 2023-02",
        "measures 'mission_kept' and 'mission_rest' (trade_mission) move relations of KAZ RUS "
        "in opposite directions from 2023-08",
        "measures 'ventures_halved' and 'ventures_kaz_rus' (joint_ventures) move relations of "
        "KAZ RUS in opposite directions from 2023-02",
    )


def test_lifting_forgets_no_measure(tables):
    s = load("scenario=sanctions_lifted")
    path = compile_scenario(s.scenario, tables, s.start, s.months)
    assert path.at(23) is not path.neutral
    assert all(path.at(t) is path.neutral for t in range(24, 36))


@pytest.mark.parametrize(
    ("coalition", "pressed", "sends"),
    [
        ("[EU27]", 0.3, False),
        ("[EU27,USA]", 0.85, True),
        ("[USA]", 0.85, True),
        ("[JPN]", 0, False),
    ],
)
def test_a_coalition_can_be_swept_member_by_member(tables, coalition, pressed, sends):
    s = load("scenario=eu_2022", f"scenario.sets.coalition={coalition}")
    last = compile_scenario(s.scenario, tables, s.start, s.months).at(35)
    kaz, rus, usa, chn = (tables.axes.region(code) for code in ("KAZ", "RUS", "USA", "CHN"))
    assert last.secondary_pressure[kaz] == pressed
    assert last.coverage[usa, rus].any() == sends
    assert (last.payment_cost[chn, rus] > 0) == sends


def test_the_coalitions_shipped_are_subsets_of_eu_2022():
    for name in ("eu_only", "eu_us", "without_jpn_kor"):
        s = load(f"scenario={name}")
        assert {m.by for m in s.scenario if "EU27" in m.by} < {
            ("EU27",), ("EU27", "USA"), ("EU27", "GBR", "USA")
        }  # fmt: skip


def test_a_scenario_may_fix_what_countries_decide():
    assert load("scenario=[eu_2022,no_compliance]").countries.compliance == 0
    assert load("scenario=[no_compliance,eu_2022]").countries.compliance == 0
    assert load("scenario=no_compliance", "countries.compliance=0.5").countries.compliance == 0.5


def test_every_option_of_every_group_loads():
    for group in ("baseline", "market", "behaviour", "technology", "output"):
        for file in (CONF / group).glob("*.yaml"):
            load(f"{group}={file.stem}")


def test_scenarios_compose_in_any_order():
    one, two = load("scenario=[eu_2022,embargo]"), load("scenario=[embargo,eu_2022]")
    assert (one.name, two.name) == ("eu_2022+embargo", "embargo+eu_2022")
    assert one.scenario.measures == two.scenario.measures
    assert one.identity() == two.identity()


@pytest.mark.parametrize(
    ("month", "flow", "sector", "wanted"),
    [  # read by hand from sanctions_coverage.csv, column coverage_cumulative
        ("2022-01", "EU27 RUS", "MCH", 0),
        ("2022-02", "EU27 RUS", "TRN", 0.2139 * 4 / 28),  # from the 25th
        ("2022-03", "GBR RUS", "TRN", 0.75),  # car makers leave, more than what package 4 bars
        ("2022-05", "USA RUS", "ELE", 0.45),  # the pause of the spring, more than the list
        ("2022-06", "USA RUS", "ELE", 0.2402),
        ("2022-07", "GBR RUS", "ELE", (0.2402 * 20 + 0.25018 * 11) / 31),  # package 7, the 21st
        ("2022-12", "JPN RUS", "MCH", (0.35771 * 15 + 0.42034 * 16) / 31),  # package 9, the 16th
        ("2023-04", "KOR RUS", "MCH", 0.69141),
        ("2024-12", "EU27 RUS", "OTH", 0.31115),
        ("2024-12", "EU27 RUS", "PHA", 0),
        ("2022-06", "EU27 RUS", "PUB", 0),
        ("2024-12", "EU27 RUS", "BUS", 0.5),
        ("2023-06", "EU27 BLR", "ELE", 0.18955),
        ("2024-12", "EU27 BLR", "TRN", 0.94789),
        ("2022-05", "RUS EU27", "WPA", 0.55),
        ("2022-07", "RUS EU27", "ENE", 0),
        ("2022-09", "RUS EU27", "ENE", 0.05144),  # coal from 10 August
        ("2022-12", "RUS EU27", "ENE", (0.05144 * 4 + 0.48322 * 27) / 31),  # crude from the 5th
        ("2023-03", "RUS GBR", "ENE", 0.69466),
        ("2024-12", "RUS CHN", "ENE", 0),
        ("2024-12", "CHN RUS", "ELE", 0),
        ("2024-12", "EU27 KAZ", "ELE", 0),
    ],
)
def test_bans_of_eu_2022_by_hand(eu_2022, month, flow, sector, wanted):
    o, d = (eu_2022.axes.region(code) for code in flow.split())
    got = eu_2022.at(Month.parse(month) - eu_2022.start).coverage
    assert got[o, d, eu_2022.axes.sector(sector)] == pytest.approx(wanted, abs=1e-12)


def test_payment_costs_of_eu_2022_by_hand(eu_2022):
    eu, rus = eu_2022.axes.region("EU27"), eu_2022.axes.region("RUS")
    cost = [eu_2022.at(t).payment_cost for t in range(36)]
    assert cost[0].sum() == 0
    assert cost[2][eu, rus] == pytest.approx(0.01 + 0.01 * 22 / 31 + 0.02 * 20 / 31)
    assert cost[3][eu, rus] == pytest.approx(0.04)
    assert cost[35][eu, rus] == pytest.approx(0.07)
    assert all((np.diff([c[eu, rus] for c in cost]) >= 0).tolist())
    assert all((c == c.T).all() for c in cost)
    chn = eu_2022.axes.region("CHN")
    assert cost[23][chn].sum() == 0
    assert cost[35][chn, rus] == cost[35][chn].sum() == pytest.approx(0.05)  # banks, 2024


def test_no_measure_of_eu_2022_is_idle(tables, eu_2022):
    s = load("scenario=eu_2022")
    for measure in s.scenario:
        others = [m for m in s.scenario if m is not measure]
        path = compile_scenario(others, tables, s.start, s.months)
        first = Month(measure.start.year, measure.start.month) - s.start + 1 if measure.start else 2
        late = (first, 12, 24, 35)
        assert not all(path.at(t).same(eu_2022.at(t)) for t in late), measure.name


def test_an_embargo_leaves_no_coalition_trade(tables):
    s = load("scenario=embargo")
    path = compile_scenario(s.scenario, tables, s.start, s.months)
    pairs = [(tables.axes.region(c), tables.axes.region("RUS")) for c in ("EU27", "KOR")]
    assert path.at(1) is path.neutral
    assert all((path.at(2).coverage[o, d] == 1).all() for o, d in pairs)
    assert path.at(2).coverage.sum() == 2 * 5 * len(tables.axes.sectors)


def test_the_coalition_is_a_set_that_can_be_changed():
    s = load("scenario=eu_2022", "scenario.sets.coalition=[EU27,USA]")
    senders = ("export_ban", "import_ban", "private_exit", "payment_removal", "technology_ban")
    by = {m.by for m in s.scenario if m.policy in senders and "ukraine" not in m.name}
    assert by == {("EU27", "USA")}
    assert {m.on for m in s.scenario if m.policy == "counter_sanctions"} == {("EU27", "USA")}


def test_a_measure_can_be_changed_in_what_its_file_does_not_mention():
    s = load("scenario=eu_2022", "scenario.measures.payment_swift.ramp=3")
    assert {m.name: m.ramp for m in s.scenario}["payment_swift"] == 3


MEASURE = "+scenario.measures.m={policy: tariff, by: [KAZ], on: [CHN], rate: 0.1, %s}"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("seeed=1", "unknown key 'seeed'; did you mean 'seed'"),
        ("+typo=1", "unknown key 'typo'"),
        ("scenrio=none", "unknown key 'scenrio'; did you mean 'scenario'"),
        ("firms.cuont=9", "unknown key in firms 'cuont'; did you mean 'count'"),
        ("++market.price_bnad=1", "unknown key in market 'price_bnad'; did you mean 'price_band'"),
        ("+behaviour.serch_rate=1", "'serch_rate'; did you mean 'search_rate'"),
        ("scenario.intensty=1", "unknown key in scenario 'intensty'; did you mean 'intensity'"),
        ("scenario.intensity=2", r"scenario.intensity = 2 is outside \[0, 1\]"),
        ("seed=abc", "seed = 'abc' is not a number"),
        ("seed=-1", "seed = -1 is outside"),
        ("seed=1.5", "seed = 1.5 is not a whole number"),
        ("seed=true", "seed = True is not a number"),
        ("months=0", r"months = 0 is outside \[1, 1200\]"),
        ("months=nan", "months = nan is not a whole number"),
        ("firms=3", "firms = 3 is not a mapping"),
        ("firms.count=5", r"firms.count = 5 is outside \[9, 2e\+06\] \(firms\)"),
        ("behaviour.search_rate=nan", "behaviour.search_rate = nan is outside"),
        ("behaviour.search_rate=null", "behaviour.search_rate = None is not a number"),
        ("output.figures=3", "output.figures = 3 is not true or false"),
        ("output.folder=3", "output.folder = 3 is not text"),
        ("start=2022", "start '2022' is not a month"),
        ("start=2022-13", "start '2022-13' is not a month"),
        ("start=???", "start"),
        ("name=../x", "name '../x' cannot be a folder"),
        ("baseline=eau", "unknown baseline 'eau'; did you mean 'eaeu'"),
        ("baseline.path=/not/there", "baseline.path '/not/there' is not a folder"),
        ("scenario=eu_2023", "unknown scenario 'eu_2023'; did you mean 'eu_2022'"),
        ("scenario=[none,embrgo]", "unknown scenario 'embrgo'; did you mean 'embargo'"),
        ("experiment=coalitions", "'coalitions' is for python -m sim.search experiment=coalitions"),
        ("sensitivity=toy", "has a command of its own: python -m sim.sensitivity"),
        ("scenario=null", "must be a string or a list"),
        ("hydra/launcher=jolib", "unknown hydra/launcher 'jolib'; did you mean 'joblib'"),
        ("months", "cannot read override 'months'; write it as key=value"),
        ("months=1,2", "for a sweep add -m"),
        ("seed=${nowhere}", "Interpolation key 'nowhere' not found"),
        (MEASURE % "start: 2022-31", "measure 'm': start '2022-31' is not a date"),
        (MEASURE % "rte: 1", "option of measure 'm' .tariff. 'rte'; did you mean 'rate'"),
        ("+scenario.measures.m={policy: tarif}", "'tarif'; did you mean 'tariff'"),
        ("scenario.measures.m=3", "measure 'm' is 3"),
        ("scenario.sets=3", "scenario.sets = 3 is not a mapping"),
        ("scenario.about=3", "scenario.about = 3 is not a mapping"),
        ("scenario.measures=[1]", "Error merging override scenario.measures"),
        ("scenario.sets.c=3", "scenario.sets.c = 3 is not a code"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(override, message):
    with pytest.raises(InputError, match=message) as caught:
        load(override)
    assert "\n" not in str(caught.value)


def test_an_override_of_a_measure_that_is_not_there_names_the_nearest():
    with pytest.raises(InputError, match="'payment_swft'; did you mean 'payment_swift'"):
        load("scenario=eu_2022", "scenario.measures.payment_swft.intensity=0")


def test_a_measure_of_an_unknown_region_is_refused_against_the_tables(tables):
    s = load("+scenario.measures.m={policy: tariff, by: [KZA], on: [CHN], rate: 0.1}")
    with pytest.raises(InputError, match="measure 'm': unknown region 'KZA'; did you mean 'KAZ'"):
        compile_scenario(s.scenario, tables, s.start, s.months)


def test_only_plain_keys_are_let_through():
    given = ["seed=1", "scenario=a", "+x=1", "~seed", "hydra/launcher=joblib", "firms.count=3"]
    given += ["-m", "hydra.mode=RUN"]
    assert lenient(given) == [
        "++seed=1", "scenario=a", "+x=1", "~seed", "hydra/launcher=joblib", "++firms.count=3",
        "-m", "++hydra.mode=RUN",
    ]  # fmt: skip


def test_resolved_settings_read_back_and_are_json():
    s = load("scenario=eu_2022", "months=5", "firms.count=1e5")
    assert s.firms.count == 100_000 and type(s.firms.count) is int
    assert Settings.from_dict(json.loads(json.dumps(s.resolved()))) == s
    assert Settings.from_dict(yaml.safe_load(yaml.safe_dump(s.resolved()))) == s


def test_identity_is_what_can_change_a_number():
    s = load("scenario=eu_2022")
    same = load("scenario=eu_2022", "name=x", "output.figures=false", "output.folder=y")
    assert s.identity() == same.identity()
    for other in (replace(s, seed=1), replace(s, months=2), load(), load("market.tolerance=1e-6")):
        assert s.identity() != other.identity()
    assert json.dumps(s.identity())


def test_own_scenarios_come_from_a_folder(tmp_path):
    (tmp_path / "scenario").mkdir()
    text = "about:\n  mine: x\nmeasures:\n  m:\n    policy: tariff\n    by: KAZ\n    on: CHN\n"
    (tmp_path / "scenario" / "mine.yaml").write_text(text + "    rate: 0.1\n")
    s = load("scenario=[mine,eu_2022]", config_dir=tmp_path)
    assert s.name == "mine+eu_2022" and s.scenario.measures[-1].name == "ukraine_sells_no_more_rus"
    assert {m.name: m.on for m in s.scenario}["m"] == ("CHN",)
    with pytest.raises(InputError, match="'mime'; did you mean 'mine'"):
        load("scenario=mime", config_dir=tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        load(config_dir=tmp_path / "nowhere")


def test_loading_leaves_hydra_as_it_was():
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra

    load()
    assert not GlobalHydra.instance().is_initialized()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        load("scenario=embargo")
        with pytest.raises(InputError):
            load("seed=x")
        assert compose("config").seed == 0
    with pytest.raises(InputError):
        load("seed=x")
    assert not GlobalHydra.instance().is_initialized()


def test_importing_the_configuration_does_not_import_hydra():
    code = "import sys, sim.config; print('hydra' in sys.modules, 'numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


DOOR = """
from sim.config import load
from sim.door import door
def job(settings):
    print(settings.name, settings.seed, load("scenario=none").name)
if __name__ == "__main__":
    raise SystemExit(door(job))
"""


def through_the_door(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "own.py").write_text(DOOR)
    env = {"PYTHONPATH": str(Path(__file__).parents[1]), "PATH": ""}
    command = [sys.executable, "own.py", *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)


def test_the_door_runs_once_and_leaves_nothing_of_its_own(tmp_path):
    done = through_the_door(tmp_path, "scenario=eu_2022", "seed=3")
    assert done.stdout == "eu_2022 3 none\n" and done.returncode == 0, done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["own.py"]


def test_the_door_is_polite_about_mistakes(tmp_path):
    done = through_the_door(tmp_path, "sceanrio=none")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("error: unknown key 'sceanrio'; did you mean 'scenario'?")
    assert done.stderr.count("\n") == 1


def test_help_is_our_own(tmp_path):
    done = through_the_door(tmp_path, "--help")
    assert "python -m sim scenario=eu_2022" in done.stdout and "Powered by Hydra" not in done.stdout
    assert f"scenario: {', '.join(SCENARIOS)}" in done.stdout
    assert "behaviour.sigma_scale" in done.stdout and "factor on sigma - 1; 0.1 to 5" in done.stdout
    for key in keys():
        assert key in done.stdout
    assert through_the_door(tmp_path, "--version").stdout == f"eaeu-sim {sim.__version__}\n"
