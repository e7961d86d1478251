"""Which texts that a model wrote are worth learning from. Everything is looked at on this computer.

A text falls at the first gate that it does not pass: leaks, language, length, near-duplicates, perplexity. What is
left is chosen from so that the texts differ.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from costeer.foundation.text import words_apart
from costeer.services.personal.writings import SHORTEST_WORDS
from costeer.storage.records import Writing

if TYPE_CHECKING:
    from datasketch import MinHash

GATES = ("leak", "language", "length", "near-duplicate", "perplexity", "diversity")

_SHORTER, _LONGER = 0.5, 1.5
"""Of the user's shortest and longest text, in words."""

_SHINGLE, _PERMUTATIONS, _ALIKE = 3, 128, 0.6
"""Of MinHash (Broder 1997): sets of so many words in a row, and the Jaccard similarity of near-duplicates."""

_BAND = 2.0
"""Standard deviations about the mean of the user's own texts, in bits a token."""

Bits = Callable[[Writing], float]


@dataclass(frozen=True, slots=True)
class Sifted:
    """`fell` has for each of GATES how many fell there."""

    kept: tuple[Writing, ...]
    fell: tuple[tuple[str, int], ...]


def sift(
    proposed: Sequence[Writing],
    own: Sequence[Writing],
    *,
    is_private: Callable[[str], bool],
    bits: Bits,
    most: int,
) -> Sifted:
    """What of `proposed` is like `own` and yet new; at most `most`, in the order of `proposed`. `is_private` says
    whether something private stands in a text, `bits` how many bits a token of it takes the local model that is
    shown what the user wrote."""
    left = list(proposed)
    fell: dict[str, int] = {}

    def gate(name: str, passes: Callable[[Writing], bool]) -> None:
        before = len(left)
        left[:] = [one for one in left if passes(one)]
        fell[name] = before - len(left)

    gate("leak", lambda one: not is_private(one.text))
    language = _language_of([one.text for one in own])
    gate("language", lambda one: _language(one.text) == language)
    low, high = _lengths(own)
    gate("length", lambda one: low <= len(_words(one.text)) <= high)
    signatures = {one.id: _signature(one.text) for one in (*own, *left)}
    taken = [signatures[one.id] for one in own]

    def is_new(one: Writing) -> bool:
        signature = signatures[one.id]
        if any(signature.jaccard(other) >= _ALIKE for other in taken):
            return False
        taken.append(signature)
        return True

    gate("near-duplicate", is_new)
    band = _band([bits(one) for one in own]) if left else (0.0, 0.0)
    gate("perplexity", lambda one: band[0] <= bits(one) <= band[1])
    chosen = _apart(left, [signatures[one.id] for one in own], signatures, most)
    gate("diversity", lambda one: one.id in chosen)
    return Sifted(tuple(left), tuple((name, fell[name]) for name in GATES))


def _words(text: str) -> list[str]:
    return words_apart(text).casefold().split()


def _runs(text: str, length: int) -> set[tuple[str, ...]]:
    """All words in a row, `length` of them."""
    words = _words(text)
    return {tuple(words[at : at + length]) for at in range(len(words) - length + 1)}


def _lengths(own: Sequence[Writing]) -> tuple[float, float]:
    counts = [len(_words(one.text)) for one in own]
    return max(SHORTEST_WORDS, _SHORTER * min(counts)), _LONGER * max(counts)


def _signature(text: str) -> MinHash:
    from datasketch import MinHash

    made = MinHash(num_perm=_PERMUTATIONS)
    for run in _runs(text, _SHINGLE) or {tuple(_words(text))}:
        made.update("\0".join(run).encode())
    return made


def _language(text: str) -> str:
    from py3langid import classify

    return str(classify(text)[0])


def _language_of(texts: Sequence[str]) -> str:
    """That of most words."""
    return _language("\n".join(texts))


def _band(own: Sequence[float]) -> tuple[float, float]:
    spread = _BAND * (statistics.stdev(own) if len(own) > 1 else 0.0)
    middle = statistics.fmean(own)
    return middle - spread, middle + spread


def _apart(left: Sequence[Writing], own: Sequence[MinHash], signatures: dict[str, MinHash], most: int) -> set[str]:
    """Ids of at most `most`: one after the other the one that is least like all before it (Gonzalez 1985)."""
    nearest = {one.id: max((signatures[one.id].jaccard(other) for other in own), default=0.0) for one in left}
    chosen: set[str] = set()
    while nearest and len(chosen) < most:
        new = min(nearest, key=lambda one: nearest[one])
        del nearest[new]
        chosen.add(new)
        for one in nearest:
            nearest[one] = max(nearest[one], signatures[one].jaccard(signatures[new]))
    return chosen
