"""Texts become chunks: bounded, of all texts, and never shown to the model that is to guess them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costeer.foundation.errors import BadInput
from costeer.foundation.folding import comparable
from costeer.services.own_texts import Chunk, cut, others_than, read_texts
from costeer.steering.calibration import LEAST_CHUNKS

WORDS = (
    "the sea was grey that morning and nobody had thought of bringing bread but we rowed out all the same".split()
)


def count_words(text: str) -> int:
    return len(text.split())


def text_of(words: int, start: int = 0) -> str:
    return " ".join(f"{WORDS[at % len(WORDS)]}{start + at}" for at in range(words))


@given(st.lists(st.integers(1, 700), min_size=1, max_size=12))
def test_chunks_are_bounded_and_spread(lengths: list[int]) -> None:
    texts = [text_of(length, 1000 * number) for number, length in enumerate(lengths)]
    usable = [length for length in lengths if length >= 24]
    if sum(usable) < 200:
        with pytest.raises(BadInput, match="too little"):
            cut(texts, count_words, 1500)
        return
    chunks = cut(texts, count_words, 1500)
    assert len(chunks) >= LEAST_CHUNKS
    assert all(count_words(one.text) <= 160 for one in chunks)
    assert sum(count_words(one.rest) for one in chunks) <= 1500 * 1.35
    assert all(one.text in "\n".join(texts) for one in chunks)
    assert len({one.text for one in chunks}) == len(chunks)
    for one in chunks:
        assert 1 <= count_words(one.opening) <= 12
        for other in others_than(one, chunks):
            assert comparable(one.rest) not in comparable(other)


def test_the_same_text_twice_counts_once() -> None:
    once = cut([text_of(300)], count_words, 1500)
    assert cut([text_of(300), f"  {text_of(300).upper()}\n"], count_words, 1500) == once


def test_other_texts_come_before_other_places_and_the_likest_first() -> None:
    sea, bread = Chunk(0, 0, "About the sea and boats", " it went on."), Chunk(1, 0, "About bread", " we baked.")
    boats = Chunk(2, 0, "Boats again", " on the sea.")
    assert others_than(sea, [sea, bread, boats]) == (boats.text, bread.text)
    one, beside, far = (Chunk(0, at, f"Part {at}", f" rest number {at}.") for at in range(3))
    assert others_than(one, [one, beside, far]) == (far.text,)
    quoting = Chunk(3, 0, "You wrote", " about the sea and boats: it went on. True.")
    assert others_than(sea, [sea, quoting]) == ()


def test_scripts_without_spaces_are_cut_too() -> None:
    text = "海は灰色だったが誰もパンを持って来なかった。" * 40
    chunks = cut([text], len, 1500)
    assert len(chunks) >= LEAST_CHUNKS
    assert all(len(one.text) <= 200 for one in chunks)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.docx", b"x", "neither"),
        ("missing.txt", None, "no file"),
        ("a.txt", b"\xff\xfe\x00", "UTF-8"),
        ("a.md", b"x" * 1_000_001, "1 MB"),
    ],
)
def test_files_that_cannot_be_used_are_named(tmp_path: Path, name: str, data: bytes | None, said: str) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(BadInput, match=said) as caught:
        read_texts([tmp_path / name])
    assert name in caught.value.user_message
