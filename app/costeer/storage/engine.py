"""SQLAlchemy's engine over SQLCipher: how connections are made, pooled, and how their transactions begin."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from costeer.privacy.database_key import DatabaseKey
from costeer.storage import sqlite
from costeer.storage.failures import is_busy

WRITING = "costeer_writing"
"""The execution option of transactions that take the write lock with their first statement."""


def make_engine(file: Path, key: DatabaseKey | None, patience: float, *, foreign_keys: bool) -> Engine:
    """Connects when it is first used. `patience` is how many seconds to wait for other programs."""

    def connect() -> sqlite.Connection:
        connection = sqlite.connect(file.absolute(), key, patience=patience)
        return _prepared(connection, patience, foreign_keys=foreign_keys, in_memory=False)

    return _engine(connect)


def make_memory_engine(place: Path, patience: float, *, foreign_keys: bool) -> Engine:
    """SQLite's file system in memory: unlike with ":memory:", all connections of this process share a database."""

    def connect() -> sqlite.Connection:
        connection = sqlite.connect(f"file:{place.as_posix()}?vfs=memdb", patience=patience, uri=True)
        return _prepared(connection, patience, foreign_keys=foreign_keys, in_memory=True)

    return _engine(connect)


def _engine(connect: object) -> Engine:
    engine = create_engine(
        "sqlite+pysqlite://",
        module=sqlite.dbapi,
        creator=connect,
        poolclass=QueuePool,
        pool_size=8,
        hide_parameters=True,  # an error of SQLAlchemy's is logged, and the parameters are the user's texts
        max_overflow=-1,  # as many as there are threads
    )
    event.listen(engine, "begin", _begin)
    return engine


def _prepared(
    connection: sqlite.Connection, patience: float, *, foreign_keys: bool, in_memory: bool
) -> sqlite.Connection:
    try:
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        if not in_memory:
            _use_write_ahead_log(connection, patience)
        connection.execute("PRAGMA synchronous = FULL")
    except BaseException:
        connection.close()
        raise
    return connection


def _use_write_ahead_log(connection: sqlite.Connection, patience: float) -> None:
    """Only the first connection to a new file changes anything here.

    SQLite does not wait for others at this one statement, whatever its timeout, so two processes that create the
    database at once have to be patient themselves.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite.OperationalError as error:
            if not is_busy(error) or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN DEFERRED")
