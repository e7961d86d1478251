"""Strings that must never be completed by a steered token.

What the answer says is sent back to the cloud as final tokens, so a private entry that the answer spelled out
would leave with the next request. The mask looks at the text a candidate would make and refuses it before it is
chosen. It compares what a reader would compare: case, width and spacing do not count.
"""

from __future__ import annotations

from collections.abc import Iterable

from costeer.foundation.text import comparable

SHORTEST = 4
"""Strings shorter than this are everyday words; masking them would cripple the answer."""


class StringMask:
    """Immutable; safe from any thread."""

    def __init__(self, private: Iterable[str]) -> None:
        folded = {comparable(one).strip() for one in private}
        self._private = tuple(sorted(one for one in folded if len(one) >= SHORTEST))
        self._reach = 4 * max((len(one) for one in self._private), default=0) + 64

    def completes(self, answer: bytes, token: bytes) -> bool:
        """Whether appending `token` to `answer` makes a private string appear that was not there before."""
        if not self._private:
            return False
        before = comparable(answer[-self._reach :].decode("utf-8", "replace"))
        after = comparable((answer[-self._reach :] + token).decode("utf-8", "replace"))
        return any(after.count(one) > before.count(one) for one in self._private)
