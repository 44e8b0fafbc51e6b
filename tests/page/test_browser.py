"""The page in a real Chromium, with nothing but loopback: as a visitor meets it."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from waiting import held, settled

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
if not Path(CHROMIUM).exists():
    pytest.skip("no Chromium here", allow_module_level=True)

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
PATIENCE = 240_000
SMALL = "?scenario=eu_2022&firms=900&months=4"
LONG = "?scenario=eu_2022&firms=900&months=60&seeds=10"
"""A thousand months: this does not end before a visitor has seen it run."""


@pytest.fixture(scope="module")
def served():
    """One server for all, in a thread; its pool holds one process."""
    from sim.page.runs import Pool
    from sim.page.server import start

    up, running = threading.Event(), {}

    def serve():
        asyncio.set_event_loop(asyncio.new_event_loop())
        pool = Pool(1)
        server = start(pool, port=0, wait=False)
        running.update(server=server, pool=pool, loop=server.io_loop)
        up.set()
        server.io_loop.start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert up.wait(120)
    yield running
    running["pool"].close()
    running["loop"].add_callback(running["loop"].stop)
    thread.join(20)


@pytest.fixture(scope="module")
def address(served):
    return f"http://127.0.0.1:{served['server'].port}/"


@pytest.fixture
def pool(served):
    return served["pool"]


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def context(browser):
    """What all tabs share: what was loaded once, and nothing of a run."""
    made = browser.new_context(accept_downloads=True)
    made.set_default_timeout(PATIENCE)
    made.set_default_navigation_timeout(PATIENCE)
    return made


@pytest.fixture
def visit(context, address):
    """Open the page as another visitor; at the end nothing may have gone wrong or out."""
    pages, wrong = [], []

    def opened(query=SMALL, width=1400):
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        pages.append(page)
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on(
            "console", lambda m: wrong.append(f"console: {m.text}") if m.type == "error" else None
        )

        def watched(route):
            url = urlsplit(route.request.url)
            if url.hostname != "127.0.0.1" and url.scheme not in ("data", "blob"):
                wrong.append(f"asked for {route.request.url}")
                route.abort()
            else:
                route.continue_()

        page.route("**/*", watched)
        page.goto(address + query)
        page.get_by_role("button", name="Run", exact=True).wait_for()
        return page

    yield opened
    for page in pages:
        page.close()
    assert wrong == []


def run(page):
    page.get_by_role("button", name="Run", exact=True).click()


def says(page, text):
    page.get_by_role("status").get_by_text(text).wait_for()


def holds(page, months, name="chart-real_gdp"):
    """Wait until a chart has so many months, the base month included."""
    page.wait_for_function(
        """([name, months]) => {
          const plot = Bokeh.documents.flatMap(d => [...d._all_models.values()])
            .find(m => m.name == name);
          const line = plot && plot.renderers.find(r => r.name == "RUS");
          return line && line.data_source.get_length() == months;
        }""",
        arg=[name, months],
    )


def test_choose_run_watch_go_back_through_time_and_take_away(visit, tmp_path):
    page = visit(SMALL + "&against=embargo")
    page.get_by_text("python -m sim scenario=eu_2022").first.wait_for()
    holds(page, 0)
    run(page)
    says(page, "Finished")
    holds(page, 5)
    page.get_by_role("row", name="Russia").wait_for()
    assert "run=yes" in page.url
    page.get_by_role("button", name="Ask the textbook").wait_for()  # once there is something to ask
    before = page.get_by_role("row", name="Russia").inner_text()
    page.get_by_role("button", name="embargo, same seeds").click()
    page.get_by_text("against embargo, same seeds").wait_for()
    assert page.get_by_role("row", name="Russia").inner_text() != before

    title = """() => Bokeh.documents.flatMap(d => [...d._all_models.values()])
      .find(m => m.name == "chart-map").title.text"""
    page.wait_for_function(f"() => ({title})().includes('Apr 2022')")
    page.evaluate(
        """() => { Bokeh.documents.flatMap(d => [...d._all_models.values()])
          .find(m => m.name == "month-slider").value = 1; }"""
    )
    assert "Feb 2022" in page.evaluate(title)

    files = {}
    for kind in ("CSV", "PNG", "SVG"):
        with page.expect_download() as download:
            page.get_by_role("button", name=kind, exact=True).first.click()
        files[kind] = tmp_path / download.value.suggested_filename
        download.value.save_as(files[kind])
    lines = files["CSV"].read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("month,ARM,") and len(lines) == 6 and lines[1][:7] == "2021-12"
    assert files["PNG"].read_bytes().startswith(b"\x89PNG")
    assert "<svg" in files["SVG"].read_text() and "Real GDP" in files["SVG"].read_text()


def test_a_refresh_goes_on_with_the_same_run_and_two_visitors_do_not_meet(visit, pool):
    one = visit(LONG + "&seed=3")
    other = visit("?scenario=embargo&firms=900&months=3&seed=2")
    run(one)
    says(one, "Running")
    with held(pool):
        (begun,), processes = pool.at_work, [process.pid for process in pool.processes]
        months = settled(lambda: begun.months_done)
        one.reload()
        says(one, f"Running: {months} of")
        assert pool.at_work == [begun] and not begun.stopping and pool.ahead(begun) == 0
        run(other)
        says(other, "Waiting")
        one.get_by_role("button", name="Stop", exact=True).click()
    says(one, "Stopped after")
    says(other, "Finished")  # the page that was left did not hold the first one for long
    holds(other, 4)
    assert begun.state == "stopped" and "seed=3" in one.url
    assert [process.pid for process in pool.processes] == processes
    assert "embargo" in other.get_by_role("heading", name="real GDP").inner_text()
    assert "eu_2022" in one.get_by_role("heading", name="real GDP").inner_text()


def test_a_change_is_said_in_words_and_in_the_link(visit):
    page = visit()
    page.get_by_text("full stop of coalition trade with Russia").first.click()
    page.get_by_text("scenario=embargo").first.wait_for()
    assert (
        "firms: 900 instead of 10,000" in page.content()
        or page.get_by_text("firms: 900 instead of 10,000").count()
    )
    page.wait_for_function("() => location.search.includes('scenario=embargo')")
    again = visit("?" + urlsplit(page.url).query)
    again.get_by_text("scenario=embargo").first.wait_for()


def test_keys_alone_are_enough(visit):
    page = visit("?scenario=eu_2022&firms=900&months=3")
    button = page.get_by_role("button", name="Run", exact=True)
    for _ in range(80):
        page.keyboard.press("Tab")
        if button.evaluate("e => e.matches(':focus')"):
            break
    else:
        raise AssertionError("the Run button cannot be reached by the Tab key")
    page.keyboard.press("Enter")
    says(page, "Finished")


def test_a_wrong_link_is_refused_on_the_page_and_a_narrow_window_needs_no_sideways_scrolling(visit):
    page = visit("?scenario=eu_2023&months=4", width=400)
    page.get_by_role("alert").get_by_text("did you mean 'eu_2022'").wait_for()
    wide = "() => document.documentElement.scrollWidth"
    assert page.evaluate(wide) <= 400
