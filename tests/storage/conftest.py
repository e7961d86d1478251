from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from costeer.storage.database import Database
from costeer.storage.repositories import ConversationRepository, LedgerRepository, ProfileRepository
from tests.storage.material import KEY


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "costeer.sqlite3") as database:
        yield database


@pytest.fixture
def encrypted(tmp_path: Path) -> Iterator[Database]:
    """For modules whose `database` it is: encryption changes nothing in what they test."""
    with Database.open(tmp_path / "costeer.sqlite3", KEY) as database:
        yield database


@pytest.fixture
def conversations(database: Database) -> ConversationRepository:
    return ConversationRepository(database)


@pytest.fixture
def profile(database: Database) -> ProfileRepository:
    return ProfileRepository(database)


@pytest.fixture
def ledger(database: Database) -> LedgerRepository:
    return LedgerRepository(database)
