"""Whatever is done to the rows of the ledger, straight in SQLite with its triggers dropped, is found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costeer.privacy.chain import check_chain
from costeer.privacy.ledger import LedgerEntry
from costeer.storage.database import Database, upgrade
from costeer.storage.models import LedgerRow
from costeer.storage.repositories import LedgerRepository
from costeer.storage.repositories.ledger_upkeep import LedgerUpkeep
from tests.migrations.test_ledger import write_first_format
from tests.storage.material import record

COLUMNS = [one.name for one in LedgerRow.__table__.columns]
ROWS = 12

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Tampered:
    """A ledger whose rows can be replaced behind the program's back, and how it was."""

    ledger: LedgerRepository
    connection: sqlite3.Connection
    rows: list[Row]
    entries: list[LedgerEntry]

    def put(self, rows: list[Row]) -> bool:
        """Let these be the rows; False where the table's own constraints refuse one."""
        places = ", ".join("?" * len(COLUMNS))
        try:
            with self.connection:
                self.connection.execute("DELETE FROM ledger")
                self.connection.executemany(f"INSERT INTO ledger ({', '.join(COLUMNS)}) VALUES ({places})", rows)
        except (sqlite3.IntegrityError, OverflowError):
            return False
        return True

    def intact(self) -> bool:
        with self.ledger.snapshot() as now:
            return check_chain(now.entries(), now.mark).broken is None


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tampered]:
    """Entries of both formats, with and without their words, behind a beginning that was removed."""
    file = tmp_path_factory.mktemp("tampering") / "a.sqlite3"
    upgrade(file, target="0003")
    write_first_format(file, 4)
    with Database.open(file) as database:
        ledger, upkeep = LedgerRepository(database), LedgerUpkeep(database)
        for number in range(5, 10):
            ledger.append(record(number, message_id="gone" if number in (6, 7) else None))
        upkeep.forget(None, datetime.now(UTC))
        upkeep.prune(2, datetime.now(UTC))
        for number in range(12, 15):
            ledger.append(record(number))
        connection = sqlite3.connect(file)
        connection.execute("PRAGMA synchronous = OFF")
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            if name.startswith("ledger_"):
                connection.execute(f"DROP TRIGGER {name}")
        rows = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM ledger ORDER BY sequence").fetchall()
        made = Tampered(ledger, connection, rows, list(ledger.all()))
        assert len(rows) == ROWS
        assert made.intact()
        yield made
        connection.close()


ANY_VALUE = (
    st.none()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.binary(max_size=8)
)
PLACES = st.integers(0, ROWS - 1)


@settings(max_examples=400)
@given(PLACES, st.sampled_from(COLUMNS), ANY_VALUE | st.sampled_from(["longer", "shorter", "other"]), PLACES)
def test_any_edit_of_any_field_of_any_row(some: Tampered, place: int, column: str, value: Any, other: int) -> None:
    at = COLUMNS.index(column)
    was = some.rows[place][at]
    if value == "longer":
        value = was + 1 if isinstance(was, int) else f"{was or ''} "
    elif value == "shorter":
        value = was - 1 if isinstance(was, int) else (was or " ")[:-1]
    elif value == "other":  # what another row has there
        value = some.rows[other][at]
    rows = list(some.rows)
    rows[place] = (*rows[place][:at], value, *rows[place][at + 1 :])
    if some.put(rows) and list(some.ledger.all()) != some.entries:
        assert not some.intact(), (place, column, value)


@given(st.sets(PLACES, min_size=1))
def test_any_deletion(some: Tampered, gone: set[int]) -> None:
    assert some.put([row for place, row in enumerate(some.rows) if place not in gone])
    assert not some.intact()


@given(st.sets(PLACES, min_size=1, max_size=ROWS - 1))
def test_any_deletion_that_is_closed_up(some: Tampered, gone: set[int]) -> None:
    """The rows behind a gap get the numbers of those that are gone."""
    left = [row for place, row in enumerate(some.rows) if place not in gone]
    first = some.rows[0][0]
    assert some.put([(first + place, *row[1:]) for place, row in enumerate(left)])
    assert not some.intact()


@given(st.permutations(range(ROWS)))
def test_any_other_order(some: Tampered, order: list[int]) -> None:
    assert some.put([(some.rows[place][0], *some.rows[which][1:]) for place, which in enumerate(order)])
    assert some.intact() == (order == list(range(ROWS)))


@given(PLACES, PLACES)
def test_any_entry_put_in_once_more(some: Tampered, which: int, place: int) -> None:
    rows = [*some.rows[:place], some.rows[which], *some.rows[place:]]
    assert some.put([(some.rows[0][0] + at, *row[1:]) for at, row in enumerate(rows)])
    assert not some.intact()


@given(PLACES)
def test_any_words_taken_out_without_a_word(some: Tampered, place: int) -> None:
    body, salt = COLUMNS.index("body"), COLUMNS.index("salt")
    row = list(some.rows[place])
    row[body], row[salt] = "", None
    rows = [*some.rows[:place], tuple(row), *some.rows[place + 1 :]]
    assert some.put(rows)
    assert some.intact() == (rows == some.rows)
