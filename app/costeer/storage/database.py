"""Opening the database, and the two ways to use it: reading and writing.

SQLite in WAL mode with synchronous=FULL: what a `writing()` block did is on disk when the block has ended, and a
crash at any moment leaves a database that opens. Readers never wait for a writer. A writing transaction takes
SQLite's write lock with its first statement, so that what it read cannot have changed when it writes; within this
process writers queue at a lock instead of polling SQLite's.

With a key, the file and its write-ahead log are encrypted (`sqlite`). Removed text is overwritten
(`secure_delete`), and nothing private goes to temporary files.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from costeer.foundation.errors import BugError, Cancelled, StorageError
from costeer.foundation.system_words import system_words
from costeer.privacy.database_key import DatabaseKey
from costeer.storage import revisions, sqlite
from costeer.storage.engine import WRITING, make_engine, make_memory_engine
from costeer.storage.failures import IN_USE, NOT_WRITABLE, database_failure
from costeer.storage.use_lock import UseLock
from costeer.storage.writers import Writer

PATIENCE = 10.0
"""Seconds to wait for another process that is writing."""


class Database:
    """One database file. All methods may be called from any thread; `close` when the others have returned.

    It need not be open when it is made: a window is shown first. Who reads or writes before `begin` waits for it;
    who still waits when the database is closed gets Cancelled.

    A process has one file open once at a time: that is how `writer` tells this opening's answers from those
    that an earlier one left unfinished.
    """

    def __init__(self, file: Path, *, patience: float = PATIENCE) -> None:
        """Nothing is touched yet."""
        self.file = file
        self.in_memory = False
        self.writer = Writer.this_process()
        self.use = UseLock(file)
        self._patience = patience
        self._held: Connection | None = None
        self._engine: Engine | None = None
        self._one_writer = threading.Lock()
        self._changed = threading.Condition()
        self._state: Literal["waiting", "open", "closed"] = "waiting"
        self._sessions = 0

    @classmethod
    def open(cls, file: Path, key: DatabaseKey | None = None, *, patience: float = PATIENCE) -> Database:
        """One that is open: see `begin`."""
        database = cls(file, patience=patience)
        try:
            database.begin(key)
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def open_in_memory(cls) -> Database:
        """A new database that never is in a file, gone when it is closed; each of its connections sees it all."""
        database = cls(Path(f"/costeer-{uuid.uuid4().hex}"))
        database.in_memory = True
        engine = make_memory_engine(database.file, PATIENCE, foreign_keys=True)
        database._held = engine.connect()  # it lives as long as it has a connection
        plain = make_memory_engine(database.file, PATIENCE, foreign_keys=False)
        try:
            with translated(database.file), plain.execution_options(**{WRITING: True}).begin() as connection:
                revisions.migrate(connection)
        finally:
            plain.dispose()
        database._open_with(engine)
        return database

    def begin(self, key: DatabaseKey | None = None) -> None:
        """Open the file, creating it (readable by the user only) or bringing it up to date first.

        Raises DatabaseTooNew when a newer version wrote it, leaving it as it is; StorageError when it is not one
        of our databases, is damaged, or cannot be written. It may be called again then.
        """
        if self._state == "closed":
            raise Cancelled
        if self._state != "waiting":
            raise BugError("The database was opened twice; please report this.")
        shared = self.use.held
        make_folder(self.file)
        if not shared:
            self.use.share(self._patience)
        engine: Engine | None = None
        try:
            bring_up_to_date(self.file, key, patience=self._patience)
            engine = make_engine(self.file, key, self._patience, foreign_keys=True)
            with translated(self.file), engine.connect() as connection:
                connection.exec_driver_sql("SELECT 1 FROM conversations LIMIT 1")
        except BaseException:
            if engine is not None:
                engine.dispose()
            if not shared:
                self.use.release()
            raise
        self._open_with(engine)

    @property
    def is_open(self) -> bool:
        return self._state == "open"

    @contextmanager
    def set_aside(self) -> Iterator[None]:
        """Nobody of this process uses the file during the block, and after it not before the next `begin`.

        Who reads or writes meanwhile waits. Raises StorageError, and all is as before, when those who do already
        take longer than its patience.
        """
        with self._changed:
            if self._state != "open":
                raise BugError("The database was set aside while it was not open; please report this.")
            self._state = "waiting"
            if not self._changed.wait_for(lambda: self._sessions == 0, self._patience):
                self._state = "open"
                self._changed.notify_all()
                raise StorageError(IN_USE, file=self.file)
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()
        self.use.release()
        yield

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the database, and must not write."""
        with self._in_use() as engine, self._session(engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that holds the write lock. All of it is on disk when the block ends, or none of it."""
        with (
            self._in_use() as engine,
            self._one_writer,
            self._session(engine.execution_options(**{WRITING: True})) as session,
        ):
            yield session

    def problems(self) -> list[str]:
        """What a full check of the file finds; empty when it is sound. Takes seconds on a large one."""
        found: list[str] = []
        try:
            with self.writing() as session:  # FTS5 checks an index by a statement that counts as a write
                connection = session.connection()
                for check in ("cipher_integrity_check", "quick_check(20)"):  # the first, of the encryption's marks
                    result = connection.exec_driver_sql(f"PRAGMA {check}")
                    found += [str(row) for row in result.scalars() if row != "ok"] if result.returns_rows else []
                for index in ("messages_fts", "memories_fts", "titles_fts"):
                    connection.exec_driver_sql(f"INSERT INTO {index}({index}, rank) VALUES ('integrity-check', 1)")
        except StorageError as error:
            found.append(error.user_message)
        return found

    def write_back(self) -> None:
        """Move the write-ahead log into the file and empty it, so that what was removed is nowhere on disk.

        Waits for others who are reading or writing, and leaves it to them when they take longer than PATIENCE.
        """
        with self._in_use() as engine, self._one_writer, translated(self.file):
            connection = engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite.Error as error:
                raise database_failure(self.file, error) from error
            finally:
                connection.close()

    def close(self) -> None:
        """Close all connections; SQLite then moves the write-ahead log into the file. May be called twice."""
        with self._changed:
            self._state = "closed"
            engine, self._engine = self._engine, None
            self._changed.notify_all()
        if self._held is not None:
            self._held.close()
        if engine is not None:
            engine.dispose()
        self.use.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open_with(self, engine: Engine) -> None:
        with self._changed:
            if self._state == "closed":  # while it was being opened
                engine.dispose()
                self.use.release()
                raise Cancelled
            self._engine = engine
            self._state = "open"
            self._changed.notify_all()

    @contextmanager
    def _in_use(self) -> Iterator[Engine]:
        """Waits until the database is open, and keeps it so during the block."""
        with self._changed:
            waited = self._state == "waiting"
            self._changed.wait_for(lambda: self._state != "waiting")
            if self._engine is None:
                if waited:
                    raise Cancelled
                raise BugError("The database was used after it had been closed; please report this.")
            engine = self._engine
            self._sessions += 1
        try:
            yield engine
        finally:
            with self._changed:
                self._sessions -= 1
                self._changed.notify_all()

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        with translated(self.file), Session(engine, expire_on_commit=False) as session, session.begin():
            yield session


def bring_up_to_date(file: Path, key: DatabaseKey | None, *, patience: float = PATIENCE) -> None:
    """Create the database, or bring its schema up to date. Raises as `Database.begin`."""
    revision = _look_at(file, patience, key)
    if revision is not None:
        revisions.refuse_newer(file, revision)
    _make_private(file)
    if revision != revisions.HEAD:
        upgrade(file, key, patience=patience)


def upgrade(
    file: Path, key: DatabaseKey | None = None, *, target: str = "head", patience: float = PATIENCE
) -> None:
    """Bring the schema of the database `file` to `target` (a revision, "head" or "base"), in one transaction."""
    engine = make_engine(file, key, patience, foreign_keys=False)
    try:
        with translated(file), engine.execution_options(**{WRITING: True}).begin() as connection:
            revisions.migrate(connection, target=target)
    finally:
        engine.dispose()


@contextmanager
def translated(file: Path) -> Iterator[None]:
    """Turn what SQLite raises in the block into our errors."""
    try:
        yield
    except DBAPIError as error:
        raise database_failure(file, error.orig) from error
    except sqlite.Error as error:  # from what makes connections
        raise database_failure(file, error) from error


def make_folder(file: Path) -> None:
    """That of the database `file`, for its user only. Raises StorageError."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise _not_created(file, error) from error


def _look_at(file: Path, patience: float, key: DatabaseKey | None) -> str | None:
    """The revision of `file`, which is created empty when there is none."""
    try:
        if not file.exists():
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        if not file.is_file():
            raise StorageError(
                "{file} should be the database, but it is not a file; move it away and start again.", file=file
            )
    except OSError as error:
        raise _not_created(file, error) from error
    return revisions.stored_revision(file, patience=patience, key=key)


def _not_created(file: Path, error: OSError) -> StorageError:
    return StorageError(
        "The database {file} cannot be created ({why}); check the permissions of its folder.",
        file=file,
        why=system_words(error),
    )


def _make_private(file: Path) -> None:
    """Only the user may read the database; SQLite gives the files beside it the same mode."""
    if not (os.access(file, os.R_OK | os.W_OK) and os.access(file.parent, os.W_OK | os.X_OK)):
        raise StorageError(NOT_WRITABLE, file=file)
    if os.name == "posix" and file.stat().st_mode & 0o077:
        try:
            file.chmod(0o600)
        except OSError as error:
            raise StorageError(
                "The database {file} can be read by others ({why}); make it yours and try again.",
                file=file,
                why=system_words(error),
            ) from error
