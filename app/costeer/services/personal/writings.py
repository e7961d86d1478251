"""What the user has written, as pairs: what was asked for, and the text. A pair is known by its contents."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from costeer.foundation.folding import comparable

Source = Literal["message", "edit", "document", "mail", "chat", "lamp", "synthetic"]

_OPENING_WORDS = 8
_ID = 16


@dataclass(frozen=True, slots=True)
class Writing:
    """`name` says where it was found, for people: a file, a conversation."""

    source: Source
    prompt: str
    text: str
    name: str = ""

    @property
    def id(self) -> str:
        """The same for the same pair, wherever it was found."""
        return hashlib.sha256(f"{self.prompt}\0{self.text}".encode()).hexdigest()[:_ID]


def without_prompt(text: str) -> str:
    """What might have been asked for a text of which nobody knows: it begins as the text does."""
    return f"Write, as I would, what begins with: {' '.join(text.split()[:_OPENING_WORDS])}"


def distinct(writings: Iterable[Writing]) -> list[Writing]:
    """Each text once, the first time it comes, compared as a reader would."""
    found: dict[str, Writing] = {}
    for one in writings:
        found.setdefault(comparable(one.text), one)
    return list(found.values())
