"""The tables. Mapped classes never leave this room: repositories turn them into `records`.

Every table whose rows have a public id (32 hexadecimal digits) has a `number` too: it is the order in which rows
came to be, and the row id that the full-text index points to. The full-text tables, the view they read and the
triggers exist in the migrations only, because SQLAlchemy has no words for them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from costeer.foundation.translatable import Translatable
from costeer.privacy.chain import Fault
from costeer.privacy.ledger import Kind, Purpose
from costeer.storage.columns import ExactText, Said, UtcTime
from costeer.storage.records import (
    DisclosureChoice,
    DocumentScope,
    MemoryState,
    MessageState,
    PreferenceKind,
    ProfileKind,
    Role,
    Scope,
    TitledBy,
    WordLabel,
    WritingSource,
    WritingState,
)

_SCOPES = "scope IN ('never', 'local', 'public')"


class Base(DeclarativeBase):
    """Names every constraint, so that a later migration can speak of it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: ExactText,
        int: Integer,
        float: Float,
        bytes: LargeBinary,
        datetime: UtcTime,
        Translatable: Said,
    }


class ConversationRow(Base):
    """A conversation, and the leaf of its tree that is being looked at. `deleted`: since when it is in the bin."""

    __tablename__ = "conversations"
    __table_args__ = (CheckConstraint("titled_by IN ('question', 'model', 'user')", name="titled_by"),)

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Text, unique=True)
    title: Mapped[str]
    created: Mapped[datetime]
    changed: Mapped[datetime] = mapped_column(index=True)
    # Not a foreign key: the two tables would each need the other first. The leaf is set in the transaction that
    # stores the message, and messages go only with their conversation.
    active_leaf: Mapped[str | None] = mapped_column(Text)
    pinned: Mapped[bool]
    folder: Mapped[str]
    deleted: Mapped[datetime | None]
    titled_by: Mapped[TitledBy] = mapped_column(Text)
    settings: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class MessageRow(Base):
    """A node of a conversation's tree. `writer` is set exactly while the state is `writing`."""

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint("role IN ('user', 'assistant')", name="role"),
        CheckConstraint("state IN ('writing', 'complete', 'stopped', 'failed', 'interrupted')", name="state"),
        CheckConstraint("(state = 'writing') = (writer IS NOT NULL)", name="writer"),
        Index("ix_messages_writer", "writer", sqlite_where=text("writer IS NOT NULL")),
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Text, unique=True)
    conversation: Mapped[str] = mapped_column(Text, ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    # No cascade here: the depth of a chain of messages has no limit, that of SQLite's cascades has (1000).
    parent: Mapped[str | None] = mapped_column(Text, ForeignKey("messages.id"), index=True)
    role: Mapped[Role] = mapped_column(Text)
    state: Mapped[MessageState] = mapped_column(Text)
    created: Mapped[datetime]
    writer: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[Translatable]
    text: Mapped[str]
    tokens: Mapped[list[int]] = mapped_column(JSON)
    figures: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class TraceChunkRow(Base):
    """The traces of some tokens of one answer, as `traces` encodes them."""

    __tablename__ = "trace_chunks"

    number: Mapped[int] = mapped_column(primary_key=True)
    message: Mapped[str] = mapped_column(Text, ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    data: Mapped[bytes]


class ProfileEntryRow(Base):
    """One line of the profile; `number` is its place."""

    __tablename__ = "profile_entries"
    __table_args__ = (
        CheckConstraint("kind IN ('fact', 'style', 'note')", name="kind"),
        CheckConstraint(_SCOPES, name="scope"),
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[ProfileKind] = mapped_column(Text)
    text: Mapped[str]
    scope: Mapped[Scope] = mapped_column(Text)


class MemoryRow(Base):
    """Something to remember from earlier chats. `origin` is the message that it was taken from."""

    __tablename__ = "memories"
    __table_args__ = (
        CheckConstraint(_SCOPES, name="scope"),
        CheckConstraint("state IN ('proposed', 'approved', 'refused')", name="state"),
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Text, unique=True)
    text: Mapped[str]
    scope: Mapped[Scope] = mapped_column(Text)
    created: Mapped[datetime]
    state: Mapped[MemoryState] = mapped_column(Text)
    origin: Mapped[str | None] = mapped_column(Text, ForeignKey("messages.id", ondelete="SET NULL"), index=True)


class PrivateWordRow(Base):
    """A name, an address or a code that never leaves."""

    __tablename__ = "private_words"
    __table_args__ = (CheckConstraint("label IN ('name', 'address', 'code', 'other')", name="label"),)

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Text, unique=True)
    text: Mapped[str]
    label: Mapped[WordLabel] = mapped_column(Text)


class RememberedChoiceRow(Base):
    """What the user wants of a private text in every conversation."""

    __tablename__ = "remembered_choices"
    __table_args__ = (CheckConstraint("choice IN ('send', 'replace')", name="choice"),)

    number: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(unique=True)
    choice: Mapped[DisclosureChoice] = mapped_column(Text)


class DisclosureRow(Base):
    """What the user wants of a private text in one conversation, and what stands for it where it is replaced."""

    __tablename__ = "disclosures"
    __table_args__ = (
        CheckConstraint(
            "(choice = 'replace') = (placeholder <> '') AND choice IN ('send', 'replace')", name="choice"
        ),
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    conversation: Mapped[str] = mapped_column(Text, ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    text: Mapped[str]
    choice: Mapped[DisclosureChoice] = mapped_column(Text)
    placeholder: Mapped[str]


class DocumentRow(Base):
    """The text of a file. `message` is the question that it was sent with, None while that is being written;
    `conversation` is None while it waits for one that is not stored yet."""

    __tablename__ = "documents"
    __table_args__ = (CheckConstraint("scope IN ('private', 'public')", name="scope"),)

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Text, unique=True)
    conversation: Mapped[str | None] = mapped_column(
        Text, ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    message: Mapped[str | None] = mapped_column(Text, ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    scope: Mapped[DocumentScope] = mapped_column(Text)
    text: Mapped[str]
    created: Mapped[datetime]


class DraftRow(Base):
    """What is half written. Without a `conversation`, in one that is not stored yet; without a `question`, for the
    next question; else in place of that one. An empty text stands nowhere."""

    __tablename__ = "drafts"

    number: Mapped[int] = mapped_column(primary_key=True)
    conversation: Mapped[str | None] = mapped_column(
        Text, ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    question: Mapped[str | None] = mapped_column(Text, ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    text: Mapped[str]


class PreferenceRow(Base):
    """One answer preferred to another, or (a thumb) one answer liked or not, which is `value`."""

    __tablename__ = "preferences"
    __table_args__ = (
        CheckConstraint("kind IN ('compare', 'regenerated', 'edited', 'thumb')", name="kind"),
        CheckConstraint(
            "(kind = 'thumb') = (rejected IS NULL) AND (kind = 'thumb') = (coalesce(value, 0) IN (-1, 1))",
            name="value",
        ),
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Text, unique=True)
    question: Mapped[str] = mapped_column(Text, ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    chosen: Mapped[str] = mapped_column(Text, ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    rejected: Mapped[str | None] = mapped_column(Text, ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    kind: Mapped[PreferenceKind] = mapped_column(Text)
    value: Mapped[int | None]
    created: Mapped[datetime]


class DimensionRow(Base):
    """A preference that weighs something, or one of the user's own, in their `words`."""

    __tablename__ = "dimensions"

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Text, unique=True)
    words: Mapped[str | None]
    weight: Mapped[float]


class WritingRow(Base):
    """A text of the user's, or one that a model wrote like them, and what it was asked for."""

    __tablename__ = "writings"
    __table_args__ = (CheckConstraint("state IN ('used', 'left out', 'proposed')", name="state"),)

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Text, unique=True)
    source: Mapped[WritingSource] = mapped_column(Text)
    name: Mapped[str]
    prompt: Mapped[str]
    text: Mapped[str]
    state: Mapped[WritingState] = mapped_column(Text)
    made_from: Mapped[list[str]] = mapped_column(JSON, server_default="[]")


class KeyRow(Base):
    """A key of what is kept outside the database, by what it is for."""

    __tablename__ = "keys"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary)


class LedgerRow(Base):
    """An entry of the ledger. Triggers refuse to change one or to add any but the next, and to remove one, or its
    words, unless the newest entry says that this is being done.

    `message_id` is not a foreign key: what left the computer stays on record when the conversation is deleted.
    """

    __tablename__ = "ledger"

    sequence: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Kind] = mapped_column(Text)
    exchange: Mapped[str] = mapped_column(index=True)
    time: Mapped[str]
    purpose: Mapped[Purpose] = mapped_column(Text)
    endpoint: Mapped[str]
    method: Mapped[str]
    url: Mapped[str]
    header_names: Mapped[list[str]] = mapped_column(JSON)
    body: Mapped[str]
    size: Mapped[int]
    status: Mapped[int | None]
    detail: Mapped[str]
    message_id: Mapped[str | None] = mapped_column(index=True)
    previous: Mapped[str]
    hash: Mapped[str]
    format: Mapped[int] = mapped_column(server_default=text("1"))
    salt: Mapped[str | None] = mapped_column(Text)
    body_hash: Mapped[str | None] = mapped_column(Text)
    sent: Mapped[int | None]
    overhead_up: Mapped[int | None]
    overhead_down: Mapped[int | None]


class LedgerStateRow(Base):
    """One row. How far the ledger has got, which a trigger keeps; and what the last check of it found, and when:
    `fault` and `fault_at` are None where all was well."""

    __tablename__ = "ledger_state"
    __table_args__ = (CheckConstraint("number = 1", name="number"),)

    number: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    hash: Mapped[str] = mapped_column(Text)
    checked: Mapped[datetime | None]
    checked_entries: Mapped[int | None]
    fault: Mapped[Fault | None] = mapped_column(Text)
    fault_at: Mapped[int | None]
