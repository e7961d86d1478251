"""Which words of the private context an answer gave away.

Final tokens are sent back to the cloud, so a word that steering put into the answer has left this computer. A word
counts when it stands in the private context, not in the public conversation, and steering changed at least one
of its tokens: a word the cloud would have written anyway tells it nothing new, and nor does a function word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_WORD = re.compile(r"\w[\w'’\-]*")

_COMMON = frozenset(
    """a about am an and are as at be but by can could did do does for from give had has have he her him his how
    i if in into is it its just like make many me more much must my no not of on or our out please say
    shall she should so some tell than that the their them then there these they this those to too us use
    want was we were what when where which while who whom why will with would write you your""".split()
)
"""English function words: they stand in every text and tell nothing."""


def words(text: str) -> set[str]:
    """The words that tell something, case folded and with compatibility forms unified."""
    return {one.group() for one in _WORD.finditer(_fold(text))} - _COMMON


def given_away(private: set[str], public: set[str], pieces: Sequence[tuple[str, bool]]) -> tuple[str, ...]:
    """Words as they stand in the answer, in order. `pieces` are (token text, changed by steering)."""
    text = "".join(piece for piece, _ in pieces)
    changed: list[tuple[int, int]] = []
    at = 0
    for piece, by_steering in pieces:
        if by_steering:
            changed.append((at, at + len(piece)))
        at += len(piece)
    found: dict[str, str] = {}
    for match in _WORD.finditer(text):
        key = _fold(match.group())
        touched = any(start < match.end() and match.start() < end for start, end in changed)
        if touched and key in private and key not in public:
            found.setdefault(key, match.group())
    return tuple(found.values())


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
