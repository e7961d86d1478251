"""Texts that must never be completed by a steered token.

What the answer says is sent back to the cloud as final tokens, so a private entry that the answer spelled out
would leave with the next request. The mask looks at the text a candidate would make and refuses it before it is
chosen. A long entry counts as spelled out when all but its last word stand there, and what identifies (codes,
account and telephone numbers) counts by itself. What the public conversation says already is no secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from costeer.foundation.private_texts import PrivateTexts

_LONG = 5
_IDENTIFYING_LENGTH = 5
_IDENTIFYING_DIGITS = 3


class StringMask:
    """Immutable; safe from any thread."""

    def __init__(self, private: Iterable[str], public: str = "") -> None:
        secrets = PrivateTexts(part for one in private for part in _telling_parts(one))
        known = set(secrets.found_in(public)) if public else set()
        self._private = PrivateTexts(one for one in secrets.texts if one not in known)
        self._reach = 512 + 16 * max((len(one) for one in self._private.texts), default=0)

    @property
    def empty(self) -> bool:
        """Whether nothing is masked."""
        return not self._private.texts

    def completes(self, answer: bytes, token: bytes) -> bool:
        """Whether appending `token` to `answer` makes a private text appear that was not there before."""
        if not self._private.texts or not token:
            return False
        tail = answer[-self._reach :]
        after = self._private.count_in((tail + token).decode("utf-8", "replace"))
        return after > 0 and after > self._private.count_in(tail.decode("utf-8", "replace"))


def _telling_parts(text: str) -> Iterator[str]:
    """The text itself, the text without its last word, and what identifies in it."""
    yield text
    words = text.split()
    if len(words) >= _LONG:
        yield " ".join(words[:-1])
    for part in text.split():
        digits = sum(one.isdigit() for one in part)
        if digits >= _IDENTIFYING_DIGITS and len(part.strip(".,;:!?()\"'")) >= _IDENTIFYING_LENGTH:
            yield part
