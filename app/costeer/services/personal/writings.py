"""Pairs of what was asked for and what the user wrote: those that are worth learning from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from costeer.foundation.folding import comparable
from costeer.personalization.private_words import words
from costeer.storage.records import Writing

SHORTEST_WORDS, LONGEST_CHARACTERS = 5, 6000
"""What is shorter says nothing of how somebody writes; what is longer is cut at a paragraph."""

_OPENING_WORDS, _MOST_NAMED = 8, 3


def with_prompts(writings: Sequence[Writing]) -> list[Writing]:
    """Texts of which nobody knows what they were asked for get a prompt that names what they are about: the words
    that the fewest of the texts have, and of these the ones that stand there most often."""
    bags = [words(one.text) for one in writings]
    spread = Counter(word for bag in bags for word in bag)
    return [
        one if one.prompt else replace(one, prompt=_about(one.text, bag, spread))
        for one, bag in zip(writings, bags, strict=True)
    ]


def _about(text: str, bag: Set[str], spread: Mapping[str, int]) -> str:
    folded = text.casefold()
    telling = sorted(bag, key=lambda word: (spread[word], -folded.count(word), folded.find(word), word))
    named = telling[:_MOST_NAMED]
    if not named:
        return f"Write, as I would, what begins with: {' '.join(text.split()[:_OPENING_WORDS])}"
    return f"Write, as I would, about {', '.join(sorted(named, key=folded.find))}."


def usable(writings: Iterable[Writing], known: Iterable[Writing] = ()) -> list[Writing]:
    """Each text once, compared as a reader would, neither too short nor too long; without a prompt only if it is
    not among the `known` ones."""
    found: dict[str, Writing] = {}
    there = {comparable(one.text) for one in known}
    for one in writings:
        is_new = bool(one.prompt) or comparable(_cut(one.text)) not in there
        if is_new and len(one.text.split()) >= SHORTEST_WORDS:
            found.setdefault(comparable(one.text), Writing(one.source, one.prompt, _cut(one.text), one.name))
    return list(found.values())


def _cut(text: str) -> str:
    text = text.strip()
    if len(text) <= LONGEST_CHARACTERS:
        return text
    end = text.rfind("\n\n", 0, LONGEST_CHARACTERS)
    return text[: end if end > LONGEST_CHARACTERS // 2 else LONGEST_CHARACTERS].rstrip()
