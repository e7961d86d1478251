"""What to look for in earlier conversations: the words of a question that tell what it is about."""

from __future__ import annotations

from costeer.personalization.private_words import words


def telling_words(question: str) -> str:
    """The words to search for; empty when there is none."""
    return " ".join(sorted(words(question)))
