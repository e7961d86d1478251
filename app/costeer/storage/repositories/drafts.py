"""What is half written: the next question of a conversation, and questions that are being changed."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from costeer.storage.database import Database
from costeer.storage.models import ConversationRow, DraftRow, MessageRow
from costeer.storage.records import Draft


class DraftRepository:
    """At most one draft for each place. Any thread; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Draft]:
        with self._database.reading() as session:
            rows = session.execute(select(DraftRow.conversation, DraftRow.question, DraftRow.text)).all()
        return [Draft(*row) for row in rows]

    def put(self, draft: Draft) -> None:
        """Keep `draft` in place of what was kept there; without a text nothing is kept. One whose conversation or
        question is gone is gone with it."""
        there = (
            DraftRow.conversation.is_not_distinct_from(draft.conversation),
            DraftRow.question.is_not_distinct_from(draft.question),
        )
        needed = (
            (draft.conversation, select(ConversationRow.id).where(ConversationRow.id == draft.conversation)),
            (draft.question, select(MessageRow.id).where(MessageRow.id == draft.question)),
        )
        with self._database.writing() as session:
            session.execute(delete(DraftRow).where(*there))
            homeless = any(wanted is not None and session.scalar(one) is None for wanted, one in needed)
            if draft.text and not homeless:
                values = {"conversation": draft.conversation, "question": draft.question, "text": draft.text}
                session.execute(insert(DraftRow).values(**values))
