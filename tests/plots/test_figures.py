"""Figures say what the panel says, in words that fit, and leave nothing behind."""

import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from sim.errors import InputError
from sim.plots import flow_map, partner_trade, regional, trade_map, union_dashboard, write_figures
from sim.plots.style import COLOURS, signed, spread


@pytest.fixture(scope="module")
def shocked(synthetic):
    return synthetic.make()


@pytest.fixture(scope="module")
def flat(synthetic):
    """At rest but for arithmetic noise, as a real run at rest is."""
    return synthetic.make(shock=1e-14, scenario="none")


def words(figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def title(figure) -> str:
    return figure.texts[0].get_text()


def assert_words_fit(figure) -> None:
    """No word leaves the sheet and no two labels of a plot lie over each other."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)

    def box(text):
        return Text.get_window_extent(text, renderer)

    titles = [plot.title for plot in figure.axes] + [plot._left_title for plot in figure.axes]
    for text in [*figure.texts, *titles, *(t for plot in figure.axes for t in plot.texts)]:
        if text.get_text():
            assert box(text).x0 >= -1 and box(text).x1 <= figure.bbox.x1 + 1, text.get_text()
            assert box(text).y0 >= -1 and box(text).y1 <= figure.bbox.y1 + 1, text.get_text()
    for plot in figure.axes:
        for one, other in combinations([t for t in plot.texts if t.get_text()], 2):
            over = Bbox.intersection(box(one), box(other))
            assert over is None or min(over.width, over.height) < 2, (one, other)


@pytest.mark.parametrize(
    "draw",
    [lambda p: partner_trade(p, "RUS"), union_dashboard, flow_map, trade_map],
    ids=["partner_trade", "union_dashboard", "flow_map", "trade_map"],  # the same in every worker
)
def test_words_fit(draw, shocked, flat, synthetic):
    for panel in (shocked, flat, synthetic.make(months=1), synthetic.make(synthetic.TOY, months=3)):
        if "RUS" in panel.axes.regions or draw in (union_dashboard, flow_map, trade_map):
            figure = draw(panel)
            assert_words_fit(figure)
            assert any(panel.scenario in word for word in words(figure))
            assert any("seed 1" in word for word in words(figure))


def test_partner_trade_shows_index_and_message(shocked):
    figure = partner_trade(shocked, "RUS")
    path, base = shocked.bilateral()
    r, chn = shocked.axes.region("RUS"), shocked.axes.region("CHN")
    china = 100 * path[-1, chn, r] / base[chn, r]
    assert f"China {china:.0f}" in words(figure)
    imports = 100 * (path[-1, :, r].sum() / base[:, r].sum() - 1)
    assert f"imports {signed(imports, 0)} %" in title(figure)
    lines = [line.get_ydata() for line in figure.axes[0].lines if line.get_color() in COLOURS]
    assert any(line[0] == 100.0 and line[-1] == pytest.approx(china) for line in lines)
    shown = [w.split()[0] for w in words(figure)]
    assert "European" in shown and "India" in shown  # the largest loss and a large gain


def test_partner_trade_clips_what_would_flatten_the_rest(synthetic):
    panel = synthetic.make(months=3, shock=30.0)
    figure = partner_trade(panel, "ARM")
    assert figure.axes[0].get_ylim()[1] <= 400.0
    assert any(word.endswith("\u2191") for word in words(figure))


def test_dashboard_names_loser_and_winner(shocked):
    figure = union_dashboard(shocked)
    gdp = 100 * (shocked.relative("regions", "real_gdp")[-1] - 1)
    assert f"{signed(gdp[shocked.axes.region('RUS')])} % in Russia" in title(figure)
    assert len(figure.axes) == 4
    for plot in figure.axes:
        coloured = [line for line in plot.lines if line.get_color() in COLOURS]
        assert len({line.get_color() for line in coloured}) == len(shocked.axes.members)


def test_rest_looks_like_rest(flat):
    figure = union_dashboard(flat)
    assert title(figure).startswith("Nothing moves")
    for plot in figure.axes:
        low, high = plot.get_ylim()
        assert low < -0.5 and high > 0.5
    assert "unchanged" in title(partner_trade(flat, "RUS"))
    assert title(flow_map(flat)) == "No trade of a member moved"


def test_flow_map_numbers(shocked):
    figure = flow_map(shocked)
    path, base = shocked.bilateral()
    change = (path[-12:].mean(axis=0) - base) * 12 / 1000
    eu, rus = shocked.axes.region("EU27"), shocked.axes.region("RUS")
    matrix = figure.axes[0]
    cells = {t.get_position(): t.get_text() for t in matrix.texts}
    assert cells[rus, eu] == signed(change[eu, rus], 0)
    assert np.allclose(matrix.images[0].get_array(), change, atol=1e-6)
    assert "RUS \u2192 EU27" in title(figure)


def test_map_and_matrix_say_the_same(shocked):
    figure = trade_map(shocked)
    assert title(figure) == title(flow_map(shocked))
    path, base = shocked.bilateral()
    change = (path[-12:].mean(axis=0) - base) * 12 / 1000
    listed = next(word for word in words(figure) if word.count("\u2192") > 3).splitlines()
    for line in listed:
        flow, _, value = line.rpartition("  ")
        one, other = (shocked.axes.region(code) for code in flow.split(" \u2192 "))
        assert value == signed(change[one, other], 0 if abs(change[one, other]) >= 9.95 else 1)
    sizes = [abs(float(line.split()[-1].replace("\u2212", "-"))) for line in listed]
    assert sizes == sorted(sizes, reverse=True)


def test_a_map_of_fifty_regions_is_readable(synthetic):
    codes = ("RUS", "EU27", "CHN", *(f"X{k:02d}" for k in range(47)))
    toy = replace(synthetic.TOY, regions=codes, members=codes[:2], region_names=codes)
    for draw in (trade_map, flow_map):
        figure = draw(synthetic.make(toy, months=3))
        assert "RUS" in title(figure)
        assert_words_fit(figure)


def test_unknown_region(shocked):
    with pytest.raises(InputError, match="did you mean 'RUS'"):
        partner_trade(shocked, "RUSS")


def test_files_focus_and_settings(shocked, synthetic, tmp_path):
    before = dict(matplotlib.rcParams)
    paths = write_figures(shocked, tmp_path)
    names = ["trade_of_RUS", "union_dashboard", "flow_map", "trade_map"]
    assert [p.stem for p in paths] == names
    for path in paths:
        assert path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 20_000
    assert dict(matplotlib.rcParams) == before
    assert write_figures(shocked, tmp_path, focus="KAZ")[0].name == "trade_of_KAZ.png"


def test_no_pyplot_and_no_display():
    code = "import sim.plots, sys; sys.exit('matplotlib.pyplot' in sys.modules)"
    repo = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=repo)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0.01, 0.2))
def test_spread_keeps_order_and_gap(places, gap):
    places = np.sort(places)
    found = spread(places, gap)
    assert (np.diff(found) >= gap - 1e-12).all()
    if (np.diff(places) >= gap).all():
        assert np.allclose(found, places)
    assert found.mean() == pytest.approx(places.mean())


def test_signed():
    assert [signed(x) for x in (1.25, -3.0, 0.04, -0.04, 1234.5)] == [
        *("+1.2", "\u22123.0", "0.0", "0.0", "+1,234.5")
    ]


def test_any_regional_column_is_drawn_in_its_own_kind_of_change(shocked):
    figure = regional(shocked, "unemployment")
    assert title(figure).startswith("Unemployment, ")
    assert any("baseline, points" in word for word in words(figure))
    assert_words_fit(figure)
    with pytest.raises(KeyError):
        regional(shocked, "unemploymnt")
