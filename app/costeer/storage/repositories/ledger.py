"""The ledger on disk.

The next entry's place and hash are worked out inside the transaction that stores it, under SQLite's write lock, so
the window and a command line beside it cannot fork the chain. Triggers refuse everything else, and keep the mark
of how far it has got (`ledger_state`): an entry is added behind the mark, even where somebody has removed the
entries before it, so that the gap stays to be found.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Connection, and_, bindparam, func, insert, select, text, update
from sqlalchemy.orm import aliased

from costeer.privacy.chain import Break, ChainReport
from costeer.privacy.ledger import GENESIS, Head, LedgerEntry, LedgerRecord, Purpose, chained
from costeer.storage.columns import UtcTime
from costeer.storage.database import Database
from costeer.storage.models import LedgerRow, LedgerStateRow
from costeer.storage.repositories.ledger_rows import ENTRIES, entry_of, row_of

_AT_A_TIME = 200
_LAST = select(LedgerRow.sequence, LedgerRow.hash).order_by(LedgerRow.sequence.desc()).limit(1)
_MARK = select(LedgerStateRow.sequence, LedgerStateRow.hash)
_APPEND = insert(LedgerRow)

_OUTCOME = aliased(LedgerRow)
_EXCHANGES = (
    select(
        *(LedgerRow.sequence, LedgerRow.exchange, LedgerRow.time, LedgerRow.purpose, LedgerRow.endpoint),
        *(LedgerRow.method, LedgerRow.url, LedgerRow.message_id, func.coalesce(_OUTCOME.sent, LedgerRow.size)),
        *(_OUTCOME.size, _OUTCOME.status, func.coalesce(_OUTCOME.detail, "")),
    )
    .outerjoin(_OUTCOME, and_(_OUTCOME.exchange == LedgerRow.exchange, _OUTCOME.kind.in_(("response", "failure"))))
    .where(LedgerRow.kind == "request")
    .order_by(LedgerRow.sequence.desc())
)
"""The columns of `ExchangeLine`, newest first. Bodies stay on the disk: they are what is large."""


@dataclass(frozen=True, slots=True)
class ExchangeLine:
    """A request and what became of it, without the bodies. `sequence` is the request's; `up` is what was counted,
    or where nobody could, worked out; `down` is None while the response is still arriving; `status` is HTTP's,
    None where there was none; `detail` says how it failed."""

    sequence: int
    exchange: str
    time: str
    purpose: Purpose
    endpoint: str
    method: str
    url: str
    message_id: str | None
    up: int
    down: int | None
    status: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class DayPart:
    """What crossed on one day to one endpoint for one purpose. `tokens` and `leak_bits` are those of stored
    answers that were begun on that day; the ledger does not have them."""

    day: date
    endpoint: str
    purpose: Purpose
    requests: int
    up: int
    down: int
    tokens: int
    leak_bits: float


@dataclass(frozen=True, slots=True)
class LastCheck:
    """What was found when the ledger was last checked."""

    when: datetime
    entries: int
    broken: Break | None


class LedgerSnapshot:
    """The ledger at one moment, however long it takes to read. Valid in the block that gave it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        found = connection.execute(_MARK).one_or_none()
        self.mark = Head(*found) if found is not None else None
        """Where it must end; None where somebody has removed that."""
        self.count = connection.scalar(select(func.count()).select_from(LedgerRow)) or 0

    def entries(self) -> Iterator[LedgerEntry]:
        """Oldest first; a few at a time are in memory."""
        found = self._connection.execute(
            ENTRIES.order_by(LedgerRow.sequence), execution_options={"yield_per": _AT_A_TIME}
        )
        for some in found.partitions():
            yield from map(entry_of, some)


_DAYS = text("""
SELECT day, endpoint, purpose, sum(requests), sum(up), sum(down), sum(tokens), total(bits) FROM (
    SELECT date(one.time, 'localtime') AS day, one.endpoint, one.purpose, one.kind = 'request' AS requests,
        CASE one.kind WHEN 'request' THEN coalesce(outcome.sent, one.size) ELSE 0 END AS up,
        coalesce(outcome.size, 0) AS down, 0 AS tokens, 0.0 AS bits
    FROM ledger AS one LEFT JOIN ledger AS outcome
        ON outcome.exchange = one.exchange AND outcome.kind IN ('response', 'failure')
    WHERE one.time >= :start AND one.time < :end AND one.kind IN ('request', 'refused')
    UNION ALL
    SELECT date(created / 1000000, 'unixepoch', 'localtime'), json_extract(figures, '$.endpoint'), 'answer',
        0, 0, 0, json_extract(figures, '$.tokens_sent'), json_extract(figures, '$.leak_bits')
    FROM messages WHERE created >= :first AND created < :last AND json_extract(figures, '$.endpoint') <> ''
) GROUP BY day, endpoint, purpose ORDER BY day, endpoint, purpose
""").bindparams(bindparam("first", type_=UtcTime), bindparam("last", type_=UtcTime))


class LedgerRepository:
    """The sink of the transport, and what the audit reads. Any thread; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, record: LedgerRecord) -> LedgerEntry:
        """Add the next entry; it is safe on disk when this returns."""
        with self._database.writing() as session:
            return append_to(session.connection(), record)

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
        page = ENTRIES.limit(limit)
        if newest_first:
            page = page.order_by(LedgerRow.sequence.desc())
            page = page if after is None else page.where(LedgerRow.sequence < after)
        else:
            page = page.order_by(LedgerRow.sequence)
            page = page if after is None else page.where(LedgerRow.sequence > after)
        if message_id is not None:
            page = page.where(LedgerRow.message_id == message_id)
        with self._database.reading() as session:
            return [entry_of(row) for row in session.connection().execute(page)]

    def get(self, sequence: int) -> LedgerEntry | None:
        """The entry with this number, or None when there is none."""
        with self._database.reading() as session:
            row = session.connection().execute(ENTRIES.where(LedgerRow.sequence == sequence)).one_or_none()
            return None if row is None else entry_of(row)

    def exchanges(
        self,
        *,
        message_id: str | None = None,
        between: tuple[datetime, datetime] | None = None,
        endpoint: str | None = None,
        purpose: Purpose | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> list[ExchangeLine]:
        """The newest `limit` requests behind the sequence number `after`, newest first, each with its outcome.

        `message_id` keeps those of one answer, `between` those that left in [start, end), `endpoint` those to it,
        `purpose` those made for it.
        """
        page = _EXCHANGES.where(LedgerRow.sequence > after).limit(limit)
        if message_id is not None:
            page = page.where(LedgerRow.message_id == message_id)
        if between is not None:
            page = page.where(LedgerRow.time >= told(between[0]), LedgerRow.time < told(between[1]))
        if endpoint is not None:
            page = page.where(LedgerRow.endpoint == endpoint)
        if purpose is not None:
            page = page.where(LedgerRow.purpose == purpose)
        with self._database.reading() as session:
            rows = session.execute(page).all()
        return [ExchangeLine(**dict(zip(ExchangeLine.__slots__, row, strict=True))) for row in rows]

    def of_exchange(self, exchange: str) -> tuple[LedgerEntry, LedgerEntry | None] | None:
        """A request in full, and its response or failure once there is one; None where there is no such
        request."""
        of = ENTRIES.where(LedgerRow.exchange == exchange).order_by(LedgerRow.sequence)
        with self._database.reading() as session:
            found = [entry_of(row) for row in session.connection().execute(of)]
        if not found:
            return None
        return found[0], found[1] if len(found) > 1 else None

    def of_purpose(self, message_id: str, purpose: Purpose) -> list[LedgerEntry]:
        """The entries of one answer that were made for one purpose, oldest first."""
        wanted = ENTRIES.where(LedgerRow.message_id == message_id, LedgerRow.purpose == purpose)
        with self._database.reading() as session:
            rows = session.connection().execute(wanted.order_by(LedgerRow.sequence))
            return [entry_of(row) for row in rows]

    def days(self, start: datetime, end: datetime) -> list[DayPart]:
        """What crossed in [start, end), by day of this computer's time zone, endpoint and purpose, in this
        order."""
        bounds = {"start": told(start), "end": told(end), "first": start, "last": end}
        with self._database.reading() as session:
            rows = session.execute(_DAYS, bounds).all()
        return [DayPart(date.fromisoformat(day), *rest) for day, *rest in rows]

    @contextmanager
    def snapshot(self) -> Iterator[LedgerSnapshot]:
        """All of it as it is now, for checks and exports; writers do not wait for the block to end."""
        with self._database.reading() as session:
            yield LedgerSnapshot(session.connection())

    def all(self) -> Iterator[LedgerEntry]:
        """Every entry, oldest first."""
        with self.snapshot() as now:
            yield from now.entries()

    def head(self) -> Head | None:
        """The newest entry, by its place; None where there is none yet."""
        with self._database.reading() as session:
            found = session.connection().execute(_LAST).one_or_none()
        return None if found is None else Head(*found)

    def keep_check(self, report: ChainReport, when: datetime) -> None:
        """Remember what a check found."""
        broken = report.broken
        values = {
            "checked": when,
            "checked_entries": report.entries,
            "fault": None if broken is None else broken.fault,
            "fault_at": None if broken is None else broken.sequence,
        }
        with self._database.writing() as session:
            session.connection().execute(update(LedgerStateRow).values(values))

    def last_check(self) -> LastCheck | None:
        """None where it was never checked."""
        with self._database.reading() as session:
            row = session.scalar(select(LedgerStateRow))
        if row is None or row.checked is None:
            return None
        broken = None if row.fault is None else Break(row.fault_at or 0, row.fault)
        return LastCheck(row.checked, row.checked_entries or 0, broken)

    def count(self, message_id: str | None = None) -> int:
        """How many entries there are; of one answer, when it is named."""
        counted = select(func.count()).select_from(LedgerRow)
        if message_id is not None:
            counted = counted.where(LedgerRow.message_id == message_id)
        with self._database.reading() as session:
            return session.scalar(counted) or 0


def told(when: datetime) -> str:
    """As records tell times, which sort as texts."""
    return when.astimezone(UTC).isoformat()


def append_to(connection: Connection, record: LedgerRecord) -> LedgerEntry:
    """Add the next entry in a transaction that writes."""
    place = connection.execute(_MARK).one_or_none() or connection.execute(_LAST).one_or_none()
    sequence, previous = place or (0, GENESIS)
    entry = chained(sequence + 1, record, previous)
    connection.execute(_APPEND, row_of(entry))
    return entry
