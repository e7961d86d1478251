"""A conversation once more: its whole tree under new ids."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from sqlalchemy import insert, literal, select
from sqlalchemy.orm import Session

from costeer.storage.models import ConversationRow, DisclosureRow, DocumentRow, MessageRow, TraceChunkRow


def copy_conversation(session: Session, original: ConversationRow, title: str) -> str:
    """Copy `original` within the session's transaction; returns the copy's id.

    Messages keep their order and times. An answer that is being written is copied as it stands, interrupted. What
    the ledger and the memories say of the original's messages stays with the original.
    """
    now = datetime.now(UTC)
    copy = uuid.uuid4().hex
    values = {
        "id": copy,
        "title": title,
        "created": now,
        "changed": now,
        "pinned": False,
        "folder": original.folder,
        "deleted": None,
        "titled_by": original.titled_by,
        "settings": original.settings,
    }
    in_order = select(MessageRow.id).where(MessageRow.conversation == original.id).order_by(MessageRow.number)
    new_ids = {old: uuid.uuid4().hex for old in session.scalars(in_order)}
    leaf = None if original.active_leaf is None else new_ids[original.active_leaf]
    session.execute(insert(ConversationRow).values(**values, active_leaf=leaf))
    for old, new in new_ids.items():
        _copy_message(session, old, new, copy, new_ids)
    _copy_documents(session, original.id, copy, new_ids)
    _copy_disclosures(session, original.id, copy)
    return copy


def _copy_message(session: Session, old: str, new: str, conversation: str, new_ids: dict[str, str]) -> None:
    message = session.scalars(select(MessageRow).where(MessageRow.id == old)).one()
    names = [one.name for one in MessageRow.__table__.columns if one.name != "number"]
    values = {name: getattr(message, name) for name in names}
    values |= {
        "id": new,
        "conversation": conversation,
        "parent": None if message.parent is None else new_ids[message.parent],
        "state": "interrupted" if message.state == "writing" else message.state,
        "writer": None,
    }
    session.execute(insert(MessageRow).values(**values))
    chunks = select(literal(new), TraceChunkRow.data).where(TraceChunkRow.message == old)
    in_order = chunks.order_by(TraceChunkRow.number)
    session.execute(insert(TraceChunkRow).from_select(["message", "data"], in_order))


def _copy_documents(session: Session, old: str, new: str, new_ids: dict[str, str]) -> None:
    documents = select(DocumentRow).where(DocumentRow.conversation == old).order_by(DocumentRow.number)
    for one in session.scalars(documents).all():
        session.add(
            DocumentRow(
                id=uuid.uuid4().hex,
                conversation=new,
                message=None if one.message is None else new_ids[one.message],
                name=one.name,
                scope=one.scope,
                text=one.text,
                created=one.created,
            )
        )


def _copy_disclosures(session: Session, old: str, new: str) -> None:
    """What stands for a text stands for it in the copy too: the answers were written with it."""
    names = ["text", "choice", "placeholder"]
    of_old = select(literal(new), *(getattr(DisclosureRow, name) for name in names))
    in_order = of_old.where(DisclosureRow.conversation == old).order_by(DisclosureRow.number)
    session.execute(insert(DisclosureRow).from_select(["conversation", *names], in_order))
