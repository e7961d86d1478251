"""What came out, in plain words and pictures. Quick and pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from costeer.evaluation.harness.drawing import Chart, Curve, Point
from costeer.evaluation.harness.observations import Line
from costeer.evaluation.harness.task import Conclusions
from costeer.evaluation.preference.answers import METHODS, UNSTEERED
from costeer.evaluation.preference.measures import DIRECTIONS
from costeer.foundation.run_store import Json

MOST_LOSS = 1.5
"""Nats a token that the cloud's own log-likelihood may fall by; steering that costs more is not called good. Short
answers cost most, as few of their tokens follow from others: a cloud that is told to be concise loses 0.6."""

_TOWARD = ("toward", 1)

Tables = Mapping[tuple[str, ...], Sequence[Line]]


def conclude(tables: Tables, curve: Json | None) -> Conclusions:
    """Of the table by preference."""
    lines = tables["preference",]
    verdicts = [one for line in lines for method in METHODS if (one := verdict(line, method)) is not None]
    findings: Json = {"verdicts": verdicts, "most_loss": MOST_LOSS}
    if curve is not None:
        findings["fitted_weights"] = curve
    said = [*_said_of(verdicts), *_said_of_users(curve)]
    return Conclusions(said, [*_charts(lines), *_curve_chart(curve)], findings)


def verdict(line: Line, method: str) -> Json | None:
    """Whether a method moved what shows a preference the right way, clear of zero; None without both methods."""
    cell = line.cells.get(method)
    preference = line.labels["preference"]
    if cell is None or not cell.differences:
        return None
    name, sign = DIRECTIONS.get(preference, _TOWARD)
    moved = cell.differences[name]
    low, high = (None if one is None else sign * one for one in (moved.low, moved.high)[::sign])
    if low is None or high is None:
        word = "not clear"
    else:
        word = "right" if low > 0.0 else "wrong" if high < 0.0 else "not clear"
    return {
        "preference": preference,
        "method": method,
        "measure": name,
        "wanted": "more" if sign > 0 else "less",
        "moved": moved.plain(),
        "verdict": word,
        "toward": cell.differences["toward"].plain(),
        "cloud_likelihood": cell.differences["likelihood"].plain(),
        "degenerate": cell.metrics["degenerate"].value,
    }


def _said_of(verdicts: Sequence[Json]) -> list[str]:
    said = []
    for method in METHODS:
        theirs = [one for one in verdicts if one["method"] == method]
        if not theirs:
            continue
        right = [str(one["preference"]) for one in theirs if one["verdict"] == "right"]
        rest = [f"{one['preference']} ({one['verdict']})" for one in theirs if one["verdict"] != "right"]
        told = f"{method}: {len(right)} of {len(theirs)} preferences moved the right way, clear of zero"
        told += f"; otherwise {', '.join(rest)}." if rest else "."
        worst = min(_value(one["cloud_likelihood"]) for one in theirs)
        told += f" The cloud's own log-likelihood fell by at most {max(0.0, -worst):.2f} nats a token"
        told += "" if -worst <= MOST_LOSS else f", which is MORE than the {MOST_LOSS:g} it may"
        broken = sum(float(str(one["degenerate"])) for one in theirs) / len(theirs)
        said.append(f"{told}; {100.0 * broken:.1f} % of the answers degenerated.")
    return said


def _value(plain: object) -> float:
    assert isinstance(plain, dict)
    return float(plain["value"])


def _said_of_users(curve: Json | None) -> list[str]:
    if curve is None:
        return []
    points, gains = curve["points"], curve["better_than_prior_by"]
    assert isinstance(points, list)
    assert isinstance(gains, list)
    parts = [
        f"{point['choices']}: {point['bits']['value']:.3f} bits, {100.0 * point['right']['value']:.0f} % right"
        for point in points
    ]
    clear = [
        str(point["choices"]) for point, gain in zip(points[1:], gains, strict=True) if (gain["low"] or 0.0) > 0.0
    ]
    return [
        f"{curve['users']} simulated users' next choices, foreseen with weights fitted to so many before: "
        f"{'; '.join(parts)}. Better than the prior, clear of zero, after {', '.join(clear) or 'none'} choices."
    ]


def _charts(lines: Sequence[Line]) -> list[Chart]:
    ticks = [line.labels["preference"] for line in lines]
    return [
        Chart(title, "preference", axis, _by_line(lines, metric), {UNSTEERED: 0.0}, ticks=ticks)
        for title, axis, metric in (
            ("Toward the preference, as the cloud's own model judges", "log-odds, nats a token", "toward"),
            ("What it costs: the cloud's own likelihood of the answer", "difference, nats a token", "likelihood"),
            ("Length", "difference, words", "words"),
        )
    ]


def _by_line(lines: Sequence[Line], metric: str) -> list[Curve]:
    points: dict[str, list[Point]] = {}
    for at, line in enumerate(lines):
        shown = [(method, cell.differences[metric]) for method, cell in line.cells.items() if cell.differences]
        for number, (method, moved) in enumerate(shown):
            aside = 0.12 * (number - (len(shown) - 1) / 2)
            points.setdefault(method, []).append((at + aside, moved.value, moved.low, moved.high))
    return [Curve(method, some, joined=False) for method, some in points.items()]


def _curve_chart(curve: Json | None) -> list[Chart]:
    if curve is None:
        return []
    points, knowing = curve["points"], curve["knowing_everything"]
    assert isinstance(points, list)
    shown: list[Point] = [
        (float(one["choices"]), one["bits"]["value"], one["bits"]["low"], one["bits"]["high"]) for one in points
    ]
    levels = {"chance": 1.0, "knowing the user": _value(knowing)}
    return [
        Chart(
            "Fitted weights", "choices they were fitted to", "bits a later choice", [Curve("users", shown)], levels
        )
    ]
