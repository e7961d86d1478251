"""Where conversations are kept: on disk, and temporary ones in memory only.

A temporary chat lives in a database of its own that is never in a file; it is made with the first such chat and is
gone when the application is closed. Who has the id of a conversation or message asks here for its shelf, and need
not care which it is. What an answer on the temporary shelf sends is on record without its body (`is_unkept`).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from costeer.storage.database import Database
from costeer.storage.repositories import (
    ConversationRepository,
    DisclosureRepository,
    DocumentRepository,
    DraftRepository,
    PreferenceRepository,
)


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """The repositories of one database."""

    conversations: ConversationRepository
    documents: DocumentRepository
    preferences: PreferenceRepository
    drafts: DraftRepository
    disclosures: DisclosureRepository
    temporary: bool

    @classmethod
    def on(cls, database: Database) -> Shelf:
        return cls(
            ConversationRepository(database),
            DocumentRepository(database),
            PreferenceRepository(database),
            DraftRepository(database),
            DisclosureRepository(database),
            database.in_memory,
        )


class Shelves:
    """Any thread."""

    def __init__(self, stored: Shelf) -> None:
        self.stored = stored
        self._lock = threading.Lock()
        self._memory: Database | None = None
        self._temporary: Shelf | None = None
        self._unkept: set[str] = set()

    def temporary(self) -> Shelf:
        """The one in memory, made when it is first asked for."""
        with self._lock:
            if self._temporary is None:
                self._memory = Database.open_in_memory()
                self._temporary = Shelf.on(self._memory)
            return self._temporary

    def all(self) -> tuple[Shelf, ...]:
        temporary = self._temporary
        return (self.stored,) if temporary is None else (self.stored, temporary)

    def of(self, conversation_id: str) -> Shelf:
        """Where the conversation is; the stored ones for one that is nowhere, which say so."""
        temporary = self._temporary
        if temporary is not None and temporary.conversations.holds(conversation_id):
            return temporary
        return self.stored

    def of_message(self, message_id: str) -> Shelf:
        """Where the message is; as `of`."""
        temporary = self._temporary
        if temporary is not None and temporary.conversations.holds_message(message_id):
            return temporary
        return self.stored

    def keep_off_the_record(self, message_id: str) -> None:
        """From now on, and when its conversation is gone too, nothing said for this message is kept anywhere."""
        with self._lock:
            self._unkept.add(message_id)

    def is_unkept(self, message_id: str | None) -> bool:
        """For the transport: whether the ledger gets no bodies of what is exchanged for this message."""
        return message_id in self._unkept

    def close(self) -> None:
        """Forget all temporary chats. The stored ones are whoever's who opened their database."""
        with self._lock:
            memory, self._memory, self._temporary = self._memory, None, None
        if memory is not None:
            memory.close()
