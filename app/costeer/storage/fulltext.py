"""From what a person typed to an FTS5 query, and from FTS5's snippet to text with ranges.

FTS5's MATCH has a language of its own (quotes, AND, NEAR, columns, stars). Nothing of it is offered: the text is
cut into words and each word is quoted. There are two questions to ask. What *resembles* a text holds any of its
words, the more the better (BM25). What a person *looks for* holds all of them, the last one perhaps half typed.

The indexes are built from `words_apart`, so a word of a script without spaces is a phrase of its characters. For
resemblance such a run counts as its pairs of neighbours, because nobody says where its words begin.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterator

from sqlalchemy import column, table

from costeer.foundation.text import APART, words_apart

MOST_TERMS = 64
"""A whole prompt may be searched for; its longest words say most, and the query stays small."""

MOST_WORDS = 16
"""Of what a person looks for, the first."""

_LONGEST_SOUGHT = 1000
"""Characters: somebody may paste a book into the search field."""

MARK_START, MARK_END = "\x02", "\x03"
"""What FTS5 is told to put around a match in a snippet."""

messages_fts = table("messages_fts", column("rowid"), column("rank"))
memories_fts = table("memories_fts", column("rowid"), column("rank"))
titles_fts = table("titles_fts", column("rowid"), column("rank"))


def match_query(text: str) -> str | None:
    """An FTS5 expression for what resembles any string at all, or None when there is no word in it."""
    distinct = {term.casefold(): term for word in _words(text) for term in _terms(word)}.values()
    longest = sorted(distinct, key=len, reverse=True)[:MOST_TERMS]
    return " OR ".join(f'"{term}"' for term in longest) or None


def find_query(text: str) -> str | None:
    """An FTS5 expression for what holds every word of any string, the last as a beginning; None without one."""
    words = list(itertools.islice(_words(text[:_LONGEST_SOUGHT]), MOST_WORDS))
    return " AND ".join(f'"{words_apart(word)}"' for word in words) + "*" if words else None


def is_one_letter(text: str) -> bool:
    """Whether all that is looked for is one letter of a script with spaces: many words begin with it."""
    words = list(itertools.islice(_words(text[:_LONGEST_SOUGHT]), 2))
    return len(words) == 1 and len(words[0]) == 1 and words_apart(words[0]) == words[0]


def marked_ranges(snippet: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text of a snippet on one line, and where the matches are in it: (start, end) each."""
    parts: list[str] = []
    ranges: list[tuple[int, int]] = []
    length, start = 0, -1
    for one in snippet:
        if one == MARK_START:
            start = length
        elif one == MARK_END:
            if 0 <= start < length:
                ranges.append((start, length))
            start = -1
        elif one != APART:
            parts.append(" " if one.isspace() else one)
            length += 1
    return "".join(parts), tuple(ranges)


def _words(text: str) -> Iterator[str]:
    """Those in which the tokenizer finds something."""
    for word in "".join(one if _belongs_to_word(one) else " " for one in text).split():
        if any(unicodedata.category(one)[0] != "M" for one in word):
            yield word


def _terms(word: str) -> Iterator[str]:
    """The word; where it has characters of a script without spaces, their pairs of neighbours."""
    for unspaced, run in itertools.groupby(word, lambda one: words_apart(one) != one):
        characters = "".join(run)
        if not unspaced or len(characters) == 1:
            yield characters
        else:
            yield from (APART.join(pair) for pair in itertools.pairwise(characters))


def _belongs_to_word(one: str) -> bool:
    # Letters, numbers and private use are what the unicode61 tokenizer keeps; marks stay so that a decomposed
    # accent does not cut its word in two. No quote is in any of these categories.
    category = unicodedata.category(one)
    return category[0] in "LNM" or category == "Co"
