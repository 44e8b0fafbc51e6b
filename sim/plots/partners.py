"""Trade of one region by partner: whom did it lose, and who came instead?"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes as Plot
from matplotlib.figure import Figure

from sim.axes import YEAR
from sim.plots import style
from sim.record.columns import ratio
from sim.record.panel import Panel

LARGEST, MOVED = 2, 2
NOTHING = 0.05
BEYOND = 3
CEILING = 400.0
"""A partner that starts near nothing would flatten all others: lines leave the plot here."""


def partner_trade(panel: Panel, region: str) -> Figure:
    """Imports and exports of a region by partner as indices, 100 = base month.

    In colour: the partners largest in the base month, and those whose trade with the region
    rose and fell most in USD. All others stay grey.
    """
    r = panel.axes.region(region)
    path, base = panel.bilateral()
    imports = (path[:, :, r], base[:, r])
    exports = (path[:, r, :], base[r, :])
    shown = _highlighted(imports[0] + exports[0], imports[1] + exports[1])
    colours = dict(zip(shown, style.COLOURS, strict=False))
    last = style.month_text(panel.months[-1])
    title = (
        f"{panel.axes.region_names[r]}: {_message(imports, exports)} against the baseline, {last}"
    )
    indices = [_index(*flows) for flows in (imports, exports)]
    limits = _limits(np.hstack([index[:, [*shown, -1]] for index in indices]))
    subtitle = (
        f"Scenario {panel.scenario}. Value of trade by partner, index, 100 = baseline; "
        f"grey: all other partners{_beyond(panel, indices, r, limits[1])}"
    )
    with style.look():
        figure = style.sheet((11.5, 5.4), title, subtitle, style.footer(panel.source))
        plots = figure.subplots(1, 2, sharey=True)
        figure.subplots_adjust(left=0.045, right=0.865, top=0.815, bottom=0.115, wspace=0.44)
        name = panel.axes.region_names[r]
        for plot, index, heading in zip(
            plots,
            indices,
            (f"Imports of {name}, by origin", f"Exports of {name}, by destination"),
            strict=True,
        ):
            plot.set_title(heading, pad=8)
            _lines(plot, panel, index, r, colours, limits)
    return figure


def _index(path: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Index by partner and, in the last column, of the total; first row: the base month."""
    path = np.column_stack([path, path.sum(axis=1)])
    base = np.append(base, base.sum())
    return np.vstack([np.full(base.size, 100.0), 100.0 * ratio(path, base)])


def _highlighted(path: np.ndarray, base: np.ndarray) -> list[int]:
    """Positions of the partners to show in colour: the largest, the risers, the fallers."""
    change = path[-YEAR:].mean(axis=0) - base
    chosen: list[int] = []
    for score, count in ((base, LARGEST), (change, MOVED), (-change, MOVED)):
        order = [int(i) for i in np.argsort(-score, kind="stable")]
        new = [i for i in order if base[i] > 0 and score[i] > 0 and i not in chosen]
        chosen += new[:count]
    return chosen


def _limits(shown: np.ndarray) -> tuple[float, float]:
    """Room for the lines in colour, at least 80 to 120, so that a little looks little."""
    low, high = float(shown.min()), float(shown.max())
    pad = 0.06 * (min(high, CEILING) - low)
    return max(0.0, min(80.0, low - pad)), min(CEILING, max(120.0, high + pad))


def _beyond(panel: Panel, indices: list[np.ndarray], own: int, top: float) -> str:
    """Partners whose line leaves the plot, and how high it goes."""
    found: dict[int, float] = {}
    for index in indices:
        heights = np.where(np.isfinite(index[:, :-1]), index[:, :-1], 0.0).max(axis=0)
        for i in map(int, np.flatnonzero(heights > top)):
            if i != own:
                found[i] = max(found.get(i, 0.0), float(heights[i]))
    highest = sorted(found, key=lambda i: -found[i])[:BEYOND]
    told = ", ".join(f"{style.name_of(panel.axes, i)} up to {found[i]:,.0f}" for i in highest)
    return f" ({told})" if told else ""


def _lines(
    plot: Plot,
    panel: Panel,
    index: np.ndarray,
    own: int,
    colours: dict[int, str],
    limits: tuple[float, float],
) -> None:
    dates = style.month_axis(plot, panel.months)
    plot.axhline(100, color=style.FAINT, lw=1)
    others = [i for i in range(index.shape[1] - 1) if i != own and i not in colours]
    drawn = np.where(np.isfinite(index), index, np.nan)
    plot.plot(dates, drawn[:, others], color=style.FAINT, lw=0.8)
    labels = []
    for i, colour in colours.items():
        plot.plot(dates, drawn[:, i], color=colour)
        text = f"{style.name_of(panel.axes, i)} {index[-1, i]:,.0f}"
        labels.append(style.Label(index[-1, i], _arrow(text, index[-1, i], limits[1]), colour))
    plot.plot(dates, drawn[:, -1], color=style.INK, lw=2.6)
    labels.append(style.Label(index[-1, -1], f"Total {index[-1, -1]:,.0f}", style.INK, bold=True))
    plot.set_ylim(*limits)
    plot.tick_params(labelleft=True)
    if np.abs(drawn[:, [*colours, -1]] - 100.0).max() < NOTHING:
        labels = [style.Label(100.0, "all partners 100", style.INK)]
    style.label_ends(plot, labels)


def _arrow(text: str, value: float, top: float) -> str:
    return f"{text} \u2191" if value > top else text


def _message(imports: tuple[np.ndarray, np.ndarray], exports: tuple[np.ndarray, np.ndarray]) -> str:
    parts, total = [], 0.0
    for what, (path, base) in (("imports", imports), ("exports", exports)):
        change = 100.0 * (float(ratio(path[-1].sum(), base.sum())) - 1.0)
        parts.append(f"{what} {style.signed(change, 0)} %")
        total = max(total, abs(change))
    return ", ".join(parts) if total >= 0.5 else "imports and exports unchanged"
