"""Searching conversations: what resembles a text, and what a person looks for. The bin is never searched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, literal_column, select

from costeer.storage.database import Database
from costeer.storage.fulltext import (
    MARK_END,
    MARK_START,
    find_query,
    is_one_letter,
    marked_ranges,
    match_query,
    messages_fts,
    titles_fts,
)
from costeer.storage.models import ConversationRow, MessageRow
from costeer.storage.records import SearchHit
from costeer.storage.repositories.rows import as_message

_SNIPPET_WORDS = 24
_WHOLE_TITLE = 64
_MOST_TITLES = 20
_MOST_FOR_A_LETTER = 40
"""A single letter begins a word of nearly every message, and dozens in each; snippets of such take the longest."""


@dataclass(frozen=True, slots=True)
class Found:
    """A place that a person may have looked for. `message` is None where it is the title of the conversation.

    `text` is the title, or the part of the message around the matches, on one line; `ranges` are the matches in
    it: (start, end) each.
    """

    conversation: str
    title: str
    message: str | None
    when: datetime
    text: str
    ranges: tuple[tuple[int, int], ...]


class SearchPart:
    """Of the ConversationRepository: full-text search. Any thread; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def search(self, text: str, limit: int, exclude_conversation: str | None = None) -> list[SearchHit]:
        """Finished messages that hold words of `text` (any string), the most similar first."""
        query = match_query(text)
        if query is None:
            return []
        with self._database.reading() as session:
            rows = session.execute(_search(query, limit, exclude_conversation))
            return [SearchHit(as_message(row), float(rank)) for row, rank in rows]

    def find(self, text: str, limit: int) -> list[Found]:
        """Titles and finished messages that hold every word of `text` (any string), the last one as a beginning:
        the titles first, then the newest."""
        query = find_query(text)
        if query is None:
            return []
        if is_one_letter(text):
            limit = min(limit, _MOST_FOR_A_LETTER)
        with self._database.reading() as session:
            connection = session.connection()
            titles = connection.execute(_find_titles(query, min(limit, _MOST_TITLES))).all()
            messages = connection.execute(_find_messages(query, limit - len(titles))).all()
        rows = (*titles, *messages)
        return [Found(where, title, message, when, *marked_ranges(s)) for where, title, message, when, s in rows]


def _search(query: str, limit: int, exclude_conversation: str | None) -> Select[MessageRow, float]:
    rank: ColumnElement[float] = messages_fts.c.rank
    found = (
        select(MessageRow, rank)
        .join(messages_fts, messages_fts.c.rowid == MessageRow.number)
        .join(ConversationRow, ConversationRow.id == MessageRow.conversation)
        .where(literal_column("messages_fts").op("MATCH")(query), ConversationRow.deleted.is_(None))
        .order_by(rank, MessageRow.number.desc())
        .limit(limit)
    )
    if exclude_conversation is None:
        return found
    return found.where(MessageRow.conversation != exclude_conversation)


def _find_messages(query: str, limit: int) -> Select[str, str, str, datetime, str]:
    # By row id, which is by age: FTS5 then stops at the limit instead of ranking every match of a common word.
    return (
        select(
            ConversationRow.id,
            ConversationRow.title,
            MessageRow.id,
            MessageRow.created,
            _snippet("messages_fts", _SNIPPET_WORDS),
        )
        .join(MessageRow, MessageRow.conversation == ConversationRow.id)
        .join(messages_fts, messages_fts.c.rowid == MessageRow.number)
        .where(literal_column("messages_fts").op("MATCH")(query), ConversationRow.deleted.is_(None))
        .order_by(messages_fts.c.rowid.desc())
        .limit(limit)
    )


def _find_titles(query: str, limit: int) -> Select[str, str, None, datetime, str]:
    # Snippets only of those that are shown: many titles may match.
    newest = (
        select(ConversationRow.number)
        .join(titles_fts, titles_fts.c.rowid == ConversationRow.number)
        .where(literal_column("titles_fts").op("MATCH")(query), ConversationRow.deleted.is_(None))
        .order_by(ConversationRow.changed.desc())
        .limit(limit)
    )
    return (
        select(
            ConversationRow.id,
            ConversationRow.title,
            literal_column("NULL"),
            ConversationRow.changed,
            _snippet("titles_fts", _WHOLE_TITLE),
        )
        .join(titles_fts, titles_fts.c.rowid == ConversationRow.number)
        .where(literal_column("titles_fts").op("MATCH")(query), titles_fts.c.rowid.in_(newest))
        .order_by(ConversationRow.changed.desc())
    )


def _snippet(index: str, words: int) -> ColumnElement[str]:
    return func.snippet(literal_column(index), 0, MARK_START, MARK_END, "…", words)
