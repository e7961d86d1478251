"""What came out, in plain words, charts, and the check of the leak meter. Quick and pure.

The meter's bits bound, on average, what a transcript tells about the profile; what the optimal attacker has learnt
is an unbiased measure of that. So the mean margin must not be below zero. A single answer may tell more than the
meter said of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from costeer.evaluation.attribution.answers import NOT_STEERED
from costeer.evaluation.harness.drawing import Chart, Curve, Point
from costeer.evaluation.harness.intervals import Interval
from costeer.evaluation.harness.observations import Cell, Line, Observation
from costeer.evaluation.harness.task import Conclusions, Measured
from costeer.foundation.run_store import Json

IN_THE_PROMPT = "profile in the prompt"

Tables = Mapping[tuple[str, ...], Sequence[Line]]


def conclude(measured: Measured, tables: Tables) -> Conclusions:
    """Of the tables by setting, by setting and question, and by leak bits."""
    users = measured.used
    settings = tables["setting",]
    meter = [one for line in settings if (one := _meter(line, measured.observations)) is not None]
    findings: Json = {
        "chance": 1.0 / users,
        "baselines": {
            IN_THE_PROMPT: {
                "accuracy": 1.0,
                "bits": math.log2(users),
                "note": "by construction: the profile stands in the request; not run",
            },
            NOT_STEERED: {"note": "in the tables; its answers were really asked for"},
        },
        "leak_meter": meter,
        "answers": _answers(measured.observations),
    }
    said = [*_said_of_settings(settings, users), *_said_of_questions(tables["setting", "question"])]
    said += [*_said_of_meter(meter), *_said_of_exactness(measured.settings)]
    charts = _charts(settings, tables["leak_bits",], users)
    each = _each_answer(measured.observations, users)
    return Conclusions(said, [*charts, *each], findings)


def _meter(line: Line, observations: Sequence[Observation]) -> Json | None:
    """The check of one setting; None where the optimal attacker did not take part or nothing was steered."""
    cell = line.cells.get("optimal")
    setting = line.labels["setting"]
    if cell is None or setting == NOT_STEERED:
        return None
    margins = [
        one.values["margin"] for one in observations if _is_judged(one) and one.labels["setting"] == setting
    ]
    margin = cell.metrics["margin"]
    verdict = "holds" if margin.low is not None and margin.low > 0.0 else "not clear"
    if margin.high is not None and margin.high < 0.0:
        verdict = "broken"
    return {
        "setting": setting,
        "leak_bits": cell.metrics["leak_bits"].plain(),
        "information": cell.metrics["information"].plain(),
        "entropy_drop": cell.metrics["entropy_drop"].plain(),
        "margin": margin.plain(),
        "answers": len(margins),
        "answers_that_told_more": sum(one < 0.0 for one in margins),
        "verdict": verdict,
    }


def _is_judged(one: Observation) -> bool:
    """Whether it is the optimal attacker's, of a single steered answer."""
    return one.pooled and "margin" in one.values


def _answers(observations: Sequence[Observation]) -> list[Json]:
    """Each answer: what the meter said of it, and what each attacker made of it."""
    found: dict[str, Json] = {}
    guesses: dict[str, dict[str, float]] = {}
    for one in observations:
        if "accuracy" in one.values:
            bits = one.values["leak_bits"]
            labels = {name: one.labels[name] for name in ("setting", "question")}
            found.setdefault(one.row, {"answer": one.row, **labels, "leak_bits": bits})
            guesses.setdefault(one.row, {})[one.method] = one.values["accuracy"]
            if "information" in one.values:
                found[one.row]["information"] = one.values["information"]
    return [{**one, "accuracy": guesses[row]} for row, one in found.items()]


def _said_of_settings(lines: Sequence[Line], users: int) -> list[str]:
    said = [
        f"{users} users, so guessing blindly is right in {_percent(1.0 / users)}; with the profile in the prompt "
        "the cloud need not guess: 100 %, by construction."
    ]
    for line in lines:
        parts = [f"{name} {_share(cell.metrics['accuracy'])}" for name, cell in line.cells.items()]
        setting = line.labels["setting"]
        told = f"{setting.capitalize()}: the right user is named from one answer by {', '.join(parts)}."
        best = line.cells.get("optimal")
        if best is not None and setting != NOT_STEERED:
            bits, gained = best.metrics["leak_bits"].value, best.metrics["information"].value
            told += (
                f" The meter said {bits:.1f} bits an answer; the optimal attacker learnt {gained:.2f} of the "
                f"{math.log2(users):.2f} that there are."
            )
        said.append(told)
    return said


def _said_of_questions(lines: Sequence[Line]) -> list[str]:
    """Where steering leaks most and least: what was asked makes a difference."""
    found = [
        (line.labels, line.cells["optimal"].metrics["accuracy"])
        for line in lines
        if "optimal" in line.cells and line.labels["setting"] != NOT_STEERED
    ]
    return [
        f"{labels['setting'].capitalize()}, {labels['question']} questions: the optimal attacker is right in "
        f"{_share(accuracy)}."
        for labels, accuracy in found
    ]


def _said_of_meter(meter: Sequence[Json]) -> list[str]:
    by_verdict: dict[str, list[str]] = {}
    for one in meter:
        told = f"{one['setting']} ({one['answers_that_told_more']} of {one['answers']} answers told more)"
        by_verdict.setdefault(str(one["verdict"]), []).append(told)
    worded = {
        "holds": "The leak meter was an upper bound on what the optimal attacker learnt, clear of zero, at {}.",
        "not clear": "Whether the leak meter was an upper bound cannot be told from so few answers at {}.",
        "broken": "THE LEAK METER SAID LESS THAN THE OPTIMAL ATTACKER LEARNT at {}: it is no upper bound there.",
    }
    return [worded[verdict].format(", ".join(some)) for verdict, some in by_verdict.items()]


def _said_of_exactness(settings: Json) -> list[str]:
    told = settings["recomputed"]
    if not isinstance(told, dict) or not told["recomputed_answers"]:
        return []
    recomputed, otherwise = told["recomputed_answers"], told["recomputed_otherwise"]
    sentence = (
        "The law that the optimal attacker recomputed for the true user allowed every token of "
        f"{recomputed - otherwise} of {recomputed} steered answers."
    )
    if told["misread_answers"]:
        sentence += f" {told['misread_answers']} answers were misread from the ledger."
    return [sentence]


def _charts(settings: Sequence[Line], bins: Sequence[Line], users: int) -> list[Chart]:
    levels = {"chance": 1.0 / users, IN_THE_PROMPT: 1.0}
    charts = [
        Chart(
            "The right user, named from one greedy answer",
            "strength c",
            "accuracy",
            _by_strength(settings),
            levels,
            share=True,
        ),
        Chart(
            "The right user, named from one answer",
            "setting",
            "accuracy",
            _by_line(settings, "accuracy"),
            levels,
            ticks=[line.labels["setting"].replace(" ", "\n") for line in settings],
            share=True,
        ),
    ]
    if bins:
        charts.append(
            Chart(
                "Answers in fifths, by what the leak meter said of them",
                "leak bits of the answer (mean of the fifth)",
                "accuracy",
                _by_bits(bins),
                levels,
                share=True,
            )
        )
    if any("optimal" in line.cells for line in settings):
        charts.append(_meter_chart(settings, users))
    return charts


def _each_answer(observations: Sequence[Observation], users: int) -> list[Chart]:
    points: dict[str, list[Point]] = {}
    for one in observations:
        if _is_judged(one):
            point = one.values["leak_bits"], one.values["information"], None, None
            points.setdefault(one.labels["setting"], []).append(point)
    if not points:
        return []
    return [
        Chart(
            "Each answer",
            "leak bits of the answer",
            "bits the optimal attacker learnt",
            [Curve(setting, some, joined=False) for setting, some in points.items()],
            {"all there is to learn": math.log2(users)},
            diagonal="what the bound is on average",
        )
    ]


def _by_strength(lines: Sequence[Line]) -> list[Curve]:
    points: dict[str, list[Point]] = {}
    for line in lines:
        sampling, _, strength = line.labels["setting"].partition(" ")
        if line.labels["setting"] == NOT_STEERED or sampling == "greedy":
            gain = 0.0 if line.labels["setting"] == NOT_STEERED else float(strength)
            for method, cell in line.cells.items():
                points.setdefault(method, []).append(_point(gain, cell.metrics["accuracy"]))
    return [Curve(method, sorted(some)) for method, some in points.items()]


def _by_line(lines: Sequence[Line], metric: str) -> list[Curve]:
    points: dict[str, list[Point]] = {}
    for at, line in enumerate(lines):
        for number, (method, cell) in enumerate(line.cells.items()):
            aside = 0.12 * (number - (len(line.cells) - 1) / 2)
            points.setdefault(method, []).append(_point(at + aside, cell.metrics[metric]))
    return [Curve(method, some, joined=False) for method, some in points.items()]


def _by_bits(lines: Sequence[Line]) -> list[Curve]:
    points: dict[str, list[Point]] = {}
    for line in lines:
        for method, cell in line.cells.items():
            points.setdefault(method, []).append(_point(cell.metrics["leak_bits"].value, cell.metrics["accuracy"]))
    return [Curve(method, some) for method, some in points.items()]


def _meter_chart(lines: Sequence[Line], users: int) -> Chart:
    curves = []
    for line in lines:
        cell: Cell | None = line.cells.get("optimal")
        if cell is not None and line.labels["setting"] != NOT_STEERED:
            point = _point(cell.metrics["leak_bits"].value, cell.metrics["information"])
            curves.append(Curve(line.labels["setting"], [point], joined=False))
    return Chart(
        "What the leak meter said, and what was learnt",
        "leak bits, mean of an answer",
        "bits the optimal attacker learnt, mean",
        curves,
        {"all there is to learn": math.log2(users)},
        diagonal="the bound",
    )


def _point(x: float, interval: Interval) -> Point:
    return x, interval.value, interval.low, interval.high


def _percent(share: float) -> str:
    return f"{100.0 * share:.3g} %"


def _share(interval: Interval) -> str:
    if interval.low is None or interval.high is None:
        return _percent(interval.value)
    return f"{_percent(interval.value)} [{100.0 * interval.low:.3g}, {100.0 * interval.high:.3g}]"
