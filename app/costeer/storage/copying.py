"""A copy of a database under another key, or under none, that is proved to hold the same before it is used.

The copy is made by SQLCipher itself (`sqlcipher_export`) in one reading transaction, so that it is of one moment
and others may write meanwhile. What counts as the same: every object of the schema, and every row of every table
(the full-text indexes' own and the ledger's included) in their order. Then the copy is read again from its file
by another connection, which checks the marks of each encrypted page and the structure.

What has been made is removed again when something fails. Takes about six seconds for 150 MB. Any thread.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BugError, Cancelled, StorageError
from costeer.foundation.files import overwrite, sync_file
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.foundation.system_words import system_words
from costeer.foundation.translatable import Translatable
from costeer.privacy.database_key import DatabaseKey
from costeer.storage import sqlite
from costeer.storage.failures import database_failure

SPARE = 20_000_000
"""Bytes that are left free beside a copy."""

_LOOK_EVERY = 50_000
"""Steps of SQLite's machine between two looks at the cancel token: some milliseconds."""

_TABLES = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND rootpage > 0 ORDER BY name"
_SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
_HEADER = ("application_id", "user_version")
_PARTS = 4
"""Copying, reading the original, reading the copy, checking it: about as long, each."""


def copy_database(
    source: Path,
    key: DatabaseKey | None,
    target: Path,
    new_key: DatabaseKey | None,
    *,
    tell: ProgressCallback,
    cancel: CancelToken,
    what: Translatable,
) -> None:
    """Write what `source` holds to `target`, which must not exist, encrypted by `new_key` or plain; safe on disk.

    `what` is told as progress. Raises StorageError (no room, damage, the disk), Cancelled.
    """
    size = sum(one.stat().st_size for one in (source, _beside(source)) if one.exists())
    require_room(target.parent, size, what)
    watch = _Watch(what, size, tell, cancel)
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        with _speaking_of(source, cancel):
            digest = _export(source, key, target, new_key, watch)
        sync_file(target)
        with _speaking_of(target, cancel):
            _prove(target, new_key, digest, watch)
    except BaseException:
        with contextlib.suppress(OSError):
            wipe(target)
        raise


def check_whole(file: Path, key: DatabaseKey | None) -> None:
    """Raises StorageError unless every page and every structure of the database is as it was written."""
    with _speaking_of(file, CancelToken()), closing(sqlite.connect_to_read(file, key)) as connection:
        _check(connection, file)


def require_room(folder: Path, size: int, what: Translatable) -> None:
    """Raises StorageError where `size` bytes, and some to spare, do not fit."""
    free = shutil.disk_usage(folder).free
    if free < size + size // 20 + SPARE:
        raise StorageError(
            "{what}: there is not enough room, {size} MB are needed in {folder} and "
            "{free} MB are free; free some and try again.",
            what=what,
            size=(size + SPARE) // 1_000_000 + 1,
            folder=folder,
            free=free // 1_000_000,
        )


def wipe(file: Path) -> None:
    """Remove `file`; what is not encrypted is overwritten first, unless it has a second name under which it is
    still used. One that is not there is no error. Raises OSError.
    """
    with contextlib.suppress(FileNotFoundError):
        plain = sqlite.salt_of(file) is None or file.name.endswith(("-wal", "-journal"))
        if plain and file.stat().st_nlink == 1:
            overwrite(file)
        file.unlink()


class _Watch:
    """Tells how far the work is, and breaks it off when it is cancelled."""

    def __init__(self, what: Translatable, size: int, tell: ProgressCallback, cancel: CancelToken) -> None:
        self._what = what
        self._size = max(1, size)
        self._tell = tell
        self._cancel = cancel
        self._part = 0

    def on(self, connection: sqlite.Connection) -> None:
        connection.set_progress_handler(lambda: int(self._cancel.cancelled), _LOOK_EVERY)

    def part(self, number: int) -> None:
        self._part = number
        self.read(0)

    def read(self, done: int) -> None:
        """`done` bytes of the current part."""
        self._cancel.raise_if_cancelled()
        done = min(done, self._size) + self._part * self._size
        self._tell(Progress(self._what, done, _PARTS * self._size))


def _export(
    source: Path, key: DatabaseKey | None, target: Path, new_key: DatabaseKey | None, watch: _Watch
) -> bytes:
    """Returns the digest of what was copied."""
    with closing(sqlite.connect(source, key)) as connection:
        watch.on(connection)
        connection.execute("ATTACH ? AS copy KEY ?", (str(target), new_key.for_sqlcipher() if new_key else ""))
        connection.execute("PRAGMA copy.synchronous = OFF")  # `sync_file` follows
        connection.execute("PRAGMA copy.secure_delete = ON")
        connection.execute("BEGIN")
        watch.part(0)
        connection.execute("SELECT sqlcipher_export('copy')").fetchall()
        for name in _HEADER:
            (value,) = connection.execute(f"PRAGMA main.{name}").fetchone()
            connection.execute(f"PRAGMA copy.{name} = {value}")
        watch.part(1)
        digest = _digest(connection, watch)
        connection.execute("COMMIT")
        connection.execute("DETACH copy")
    return digest


def _prove(target: Path, key: DatabaseKey | None, digest: bytes, watch: _Watch) -> None:
    with closing(sqlite.connect_to_read(target, key)) as connection:
        watch.on(connection)
        watch.part(2)
        if _digest(connection, watch) != digest:
            raise BugError(
                "The copy {target} does not hold what was copied; nothing was changed, please report this.",
                target=target,
            )
        watch.part(3)
        _check(connection, target)
        watch.part(_PARTS)


def _digest(connection: sqlite.Connection, watch: _Watch) -> bytes:
    """Of the schema and of every row, with its row id, in order."""
    digest = hashlib.blake2b()
    texts, connection.text_factory = connection.text_factory, bytes  # a text may hold anything
    done = 0
    try:
        for row in connection.execute(_SCHEMA):
            digest.update(repr(row).encode())
        for name in _HEADER:
            digest.update(repr(connection.execute(f"PRAGMA main.{name}").fetchone()).encode())
        for name, sql in connection.execute(_TABLES).fetchall():
            quoted = name.decode().replace('"', '""')
            place = "" if b"WITHOUT ROWID" in sql.upper() else "rowid, "
            order = "" if not place else " ORDER BY rowid"
            count = 0
            for row in connection.execute(f'SELECT {place}* FROM main."{quoted}"{order}'):
                text = repr(row).encode()
                digest.update(text)
                count += 1
                done += len(text)
                if count % 256 == 0:
                    watch.read(done)
            digest.update(f"{quoted}: {count}".encode())
    finally:
        connection.text_factory = texts
    return digest.digest()


def _check(connection: sqlite.Connection, file: Path) -> None:
    found = [str(row[0]) for row in connection.execute("PRAGMA cipher_integrity_check")]
    found += [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)") if row[0] != "ok"]
    if found:
        raise StorageError(
            "The database {file} is damaged ({problem}); restore a backup.", file=file, problem=found[0]
        )


@contextmanager
def _speaking_of(file: Path, cancel: CancelToken) -> Iterator[None]:
    try:
        yield
    except sqlite.Error as error:
        if cancel.cancelled:
            raise Cancelled from error
        raise database_failure(file, error) from error
    except OSError as error:
        raise StorageError(
            "{file} cannot be written ({why}); check the disk.", file=file, why=system_words(error)
        ) from error


def _beside(file: Path) -> Path:
    return file.with_name(f"{file.name}-wal")
