"""When two texts say the same: the one comparison used wherever a private text must be recognised.

A reader does not mind case, width, spacing, quotes, dashes or a missing full stop, so none of them counts. Words
do count as wholes ("Anna" is not in "Savannah") in scripts that separate words; in those that do not (Chinese,
Japanese, Thai), any place will do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from costeer.foundation.errors import BadInput

APART = "\x1f"
"""What `words_apart` puts between characters: no tokenizer takes it for a part of a word."""

_UNSPACED = re.compile(
    "["
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # Han
    "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # Kana
    "]"
)

SHORTEST_ASCII = 3
SHORTEST = 2
"""Shorter texts are not recognised: they would be found in almost anything."""

_BEGINNING = 16
_FEW = 64
"""So many texts are sooner looked for one by one."""


class _Folding(dict[int, str | None]):
    """Code point -> what is compared: punctuation and spaces become a space, invisible characters nothing."""

    def __missing__(self, point: int) -> str | None:
        category = unicodedata.category(chr(point))
        if category == "Cf" or 0xFE00 <= point <= 0xFE0F or 0xE0100 <= point <= 0xE01EF:
            folded = None
        else:
            folded = " " if category[0] in "PZC" else chr(point)
        self[point] = folded
        return folded


_FOLDING = _Folding()


def comparable(text: str) -> str:
    """What two texts are compared by: words and symbols, case folded, one space between them."""
    folded = text.casefold()
    if not text.isascii():
        # Casefolding can undo a composition (a dotted capital I, say), so it is normalised on both sides of it.
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.translate(_FOLDING).split())


def words_apart(text: str) -> str:
    """`text` with APART on both sides of each character of a script that does not separate words.

    Full-text search cuts words at what is no letter, so that each such character becomes a word, and a word of
    that script a phrase. The indexes on disk are built with this: a change of it is a migration.
    """
    return text if text.isascii() else _UNSPACED.sub(f"{APART}\\g<0>{APART}", text)


def begun_character(data: bytes) -> bytes:
    """What UTF-8 `data` has of a character that it ends in the middle of; empty when it ends with a whole one."""
    for back in range(1, min(3, len(data)) + 1):
        lead = data[-back]
        if lead & 0xC0 == 0x80:
            continue
        length = 2 if lead & 0xE0 == 0xC0 else 3 if lead & 0xF0 == 0xE0 else 4 if lead & 0xF8 == 0xF0 else 1
        return data[-back:] if back < length else b""
    return b""


def whole_characters(data: bytes) -> tuple[str, bytes]:
    """The text of UTF-8 `data`, and what is left of a character that it ends in the middle of."""
    begun = begun_character(data)
    return data[: len(data) - len(begun)].decode("utf-8", "replace"), begun


def check_text(text: str, what: str) -> None:
    """Raise BadInput when `text` is not text (bytes that were no UTF-8, say)."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadInput(f"The {what} is not valid UTF-8 text; check where it comes from.") from error


class PrivateTexts:
    """A set of texts to be recognised in others. Immutable; safe from any thread.

    Thousands (the sentences of a document) take no longer than a few: they are looked up by their beginnings.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        found = {comparable(one) for one in texts}
        self.texts = tuple(
            sorted(one for one in found if len(one) >= (SHORTEST_ASCII if one.isascii() else SHORTEST))
        )
        self._short = tuple(one for one in self.texts if len(one) < _BEGINNING)
        self._by_beginning: dict[str, list[str]] = {}
        for one in self.texts:
            if len(one) >= _BEGINNING:
                self._by_beginning.setdefault(one[:_BEGINNING], []).append(one)

    def found_in(self, text: str) -> tuple[str, ...]:
        """Those that `text` holds, as they are compared."""
        folded = comparable(text)
        return tuple(one for one in self._possible(folded) if _count(folded, one))

    def count_in(self, text: str) -> int:
        """How often any of them stands in `text`."""
        folded = comparable(text)
        return sum(_count(folded, one) for one in self._possible(folded))

    def _possible(self, folded: str) -> Iterable[str]:
        """Those that may be in `folded`, in their order."""
        if len(self.texts) < _FEW:
            return self.texts
        begun = {folded[at : at + _BEGINNING] for at in range(len(folded) - _BEGINNING + 1)}
        known = self._by_beginning
        return sorted((*self._short, *(one for key in begun & known.keys() for one in known[key])))


def _count(text: str, one: str) -> int:
    """Occurrences of `one` in `text`, both comparable, as whole words."""
    found = 0
    at = text.find(one)
    while at >= 0:
        before = text[at - 1] if at else " "
        behind = text[at + len(one)] if at + len(one) < len(text) else " "
        found += not (_joins(one[0]) and _joins(before)) and not (_joins(one[-1]) and _joins(behind))
        at = text.find(one, at + 1)
    return found


def _joins(character: str) -> bool:
    """Whether the character makes one word with a neighbour of its kind: letters with case, and digits."""
    return unicodedata.category(character) in ("Ll", "Lu", "Lt", "Nd")
