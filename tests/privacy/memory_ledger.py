"""A ledger in memory: the real chain, kept in a list."""

from __future__ import annotations

import threading

from costeer.privacy.ledger import GENESIS, LedgerEntry, LedgerRecord, chain_hash


class MemoryLedger:
    def __init__(self) -> None:
        self.entries: list[LedgerEntry] = []
        self._changed = threading.Condition()

    def append(self, record: LedgerRecord) -> LedgerEntry:
        with self._changed:
            previous = self.entries[-1].hash if self.entries else GENESIS
            sequence = len(self.entries) + 1
            entry = LedgerEntry(sequence, record, previous, chain_hash(sequence, record, previous))
            self.entries.append(entry)
            self._changed.notify_all()
            return entry

    @property
    def records(self) -> list[LedgerRecord]:
        return [entry.record for entry in self.entries]

    def wait_for(self, count: int) -> list[LedgerRecord]:
        """The records, once there are `count` of them."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.entries) >= count, timeout=10), self.records
            return self.records
