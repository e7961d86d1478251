"""Which words of the private context an answer gave away.

Final tokens are sent back to the cloud, so a word that steering put into the answer has left this computer. A word
counts when it stands in the private context, not in the public conversation, and steering changed at least one
of its tokens: a word the cloud would have written anyway tells it nothing new, and nor does a function word.
"""

from __future__ import annotations

import re
import unicodedata

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


class GivenAway:
    """The words that one answer has given away so far, found while it is written."""

    def __init__(self, private: set[str], public: set[str]) -> None:
        """`private` and `public` are `words` of the two sides."""
        self._secret = private - public
        self._pending = ""
        self._changed: list[tuple[int, int]] = []
        self._settled: dict[str, str] = {}
        self._growing: dict[str, str] = {}

    @property
    def found(self) -> tuple[str, ...]:
        """As they stand in the answer, in order; the last one may still grow."""
        return tuple((self._settled | self._growing).values())

    def add(self, piece: str, *, by_steering: bool) -> None:
        """The text of one more token, and whether steering changed it."""
        if not self._secret:
            return
        start = len(self._pending)
        self._pending += piece
        if by_steering and piece:
            self._changed.append((start, len(self._pending)))
        self._growing = {}
        behind = len(self._pending)
        for match in _WORD.finditer(self._pending):
            if match.end() == len(self._pending):
                self._note(match, self._growing)
                behind = match.start()
            else:
                self._note(match, self._settled)
        self._pending = self._pending[behind:]
        self._changed = [(max(0, one - behind), end - behind) for one, end in self._changed if end > behind]

    def _note(self, match: re.Match[str], where: dict[str, str]) -> None:
        if any(start < match.end() and match.start() < end for start, end in self._changed):
            key = _fold(match.group())
            if key in self._secret and key not in self._settled:
                where[key] = match.group()


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
