"""Reading the ledger: what was transmitted, and whether the book is intact."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from costeer.foundation.errors import BadInput
from costeer.privacy.ledger import LedgerEntry, find_break
from costeer.storage.repositories import LedgerRepository


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

    def __init__(self, ledger: LedgerRepository) -> None:
        self._ledger = ledger

    def entries(self, *, message_id: str | None = None, newest: int = 200) -> list[LedgerEntry]:
        """The newest first."""
        return self._ledger.entries(limit=newest, message_id=message_id)

    def entry(self, sequence: int) -> LedgerEntry:
        found = self._ledger.get(sequence)
        if found is None:
            raise BadInput(f"The ledger has no entry {sequence}; `costeer ledger list` shows what it has.")
        return found

    def export(self) -> Iterator[dict[str, object]]:
        """Every entry, oldest first, as plain values."""
        for one in self._ledger.all():
            yield as_plain(one)

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
