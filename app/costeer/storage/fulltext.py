"""From what a person typed to an FTS5 query.

FTS5's MATCH has a language of its own (quotes, AND, NEAR, columns, stars). Nothing of it is offered: the text is
cut into words, each word is quoted, and the words are joined with OR, because what is searched for is the text
most like it (BM25), not the one that holds every word of it.
"""

from __future__ import annotations

import unicodedata

from sqlalchemy import column, table

MOST_TERMS = 64
"""A whole prompt may be searched for; its longest words say most, and the query stays small."""

messages_fts = table("messages_fts", column("rowid"), column("rank"))
memories_fts = table("memories_fts", column("rowid"), column("rank"))


def match_query(text: str) -> str | None:
    """An FTS5 expression for any string at all, or None when there is no word in it."""
    words = "".join(one if _belongs_to_word(one) else " " for one in text).split()
    distinct = {word.casefold(): word for word in words}.values()
    longest = sorted(distinct, key=len, reverse=True)[:MOST_TERMS]
    return " OR ".join(f'"{word}"' for word in longest) or None


def _belongs_to_word(one: str) -> bool:
    # Letters, numbers and private use are what the unicode61 tokenizer keeps; marks stay so that a decomposed
    # accent does not cut its word in two. No quote is in any of these categories.
    category = unicodedata.category(one)
    return category[0] in "LNM" or category == "Co"
