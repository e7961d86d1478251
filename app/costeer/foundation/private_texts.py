"""Recognising private texts in others: as a reader would, and through what stands between their letters.

A text is looked for in two ways. As *words*: folded (`foundation.folding`), with one space between words, and
whole ("Anna" is not in "Savannah") in scripts that separate words; in others (Chinese, Japanese) any place does.
And, when it is long enough that chance does not write it, *squeezed*: letter by letter, whatever stands between
them, forwards or backwards, from the beginning of a word to the end of one (no "passionate" in "compassionate");
only what is longer or holds a number is also found inside words. Look-alikes of Latin letters count as what they
look like.

What an encoding hides (JSON escapes, base64) is not seen here: `foundation.disguises` undoes those first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from costeer.foundation.folding import comparable, readings, seen, squeezed, squeezed_places, weight, with_places
from costeer.foundation.pattern_set import PatternSet

SHORTEST_ASCII = 3
SHORTEST = 2
"""Shorter texts are not recognised: they would be found in almost anything."""

LEAST_SQUEEZED = 8
LEAST_SQUEEZED_WORDS = 12
"""Letters that a text needs to be recognised squeezed: one word, and several, which others may join to."""

LEAST_INSIDE = 14
"""Letters of what is found inside longer words, too."""

_LEAST_DIGITS = 6
_GENITIVE = 4
_SPELLED_OUT = re.compile(r"(?<!\S)\S(?: \S){2,}(?!\S)")


@dataclass(frozen=True, slots=True)
class Place:
    """`text` is the private text that stands from `start` to `end` of another."""

    start: int
    end: int
    text: str


class PrivateTexts:
    """A set of texts to be recognised in others. Immutable; safe from any thread.

    Thousands (the sentences of a document) take hardly longer than a few. `texts` are those that can be
    recognised, each once, as they were given.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        unique: dict[str, str] = {}
        for one in texts:
            folded = comparable(one)
            if is_recognisable(folded):
                unique.setdefault(folded, one)
        self.texts = tuple(unique[folded] for folded in sorted(unique))
        words, runs = _Forms(), _Forms()
        for number, folded in enumerate(sorted(unique)):
            for form in _look_alike_forms(folded, unique[folded]):
                bare = squeezed(form)
                telling = _is_telling(form, bare)
                if telling:
                    runs.add(bare, number)
                    runs.add(bare[::-1], number)
                if not telling or form[0].isdigit() or form[-1].isdigit():
                    words.add(form, number)
        self._words, self._runs = words.found(), runs.found()

    def __bool__(self) -> bool:
        return bool(self.texts)

    def found_in(self, text: str, *, anywhere: bool = False) -> tuple[str, ...]:
        """Those that `text` holds; with `anywhere` in the middle of words and numbers, too."""
        if not self.texts:
            return ()
        found = {number for folded in readings(text) for number in self._numbers(folded, anywhere=anywhere)}
        return tuple(self.texts[number] for number in sorted(found))

    def count_in(self, text: str) -> int:
        """How often any of them stands in `text`; the same place may count in more than one way."""
        return sum(1 for folded in readings(text) for _ in self._numbers(folded)) if self.texts else 0

    def places_in(self, text: str, *, leave: Collection[str] = (), any_depth: bool = False) -> list[Place]:
        """Where they stand in `text`, in order, without those whose `comparable` is in `leave`. Of places that
        overlap only the longest is told, unless `any_depth`."""
        found: set[Place] = set()
        if not self.texts:
            return []
        for look_alikes, folded in enumerate(readings(text)):
            if next(self._numbers(folded), None) is not None:
                found.update(self._places(text, look_alikes=bool(look_alikes)))
        found = {one for one in found if comparable(one.text) not in leave}
        if any_depth:
            return sorted(found, key=lambda place: (place.start, place.end))
        kept: list[Place] = []
        for one in sorted(found, key=lambda place: (place.start - place.end, place.start, place.text)):
            if all(one.end <= other.start or other.end <= one.start for other in kept):
                kept.append(one)
        return sorted(kept, key=lambda place: place.start)

    def _numbers(self, folded: str, *, anywhere: bool = False) -> Iterator[int]:
        """Of each place in a folded text, whose it is."""
        if not folded:
            return
        for _, _, number in self._in_words(folded, anywhere=anywhere):
            yield number
        for run in _SPELLED_OUT.findall(folded):
            for _, _, number in self._in_words(run.replace(" ", "")):
                yield number
        for _, _, number in self._in_runs(folded, squeezed(folded), anywhere=anywhere):
            yield number

    def _places(self, text: str, *, look_alikes: bool) -> Iterator[Place]:
        folded, places = with_places(text, look_alikes=look_alikes)
        bare, bare_places = squeezed(folded), squeezed_places(folded, places)
        found = [(start, end, number, places) for start, end, number in self._in_words(folded)]
        found += [(start, end, number, bare_places) for start, end, number in self._in_runs(folded, bare)]
        for run in _SPELLED_OUT.finditer(folded):
            inside = places[run.start() : run.end() : 2]
            found += [(*one, inside) for one in self._in_words(run.group().replace(" ", ""))]
        for start, end, number, where in found:
            last = where[end - 1] + 1
            while last < len(text) and unicodedata.combining(text[last]):  # an accent goes with its letter
                last += 1
            yield Place(where[start], last, self.texts[number])

    def _in_words(self, folded: str, *, anywhere: bool = False) -> Iterator[tuple[int, int, int]]:
        for start, form in self._words.patterns.places(folded):
            end = start + len(self._words.patterns.patterns[form])
            if anywhere or _stands_alone(folded, start, end):
                yield start, end, self._words.owners[form]

    def _in_runs(self, folded: str, bare: str, *, anywhere: bool = False) -> Iterator[tuple[int, int, int]]:
        places: list[int] = []
        for start, form in self._runs.patterns.places(bare):
            end = start + len(self._runs.patterns.patterns[form])
            if anywhere:
                yield start, end, self._runs.owners[form]
                continue
            if _inside_a_number(bare, start, end):
                continue
            if weight(bare[start:end]) < LEAST_INSIDE and not any(map(str.isdigit, bare[start:end])):
                places = places or squeezed_places(folded, range(len(folded)))
                if not _stands_alone(folded, places[start], places[end - 1] + 1):
                    continue
            yield start, end, self._runs.owners[form]


class CurrentTexts:
    """The private texts as they are at each call; what was worked out for them is kept as long as they stay."""

    def __init__(self, source: Callable[[], Iterable[str]]) -> None:
        self._source = source
        self._known: tuple[tuple[str, ...], PrivateTexts] = ((), PrivateTexts(()))

    def __call__(self) -> PrivateTexts:
        now = tuple(self._source())
        known, texts = self._known
        if now != known:
            texts = PrivateTexts(now)
            self._known = now, texts
        return texts


@dataclass(frozen=True, slots=True)
class _Found:
    """Patterns, and of each whose form it is."""

    patterns: PatternSet
    owners: tuple[int, ...]


class _Forms:
    """Forms being collected: each once for each text."""

    def __init__(self) -> None:
        self._forms: dict[tuple[str, int], None] = {}

    def add(self, form: str, number: int) -> None:
        self._forms[form, number] = None

    def found(self) -> _Found:
        return _Found(PatternSet([form for form, _ in self._forms]), tuple(number for _, number in self._forms))


def is_a_word(text: str) -> bool:
    """Whether a text is one word of letters ("creative", "detail-oriented"), as others write for other reasons."""
    folded = comparable(text)
    letters = not any(map(str.isdigit, folded)) and "@" not in text
    return letters and len(text.split()) == 1 and weight(squeezed(folded)) < LEAST_INSIDE + len(folded.split())


def is_recognisable(folded: str) -> bool:
    """Whether a text, as `comparable` gives it, is long enough to be recognised at all."""
    return len(folded) >= (SHORTEST_ASCII if folded.isascii() else SHORTEST)


def _look_alike_forms(folded: str, text: str) -> Iterator[str]:
    """Each once. A capital may look like another letter than its small one: both may have been copied."""
    yield folded
    if not text.isascii():
        yield from dict.fromkeys(
            form for form in (seen(text), seen(text.upper()), seen(text.lower())) if form != folded and form
        )


def _inside_a_number(bare: str, start: int, end: int) -> bool:
    return (bare[start].isdigit() and start > 0 and bare[start - 1].isdigit()) or (
        bare[end - 1].isdigit() and end < len(bare) and bare[end].isdigit()
    )


def _is_telling(form: str, bare: str) -> bool:
    if bare.isascii() and sum(map(str.isdigit, form)) >= _LEAST_DIGITS:
        return True
    return weight(bare) >= (LEAST_SQUEEZED_WORDS if " " in form else LEAST_SQUEEZED)


def _stands_alone(folded: str, start: int, end: int) -> bool:
    """Whether what stands there is whole words; the s of a genitive does not make another word of a long one."""
    if start and _joins(folded[start]) and _joins(folded[start - 1]):
        return False
    if end < len(folded) and _joins(folded[end - 1]) and _joins(folded[end]):
        more = folded[end : end + 2]
        return more in ("s", "s ") and end - start >= _GENITIVE and folded[end - 1].isalpha()
    return True


def _joins(character: str) -> bool:
    """Whether the character makes one word with a neighbour of its kind: letters with case, and digits."""
    return unicodedata.category(character) in ("Ll", "Lu", "Lt", "Nd")
