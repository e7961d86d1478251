"""A run as one page that needs nothing else: no script, no request, the pictures in it."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence

from costeer.evaluation.harness.intervals import Interval
from costeer.evaluation.harness.observations import Cell, Line, Metric
from costeer.foundation.run_store import Json

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}
table{border-collapse:collapse;margin:1rem 0;font-size:13px}
th,td{border-bottom:1px solid #d5d9de;padding:.25rem .6rem;text-align:left;vertical-align:top}
td.number{white-space:nowrap;font-variant-numeric:tabular-nums}
small{color:#5b646e}svg{max-width:100%;height:auto}pre{white-space:pre-wrap;font-size:12px}
@media (prefers-color-scheme:dark){body{background:#fff}}
"""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def render_page(
    report: Json,
    tables: Mapping[tuple[str, ...], Sequence[Line]],
    metrics: Sequence[Metric],
    said: Sequence[str],
    pictures: Sequence[str],
    remark: str,
) -> str:
    """`pictures` are SVG elements, taken as they are; everything else is escaped. `remark` stands for pictures
    that there are none of."""
    title = f"costeer evaluate: {report['task']}"
    settings = {name: report[name] for name in ("settings", "machine", "rows", "run")}
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{html.escape(title)}</h1><p>{html.escape(str(report['about']))}</p>",
        "<ul>",
        *(f"<li>{html.escape(one)}</li>" for one in said),
        "</ul>",
        *(f"<figure>{one}</figure>" for one in pictures),
        f"<p>{html.escape(remark)}</p>" if remark else "",
        *(_table(by, lines, metrics) for by, lines in tables.items()),
        _meanings(report, metrics),
        f"<h2>Settings</h2><pre>{html.escape(json.dumps(settings, indent=1, ensure_ascii=False))}</pre>",
        "</body></html>",
    ]
    return "\n".join(one for one in parts if one)


def _table(by: tuple[str, ...], lines: Sequence[Line], metrics: Sequence[Metric]) -> str:
    title = f"By {', '.join(by)}" if by else "All together"
    shown = [
        one for one in metrics if any(one.name in cell.metrics for line in lines for cell in line.cells.values())
    ]
    heads = [*by, "method", *(one.name for one in shown)]
    rows = [
        "<tr>"
        + "".join(f"<td>{html.escape(line.labels[name])}</td>" for name in by)
        + f"<td>{html.escape(method)}</td>"
        + "".join(f'<td class="number">{_cell(cell, one.name)}</td>' for one in shown)
        + "</tr>"
        for line in lines
        for method, cell in line.cells.items()
    ]
    head = "".join(f"<th>{html.escape(one)}</th>" for one in heads)
    return f"<h2>{html.escape(title)}</h2><table><tr>{head}</tr>{''.join(rows)}</table>"


def _cell(cell: Cell, metric: str) -> str:
    if metric not in cell.metrics:
        return ""
    told = in_figures(cell.metrics[metric])
    if metric in cell.differences:
        told += f"<br><small>Δ {in_figures(cell.differences[metric], signed=True)}</small>"
    return told


def in_figures(interval: Interval, *, signed: bool = False) -> str:
    """`0.875 [0.610, 0.990]`."""
    form = "+.3f" if signed else ".3f"
    value = format(interval.value, form)
    if interval.low is None or interval.high is None:
        return value
    return f"{value} [{format(interval.low, form)}, {format(interval.high, form)}]"


def _meanings(report: Json, metrics: Sequence[Metric]) -> str:
    lines = "".join(f"<li><b>{html.escape(one.name)}</b>: {html.escape(one.meaning)}</li>" for one in metrics)
    methods = report["methods"]
    if isinstance(methods, dict):
        lines += "".join(
            f"<li><b>{html.escape(name)}</b>: {html.escape(str(one['about']))}</li>"
            for name, one in methods.items()
        )
    reference = html.escape(str(report["reference"]))
    return f"<h2>What is what</h2><ul>{lines}</ul><p>Δ is the difference to {reference}, row by row.</p>"
