"""Opening the database as it is protected, and changing how it is.

The rules. Where there is a place for a key (the keychain of the system, or a passphrase in the environment), a
new database is encrypted and a plain one becomes so when it is opened. Where there is none, it stays plain and
`status` says so. The user may wish it plain (`decrypt`); nothing else ever makes it so: an encrypted database is
opened with its key or not at all, one that is missing is not made anew without encryption, and one that somebody
has put in its place unencrypted is not opened as it is.

Any thread but the window's: keychains ask the user, and a passphrase takes a third of a second.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import BadInput, Cancelled, KnownError, StorageError
from costeer.foundation.paths import AppPaths
from costeer.foundation.progress import ProgressCallback, ignore_progress
from costeer.foundation.system_words import system_words
from costeer.foundation.translatable import NOTHING, Translatable
from costeer.privacy.database_key import DatabaseKey
from costeer.privacy.database_keys import DatabaseKeys
from costeer.services.at_rest.changing import DatabaseChanger, Make
from costeer.services.at_rest.record import RecordFile
from costeer.storage import sqlite
from costeer.storage.copying import copy_database
from costeer.storage.database import PATIENCE, Database, bring_up_to_date, make_folder
from costeer.storage.failures import IN_USE
from costeer.storage.revisions import stored_revision
from costeer.storage.swapping import is_interrupted

log = logging.getLogger(__name__)

ENCRYPTING, DECRYPTING, CHANGING = (
    Translatable("Encrypting the database"),
    Translatable("Decrypting the database"),
    Translatable("Giving the database another key"),
)
"""What is told as progress."""

Place = Literal["keychain", "passphrase", "nowhere"]

_ROUNDS = 20
"""Others may change the database between two looks at it; bounded, like everything."""

_SHORT = 0.5
"""Seconds to wait for others where a change can as well be made another time."""


@dataclass(frozen=True, slots=True)
class ProtectionStatus:
    """`place` is where the key of an encrypted database is; `keychain` the name of the system's, empty where there
    is none; `wished_plain`: the user has decided so; `next_step` is empty where nothing is to be done."""

    file: Path
    encrypted: bool
    place: Place
    keychain: str
    wished_plain: bool
    next_step: str


class DatabaseProtection:
    """Of one `Database`, which it opens."""

    def __init__(self, database: Database, keys: DatabaseKeys, record: RecordFile) -> None:
        self._database = database
        self._file = database.file
        self._keys = keys
        self._record = record
        self._changer = DatabaseChanger(database.file, keys, record)
        self._key: DatabaseKey | None = None

    @classmethod
    def of(cls, paths: AppPaths) -> DatabaseProtection:
        """Of the user's database, which is not open yet."""
        file = paths.database_file
        return cls(Database(file), DatabaseKeys(file), RecordFile(paths.protection_file))

    @property
    def database(self) -> Database:
        return self._database

    @property
    def key(self) -> DatabaseKey | None:
        """Of the open database; None for a plain one."""
        return self._key

    def open(
        self, passphrase: str = "", *, tell: ProgressCallback = ignore_progress, cancel: CancelToken | None = None
    ) -> Translatable:
        """Open the database, encrypting it first if it should be. Returns why it is not, though it should be: a
        sentence, empty where all is well. `cancel` leaves it plain for this time.

        Raises DatabaseLocked and BadInput where `passphrase` is missing or wrong; KeyLost; StorageError. Nothing
        was changed then, and it may be called again.
        """
        make_folder(self._file)
        use = self._database.use
        for _ in range(_ROUNDS):
            self._settle()
            problem = self._encrypt_by_itself(passphrase, tell, cancel or CancelToken())
            use.share(PATIENCE)
            try:
                # Not what another program has begun, or would make differently, in between.
                if not is_interrupted(self._file) and not self._is_to_be_created(problem):
                    self._key = self._key_of_file(passphrase)
                    self._database.begin(self._key)
                    return problem
            except BaseException:
                use.release()
                raise
            use.release()
        raise StorageError(IN_USE, file=self._file)

    def status(self) -> ProtectionStatus:
        """Of the file as it is, open or not. Asks which keychain there is. Raises StorageError."""
        salt, keychain = self._salt(), self._keys.keychain
        wished = salt is None and self._record.read().wish == "plain"
        place: Place = "nowhere"
        step = ""
        if salt is not None:
            place = "passphrase" if self._keys.is_sealed(salt) else "keychain"
        elif keychain or wished:
            step = "Run `costeer storage encrypt`, or use Settings, Privacy."
        else:
            step = "Choose a passphrase with `costeer storage encrypt`, or in Settings, Privacy."
        return ProtectionStatus(self._file, salt is not None, place, keychain, wished, step)

    def encrypt(
        self, passphrase: str = "", *, tell: ProgressCallback = ignore_progress, cancel: CancelToken | None = None
    ) -> None:
        """Encrypt the open, plain database, under a new key in the keychain, or sealed by `passphrase`.

        Raises BadInput where it is encrypted already or there is no place for a key; KnownError, Cancelled:
        nothing was changed then, and the database is open as before. So do `decrypt` and `change_key`.
        """
        if self._key is not None:
            raise BadInput("The database is encrypted already; `costeer storage change-key` gives it another key.")
        self._renew(passphrase, ENCRYPTING, tell, cancel)

    def decrypt(self, *, tell: ProgressCallback = ignore_progress, cancel: CancelToken | None = None) -> None:
        """Make the open database plain, and leave it so until `encrypt`. A plain one stays so."""
        old = self._key
        if old is not None:
            self._change(None, "", self._copying(old, None, DECRYPTING, tell, cancel))
            return
        with self.alone():
            self._record.write(dataclasses.replace(self._record.read(), wish="plain"))

    def change_key(
        self, passphrase: str = "", *, tell: ProgressCallback = ignore_progress, cancel: CancelToken | None = None
    ) -> None:
        """Encrypt the open database anew, under a new key in the keychain or sealed by the new `passphrase`; what
        the old key or passphrase opened it opens no more. Raises BadInput where it is plain."""
        if self._key is None:
            raise BadInput("The database is not encrypted; `costeer storage encrypt` does that.")
        self._renew(passphrase, CHANGING, tell, cancel)

    def replace(self, make: Callable[[Path, DatabaseKey | None], None], passphrase: str = "") -> Path | None:
        """Use the database that `make` makes (at a path, under a key or plain) instead of the present one, which
        is open, or closed, or cannot be read; it is protected as the present one is. Where a passphrase seals the
        present key, or this computer offers no keychain, `passphrase` or the environment's seals the new key.

        Returns where the present database is now if it cannot be read: it is kept then. Raises what `make` raises,
        BadInput without a place for the key, StorageError; nothing was changed then.
        """
        make_folder(self._file)
        with self.alone():
            return self._replace_alone(make, passphrase)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other program has the database open during the block, and this one does not use it, whether it had
        opened it or not. Raises StorageError where another has, or an answer is being stored for too long."""
        if not self._database.is_open:
            with self._database.use.alone(_SHORT):
                yield
        else:
            with self._database.set_aside(), self._opened_again(), self._database.use.alone(_SHORT):
                yield

    def is_locked(self) -> bool:
        """Whether opening it takes a passphrase that the environment does not give."""
        salt = self._salt()
        return salt is not None and self._keys.is_sealed(salt) and not self._keys.given

    def needs_passphrase(self) -> bool:
        """Whether `replace` needs one."""
        return self._is_protected() and self._is_to_be_sealed(self._salt()) and not self._keys.given

    def forget_keys(self) -> None:
        """For good: what is encrypted under them cannot be read any more, wherever a copy of it is. Raises
        KnownError when one stays."""
        salt = self._salt()
        for one in {*self._record.read().keys, *([salt.hex()] if salt is not None else [])}:
            self._keys.forget(bytes.fromhex(one))
        self._keys.forget_sealed()

    # How it is opened

    def _salt(self) -> bytes | None:
        try:
            return sqlite.salt_of(self._file)
        except OSError as error:
            raise StorageError(
                "The database {file} cannot be read ({why}); check its permissions.",
                file=self._file,
                why=system_words(error),
            ) from error

    def _is_empty(self) -> bool:
        return not self._file.exists() or self._file.stat().st_size == 0

    def _has_place(self, passphrase: str) -> bool:
        return bool(passphrase or self._keys.given or self._keys.keychain)

    def _is_to_be_created(self, problem: Translatable) -> bool:
        """Whether there is no database, and an encrypted one could be and was not made."""
        if problem or not self._is_empty():
            return False
        wish = self._record.read().wish
        return wish == "encrypted" or (wish == "open" and self._has_place(""))

    def _key_of_file(self, passphrase: str) -> DatabaseKey | None:
        salt = self._salt()
        if salt is not None:
            return self._keys.find(salt, passphrase)
        if self._record.read().wish == "encrypted":
            raise StorageError(
                "The database {file} is not encrypted, although it was: another one was put in its place. "
                "Move it away, or start where your keychain or passphrase is, which encrypts it.",
                file=self._file,
            )
        return None

    def _settle(self) -> None:
        if is_interrupted(self._file):
            with self._database.use.alone(PATIENCE):
                self._changer.settle()
        elif self._record.read().change is not None:
            try:
                with self._database.use.alone(0.0):
                    self._changer.settle()
            except StorageError as error:  # others use it: a key is left to be forgotten another time
                log.info("an ended change is not tidied up yet: %s", error.user_message)

    def _encrypt_by_itself(self, passphrase: str, tell: ProgressCallback, cancel: CancelToken) -> Translatable:
        """Encrypt the closed database, or create it encrypted, if that is how it should be. Returns why it could
        not be done; raises where going on would be less protected than before."""
        wish = self._record.read().wish
        if self._salt() is not None or wish == "plain":
            return NOTHING
        empty = self._is_empty()
        if not self._has_place(passphrase):
            if empty and wish == "encrypted":
                raise StorageError(
                    "The database {file} was encrypted and is missing; a new one is not made without "
                    "encryption. Bring it back, or start where your keychain or passphrase is.",
                    file=self._file,
                )
            return NOTHING
        sealed_by = "" if self._keys.keychain else passphrase or self._keys.given
        try:
            if empty:
                self._create(sealed_by)
            else:
                self._encrypt_closed(sealed_by, tell, cancel)
        except Cancelled:
            return Translatable("The database is not encrypted yet; the next start does it.")
        except KnownError as error:
            if wish == "encrypted":
                raise
            log.warning("the database could not be encrypted: %s", error.user_message)
            return error.said
        return NOTHING

    def _create(self, passphrase: str) -> None:
        with self._database.use.alone(PATIENCE):
            if self._is_empty():  # otherwise another program was faster
                key = DatabaseKey.new()
                self._changer.keep(key, passphrase)
                self._record.write(dataclasses.replace(self._record.read(), wish="encrypted"))
                bring_up_to_date(self._file, key)

    def _encrypt_closed(self, passphrase: str, tell: ProgressCallback, cancel: CancelToken) -> None:
        with self._database.use.alone(_SHORT):
            if self._salt() is None:
                bring_up_to_date(self._file, None)  # which refuses what is not ours, or a newer version's
                new = DatabaseKey.new()
                self._changer.replace(None, new, passphrase, self._copying(None, new, ENCRYPTING, tell, cancel))

    # How that is changed

    def _renew(
        self, passphrase: str, what: Translatable, tell: ProgressCallback, cancel: CancelToken | None
    ) -> None:
        if not passphrase and not self._keys.keychain:
            raise BadInput("This computer offers no keychain for the key; choose a passphrase.")
        new = DatabaseKey.new()
        self._change(new, passphrase, self._copying(self._key, new, what, tell, cancel))

    def _copying(
        self,
        old: DatabaseKey | None,
        new: DatabaseKey | None,
        what: Translatable,
        tell: ProgressCallback,
        cancel: CancelToken | None,
    ) -> Make:
        def make(target: Path) -> None:
            copy_database(self._file, old, target, new, tell=tell, cancel=cancel or CancelToken(), what=what)

        return make

    def _change(self, new: DatabaseKey | None, passphrase: str, make: Make) -> None:
        with self.alone():
            self._changer.replace(self._key, new, passphrase, make)
            self._key = new

    def _is_protected(self, passphrase: str = "") -> bool:
        """Whether what replaces the database is to be encrypted: never less than what is there."""
        wish = self._record.read().wish
        return self._salt() is not None or wish == "encrypted" or (wish == "open" and self._has_place(passphrase))

    def _is_to_be_sealed(self, salt: bytes | None) -> bool:
        """Whether a passphrase is wanted for the key that follows the one of `salt`: where that has one, and where
        there is no keychain."""
        return (salt is not None and self._keys.is_sealed(salt)) or not self._keys.keychain

    def _replace_alone(self, make: Callable[[Path, DatabaseKey | None], None], passphrase: str) -> Path | None:
        self._changer.settle()
        salt, protected = self._salt(), self._is_protected(passphrase)
        new = DatabaseKey.new() if protected else None
        sealed_by = (passphrase or self._keys.given) if self._is_to_be_sealed(salt) else ""
        if new is not None and not sealed_by and self._is_to_be_sealed(salt):
            raise BadInput("A passphrase is needed that opens your data from now on; choose one.")

        def make_it(target: Path) -> None:
            make(target, new)

        kept = None
        try:
            old = self._key
            if salt is None or old is None or old.salt != salt:
                old = None if salt is None else self._keys.find(salt, passphrase)
            if not self._is_empty():
                stored_revision(self._file, patience=PATIENCE, key=old)
        except KnownError as error:
            log.warning("what is to be replaced cannot be read: %s", error.user_message)
            kept = self._changer.put_beside(new, sealed_by, make_it)
        else:
            self._changer.replace(old, new, sealed_by, make_it)
        self._key = new
        return kept

    @contextmanager
    def _opened_again(self) -> Iterator[None]:
        """After the block, however it ends; those who wait for the database must not wait for ever."""
        try:
            yield
        finally:
            try:
                self._database.begin(self._key)
            except BaseException:
                self._database.close()
                raise
