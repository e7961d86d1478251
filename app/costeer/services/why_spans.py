"""Where words are: tokens of an answer that make a word, tokens of a prompt that make a line. Pure, any thread."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from costeer.foundation.text import words_apart
from costeer.local.messages import Span
from costeer.local.process import ModelProcess
from costeer.personalization.private_words import words
from costeer.steering.trace import TokenTrace

_MOST_ANSWER = 256
"""Tokens of the answer before the span that are read again."""

_WORD = re.compile(r"\w[\w'’\-]*")


@dataclass(frozen=True, slots=True)
class Said:
    """The tokens `first` to `last` of an answer, and what is shown of them."""

    first: int
    last: int
    text: str


def word_around(traces: Sequence[TokenTrace], token: int) -> tuple[int, int]:
    """The first and the last token of the word of which `token` is. A token between words, or of a script
    that does not separate them, stands for itself."""
    if not 0 <= token < len(traces) or words_apart(traces[token].text) != traces[token].text:
        return token, token
    ends = _ends(traces)
    start, end = ends[token], ends[token + 1]
    for match in _WORD.finditer("".join(one.displayed for one in traces)):
        if match.start() < end and start < match.end():
            return _whole(traces, _covering(ends, match.start(), match.end()))
        if match.start() >= end:
            break
    return token, token


def first_said(traces: Sequence[TokenTrace], said: Said, private: AbstractSet[str]) -> Said:
    """Where the answer says the same for the first time, if that holds a word of the `private` ones.

    A name that was written once is copied from there ever after; where it came from shows at its first place only.
    """
    sought = said.text.strip()
    if not words(sought) & private:
        return said
    ends = _ends(traces)
    text = "".join(one.displayed for one in traces)
    found = re.search(rf"(?<!\w){re.escape(sought)}(?!\w)", text[: ends[said.first] + len(said.text)])
    if found is None:
        return said
    first, last = _whole(traces, _covering(ends, found.start(), found.end()))
    return Said(first, last, text[ends[first] : ends[last + 1]]) if last < said.first else said


def spans_of(tokens: Sequence[int], token_bytes: Sequence[bytes], lines: Sequence[str]) -> list[Span] | None:
    """Which of the tokens spell each of the `lines`, which stand one below the other; None where they are not
    there as they were written (a tokenizer may change texts)."""
    pieces = [token_bytes[one] for one in tokens]
    starts = list(itertools.accumulate(map(len, pieces), initial=0))
    block = "\n".join(lines).encode()
    at = b"".join(pieces).rfind(block)
    if at < 0:
        return None
    spans: list[Span] = []
    for line in lines:
        end = at + len(line.encode())
        inside = [number for number, start in enumerate(starts[:-1]) if at <= start < end]
        if not inside:
            return None
        spans.append((inside[0], inside[-1] + 1))
        at = end + 1
    return spans


def tokens_before(
    model: ModelProcess, traces: Sequence[TokenTrace], said: Said, most: int
) -> tuple[list[int], int]:
    """What the local model reads of the answer: tokens up to the first `most` of what was said, and how many of
    them are that. The ids are those of the answer where these are the local model's own."""
    ids = [one.token for one in traces[: said.last + 1]]
    text = "".join(one.text for one in traces[: said.last + 1])
    known = model.describe().token_bytes
    own = max(ids) < len(known) and b"".join(known[one] for one in ids).decode("utf-8", "ignore") == text
    if own:
        before, targets = ids[: said.first], ids[said.first :]
    else:
        before = model.tokenize("".join(one.text for one in traces[: said.first]), False)
        targets = model.tokenize("".join(one.text for one in traces[said.first : said.last + 1]), False)
    targets = targets[:most]
    return [*before[-_MOST_ANSWER:], *targets], len(targets)


def _ends(traces: Sequence[TokenTrace]) -> list[int]:
    """Where each token begins in the answer on the screen; one more for its end."""
    return list(itertools.accumulate((len(one.displayed) for one in traces), initial=0))


def _whole(traces: Sequence[TokenTrace], found: tuple[int, int]) -> tuple[int, int]:
    """With the tokens of a placeholder of which nothing is shown until its last one."""
    first, last = found
    while first > 0 and traces[first - 1].shown == "":
        first -= 1
    return first, last


def _covering(ends: Sequence[int], start: int, end: int) -> tuple[int, int]:
    """The first and last token with a character of [start, end)."""
    inside = [
        number for number, (one, other) in enumerate(itertools.pairwise(ends)) if one < end and start < other
    ]
    return inside[0], inside[-1]
