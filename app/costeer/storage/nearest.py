"""Which of a few texts resemble another, in memory: BM25, as FTS5 computes it."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence

from costeer.foundation.text import words_apart
from costeer.storage import sqlite
from costeer.storage.fulltext import match_query


class Nearest:
    """Numbers the texts in their order. Any thread, one at a time; close it."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite.connect(":memory:")
        self._connection.execute("CREATE VIRTUAL TABLE texts USING fts5(text)")
        rows = [(number, words_apart(text)) for number, text in enumerate(texts, start=1)]
        self._connection.executemany("INSERT INTO texts(rowid, text) VALUES (?, ?)", rows)

    def to(self, text: str, count: int, without: Collection[int] = ()) -> list[int]:
        """Up to `count` places of texts, the most similar first, but for those named `without`."""
        query = match_query(text)
        if query is None or count < 1:
            return []
        found = "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rank, rowid LIMIT ?"
        with self._lock:
            rows = self._connection.execute(found, (query, count + len(without))).fetchall()
        return [number - 1 for (number,) in rows if number - 1 not in without][:count]

    def close(self) -> None:
        self._connection.close()
