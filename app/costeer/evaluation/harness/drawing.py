"""Pictures, as SVG text or files. matplotlib is in the `plots` extra: only who draws needs it, so it is imported
when a picture is asked for.

A picture is described by plain values (`Chart`), so that tasks need not know the library. The same values give
the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from costeer.foundation.errors import KnownError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#2f6fde", "#e08a1e", "#3a9d5d", "#a24fc4", "#8a8f98", "#c23b4b")

Point = tuple[float, float, float | None, float | None]
"""x, y, and the bounds of y's interval."""


@dataclass(frozen=True, slots=True)
class Curve:
    """`joined`: with a line through the points, which are in the order of x."""

    name: str
    points: Sequence[Point]
    joined: bool = True


@dataclass(frozen=True, slots=True)
class Chart:
    """`levels` are horizontal lines, by name; `ticks` names places of x where they are not numbers; `diagonal`
    draws y = x, under that name, as far as both axes reach, which then begin at 0."""

    title: str
    x: str
    y: str
    curves: Sequence[Curve]
    levels: Mapping[str, float] = field(default_factory=dict)
    ticks: Sequence[str] = ()
    diagonal: str = ""
    share: bool = False


def new_figure(width: float, height: float) -> Figure:
    """An empty figure, in inches. Raises KnownError without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise KnownError(
            'Drawing needs matplotlib; install it with pip install "costeer-desktop[plots]".'
        ) from error
    return Figure(figsize=(width, height), layout="constrained")


def draw_chart(chart: Chart) -> str:
    """As an SVG element. Raises KnownError without matplotlib."""
    figure = new_figure(7.0, 4.2)
    axes = figure.subplots()
    for curve, colour in zip(chart.curves, COLOURS * (1 + len(chart.curves) // len(COLOURS)), strict=False):
        _draw_curve(axes, curve, colour)
    for name, level in chart.levels.items():
        axes.axhline(level, color="#555555", linewidth=0.9, linestyle=":")
        axes.annotate(name, (1.0, level), xycoords=("axes fraction", "data"), fontsize=8, ha="right", va="bottom")
    if chart.diagonal:
        axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
        axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
        ends = [min(axes.get_xlim()[0], axes.get_ylim()[0]), min(axes.get_xlim()[1], axes.get_ylim()[1])]
        axes.plot(ends, ends, color="#555555", linewidth=0.9, linestyle="--", label=chart.diagonal)
    if chart.ticks:
        axes.set_xticks(range(len(chart.ticks)), chart.ticks, fontsize=8)
    if chart.share:
        axes.set_ylim(-0.03, 1.08)
    axes.set_title(chart.title, fontsize=11, loc="left")
    axes.set_xlabel(chart.x)
    axes.set_ylabel(chart.y)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", frameon=False, fontsize=8, ncols=6)
    return as_svg(figure)


def _draw_curve(axes: Axes, curve: Curve, colour: str) -> None:
    xs, ys = [one[0] for one in curve.points], [one[1] for one in curve.points]
    below = [0.0 if low is None else y - low for _, y, low, _ in curve.points]
    above = [0.0 if high is None else high - y for _, y, _, high in curve.points]
    style = "o-" if curve.joined else "o"
    axes.errorbar(
        xs, ys, [below, above], fmt=style, color=colour, label=curve.name, markersize=4, linewidth=1.4, capsize=2
    )


def as_svg(figure: Figure) -> str:
    """The figure as an element that can stand in a page: no declaration, no date, no random names."""
    import matplotlib

    out = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "costeer", "svg.fonttype": "none"}):
        figure.savefig(out, format="svg", metadata={"Date": None})
    text = out.getvalue()
    return text[text.index("<svg") :]
