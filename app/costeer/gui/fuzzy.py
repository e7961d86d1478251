"""How well a title fits what has been typed. Pure; a few microseconds a title, as there may be thousands."""

from __future__ import annotations

import re
from collections.abc import Callable

Rank = tuple[int, int]
"""The smaller, the better."""


def ranking(typed: str) -> Callable[[str], Rank | None]:
    """A function of a casefolded title: its rank, or None where it does not fit.

    The best are titles that begin with what was typed, then those with a word that does, those that hold it
    anywhere, those that hold all its words, and last those that hold its characters in their order, the closer
    together the better.
    """
    query = " ".join(typed.casefold().split())
    words = query.split()
    characters = query.replace(" ", "")
    scattered = re.compile(".*?".join(map(re.escape, characters)), re.DOTALL)
    at_a_word = re.compile(r"\b" + re.escape(query))

    def rank(title: str) -> Rank | None:
        if title.startswith(query):
            return (0, len(title) if query else 0)
        if query in title:
            return (1 if at_a_word.search(title) else 2, len(title))
        if all(word in title for word in words):
            return (3, len(title))
        found = scattered.search(title)
        return (4, found.end() - found.start()) if found else None

    return rank
