"""Replacing a database by one under another key, so that after a crash at any moment there is the one or the
other, with its key, and nothing else.

    1  the change is put on record, the log goes into the file
    2  the new key is put on record, and stored
    3  the new database is made beside the old one      a crash until here: the copy and its key are removed
    4  it gets the old one's name                       a crash: the old one gets its name back, then the same
    5  the old one is overwritten, its key forgotten    a crash: this is done at the next start

Whoever calls this holds the database's `UseLock` alone. Any thread but the window's.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Callable
from pathlib import Path

from costeer.foundation.errors import KnownError, StorageError
from costeer.foundation.system_words import system_words
from costeer.privacy.database_key import DatabaseKey
from costeer.privacy.database_keys import DatabaseKeys
from costeer.services.at_rest.record import Change, RecordFile
from costeer.storage import sqlite
from costeer.storage.swapping import come_to_rest, keep_aside, new_of, settle, swap_in, take_up

log = logging.getLogger(__name__)

Make = Callable[[Path], None]
"""Makes the database that is to be used from now on at the path it is given: whole, proved and on the disk."""


_UNREADABLE = "00"
"""In the place of the salt of a database that is not to be forgotten."""


class DatabaseChanger:
    """Of the database `file`."""

    def __init__(self, file: Path, keys: DatabaseKeys, record: RecordFile) -> None:
        self._file = file
        self._keys = keys
        self._record = record

    def keep(self, key: DatabaseKey, passphrase: str) -> None:
        """Store a new key, on record first so that it is found when everything is deleted. Raises KnownError."""
        record = self._record.read()
        self._record.write(dataclasses.replace(record, keys=(*record.keys, key.salt.hex())))
        try:
            self._keys.store(key, passphrase)
        except BaseException:
            self._record.write(record)
            with contextlib.suppress(KnownError):
                self._keys.forget(key.salt)
            raise

    def replace(self, old: DatabaseKey | None, new: DatabaseKey | None, passphrase: str, make: Make) -> None:
        """Raises what `make` raises, and KnownError; the old database is in place then."""
        self.settle()
        self._begin(_salt(old), new)
        try:
            if self._file.exists():
                come_to_rest(self._file, old)
            self._make(new, passphrase, make)
            swap_in(self._file)
        except BaseException:
            self.settle()
            raise
        self.settle()

    def put_beside(self, new: DatabaseKey | None, passphrase: str, make: Make) -> Path:
        """As `replace`, of a database that cannot be read: it is not removed, and its key, wherever that is, not
        forgotten. Returns where it is now."""
        self.settle()
        self._begin(_UNREADABLE, new)
        kept = self._file
        try:
            self._make(new, passphrase, make)
            kept = keep_aside(self._file)
            take_up(self._file)
        except BaseException:
            self.settle()
            raise
        self.settle()
        return kept

    def _begin(self, before: str, new: DatabaseKey | None) -> None:
        self._record.write(dataclasses.replace(self._record.read(), change=Change(before, _salt(new))))

    def _make(self, new: DatabaseKey | None, passphrase: str, make: Make) -> None:
        if new is not None:
            self.keep(new, passphrase)
        make(new_of(self._file))

    def settle(self) -> None:
        """Finish, or take back, what was interrupted. Raises StorageError."""
        record = self._record.read()
        change = record.change
        if change is not None and change.before == _UNREADABLE and not self._file.exists():
            take_up(self._file)  # the other one is aside, which comes after the new one was made
        settle(self._file)
        if change is None:
            return
        try:
            # A database that is missing now may come back, and will want its key.
            salt = (sqlite.salt_of(self._file) or b"").hex() if self._file.exists() else "missing"
        except OSError as error:
            raise StorageError(
                "The database {file} cannot be read ({why}).", file=self._file, why=system_words(error)
            ) from error
        unneeded = ""
        if salt == change.after:
            before = "" if change.before == _UNREADABLE else change.before
            unneeded = before
            record = dataclasses.replace(
                record, wish="encrypted" if change.after else "plain" if before else record.wish
            )
        elif salt == change.before or change.before == _UNREADABLE:
            unneeded = change.after
        if unneeded:
            try:
                self._keys.forget(bytes.fromhex(unneeded))
            except KnownError as error:
                log.warning("a key that is not needed any more could not be removed: %s", error.user_message)
                self._record.write(record)  # the next start tries again
                return
        keys = tuple(one for one in record.keys if one != unneeded)
        self._record.write(dataclasses.replace(record, keys=keys, change=None))


def _salt(key: DatabaseKey | None) -> str:
    return "" if key is None else key.salt.hex()
