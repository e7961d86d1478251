"""The library: conversations as things that are named, pinned, filed, thrown away and taken back.

Throwing away moves a conversation to the bin, where no list and no search shows it; only `purge` removes it.
"""

from __future__ import annotations

import builtins
import dataclasses
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, insert, select, update

from costeer.foundation.errors import StorageError
from costeer.storage.database import Database
from costeer.storage.models import ConversationRow
from costeer.storage.records import Conversation, TitledBy
from costeer.storage.repositories.copies import copy_conversation
from costeer.storage.repositories.rows import NO_CONVERSATION, conversation_row

_RECORD = select(
    ConversationRow.id,
    ConversationRow.title,
    ConversationRow.created,
    ConversationRow.changed,
    ConversationRow.pinned,
    ConversationRow.folder,
    ConversationRow.deleted,
    ConversationRow.titled_by,
)

_AUTHORITY: dict[TitledBy, int] = {"question": 0, "model": 1, "user": 2}
_Selected = Select[str, str, datetime, datetime, bool, str, datetime | None, TitledBy]


class LibraryPart:
    """Of the ConversationRepository: whole conversations. Any thread; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, title: str, by: TitledBy = "question") -> Conversation:
        """A new, empty conversation."""
        now = datetime.now(UTC)
        made = Conversation(uuid.uuid4().hex, title, now, now, titled_by=by, temporary=self._database.in_memory)
        values = dataclasses.asdict(made)
        del values["temporary"]  # says where it is kept
        with self._database.writing() as session:
            session.execute(insert(ConversationRow).values(**values))
        return made

    def list(self) -> builtins.list[Conversation]:
        """All but those in the bin: the pinned ones first, then the one that was written in last."""
        newest = _RECORD.where(ConversationRow.deleted.is_(None)).order_by(
            ConversationRow.pinned.desc(), ConversationRow.changed.desc(), ConversationRow.number.desc()
        )
        return self._records(newest)

    def bin(self) -> builtins.list[Conversation]:
        """What is in the bin, the latest first."""
        latest = ConversationRow.deleted.desc(), ConversationRow.number.desc()
        return self._records(_RECORD.where(ConversationRow.deleted.is_not(None)).order_by(*latest))

    def get(self, conversation_id: str) -> Conversation:
        """From the bin too."""
        found = self._records(_RECORD.where(ConversationRow.id == conversation_id))
        if not found:
            raise StorageError(NO_CONVERSATION)
        return found[0]

    def holds(self, conversation_id: str) -> bool:
        """Whether there is such a conversation here, in the bin or not."""
        return bool(self._records(_RECORD.where(ConversationRow.id == conversation_id)))

    def rename(self, conversation_id: str, title: str, by: TitledBy = "user") -> Conversation:
        """Change the title; the place in the list stays. What the user named only the user renames, and what a
        model named is not named after a question again."""
        with self._database.writing() as session:
            row = conversation_row(session, conversation_id)
            if _AUTHORITY[by] >= _AUTHORITY[row.titled_by]:
                row.title, row.titled_by = title, by
        return self.get(conversation_id)

    def pin(self, conversation_id: str, pinned: bool) -> Conversation:
        return self._change(conversation_id, pinned=pinned)

    def move(self, conversation_id: str, folder: str) -> Conversation:
        """Into the folder of this name, "" for none. A folder is there while a conversation is in it."""
        return self._change(conversation_id, folder=folder)

    def folders(self) -> builtins.list[str]:
        """The names of those with something in them, in the order of their code points."""
        named = ConversationRow.deleted.is_(None), ConversationRow.folder != ""
        names = select(ConversationRow.folder).where(*named).distinct().order_by(ConversationRow.folder)
        with self._database.reading() as session:
            return [*session.scalars(names)]

    def rename_folder(self, name: str, new: str) -> int:
        """Everything in the folder `name`, in the bin or not, is in the folder `new` from now on ("": in none).
        Returns how many conversations that were."""
        moved = update(ConversationRow).where(ConversationRow.folder == name).values(folder=new)
        with self._database.writing() as session:
            return len(session.scalars(moved.returning(ConversationRow.number)).all())

    def discard(self, conversation_id: str) -> Conversation:
        """Into the bin, where it keeps its place, pin and folder for the way back."""
        return self._change(conversation_id, deleted=datetime.now(UTC))

    def restore(self, conversation_id: str) -> Conversation:
        """Back from the bin."""
        return self._change(conversation_id, deleted=None)

    def purge(self, conversation_id: str) -> None:
        """Remove it for good with its messages, traces and documents, and their words from the search index.

        The ledger keeps its entries: what left the computer has left it.
        """
        if not self._remove(ConversationRow.id == conversation_id):
            raise StorageError(NO_CONVERSATION)

    def empty_bin(self, before: datetime) -> int:
        """Purge what was thrown away before that moment; returns how many conversations these were."""
        with self._database.reading() as session:
            if session.scalar(select(ConversationRow.id).where(ConversationRow.deleted < before).limit(1)) is None:
                return 0
        return self._remove(ConversationRow.deleted < before)

    def duplicate(self, conversation_id: str, title: str) -> Conversation:
        """A copy with new ids: the whole tree, with traces, figures and documents. It is as new as now."""
        with self._database.writing() as session:
            copied = copy_conversation(session, conversation_row(session, conversation_id), title)
        return self.get(copied)

    def settings(self, conversation_id: str) -> dict[str, Any] | None:
        """What was stored for this conversation alone."""
        with self._database.reading() as session:
            return conversation_row(session, conversation_id).settings

    def set_settings(self, conversation_id: str, settings: Mapping[str, Any] | None) -> None:
        self._change(conversation_id, settings=None if settings is None else dict(settings))

    def _change(self, conversation_id: str, **values: object) -> Conversation:
        with self._database.writing() as session:
            changed = update(ConversationRow).where(ConversationRow.id == conversation_id).values(**values)
            if session.scalar(changed.returning(ConversationRow.number)) is None:
                raise StorageError(NO_CONVERSATION)
        return self.get(conversation_id)

    def _remove(self, which: ColumnElement[bool]) -> int:
        with self._database.writing() as session:
            gone = session.scalars(delete(ConversationRow).where(which).returning(ConversationRow.number)).all()
            if not gone:
                return 0
            # FTS5 only marks words as deleted until it merges; merging now takes them out of the file.
            for index in ("messages_fts", "titles_fts"):
                session.connection().exec_driver_sql(f"INSERT INTO {index}({index}) VALUES ('optimize')")
        self._database.write_back()
        return len(gone)

    def _records(self, selected: _Selected) -> builtins.list[Conversation]:
        temporary = self._database.in_memory
        with self._database.reading() as session:
            # Without the mapper: a list of thousands is read each time that something changes.
            rows = session.connection().execute(selected).all()
        return [Conversation(*row, temporary) for row in rows]
