"""Whole conversations at once: what import writes and export reads.

A tree goes into the database in one transaction, all of it or nothing. Its ids are the caller's, who makes them so
that the same conversation has the same id whenever it is imported.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select

from costeer.foundation.errors import BugError
from costeer.storage.database import Database
from costeer.storage.models import Base, ConversationRow, MessageRow
from costeer.storage.records import AnswerFigures, Conversation, Message
from costeer.storage.repositories.conversations import ConversationRepository, _figures
from costeer.storage.repositories.rows import as_message

_AT_ONCE = 500
"""Parameters of one statement, far below what SQLite takes."""


@dataclass(frozen=True, slots=True)
class StoredTree:
    """A conversation with all of its messages, each behind its parent, in the order in which they were written."""

    conversation: Conversation
    active_leaf: str | None
    messages: tuple[Message, ...]
    figures: Mapping[str, AnswerFigures] = field(default_factory=dict)


class TreeRepository:
    """Reads and writes whole conversations. Any thread; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._conversations = ConversationRepository(database)

    def insert(self, tree: StoredTree) -> None:
        """Add a conversation that is not there. Raises BugError for one that is, or that is no tree."""
        _check(tree)
        conversation = {**_columns(ConversationRow, tree.conversation), "active_leaf": tree.active_leaf}
        messages = [_row(one, tree.figures.get(one.id)) for one in tree.messages]
        with self._database.writing() as session:
            session.execute(insert(ConversationRow).values(**conversation))
            if messages:
                session.execute(insert(MessageRow), messages)

    def read(self, conversation_id: str) -> StoredTree:
        """From the bin too. Raises StorageError for one that is gone."""
        conversation = self._conversations.get(conversation_id)
        shown = select(ConversationRow.active_leaf).where(ConversationRow.id == conversation_id)
        written = select(MessageRow).where(MessageRow.conversation == conversation_id).order_by(MessageRow.number)
        with self._database.reading() as session:
            leaf = session.scalar(shown)
            found = session.scalars(written).all()
        figures = {one.id: _figures(one.figures) for one in found if one.figures is not None}
        return StoredTree(conversation, leaf, tuple(as_message(one) for one in found), figures)

    def has_message(self, message_ids: Sequence[str]) -> bool:
        """Whether any message, of whichever conversation, has one of these ids."""
        with self._database.reading() as session:
            for at in range(0, len(message_ids), _AT_ONCE):
                some = MessageRow.id.in_(message_ids[at : at + _AT_ONCE])
                if session.scalar(select(MessageRow.number).where(some).limit(1)) is not None:
                    return True
        return False


def _check(tree: StoredTree) -> None:
    known: set[str | None] = {None}
    for one in tree.messages:
        if one.parent not in known or one.conversation != tree.conversation.id or one.state == "writing":
            raise BugError("An imported conversation is not a tree of finished messages; please report this.")
        known.add(one.id)
    if tree.active_leaf not in known:
        raise BugError("An imported conversation shows a message that it does not have; please report this.")


def _row(message: Message, figures: AnswerFigures | None) -> dict[str, Any]:
    stored = None if figures is None else dataclasses.asdict(figures)
    return {**_columns(MessageRow, message), "figures": stored, "writer": None}


def _columns(table: type[Base], record: Conversation | Message) -> dict[str, Any]:
    """The values of `record` that `table` has a column for."""
    columns = table.__table__.columns.keys()
    return {one.name: getattr(record, one.name) for one in dataclasses.fields(record) if one.name in columns}
