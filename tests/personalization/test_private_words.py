from __future__ import annotations

from collections.abc import Sequence

from costeer.personalization.private_words import GivenAway, words


def given_away(private: set[str], public: set[str], pieces: Sequence[tuple[str, bool]]) -> tuple[str, ...]:
    answer = GivenAway(private, public)
    for text, by_steering in pieces:
        answer.add(text, by_steering=by_steering)
    return answer.found


def test_a_word_counts_when_steering_wrote_it() -> None:
    private = words("My sister is called Zephyrine. She hates cake.")
    public = words("Write a note to my sister.")
    pieces = [
        ("Dear", False),
        (" Z", True),
        ("ephyr", False),
        ("ine", False),
        (", my sister,", True),
        (" cake", False),
    ]
    assert given_away(private, public, pieces) == ("Zephyrine",)
    assert given_away(private, public, pieces[:3]) == (), "what stands there is no word of the profile yet"


def test_each_word_once_as_it_stands() -> None:
    assert given_away({"tromso"}, set(), [("TROMSO and ", True), ("Tromso", True)]) == ("TROMSO",)
