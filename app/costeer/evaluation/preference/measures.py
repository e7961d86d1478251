"""What can be counted in an answer, and which count is to move for which preference. Pure."""

from __future__ import annotations

import re
from types import MappingProxyType

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_WINDOW = 20
_GRAM = 4

MOST_REPEATED = 0.25
FEWEST_WORDS = 2

DIRECTIONS = MappingProxyType(
    {
        "concise": ("words", -1),
        "detailed": ("words", 1),
        "expert": ("letters", 1),
        "plain": ("letters", -1),
        "creative": ("variety", 1),
    }
)
"""By preference, the measure that shows it and which way is right. What is not named shows in `toward` alone."""


def words_of(text: str) -> list[str]:
    """In lower case."""
    return [one.lower() for one in _WORD.findall(text)]


def letters(words: list[str]) -> float:
    """The mean length of a word."""
    return sum(map(len, words)) / len(words)


def variety(words: list[str]) -> float:
    """The share of different words, averaged over every run of 20 words, so that long answers are not worse
    (the moving-average type-token ratio of Covington and McFall, 2010)."""
    size = min(_WINDOW, len(words))
    runs = [words[at : at + size] for at in range(len(words) - size + 1)]
    return sum(len(set(one)) for one in runs) / (size * len(runs))


def repeated(words: list[str]) -> float:
    """The share of runs of 4 words that stood in the answer before."""
    runs = [tuple(words[at : at + _GRAM]) for at in range(len(words) - _GRAM + 1)]
    return 1.0 - len(set(runs)) / len(runs) if runs else 0.0


def degenerate(words: list[str]) -> bool:
    """Whether it is no answer any more: hardly a word, or the same ones over and over."""
    return len(words) < FEWEST_WORDS or repeated(words) > MOST_REPEATED
