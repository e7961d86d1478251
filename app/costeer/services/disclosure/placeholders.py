"""Placeholders: what stands for a private text in everything that a cloud and the local model are shown.

A placeholder looks like `[NAME_1]`. Of ten forms that were tried with three models this one came back unharmed
most often, because templates with such blanks are common (decision 0030). Models change its case or its underscore
now and then, so it is recognised loosely.

Numbers count what a conversation has disclosed, so they follow from the public conversation alone. What the local
model is shown besides gets the numbers after that, for one answer; a number is kept once it stands in the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from costeer.foundation.folding import comparable
from costeer.foundation.private_texts import PrivateTexts

_FORM = re.compile(r"\[ ?([A-Za-z]{2,8})[ _-]?([0-9]{1,3}) ?\]")
_BEGUN = re.compile(r"\[ ?(?:([A-Za-z]{1,8})(?:[ _-]?[0-9]{0,3} ?)?)?\Z")


def placeholder(label: str, number: int) -> str:
    return f"[{label.upper()}_{number}]"


def label_of(stands_for: str) -> str:
    """The label of a placeholder, in lower case; empty where it is none."""
    match = _FORM.fullmatch(stands_for)
    return match.group(1).lower() if match else ""


def forms_in(text: str) -> Iterator[str]:
    """Whatever looks like a placeholder, in its usual form."""
    for match in _FORM.finditer(text):
        yield _usual(match)


@dataclass(frozen=True, slots=True)
class Replacements:
    """`by_text` has for each text its placeholder; safe on any thread."""

    by_text: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    _texts: PrivateTexts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_texts", PrivateTexts(self.by_text))

    def __bool__(self) -> bool:
        return bool(self.by_text)

    @property
    def fills(self) -> dict[str, str]:
        """Of each placeholder the text."""
        return {stands_for: text for text, stands_for in self.by_text.items()}

    def replaced(self, text: str) -> str:
        """`text` with every one of the texts replaced, however it is written there."""
        parts: list[str] = []
        done = 0
        for place in self._texts.places_in(text):
            parts += (text[done : place.start], self.by_text[place.text])
            done = place.end
        return "".join((*parts, text[done:]))

    def with_more(self, texts: Iterable[tuple[str, str]], taken: Iterable[str] = ()) -> Replacements:
        """Placeholders for (text, label) too, each with the smallest number that is free; `taken` are in use."""
        found = dict(self.by_text)
        known = {comparable(one) for one in found}
        used = {*found.values(), *taken}
        for text, label in texts:
            if comparable(text) in known:
                continue
            known.add(comparable(text))
            number = 1
            while placeholder(label, number) in used:  # bounded by how many are used
                number += 1
            found[text] = placeholder(label, number)
            used.add(found[text])
        return Replacements(MappingProxyType(found))


class Filling:
    """Fills the texts back in while an answer is written, piece by piece. One answer, one thread.

    What may become a placeholder is held back until that is decided, so that no part of one is ever shown.
    """

    def __init__(self, fills: Mapping[str, str], written: str = "") -> None:
        """`written` is what the answer consists of already, placeholders and all."""
        self._fills = fills
        self._labels = tuple({label_of(one) for one in fills})
        self._held = ""
        self.used: list[str] = []
        """Placeholders that were filled in, in order, each once."""
        if fills:
            self._held = written[self._undecided(written) :]

    def add(self, piece: str) -> str:
        """What can be shown of the answer now that `piece` has come."""
        if not self._fills:
            return piece
        text = self._held + piece
        decided = self._undecided(text)
        self._held = text[decided:]
        return _FORM.sub(self._filled, text[:decided])

    def rest(self) -> str:
        """What was held back, when nothing more comes."""
        held, self._held = self._held, ""
        return held

    def _filled(self, match: re.Match[str]) -> str:
        text = self._fills.get(_usual(match))
        if text is None:
            return match.group()
        if _usual(match) not in self.used:
            self.used.append(_usual(match))
        return text

    def _undecided(self, text: str) -> int:
        """Where something begins that may become a placeholder."""
        begun = _BEGUN.search(text)
        if begun is None:
            return len(text)
        word = (begun.group(1) or "").lower()
        return begun.start() if any(label.startswith(word) for label in self._labels) else len(text)


def filled(text: str, fills: Mapping[str, str]) -> str:
    """A whole text with its placeholders filled in."""
    filling = Filling(fills)
    return filling.add(text) + filling.rest()


def replaced_messages(messages: Sequence[dict[str, str]], replacements: Replacements) -> list[dict[str, str]]:
    """A conversation as it may be sent."""
    return [{**one, "content": replacements.replaced(one["content"])} for one in messages]


def _usual(match: re.Match[str]) -> str:
    return placeholder(match.group(1), int(match.group(2)))
