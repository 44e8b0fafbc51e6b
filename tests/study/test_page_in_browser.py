"""Reports fit phones, screens and paper: looked at by a real browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from browser import BROKEN, WIDER, browser, sheets

import sim
from sim.run import complete
from sim.study.report import report

KEPT = os.environ.get("SIM_FIGURES")


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    """The page of a run of the shipped union."""
    root = tmp_path_factory.mktemp("page")
    small = ("firms.count=900", "months=3", "output.figures=true", f"output.folder={root}")
    run = complete(sim.load("scenario=eu_2022", *small), figures=True).folder
    path = root / "run.html"
    path.write_text(report(run), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def studied(study, tmp_path_factory) -> Path:
    """The page of a sweep with ensembles."""
    path = tmp_path_factory.mktemp("page") / "study.html"
    path.write_text(report(study / "results" / "x"), encoding="utf-8")
    return path


@pytest.mark.parametrize("which", ["page", "studied"])
def test_it_fits_every_screen_and_paper(which, request, tmp_path):
    path = request.getfixturevalue(which)
    with browser(tmp_path / "profile") as context:
        tab = context.new_page()
        asked = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(path.as_uri())
        for width in (400, 560, 800, 1200, 1600):
            tab.set_viewport_size({"width": width, "height": 900})
            assert tab.evaluate(WIDER) == [], f"wider than {width} px"
            assert tab.evaluate(BROKEN) == [], f"broken in mid-word at {width} px"
            _keep(tab, f"{path.stem}_{width}")
        tab.emulate_media(media="print")
        tab.set_viewport_size({"width": 688, "height": 1000})  # A4 within its margins
        assert tab.evaluate(WIDER) == [] and tab.evaluate(BROKEN) == []
        pdf = tab.pdf(format="A4", prefer_css_page_size=True)
        if KEPT:
            (Path(KEPT) / f"{path.stem}.pdf").write_bytes(pdf)
        if which == "page":
            assert 3 <= sheets(pdf) <= 6, f"{sheets(pdf)} pages of a run"
        assert all(url.startswith(("file:", "data:")) for url in asked)


def _keep(tab, name: str) -> None:
    """With SIM_FIGURES=folder, to be looked at."""
    if KEPT:
        Path(KEPT).mkdir(parents=True, exist_ok=True)
        tab.screenshot(path=str(Path(KEPT) / f"{name}.png"), full_page=True)
