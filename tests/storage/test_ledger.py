"""The ledger: a chain that nobody can fork, and that shows what was done to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costeer.foundation.child_process import end_process, spawn_context
from costeer.privacy.chain import check_chain, find_break
from costeer.privacy.ledger import GENESIS, LedgerEntry, LedgerRecord, LedgerSink, hash_of_entry
from costeer.storage import sqlite
from costeer.storage.database import Database
from costeer.storage.repositories import LedgerRepository
from tests.storage.material import KEY, append_entries, record

OTHERS = (
    "kind, exchange, time, purpose, endpoint, method, url, header_names, body, size, status, detail, message_id"
)
LATER = "format, salt, body_hash, sent, overhead_up, overhead_down"
COLUMNS = f"sequence, {OTHERS}, previous, hash, {LATER}"
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))


def test_entries_form_a_chain(ledger: LedgerRepository) -> None:
    sink: LedgerSink = ledger
    first, second = sink.append(record(1)), sink.append(record(2))
    assert (first.sequence, first.previous) == (1, GENESIS)
    assert (second.sequence, second.previous) == (2, first.hash)
    assert second.hash == hash_of_entry(second)
    assert list(ledger.all()) == [first, second]
    assert find_break(ledger.all()) is None


def test_entries_are_read_in_pages(ledger: LedgerRepository) -> None:
    stored = [ledger.append(record(number, message_id="ab"[number % 2])) for number in range(450)]
    assert ledger.entries(limit=2) == [stored[449], stored[448]]
    assert ledger.entries(limit=2, after=449) == [stored[447], stored[446]]
    assert ledger.entries(limit=2, newest_first=False) == stored[:2]
    assert ledger.entries(limit=2, after=2, newest_first=False) == stored[2:4]
    assert ledger.entries(limit=2, message_id="a") == [stored[448], stored[446]]
    assert ledger.get(17) == stored[16]
    assert ledger.get(1000) is None
    assert (ledger.count(), ledger.count("b")) == (450, 225)
    assert list(ledger.all()) == stored  # more than one page


RECORDS = st.builds(
    LedgerRecord,
    kind=st.sampled_from(["request", "response", "failure"]),
    exchange=ANY_TEXT,
    time=ANY_TEXT,
    purpose=st.sampled_from(["answer", "template", "tokenize", "probe"]),
    endpoint=ANY_TEXT,
    method=ANY_TEXT,
    url=ANY_TEXT,
    header_names=st.lists(ANY_TEXT, max_size=3).map(tuple),
    body=ANY_TEXT,
    size=st.integers(0, 2**62),
    status=st.none() | st.integers(100, 599),
    detail=ANY_TEXT,
    message_id=st.none() | ANY_TEXT,
)


@pytest.fixture
def database(encrypted: Database) -> Database:
    return encrypted


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LedgerRepository]:
    with Database.open(tmp_path_factory.mktemp("ledger") / "a.sqlite3", KEY) as database:
        yield LedgerRepository(database)


@settings(deadline=None)  # the disk is waited for
@given(RECORDS)
def test_any_record_comes_back_as_it_was_hashed(shared: LedgerRepository, some: LedgerRecord) -> None:
    appended = shared.append(some)
    read = shared.get(appended.sequence)
    assert read == appended
    assert read.hash == hash_of_entry(read)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET body = 'nothing happened' WHERE sequence = 2",
        "UPDATE ledger SET body = '', salt = NULL WHERE sequence = 2",
        "DELETE FROM ledger WHERE sequence = 3",
        "DELETE FROM ledger",
        "INSERT OR REPLACE INTO ledger SELECT * FROM ledger WHERE sequence = 2",
        f"REPLACE INTO ledger ({COLUMNS}) SELECT {COLUMNS} FROM ledger WHERE sequence = 3",
        f"INSERT INTO ledger ({COLUMNS}) SELECT 5, {OTHERS}, hash, hash, {LATER} FROM ledger WHERE sequence = 3",
        f"INSERT INTO ledger ({COLUMNS}) SELECT 4, {OTHERS}, previous, hash, {LATER} FROM ledger",
        "UPDATE ledger_state SET sequence = 2",
        "UPDATE ledger_state SET sequence = 4",
        "UPDATE ledger_state SET hash = ''",
        "DELETE FROM ledger_state",
        "REPLACE INTO ledger_state (number, sequence, hash) VALUES (1, 2, '')",
    ],
)
def test_the_database_refuses_to_change_an_entry(database: Database, statement: str) -> None:
    ledger = LedgerRepository(database)
    stored = [ledger.append(record(number)) for number in range(3)]
    with (
        closing(sqlite.connect(database.file, KEY)) as other,
        pytest.raises(sqlite.dbapi.IntegrityError, match="the ledger"),
    ):
        other.execute(statement)
    assert list(ledger.all()) == stored


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE ledger SET body = body || ' ' WHERE sequence = 3", 3),
        ("UPDATE ledger SET size = size + 1 WHERE sequence = 1", 1),
        ("UPDATE ledger SET header_names = '[]' WHERE sequence = 2", 2),
        ("UPDATE ledger SET hash = previous WHERE sequence = 5", 5),
        ("DELETE FROM ledger WHERE sequence = 1", 1),
        ("DELETE FROM ledger WHERE sequence = 4", 4),
        ("UPDATE ledger SET sequence = CASE sequence WHEN 2 THEN 30 ELSE sequence END", 2),
        ("DELETE FROM ledger WHERE sequence = 5", 5),
        ("DELETE FROM ledger WHERE sequence > 2", 3),
        ("DELETE FROM ledger", 1),
        ("UPDATE ledger SET body = '', salt = NULL WHERE sequence = 2", 2),
    ],
)
def test_tampering_behind_the_triggers_is_found(database: Database, statement: str, found: int) -> None:
    ledger = LedgerRepository(database)
    for number in range(5):
        ledger.append(record(number))
    with closing(sqlite.connect(database.file, KEY)) as other, other:
        other.execute("DROP TRIGGER ledger_keeps_entries")
        other.execute("DROP TRIGGER ledger_keeps_all")
        other.execute(statement)
    assert broken(ledger) == found
    ledger.append(record(6))  # it goes on behind the mark, whatever is left before it
    assert broken(ledger) == found


def broken(ledger: LedgerRepository) -> int | None:
    with ledger.snapshot() as now:
        report = check_chain(now.entries(), now.mark)
    return None if report.broken is None else report.broken.sequence


def test_threads_do_not_fork_the_chain(ledger: LedgerRepository) -> None:
    appended: list[LedgerEntry] = []

    def work(first: int) -> None:
        for number in range(first, first + 25):
            appended.append(ledger.append(record(number)))

    threads = [threading.Thread(target=work, args=(first,)) for first in range(0, 200, 25)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    print(f"ledger append, 8 threads: {1000 * (time.perf_counter() - start) / 200:.2f} ms")  # noqa: T201 - a figure
    assert sorted(appended, key=lambda one: one.sequence) == list(ledger.all())
    assert ledger.count() == 200
    assert find_break(ledger.all()) is None


def test_processes_do_not_fork_the_chain(database: Database) -> None:
    ledger = LedgerRepository(database)
    context = spawn_context()
    receive, send = context.Pipe(duplex=False)
    child = context.Process(target=append_entries, args=(database.file, 100, send))
    child.start()
    send.close()
    try:
        assert receive.poll(60)
        theirs = [receive.recv()]  # both write from here on
        ours = [ledger.append(record(number)).sequence for number in range(100)]
        for _ in range(99):
            assert receive.poll(60)
            theirs.append(receive.recv())
        child.join(60)
        assert child.exitcode == 0
    finally:
        end_process(child)
        receive.close()
    assert sorted(ours + theirs) == list(range(1, 201))
    assert find_break(ledger.all()) is None
