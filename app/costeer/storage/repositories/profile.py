"""The private part: the profile and the memories. Nothing of it may reach the network (`privacy` sees to that)."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, literal_column, select, union_all, update

from costeer.foundation.errors import StorageError
from costeer.foundation.translatable import translatable
from costeer.storage.database import Database
from costeer.storage.fulltext import match_query, memories_fts
from costeer.storage.models import MemoryRow, ProfileEntryRow
from costeer.storage.records import Memory, MemoryHit, MemoryState, ProfileEntry, ProfileKind, Scope

_MAY_LEAVE = (MemoryRow.scope == "public") & (MemoryRow.state == "approved")
_SAID = (MemoryRow.state != "approved") & MemoryRow.origin.is_not(None)
"""Proposed or refused, and no more than what stands in a message of the user's: private by their leave only."""

_PRIVATE = union_all(
    select(ProfileEntryRow.text).where(ProfileEntryRow.scope != "public"),
    select(MemoryRow.text).where(~_MAY_LEAVE & ~_SAID),
)
_NO_ENTRY = translatable("This profile entry no longer exists; look at the profile again.")
_NO_MEMORY = translatable("This memory no longer exists; look at the memories again.")


class ProfileRepository:
    """Reads and writes profile entries and memories. Any thread; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self) -> list[ProfileEntry]:
        """The profile, in the order it was written."""
        with self._database.reading() as session:
            rows = session.scalars(select(ProfileEntryRow).order_by(ProfileEntryRow.number))
            return [_entry(row) for row in rows]

    def private_texts(self) -> list[str]:
        """Those of all entries and memories that must not leave, used or not; asked for before every request."""
        with self._database.reading() as session:
            return [str(one) for one in session.connection().execute(_PRIVATE).scalars()]

    def add(self, kind: ProfileKind, text: str) -> ProfileEntry:
        """A new entry at the end."""
        entry = ProfileEntry(uuid.uuid4().hex, kind, text)
        with self._database.writing() as session:
            session.execute(insert(ProfileEntryRow).values(**dataclasses.asdict(entry)))
        return entry

    def change(self, entry_id: str, *, text: str | None = None, scope: Scope | None = None) -> ProfileEntry:
        """Change what is not None. Returns the entry as it is now."""
        with self._database.writing() as session:
            row = session.scalar(select(ProfileEntryRow).where(ProfileEntryRow.id == entry_id))
            if row is None:
                raise StorageError(_NO_ENTRY)
            row.text = row.text if text is None else text
            row.scope = row.scope if scope is None else scope
            return _entry(row)

    def remove(self, entry_id: str) -> None:
        with self._database.writing() as session:
            gone = delete(ProfileEntryRow).where(ProfileEntryRow.id == entry_id).returning(ProfileEntryRow.number)
            if session.scalar(gone) is None:
                raise StorageError(_NO_ENTRY)
        self._database.write_back()

    def replace_all(self, entries: Sequence[tuple[ProfileKind, str]]) -> list[ProfileEntry]:
        """Make `entries`, in their order, the whole profile; all of it or nothing. Returns it as it is now."""
        new = [ProfileEntry(uuid.uuid4().hex, kind, text) for kind, text in entries]
        with self._database.writing() as session:
            session.execute(delete(ProfileEntryRow))
            if new:
                session.execute(insert(ProfileEntryRow), [dataclasses.asdict(entry) for entry in new])
        self._database.write_back()
        return new

    def memories(self) -> list[Memory]:
        """All memories, the newest first."""
        with self._database.reading() as session:
            rows = session.scalars(select(MemoryRow).order_by(MemoryRow.number.desc()))
            return [_memory(row) for row in rows]

    def add_memory(self, text: str, state: MemoryState = "approved", origin: str | None = None) -> Memory:
        """`origin` is the stored message that it was taken from."""
        memory = Memory(uuid.uuid4().hex, text, "local", datetime.now(UTC), state, origin)
        with self._database.writing() as session:
            session.execute(insert(MemoryRow).values(**dataclasses.asdict(memory)))
        return memory

    def change_memory(
        self,
        memory_id: str,
        *,
        text: str | None = None,
        scope: Scope | None = None,
        state: MemoryState | None = None,
    ) -> Memory:
        """Change what is not None. Returns the memory as it is now."""
        given = {"text": text, "scope": scope, "state": state}
        values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        with self._database.writing() as session:
            if values:
                session.execute(update(MemoryRow).where(MemoryRow.id == memory_id).values(**values))
            row = session.scalar(select(MemoryRow).where(MemoryRow.id == memory_id))
            if row is None:
                raise StorageError(_NO_MEMORY)
            return _memory(row)

    def remove_memory(self, memory_id: str) -> None:
        """Remove the memory, and its words from the search index."""
        with self._database.writing() as session:
            gone = delete(MemoryRow).where(MemoryRow.id == memory_id).returning(MemoryRow.number)
            if session.scalar(gone) is None:
                raise StorageError(_NO_MEMORY)
            session.connection().exec_driver_sql("INSERT INTO memories_fts(memories_fts) VALUES ('optimize')")
        self._database.write_back()

    def search_memories(self, text: str, limit: int) -> list[MemoryHit]:
        """Memories that are used and hold words of `text` (any string), the most similar first."""
        query = match_query(text)
        if query is None:
            return []
        rank = memories_fts.c.rank
        used = MemoryRow.scope != "never", MemoryRow.state == "approved"
        found = (
            select(MemoryRow, rank)
            .join(memories_fts, memories_fts.c.rowid == MemoryRow.number)
            .where(literal_column("memories_fts").op("MATCH")(query), *used)
            .order_by(rank, MemoryRow.number.desc())
            .limit(limit)
        )
        with self._database.reading() as session:
            return [MemoryHit(_memory(row), float(score)) for row, score in session.execute(found)]


def _entry(row: ProfileEntryRow) -> ProfileEntry:
    return ProfileEntry(row.id, row.kind, row.text, row.scope)


def _memory(row: MemoryRow) -> Memory:
    return Memory(row.id, row.text, row.scope, row.created, row.state, row.origin)
