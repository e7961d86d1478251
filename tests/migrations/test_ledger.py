"""Revision 0004: entries of the first format stay what they are, and are checked as they were written."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from costeer.privacy.chain import check_chain
from costeer.privacy.ledger import GENESIS, Head
from costeer.storage.database import Database, upgrade
from costeer.storage.repositories import LedgerRepository
from tests.storage.material import record

OLD = (
    "kind",
    "exchange",
    "time",
    "purpose",
    "endpoint",
    "method",
    "url",
    "header_names",
    "body",
    "size",
    "status",
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Three entries as the program of revision 0003 wrote them, worked out here once more."""
    file = tmp_path / "costeer.sqlite3"
    upgrade(file, target="0003")
    write_first_format(file, 3)
    return file


def write_first_format(file: Path, count: int) -> None:
    """Entries as versions before revision 0004 wrote them, into a ledger without any."""
    previous = GENESIS
    with closing(sqlite3.connect(file)) as connection, connection:
        for sequence in range(1, count + 1):
            one = record(sequence)
            fields = {name: getattr(one, name) for name in (*OLD, "detail", "message_id")}
            whole = {**fields, "sequence": sequence, "previous": previous}
            canonical = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            made = hashlib.sha256(canonical.encode()).hexdigest()
            values = {**fields, "header_names": json.dumps(one.header_names), "sequence": sequence}
            values |= {"previous": previous, "hash": made}
            names = ", ".join(values)
            connection.execute(f"INSERT INTO ledger ({names}) VALUES (:{', :'.join(values)})", values)
            previous = made


def test_what_was_written_before_verifies_and_the_chain_goes_on(file: Path) -> None:
    with Database.open(file) as database:
        ledger = LedgerRepository(database)
        new = ledger.append(record(4))
        entries = list(ledger.all())
        assert [one.format for one in entries] == [1, 1, 1, 2]
        assert new.previous == entries[2].hash
        with ledger.snapshot() as now:
            assert now.mark == Head(4, new.hash)
            assert check_chain(now.entries(), now.mark).broken is None


@pytest.mark.parametrize(
    "change",
    [
        "body = ''",
        "format = 2",
        "salt = 'x'",
        "body_hash = hash",
        "sent = 3",
        "body = '', salt = NULL, format = 2",
    ],
)
def test_an_old_entry_is_held_to_all_its_columns(file: Path, change: str) -> None:
    upgrade(file)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("DROP TRIGGER ledger_keeps_entries")
        connection.execute(f"UPDATE ledger SET {change} WHERE sequence = 2")
    with Database.open(file) as database:
        report = check_chain(LedgerRepository(database).all())
    assert report.broken is not None
    assert report.broken.sequence == 2


def test_the_mark_of_an_empty_ledger_is_before_its_first_entry(tmp_path: Path) -> None:
    with Database.open(tmp_path / "new.sqlite3") as database:
        ledger = LedgerRepository(database)
        with ledger.snapshot() as now:
            assert now.mark == Head(0, GENESIS)
        assert ledger.head() is None
        assert ledger.append(record(1)).sequence == 1


def test_going_down_keeps_every_entry(file: Path) -> None:
    with Database.open(file) as database:
        LedgerRepository(database).append(record(4))
    upgrade(file, target="0003")
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*), max(sequence) FROM ledger").fetchone() == (4, 4)
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("DELETE FROM ledger")
