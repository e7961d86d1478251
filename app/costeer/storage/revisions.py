"""Which revision a database file is at, and how it gets to the newest one.

Looking comes first and touches nothing: the file is read through a read-only connection, so that a database of a
newer version, or somebody else's file, stays as it is to the last byte. alembic is imported only when there is
something to migrate, because importing it takes longer than opening the database.

A migration is one transaction: a crash or a full disk leaves the old schema with all its rows.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection

from costeer.foundation.errors import BugError, DatabaseTooNew, StorageError
from costeer.privacy.database_key import DatabaseKey
from costeer.storage import sqlite
from costeer.storage.failures import database_failure

HEAD = "0009"
"""The newest revision in `migrations/versions`; a test holds the two together."""

APPLICATION_ID = 0x436F5374
"""In the header of every database of CoSteer Desktop, of whichever version."""

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def stored_revision(file: Path, *, patience: float, key: DatabaseKey | None = None) -> str | None:
    """The revision of the database at `file`, or None when it has no table yet.

    `patience` is how many seconds to wait for another process's lock. Raises StorageError when the file is not
    one of our databases, is damaged, or cannot be read.
    """
    try:
        with closing(sqlite.connect_to_read(file, key, patience=patience)) as connection:
            tables = {
                name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            }
            if not tables - {"alembic_version"}:
                return None
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            if application != APPLICATION_ID or "alembic_version" not in tables:
                raise StorageError(
                    "{file} is not a database of CoSteer Desktop; move it away and start again.", file=file
                )
            revisions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite.Error as error:
        raise database_failure(file, error) from error
    if len(revisions) != 1 or not isinstance(revisions[0][0], str):
        raise StorageError(
            "The database {file} is damaged (it names no version); restore a backup of it.", file=file
        )
    return revisions[0][0]


def refuse_newer(file: Path, revision: str) -> None:
    """Raise DatabaseTooNew unless `revision` is one that this version of the program knows."""
    if revision == HEAD:
        return
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if revision not in known:
        raise DatabaseTooNew(
            "The database {file} was written by a newer version of CoSteer Desktop; update the application. "
            "Nothing was changed.",
            file=file,
        )


def migrate(connection: Connection, *, target: str = "head") -> None:
    """Bring the database to `target`, up or down, inside the transaction that `connection` has begun.

    The transaction must be a writing one from its first statement, so that of two processes that start at once
    the second sees what the first has done. The connection's foreign keys must be off, as for every rebuilding of
    tables in SQLite; they are checked here instead.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    current = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory.from_config(config)
    passed = [] if current is None else [one.revision for one in scripts.iterate_revisions(current, "base")]
    if target in ("base", *passed):
        command.downgrade(config, target)
    else:
        command.upgrade(config, target)
    dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if dangling:
        raise BugError("The database could not be updated, and nothing was changed; please report this.")
