"""A ledger in memory: the real chain, kept in a list."""

from __future__ import annotations

import threading

from costeer.privacy.ledger import GENESIS, LedgerEntry, LedgerRecord, chained


class MemoryLedger:
    def __init__(self) -> None:
        self.entries: list[LedgerEntry] = []
        self._changed = threading.Condition()

    def append(self, record: LedgerRecord) -> LedgerEntry:
        with self._changed:
            previous = self.entries[-1].hash if self.entries else GENESIS
            entry = chained(len(self.entries) + 1, record, previous)
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
