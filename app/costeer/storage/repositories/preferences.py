"""Which answers the user preferred."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select

from costeer.foundation.errors import BugError, StorageError
from costeer.foundation.translatable import translatable
from costeer.storage.database import Database
from costeer.storage.models import ConversationRow, MessageRow, PreferenceRow
from costeer.storage.records import Preference, PreferenceKind
from costeer.storage.repositories.rows import message_row

NO_PREFERENCE = translatable("This preference no longer exists; it may have been taken back in another window.")


class PreferenceRepository:
    """Any thread; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self, kind: PreferenceKind, question: str, chosen: str, rejected: str | None, value: int | None
    ) -> Preference:
        """Store it instead of what was said before about the same two answers, or (a thumb) the same one.

        Raises BugError where the answers are not two answers to the question.
        """
        made = Preference(uuid.uuid4().hex, question, chosen, rejected, kind, value, datetime.now(UTC))
        with self._database.writing() as session:
            for answer in (chosen, rejected):
                if (answer is not None and message_row(session, answer).parent != question) or chosen == rejected:
                    raise BugError("A preference was given to what is no answer; please report this.")
            session.execute(delete(PreferenceRow).where(_about_the_same(chosen, rejected)))
            values = {name: getattr(made, name) for name in Preference.__slots__}
            session.execute(insert(PreferenceRow).values(**values))
        return made

    def remove(self, preference_id: str) -> None:
        with self._database.writing() as session:
            gone = delete(PreferenceRow).where(PreferenceRow.id == preference_id).returning(PreferenceRow.number)
            if session.scalar(gone) is None:
                raise StorageError(NO_PREFERENCE)

    def holds(self, preference_id: str) -> bool:
        with self._database.reading() as session:
            found = select(PreferenceRow.number).where(PreferenceRow.id == preference_id)
            return session.scalar(found) is not None

    def all(self, conversation_id: str | None = None) -> list[Preference]:
        """In the order they were given, without those in the bin; of one conversation, when it is named."""
        given = (
            select(PreferenceRow)
            .join(MessageRow, MessageRow.id == PreferenceRow.question)
            .join(ConversationRow, ConversationRow.id == MessageRow.conversation)
            .where(ConversationRow.deleted.is_(None))
            .order_by(PreferenceRow.number)
        )
        if conversation_id is not None:
            given = given.where(ConversationRow.id == conversation_id)
        with self._database.reading() as session:
            return [
                Preference(one.id, one.question, one.chosen, one.rejected, one.kind, one.value, one.created)
                for one in session.scalars(given)
            ]


def _about_the_same(chosen: str, rejected: str | None) -> ColumnElement[bool]:
    if rejected is None:
        return and_(PreferenceRow.chosen == chosen, PreferenceRow.rejected.is_(None))
    return or_(
        and_(PreferenceRow.chosen == chosen, PreferenceRow.rejected == rejected),
        and_(PreferenceRow.chosen == rejected, PreferenceRow.rejected == chosen),
    )
