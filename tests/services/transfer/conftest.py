"""The service on a database of each test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from costeer.services.transfer import TransferService
from costeer.storage.database import Database
from costeer.storage.repositories import ConversationRepository
from costeer.storage.repositories.import_tree import TreeRepository


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "costeer.sqlite3") as database:
        yield database


@pytest.fixture
def conversations(database: Database) -> ConversationRepository:
    return ConversationRepository(database)


@pytest.fixture
def transfer(database: Database, conversations: ConversationRepository) -> TransferService:
    return TransferService(conversations, TreeRepository(database))
