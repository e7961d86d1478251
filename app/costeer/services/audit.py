"""Reading the ledger: what was transmitted, and whether the book is intact."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

from costeer.foundation.errors import BadInput, KnownError, StorageError
from costeer.foundation.files import write_atomically
from costeer.privacy.ledger import LedgerEntry, find_break
from costeer.services.readable import request_in_words
from costeer.storage.repositories import ConversationRepository, LedgerRepository

_MOST = 100_000
EXPORT_FORMAT = "costeer-ledger-1"


@dataclasses.dataclass(frozen=True, slots=True)
class Verification:
    """`first_broken` is the sequence number of the first entry that does not fit, None when all do."""

    entries: int
    first_broken: int | None

    @property
    def ok(self) -> bool:
        return self.first_broken is None


class AuditService:
    """Any thread."""

    def __init__(self, ledger: LedgerRepository, conversations: ConversationRepository) -> None:
        self._ledger = ledger
        self._conversations = conversations

    def entries(self, *, message_id: str | None = None, newest: int = 200) -> list[LedgerEntry]:
        """The newest first."""
        return self._ledger.entries(limit=newest, message_id=message_id)

    def entry(self, sequence: int) -> LedgerEntry:
        found = self._ledger.get(sequence)
        if found is None:
            raise BadInput(f"The ledger has no entry {sequence}; `costeer ledger list` shows what it has.")
        return found

    def in_words(self, entry: LedgerEntry) -> str | None:
        """What the token ids of a request say; None when it holds none, or its answer is no longer stored."""
        message_id = entry.record.message_id
        if message_id is None:
            return None
        try:
            traces = self._conversations.traces(message_id)
        except StorageError:  # the conversation was deleted; the ledger keeps what was sent
            return None
        return request_in_words(entry, self._ledger.entries(limit=_MOST, message_id=message_id), traces)

    def export(self) -> Iterator[dict[str, object]]:
        """Every entry, oldest first, as plain values."""
        for one in self._ledger.all():
            yield as_plain(one)

    def export_to(self, file: Path) -> int:
        """Write every entry to `file` as JSON. Returns how many there are. Raises KnownError."""
        entries = list(self.export())
        value = {"format": EXPORT_FORMAT, "entries": entries}
        try:
            write_atomically(file, json.dumps(value, ensure_ascii=False, indent=1).encode())
        except OSError as error:
            raise KnownError(f"The ledger cannot be written to {file}: {error.strerror}.") from error
        return len(entries)

    def verify(self) -> Verification:
        return Verification(self._ledger.count(), find_break(self._ledger.all()))


def as_plain(entry: LedgerEntry) -> dict[str, object]:
    """One entry as JSON holds it: the record's fields beside `sequence`, `previous` and `hash`."""
    return {
        "sequence": entry.sequence,
        **dataclasses.asdict(entry.record),
        "previous": entry.previous,
        "hash": entry.hash,
    }
