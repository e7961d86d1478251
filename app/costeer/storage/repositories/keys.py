"""Keys of what is kept outside the database, so that it is protected as the database is."""

from __future__ import annotations

import os

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from costeer.storage.database import Database
from costeer.storage.models import KeyRow

_KEY_BYTES = 32


class KeyRepository:
    """Any thread; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def key(self, name: str) -> bytes:
        """256 bits, made at the first call."""
        wanted = select(KeyRow.key).where(KeyRow.name == name)
        with self._database.reading() as session:
            if (known := session.scalar(wanted)) is not None:
                return known
        with self._database.writing() as session:
            new = insert(KeyRow).values(name=name, key=os.urandom(_KEY_BYTES))
            session.execute(new.on_conflict_do_nothing())  # another program may have been faster
            return session.scalars(wanted).one()
