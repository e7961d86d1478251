"""Texts that must never be completed by a steered token.

What the answer says is sent back to the cloud as final tokens, so a private text that the answer spelled out would
leave with the next request. The mask looks at the text a candidate would make, with every disguise undone that the
last gate undoes, and refuses it before it is chosen. A long text counts as spelled out when all but its last word
stand there, or a long stretch of it, and what identifies (codes, account and telephone numbers) counts by itself.
What the public conversation says already is no secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from costeer.foundation.disguises import private_in
from costeer.foundation.private_texts import PrivateTexts

_LONG = 5
_STRETCH = 160
"""Characters; so much of a text counts as the text."""

_IDENTIFYING_LENGTH = 5
_IDENTIFYING_DIGITS = 3
_WIDEST = 16
"""Characters that a disguise may take for one."""


class StringMask:
    """Immutable; safe from any thread."""

    def __init__(self, private: Iterable[str], public: str = "") -> None:
        secrets = PrivateTexts(part for one in private for part in _telling_parts(one))
        known = set(private_in(public, secrets)) if public else set()
        self._private = PrivateTexts(one for one in secrets.texts if one not in known) if known else secrets
        self._reach = 512 + _WIDEST * max((len(one) for one in self._private.texts), default=0)
        self._seen: tuple[bytes, frozenset[str], int] = (b"", frozenset(), 0)

    @property
    def empty(self) -> bool:
        """Whether nothing is masked."""
        return not self._private.texts

    def completes(self, answer: bytes, token: bytes) -> bool:
        """Whether appending `token` to `answer` makes a private text appear that was not there before."""
        if not self._private.texts or not token:
            return False
        tail = answer[-self._reach :]
        after = (tail + token).decode("utf-8", "replace")
        found = private_in(after, self._private)
        if not found:
            return False
        there, count = self._in(tail)
        return not there.issuperset(found) or self._private.count_in(after) > count

    def _in(self, tail: bytes) -> tuple[frozenset[str], int]:
        """What stands there already, and how often. Of the last text that was looked at it is remembered."""
        known, found, count = self._seen
        if known != tail:
            text = tail.decode("utf-8", "replace")
            found, count = frozenset(private_in(text, self._private)), self._private.count_in(text)
            self._seen = tail, found, count
        return found, count


def _telling_parts(text: str) -> Iterator[str]:
    """The text itself or, of a long one, its stretches; the text without its last word; what identifies in it."""
    words = text.split()
    yield from _stretches(words) if len(text) > _STRETCH else (text,)
    if len(words) >= _LONG and len(text) <= _STRETCH:
        yield " ".join(words[:-1])
    for part in words:
        digits = sum(one.isdigit() for one in part)
        if digits >= _IDENTIFYING_DIGITS and len(part.strip(".,;:!?()\"'")) >= _IDENTIFYING_LENGTH:
            yield part


def _stretches(words: list[str]) -> Iterator[str]:
    """Consecutive words, about `_STRETCH` characters each; what is one word is cut."""
    stretch = ""
    for word in words:
        for at in range(0, len(word), _STRETCH):
            piece = word[at : at + _STRETCH]
            if stretch and len(stretch) + 1 + len(piece) > _STRETCH:
                yield stretch
                stretch = ""
            stretch = f"{stretch} {piece}" if stretch else piece
    if len(stretch) > _STRETCH // 2:
        yield stretch
