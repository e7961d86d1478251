"""What SQLite complains about, in a sentence for the user."""

from __future__ import annotations

from pathlib import Path

from costeer.foundation.errors import BugError, CoSteerError, StorageError
from costeer.foundation.translatable import translatable
from costeer.storage import sqlite

NOT_WRITABLE = translatable(
    "The database {file} cannot be written; check its permissions and those of its folder."
)

NOT_OPENABLE = translatable("The database {file} cannot be opened; check its permissions and those of its folder.")
IN_USE = translatable("The database {file} is in use by another program; close that program and try again.")

DAMAGED = translatable("The database {file} is damaged; restore a backup, or move it away and start again.")

_ADVICE = {
    sqlite.dbapi.SQLITE_BUSY: IN_USE,
    sqlite.dbapi.SQLITE_LOCKED: IN_USE,
    sqlite.dbapi.SQLITE_FULL: translatable(
        "The disk that holds the database {file} is full; make room and try again."
    ),
    sqlite.dbapi.SQLITE_READONLY: NOT_WRITABLE,
    sqlite.dbapi.SQLITE_PERM: NOT_OPENABLE,
    sqlite.dbapi.SQLITE_CANTOPEN: NOT_OPENABLE,
    sqlite.dbapi.SQLITE_NOTADB: translatable(  # or its first page does not fit the key
        "{file} is damaged or is not a database; restore a backup, or move it away and start again."
    ),
    sqlite.dbapi.SQLITE_CORRUPT: DAMAGED,
}


_INSIDE = {
    "database disk image is malformed": sqlite.dbapi.SQLITE_CORRUPT,
    "database or disk is full": sqlite.dbapi.SQLITE_FULL,
    "disk I/O error": sqlite.dbapi.SQLITE_IOERR,
}
"""What a function of SQL (`sqlcipher_export`) met inside comes in words, under the code of an ordinary error."""


def is_busy(error: Exception) -> bool:
    """Whether another connection holds the lock that was wanted."""
    return bool(getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite.dbapi.SQLITE_BUSY)


def database_failure(file: Path, error: BaseException | None) -> CoSteerError:
    """The error to raise instead of `error`, which sqlite3 raised about the database `file`.

    A StorageError when the file, the disk or another program is at fault. A BugError when SQLite refused what
    was asked of it (a constraint, a statement that makes no sense).
    """
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else _INSIDE.get(str(error), code & 0xFF)
    if primary in _ADVICE:
        return StorageError(_ADVICE[primary], file=file)
    if isinstance(error, sqlite.OperationalError) and primary != sqlite.dbapi.SQLITE_ERROR:
        return StorageError(
            "The database {file} cannot be used ({error}); check the disk that holds it.", file=file, error=error
        )
    return BugError(
        "The database {file} refused what the program asked of it ({error}); please report this.",
        file=file,
        error=error,
    )
