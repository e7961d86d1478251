from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from costeer.storage.database import Database
from costeer.storage.repositories import ConversationRepository, LedgerRepository, ProfileRepository


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "costeer.sqlite3") as database:
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
