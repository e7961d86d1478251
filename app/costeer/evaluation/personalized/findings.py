"""What came out, in plain words and pictures. Quick and pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from costeer.evaluation.harness.drawing import Chart, Curve
from costeer.evaluation.harness.intervals import Interval, mean_interval, paired_interval
from costeer.evaluation.harness.observations import Cell, Line, Observation
from costeer.evaluation.harness.page import in_figures
from costeer.evaluation.harness.task import Conclusions, Measured
from costeer.foundation.run_store import Json
from costeer.steering.calibration import ratio_interval

DEFAULT, CLOUD, CEILING = "default", "cloud", "ceiling"

_NOT_STEERED = (CLOUD, CEILING, "local-context", "cogenesis-sketch")
_TOKEN_SECONDS = 0.02
_ROUND_TRIPS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4)


def conclude(measured: Measured, line: Line) -> Conclusions:
    """`line` is the table of all rows together."""
    bits = by_method(measured.observations, "bits")
    closed = {name: one for name in bits if (one := share_closed(bits, name)) is not None}
    others = {name: one for name in bits if (one := over(bits, name)) is not None}
    findings: Json = {
        "gap_closed": {name: one.plain() for name, one in closed.items()},
        "default_less": {name: one.plain() for name, one in others.items()},
        "loop_differs_by": measured.settings["loop_differs_by"],
    }
    said = [*_said_of_bits(line, closed), *_said_of_the_default(others), *_said_of_answers(line)]
    charts = [*_strength_chart(measured, line), *_leak_chart(line), *_speed_chart(line)]
    return Conclusions(said, charts, findings)


def by_method(observations: Sequence[Observation], metric: str) -> dict[str, dict[str, float]]:
    """By method and row, the values of one metric."""
    found: dict[str, dict[str, float]] = {}
    for one in observations:
        if metric in one.values:
            found.setdefault(one.method, {})[one.row] = one.values[metric]
    return found


def share_closed(bits: Mapping[str, Mapping[str, float]], method: str) -> Interval | None:
    """How much of the way from the cloud to the ceiling a method comes, 1 being all of it; of all rows."""
    if method in (CLOUD, CEILING) or CLOUD not in bits or CEILING not in bits:
        return None
    rows = [row for row in bits[method] if row in bits[CLOUD] and row in bits[CEILING]]
    come = np.array([bits[CLOUD][row] - bits[method][row] for row in rows])
    gap = np.array([bits[CLOUD][row] - bits[CEILING][row] for row in rows])
    if gap.sum() <= 0.0:  # the context is of no use to the cloud itself
        return None
    low, high = ratio_interval(come, gap, 0) if len(rows) > 1 else (None, None)
    return Interval(float(come.sum() / gap.sum()), low, high, len(rows))


def over(bits: Mapping[str, Mapping[str, float]], other: str) -> Interval | None:
    """How many bits a token less the default takes than another method with the same information."""
    if other in (DEFAULT, CEILING) or other.startswith(f"{DEFAULT}-") or DEFAULT not in bits:
        return None
    rows = [row for row in bits[DEFAULT] if row in bits[other]]
    return paired_interval([bits[other][row] for row in rows], [bits[DEFAULT][row] for row in rows], rows)


def _said_of_bits(line: Line, closed: Mapping[str, Interval]) -> list[str]:
    said = []
    for name, cell in line.cells.items():
        if "bits" not in cell.metrics:
            continue
        told = f"{name}: {in_figures(cell.metrics['bits'])} bits a token"
        if "bits" in cell.differences:
            told += f", {in_figures(cell.differences['bits'], signed=True)} to the cloud"
        if name in closed:
            told += f"; {in_figures(closed[name])} of the gap to the ceiling"
        said.append(f"{told}.")
    return said


def _said_of_the_default(others: Mapping[str, Interval]) -> list[str]:
    if not others:
        return []
    beaten = [name for name, one in others.items() if one.low is not None and one.low > 0.0]
    rest = [name for name in others if name not in beaten]
    told = f"The default takes fewer bits than {len(beaten)} of {len(others)} methods, clear of zero"
    return [f"{told}; not than {', '.join(rest)}." if rest else f"{told}."]


def _said_of_answers(line: Line) -> list[str]:
    cell = line.cells.get(DEFAULT)
    if cell is None or "rougeL" not in cell.differences:
        return []
    moved = cell.differences["rougeL"]
    word = "not clear of zero"
    if moved.low is not None and moved.high is not None and (moved.low > 0.0 or moved.high < 0.0):
        word = "clear of zero"
    return [f"The default's answers: ROUGE-L {in_figures(moved, signed=True)} to the cloud's, {word}."]


def _strength_chart(measured: Measured, line: Line) -> list[Chart]:
    rows, strengths = measured.settings["curve"], measured.settings["strengths"]
    assert isinstance(rows, list)
    assert isinstance(strengths, list)
    if not rows:
        return []
    points = []
    for at, strength in enumerate(strengths):
        bits = mean_interval([row[at] for row in rows], range(len(rows)))
        points.append((float(strength), bits.value, bits.low, bits.high))
    levels = {name: line.cells[name].metrics["bits"].value for name in (CLOUD, CEILING) if name in line.cells}
    curves = [Curve(f"mixture {measured.settings['mixture']:g}", points)]
    return [Chart("Quality by strength", "strength", "bits a token", curves, levels)]


def _leak_chart(line: Line) -> list[Chart]:
    answered = {name: cell for name, cell in line.cells.items() if "rougeL" in cell.metrics and name != CEILING}
    curves = [Curve(name, [_point(cell, "leak_bits", "rougeL")], joined=False) for name, cell in answered.items()]
    levels = {}
    if CEILING in line.cells and "rougeL" in line.cells[CEILING].metrics:
        levels["ceiling, which sends everything"] = line.cells[CEILING].metrics["rougeL"].value
    return [Chart("Quality and what it tells", "leak bits an answer", "ROUGE-L", curves, levels)] if curves else []


def _point(cell: Cell, across: str, up: str) -> tuple[float, float, float | None, float | None]:
    return cell.metrics[across].value, cell.metrics[up].value, cell.metrics[up].low, cell.metrics[up].high


def _speed_chart(line: Line) -> list[Chart]:
    """Tokens a second beside the cloud's own, which takes one round trip for an answer."""
    curves = []
    alone = line.cells[CLOUD].metrics.get("round_trips") if CLOUD in line.cells else None
    for name, cell in line.cells.items():
        if alone is None or name in _NOT_STEERED or "round_trips" not in cell.metrics:
            continue
        trips, plain = cell.metrics["round_trips"].value, alone.value
        points = [
            (1000 * one, (plain * one + _TOKEN_SECONDS) / (trips * one + _TOKEN_SECONDS), None, None)
            for one in _ROUND_TRIPS
        ]
        curves.append(Curve(name, points))
    title = f"Speed by round trip, reckoned for a cloud of {1 / _TOKEN_SECONDS:.0f} tokens a second"
    return [Chart(title, "round trip, ms", "tokens a second to the cloud's own", curves, {"cloud": 1.0})] * bool(
        curves
    )
