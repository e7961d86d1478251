"""The ledger on disk.

The next entry's place and hash are worked out inside the transaction that stores it, under SQLite's write lock, so
the window and a command line beside it cannot fork the chain. Triggers refuse everything else.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, insert, select

from costeer.privacy.ledger import GENESIS, LedgerEntry, LedgerRecord, chain_hash
from costeer.storage.database import Database
from costeer.storage.models import LedgerRow

_PAGE = 200
_LAST = select(LedgerRow.sequence, LedgerRow.hash).order_by(LedgerRow.sequence.desc()).limit(1)
_APPEND = insert(LedgerRow)


class LedgerRepository:
    """The sink of the transport, and what the audit reads. Any thread; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, record: LedgerRecord) -> LedgerEntry:
        """Add the next entry; it is safe on disk when this returns."""
        with self._database.writing() as session:
            connection = session.connection()  # without the mapper: an answer appends at every request
            sequence, previous = connection.execute(_LAST).one_or_none() or (0, GENESIS)
            entry = LedgerEntry(sequence + 1, record, previous, chain_hash(sequence + 1, record, previous))
            place = {"sequence": entry.sequence, "previous": entry.previous, "hash": entry.hash}
            connection.execute(_APPEND, {**record.fields(), **place})
        return entry

    def entries(
        self,
        *,
        limit: int = 100,
        after: int | None = None,
        newest_first: bool = True,
        message_id: str | None = None,
    ) -> list[LedgerEntry]:
        """At most `limit` entries, those that come behind the sequence number `after` in the order asked for.

        `message_id` keeps the entries of one answer.
        """
        page = select(LedgerRow).limit(limit)
        if newest_first:
            page = page.order_by(LedgerRow.sequence.desc())
            page = page if after is None else page.where(LedgerRow.sequence < after)
        else:
            page = page.order_by(LedgerRow.sequence)
            page = page if after is None else page.where(LedgerRow.sequence > after)
        if message_id is not None:
            page = page.where(LedgerRow.message_id == message_id)
        with self._database.reading() as session:
            return [_entry(row) for row in session.scalars(page)]

    def get(self, sequence: int) -> LedgerEntry | None:
        """The entry with this number, or None when there is none."""
        with self._database.reading() as session:
            row = session.get(LedgerRow, sequence)
            return None if row is None else _entry(row)

    def all(self) -> Iterator[LedgerEntry]:
        """Every entry, oldest first, read in pages: for `find_break` and for exports."""
        after = 0
        while page := self.entries(limit=_PAGE, after=after, newest_first=False):
            yield from page
            after = page[-1].sequence

    def count(self, message_id: str | None = None) -> int:
        """How many entries there are; of one answer, when it is named."""
        counted = select(func.count()).select_from(LedgerRow)
        if message_id is not None:
            counted = counted.where(LedgerRow.message_id == message_id)
        with self._database.reading() as session:
            return session.scalar(counted) or 0


def _entry(row: LedgerRow) -> LedgerEntry:
    record = LedgerRecord(
        kind=row.kind,
        exchange=row.exchange,
        time=row.time,
        purpose=row.purpose,
        endpoint=row.endpoint,
        method=row.method,
        url=row.url,
        header_names=tuple(row.header_names),
        body=row.body,
        size=row.size,
        status=row.status,
        detail=row.detail,
        message_id=row.message_id,
    )
    return LedgerEntry(row.sequence, record, row.previous, row.hash)
