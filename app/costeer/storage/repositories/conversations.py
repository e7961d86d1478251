"""Conversations: trees of messages, with one branch of each being looked at.

A second answer to the same question is a sibling of the first; the newest becomes the active one. While an answer
arrives its message is `writing` and names its writer, so that a crash can be told from another process at work.
"""

from __future__ import annotations

import builtins
import dataclasses
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, insert, literal, literal_column, select, update
from sqlalchemy.orm import Session, aliased

from costeer.foundation.errors import BugError, StorageError
from costeer.steering.trace import TokenTrace
from costeer.storage.database import Database
from costeer.storage.fulltext import match_query, messages_fts
from costeer.storage.models import ConversationRow, MessageRow, TraceChunkRow
from costeer.storage.records import AnswerFigures, Conversation, Message, MessageState, Role, SearchHit
from costeer.storage.traces import decode_traces, encode_traces
from costeer.storage.writers import Writer

_NO_CONVERSATION = "This conversation no longer exists; choose another one or start a new one."
_NO_MESSAGE = "This message no longer exists; its conversation may have been deleted in another window."


class ConversationRepository:
    """Reads and writes conversations, messages and their traces. Any thread; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, title: str) -> Conversation:
        """A new, empty conversation."""
        now = datetime.now(UTC)
        conversation = Conversation(uuid.uuid4().hex, title, now, now)
        with self._database.writing() as session:
            session.execute(insert(ConversationRow).values(**dataclasses.asdict(conversation)))
        return conversation

    def list(self) -> builtins.list[Conversation]:
        """All conversations, the one that was written in last first."""
        newest = select(ConversationRow).order_by(ConversationRow.changed.desc(), ConversationRow.number.desc())
        with self._database.reading() as session:
            return [_conversation(row) for row in session.scalars(newest)]

    def get(self, conversation_id: str) -> Conversation:
        with self._database.reading() as session:
            return _conversation(_conversation_row(session, conversation_id))

    def rename(self, conversation_id: str, title: str) -> Conversation:
        """Change the title; the place in the list stays."""
        with self._database.writing() as session:
            row = _conversation_row(session, conversation_id)
            row.title = title
            return _conversation(row)

    def delete(self, conversation_id: str) -> None:
        """Remove the conversation with its messages and traces, and their words from the search index.

        The ledger keeps its entries: what left the computer has left it.
        """
        with self._database.writing() as session:
            _conversation_row(session, conversation_id)
            session.execute(delete(ConversationRow).where(ConversationRow.id == conversation_id))
            # FTS5 only marks words as deleted until it merges; merging now takes them out of the file.
            session.connection().exec_driver_sql("INSERT INTO messages_fts(messages_fts) VALUES ('optimize')")
        self._database.write_back()

    def thread(self, conversation_id: str) -> builtins.list[Message]:
        """The messages of the active branch, first to last; empty when nothing was said yet."""
        with self._database.reading() as session:
            leaf = _conversation_row(session, conversation_id).active_leaf
            up = select(MessageRow.id, MessageRow.parent).where(MessageRow.id == leaf).cte(recursive=True)
            up = up.union_all(select(MessageRow.id, MessageRow.parent).where(MessageRow.id == up.c.parent))
            # A parent is always older than its children, so the order of age is the order of the branch.
            branch = select(MessageRow).where(MessageRow.id.in_(select(up.c.id))).order_by(MessageRow.number)
            return [_message(row) for row in session.scalars(branch)]

    def message(self, message_id: str) -> Message:
        with self._database.reading() as session:
            return _message(_message_row(session, message_id))

    def siblings(self, message_id: str) -> builtins.list[Message]:
        """The messages that share this one's parent, itself among them, oldest first."""
        with self._database.reading() as session:
            row = _message_row(session, message_id)
            together = (
                select(MessageRow)
                .where(
                    MessageRow.conversation == row.conversation, MessageRow.parent.is_not_distinct_from(row.parent)
                )
                .order_by(MessageRow.number)
            )
            return [_message(one) for one in session.scalars(together)]

    def activate(self, message_id: str) -> None:
        """Look at the branch through this message; below it, at the one that was written in last."""
        with self._database.writing() as session:
            row = _message_row(session, message_id)
            down = select(MessageRow.id, MessageRow.number).where(MessageRow.id == message_id).cte(recursive=True)
            child = aliased(MessageRow)
            down = down.union_all(select(child.id, child.number).where(child.parent == down.c.id))
            leaf = select(down.c.id).order_by(down.c.number.desc()).limit(1).scalar_subquery()
            session.execute(
                update(ConversationRow).where(ConversationRow.id == row.conversation).values(active_leaf=leaf)
            )

    def add_message(
        self,
        conversation: str,
        parent: str | None,
        role: Role,
        text: str,
        state: MessageState = "complete",
    ) -> Message:
        """Add a message below `parent` (None: at the root) and make it the active leaf."""
        message = Message(uuid.uuid4().hex, conversation, parent, role, text, state, datetime.now(UTC))
        with self._database.writing() as session:
            _conversation_row(session, conversation)
            if parent is not None and _message_row(session, parent).conversation != conversation:
                raise BugError("A message was added below one of another conversation; please report this.")
            session.execute(insert(MessageRow).values(**dataclasses.asdict(message), writer=self._writer(state)))
            session.execute(
                update(ConversationRow)
                .where(ConversationRow.id == conversation)
                .values(active_leaf=message.id, changed=message.created)
            )
        return message

    def update_answer(
        self,
        message_id: str,
        text: str,
        tokens: Sequence[int],
        state: MessageState,
        detail: str = "",
        *,
        traces: Sequence[TokenTrace] = (),
    ) -> None:
        """Replace what is stored of an answer; meant to be called several times a second while it arrives.

        `traces`, those of the tokens that are new, are stored in the same transaction, so that text and traces
        agree after a crash and the disk is waited for once.
        """
        values = {
            "text": text,
            "tokens": [int(token) for token in tokens],
            "state": state,
            "detail": detail,
            "writer": self._writer(state),
        }
        with self._database.writing() as session:
            changed = update(MessageRow).where(MessageRow.id == message_id).values(**values)
            conversation = session.scalar(changed.returning(MessageRow.conversation))
            if conversation is None:
                raise StorageError(_NO_MESSAGE)
            if traces:
                session.execute(insert(TraceChunkRow).values(message=message_id, data=encode_traces(traces)))
            if state != "writing":
                ended = update(ConversationRow).where(ConversationRow.id == conversation)
                session.execute(ended.values(changed=datetime.now(UTC)))

    def set_figures(self, message_id: str, figures: AnswerFigures) -> None:
        with self._database.writing() as session:
            _message_row(session, message_id).figures = dataclasses.asdict(figures)

    def figures(self, message_id: str) -> AnswerFigures | None:
        """What the answer took, or None when that was never stored."""
        with self._database.reading() as session:
            stored = _message_row(session, message_id).figures
        return None if stored is None else _figures(stored)

    def figures_between(self, start: datetime, end: datetime) -> builtins.list[AnswerFigures]:
        """Of the answers that were begun in [start, end), the oldest first."""
        begun = (
            select(MessageRow.figures)
            .where(MessageRow.created >= start, MessageRow.created < end, MessageRow.figures.is_not(None))
            .order_by(MessageRow.created)
        )
        with self._database.reading() as session:
            return [_figures(stored) for stored in session.scalars(begun) if stored]

    def append_traces(self, message_id: str, traces: Sequence[TokenTrace]) -> None:
        """Store the traces of further tokens. Where an index was stored before, the later trace holds."""
        if not traces:
            return
        chunk = encode_traces(traces)
        # One statement that looks for the message and inserts: nothing is stored for one that is gone.
        source = select(MessageRow.id, literal(chunk)).where(MessageRow.id == message_id)
        appended = insert(TraceChunkRow).from_select(["message", "data"], source).returning(TraceChunkRow.number)
        with self._database.writing() as session:
            if session.scalar(appended) is None:
                raise StorageError(_NO_MESSAGE)

    def traces(self, message_id: str) -> builtins.list[TokenTrace]:
        """The traces of an answer, by index."""
        chunks = (
            select(TraceChunkRow.data).where(TraceChunkRow.message == message_id).order_by(TraceChunkRow.number)
        )
        with self._database.reading() as session:
            _message_row(session, message_id)
            found = session.scalars(chunks).all()
        return decode_traces(found)

    def interrupt_unfinished(self) -> int:
        """Turn every message that is still `writing` though its writer is gone into `interrupted`.

        To be called at a start, before anything is asked. Returns how many there were. Answers that another
        process, or this one, is writing now are left alone.
        """
        unfinished = select(MessageRow.writer).where(MessageRow.writer.is_not(None)).distinct()
        with self._database.reading() as session:
            writers = [one for one in session.scalars(unfinished) if one is not None]
        gone = [one for one in writers if not Writer.parse(one).is_there(self._database.writer)]
        if not gone:
            return 0
        with self._database.writing() as session:
            left = update(MessageRow).where(MessageRow.writer.in_(gone)).values(state="interrupted", writer=None)
            return len(session.scalars(left.returning(MessageRow.number)).all())

    def search(self, text: str, limit: int, exclude_conversation: str | None = None) -> builtins.list[SearchHit]:
        """Finished messages that hold words of `text` (any string), the most similar first."""
        query = match_query(text)
        if query is None:
            return []
        with self._database.reading() as session:
            rows = session.execute(_search(query, limit, exclude_conversation))
            return [SearchHit(_message(row), float(rank)) for row, rank in rows]

    def _writer(self, state: MessageState) -> str | None:
        return str(self._database.writer) if state == "writing" else None


def _search(query: str, limit: int, exclude_conversation: str | None) -> Select[MessageRow, float]:
    rank: ColumnElement[float] = messages_fts.c.rank
    found = (
        select(MessageRow, rank)
        .join(messages_fts, messages_fts.c.rowid == MessageRow.number)
        .where(literal_column("messages_fts").op("MATCH")(query))
        .order_by(rank, MessageRow.number.desc())
        .limit(limit)
    )
    if exclude_conversation is None:
        return found
    return found.where(MessageRow.conversation != exclude_conversation)


def _conversation_row(session: Session, conversation_id: str) -> ConversationRow:
    row = session.scalar(select(ConversationRow).where(ConversationRow.id == conversation_id))
    if row is None:
        raise StorageError(_NO_CONVERSATION)
    return row


def _message_row(session: Session, message_id: str) -> MessageRow:
    row = session.scalar(select(MessageRow).where(MessageRow.id == message_id))
    if row is None:
        raise StorageError(_NO_MESSAGE)
    return row


def _conversation(row: ConversationRow) -> Conversation:
    return Conversation(row.id, row.title, row.created, row.changed)


def _message(row: MessageRow) -> Message:
    return Message(
        row.id,
        row.conversation,
        row.parent,
        row.role,
        row.text,
        row.state,
        row.created,
        tuple(row.tokens),
        row.detail,
    )


def _figures(stored: Mapping[str, Any]) -> AnswerFigures:
    known = {one.name for one in dataclasses.fields(AnswerFigures)}
    values = {name: value for name, value in stored.items() if name in known}
    listed = {name: tuple(values.get(name, ())) for name in ("signals", "private_words")}
    return AnswerFigures(**{**values, **listed})
