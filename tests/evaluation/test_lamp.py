"""LaMP's metrics, on answers whose scores can be told by hand."""

from __future__ import annotations

import math

import pytest

from costeer.evaluation.lamp.scoring import label_of, of_all, of_one, score_of
from costeer.services.personal.lamp import TASKS


def test_labels_are_found_in_what_was_said() -> None:
    assert label_of(TASKS[1], "The answer is [2].") == "[2]"
    assert label_of(TASKS[2], "It is a Dark Comedy, I think") == "dark comedy", "the longer one that begins there"
    assert label_of(TASKS[2], "no idea") == "no idea"
    assert score_of("I give it 4.", "5") == 4.0
    assert score_of("great", "5") == 1.0, "without a number the worst there is"
    assert score_of("great", "2") == 5.0


@pytest.mark.parametrize(("number", "said", "gold", "found"), [
    (1, "[1]", "[1]", {"accuracy": 1.0}),
    (2, "comedy", "classic", {"accuracy": 0.0}),
    (3, "3", "5", {"error": 2.0, "squared": 4.0}),
    (4, "the ferry sank", "the ferry sank", {"rouge1": 1.0, "rougeL": 1.0}),
    (5, "sank the ferry", "the ferry sank", {"rouge1": 1.0, "rougeL": 2 / 3}),
    (7, "gulls", "cats", {"rouge1": 0.0, "rougeL": 0.0}),
])  # fmt: skip
def test_the_official_metric_of_each_task(number: int, said: str, gold: str, found: dict[str, float]) -> None:
    assert of_one(TASKS[number], said, gold) == pytest.approx(found)


def test_figures_of_all_answers() -> None:
    told = of_all(TASKS[1], ["[1]", "[1]", "[2]", "?"], ["[1]", "[2]", "[2]", "[2]"])
    # [1]: precision 1/2, recall 1 -> 2/3; [2]: precision 1, recall 1/3 -> 1/2
    assert told == pytest.approx({"accuracy": 0.5, "f1": (2 / 3 + 1 / 2) / 2})
    assert of_all(TASKS[3], ["1", "5"], ["3", "4"]) == pytest.approx({"mae": 1.5, "rmse": math.sqrt(2.5)})
