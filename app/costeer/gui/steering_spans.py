"""Where the tokens of an answer stand in the text on the screen.

Markdown takes characters away (stars, hashes, list numbers) and changes white space, but keeps the order of what
stays. So one walk over a shown paragraph and the lines it was written in finds every shown character among the
written ones, and a mark never leaves its paragraph. Pure Python, any thread.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import accumulate, islice

from costeer.steering.trace import TokenTrace, Written

FARTHEST_NATS = 4.0
"""A push this far gets the strongest colour."""

OBJECT = "\ufffc"
"""Stands for a formula in the shown text."""

_LOOK_AHEAD = 400
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")


@dataclass(frozen=True, slots=True)
class Span:
    """A token on the screen: `start` to `end` in UTF-16 units, as QTextCursor counts."""

    start: int
    end: int
    trace: TokenTrace

    def moved(self, by: int) -> Span:
        return Span(self.start + by, self.end + by, self.trace)


def how_far(trace: TokenTrace) -> float:
    """How far steering moved the token, from 0 to 1."""
    pushed = sum(trace.moved.values())
    return min(1.0, max(0.0, pushed / FARTHEST_NATS))


def utf16(text: str) -> int:
    """How many units Qt counts in `text`."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


class Tokens:
    """The tokens of an answer, by the place of their characters in its text."""

    def __init__(self) -> None:
        self._traces: list[Written] = []
        self._starts: list[int] = []
        self._changed: list[int] = []
        self._written = ""
        self._text = ""
        self._places: list[int] | None = None

    def update(self, traces: Sequence[Written], text: str) -> int:
        """Take these tokens of `text`. Returns from which character on they are other than before."""
        known = len(self._traces)
        grown = len(traces) >= known and (not known or traces[0] is self._traces[0])
        if not grown or (known and traces[known - 1] is not self._traces[-1]):
            self._traces, self._starts, self._changed, self._written = [], [], [], ""
            known, since = 0, 0
        else:
            since = len(self._written) if len(traces) > known else len(text)
        self._extend(traces[known:])
        straight = text.startswith(self._written) or self._written.startswith(text)
        if straight:
            since = since if self._places is None else 0
            self._places = None
        elif known < len(traces) or text != self._text:
            # The answer holds what no token wrote, or lacks what one did: find each character among the written.
            self._places, since = _positions(text, self._written), 0
        self._text = text
        return since

    def spans(self, shown: str, start: int, end: int, formulas: Iterable[str] = ()) -> list[Span]:
        """The changed tokens in a paragraph, counted from its start.

        It is shown as `shown` and was written from `start` to `end` of the text. `formulas`: what the objects in
        it stand for.
        """
        if not self.may_hold_changes(start, end):
            return []
        source = self._text[start:end]
        verbatim = source.find(shown) if self._places is None else -1
        runs = (
            self._changed_runs(start + verbatim, len(shown))
            if verbatim >= 0
            else _runs(self._owners(shown, source, start, formulas))
        )
        spans: list[Span] = []
        at = units = 0
        for first, last, owner in runs:
            trace = self._traces[owner]
            if not isinstance(trace, str) and trace.changed:
                word = shown[first:last]
                first += (len(word) - len(word.lstrip())) if word.strip() else 0
                units += utf16(shown[at:first])
                length = utf16(shown[first:last])
                spans.append(Span(units, units + length, trace))
                at, units = last, units + length
        return spans

    def _changed_runs(self, start: int, length: int) -> Iterator[tuple[int, int, int]]:
        """As `_runs`, of the changed tokens that wrote the `length` characters from `start` on."""
        first = bisect_left(self._changed, max(0, bisect_right(self._starts, start) - 1))
        for owner in islice(self._changed, first, None):
            low = self._starts[owner]
            high = self._starts[owner + 1] if owner + 1 < len(self._starts) else len(self._written)
            if low >= start + length:
                return
            low, high = max(low, start) - start, min(high, start + length) - start
            if low < high:
                yield low, high, owner

    def _extend(self, traces: Sequence[Written]) -> None:
        """Tens of thousands at once, when those of a long answer have been read."""
        known = len(self._traces)
        texts = [_text(one) for one in traces]
        self._changed += [at for at, one in enumerate(traces, known) if _is_changed(one)]
        self._starts += accumulate(map(len, texts[:-1]), initial=len(self._written)) if texts else ()
        self._traces += traces
        self._written += "".join(texts)

    def may_hold_changes(self, start: int, end: int) -> bool:
        """Whether a token was changed between these characters of the text; yes, too, where it is not known."""
        if self._places is not None:
            return bool(self._changed)
        low = bisect_right(self._starts, start) - 1
        high = bisect_left(self._starts, end)
        at = bisect_left(self._changed, low)
        return at < len(self._changed) and self._changed[at] < high

    def _owner(self, place: int) -> int:
        """The token that wrote the character at `place` of the text, or -1."""
        if self._places is not None:
            place = self._places[place] if 0 <= place < len(self._places) else -1
        if not 0 <= place < len(self._written):
            return -1
        return bisect_right(self._starts, place) - 1

    def _owners(self, shown: str, source: str, start: int, formulas: Iterable[str]) -> list[int]:
        """For each character of `shown` its token."""
        owners: list[int] = []
        at, latex = 0, iter(formulas)
        for number, part in enumerate(shown.split(OBJECT)):
            if number:
                formula = next(latex, "")
                hit = max(source.find(formula, at), at)
                inside = [self._owner(start + one) for one in range(hit, hit + len(formula))]
                changed = [one for one in inside if one >= 0 and _is_changed(self._traces[one])]
                owners.append(changed[0] if changed else -1)
                at = hit + len(formula)
            found = _positions(part, source, at)
            owners += [self._owner(start + one) if one >= 0 else -1 for one in found]
            at = max([at, *(one + 1 for one in found)])
        return owners


def changed_spans(shown: str, traces: Sequence[Written]) -> list[Span]:
    """The tokens that steering changed, as they stand in `shown`, first to last.

    The space before a word is left out. A token whose characters all vanished in the Markdown (a `**`, say) has no
    span.
    """
    tokens = Tokens()
    written = "".join(map(_text, traces))
    tokens.update(traces, written)
    return tokens.spans(shown, 0, len(written))


def _text(token: Written) -> str:
    return token if isinstance(token, str) else token.displayed


def _is_changed(token: Written) -> bool:
    return not isinstance(token, str) and token.changed


def _positions(shown: str, written: str, at: int = 0) -> list[int]:
    """For each character of `shown` its index in `written` from `at` on, or -1 where it has none."""
    found: list[int] = []
    for character in shown:
        if character != "]" and written.startswith("](", at):
            at = max(at, written.find(")", at) + 1)  # where a link leads is not shown
        if character.isspace():
            # A space is only taken when it is the very next one; a line break may stand for any white space.
            matches = at < len(written) and written[at].isspace()
            found.append(at if matches else -1)
            at += matches
            continue
        hit = written.find(character, at, at + _LOOK_AHEAD)
        entity = _entity(character, written, at, hit + 1 if hit >= 0 else at + _LOOK_AHEAD)
        found.append(entity[0] if entity else hit)
        at = entity[1] if entity else max(at, hit + 1)
    return found


def _entity(character: str, written: str, start: int, end: int) -> tuple[int, int] | None:
    """Where `character` is written as an entity (`&lt;`) before `end`."""
    at = written.find("&", start, end)
    if at < 0:
        return None
    match = _ENTITY.match(written, at)
    return match.span() if match and unescape(match.group()) == character else None


def _runs(owners: list[int]) -> list[tuple[int, int, int]]:
    """Stretches of characters that belong to one token: (start, end, token)."""
    runs: list[tuple[int, int, int]] = []
    for at, owner in enumerate(owners):
        if owner < 0:
            continue
        if runs and runs[-1][2] == owner and runs[-1][1] == at:
            runs[-1] = (runs[-1][0], at + 1, owner)
        else:
            runs.append((at, at + 1, owner))
    return runs
