"""Many strings looked for at once, in time that grows with the text and hardly with their number.

Of each string one window of a few characters is chosen that few others have; a rolling hash finds all windows in
one pass over the text, and what stands around each is compared. A few strings are sooner looked for one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

_WINDOW = 8
_FEW = 48
_TABLE_BITS = 18
_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)

_Codes = NDArray[np.uint64]


class PatternSet:
    """Immutable; safe from any thread. The strings must not be empty; the same one may be listed twice."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self.patterns = tuple(patterns)
        self._windows: list[_Windows] = []
        if len(self.patterns) >= _FEW:
            self._windows = _windows_of(self.patterns)

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """(start, number of the pattern) wherever one stands, overlapping ones too, in no order."""
        if self._windows:
            yield from self._by_windows(text)
            return
        for number, pattern in enumerate(self.patterns):
            at = text.find(pattern)
            while at >= 0:
                yield at, number
                at = text.find(pattern, at + 1)

    def _by_windows(self, text: str) -> Iterator[tuple[int, int]]:
        codes = _codes(text)
        hashes, length = codes, 1
        for windows in self._windows:
            if windows.length > len(codes):
                return
            hashes = _longer(hashes, codes, length, windows.length)
            length = windows.length
            for at, key in windows.hits(hashes):
                for number, offset in windows.owners[key]:
                    start = at - offset
                    if start >= 0 and text.startswith(self.patterns[number], start):
                        yield start, number


class _Windows:
    """The windows of one length: by its hash, which patterns have which, and where in them."""

    def __init__(self, length: int, owners: dict[int, list[tuple[int, int]]]) -> None:
        self.length = length
        self.owners = owners
        self._keys = np.array(sorted(owners), np.uint64)
        self._maybe = np.zeros(1 << _TABLE_BITS, bool)
        self._maybe[_slots(self._keys)] = True

    def hits(self, hashes: _Codes) -> Iterator[tuple[int, int]]:
        """(place, hash) of each that is one of a window."""
        (maybe,) = np.nonzero(self._maybe[_slots(hashes)])
        found = hashes[maybe]
        at = np.minimum(np.searchsorted(self._keys, found), len(self._keys) - 1)
        sure = self._keys[at] == found
        yield from zip(maybe[sure].tolist(), found[sure].tolist(), strict=True)


def _windows_of(patterns: Sequence[str]) -> list[_Windows]:
    """Of each length that is needed, the shortest first."""
    by_length: dict[int, list[int]] = {}
    for number, pattern in enumerate(patterns):
        by_length.setdefault(min(_WINDOW, len(pattern)), []).append(number)
    return [
        _Windows(length, _rarest([patterns[one] for one in numbers], numbers, length))
        for length, numbers in sorted(by_length.items())
    ]


def _rarest(patterns: Sequence[str], numbers: Sequence[int], length: int) -> dict[int, list[tuple[int, int]]]:
    """Of each pattern the window of `length` characters that fewest patterns have: hash -> (number, offset)."""
    codes = _codes("".join(patterns))
    hashes = _longer(codes, codes, 1, length)
    _, which, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    shared = counts[which]
    owners: dict[int, list[tuple[int, int]]] = {}
    start = 0
    for pattern, number in zip(patterns, numbers, strict=True):
        offset = int(np.argmin(shared[start : start + len(pattern) - length + 1]))
        owners.setdefault(int(hashes[start + offset]), []).append((number, offset))
        start += len(pattern)
    return owners


def _longer(hashes: _Codes, codes: _Codes, length: int, wanted: int) -> _Codes:
    """The hashes of all windows of `wanted` characters, from those of `length`; modulo 2**64."""
    for last in range(length, wanted):
        hashes = hashes[: len(codes) - last] * _BASE + codes[last:]
    return hashes


def _codes(text: str) -> _Codes:
    if text.isascii():
        return np.frombuffer(text.encode("ascii"), np.uint8).astype(np.uint64)
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)


def _slots(hashes: _Codes) -> NDArray[np.intp]:
    """The upper bits of a product: all characters of the window count in them."""
    return ((hashes * _MIX) >> np.uint64(64 - _TABLE_BITS)).astype(np.intp)
