"""LaMP's official metrics: accuracy and F1, mean errors, ROUGE; by the libraries that its own code uses.

They are in the `evaluation` extra: only who scores needs them, so they are imported then.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from costeer.evaluation.harness.text_scores import missing_extra, rouge
from costeer.services.personal.lamp import LampTask

_LOWEST, _HIGHEST = 1.0, 5.0
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def label_of(task: LampTask, said: str) -> str:
    """Which of the task's labels an answer gives: the first that stands in it; none: the answer itself."""
    lowered = said.casefold()
    found = [(lowered.find(one.casefold()), -len(one), one) for one in task.labels]
    there = [one for one in found if one[0] >= 0]
    return min(there)[2] if there else said.strip()


def score_of(said: str, gold: str) -> float:
    """The number that an answer gives; without one the worst there is, as LaMP's own code has it."""
    number = _NUMBER.search(said)
    if number is not None:
        return float(number[0])
    right = float(gold)
    return _LOWEST if abs(_LOWEST - right) > abs(_HIGHEST - right) else _HIGHEST


def of_one(task: LampTask, said: str, gold: str) -> dict[str, float]:
    """The metrics of a single answer. Raises KnownError without the extra."""
    if task.number in (1, 2):
        return {"accuracy": float(label_of(task, said) == gold.strip())}
    if task.number == 3:
        error = abs(score_of(said, gold) - float(gold))
        return {"error": error, "squared": error**2}
    return rouge(said, gold)


def of_all(task: LampTask, said: Sequence[str], golds: Sequence[str]) -> dict[str, float]:
    """Those of all answers together, as LaMP's tables have them. Raises KnownError without the extra."""
    metrics = _sklearn()
    if task.number in (1, 2):
        labels, found = [one.strip() for one in golds], [label_of(task, one) for one in said]
        f1 = metrics.f1_score(labels, found, labels=list(task.labels), average="macro", zero_division=0)
        return {"accuracy": float(metrics.accuracy_score(labels, found)), "f1": float(f1)}
    if task.number == 3:
        right = [float(one) for one in golds]
        told = [score_of(one, gold) for one, gold in zip(said, golds, strict=True)]
        squared = float(metrics.mean_squared_error(right, told))
        return {"mae": float(metrics.mean_absolute_error(right, told)), "rmse": math.sqrt(squared)}
    each = [of_one(task, one, gold) for one, gold in zip(said, golds, strict=True)]
    return {name: sum(one[name] for one in each) / len(each) for name in ("rouge1", "rougeL")}


def _sklearn() -> Any:
    try:
        from sklearn import metrics
    except ImportError as error:
        raise missing_extra() from error
    return metrics
