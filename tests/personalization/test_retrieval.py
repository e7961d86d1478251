from __future__ import annotations

from costeer.personalization.retrieval import telling_words


def test_function_words_are_not_looked_for() -> None:
    assert telling_words("What is the password of my safe, please?") == "password safe"
    assert telling_words("Tell me what this is about.") == ""
