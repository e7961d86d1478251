"""SQLCipher, the SQLite that can encrypt: the one place that imports it, and the one that opens connections.

It is used for plain databases, too. Two SQLite libraries in one process would not see each other's locks, so
nobody opens one with Python's own `sqlite3`; SQLCipher's package offers a copy of that module, and is typed as it.

A database is encrypted by a raw key of 256 bits: no key is derived from it at opening, which therefore takes no
longer than a plain one. Its first 16 bytes are its salt and not "SQLite format 3", which is how the two are told
apart (`salt_of`). Any thread; a connection may pass from one thread to another.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any, cast

import sqlcipher3.dbapi2

from costeer.foundation.text import words_apart
from costeer.privacy.database_key import SALT_BYTES, DatabaseKey

dbapi: Any = sqlcipher3.dbapi2
"""For SQLAlchemy, which wants a DB-API module."""

Connection = sqlite3.Connection
Error = cast("type[sqlite3.Error]", dbapi.Error)
OperationalError = cast("type[sqlite3.OperationalError]", dbapi.OperationalError)

_PLAIN = b"SQLite format 3\0"
_LONGEST_PATIENCE = 10.0

_quiet = threading.Event()


def connect(
    place: Path | str, key: DatabaseKey | None = None, *, patience: float = _LONGEST_PATIENCE, uri: bool = False
) -> Connection:
    """A connection that begins no transaction by itself, leaves nothing of what was removed and uses no temporary
    file. `place` is a file, or an URI if `uri`. Nothing is read yet: a wrong key shows at the first statement, as
    SQLITE_NOTADB. Raises Error."""
    _silence()
    connection = cast(
        Connection,
        dbapi.connect(
            str(place),
            isolation_level=None,
            timeout=patience,
            cached_statements=256,
            check_same_thread=False,
            uri=uri,
        ),
    )
    try:
        if key is not None:
            connection.set_key(key.for_sqlcipher())  # type: ignore[attr-defined]
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.create_function("words_apart", 1, _words_apart, deterministic=True)
    except BaseException:
        connection.close()
        raise
    return connection


def connect_to_read(
    file: Path, key: DatabaseKey | None = None, *, patience: float = _LONGEST_PATIENCE
) -> Connection:
    """As `connect`; the file is neither created nor changed."""
    return connect(file.absolute().as_uri() + "?mode=ro", key, patience=patience, uri=True)


def salt_of(file: Path) -> bytes | None:
    """The salt of an encrypted database, which names its key; None for a plain one and where there is nothing.

    What is no database at all has one, too. Raises OSError.
    """
    try:
        with file.open("rb") as opened:
            begin = opened.read(SALT_BYTES)
    except FileNotFoundError:
        return None
    return None if begin in (b"", _PLAIN) else begin


def _silence() -> None:
    """SQLCipher writes to standard error what it also raises. Once in a process."""
    if not _quiet.is_set():
        connection = dbapi.connect(":memory:")
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.close()
        _quiet.set()


def _words_apart(stored: str | bytes | None) -> str | None:
    """For the full-text indexes, of a text as `columns.ExactText` keeps it."""
    if isinstance(stored, bytes):
        stored = stored.decode("utf-8", "replace")
    # What a function gives back ends at its first NUL, too.
    return None if stored is None else words_apart(stored.replace("\0", " "))
