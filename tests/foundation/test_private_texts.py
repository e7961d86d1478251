"""Many private texts are recognised as a few are, and as fast."""

from __future__ import annotations

import random
import time

from hypothesis import given
from hypothesis import strategies as st

from costeer.foundation.private_texts import PrivateTexts
from costeer.foundation.text import words_apart

WORDS = st.lists(
    st.sampled_from(["a", "ab", "Anna", "Savannah", "lives", "in", "北京", "妹妹", "É", "42"]), min_size=1
)
TEXTS = WORDS.map(" ".join)
FILLER = [f"filler number {number}" for number in range(200)]


@given(st.lists(TEXTS, max_size=8), TEXTS)
def test_many_are_found_like_few(private: list[str], text: str) -> None:
    few = PrivateTexts(private)
    many = PrivateTexts([*private, *FILLER])
    assert many.found_in(text) == few.found_in(text)
    assert many.count_in(text) == few.count_in(text)


@given(TEXTS)
def test_what_stands_there_is_found_among_many(text: str) -> None:
    many = PrivateTexts([text, *FILLER])
    assert len(many.found_in(f"before {text} after")) >= (len(text) > 3)


def test_twenty_thousand_sentences_are_looked_for_in_a_few_milliseconds() -> None:
    chance = random.Random(1)
    words = [f"word{number}" for number in range(5000)]
    sentences = [" ".join(chance.choices(words, k=12)) for _ in range(20_000)]
    private = PrivateTexts(sentences)
    prompt = " ".join(chance.choices(words, k=4000)) + f". {sentences[7]}."
    start = time.perf_counter()
    assert private.found_in(prompt) == (sentences[7],)
    assert time.perf_counter() - start < 1.0  # one by one it is tens of seconds on a busy computer


@given(st.text())
def test_setting_apart_adds_nothing_but_separators(text: str) -> None:
    assert words_apart(text).replace("\x1f", "") == text.replace("\x1f", "")
