"""The texts of files that belong to conversations, and to questions once these are sent."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Select, delete, func, insert, select, update

from costeer.foundation.errors import StorageError
from costeer.foundation.translatable import translatable
from costeer.storage.database import Database
from costeer.storage.models import DocumentRow
from costeer.storage.records import Document, DocumentScope
from costeer.storage.repositories.rows import conversation_row

NO_DOCUMENT = translatable("This document no longer exists; add its file again.")

_Selected = Select[str, str | None, str | None, str, DocumentScope, int, datetime]
_RECORD: _Selected = select(
    DocumentRow.id,
    DocumentRow.conversation,
    DocumentRow.message,
    DocumentRow.name,
    DocumentRow.scope,
    func.length(DocumentRow.text),
    DocumentRow.created,
)


class DocumentRepository:
    """Any thread; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, conversation: str | None, name: str, scope: DocumentScope, text: str) -> Document:
        """A document that is not yet sent with a question; None: of a conversation that is not stored yet."""
        made = Document(uuid.uuid4().hex, conversation, None, name, scope, len(text), datetime.now(UTC))
        with self._database.writing() as session:
            if conversation is not None:
                conversation_row(session, conversation)
            session.execute(
                insert(DocumentRow).values(
                    id=made.id, conversation=conversation, name=name, scope=scope, text=text, created=made.created
                )
            )
        return made

    def get(self, document_id: str) -> Document:
        found = self._records(_RECORD.where(DocumentRow.id == document_id))
        if not found:
            raise StorageError(NO_DOCUMENT)
        return found[0]

    def holds(self, document_id: str) -> bool:
        return bool(self._records(_RECORD.where(DocumentRow.id == document_id)))

    def of_conversation(self, conversation_id: str | None) -> list[Document]:
        """All of them, in the order they were added; those without a message wait for the next question. None:
        of a conversation that is not stored yet."""
        return self._records(_RECORD.where(DocumentRow.conversation.is_not_distinct_from(conversation_id)))

    def of_messages(self, message_ids: Sequence[str]) -> list[Document]:
        """Those that were sent with one of these questions, in the order they were added."""
        return self._records(_RECORD.where(DocumentRow.message.in_(message_ids)))

    def private_ids(self) -> list[str]:
        """Of the private ones of all conversations; asked for before every request."""
        with self._database.reading() as session:
            found = select(DocumentRow.id).where(DocumentRow.scope == "private").order_by(DocumentRow.number)
            return [str(one) for one in session.connection().execute(found).scalars()]

    def text(self, document_id: str) -> str:
        with self._database.reading() as session:
            text = session.scalar(select(DocumentRow.text).where(DocumentRow.id == document_id))
        if text is None:
            raise StorageError(NO_DOCUMENT)
        return text

    def set_scope(self, document_id: str, scope: DocumentScope) -> Document:
        """Of one that is not sent yet. Raises StorageError for others."""
        unsent = DocumentRow.id == document_id, DocumentRow.message.is_(None)
        changed = update(DocumentRow).where(*unsent).values(scope=scope).returning(DocumentRow.number)
        with self._database.writing() as session:
            if session.scalar(changed) is None:
                raise StorageError(NO_DOCUMENT)
        return self.get(document_id)

    def adopt(self, document_ids: Sequence[str], conversation_id: str) -> None:
        """Those of them that are of no stored conversation yet are of this one from now on."""
        unplaced = DocumentRow.id.in_(document_ids), DocumentRow.conversation.is_(None)
        with self._database.writing() as session:
            conversation_row(session, conversation_id)
            session.execute(update(DocumentRow).where(*unplaced).values(conversation=conversation_id))

    def remove(self, document_id: str) -> None:
        with self._database.writing() as session:
            gone = delete(DocumentRow).where(DocumentRow.id == document_id).returning(DocumentRow.number)
            if session.scalar(gone) is None:
                raise StorageError(NO_DOCUMENT)
        self._database.write_back()

    def copy(self, from_message: str, to_message: str) -> None:
        """The documents of one question belong to another one of the same conversation, too."""
        with self._database.writing() as session:
            rows = select(DocumentRow).where(DocumentRow.message == from_message).order_by(DocumentRow.number)
            for one in session.scalars(rows).all():
                session.add(
                    DocumentRow(
                        id=uuid.uuid4().hex,
                        conversation=one.conversation,
                        message=to_message,
                        name=one.name,
                        scope=one.scope,
                        text=one.text,
                        created=one.created,
                    )
                )

    def _records(self, selected: _Selected) -> list[Document]:
        with self._database.reading() as session:
            rows = session.execute(selected.order_by(DocumentRow.number)).all()
        return [Document(*row) for row in rows]
