"""A results folder from elsewhere: damage is one line to every reader, and nothing is trusted."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
from signing import resign

import sim
import sim.publish
import sim.verify
from sim.errors import InputError
from sim.record.panel import Panel
from sim.record.sound import plain_yaml
from sim.record.store import DONE, whole
from sim.run import complete
from sim.study.ensemble import Replications
from sim.study.report import report

SMALL = ("baseline=toy", "firms.count=27", "months=3", "output.figures=false", "name=x")
BOMB = "a: &a [x,x]\n" + "".join(
    f"{c}: &{c} [{','.join([f'*{p}'] * 9)}]\n" for p, c in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("made")
    return complete(sim.load(*SMALL, f"output.folder={root}")).folder


@pytest.fixture
def run(made, tmp_path) -> Path:
    """A copy that may be damaged, in a folder of results of its own."""
    return Path(shutil.copytree(made, tmp_path / "x" / made.name))


READERS: dict[str, Callable[[Path], object]] = {
    "panel": Panel.read,
    "ensemble": lambda run: Replications.read([run]),
    "index": lambda run: sim.open_results(run.parent),
    "tables": lambda run: sim.open_results(run.parent).regions(),
    "changes": lambda run: sim.open_results(run.parent).changes(),
    "report": report,
}


def manifest(**changes):
    def edit(run: Path) -> None:
        path = run / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return edit


def panel(**changes):
    def edit(run: Path) -> None:
        tree = json.loads((run / "manifest.json").read_text())
        manifest(panel=tree["panel"] | changes)(run)

    return edit


def table(change, name="regions.parquet"):
    def edit(run: Path) -> None:
        change(pd.read_parquet(run / name)).to_parquet(run / name, index=False)

    return edit


def only(*kept: str):
    def edit(run: Path) -> None:
        lines = [x for x in (run / DONE).read_text().splitlines() if x.split("  ")[1] in kept]
        (run / DONE).write_text("\n".join(lines) + "\n")

    return edit


def text(name: str, content: str | bytes):
    def edit(run: Path) -> None:
        (run / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    return edit


DAMAGE = {
    "a row too few": table(lambda f: f.iloc[:-1]),
    "a row twice": table(lambda f: pd.concat([f.iloc[:1], f.iloc[:-1]])),
    "other order": table(lambda f: f.iloc[::-1]),
    "a column less": table(lambda f: f.drop(columns="cpi")),
    "a column of text": table(lambda f: f.assign(cpi="x")),
    "no numbers": table(lambda f: f.assign(cpi=float("nan"))),
    "truncated": lambda run: os.truncate(run / "regions.parquet", 100),
    "emptied": text("regions.parquet", b""),
    "another's label": table(lambda f: f.assign(region="XXX")),
    "DONE names one file": only("summary.csv"),
    "DONE empty": text(DONE, ""),
    "DONE binary": text(DONE, bytes(range(128, 256))),
    "DONE leads elsewhere": text(DONE, f"{'0' * 64}  ../../../../etc/passwd\n"),
    "months are a word": panel(months="x"),
    "more months": panel(months=5),
    "endless months": panel(months=10**12),
    "labels of others": panel(axes={"regions": ["A", "B"]}),
    "panel a list": manifest(panel=[]),
    "no seed": manifest(seed=None),
    "a day that is none": manifest(finished="99999-01-01"),
    "manifest a list": text("manifest.json", "[]"),
    "manifest in another code": text("manifest.json", "{}".encode("utf-16")),
    "manifest a hole": text("manifest.json", "[" * 100_000),
    "summary empty": text("summary.csv", ""),
    "summary binary": text("summary.csv", os.urandom(300)),
    "configuration binary": text("config.yaml", bytes(range(256))),
    "configuration a bomb": text("config.yaml", BOMB),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_every_reader_says_it_in_one_line(damage, run):
    DAMAGE[damage](run)
    with pytest.raises(InputError) as caught:
        for reader in ("index", "tables", "changes", "panel", "ensemble", "report"):
            READERS[reader](run)
    assert "\n" not in str(caught.value)
    assert sim.verify.main([str(run)]) in (1, 2)


@pytest.mark.parametrize("name", ["trade", "regions", "sectors", "residuals"])
def test_a_report_shows_no_run_of_which_a_table_is_damaged(name, run):
    with (run / f"{name}.parquet").open("ab") as file:
        file.write(b"x")
    for folder in (run, run.parent):
        with pytest.raises(InputError, match=f"{name}.parquet' is missing or damaged"):
            report(folder)


@pytest.mark.parametrize("damage", [d for d in DAMAGE if not d.startswith("DONE")])
def test_a_forged_signature_brings_no_traceback(damage, run):
    """Signed anew, damage is either data of another shape, or said."""
    DAMAGE[damage](run)
    resign(run)
    for name, read in READERS.items():
        try:
            read(run)
        except InputError as error:
            assert "\n" not in str(error), name
    assert sim.verify.main([str(run)]) in (0, 1, 2)


def test_rows_in_another_order_are_the_same_run(run):
    digest = Panel.read(run).digest
    DAMAGE["other order"](run)
    resign(run)
    assert Panel.read(run).digest == digest
    one = Replications.read([run])
    assert one.regions["cpi"][0].tolist() == Panel.read(run).values("regions", "cpi").tolist()


def test_a_damaged_run_is_made_anew(tmp_path):
    settings = sim.load(*SMALL, f"output.folder={tmp_path}")
    run = complete(settings).folder
    for damage in ("DONE names one file", "truncated", "manifest a list"):
        DAMAGE[damage](run)
        assert not complete(settings).reused
        assert complete(settings).reused


def test_what_it_says_is_shown_and_not_obeyed(run):
    evil = "<script>alert(1)</script><img src=http://x.test/y onerror=z>"
    tree = json.loads((run / "manifest.json").read_text())
    tree |= {"run_id": evil, "model": evil, "commit": {"id": evil}, "libraries": {evil: evil},
             "parameters": {"scenario": evil, f"scenario.{evil}": evil}}  # fmt: skip
    tree["panel"] |= {"scenario": evil, "source": evil}
    tree["panel"]["axes"]["region_names"] = [evil] * 3
    (run / "manifest.json").write_text(json.dumps(tree))
    config = (run / "config.yaml").read_text().replace("about: {}", "about: {x: '<b>y</b>'}")
    (run / "config.yaml").write_text(f"{config}\n# {evil}\n")
    resign(run)
    for folder in (run, run.parent):
        page = report(folder)
        assert "<script" not in page and "<img src=http" not in page and "&lt;script&gt;" in page
        assert "default-src 'none'" in page


def test_yaml_is_plain_data():
    for text in ("!!python/object/apply:os.system ['true']", BOMB, "[1]", "a: [", "x"):
        with pytest.raises(ValueError):
            plain_yaml(text)
    assert plain_yaml("a: {b: [1, x]}") == {"a": {"b": [1, "x"]}}


def test_a_query_sees_the_tables_and_nothing_else(run, tmp_path):
    pytest.importorskip("duckdb")
    results = sim.open_results(run.parent)
    assert results.sql("select count(*) n from regions join runs using (run_id)").n[0] == 9
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    for query in (
        f"select * from '{secret}'",
        f"select * from read_csv('{secret}')",
        f"copy (select 1) to '{tmp_path / 'out.csv'}'",
        "set enable_external_access = true",
        f"attach '{tmp_path / 'x.db'}'",
    ):
        with pytest.raises(InputError, match="query: "):
            results.sql(query)
    assert not (tmp_path / "out.csv").exists() and not (tmp_path / "x.db").exists()


def test_tables_of_ones_own_are_found_from_anywhere(tmp_path, monkeypatch, capsys):
    from sim.baseline.tables import shipped

    home = tmp_path / "home"
    home.mkdir()
    shutil.copytree(shipped("toy"), home / "mine")
    monkeypatch.chdir(home)
    run = home / complete(sim.load("baseline.path=mine", *SMALL[1:])).folder
    assert str(tmp_path) not in (run / "config.yaml").read_text()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert sim.verify.main([str(run)]) == 0
    (home / "mine").rename(tmp_path / "moved")
    assert sim.verify.main([str(run)]) == 2
    assert "its tables 'mine' are not here; name their folder: --tables" in capsys.readouterr().err
    assert sim.verify.main([str(run), "--tables", str(tmp_path / "moved")]) == 0
    assert sim.verify.main([str(run), "--tables", str(shipped("eaeu"))]) == 2


def test_a_publish_replaces_as_a_whole(tmp_path, monkeypatch):
    """Killed at any step there is the old folder, none, or the new one; the next one is clean."""

    def publish(content: str) -> None:
        with whole(tmp_path / "eu", replace=True) as folder:
            (folder / "regions.parquet").write_text(content)
            (folder / "summary.csv").write_text(content)

    publish("old")
    steps = {"rename": Path.rename, "rmtree": shutil.rmtree}
    for stop in range(4):
        done = [0]

        def limited(real, done=done, stop=stop):
            def step(*arguments, **options):
                if done[0] == stop:
                    raise KeyboardInterrupt
                done[0] += 1
                return real(*arguments, **options)

            return step

        with monkeypatch.context() as killed:
            killed.setattr(Path, "rename", limited(steps["rename"]))
            killed.setattr(shutil, "rmtree", limited(steps["rmtree"]))
            with suppress(KeyboardInterrupt):
                publish("new")
        final = tmp_path / "eu"
        if final.exists():
            assert len({(final / n).read_text() for n in ("regions.parquet", "summary.csv")}) == 1
        publish("old")
        assert (final / "summary.csv").read_text() == "old"
