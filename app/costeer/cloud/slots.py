"""On which slot of a llama-server a stream is written, where the server is ours alone.

A slot is a place for one answer, with a cache of what it has read. Left to itself, a server with several gives a
reopened stream another slot than the stream just cut, which it has not yet seen go, and reads the whole prompt
again: with four slots the slowest reopening took seconds (a prompt of 350 tokens, one thread), with its slot asked
for never more than with one slot. A request for a slot that is still busy waits for it.

Never to be used where others use the server too: their answers would be waited for while other slots are free.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class Slots:
    """Remembers what each of `count` slots has read. All methods may be called from any thread."""

    def __init__(self, count: int) -> None:
        """With one slot or none there is nothing to choose."""
        self._lock = threading.Lock()
        self._read: dict[int, list[int]] = {slot: [] for slot in range(count if count > 1 else 0)}
        self._free = list(self._read)  # the one that was left first comes first

    @contextmanager
    def taken(self, ids: Sequence[int], written: Sequence[int]) -> Iterator[int | None]:
        """The free slot that has most of `ids` (then `written`) in its cache; None when there is no choice or none
        is free. `written` grows in the block, and afterwards the slot is known to have read that too."""
        with self._lock:
            wanted = [*ids, *written]
            slot = max(self._free, key=lambda one: common_prefix(self._read[one], wanted), default=None)
            if slot is not None:
                self._free.remove(slot)
        try:
            yield slot
        finally:
            if slot is not None:
                with self._lock:
                    self._read[slot] = [*ids, *written]
                    self._free.append(slot)


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """How many ids both begin with."""
    for at, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            return at
    return min(len(one), len(other))
