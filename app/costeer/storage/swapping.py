"""Putting another file in the place of a database, so that a crash at any moment leaves the one or the other.

    costeer.sqlite3           what is used
    costeer.sqlite3.new       a copy that is being made; worth nothing until it has the name above
    costeer.sqlite3.former    what was used before, until it is overwritten and removed; with its `-wal`
    costeer-unreadable-1.…    what nobody could read when a backup was restored; with its `-wal`, and for good

`settle` finishes or takes back what was interrupted. Whoever calls anything here holds the database's `UseLock`
alone. Any thread.
"""

from __future__ import annotations

import contextlib
import os
import re
from contextlib import closing
from pathlib import Path

from costeer.foundation.errors import StorageError
from costeer.foundation.files import replace, sync_folder
from costeer.foundation.system_words import system_words
from costeer.privacy.database_key import DatabaseKey
from costeer.storage import sqlite
from costeer.storage.copying import wipe
from costeer.storage.failures import IN_USE, NOT_WRITABLE, database_failure

_JOURNALS = ("-wal", "-shm", "-journal")


def new_of(database: Path) -> Path:
    return database.with_name(f"{database.name}.new")


def former_of(database: Path) -> Path:
    return database.with_name(f"{database.name}.former")


def is_interrupted(database: Path) -> bool:
    """Whether something is left that `settle` should see to."""
    return any(one.exists() for one in _left_over(database))


def come_to_rest(database: Path, key: DatabaseKey | None) -> None:
    """Move all of the write-ahead log into the file. What the log was is kept aside, to be overwritten once the
    file itself is removed. Raises StorageError."""
    log = _with(database, "-wal")
    try:
        with contextlib.suppress(FileNotFoundError, FileExistsError, PermissionError, NotImplementedError):
            os.link(log, _with(former_of(database), "-wal"))  # not every file system has second names
        with closing(sqlite.connect(database, key)) as connection:
            (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
        if busy or log.exists():  # the last one to close removes it
            raise StorageError(IN_USE, file=database)
    except sqlite.Error as error:
        raise database_failure(database, error) from error
    except OSError as error:
        raise StorageError(NOT_WRITABLE, file=database) from error


def swap_in(database: Path) -> None:
    """Use the copy instead; the former database keeps another name until `settle`. Raises StorageError."""
    try:
        if database.exists():
            replace(database, former_of(database))
        replace(new_of(database), database)
    except OSError as error:
        raise StorageError(NOT_WRITABLE, file=database) from error


def keep_aside(database: Path) -> Path:
    """Give a database that nobody can read another name for good; returns that. `take_up` comes next: without it
    nobody may use either. Raises StorageError."""
    kept = _kept(database, _last_kept(database) + 1)
    try:
        replace(database, kept)
    except OSError as error:
        raise StorageError(NOT_WRITABLE, file=database) from error
    return kept


def take_up(database: Path) -> None:
    """Use the copy, if there is one, where there is no database, because that was kept aside; its log follows it
    first, since SQLite would read it into the copy. Raises StorageError."""
    last = _last_kept(database)
    try:
        for suffix in _JOURNALS if last else ():
            with contextlib.suppress(FileNotFoundError):
                replace(_with(database, suffix), _with(_kept(database, last), suffix))
        with contextlib.suppress(FileNotFoundError):
            replace(new_of(database), database)
    except OSError as error:
        raise StorageError(NOT_WRITABLE, file=database) from error


def settle(database: Path) -> None:
    """Leave the one file that is used, and nothing else. Raises StorageError."""
    former, new = former_of(database), new_of(database)
    try:
        if former.exists() and not database.exists():
            replace(former, database)  # a crash in the middle of `swap_in`
        for one in _left_over(database):
            wipe(one)
        sync_folder(database.parent)
    except OSError as error:
        raise StorageError(
            "{file} cannot be removed ({why}); remove it by hand.",
            file=former if former.exists() else new,
            why=system_words(error),
        ) from error


def _last_kept(database: Path) -> int:
    """The highest number of one kept aside, or of a log that somebody has left of one; 0 for none."""
    begin, end = re.escape(f"{database.stem}-unreadable-"), re.escape(database.suffix)
    form = re.compile(rf"{begin}(\d{{1,9}}){end}({'|'.join(_JOURNALS)})?")
    found = [form.fullmatch(one.name) for one in database.parent.iterdir()]
    return max((int(one[1]) for one in found if one), default=0)


def _kept(database: Path, number: int) -> Path:
    return database.with_name(f"{database.stem}-unreadable-{number}{database.suffix}")


def _left_over(database: Path) -> list[Path]:
    former, new = former_of(database), new_of(database)
    return [new, *(_with(new, one) for one in _JOURNALS), former, *(_with(former, one) for one in _JOURNALS)]


def _with(file: Path, suffix: str) -> Path:
    return file.with_name(file.name + suffix)
