"""A document as passages: what of it is like a question, and what of it must not leave.

A passage is a few sentences, so short that several fit into a private prompt. What of a private document is
recognised in a request is each of its sentences and lines that is long enough to be nobody else's; whole documents
are never quoted, and single words stand in other texts too.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from costeer.foundation.folding import comparable
from costeer.foundation.text import APART, words_apart
from costeer.personalization.private_words import words

LONGEST_PASSAGE = 400
"""Characters."""

LEAST_WORDS, LEAST_CHARACTERS = 6, 24
"""Of a sentence that is recognised; of a script without spaces, half as many characters do."""

_SENTENCE = re.compile(r"[^.!?…。！？\n]*[.!?…。！？\n]*\s*")
_FRAGMENT = re.compile(r"[^.!?…。！？\n]+")


@dataclass(frozen=True, slots=True)
class Passage:
    """`terms` are what it is found by: its telling words; pairs of characters where words are not separated."""

    text: str
    terms: frozenset[str]


def passages(text: str) -> tuple[Passage, ...]:
    """`text` in order, cut between sentences where that can be."""
    return tuple(Passage(one, frozenset(_terms(one))) for one in _cut(text))


def most_like(question: str, known: Sequence[Passage], most: int) -> list[Passage]:
    """The passages that share the rarest words with `question`, the likest first; the first ones where none does.

    A word counts by its inverse document frequency among the passages.
    """
    asked = frozenset(_terms(question))
    frequency = Counter(term for one in known for term in one.terms & asked)
    worth = {term: math.log(1 + len(known) / count) for term, count in frequency.items()}
    scores = [sum(worth[term] for term in one.terms & asked) for one in known]
    order = sorted(range(len(known)), key=lambda at: (-scores[at], at))
    return [known[at] for at in order[:most] if scores[at] > 0] or list(known[:most])


def tell_tales(text: str) -> tuple[str, ...]:
    """The sentences and lines of a private text by which it is recognised, each once."""
    found = (" ".join(one.split()) for one in _FRAGMENT.findall(text))
    return tuple(dict.fromkeys(one for one in found if _is_telling(one)))


def _is_telling(fragment: str) -> bool:
    folded = comparable(fragment)
    apart = words_apart(folded)
    if apart == folded:
        return len(folded) >= LEAST_CHARACTERS and folded.count(" ") + 1 >= LEAST_WORDS
    return len(folded) >= LEAST_CHARACTERS // 2


def _cut(text: str) -> Iterator[str]:
    passage = ""
    for sentence in _pieces(text):
        if passage and len(passage) + len(sentence) > LONGEST_PASSAGE:
            yield passage.strip()
            passage = ""
        passage += sentence
    if passage.strip():
        yield passage.strip()


def _pieces(text: str) -> Iterator[str]:
    """Sentences; what is longer than a passage is cut, between words where there are some."""
    for match in _SENTENCE.finditer(text):
        sentence = match.group()
        while len(sentence) > LONGEST_PASSAGE:  # each time it gets shorter
            space = sentence.rfind(" ", 1, LONGEST_PASSAGE)
            end = space + 1 if space > LONGEST_PASSAGE // 2 else LONGEST_PASSAGE
            yield sentence[:end]
            sentence = sentence[end:]
        if sentence:
            yield sentence


def _terms(text: str) -> Iterable[str]:
    for word in words(text):
        parts = [part for part in words_apart(word).split(APART) if part]
        if len(parts) <= 1:
            yield word
        else:
            yield from map("".join, itertools.pairwise(parts))
