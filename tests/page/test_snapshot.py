"""The snapshot: small, alone, and with the numbers of the run."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

import sim
from sim import report
from sim.errors import InputError
from sim.page.snapshot import write_snapshot
from sim.run import complete

LARGEST = 3_000_000


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    for scenario in ("none", "eu_2022"):
        settings = sim.load(f"scenario={scenario}", "firms.count=900", "months=3", "name=study")
        output = replace(settings.output, folder=str(folder), figures=False)
        complete(replace(settings, output=output))
    return folder / "study"


def test_the_command_writes_one_small_file_that_asks_for_nothing(results, capsys):
    run = next(
        path for path in results.iterdir() if "eu_2022" in (path / "config.yaml").read_text()
    )
    assert report.main([str(run), "--interactive"]) == 0
    path = run / "interactive.html"
    assert capsys.readouterr().out.strip() == str(path)
    text = path.read_text(encoding="utf-8")
    assert path.stat().st_size < LARGEST
    tags = re.sub(r"(?s)(<script[^>]*>).*?</script>", r"\1", text)  # what scripts hold is no tag
    found = re.search(r"<link|@import|url\(|src=", tags)
    assert not found, tags[found.start() - 80 : found.end() + 80]
    assert "Scenario eu_2022" in text
    assert "<li>" in text.split("Measures by date")[1]  # with what began, and when


def test_one_scenario_is_compared_with_another_seed_by_seed(results):
    path = write_snapshot(results, against={"scenario": "none"})
    assert "Changes against none" in path.read_text(encoding="utf-8")


def test_what_is_not_one_thing_is_refused(results, tmp_path):
    with pytest.raises(InputError, match="differ in scenario"):
        write_snapshot(results)
    with pytest.raises(InputError, match="does not exist"):
        write_snapshot(tmp_path / "nowhere")
