"""The book builds without a warning, and what it names exists and runs."""

from __future__ import annotations

import ast
import importlib
import re
import runpy
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

import sim
from sim.config import CONF, load
from sim.levers import LEVERS
from sim.policies.policy import known

HOME = Path(__file__).resolve().parents[2]
PAGES = sorted((HOME / "docs").glob("*.md"))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
MINE = re.compile(
    r"`my_conf/(scenario/\w+\.yaml)`[^\n]*:\n\n```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL
)
NAMED = re.compile(r"`(sim(?:\.(?!py\b)\w+)+)`")


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    pytest.importorskip("sphinx")
    out = tmp_path_factory.mktemp("book")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html",
         "-d", str(out / "trees"), str(HOME / "docs"), str(out / "html")],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return out / "html"


def test_the_book_builds_without_a_warning_and_without_the_network(built):
    pages = list(built.rglob("*.html"))
    assert len(pages) > 10
    for page in pages:
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=\"(?:https?:)?//[^\"]+", text)
        assert not loaded, f"{page.name} loads {loaded[0]}"


def test_every_link_of_the_book_leads_somewhere(built):
    for page in built.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"<a [^>]*href=\"([^\"]+)\"", text):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            assert file.exists(), f"{page.name} -> {target}"
            if anchor and file.suffix == ".html":
                assert f'id="{anchor}"' in file.read_text(encoding="utf-8"), (
                    f"{page.name} -> {target}"
                )


def test_the_reference_has_every_record(built):
    text = {p.stem: p.read_text(encoding="utf-8") for p in (built / "reference").glob("*.html")}
    for room in ("firms", "market", "behaviour", "traders", "countries", "technology"):
        for f in fields(getattr(load(), room)):
            assert f"{room}.{f.name}" in text["parameters"]
    assert all(lever.name in text["levers"] for lever in LEVERS)
    for policy in known().values():
        assert policy.name in text["policies"]
        assert all(option.name in text["policies"] for option in policy.options)
    assert all(p.stem in text["scenarios"] for p in (CONF / "scenario").glob("*.yaml"))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_every_name_of_the_code_that_a_page_quotes_exists(page):
    for name in NAMED.findall(page.read_text(encoding="utf-8")):
        parts = name.split(".")
        for k in range(len(parts), 0, -1):
            try:
                found = importlib.import_module(".".join(parts[:k]))
            except ModuleNotFoundError:
                continue
            for part in parts[k:]:
                assert hasattr(found, part), f"{page.name}: {name}"
                found = getattr(found, part)
            break


@pytest.mark.parametrize(
    "wanted",
    ["assumption: adaptive expectations", "executive order: secondary sanctions on foreign banks",
     "varieties of the flow that may not be traded", "goods left at the end of the month",
     "The misses first"],
    ids=["source", "date", "lever", "unit", "misses"],
)  # fmt: skip
def test_a_newcomer_finds_it_in_two_clicks(built, wanted):
    seen = here = {(built / "index.html").resolve()}
    for _ in range(2):
        links = {
            (page.parent / target.partition("#")[0]).resolve()
            for page in here
            for target in re.findall(r"<a [^>]*href=\"([^\"]+)\"", page.read_text("utf-8"))
            if not re.match(r"[a-z]+:|#", target)
        }
        here = {page for page in links if page.suffix == ".html" and page.is_file()} - seen
        seen = seen | here
    assert any(wanted in page.read_text("utf-8") for page in seen)


def test_statements_of_the_protocol_lead_to_the_code(built):
    text = (built / "odd.html").read_text(encoding="utf-8")
    names = NAMED.findall((HOME / "docs" / "odd.md").read_text(encoding="utf-8"))
    linked = set(re.findall(r"reference/code/\w+\.html#(sim[\w.]*)", text))
    assert {"sim.model.UnionModel.step", "sim.phases.clear.clear"} <= linked
    for name in names:
        assert any(name == one or name.startswith(f"{one}.") for one in linked), name


def test_every_sentence_of_the_protocol_names_its_code():
    text = (
        (HOME / "docs" / "odd.md")
        .read_text(encoding="utf-8")
        .partition("\n## 1. Purpose and patterns\n")[2]
    )
    said = 0
    for block in re.split(r"\n\s*\n|\n(?=\d\. )", text):
        if block.startswith("|"):
            cells = [row.strip("|").split("|")[1:] for row in block.splitlines()[2:]]
            sentences = [cell for row in cells for cell in row]
        else:
            body = re.sub(r"^(#.*|\*\*[^*]+\*\*|\d\.)", "", block.strip(), flags=re.MULTILINE)
            sentences = re.split(r"(?<=[.])\s+(?=[A-Z])", " ".join(body.split()))
        for sentence in filter(str.strip, sentences):
            said += 1
            assert NAMED.search(sentence), sentence
    assert said > 60


def test_the_published_table_is_the_one_that_is_tested():
    file = HOME / "tests" / "equilibrium" / "test_published.py"
    page = (HOME / "docs" / "truth.md").read_text(encoding="utf-8")
    known = runpy.run_path(str(file))
    for country, printed in known["PRINTED"].items():
        assert f"| {country} | {' | '.join(printed)} |" in page
    assert all(number in page for number in known["EXACT"].values())


def blocks(language: str) -> list[tuple[Path, str]]:
    pages = [HOME / "README.md", *PAGES]
    return [
        (page, body)
        for page in pages
        for kind, body in BLOCK.findall(page.read_text(encoding="utf-8"))
        if kind == language
    ]


def test_commands_of_the_pages_are_ones_that_exist():
    seen = 0
    for page, body in blocks("bash"):
        for line in body.splitlines():
            words = shlex.split(line, comments=True)
            if words[:2] != ["python", "-m"]:
                continue
            seen += 1
            assert importlib.util.find_spec(words[2]), f"{page.name}: {line}"
            given = words[3:]
            if words[2] == "sim" and given and all("=" in w and w[0] != "-" for w in given):
                if any(w.startswith(("experiment=", "baseline.path=")) for w in given):
                    continue
                load(*given)
    assert seen > 20


def test_every_block_of_python_compiles_and_imports_what_is_there():
    for page, body in blocks("python"):
        for node in ast.walk(ast.parse(body, str(page))):
            if isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] == "sim":
                home = importlib.import_module(str(node.module))
                assert all(hasattr(home, alias.name) for alias in node.names), ast.unparse(node)


def test_the_gallery_shows_its_pictures_and_is_small():
    text = (HOME / "docs" / "gallery.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"\(gallery/(\w+)\.png\)", text))
    there = {p.stem: p.stat().st_size for p in (HOME / "docs" / "gallery").glob("*.png")}
    assert shown == set(there) and len(shown) > 8
    assert sum(there.values()) < 2_000_000


def test_the_paper_cites_what_its_references_have():
    paper = (HOME / "paper.md").read_text(encoding="utf-8")
    cited = set(re.findall(r"@([a-z]+\d{4})", paper))
    entries = re.findall(
        r"^@\w+\{(\w+),(.*?)^\}", (HOME / "paper.bib").read_text("utf-8"), BLOCK.flags
    )
    assert cited == {name for name, _ in entries}
    dois = [found[1] for _, body in entries if (found := re.search(r"doi = \{(.+)\}", body))]
    assert len(dois) == len(set(dois)) > 20
    assert all(re.fullmatch(r"10\.\d{4,}/\S+", doi) for doi in dois)
    assert {"Summary", "Statement of need", "State of the field"} <= set(
        re.findall(r"^# (.+)$", paper, re.MULTILINE)
    )


def test_numbers_of_the_readme_are_those_that_are_published():
    text = (HOME / "README.md").read_text(encoding="utf-8")
    renewed = runpy.run_path(str(HOME / "docs" / "readme.py"))["renewed"]
    assert text == renewed(text), "results were renewed: python docs/readme.py"


def test_the_citation_is_of_this_version():
    told = yaml.safe_load((HOME / "CITATION.cff").read_text(encoding="utf-8"))
    assert told["version"] == sim.__version__ and told["license"] == "MIT"
    assert told["authors"] == [{"name": "The eaeu-sim authors"}]


def test_the_readme_is_a_page():
    text = (HOME / "README.md").read_text(encoding="utf-8")
    assert len(text.split()) < 1000
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert "://" in target or (HOME / target).exists(), target


@pytest.mark.parametrize("page", [HOME / "docs" / f"{n}.md" for n in ("start", "howto")],
                         ids=lambda p: p.stem)  # fmt: skip
def test_python_of_the_pages_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    bodies = [body for at, body in blocks("python") if at == page]
    assert bodies
    for body in bodies:
        exec(compile(body, str(page), "exec"), {"sim": sim})


def test_scenarios_of_the_pages_load(tmp_path):
    seen = 0
    for page in PAGES:
        for place, body in MINE.findall(page.read_text(encoding="utf-8")):
            file = tmp_path / place
            file.parent.mkdir(exist_ok=True)
            file.write_text(body, encoding="utf-8")
            settings = load(f"scenario={file.stem}", "months=24", config_dir=tmp_path)
            assert settings.scenario.measures
            seen += 1
    assert seen
