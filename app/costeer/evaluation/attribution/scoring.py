"""From scores to observations: what each guess was worth, by answer and for all answers of a user together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from costeer.evaluation.attribution.answers import NOT_STEERED, Answer, Setting
from costeer.evaluation.attribution.attackers import Worth, worth
from costeer.evaluation.harness.observations import Metric, Observation
from costeer.steering.types import FloatArray

METRICS = (
    Metric("accuracy", "how often the attacker names the right user, from one answer", share=True),
    Metric("top3", "how often the right user is among the attacker's first three, from one answer", share=True),
    Metric("posterior", "the probability that the attacker gives to the right user", share=True),
    Metric("information", "bits that the answer tells about who it was: log2(N * posterior of the right user)"),
    Metric("entropy_drop", "bits by which the attacker is surer than before"),
    Metric("leak_bits", "what the leak meter said of the answer", compared=False),
    Metric("margin", "leak bits minus information: the meter is a bound where this is above 0", compared=False),
    Metric("changed_tokens", "tokens of the answer that steering changed", compared=False),
    Metric("private_words", "words of the user's profile that the answer gave away", compared=False),
    Metric("accuracy_all_answers", "the same from all of a user's answers in the setting", share=True),
    Metric("posterior_all_answers", "the same from all of a user's answers in the setting", share=True),
)

TABLES = (("setting",), ("setting", "question"), ("leak_bits",))

_BINS = 5
_CALIBRATED = "optimal"
_PROBABILISTIC = ("bayes", "likelihood", "optimal")
_LINKED = ("bayes",)
"""Trained on a user's other answers already: all of them together would count twice."""


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """One attacker's scores (N,) of the candidates for one answer. `impossible` says, of the exact law, at how
    many places the true device would not have written what stands there: 0 unless something was recomputed
    otherwise than it was."""

    method: str
    answer: Answer
    scores: FloatArray
    impossible: int | None = None


def observe(scored: Sequence[Scored], answers: Sequence[Answer], candidates: int) -> list[Observation]:
    """The worth of every guess."""
    bins = _bins([one for one in answers if one.setting.strength])
    alone = [_of_one(one, bins) for one in scored]
    return [*alone, *_together(scored, candidates)]


def orders(settings: Sequence[Setting], answers: Sequence[Answer]) -> Mapping[str, Sequence[str]]:
    """How lines of tables follow each other."""
    bins = _bins([one for one in answers if one.setting.strength])
    return {
        "setting": [one.name for one in settings],
        "question": ["neutral", "personal"],
        "leak_bits": sorted(set(bins.values())),
    }


def exactness(scored: Sequence[Scored], answers: Sequence[Answer]) -> dict[str, object]:
    """Whether the attacker has read and recomputed what really was: answers whose established tokens are not those
    that were written, and steered answers that the true device, recomputed, could not have written."""
    recomputed = [one for one in scored if one.impossible is not None]
    return {
        "misread_answers": sum(not one.as_written for one in answers),
        "recomputed_answers": len(recomputed),
        "recomputed_otherwise": sum(bool(one.impossible) for one in recomputed),
        "established_tokens": sum(one.transcript.established for one in answers),
        "tokens": sum(one.tokens for one in answers),
    }


def _of_one(one: Scored, bins: Mapping[str, str]) -> Observation:
    answer = one.answer
    found = worth(one.scores, answer.person)
    values = {"accuracy": found.accuracy, "top3": found.top3, "leak_bits": answer.bits}
    values |= {"changed_tokens": float(answer.changed), "private_words": float(answer.told)}
    if one.method in _PROBABILISTIC:
        values["posterior"] = found.posterior
    if one.method == _CALIBRATED:
        values |= {"information": found.information, "entropy_drop": found.entropy_drop}
        values["margin"] = answer.bits - found.information
    labels = {"setting": answer.setting.name, "question": answer.question.kind}
    if answer.row in bins:
        labels["leak_bits"] = bins[answer.row]
    return Observation(one.method, answer.row, str(answer.person), values, labels, bool(answer.setting.strength))


def _together(scored: Sequence[Scored], candidates: int) -> list[Observation]:
    sums: dict[tuple[str, str, int], FloatArray] = {}
    for one in scored:
        if one.method not in _LINKED:
            key = one.method, one.answer.setting.name, one.answer.person
            sums[key] = sums.get(key, np.zeros(candidates)) + one.scores
    found = []
    for (method, setting, person), scores in sums.items():
        one_worth: Worth = worth(scores, person)
        values = {"accuracy_all_answers": one_worth.accuracy}
        if method in _PROBABILISTIC:
            values["posterior_all_answers"] = one_worth.posterior
        row = f"{setting}/{person}"
        pooled = setting != NOT_STEERED
        found.append(Observation(method, row, str(person), values, {"setting": setting}, pooled))
    return found


def _bins(answers: Sequence[Answer]) -> dict[str, str]:
    """Fifths of the answers by their leak bits, by row."""
    ordered = sorted(answers, key=lambda one: one.bits)
    found: dict[str, str] = {}
    for number, some in enumerate(np.array_split(np.arange(len(ordered)), _BINS)):
        if len(some):
            low, high = ordered[some[0]].bits, ordered[some[-1]].bits
            for at in some.tolist():
                found[ordered[at].row] = f"{number + 1}: {low:.1f} to {high:.1f}"
    return found
