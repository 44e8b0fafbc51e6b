"""Reports: one file, nothing from outside, everything a reader of the folder would look for."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser

import pandas as pd
import pytest
from signing import resign

from sim.errors import InputError
from sim.report import main
from sim.study.files import write_files
from sim.study.page import MOST_ROWS, table
from sim.study.report import report
from sim.study.verification import Verdict, verify

VOID = {"meta", "img", "br", "link", "hr"}


class Page(HTMLParser):
    """Tags that open and close in order, headings, and what would be fetched."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.headings, self.fetched, self.text = [], [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        self.fetched += [v for k, v in attrs if k in ("src", "href")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data + " "
        if self.open and self.open[-1] in ("h1", "h2"):
            self.headings.append(data)


def checked(text: str) -> Page:
    page = Page(text)
    assert not page.open
    assert all(v.startswith("data:image/png;base64,") for v in page.fetched)
    assert not re.search(r"https?://|url\(|@import", text)
    assert "@media print" in text and "$" not in page.text
    return page


@pytest.fixture(scope="module")
def results(study, tmp_path_factory):
    copy = tmp_path_factory.mktemp("report") / "x"
    shutil.copytree(study / "results" / "x", copy)
    return copy


def a_run(results):
    return next(p for p in sorted(results.iterdir()) if len(p.name) == 12)


def test_a_run(results, capsys):
    run = a_run(results)
    assert main([str(run)]) == 0
    assert capsys.readouterr().out.strip() == str(run / "report.html")
    page = checked((run / "report.html").read_text())
    assert page.headings[1:] == ["What changed", "Figures", "Configuration", "Provenance"]
    assert len(page.fetched) == 4  # drawn now: the run was stored without figures
    manifest = json.loads((run / "manifest.json").read_text())
    for told in (run.name, manifest["digest"], manifest["model"], "Northland", "sigma_scale"):
        assert told in page.text
    assert verify(run).verdict is Verdict.SAME  # a page beside it does not change a run


def test_a_run_beside_the_textbook(results, tmp_path, capsys):
    """Five runs of the toy: nobody does anything, so every step is nothing."""
    run = a_run(results)
    assert main([str(run), "--textbook", "--into", str(tmp_path / "r.html")]) == 0
    page = checked((tmp_path / "r.html").read_text())
    assert "Why more, or less, than the textbook?" in page.headings
    assert len(page.fetched) == 5
    for step in ("wages", "few suppliers", "price takers", "agent model"):
        assert step in page.text
    assert main([str(results), "--textbook"]) == 2
    assert "--textbook is for a run" in capsys.readouterr().err


def test_a_sweep_with_its_ensembles(results):
    page = checked(report(results))
    assert page.headings[0] == "Study x"
    assert sum("2 seeds" in h for h in page.headings) == 4
    assert {"What changed", "Runs", "Provenance"} <= set(page.headings)
    assert "behaviour.sigma_scale" in page.text and a_run(results).name in page.text


def test_an_ensemble_and_a_published_run(results, tmp_path):
    page = checked(report(next((results / "ensembles").iterdir())))
    assert "Northland" in page.text and "median and range of 2 seeds" in page.text
    few = tmp_path / "few"
    few.mkdir()
    for name in ("config.yaml", "manifest.json", "summary.csv"):
        shutil.copy(a_run(results) / name, few / name)
    resign(few)
    assert "Figures" not in checked(report(few)).headings


def test_a_sensitivity_study_and_a_search(tmp_path, capsys):
    pytest.importorskip("SALib")
    pytest.importorskip("optuna")
    from sim.study.search import run_search
    from sim.study.sensitivity import run_sensitivity

    shared = ("months=2", "output.jobs=1", "output.progress=false", f"output.folder={tmp_path}")
    one = run_sensitivity(["experiment=toy", *shared, "samples=2"])
    run_search(["experiment=toy", *shared, "trials=2"])
    page = checked(report(tmp_path / "toy"))
    assert sum(h.startswith("What does a toy ban stop") for h in page.headings) == 1
    assert len(page.fetched) == 2 and "mu star" in page.text and "loss of Northland" in page.text
    assert checked(report(one)).headings[0].startswith("What do consumption and imports")


def test_text_is_escaped_and_long_tables_are_cut():
    made = table(["a<b", "n"], [["<script>", "1"]] * (MOST_ROWS + 5), where="x.csv")
    assert "<script>" not in made and "a&lt;b" in made
    assert made.count("<tr>") == MOST_ROWS + 1 and "5 more rows in x.csv" in made


def test_mistakes_are_refused_in_one_line(results, tmp_path, capsys):
    (a_run(results) / "report.html").unlink(missing_ok=True)
    run = tmp_path / "run"
    shutil.copytree(a_run(results), run)
    (run / "manifest.json").write_text("{")
    unfinished = tmp_path / "unfinished"
    shutil.copytree(a_run(results), unfinished)
    (unfinished / "DONE").unlink()
    (tmp_path / "empty").mkdir()
    for folder, said in (
        (tmp_path / "nowhere", "does not exist"),
        (tmp_path / "empty", "no finished run"),
        (run, "damaged"),
        (unfinished, "no file DONE"),
    ):
        assert main([str(folder)]) == 2
        error = capsys.readouterr().err
        assert error.startswith("error: ") and error.count("\n") == 1 and said in error
        assert not (folder / "report.html").exists()
    assert main([str(a_run(results)), "--into", "/proc/x/page.html"]) == 2
    assert "cannot write" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "{}", "a: [1", "a,b\n1,2\n", "[]", "\x00"])
def test_whatever_is_damaged_is_named_in_one_line(content, results, tmp_path, capsys):
    run, together = a_run(results), next((results / "ensembles").iterdir())
    for source, name in (
        (run, "manifest.json"), (run, "config.yaml"), (run, "summary.csv"),
        (together, "ensemble.json"), (together, "changes.parquet"),
    ):  # fmt: skip
        folder = tmp_path / source.name
        shutil.copytree(source, folder)
        (folder / name).write_text(content)
        assert main([str(folder)]) == 2, name
        error = capsys.readouterr().err
        assert error.startswith("error: ") and error.count("\n") == 1, error
        assert f"{name}' is missing or damaged" in error
        shutil.rmtree(folder)


def test_figures_and_tables_lie_beside_the_page_when_asked(results, tmp_path, capsys):
    kinds = "--formats=svg,pdf,png,csv,tex"
    for folder, figures in ((results, ["compared"]), (a_run(results), ["flow_map", "trade_map"])):
        into = tmp_path / folder.name / "page.html"
        into.parent.mkdir()
        assert main([str(folder), f"--into={into}", kinds]) == 0
        named = capsys.readouterr().out.split()
        files = sorted(into.with_suffix("").iterdir())
        assert named[0] == str(into) and sorted(named[1:]) == [str(path) for path in files]
        for name in figures:
            begins = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG"}
            for kind, bytes_ in begins.items():
                assert (into.with_suffix("") / f"{name}.{kind}").read_bytes().startswith(bytes_)
        rows = pd.read_csv(into.with_suffix("") / "changes.csv")
        tex = (into.with_suffix("") / "changes.tex").read_text(encoding="utf-8")
        assert {"real_gdp", "cpi"} <= set(rows["indicator"])
        assert tex.count(r" \\" + "\n") == len(rows) + 1 and r"real\_gdp" in tex


def test_the_same_figure_is_the_same_file(results, tmp_path):
    for name in ("one", "other"):
        write_files(results, tmp_path / name, ["svg", "pdf"])
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes()


def test_another_format_and_a_study_are_refused_in_a_line(results, tmp_path):
    with pytest.raises(InputError, match="unknown format 'jpg'; did you mean"):
        write_files(results, tmp_path / "x", ["jpg"])
    ensemble = next((results / "ensembles").iterdir())
    with pytest.raises(InputError, match="holds its tables as CSV"):
        write_files(ensemble, tmp_path / "x", ["svg"])
    assert not list(tmp_path.iterdir())
