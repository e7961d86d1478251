"""What the repositories of conversations share: finding rows, and making records of them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from costeer.foundation.errors import StorageError
from costeer.foundation.translatable import translatable
from costeer.storage.models import ConversationRow, MessageRow
from costeer.storage.records import Message

NO_CONVERSATION = translatable("This conversation no longer exists; choose another one or start a new one.")
NO_MESSAGE = translatable(
    "This message no longer exists; its conversation may have been deleted in another window."
)


def conversation_row(session: Session, conversation_id: str) -> ConversationRow:
    row = session.scalar(select(ConversationRow).where(ConversationRow.id == conversation_id))
    if row is None:
        raise StorageError(NO_CONVERSATION)
    return row


def message_row(session: Session, message_id: str) -> MessageRow:
    row = session.scalar(select(MessageRow).where(MessageRow.id == message_id))
    if row is None:
        raise StorageError(NO_MESSAGE)
    return row


def as_message(row: MessageRow) -> Message:
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
