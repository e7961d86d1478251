"""The migrations and the models tell the same story, up, down, and up again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from costeer.storage import revisions
from costeer.storage.database import Database, upgrade
from costeer.storage.models import Base
from costeer.storage.repositories import ConversationRepository, LedgerRepository, ProfileRepository
from costeer.storage.sqlite import dbapi as sqlite3
from tests.storage.material import record, trace

SCRIPTS = ScriptDirectory(str(revisions.MIGRATIONS))
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "costeer.sqlite3"


@contextmanager
def connected(file: Path) -> Iterator[Connection]:
    engine = create_engine(f"sqlite:///{file}", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def schema(file: Path) -> dict[str, str]:
    """The statement that made each table, index, view and trigger, spaces evened out."""
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {name: re.sub(r"\s+", " ", sql.replace('"', "")) for name, sql in rows}


def test_the_constant_is_the_newest_revision() -> None:
    assert SCRIPTS.get_heads() == [revisions.HEAD]


def test_autogenerate_finds_nothing_to_add_to_the_head(file: Path) -> None:
    upgrade(file)

    def is_ours(name: str | None, kind: str, _: object) -> bool:
        return not (kind == "table" and "_fts" in (name or ""))

    def include(
        name: str | None,
        kind: Literal["schema", "table", "column", "index", "unique_constraint", "foreign_key_constraint"],
        parents: object,
    ) -> bool:
        return is_ours(name, kind, parents)

    with connected(file) as connection:
        options = {"include_name": include, "compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_the_models_make_the_very_tables_that_the_head_has(file: Path, tmp_path: Path) -> None:
    """Autogenerate does not look at CHECK constraints; the statements themselves do not lie."""
    upgrade(file)
    modelled = tmp_path / "modelled.sqlite3"
    engine = create_engine(f"sqlite:///{modelled}", poolclass=NullPool)
    Base.metadata.create_all(engine)
    migrated = schema(file)

    def clauses(sql: str) -> list[str]:
        return sorted(part.strip(" ,()") for part in re.split(r",(?![^(]*\))", sql.partition("(")[2]))

    assert {name: clauses(sql) for name, sql in schema(modelled).items()} == {
        name: clauses(migrated[name]) for name in schema(modelled)
    }


@pytest.mark.parametrize("revision", REVISIONS)
def test_each_revision_goes_down_and_up_again_and_leaves_the_schema_as_it_was(file: Path, revision: str) -> None:
    upgrade(file)
    before = schema(file)
    down = SCRIPTS.get_revision(revision)
    assert down is not None
    upgrade(file, target=str(down.down_revision or "base"))
    assert schema(file) != before
    upgrade(file)
    assert schema(file) == before


def test_going_all_the_way_down_leaves_nothing_of_ours(file: Path) -> None:
    upgrade(file)
    upgrade(file, target="base")
    assert set(schema(file)) == {"alembic_version"}
    with Database.open(file) as database:  # an empty database is one to be filled
        assert database.problems() == []


def test_a_second_upgrade_changes_nothing(file: Path) -> None:
    upgrade(file)
    before = file.read_bytes()
    upgrade(file)
    assert file.read_bytes() == before


def test_every_kind_of_data_survives_an_upgrade_and_reopening(file: Path) -> None:
    with Database.open(file) as database:
        conversations, profile, ledger = _repositories(database)
        conversation = conversations.create("a title")
        question = conversations.add_message(conversation.id, None, "user", "Where is Zürich?")
        answer = conversations.add_message(conversation.id, question.id, "assistant", "", "writing")
        conversations.update_answer(answer.id, "In Switzerland.", [1, 2], "complete", traces=[trace(0), trace(1)])
        profile.add("fact", "lives in Bern")
        profile.add_memory("went to Zürich")
        ledger.append(record(1, message_id=answer.id))
        before = _everything(database, conversation.id, answer.id)
    upgrade(file)
    with Database.open(file) as database:
        assert _everything(database, conversation.id, answer.id) == before
        assert database.problems() == []


def _repositories(
    database: Database,
) -> tuple[ConversationRepository, ProfileRepository, LedgerRepository]:
    return ConversationRepository(database), ProfileRepository(database), LedgerRepository(database)


def _everything(database: Database, conversation_id: str, answer_id: str) -> list[object]:
    conversations, profile, ledger = _repositories(database)
    return [
        conversations.list(),
        conversations.thread(conversation_id),
        conversations.traces(answer_id),
        conversations.search("zurich", 5),
        profile.entries(),
        profile.memories(),
        profile.search_memories("zurich", 5),
        list(ledger.all()),
    ]
