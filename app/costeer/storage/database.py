"""Opening the database, and the two ways to use it: reading and writing.

SQLite in WAL mode with synchronous=FULL: what a `writing()` block did is on disk when the block has ended, and a
crash at any moment leaves a database that opens. Readers never wait for a writer. A writing transaction takes
SQLite's write lock with its first statement, so that what it read cannot have changed when it writes; within this
process writers queue at a lock instead of polling SQLite's.

Removed text is overwritten (`secure_delete`), and nothing private goes to temporary files.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from costeer.foundation.errors import BugError, StorageError
from costeer.foundation.text import words_apart
from costeer.storage import revisions
from costeer.storage.failures import NOT_WRITABLE, database_failure
from costeer.storage.writers import Writer

PATIENCE = 10.0
"""Seconds to wait for another process that is writing."""

_WRITING = "costeer_writing"


class Database:
    """One open database file. All methods may be called from any thread; `close` when the others have returned.

    A process has one file open once at a time: that is how `writer` tells this opening's answers from those
    that an earlier one left unfinished.
    """

    def __init__(self, file: Path, engine: Engine, held: Connection | None = None) -> None:
        """`held` is the connection that keeps a database in memory alive."""
        self.file = file
        self.in_memory = held is not None
        self._held = held
        self.writer = Writer.this_process()
        self._engine = engine
        self._writing_engine = engine.execution_options(**{_WRITING: True})
        self._one_writer = threading.Lock()
        self._closed = False

    @classmethod
    def open(cls, file: Path, *, patience: float = PATIENCE) -> Database:
        """Open `file`, creating it (readable by the user only) or bringing it up to date first.

        Raises DatabaseTooNew when a newer version wrote it, leaving it as it is; StorageError when it is not one
        of our databases, is damaged, or cannot be written.
        """
        revision = _look_at(file, patience)
        if revision is not None:
            revisions.refuse_newer(file, revision)
        _make_private(file)
        if revision != revisions.HEAD:
            upgrade(file, patience=patience)
        database = cls(file, _engine(file, patience, foreign_keys=True))
        try:
            with database.reading() as session:
                session.connection().exec_driver_sql("SELECT 1 FROM conversations LIMIT 1")
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def open_in_memory(cls) -> Database:
        """A new database that never is in a file, gone when it is closed; each of its connections sees it all."""
        place = Path(f"/costeer-{uuid.uuid4().hex}")
        engines = [_engine(place, PATIENCE, foreign_keys=keys, in_memory=True) for keys in (False, True)]
        held = engines[1].connect()  # it lives as long as it has a connection
        try:
            with translated(place), engines[0].execution_options(**{_WRITING: True}).begin() as connection:
                revisions.migrate(connection)
        finally:
            engines[0].dispose()
        return cls(place, engines[1], held=held)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the database, and must not write."""
        with self._session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that holds the write lock. All of it is on disk when the block ends, or none of it."""
        with self._one_writer, self._session(self._writing_engine) as session:
            yield session

    def problems(self) -> list[str]:
        """What a full check of the file finds; empty when it is sound. Takes seconds on a large one."""
        found: list[str] = []
        try:
            with self.writing() as session:  # FTS5 checks an index by a statement that counts as a write
                connection = session.connection()
                rows = connection.exec_driver_sql("PRAGMA quick_check(20)").scalars()
                found += [str(row) for row in rows if row != "ok"]
                for index in ("messages_fts", "memories_fts", "titles_fts"):
                    connection.exec_driver_sql(f"INSERT INTO {index}({index}, rank) VALUES ('integrity-check', 1)")
        except StorageError as error:
            found.append(error.user_message)
        return found

    def write_back(self) -> None:
        """Move the write-ahead log into the file and empty it, so that what was removed is nowhere on disk.

        Waits for others who are reading or writing, and leaves it to them when they take longer than PATIENCE.
        """
        with self._one_writer, translated(self.file):
            connection = self._engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.Error as error:
                raise database_failure(self.file, error) from error
            finally:
                connection.close()

    def close(self) -> None:
        """Close all connections; SQLite then moves the write-ahead log into the file. May be called twice."""
        self._closed = True
        if self._held is not None:
            self._held.close()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        if self._closed:
            raise BugError("The database was used after it had been closed; please report this.")
        with translated(self.file), Session(engine, expire_on_commit=False) as session, session.begin():
            yield session


def upgrade(file: Path, *, target: str = "head", patience: float = PATIENCE) -> None:
    """Bring the schema of the database `file` to `target` (a revision, "head" or "base"), in one transaction."""
    engine = _engine(file, patience, foreign_keys=False)
    try:
        with translated(file), engine.execution_options(**{_WRITING: True}).begin() as connection:
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


def _look_at(file: Path, patience: float) -> str | None:
    """The revision of `file`, which is created empty when there is none."""
    try:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        if not file.is_file():
            raise StorageError(
                f"{file} should be the database, but it is not a file; move it away and start again."
            )
    except OSError as error:
        raise StorageError(
            f"The database {file} cannot be created ({error.strerror}); check the permissions of its folder."
        ) from error
    return revisions.stored_revision(file, patience=patience)


def _make_private(file: Path) -> None:
    """Only the user may read the database; SQLite gives the files beside it the same mode."""
    if not (os.access(file, os.R_OK | os.W_OK) and os.access(file.parent, os.W_OK | os.X_OK)):
        raise StorageError(NOT_WRITABLE.format(file=file))
    if os.name == "posix" and file.stat().st_mode & 0o077:
        try:
            file.chmod(0o600)
        except OSError as error:
            raise StorageError(
                f"The database {file} can be read by others ({error.strerror}); make it yours and try again."
            ) from error


def _engine(file: Path, patience: float, *, foreign_keys: bool, in_memory: bool = False) -> Engine:
    url = URL.create("sqlite+pysqlite", database=str(file.absolute()))
    if in_memory:
        # SQLite's file system in memory: unlike with ":memory:", all connections of this process share a database.
        url = url.set(database=f"file:{file.as_posix()}", query={"vfs": "memdb", "uri": "true"})
    engine = create_engine(
        url,
        poolclass=QueuePool,
        # isolation_level None: sqlite3 must not begin transactions of its own; `_begin` does.
        connect_args={"isolation_level": None, "timeout": patience, "cached_statements": 256},
        pool_size=8,
        hide_parameters=True,  # an error of SQLAlchemy's is logged, and the parameters are the user's texts
        max_overflow=-1,  # as many as there are threads
    )

    def prepare(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        if not in_memory:
            _use_write_ahead_log(connection, patience)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.create_function("words_apart", 1, _words_apart, deterministic=True)

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _words_apart(stored: str | bytes | None) -> str | None:
    """For the full-text indexes, of a text as `columns.ExactText` keeps it."""
    if isinstance(stored, bytes):
        stored = stored.decode("utf-8", "replace")
    return None if stored is None else words_apart(stored)


def _use_write_ahead_log(connection: sqlite3.Connection, patience: float) -> None:
    """Only the first connection to a new file changes anything here.

    SQLite does not wait for others at this one statement, whatever its timeout, so two processes that create the
    database at once have to be patient themselves.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN DEFERRED")
