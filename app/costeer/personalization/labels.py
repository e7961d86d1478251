"""Facts with a label: "Name: Anna" is the fact "Anna" under the label "name".

A label is no more than how a fact begins. So an entry with one is stored, sent, steered with, exported and
imported like any other, and reads the same in every program. Labels are stored in English, which small models know
best; windows show them in the user's language.
"""

from __future__ import annotations

from typing import Literal

Label = Literal["name", "languages", "home", "work", "family", "health", "interests", "likes", "dislikes"]
LABELS: tuple[Label, ...] = (
    *("name", "languages", "home", "work", "family"),
    *("health", "interests", "likes", "dislikes"),
)


def split_label(text: str) -> tuple[Label | None, str]:
    """The label of a fact, None where it has none, and what stands behind it."""
    head, colon, value = text.partition(":")
    label = head.strip().casefold()
    if colon and value.strip():
        for one in LABELS:
            if one == label:
                return one, value.strip()
    return None, text


def with_label(label: Label | None, value: str) -> str:
    """The fact as it is stored."""
    return value if label is None else f"{label.capitalize()}: {value.strip()}"
