"""What hiding a stretch of the prompt tells, with the real model: against leaving it out and reading all again."""

from __future__ import annotations

import itertools
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BugError, Cancelled
from costeer.local.knockout import SEQUENCES
from costeer.local.process import ModelProcess
from costeer.steering.types import FloatArray

OPENING = "<|im_start|>user\nAbout me:\n"
LINES = [
    *("- I live in Tromso.\n", "- I am allergic to peanuts.\n", "- My sister is called Zephyrine.\n"),
    *("- I play the cello.\n", "- My car is a green Volvo.\n"),
]
QUESTION = "\nWrite a birthday note to my sister.<|im_end|>\n<|im_start|>assistant\nHappy birthday, dear"
SPAN = " Zephyrine"


class Told:
    """The text as ids, with the places of the lines."""

    def __init__(self, model: ModelProcess, lines: list[str]) -> None:
        self.opening, self.question = model.tokenize(OPENING), model.tokenize(QUESTION)
        self.lines = [model.tokenize(one) for one in lines]
        self.targets = model.tokenize(SPAN)
        self.tokens = self.without(-1)
        ends = np.cumsum([len(self.opening), *map(len, self.lines)]).tolist()
        self.spans = list(itertools.pairwise(ends))

    def without(self, line: int) -> list[int]:
        kept = [token for at, one in enumerate(self.lines) if at != line for token in one]
        return [*self.opening, *kept, *self.question, *self.targets]


def exact(model: ModelProcess, tokens: list[int], targets: int) -> FloatArray:
    """Log-probabilities of the last tokens, through a session."""
    prompt, answer = tokens[:-targets], tokens[-targets:]
    logits = model.open(prompt).logits(answer, range(targets))[:, 0].astype(np.float64)
    logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return np.array([row[token] for row, token in zip(logits, answer, strict=True)])


def test_nothing_hidden_is_the_model_itself(local_model: ModelProcess) -> None:
    told = Told(local_model, LINES)
    found = local_model.knock_out(told.tokens, len(told.targets), [], tail=4)
    assert found.shape == (1, len(told.targets))
    np.testing.assert_allclose(found[0], exact(local_model, told.tokens, len(told.targets)), atol=0.1)


@pytest.mark.thorough
def test_hiding_a_line_says_what_leaving_it_out_says(local_model: ModelProcess) -> None:
    told = Told(local_model, LINES)
    count = len(told.targets)
    found = local_model.knock_out(told.tokens, count, told.spans, tail=4).sum(axis=1)
    hidden = found[0] - found[1:]
    everything = exact(local_model, told.tokens, count).sum()
    left_out = np.array(
        [everything - exact(local_model, told.without(line), count).sum() for line in range(len(LINES))]
    )
    assert hidden.argmax() == left_out.argmax() == 2
    assert hidden[2] > 5.0
    assert abs(hidden[2] - left_out[2]) < 0.2 * left_out[2]
    assert np.abs(np.delete(hidden, 2)).max() < 1.0


@pytest.mark.thorough
def test_a_second_call_says_the_same_as_the_first(local_model: ModelProcess) -> None:
    """More lines than there are sequences, another text in between, and the open session unharmed."""
    many = [*LINES, *(f"- My locker at work has the number {number}.\n" for number in range(SEQUENCES + 4))]
    told, other = Told(local_model, many), Told(local_model, LINES[:2])
    count = len(told.targets)
    session = local_model.open(other.opening)
    before = session.logits(other.question, [len(other.question)])
    first = local_model.knock_out(told.tokens, count, told.spans, tail=4)
    local_model.knock_out(other.tokens, count, other.spans, tail=2)
    again = local_model.knock_out(told.tokens, count, told.spans, tail=4)
    assert first.shape == (1 + len(many), count)
    np.testing.assert_allclose(first, again, atol=0.3)
    assert (first[0] - first[1:]).sum(axis=1).argmax() == 2
    np.testing.assert_array_equal(session.logits(other.question, [len(other.question)]), before)


@pytest.mark.thorough
def test_what_a_branch_has_read_is_taken_over(model_file: Path) -> None:
    """A fresh process: the same figures with and without a branch that has read the text."""
    with ModelProcess(model_file) as model:
        told = Told(model, LINES)
        count = len(told.targets)
        session = model.open(told.tokens[:-count])
        session.logits(told.targets, [count])
        taken_over = model.knock_out(told.tokens, count, told.spans, tail=4)
        model.knock_out(model.tokenize("Something else altogether."), 1, [], tail=1)
        model.open(model.tokenize("Something else altogether."))
        read = model.knock_out(told.tokens, count, told.spans, tail=4)
    np.testing.assert_allclose(taken_over, read, atol=0.3)


def test_it_is_stopped(local_model: ModelProcess) -> None:
    lines = [f"- Number {number} of my friends lives in house {number}.\n" for number in range(40)]
    told = Told(local_model, lines)
    cancel = CancelToken()
    threading.Timer(0.1, cancel.cancel).start()
    start = time.monotonic()
    with pytest.raises(Cancelled):
        local_model.knock_out(told.tokens, len(told.targets), told.spans, tail=16, cancel=cancel)
    assert time.monotonic() - start < 3.0
    count = len(told.targets)
    told = Told(local_model, LINES)
    found = local_model.knock_out(told.tokens, count, told.spans, tail=4).sum(axis=1)
    assert (found[0] - found[1:]).argmax() == 2, "what was half read is not taken for the text"


def test_spans_that_are_not_before_the_question_are_a_bug(local_model: ModelProcess) -> None:
    told = Told(local_model, LINES)
    with pytest.raises(BugError):
        local_model.knock_out(told.tokens, 1, [(0, len(told.tokens) - 2)], tail=4)
    with pytest.raises(BugError):
        local_model.knock_out(told.tokens, 0, [], tail=0)
