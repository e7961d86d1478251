"""Taking out of the ledger: announced, in whole exchanges, to the last byte; and nothing else."""

from __future__ import annotations

import dataclasses
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from costeer.privacy.chain import ChainReport, check_chain
from costeer.privacy.ledger import Kind, LedgerRecord
from costeer.privacy.recording import NOT_KEPT
from costeer.storage.database import Database
from costeer.storage.repositories import ConversationRepository, LedgerRepository
from costeer.storage.repositories.ledger_upkeep import LedgerUpkeep, Removable, ranges
from tests.storage.material import record

NOON = datetime(2026, 5, 10, 12, tzinfo=UTC)
ALL = NOON + timedelta(days=900)


def entry(
    kind: Kind, exchange: str, days: float, *, body: str = "words", message_id: str | None = None
) -> LedgerRecord:
    """`days` after NOON."""
    when = (NOON + timedelta(days=days)).isoformat()
    return dataclasses.replace(
        record(1, body=body, message_id=message_id), kind=kind, exchange=exchange, time=when
    )


@pytest.fixture
def upkeep(database: Database) -> LedgerUpkeep:
    return LedgerUpkeep(database)


def checked(ledger: LedgerRepository) -> ChainReport:
    with ledger.snapshot() as now:
        return check_chain(now.entries(), now.mark)


def fill(ledger: LedgerRepository, *records: LedgerRecord) -> None:
    for one in records:
        ledger.append(one)


def whole(exchange: str, days: float, body: str = "words") -> tuple[LedgerRecord, LedgerRecord]:
    return entry("request", exchange, days, body=body), entry("response", exchange, days + 0.001, body=body)


def test_what_is_old_goes_and_the_rest_verifies(
    database: Database, ledger: LedgerRepository, upkeep: LedgerUpkeep
) -> None:
    fill(ledger, *whole("a", -9, "xylophone"), *whole("b", -8, "glockenspiel"), *whole("c", -1, "harpsichord"))
    found = upkeep.removable(NOON - timedelta(days=5), NOON)
    until = (NOON + timedelta(days=-8 + 0.001)).isoformat()
    assert found == Removable(4, 4, 2, 2 * len("xylophone") + 2 * len("glockenspiel"), until)
    assert upkeep.prune(found.through, NOON) == 4
    assert upkeep.prune(found.through, NOON) == 0
    upkeep.write_back()
    said = list(ledger.all())[-1].record
    assert [(one.sequence, one.record.kind) for one in ledger.all()] == [
        *((5, "request"), (6, "response"), (7, "pruned")),
    ]
    assert (said.purpose, said.message_id) == ("upkeep", None)
    report = checked(ledger)
    assert (report.broken, report.removed, report.removed_intact, report.entries) == (None, 4, True, 3)
    stored = database.file.read_bytes() + database.file.with_name(f"{database.file.name}-wal").read_bytes()
    assert b"harpsichord" in stored
    assert b"xylophone" not in stored
    assert b"glockenspiel" not in stored
    found = upkeep.removable(ALL, NOON + timedelta(days=1))
    assert upkeep.prune(found.through, NOON) == 3, "an earlier announcement goes with the rest"
    report = checked(ledger)
    assert (report.broken, report.removed, report.entries) == (None, 7, 1)


def test_an_exchange_is_never_cut_in_two_and_never_removed_while_it_goes_on(
    ledger: LedgerRepository, upkeep: LedgerUpkeep
) -> None:
    fill(ledger, *whole("a", -3), entry("request", "long", -2.1), *whole("b", -2), entry("request", "now", -0.1))
    fill(ledger, entry("response", "long", -0.05), *whole("c", -0.01))
    assert upkeep.removable(NOON - timedelta(days=1), NOON) == Removable(
        2, 2, 1, 10, (NOON + timedelta(days=-3 + 0.001)).isoformat(), held_back=True
    )
    assert upkeep.removable(ALL, NOON).through == 2
    fill(ledger, entry("failure", "now", -0.001))
    assert (upkeep.removable(ALL, NOON).through, upkeep.removable(ALL, NOON).held_back) == (10, False)


def test_what_a_killed_process_left_open_does_not_stay_for_ever(
    ledger: LedgerRepository, upkeep: LedgerUpkeep
) -> None:
    fill(ledger, entry("request", "killed", -5), *whole("b", -4))
    assert upkeep.removable(NOON - timedelta(days=3), NOON).through == 3


def test_a_clock_that_was_wrong_keeps_nothing_and_removes_nothing_else(
    ledger: LedgerRepository, upkeep: LedgerUpkeep
) -> None:
    fill(ledger, *whole("a", -9), *whole("from the future", 9000), *whole("b", -8), *whole("c", 0))
    fill(ledger, *whole("from the past", -9000))
    assert upkeep.removable(NOON - timedelta(days=5), NOON).through == 6


def test_a_portion_is_a_part_of_what_is_removable(ledger: LedgerRepository, upkeep: LedgerUpkeep) -> None:
    for number in range(10):
        fill(ledger, *whole(str(number), -9))
    assert upkeep.removable(NOON, NOON, most=5).through == 6
    assert upkeep.removable(NOON, NOON, most=100).through == 20


def test_a_beginning_that_is_gone_without_a_word_is_missed(
    database: Database, ledger: LedgerRepository, upkeep: LedgerUpkeep
) -> None:
    fill(ledger, *whole("a", -9), *whole("b", -8), *whole("c", -1))
    upkeep.prune(2, NOON)
    with closing(sqlite3.connect(database.file)) as other, other:
        other.execute("DROP TRIGGER ledger_keeps_all")
        other.execute("DELETE FROM ledger WHERE sequence = 3")
    broken = checked(ledger).broken
    assert broken is not None
    assert (broken.sequence, broken.fault) == (3, "missing")
    upkeep.prune(5, NOON)  # which does not hide it
    report = checked(ledger)
    assert (report.broken, report.removed, report.removed_intact) == (None, 5, False)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM ledger WHERE sequence = 5",
        "DELETE FROM ledger",
        "UPDATE ledger SET body = '', salt = NULL WHERE sequence = 4",
        "UPDATE ledger SET body = 'x' WHERE sequence = 3",
        "UPDATE ledger SET body = '', salt = NULL, detail = 'x' WHERE sequence = 3",
        "INSERT INTO ledger SELECT 8, 'pruned', 'e', '', 'upkeep', '', '', '', '[]', "
        """'{"through": 6, "hash": "0"}', 0, NULL, '', NULL, hash, '', 2, '', '', 0, 0, 0 FROM ledger """
        "WHERE sequence = 7",
    ],
)
def test_an_announcement_allows_what_it_says_and_no_more(
    database: Database, ledger: LedgerRepository, upkeep: LedgerUpkeep, statement: str
) -> None:
    conversations = ConversationRepository(database)
    conversation = conversations.create("a title").id
    answer = conversations.add_message(conversation, None, "user", "x").id
    fill(ledger, *whole("a", -9), *whole("b", -8))
    fill(ledger, entry("request", "c", -1, message_id=answer), entry("response", "c", -1, message_id=answer))
    assert upkeep.forget(conversation, NOON) == 2
    before = list(ledger.all())
    with closing(sqlite3.connect(database.file)) as other, pytest.raises(sqlite3.IntegrityError):
        other.execute(statement)
    assert list(ledger.all()) == before


def test_words_are_forgotten_and_the_rest_stays(
    database: Database, ledger: LedgerRepository, upkeep: LedgerUpkeep
) -> None:
    conversations = ConversationRepository(database)
    first, second = conversations.create("one").id, conversations.create("two").id
    mine = conversations.add_message(first, None, "user", "x").id
    other = conversations.add_message(second, None, "user", "x").id
    fill(ledger, entry("request", "a", -2, body="xylophone", message_id=mine))
    fill(ledger, entry("request", "b", -2, body="harpsichord", message_id=other))
    fill(ledger, entry("response", "a", -2, body="xylophones", message_id=mine))
    fill(ledger, entry("request", "c", -0.1, body="under way", message_id=mine))
    fill(ledger, entry("failure", "b", -2, body="", message_id=other))
    before = list(ledger.all())
    found = upkeep.words(first, NOON)
    assert (found.entries, found.bytes, found.old, found.open) == (2, len("xylophonexylophones"), 0, 1)
    assert upkeep.forget(first, NOON) == 2
    assert upkeep.forget(first, NOON) == 0
    upkeep.write_back()
    after = list(ledger.all())
    for was, now in zip(before, after, strict=False):
        same = dataclasses.replace(
            now, salt=was.salt, record=dataclasses.replace(now.record, body=was.record.body)
        )
        assert same == was
    assert [one.forgotten for one in after] == [True, False, True, False, False, False]
    assert [one.record.body for one in after[:3]] == ["", "harpsichord", ""]
    report = checked(ledger)
    assert (report.broken, report.forgotten) == (None, 2)
    stored = database.file.read_bytes() + database.file.with_name(f"{database.file.name}-wal").read_bytes()
    assert b"harpsichord" in stored
    assert b"xylophone" not in stored


def test_words_of_conversations_that_are_gone_are_found(
    database: Database, ledger: LedgerRepository, upkeep: LedgerUpkeep
) -> None:
    conversations = ConversationRepository(database)
    conversation = conversations.create("one").id
    mine = conversations.add_message(conversation, None, "user", "x").id
    for exchange, message in (("a", mine), ("b", "a temporary one"), ("c", None)):
        body = f"{NOT_KEPT}; sha256 0" if exchange == "b" else "words"
        fill(ledger, entry("request", exchange, -2, body=body, message_id=message))
        fill(ledger, entry("response", exchange, -2, body=body, message_id=message))
    assert upkeep.words(None, NOON).entries == 0
    conversations.purge(conversation)
    assert upkeep.words(None, NOON).entries == 2
    assert upkeep.forget(None, NOON) == 2
    assert [one.sequence for one in ledger.all() if one.forgotten] == [1, 2]
    assert checked(ledger).broken is None


def test_forgotten_words_may_be_pruned_with_the_rest(
    database: Database, ledger: LedgerRepository, upkeep: LedgerUpkeep
) -> None:
    fill(ledger, *(entry("response", str(n), -5, message_id="gone") for n in range(4)), *whole("z", -1))
    assert upkeep.forget(None, NOON - timedelta(days=4)) == 4
    fill(ledger, *whole("y", -0.5))
    assert upkeep.prune(2, NOON) == 2
    report = checked(ledger)
    assert (report.broken, report.removed, report.forgotten) == (None, 2, 2)


def test_runs_of_numbers() -> None:
    assert ranges([]) == []
    assert ranges([1, 2, 3, 7, 9, 10]) == [(1, 3), (7, 7), (9, 10)]
