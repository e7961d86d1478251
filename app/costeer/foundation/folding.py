"""What two texts are compared by: the one folding used wherever a private text must be recognised.

A reader does not mind case, width, accents, spacing, quotes, dashes or a missing full stop, so none of them
counts; nor do characters that cannot be seen. Folding goes character by character: the folding of a text is that
of its characters in a row, so that what is found in it has a place in the text as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from costeer.foundation.look_alikes import LOOK_ALIKES

_BLANK_LETTERS = frozenset((0x115F, 0x1160, 0x3164, 0xFFA0, 0x17B4, 0x17B5))
"""Fillers: letters by their category, nothing on a screen."""

_BLANK_PATTERN = 0x2800
_ACCENTS = (
    *((0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F)),
    *((0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670)),  # points that readers do without
    *((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF)),
)
"""Marks that change no word; vowel signs of Indic scripts do, and stay."""

_WORD_LIKE = 0x2E80
"""From here on characters are words or syllables: one tells as much as three letters."""

_HEAVY = 3
_FEW = 48
"""So many different characters are sooner replaced one by one, and the rest is ASCII."""

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_LONE_DIGIT = re.compile(r"[01](?<!\d[01])(?!\d)")
_AS_LETTERS = {"0": "o", "1": "l"}
_STROKES = {"|": "l", "i": "l"}


class _Folding(dict[int, str]):
    """Code point -> what is compared. Grows as characters are met; the same for all, so any thread may."""

    def __init__(self, look_alikes: dict[int, str]) -> None:
        self._look_alikes = look_alikes
        super().__init__({point: self._folded(point) for point in range(128)})  # so ASCII is translated fast

    def __missing__(self, point: int) -> str:
        self[point] = folded = self._folded(point)
        return folded

    def _folded(self, point: int) -> str:
        """Nothing, one space, or what of the character is compared."""
        character = chr(point)
        category = unicodedata.category(character)
        if category == "Nd":
            return str(unicodedata.decimal(character))
        if point in self._look_alikes:
            return self._look_alikes[point]
        if category == "Cf" or point in _BLANK_LETTERS:
            return ""
        apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
        return "".join(map(_kept, apart))


def _kept(character: str) -> str:
    point = ord(character)
    if any(first <= point <= last for first, last in _ACCENTS):
        return ""
    return " " if unicodedata.category(character)[0] in "PZC" or point == _BLANK_PATTERN else character


class _Bare(dict[int, str | None]):
    """Code point of a folded character -> what is left of it when it is squeezed."""

    def __missing__(self, point: int) -> str | None:
        one = chr(point)
        self[point] = bare = _STROKES.get(one, one if unicodedata.category(one)[0] in "LNM" else None)
        return bare


_BY_CHARACTER = _Folding({})
_BY_LOOKS = _Folding(LOOK_ALIKES)
_BARE = _Bare()
for _point in range(128):
    _BARE[_point]


def comparable(text: str) -> str:
    """`text` as it is compared: words and symbols, folded, one space between them."""
    return _words(text, _BY_CHARACTER)


def seen(text: str) -> str:
    """As `comparable`, by what characters look like: a Cyrillic е is an e."""
    return _words(text, _BY_LOOKS)


def readings(text: str) -> tuple[str, ...]:
    """`comparable(text)`, and `seen(text)` where that may differ."""
    if text.isascii():
        return (comparable(text),)
    other = set(_NOT_ASCII.findall(text))
    if any(_BY_LOOKS[ord(one)] != _BY_CHARACTER[ord(one)] for one in other):
        return comparable(text), seen(text)
    return (comparable(text),)


def squeezed(folded: str) -> str:
    """Only letters and digits of what `comparable` or `seen` gave, with lone digits that pass for letters as
    these: what is left of a text whatever stands between its letters."""
    return _LONE_DIGIT.sub(lambda match: _AS_LETTERS[match.group()], folded.translate(_BARE))


def weight(squeezed_text: str) -> int:
    """How much a squeezed text tells, in letters."""
    if squeezed_text.isascii():
        return len(squeezed_text)
    return sum(1 if ord(one) < _WORD_LIKE else _HEAVY for one in squeezed_text)


def with_places(text: str, *, look_alikes: bool = False) -> tuple[str, list[int]]:
    """What `comparable` (or `seen`) makes of `text`, and the place in `text` of each character of that."""
    folding = _BY_LOOKS if look_alikes else _BY_CHARACTER
    kept: list[str] = []
    places: list[int] = []
    for at, character in enumerate(text):
        for folded in folding[ord(character)]:
            if not folded.isspace():
                kept.append(folded)
                places.append(at)
            elif kept and kept[-1] != " ":
                kept.append(" ")
                places.append(at)
    if kept and kept[-1] == " ":
        kept.pop()
        places.pop()
    return "".join(kept), places


def squeezed_places(folded: str, places: Iterable[int]) -> list[int]:
    """Of each character of `squeezed(folded)` the place of `folded`'s that it came from."""
    return [place for one, place in zip(folded, places, strict=True) if _BARE[ord(one)] is not None]


def _words(text: str, folding: _Folding) -> str:
    if not text.isascii():
        other = set(_NOT_ASCII.findall(text))
        if len(other) <= _FEW:
            for one in other:
                text = text.replace(one, folding[ord(one)])
    return " ".join(text.translate(folding).split())
