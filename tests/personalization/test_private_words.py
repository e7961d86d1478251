from __future__ import annotations

from costeer.personalization.private_words import given_away, words


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


def test_each_word_once_as_it_stands() -> None:
    assert given_away({"tromso"}, set(), [("TROMSO and ", True), ("Tromso", True)]) == ("TROMSO",)
