"""A lock on a file that several programs may want, shared or alone. By SQLite's own means, which are the same on
every system; the operating system takes it back when a process dies."""

from __future__ import annotations

import os
from pathlib import Path

from costeer.storage import sqlite
from costeer.storage.failures import is_busy


class FileLock:
    """On `file`, which is made where it is not there. Any thread."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._held: sqlite.Connection | None = None

    @property
    def held(self) -> bool:
        return self._held is not None

    def take(self, patience: float = 0.0, *, alone: bool) -> bool:
        """Hold it together with others, or `alone`, until `release`; False where that could not be had in
        `patience` seconds. Raises OSError and sqlite.Error."""
        os.close(os.open(self._file, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite.connect(self._file, patience=patience)
        try:
            connection.execute("PRAGMA journal_mode = MEMORY")  # nothing is ever written into it
            for statement in ("BEGIN EXCLUSIVE",) if alone else ("BEGIN", "SELECT count(*) FROM sqlite_master"):
                connection.execute(statement).fetchall()
        except sqlite.Error as error:
            connection.close()
            if is_busy(error):
                return False
            raise
        self._held = connection
        return True

    def release(self) -> None:
        """May be called when it is not held."""
        held, self._held = self._held, None
        if held is not None:
            held.close()
