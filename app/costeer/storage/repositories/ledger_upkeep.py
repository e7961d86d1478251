"""What may be taken out of the ledger, and how: each time an entry that says so, in the transaction that does it.

The oldest entries go as a beginning, "pruned", and the words of some entries, "forgotten". Both in portions, so
that an answer that is being written never waits long for the write lock. What is taken out is overwritten in the
file; `write_back` of the database does the same for the write-ahead log.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, select, update
from sqlalchemy.orm import aliased

from costeer.privacy.chain import ChainCheck, removed_by
from costeer.privacy.ledger import GENESIS, Head, Kind, LedgerEntry, LedgerRecord
from costeer.privacy.recording import NOT_KEPT
from costeer.storage.database import Database
from costeer.storage.models import LedgerRow, MessageRow
from costeer.storage.repositories.ledger import append_to, told
from costeer.storage.repositories.ledger_rows import ENTRIES, entry_of

OPEN_AT_MOST = timedelta(days=1)
"""A request without an outcome is taken for one in progress for so long; then its process died."""

WORDS_PORTION = 500
"""Entries that lose their words in one transaction."""

_AT_A_TIME = 500

_OUTCOME = aliased(LedgerRow)
_HAS_OUTCOME = exists().where(_OUTCOME.exchange == LedgerRow.exchange, _OUTCOME.kind.in_(("response", "failure")))


@dataclass(frozen=True, slots=True)
class Removable:
    """The oldest entries, those up to number `through`: how many, how many requests among them, with how many
    bytes of words, and the time of the last. `held_back`: more would be old enough, but an exchange is in
    progress."""

    through: int = 0
    entries: int = 0
    requests: int = 0
    bytes: int = 0
    until: str = ""
    held_back: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """Entries whose words can be forgotten, and how many bytes these are; `old` entries keep theirs, because their
    hash, of the first format, needs them; `open` belong to exchanges in progress."""

    entries: int = 0
    bytes: int = 0
    old: int = 0
    open: int = 0


class LedgerUpkeep:
    """Any thread; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def removable(self, before: datetime, now: datetime, most: int | None = None) -> Removable:
        """What could be removed of the entries from before `before`, no exchange cut in two, none in progress;
        only about the first `most` of them, where that is given.

        An entry of a time still to come was written under a wrong clock; it goes with its neighbours."""
        columns = (LedgerRow.sequence, LedgerRow.kind, LedgerRow.exchange, LedgerRow.time)
        rows = select(*columns, func.length(LedgerRow.body), _HAS_OUTCOME).order_by(LedgerRow.sequence)
        dead = told(now - OPEN_AT_MOST)
        found = Removable()
        seen = (0, 0, 0)
        open_ones: set[str] = set()
        with self._database.reading() as session:
            result = session.connection().execute(rows, execution_options={"yield_per": _AT_A_TIME})
            for sequence, kind, exchange, time, size, over in result:
                if told(before) <= time <= told(now) or found.entries >= (most or sequence):
                    break
                if kind != "request":
                    open_ones.discard(exchange)
                elif over or time >= dead:
                    open_ones.add(exchange)
                seen = (seen[0] + 1, seen[1] + (kind == "request"), seen[2] + size)
                if not open_ones:
                    found = Removable(sequence, *seen, until=time)
        return replace(found, held_back=found.entries < seen[0])

    def prune(self, through: int, now: datetime) -> int:
        """Remove the entries up to `through`, which `removable` has said. Returns how many there were: none, where
        somebody else was quicker."""
        with self._database.writing() as session:
            connection = session.connection()
            oldest = ENTRIES.where(LedgerRow.sequence <= through).order_by(LedgerRow.sequence)
            entries = [entry_of(row) for row in connection.execute(oldest)]
            if not entries:
                return 0
            last = entries[-1]
            checking = ChainCheck()
            intact = all(checking.add(one) for one in entries) and _begins_rightly(connection, entries[0])
            said = {"through": last.sequence, "hash": last.hash, "entries": len(entries), "intact": intact}
            append_to(connection, _upkeep("pruned", {**said, "until": last.record.time}, now))
            connection.execute(delete(LedgerRow).where(LedgerRow.sequence <= last.sequence))
        return len(entries)

    def words(self, conversation_id: str | None, now: datetime) -> Words:
        """What could be forgotten of a conversation; None: of all conversations that are no longer stored."""
        wanted = _of(conversation_id)
        length = func.length(LedgerRow.body)
        with self._database.reading() as session:
            connection = session.connection()
            counted = select(func.count(), func.total(length)).select_from(LedgerRow).where(wanted)
            entries, size = connection.execute(counted.where(_FORGETTABLE, ~_is_open(now))).one()
            busy, _ = connection.execute(counted.where(_FORGETTABLE, _is_open(now))).one()
            old, _ = connection.execute(counted.where(LedgerRow.format == 1, LedgerRow.body != "")).one()
        return Words(entries, int(size), old, busy)

    def forget(self, conversation_id: str | None, now: datetime) -> int:
        """Remove the words of the next portion of what `words` counts. Returns of how many entries; to be called
        until that is 0."""
        wanted = select(LedgerRow.sequence).where(_of(conversation_id), _FORGETTABLE, ~_is_open(now))
        with self._database.writing() as session:
            connection = session.connection()
            sequences = list(connection.scalars(wanted.order_by(LedgerRow.sequence).limit(WORDS_PORTION)))
            if sequences:
                append_to(connection, _upkeep("forgotten", {"entries": ranges(sequences)}, now))
                named = LedgerRow.sequence.in_(sequences)
                connection.execute(update(LedgerRow).where(named).values(body="", salt=None))
        return len(sequences)

    def write_back(self) -> None:
        """To be called behind the last portion: so that what was removed is nowhere on disk."""
        self._database.write_back()


_FORGETTABLE = and_(
    *(LedgerRow.format > 1, LedgerRow.salt.is_not(None), LedgerRow.purpose != "upkeep"),
    *(LedgerRow.body != "", LedgerRow.body.not_like(f"{NOT_KEPT}%")),
)


def _of(conversation_id: str | None) -> ColumnElement[bool]:
    ids = select(MessageRow.id)
    if conversation_id is not None:
        return LedgerRow.message_id.in_(ids.where(MessageRow.conversation == conversation_id))
    return and_(LedgerRow.message_id.is_not(None), LedgerRow.message_id.not_in(ids))


def _is_open(now: datetime) -> ColumnElement[bool]:
    return and_(LedgerRow.kind == "request", LedgerRow.time >= told(now - OPEN_AT_MOST), ~_HAS_OUTCOME)


def _begins_rightly(connection: Connection, oldest: LedgerEntry) -> bool:
    """Whether `oldest` is the very first entry, or the one behind those whose removal was announced."""
    if oldest.sequence == 1:
        return oldest.previous == GENESIS
    announced = select(LedgerRow.body).where(LedgerRow.kind == "pruned").order_by(LedgerRow.sequence.desc())
    body = connection.scalar(announced.limit(1))
    try:
        removed, _ = removed_by(body or "")
    except (TypeError, ValueError, KeyError):
        return False
    return Head(oldest.sequence - 1, oldest.previous) == removed


def ranges(sequences: Sequence[int]) -> list[tuple[int, int]]:
    """Numbers in their order, as (first, last) of each run without a gap."""
    runs: list[tuple[int, int]] = []
    for one in sequences:
        if runs and one == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], one)
        else:
            runs.append((one, one))
    return runs


def _upkeep(kind: Kind, said: dict[str, object], now: datetime) -> LedgerRecord:
    return LedgerRecord(
        kind=kind,
        exchange=uuid.uuid4().hex,
        time=told(now),
        purpose="upkeep",
        endpoint="",
        method="",
        url="",
        header_names=(),
        body=json.dumps(said),
        size=0,
    )
