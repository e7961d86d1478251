"""Revision 0002 carries what 0001 held, and gives it back."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest

from costeer.storage.database import Database, upgrade
from costeer.storage.repositories import ConversationRepository, ProfileRepository
from costeer.storage.sqlite import dbapi as sqlite3


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database of revision 0001 as that version's program would have filled it."""
    file = tmp_path / "costeer.sqlite3"
    upgrade(file, target="0001")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executescript(
            """
            INSERT INTO conversations VALUES
                (1, 'c1', '在北京的妹妹', 10, 20, 'm2'),
                (7, 'c7', 'Empty', 11, 12, NULL);
            INSERT INTO messages VALUES
                (1, 'm1', 'c1', NULL, 'user', 'complete', 10, NULL, '', '我的妹妹住在北京。', '[]', NULL),
                (2, 'm2', 'c1', 'm1', 'assistant', 'stopped', 11, NULL, '', 'Zürich', '[1]', '{"tokens": 1}'),
                (3, 'm3', 'c1', 'm1', 'assistant', 'writing', 12, '1 2.0 x', '', 'unfinished', '[]', NULL);
            INSERT INTO trace_chunks VALUES (1, 'm2', x'00');
            INSERT INTO profile_entries VALUES (3, 'p3', 'fact', 'on', 1), (4, 'p4', 'note', 'off', 0);
            INSERT INTO memories VALUES (5, 'e5', 'hiking', 1, 30), (6, 'e6', 'sleeping', 0, 31);
            """
        )
    return file


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.execute(query))


def dump(file: Path) -> list[list[tuple[object, ...]]]:
    tables = ("conversations", "messages", "trace_chunks", "profile_entries", "memories", "ledger")
    return [rows(file, f"SELECT * FROM {table} ORDER BY 1") for table in tables]


def schema(file: Path) -> dict[object, str]:
    found = rows(file, "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {name: re.sub(r"\s+", " ", str(sql).replace('"', "")) for name, sql in found}


def test_what_was_there_is_there_with_its_new_columns(file: Path) -> None:
    upgrade(file)
    assert rows(file, "SELECT pinned, folder, deleted, titled_by, settings, active_leaf FROM conversations") == [
        (0, "", None, "question", None, "m2"),
        (0, "", None, "question", None, None),
    ]
    assert rows(file, "SELECT number, id, text, scope FROM profile_entries") == [
        (3, "p3", "on", "local"),
        (4, "p4", "off", "never"),
    ]
    assert rows(file, "SELECT number, scope, created, state, origin FROM memories") == [
        (5, "local", 30, "approved", None),
        (6, "never", 31, "approved", None),
    ]


def test_what_was_written_before_is_found_in_every_script(file: Path) -> None:
    upgrade(file)
    with Database.open(file) as database:
        conversations, profile = ConversationRepository(database), ProfileRepository(database)
        assert [(one.message, one.text[slice(*one.ranges[0])]) for one in conversations.find("北京", 9)] == [
            (None, "北京"),
            ("m1", "北京"),
        ]
        assert [one.message.id for one in conversations.search("妹妹在哪里", 9)] == ["m1"]
        assert [one.message for one in conversations.find("zuri", 9)] == ["m2"]
        assert conversations.find("unfinished", 9) == []
        assert [one.memory.id for one in profile.search_memories("hiking", 9)] == ["e5"]
        assert database.problems() == []


def test_going_down_gives_everything_back(file: Path) -> None:
    before, held = schema(file), dump(file)
    upgrade(file)
    upgrade(file, target="0001")
    assert schema(file) == before
    assert dump(file) == held
    assert rows(file, "SELECT rowid FROM messages_fts WHERE messages_fts MATCH 'zurich'") == [(2,)]
    assert rows(file, "SELECT rowid FROM messages_fts WHERE messages_fts MATCH 'unfinished'") == []
    assert rows(file, "SELECT rowid FROM memories_fts WHERE memories_fts MATCH 'sleeping'") == [(6,)]


def test_going_down_loses_nothing_that_was_not_purged_and_shows_nothing_unapproved(file: Path) -> None:
    upgrade(file)
    with Database.open(file) as database:
        ConversationRepository(database).discard("c7")
        profile = ProfileRepository(database)
        profile.change("p3", scope="public")
        profile.change_memory("e5", state="refused")
        profile.change_memory("e6", scope="public")
    upgrade(file, target="0001")
    assert rows(file, "SELECT id FROM conversations") == [("c1",), ("c7",)]
    assert rows(file, "SELECT id, enabled FROM profile_entries") == [("p3", 1), ("p4", 0)]
    assert rows(file, "SELECT id, enabled FROM memories") == [("e5", 0), ("e6", 1)]
