"""Who uses a database file: all who have it open share a lock; who replaces the file by another holds it alone.

SQLite's own locks are on the file itself, so they cannot guard its replacement: a program that waits for the old
file's lock would go on with the old file. This one is on a file beside it. Any thread.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from costeer.foundation.errors import StorageError
from costeer.storage import sqlite
from costeer.storage.failures import IN_USE, NOT_WRITABLE, database_failure
from costeer.storage.file_lock import FileLock


class UseLock:
    """Of one opening of `database`."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._file = database.with_name(f"{database.name}.lock")
        self._lock = FileLock(self._file)

    @property
    def held(self) -> bool:
        return self._lock.held

    def share(self, patience: float) -> None:
        """Hold it together with others until `release`. Raises StorageError after `patience` seconds."""
        self._take(patience, alone=False)

    def release(self) -> None:
        """May be called when it is not held."""
        self._lock.release()

    @contextlib.contextmanager
    def alone(self, patience: float) -> Iterator[None]:
        """Nobody else has the database open during the block. Raises StorageError after `patience` seconds."""
        self._take(patience, alone=True)
        try:
            yield
        finally:
            self.release()

    def _take(self, patience: float, *, alone: bool) -> None:
        try:
            taken = self._lock.take(patience, alone=alone)
        except OSError as error:
            raise StorageError(NOT_WRITABLE, file=self._database) from error
        except sqlite.Error as error:
            raise database_failure(self._file, error) from error
        if not taken:
            raise StorageError(IN_USE, file=self._database)
