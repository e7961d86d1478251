"""What counts as completing a private string."""

from __future__ import annotations

import pytest

from costeer.steering.masks import StringMask
from costeer.steering.vocabulary import TextAssembler


@pytest.mark.parametrize(
    ("answer", "token", "completed"),
    [
        ("My sister is called ", "Zephyrine", True),
        ("my  SISTER is\ncalled zephyr", "ine!", True),
        ("My sister is called ", "Zephyr", False),
        ("My sister is called Zephyrine", " and", False),
        ("Ｍｙ sister is called ", "Zephyrine", True),
    ],
)
def test_completion(answer: str, token: str, completed: bool) -> None:
    mask = StringMask(["My sister is called Zephyrine"])
    assert mask.completes(answer.encode(), token.encode()) is completed


def test_short_strings_are_not_masked() -> None:
    assert not StringMask(["it", "Ann", ""]).completes(b"An", b"n")


def test_a_character_cut_in_two_comes_with_its_last_byte() -> None:
    assembler = TextAssembler()
    llama = "🦙".encode()
    assert [assembler.add(llama[:2]), assembler.add(llama[2:]), assembler.rest()] == ["", "🦙", ""]
    assert assembler.add(llama[:2]) == ""
    assert assembler.rest() == "\ufffd"
