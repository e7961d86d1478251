"""Who uses a database file: all who have it open share a lock; who replaces the file by another holds it alone.

SQLite's own locks are on the file itself, so they cannot guard its replacement: a program that waits for the old
file's lock would go on with the old file. This one is on a file beside it, by SQLite's own means, which are the
same on every system; the operating system takes it back when a process dies. Any thread.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from costeer.foundation.errors import StorageError
from costeer.storage import sqlite
from costeer.storage.failures import IN_USE, NOT_WRITABLE, database_failure, is_busy


class UseLock:
    """Of one opening of `database`."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._file = database.with_name(f"{database.name}.lock")
        self._held: sqlite.Connection | None = None

    @property
    def held(self) -> bool:
        return self._held is not None

    def share(self, patience: float) -> None:
        """Hold it together with others until `release`. Raises StorageError after `patience` seconds."""
        self._take(patience, ("BEGIN", "SELECT count(*) FROM sqlite_master"))

    def release(self) -> None:
        """May be called when it is not held."""
        held, self._held = self._held, None
        if held is not None:
            held.close()

    @contextlib.contextmanager
    def alone(self, patience: float) -> Iterator[None]:
        """Nobody else has the database open during the block. Raises StorageError after `patience` seconds."""
        self._take(patience, ("BEGIN EXCLUSIVE",))
        try:
            yield
        finally:
            self.release()

    def _take(self, patience: float, statements: tuple[str, ...]) -> None:
        try:
            os.close(os.open(self._file, os.O_CREAT | os.O_RDWR, 0o600))
            connection = sqlite.connect(self._file, patience=patience)
        except (OSError, sqlite.Error) as error:
            raise StorageError(NOT_WRITABLE, file=self._database) from error
        try:
            connection.execute("PRAGMA journal_mode = MEMORY")  # nothing is ever written into it
            for statement in statements:
                connection.execute(statement).fetchall()
        except sqlite.Error as error:
            connection.close()
            if is_busy(error):
                raise StorageError(IN_USE, file=self._database) from error
            raise database_failure(self._file, error) from error
        self._held = connection
