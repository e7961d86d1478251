"""Revision 0006 lets documents wait for a conversation, and going down gives them one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from costeer.storage.database import Database, upgrade
from costeer.storage.repositories import ConversationRepository, DocumentRepository


def test_going_down_loses_no_document(tmp_path: Path) -> None:
    file = tmp_path / "costeer.sqlite3"
    with Database.open(file) as database:
        documents, kept = DocumentRepository(database), ConversationRepository(database).create("kept")
        added = [documents.add(one, f"{one}.txt", "private", "text") for one in (kept.id, None, None)]
    upgrade(file, target="0005")
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute("SELECT id, conversation FROM documents ORDER BY number").fetchall()
        made = connection.execute("SELECT id, title FROM conversations ORDER BY number").fetchall()
    assert [one for one, _ in rows] == [one.id for one in added]
    assert [title for _, title in made] == ["kept", ""]
    assert [conversation for _, conversation in rows] == [kept.id, made[1][0], made[1][0]]

    upgrade(file)
    upgrade(file, target="0005")  # nothing waits for one now, so none is made
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM conversations").fetchone() == (2,)
