"""The local vocabulary as byte strings in order, so that those with a common beginning lie side by side."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

import numpy as np

from costeer.steering.types import Float32Array, FloatArray, IdArray


class LocalStrings:
    """The distinct strings that the ordinary tokens of a local model spell, ascending. Immutable.

    A string is known by its index here. `text[i]` is string `i`, `ids[i]` the first token that spells it,
    `is_text[i]` whether it is UTF-8 by itself. Tokens that end an answer have a place of their own; tokens that
    only control the model (`control`) have none.
    """

    def __init__(
        self, token_bytes: Sequence[bytes], end_tokens: Iterable[int], control: Iterable[int] = ()
    ) -> None:
        self.size = len(token_bytes)
        self.end_tokens = np.array(sorted(end_tokens), dtype=np.int64)
        special = {*self.end_tokens.tolist(), *control}
        ordinary = [at for at, text in enumerate(token_bytes) if text and at not in special]
        ordinary.sort(key=token_bytes.__getitem__)
        self._order = np.array(ordinary, dtype=np.int64)
        self.text: list[bytes] = []
        starts: list[int] = []
        for at, token in enumerate(ordinary):
            if not self.text or self.text[-1] != token_bytes[token]:
                self.text.append(token_bytes[token])
                starts.append(at)
        self._starts = np.array(starts, dtype=np.int64) if len(starts) < len(ordinary) else None
        self.ids: IdArray = self._order[starts] if starts else np.zeros(0, dtype=np.int64)
        self.is_text = np.array([is_text(one) for one in self.text], dtype=np.bool_)
        self.longest = max(map(len, self.text), default=0)

    def __len__(self) -> int:
        return len(self.text)

    def index(self, text: bytes) -> int | None:
        at = bisect_left(self.text, text)
        return at if at < len(self.text) and self.text[at] == text else None

    def starting_with(self, text: bytes) -> tuple[int, int]:
        """The range of the strings that start with `text`, itself included."""
        first = bisect_left(self.text, text)
        after = _successor(text)
        return first, len(self.text) if after is None else bisect_left(self.text, after, first)

    def beginnings(self, text: bytes) -> list[int]:
        """The strings with which `text` starts, the shortest first, itself excluded."""
        found = (self.index(text[:length]) for length in range(1, min(len(text), self.longest + 1)))
        return [one for one in found if one is not None]

    def longest_beginning(self, text: bytes) -> int | None:
        """The longest string with which `text` starts, itself included."""
        for length in range(min(len(text), self.longest), 0, -1):
            found = self.index(text[:length])
            if found is not None:
                return found
        return None

    def rows(self, logits: Float32Array) -> tuple[Float32Array, FloatArray]:
        """Probabilities of the strings, shape (B, strings), and of an end, shape (B,), from logits (B,
        tokens)."""
        weights = logits - logits.max(axis=1, keepdims=True)
        np.exp(weights, out=weights)
        sums = weights.sum(axis=1, dtype=np.float64)
        ends = weights[:, self.end_tokens].sum(axis=1, dtype=np.float64) / sums
        ordered = np.take(weights, self._order, axis=1)
        if self._starts is not None:
            ordered = np.add.reduceat(ordered, self._starts, axis=1)
        ordered *= (1.0 / sums).astype(np.float32)[:, None]
        return ordered, ends


def is_text(data: bytes) -> bool:
    """Whether `data` is UTF-8 by itself."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _successor(text: bytes) -> bytes | None:
    """The least string above all that start with `text`; None when there is none."""
    kept = text.rstrip(b"\xff")
    return kept[:-1] + bytes([kept[-1] + 1]) if kept else None
