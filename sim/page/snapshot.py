"""The charts of stored results in one file of HTML that opens without a network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from bokeh.embed import components
from bokeh.resources import Resources

from sim.errors import InputError, unknown
from sim.page import answers, spoken
from sim.page.asked import Hubs
from sim.page.charts import Chart
from sim.page.frame import STYLE, TABLE
from sim.page.takeaway import framed, mapped, taken
from sim.page.words import marks
from sim.page.world import World
from sim.record.panel import Panel
from sim.record.store import DONE, replacing
from sim.settings import Settings
from sim.study.changes import is_so
from sim.study.results import open_results

SOUGHT = re.compile(r"<script[^>]*\ssrc=[^>]*>\s*</script>")
"""Where Panel is loaded too, Bokeh would have the file look for a script of Panel's beside it."""
COMPONENTS = ("bokeh", "bokeh-widgets")
"""Of Bokeh's scripts those that the charts need; all of them would be twice as much."""


def write_snapshot(
    folder: Path, into: Path | None = None, against: Mapping[str, Any] | None = None
) -> Path:
    """Write `interactive.html` in the folder, unless told otherwise, and return its path.

    folder: of a finished run, or of the runs of one scenario that differ in nothing but the seed.
    against: the runs among them that the others are compared with seed by seed, as in
    `Results.changes`. InputError where there is not one thing to show.
    """
    if not folder.is_dir():
        raise InputError(f"results folder '{folder}' does not exist")
    own: tuple[Path, ...]
    other: tuple[Path, ...]
    if (folder / "manifest.json").is_file():
        if against:
            raise InputError(f"'{folder}' is one run; against is for results/NAME")
        own, other = (folder,), ()
    else:
        own, other = _chosen(folder, against or {})
    panels = [_read(path)[0] for path in own]
    compared = [_read(path)[0] for path in other]
    text = snapshot(panels, compared, _read(own[0])[1])
    final = into or (folder / "interactive.html")
    with replacing(final) as partial:
        partial.write_text(text, encoding="utf-8")
    return final


def _chosen(folder: Path, against: Mapping[str, Any]) -> tuple[tuple[Path, ...], ...]:
    """Folders of the runs that are shown, and of those they are compared with, by seed."""
    results = open_results(folder, "latest")
    keys = [p for p in results.parameters if p != "seed"]
    mask = pd.Series(bool(against), results.index.index)
    for key, value in against.items():
        if key not in keys:
            raise unknown("parameter that differs", key, keys)
        mask &= is_so(results.index[key], value)
    own, other = (results.index[m].sort_values("seed") for m in (~mask, mask))
    if len(own[keys].drop_duplicates()) != 1:
        what = ", ".join(keys) or "nothing"
        raise InputError(
            f"'{folder}' holds runs that differ in {what}; name one (results/NAME/RUN), or say "
            "with --against which of two the other is compared with"
        )
    if against and list(own["seed"]) != list(other["seed"]):
        raise InputError(f"against = {dict(against)!r}: not the same seeds on both sides")
    return tuple(tuple(folder / path for path in part["folder"]) for part in (own, other))


def snapshot(own: Sequence[Panel], reference: Sequence[Panel], told: Settings) -> str:
    """The page as text. told: the settings of the runs that are shown."""
    compared = reference[0].scenario if reference else "the base month"
    axes, start, span = own[0].axes, own[0].start, own[0].written
    dates = marks({m.name: m for m in told.scenario})
    drawn = {}
    for key, column in answers.SHOWN.items():
        chart = Chart(column, axes)
        chart.update(start, span, answers.paths(own, reference, key), dates)
        drawn[key] = framed(chart)
    world = World(axes)
    world.update(start, *answers.flows(own, reference))
    drawn["map"] = mapped(world)
    told_through, there = "", answers.target(own)
    if there and (through := answers.hubs(own, there)):
        bars = Hubs()
        bars.update(through, axes.region_names[axes.region(there)])
        drawn["hubs"] = taken(bars, "hubs")
        told_through = f"<h2>Through whom does it go?</h2>{spoken.through(through, own[0], there)}"
    script, places = components(drawn)
    about = "; ".join(told.scenario.about)
    lines = "".join(f"<li>{escape(mark.what)}</li>" for mark in dates)
    scripts = Resources(mode="inline", components=[*COMPONENTS]).render_js()
    scripts = SOUGHT.sub("", scripts)
    charts = "".join(f"<div>{place}</div>" for place in places.values())
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(told.scenario.label)}</title><style>{STYLE}{TABLE}</style>{scripts}</head><body>
<header><h1>Scenario {escape(told.scenario.label)}</h1>
<p class="lead">{escape(about)}. {escape(own[0].source)}. Changes against {escape(compared)};
read differences between scenarios, not levels.</p></header>
<main class="one"><section>{spoken.table(answers.table(own, reference), own, compared)}
<div class="charts">{charts}</div>
{told_through}
<details><summary>Measures by date (the marks at the foot of every chart)</summary>
<ul>{lines}</ul></details></section></main>
<footer>All numbers are simulated.</footer>{script}</body></html>
"""


def _read(folder: Path) -> tuple[Panel, Settings]:
    if not (folder / DONE).is_file():
        raise InputError(f"'{folder}' is not a finished run: it has no file {DONE}")
    try:
        told = Settings.from_dict(yaml.safe_load((folder / "config.yaml").read_text("utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise InputError(f"'{folder / 'config.yaml'}' cannot be read ({error})") from None
    return Panel.read(folder), told
