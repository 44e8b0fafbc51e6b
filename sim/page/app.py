"""One visitor's page: what is chosen on the left, what comes of it on the right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape
from time import monotonic
from typing import Any

import panel as pn

from sim.axes import Axes
from sim.errors import InputError
from sim.page import answers, choice, spoken, words
from sim.page.asked import Hubs, Waterfall
from sim.page.charts import HEIGHT, Chart
from sim.page.choice import Choice
from sim.page.frame import TABLE, TEMPLATE, Frame
from sim.page.runs import Asked, Pool, Run
from sim.page.takeaway import framed, mapped, taken
from sim.page.world import World
from sim.prepared import prepare, tables
from sim.record.panel import Panel

BEAT = 150
"""Milliseconds between two looks at the run."""
REST = 3.0
"""Times as long as a drawing took: then clicks of all visitors are heard."""
BASE = "the base month"
FIXED = "fixed"
WRAP = """
label { display: flex; align-items: flex-start; gap: 4px; white-space: normal; padding: 2px 0;
  line-height: 1.35; }
label span { white-space: normal; overflow-wrap: anywhere; }
"""


class Page:
    """Widgets, charts and the run of one browser tab."""

    def __init__(self, pool: Pool, query: str = "") -> None:
        """query: the part of the address after `?`; what is wrong with it is said on the page."""
        self.pool = pool
        self.run: Run | None = None
        self.rests = 0.0
        self.seen = -1
        self.quiet = False
        self.started = "run=" in query
        trouble = ""
        try:
            self.choice = Choice.from_query(query)
            prepare(self.choice.settings())
        except InputError as error:
            self.choice, self.started = Choice(), False
            trouble = f"This link cannot be used: {error}. What is shown instead is the start."
        self.settings = self.choice.settings()
        self.axes: Axes = tables(self.settings).axes
        self._make_choose()
        self._make_watch()
        self._chosen(trouble)

    # --- choose -------------------------------------------------------------------------------

    def _make_choose(self) -> None:
        about = choice.abouts()
        now = self.choice

        def of(family: tuple[str, ...]) -> str:
            return next((name for name in now.scenarios if name in family), "")

        def lines(names: tuple[str, ...] | list[str]) -> dict[str, str]:
            return {f"{about[name]} ({name})": name for name in names}

        self.sanctions = _radio(
            "Sanctions", lines(choice.SANCTIONS), of(choice.SANCTIONS) or "none"
        )
        self.mission = _radio(
            "Kazakhstan's trade mission in Russia",
            {"as it was": "", **lines(choice.MISSION)},
            of(choice.MISSION),
        )
        self.compliance = _radio(
            "Transit countries and others' sanctions",
            {
                "each weighs pressure against its trade": "",
                **lines(choice.COMPLIANCE),
                "all stop the share set below": FIXED,
            },
            FIXED if now.compliance is not None else of(choice.COMPLIANCE),
        )
        self.share = pn.widgets.FloatSlider(
            label="Share of barred re-exports that is stopped", start=0, end=1, step=0.05,
            value=0.5 if now.compliance is None else now.compliance, visible=False,
            sizing_mode="stretch_width",
        )  # fmt: skip
        names = choice.programmes()
        self.programmes = pn.widgets.CheckBoxGroup(
            stylesheets=[WRAP],
            label="Programmes of the members", options=lines(names),
            value=[name for name in now.scenarios if name in names], sizing_mode="stretch_width",
        )  # fmt: skip
        self.against = pn.widgets.Select(
            label="Compared with (same seeds)", options=lines(list(about)), value=now.against,
            sizing_mode="stretch_width",
        )  # fmt: skip
        self.sizes = {
            key: pn.widgets.IntSlider(
                label=name, start=max(low, step) if step > 1 else low, end=high, step=step,
                value=getattr(now, key), sizing_mode="stretch_width",
            )
            for key, name, step, (low, high) in (
                ("months", "Months from January 2022", 1, choice.LIMITS["months"]),
                ("firms", "Firms", 100, choice.LIMITS["firms"]),
                ("seeds", "Seeds (bands from two on)", 1, choice.LIMITS["seeds"]),
            )
        }  # fmt: skip
        self.seed = pn.widgets.IntInput(
            label="First seed", start=0, end=choice.LIMITS["seed"][1], value=now.seed, width=120
        )
        self.mechanisms = pn.widgets.CheckBoxGroup(
            stylesheets=[WRAP],
            label="Mechanisms",
            options={words.NAMES[key]: name for key, name in _MECHANISMS.items()},
            value=[name for name in _MECHANISMS.values() if getattr(now, name)],
            sizing_mode="stretch_width",
        )
        self.in_force = pn.widgets.CheckBoxGroup(
            stylesheets=[WRAP], label="Measures in force", sizing_mode="stretch_width"
        )
        self.one = pn.widgets.Select(label="Change one measure", sizing_mode="stretch_width")
        self.one_means = _text()
        self.intensity = pn.widgets.FloatSlider(
            label="Intensity, share of full strength", start=0, end=1, step=0.05,
            sizing_mode="stretch_width",
        )  # fmt: skip
        self.start = pn.widgets.DatePicker(label="First day in force", width=140)
        self.end = pn.widgets.DatePicker(label="First day no longer in force", width=170)
        self.as_shipped = pn.widgets.Button(label="As shipped", width=110)
        self.go = pn.widgets.Button(label="Run", color="primary", width=110, height=38)
        self.halt = pn.widgets.Button(label="Stop", width=80, height=38, disabled=True)
        self.reset = pn.widgets.Button(label="Start over", width=100, height=38)
        self.said = _text()
        self.trouble = _text()
        self.progress = pn.indicators.Progress(
            value=0, max=100, bar_color="primary", sizing_mode="stretch_width", height=8
        )
        self.status = _text()
        self.command = _text()
        self.link = _text()
        self.copy_command = pn.widgets.Button(label="Copy the command", width=150)
        self.copy_link = pn.widgets.Button(label="Copy the link", width=120)
        self.copy_command.js_on_click(args={"pane": self.command}, code=_COPY)
        self.copy_link.js_on_click(args={"pane": self.link}, code=_COPY)
        whole = [
            self.sanctions, self.mission, self.compliance, self.share, self.programmes,
            self.against, *self.sizes.values(), self.seed, self.mechanisms, self.in_force,
        ]  # fmt: skip
        for widget in whole:
            slider = isinstance(widget, pn.widgets.IntSlider | pn.widgets.FloatSlider)
            widget.param.watch(self._touched, "value_throttled" if slider else "value")
        self.one.param.watch(lambda _: self._look_at(), "value")
        self.intensity.param.watch(self._changed_one, "value_throttled")
        self.start.param.watch(self._changed_one, "value")
        self.end.param.watch(self._changed_one, "value")
        self.as_shipped.on_click(self._take_back)
        self.go.on_click(lambda _: self.begin())
        self.halt.on_click(lambda _: self.stop())
        self.reset.on_click(lambda _: self._start_over())

    def _touched(self, _: Any) -> None:
        if self.quiet:
            return
        picked = [self.sanctions.value, self.mission.value]
        fixed = self.compliance.value == FIXED
        picked += [] if fixed else [self.compliance.value]
        picked += [name for name in choice.programmes() if name in self.programmes.value]
        scenarios = tuple(name for name in picked if name and name != "none") or ("none",)
        switched = self.mechanisms.value
        rest: dict[str, Any] = {name: name in switched for name in _MECHANISMS.values()}
        try:
            made = self.choice.with_scenarios(scenarios)
            made = replace(
                made,
                against=self.against.value,
                compliance=round(self.share.value, 2) if fixed else None,
                seed=self.seed.value or 0,
                **{key: widget.value for key, widget in self.sizes.items()},
                **rest,
            )
            shipped = choice.measures_of(scenarios)
            if scenarios == self.choice.scenarios:
                made = self._switched(made, shipped)
            self._take(made)
        except InputError as error:
            self._complain(str(error))

    def _switched(self, made: Choice, shipped: dict[str, Any]) -> Choice:
        """Measures whose tick was set or taken."""
        for name in shipped:
            before = dict(made.measures).get(name, choice.Edit())
            off = (shipped[name].intensity if before.intensity is None else before.intensity) == 0
            if off == (name in self.in_force.value):
                wanted = 0.0 if not off else None
                if wanted is None and shipped[name].intensity == 0:
                    wanted = 1.0
                made = made.with_edit(name, replace(before, intensity=wanted))
        return made

    def _changed_one(self, _: Any) -> None:
        name = self.one.value
        if self.quiet or not name:
            return
        shipped = choice.measures_of(self.choice.scenarios)[name]
        changed = choice.Edit(
            None if self.intensity.value == shipped.intensity else round(self.intensity.value, 2),
            None if self.start.value == shipped.start else self.start.value,
            None if self.end.value == shipped.end else self.end.value,
        )
        try:
            self._take(self.choice.with_edit(name, changed))
        except InputError as error:
            self._complain(str(error))

    def _take_back(self, _: Any) -> None:
        self._take(self.choice.with_edit(self.one.value, choice.Edit()))

    def _start_over(self) -> None:
        usual = Choice()
        self.quiet = True
        self.sanctions.value, self.mission.value, self.compliance.value = "eu_2022", "", ""
        self.programmes.value, self.against.value, self.seed.value = [], usual.against, usual.seed
        for key, widget in self.sizes.items():
            widget.value = getattr(usual, key)
        self.mechanisms.value = [n for n in _MECHANISMS.values() if getattr(usual, n)]
        self.quiet = False
        self._take(usual)

    def _take(self, made: Choice) -> None:
        """Accept a choice if it can be run, else say why and keep the one before."""
        settings = made.settings()
        prepare(settings)
        self.choice, self.settings = made, settings
        self._chosen()

    def _chosen(self, trouble: str = "") -> None:
        """Show what is chosen: measures, differences, command and link."""
        shipped = choice.measures_of(self.choice.scenarios)
        self.quiet = True
        options = {f"{words.told(m)} ({name})": name for name, m in shipped.items()}
        self.in_force.options = options
        self.in_force.value = [m.name for m in self.settings.scenario if m.intensity > 0]
        self.one.options = {name: name for name in shipped} or {"(no measures)": ""}
        self.share.visible = self.compliance.value == FIXED
        self.quiet = False
        self._look_at()
        different = words.differences(self.choice, self.settings)
        about = "; ".join(self.settings.scenario.about)
        listed = "".join(f"<li>{escape(line)}</li>" for line in different)
        self.said.object = f"<p><b>{escape(about)}</b></p>" + (
            f"<p>Differs from the shipped scenario in:</p><ul>{listed}</ul>"
            if different
            else "<p>Exactly as shipped.</p>"
        )
        self.command.object = f"<code class=line>{escape(self.choice.command())}</code>"
        query = self.choice.to_query()
        self.link.object = f'<a class=line href="?{escape(query)}">?{escape(query)}</a>'
        if pn.state.location and pn.state.curdoc:
            pn.state.location.search = f"?{query}"
        self._complain(trouble)

    def _look_at(self) -> None:
        """Show the measure that is to be changed."""
        name = self.one.value
        found = {m.name: m for m in self.settings.scenario}.get(name)
        for widget in (self.intensity, self.start, self.end, self.as_shipped):
            widget.disabled = found is None
        if found is None:
            self.one_means.object = ""
            return
        self.quiet = True
        self.intensity.value, self.start.value, self.end.value = (
            found.intensity, found.start, found.end,
        )  # fmt: skip
        self.quiet = False
        self.one_means.object = f"<p class=note>{escape(words.meaning(found))}</p>"

    def _complain(self, why: str) -> None:
        self.trouble.visible = bool(why)
        self.trouble.object = f"<div role=alert class=trouble>{escape(why)}</div>" if why else ""

    # --- watch --------------------------------------------------------------------------------

    def _make_watch(self) -> None:
        self.charts: dict[str, Chart] = {}
        self.places = {
            key: pn.Column(sizing_mode="stretch_width", min_height=height)
            for key, height in (*((key, HEIGHT + 40) for key in answers.SHOWN), ("world", 520))
        }
        self.compare = pn.widgets.RadioButtonGroup(
            label="Compared with", options=[BASE], value=BASE, sizing_mode="stretch_width"
        )
        self.compare.param.watch(lambda _: self.draw(), "value")
        self.table = _text()
        self.dates = _text()
        self.headline = _text()
        self._make_ask()

    def furnish(self) -> None:
        """Hang up the charts and the map: half of what a browser has to draw, and nobody waits for
        empty ones."""
        if self.charts:
            return
        self.charts = {key: Chart(column, self.axes) for key, column in answers.SHOWN.items()}
        self.world = World(self.axes)
        hung = {key: framed(chart) for key, chart in self.charts.items()}
        with pn.io.hold():
            for key, drawn in (*hung.items(), ("world", mapped(self.world))):
                self.places[key].append(pn.pane.Bokeh(drawn, sizing_mode="stretch_width"))

    # --- ask ----------------------------------------------------------------------------------

    def _make_ask(self) -> None:
        """Rooms that are open once there is something in them."""
        self.hubs: Hubs | None = None
        self.waterfall: Waterfall | None = None
        self.asked: Asked | None = None
        self.asked_seen = -1
        wide = {"sizing_mode": "stretch_width"}
        self.hubs_table = _text()
        self.hubs_place = pn.Column(**wide)
        self.through = pn.Column(
            _text("<h2>Through whom does it go?</h2>"), self.hubs_place, self.hubs_table,
            visible=False, **wide,
        )  # fmt: skip
        self.ask_why = pn.widgets.Button(label="Ask the textbook", width=170, height=38)
        self.ask_why.on_click(lambda _: self._ask())
        self.why_status = _text()
        self.why_region = pn.widgets.Select(label="Region", width=220)
        self.why_region.param.watch(lambda _: self._draw_why(), "value")
        self.why_table = _text()
        self.why_place = pn.Column(**wide)
        self.why_answer = pn.Column(
            self.why_region, self.why_place, self.why_table, visible=False, **wide
        )
        self.why = pn.Column(
            _text(
                "<h2>What does the textbook say, and why does this run say more or less?</h2>"
                "<p>The static trade model under the measures of the last month, and what "
                "every mechanism adds to it until this run is reached. Five runs of this size, "
                "three of them to rest: some seconds with 1,500 firms.</p>"
            ),
            self.ask_why, self.why_status, self.why_answer, visible=False, **wide,
        )  # fmt: skip

    def _open_rooms(self, own: list[Panel]) -> None:
        """What a finished run can be asked."""
        there = answers.target(own)
        found = answers.hubs(own, there) if there else []
        if there and found:
            if self.hubs is None:
                self.hubs = Hubs()
                self.hubs_place.append(pn.pane.Bokeh(taken(self.hubs, "hubs"), **_WIDE))
            self.hubs.update(found, self.axes.region_names[self.axes.region(there)])
            self.hubs_table.object = spoken.through(found, own[0], there)
        self.through.visible = bool(found)
        self.why.visible = True

    def _close_rooms(self) -> None:
        """A new run has not been asked anything."""
        self._hush()
        self.asked = None
        self.through.visible = self.why.visible = self.why_answer.visible = False
        self.ask_why.disabled, self.why_status.object = False, ""

    def _hush(self) -> None:
        if self.asked is not None and not self.asked.over:
            self.pool.stop(self.asked)

    def _ask(self) -> None:
        if self.run is None or self.asked is not None:
            return
        self.ask_why.disabled = True
        self.asked, self.asked_seen = self.pool.ask(self.run.settings.replications()[0]), -1

    def _hear(self) -> None:
        """Look at the question; show what came of it."""
        asked = self.asked
        if asked is None or asked.version == self.asked_seen:
            return
        self.asked_seen = asked.version
        said = {
            "waiting": "Waiting for a free place …",
            "running": f"Running: {asked.doing}" if asked.doing else "Solving …",
            "failed": f"There is no answer: {asked.error}",
        }.get(asked.state, "")
        self.why_status.object = f"<div role=status aria-live=polite>{escape(said)}</div>"
        if asked.answer is not None:
            first = self.waterfall is None
            self.waterfall = self.waterfall or Waterfall()
            self.waterfall.take(asked.answer)
            if first:
                self.why_place.append(pn.pane.Bokeh(taken(self.waterfall, "textbook"), **_WIDE))
            names = {self.axes.region_names[self.axes.region(c)]: c for c in asked.answer.regions}
            moved = abs(asked.answer.levels).max(axis=0)
            self.why_region.options = names
            self.why_region.value = asked.answer.regions[int(moved.argmax())]
            self._draw_why()
            self.why_table.object = spoken.why(asked.answer, self.axes)
            self.why_answer.visible = True

    def _draw_why(self) -> None:
        region = self.why_region.value
        if self.asked is None or self.asked.answer is None or self.waterfall is None or not region:
            return
        name = self.axes.region_names[self.axes.region(region)]
        self.waterfall.update(self.asked.answer, region, name)

    # --- run ----------------------------------------------------------------------------------

    def begin(self) -> None:
        """Run what is chosen, instead of what ran before."""
        self.furnish()
        self.stop()
        self._close_rooms()
        self.ran = self.choice
        self.run = self.pool.submit(self.settings)
        self.seen, self.rests = -1, 0.0
        self.go.disabled, self.halt.disabled = True, False
        other = f"{self.choice.against}, same seeds"
        self.compare.options = [BASE, other]
        if self.compare.value not in self.compare.options:
            self.compare.value = BASE
        self.marks = words.marks({m.name: m for m in self.settings.scenario})
        self._list_dates()
        if pn.state.location and pn.state.curdoc:
            pn.state.location.search = f"?{self.choice.to_query()}&run=yes"
        self.beat()

    def stop(self) -> None:
        """Stop the run of this tab, and what was asked of it; nobody else's."""
        self._hush()
        if self.run is not None and not self.run.over:
            self.run = self.pool.stop(self.run)

    def beat(self) -> None:
        """Look at the run; draw what is new."""
        if self.started:  # the link said so
            self.started = False
            self.begin()
        run = self.run
        if run is None:
            ready = "Choose, then press Run." if self.pool.ready else "Warming up …"
            self._status(ready, 0)
            return
        self._hear()
        if not run.over and monotonic() < self.rests:
            return
        if run.version != self.seen or not run.over:
            began = monotonic()
            self.seen, state = run.version, run.state
            done = run.months_done
            self._status(_STATUS[state](run, self.pool), round(100 * done / run.months_wanted))
            self.go.disabled, self.halt.disabled = not run.over, run.over
            if state == "failed":
                self._complain(f"The run failed: {run.error}")
            self.draw()
            self.rests = monotonic() + REST * (monotonic() - began)

    def _status(self, text: str, share: int) -> None:
        html = f"<div role=status aria-live=polite>{escape(text)}</div>"
        if self.status.object != html:
            self.status.object = html
        if self.progress.value != share:
            self.progress.value = share

    def draw(self) -> None:
        """All charts, the map and the table from what has come in."""
        run = self.run
        if run is None:
            return
        own, reference = run.of("own"), run.of("reference")
        complete = [p for p in own if p.written == run.settings.months]
        if len(complete) > 1:
            own = complete
            reference = [p for p in reference if p.written == run.settings.months]
        else:
            own, reference = own[:1], reference[:1]
        if not own:
            return
        against_base = self.compare.value == BASE
        if against_base:
            reference = []
        elif not reference:
            return
        start, span = run.settings.start, run.settings.months
        for key, chart in self.charts.items():
            chart.update(start, span, answers.paths(own, reference, key), self.marks)
        change, level = answers.flows(own, reference)
        self.world.update(start, change, level)
        self._tell(answers.table(own, reference), own)
        if run.state == "finished":
            self._open_rooms(own)

    def _tell(self, found: dict[tuple[str, str], answers.Cell], own: list[Panel]) -> None:
        self.table.object = spoken.table(found, own, self.compare.value)
        self.headline.object = f"<h2>{escape(spoken.headline(found, own[0]))}</h2>"

    def _list_dates(self) -> None:
        listed = "".join(f"<li>{escape(mark.what)}</li>" for mark in self.marks)
        self.dates.object = f"<ul>{listed}</ul>" if listed else "<p>No dated measures.</p>"

    def view(self) -> pn.Template:
        """Everything in its place, as a document for a browser."""
        page = Frame(TEMPLATE)
        page.location = True  # the address follows what is chosen
        wide = {"sizing_mode": "stretch_width"}
        closed = {"collapsed": True, **wide}
        page.add_panel(
            "choose",
            pn.Column(
                self.trouble,
                self.sanctions,
                pn.Card(
                    _text("<b>Kazakhstan's trade mission in Russia</b>"), self.mission,
                    _text("<b>Transit countries and others' sanctions</b>"),
                    self.compliance, self.share,
                    _text("<b>Programmes of the members</b>"), self.programmes,
                    title="Answers of the members", **closed,
                ),
                pn.Card(
                    _text("<p class=note>Untick to switch a measure off.</p>"),
                    pn.Column(self.in_force, scroll=True, max_height=260, **wide),
                    self.one, self.one_means, self.intensity, pn.FlexBox(self.start, self.end),
                    self.as_shipped,
                    title="Single measures", **closed,
                ),
                pn.Card(self.mechanisms, self.seed, self.sizes["firms"],
                        title="Mechanisms, firms and luck", **closed),
                self.sizes["months"], self.sizes["seeds"], self.against,
                pn.FlexBox(self.go, self.halt, self.reset, gap="8px"),
                self.progress, self.status,
                sizing_mode="stretch_width",
            ),
        )  # fmt: skip
        page.add_panel("said", self.said)
        page.add_panel(
            "same",
            pn.Column(
                self.command, pn.FlexBox(self.copy_command, self.copy_link, gap="8px"), self.link,
                sizing_mode="stretch_width",
            ),
        )  # fmt: skip
        page.add_panel("headline", self.headline)
        page.add_panel("compare", self.compare)
        page.add_panel("table", self.table)
        page.add_panel("dates", self.dates)
        page.add_panel("ask", pn.Column(self.through, self.why, **wide))
        for key, place in self.places.items():
            page.add_panel(f"chart_{key}", place)
        page.add_variable("charts", [f"chart_{key}" for key in self.places])
        return page


_WIDE = {"sizing_mode": "stretch_width"}
_MECHANISMS = {
    "traders.active": "traders",
    "technology.active": "technology",
    "countries.comply": "comply",
    "countries.retaliate": "retaliate",
}
_STATUS: dict[str, Callable[[Run, Pool], str]] = {
    "waiting": lambda run, pool: f"Waiting for a free place, {pool.ahead(run)} before you …",
    "running": lambda run, pool: (
        f"Running: {run.months_done} of {run.months_wanted} months"
        if run.months_done
        else "Building the network of firms …"
    ),
    "finished": lambda run, pool: f"Finished: {run.months_done} months.",
    "stopped": lambda run, pool: f"Stopped after {run.months_done} of {run.months_wanted} months.",
    "failed": lambda run, pool: "Failed.",
}
_COPY = """
const holder = document.createElement("div");
holder.innerHTML = pane.text.startsWith("&lt;") ? new DOMParser()
  .parseFromString(pane.text, "text/html").documentElement.textContent : pane.text;
const link = holder.querySelector("a");
const text = link ? location.origin + location.pathname + link.getAttribute("href")
  : holder.textContent;
const done = () => { const b = cb_obj.origin || cb_obj; };
if (navigator.clipboard) navigator.clipboard.writeText(text).then(done);
else {
  const area = document.createElement("textarea");
  area.value = text; document.body.appendChild(area); area.select();
  document.execCommand("copy"); area.remove();
}
"""


def _text(html: str = "") -> pn.pane.HTML:
    return pn.pane.HTML(html, stylesheets=[TABLE], sizing_mode="stretch_width")


def _radio(name: str, options: dict[str, str], value: str) -> pn.widgets.RadioBoxGroup:
    return pn.widgets.RadioBoxGroup(
        label=name, options=options, value=value, stylesheets=[WRAP], sizing_mode="stretch_width"
    )
