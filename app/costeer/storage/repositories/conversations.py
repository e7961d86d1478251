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

from sqlalchemy import case, func, insert, literal, select, update
from sqlalchemy.orm import Session, aliased

from costeer.foundation.errors import BugError, StorageError
from costeer.foundation.translatable import NOTHING, Translatable
from costeer.steering.trace import TokenTrace, Written
from costeer.storage.models import ConversationRow, DocumentRow, MessageRow, TraceChunkRow
from costeer.storage.records import AnswerFigures, LeakTotal, Message, MessageState, Role
from costeer.storage.repositories.documents import NO_DOCUMENT
from costeer.storage.repositories.library import LibraryPart
from costeer.storage.repositories.rows import (
    NO_MESSAGE,
    as_message,
    conversation_row,
    message_row,
)
from costeer.storage.repositories.search import SearchPart
from costeer.storage.traces import decode_changes, decode_traces, encode_traces
from costeer.storage.writers import Writer


class ConversationRepository(LibraryPart, SearchPart):
    """Reads and writes conversations, messages and their traces. Any thread; each call is one transaction.

    This part has the trees; `library` the conversations as a whole, `search` what is found in them.
    """

    def thread(self, conversation_id: str) -> builtins.list[Message]:
        """The messages of the active branch, first to last; empty when nothing was said yet."""
        with self._database.reading() as session:
            return _path_to(session, conversation_row(session, conversation_id).active_leaf)

    def path(self, message_id: str) -> builtins.list[Message]:
        """From the root to this message, whichever branch is active."""
        with self._database.reading() as session:
            return _path_to(session, message_row(session, message_id).id)

    def message(self, message_id: str) -> Message:
        with self._database.reading() as session:
            return as_message(message_row(session, message_id))

    def siblings(self, message_id: str) -> builtins.list[Message]:
        """The messages that share this one's parent, itself among them, oldest first."""
        with self._database.reading() as session:
            row = message_row(session, message_id)
            together = (
                select(MessageRow)
                .where(
                    MessageRow.conversation == row.conversation, MessageRow.parent.is_not_distinct_from(row.parent)
                )
                .order_by(MessageRow.number)
            )
            return [as_message(one) for one in session.scalars(together)]

    def branches(self, conversation_id: str) -> dict[str, tuple[int, int]]:
        """Of every message of the conversation: which of how many siblings it is, counted from 0, oldest first."""
        place = func.row_number().over(partition_by=MessageRow.parent, order_by=MessageRow.number)
        count = func.count().over(partition_by=MessageRow.parent)
        places = select(MessageRow.id, place, count).where(MessageRow.conversation == conversation_id)
        with self._database.reading() as session:
            rows = session.connection().execute(places).all()
        return {message: (at - 1, of) for message, at, of in rows}

    def holds_message(self, message_id: str) -> bool:
        """Whether there is such a message here."""
        with self._database.reading() as session:
            found = select(MessageRow.number).where(MessageRow.id == message_id)
            return session.scalar(found) is not None

    def activate(self, message_id: str) -> None:
        """Look at the branch through this message; below it, at the one that was written in last."""
        with self._database.writing() as session:
            row = message_row(session, message_id)
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
        documents: Sequence[str] = (),
        figures: AnswerFigures | None = None,
    ) -> Message:
        """Add a message below `parent` (None: at the root) and make it the active leaf.

        `documents` are ids of the conversation's waiting documents, which from now on belong to the message.
        """
        message = Message(uuid.uuid4().hex, conversation, parent, role, text, state, datetime.now(UTC))
        with self._database.writing() as session:
            if conversation_row(session, conversation).deleted is not None:
                raise StorageError("This conversation is in the bin; restore it to go on with it.")
            if parent is not None and message_row(session, parent).conversation != conversation:
                raise BugError("A message was added below one of another conversation; please report this.")
            known = None if figures is None else dataclasses.asdict(figures)
            row = {**dataclasses.asdict(message), "writer": self._writer(state), "figures": known}
            session.execute(insert(MessageRow).values(**row))
            for one in documents:
                mine = (
                    DocumentRow.id == one,
                    DocumentRow.conversation == conversation,
                    DocumentRow.message.is_(None),
                )
                attached = update(DocumentRow).where(*mine).values(message=message.id)
                if session.scalar(attached.returning(DocumentRow.number)) is None:
                    raise StorageError(NO_DOCUMENT)
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
        detail: Translatable = NOTHING,
        *,
        traces: Sequence[TokenTrace] = (),
        figures: AnswerFigures | None = None,
    ) -> None:
        """Replace what is stored of an answer; meant to be called several times a second while it arrives.

        `traces`, those of the tokens that are new, are stored in the same transaction, so that text and traces
        agree after a crash and the disk is waited for once; so are the `figures`, if there are new ones.
        """
        values: dict[str, object] = {
            "text": text,
            "tokens": [int(token) for token in tokens],
            "state": state,
            "detail": detail,
            "writer": self._writer(state),
        }
        if figures is not None:
            values["figures"] = dataclasses.asdict(figures)
        with self._database.writing() as session:
            changed = update(MessageRow).where(MessageRow.id == message_id).values(**values)
            conversation = session.scalar(changed.returning(MessageRow.conversation))
            if conversation is None:
                raise StorageError(NO_MESSAGE)
            if traces:
                session.execute(insert(TraceChunkRow).values(message=message_id, data=encode_traces(traces)))
            if state != "writing":
                ended = update(ConversationRow).where(ConversationRow.id == conversation)
                session.execute(ended.values(changed=datetime.now(UTC)))

    def set_figures(self, message_id: str, figures: AnswerFigures) -> None:
        with self._database.writing() as session:
            message_row(session, message_id).figures = dataclasses.asdict(figures)

    def figures(self, message_id: str) -> AnswerFigures | None:
        """What the answer took, or None when that was never stored."""
        with self._database.reading() as session:
            stored = message_row(session, message_id).figures
        return None if stored is None else _figures(stored)

    def leak(self, conversation_id: str, without: str | None = None) -> LeakTotal:
        """What the answers of a conversation gave away, those of all its branches; `without` one of them."""
        bits, ended, budget = (
            func.json_extract(MessageRow.figures, f"$.{name}")
            for name in ("leak_bits", "steering_ended", "conversation_budget")
        )
        ended_at = func.max(case((ended == "conversation", budget), else_=0.0))
        told = select(func.total(bits), ended_at).where(MessageRow.conversation == conversation_id)
        if without is not None:
            told = told.where(MessageRow.id != without)
        with self._database.reading() as session:
            total, at = session.execute(told).one()
        return LeakTotal(float(total or 0.0), float(at or 0.0))

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
                raise StorageError(NO_MESSAGE)

    def traces(self, message_id: str) -> builtins.list[TokenTrace]:
        """The traces of an answer, by index."""
        return decode_traces(self._chunks(message_id))

    def changes(self, message_id: str, leading: int) -> dict[int, Written]:
        """What steering changed in an answer, as `decode_changes`."""
        return decode_changes(self._chunks(message_id), leading)

    def _chunks(self, message_id: str) -> Sequence[bytes]:
        chunks = (
            select(TraceChunkRow.data).where(TraceChunkRow.message == message_id).order_by(TraceChunkRow.number)
        )
        with self._database.reading() as session:
            message_row(session, message_id)
            return session.scalars(chunks).all()

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

    def _writer(self, state: MessageState) -> str | None:
        return str(self._database.writer) if state == "writing" else None


def _path_to(session: Session, leaf: str | None) -> list[Message]:
    up = select(MessageRow.id, MessageRow.parent).where(MessageRow.id == leaf).cte(recursive=True)
    up = up.union_all(select(MessageRow.id, MessageRow.parent).where(MessageRow.id == up.c.parent))
    # A parent is always older than its children, so the order of age is the order of the branch.
    branch = select(MessageRow).where(MessageRow.id.in_(select(up.c.id))).order_by(MessageRow.number)
    return [as_message(row) for row in session.scalars(branch)]


def _figures(stored: Mapping[str, Any]) -> AnswerFigures:
    known = {one.name for one in dataclasses.fields(AnswerFigures)}
    values = {name: value for name, value in stored.items() if name in known}
    listed = {name: tuple(values.get(name, ())) for name in ("signals", "private_words", "shown")}
    return AnswerFigures(**{**values, **listed})
