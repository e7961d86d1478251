"""Pairs of what was asked for and what the user wrote: those that are worth learning from."""

from __future__ import annotations

from collections.abc import Iterable

from costeer.foundation.folding import comparable
from costeer.storage.records import Writing

SHORTEST_WORDS, LONGEST_CHARACTERS = 5, 6000
"""What is shorter says nothing of how somebody writes; what is longer is cut at a paragraph."""

_OPENING_WORDS = 8


def without_prompt(text: str) -> str:
    """What might have been asked for a text of which nobody knows: it begins as the text does."""
    return f"Write, as I would, what begins with: {' '.join(text.split()[:_OPENING_WORDS])}"


def usable(writings: Iterable[Writing]) -> list[Writing]:
    """Each text once, compared as a reader would, neither too short nor too long."""
    found: dict[str, Writing] = {}
    for one in writings:
        if len(one.text.split()) >= SHORTEST_WORDS:
            found.setdefault(comparable(one.text), Writing(one.source, one.prompt, _cut(one.text), one.name))
    return list(found.values())


def _cut(text: str) -> str:
    text = text.strip()
    if len(text) <= LONGEST_CHARACTERS:
        return text
    end = text.rfind("\n\n", 0, LONGEST_CHARACTERS)
    return text[: end if end > LONGEST_CHARACTERS // 2 else LONGEST_CHARACTERS].rstrip()
