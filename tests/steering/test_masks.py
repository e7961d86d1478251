"""What counts as completing a private string."""

from __future__ import annotations

import numpy as np
import pytest

from costeer.steering.choice import Chooser
from costeer.steering.masks import StringMask
from costeer.steering.policy import Policy
from costeer.steering.rows import LogitsRow
from costeer.steering.strength import Strength
from costeer.steering.types import CloudPosition
from costeer.steering.vocabulary import TextAssembler, Vocabulary


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


CODE = "The locker code of my sister is KX-9917-33-QZ."


@pytest.mark.parametrize(
    ("answer", "token"),
    [
        ("My code is KX-9917-33-", "QZ"),
        ("the locker code of my sister", " is"),
        ("It is ", "kx 9917-33 qz"),
        ("the “locker” code — of my\n\nsister", " is"),
    ],
)
def test_nearly_all_of_it_and_what_identifies(answer: str, token: str) -> None:
    assert StringMask([CODE]).completes(answer.encode(), token.encode())


def test_what_the_conversation_says_already_is_no_secret() -> None:
    public = "What is KX-9917-33-QZ?"
    assert not StringMask([CODE], public).completes(b"It is KX-9917-33-", b"QZ")


@pytest.mark.parametrize(("entry", "answer", "token"), [("山田太郎", "我是山田太", "郎"), ("Bo❤", "Bo", "❤️")])
def test_other_scripts(entry: str, answer: str, token: str) -> None:
    assert StringMask([entry]).completes(answer.encode(), token.encode())


def test_what_is_withheld_is_shown_as_withheld() -> None:
    """The local model is sure of the last digit; an ellipsis is written, not another digit."""
    vocabulary = Vocabulary([b"<end>", b"7", b"8", "…".encode()], frozenset({0}))
    mask = StringMask(["555-0197"])
    chooser = Chooser(Policy.at(Strength(1.0, 0.5)), vocabulary, mask=mask, written=b"Call 555-019")
    sure = np.array([[0.0, 9.0, 5.0, 0.0], [0.0, 0.0, 0.0, 0.0]], dtype=np.float32)
    position = CloudPosition(1, np.array([1, 2]), np.log(np.array([0.6, 0.3])))
    assert chooser.decide(position, LogitsRow(sure)).trace.text == "…"


def test_words_count_as_wholes_and_short_ones_not_at_all() -> None:
    assert not StringMask(["it", "x", ""]).completes(b"i", b"t")
    assert not StringMask(["Anna"]).completes(b"Sav", b"annah")
    assert StringMask(["Anna"]).completes(b"my Ann", b"a")


def test_a_character_cut_in_two_comes_with_its_last_byte() -> None:
    assembler = TextAssembler()
    llama = "🦙".encode()
    assert [assembler.add(llama[:2]), assembler.add(llama[2:]), assembler.rest()] == ["", "🦙", ""]
    assert assembler.add(llama[:2]) == ""
    assert assembler.rest() == "\ufffd"


@pytest.mark.parametrize(
    ("answer", "token"),
    [
        ("Greetings to Z-e-p-h-y-r-i-n", "-e"),
        ("Greetings to eniryhp", "ez"),
        ("Greetings to Zephyr\u200bin", "\u200be"),
        ("Greetings to Zерhуrin", "е"),  # Cyrillic
        ("Greetings to WmVwaHlyaW", "5l"),
        ("Greetings to 5a6570687972696e", "65"),
        ("Greetings to \\u005aephyrin", "e"),
        ("Greetings to Zephyrin", "&#101;"),
        ("Greetings to %5A%65phyrin", "%65"),
        ("Zephyrine, and Zephyrin", "e"),
    ],
)
def test_words_in_disguises_that_tokens_can_spell(answer: str, token: str) -> None:
    mask = StringMask(["Zephyrine"])
    assert mask.completes(answer.encode(), token.encode())
    assert not mask.completes(answer.encode(), b" no")


def test_a_long_text_is_not_quoted_by_the_page() -> None:
    page = " ".join(f"word{number}" for number in range(200))
    half = " ".join(f"word{number}" for number in range(60))
    mask = StringMask([page])
    assert mask.completes(half[:100].encode(), half[100:].encode())
    assert not mask.completes(b"word1 ", b"word2 word3")
