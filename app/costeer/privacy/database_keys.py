"""Where the key of an encrypted database is: in the operating system's keychain, or sealed by a passphrase in a
file beside the database. It is found by the salt at the database's beginning.

Each sealed key has a file of its own, so that a new passphrase never touches what the old one still opens. A key
that is to be used is read back first. Nothing here is remembered. Any thread but the window's.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from costeer.foundation.errors import BadInput, DatabaseLocked, KeyLost, KeysLocked, KnownError
from costeer.foundation.files import overwrite
from costeer.foundation.given_secrets import GIVEN, PASSPHRASE
from costeer.foundation.system_words import system_words
from costeer.privacy.database_key import DatabaseKey
from costeer.privacy.keychain import Keychain

SERVICE = "costeer-desktop-database"
_NAME = "database"


class DatabaseKeys:
    """Of the database `file`, whose folder must be there when a key is stored."""

    def __init__(self, file: Path, environment: Mapping[str, str] = GIVEN) -> None:
        self._file = file
        self._environment = environment
        self._keychain = Keychain(SERVICE)

    @property
    def keychain(self) -> str:
        """Its name; empty where there is none. May ask the system."""
        return self._keychain.name

    @property
    def given(self) -> str:
        """The passphrase that the environment gives; empty for none."""
        return self._environment.get(PASSPHRASE, "")

    def is_sealed(self, salt: bytes) -> bool:
        """Whether the key is in a file, for which a passphrase is needed; otherwise it is in the keychain."""
        return self.sealed_file(salt).exists()

    def sealed_file(self, salt: bytes) -> Path:
        return self._file.with_name(f"{self._file.stem}-{salt.hex()[:16]}.key")

    def find(self, salt: bytes, passphrase: str = "") -> DatabaseKey:
        """The key of the database that begins with `salt`. Where it is sealed, `passphrase` opens it, or the
        environment's; that takes a third of a second.

        Raises DatabaseLocked without a passphrase, BadInput for a wrong one, KeyLost where there is no such key,
        KnownError where the keychain does not answer. Nothing is changed then.
        """
        if self.is_sealed(salt):
            return DatabaseKey(self._unsealed(salt, passphrase), salt)
        name = self._keychain.name
        if not name:
            raise KeyLost(
                "{file} is encrypted (or is not a database), and the keychain that holds its key is not "
                "there; start where it is, or restore a backup. Nothing was changed.",
                file=self._file,
            )
        kept = self._keychain.read(salt.hex())
        if kept is None:
            raise KeyLost(
                "{file} is encrypted (or is not a database), and {keychain} holds no key for it; bring back "
                "the keychain that does, or restore a backup. Nothing was changed.",
                file=self._file,
                keychain=name,
            )
        return DatabaseKey(self._from_hex(kept, name), salt)

    def store(self, key: DatabaseKey, passphrase: str = "") -> None:
        """Into a file sealed by `passphrase`, or into the keychain where that is empty; it is there when this
        returns. Raises KnownError, BadInput."""
        if passphrase:
            from costeer.privacy.key_file import KeyFile

            file = KeyFile(self.sealed_file(key.salt))
            file.unlock(passphrase)
            file.store(_NAME, key.secret.hex())
        else:
            self._keychain.store(key.salt.hex(), key.secret.hex())
        if self.find(key.salt, passphrase) != key:
            raise KnownError(
                "{place} does not keep what it is given, so the "
                "database was not encrypted; choose a passphrase with `costeer storage encrypt --passphrase`.",
                place=self._keychain.name or self.sealed_file(key.salt),
            )

    def forget(self, salt: bytes) -> None:
        """For good; whoever has a copy of its database cannot read that any more. Raises KnownError."""
        self._remove(self.sealed_file(salt))
        self._keychain.remove(salt.hex())

    def forget_sealed(self) -> None:
        """The sealed keys of all databases that ever were here. Raises KnownError."""
        for file in self._file.parent.glob(f"{self._file.stem}-*.key"):
            self._remove(file)

    def _remove(self, file: Path) -> None:
        try:
            if file.exists():
                overwrite(file)
                file.unlink()
        except OSError as error:
            raise KnownError(
                "The key in {file} cannot be removed ({why}); remove it by hand.",
                file=file,
                why=system_words(error),
            ) from error

    def _unsealed(self, salt: bytes, passphrase: str) -> bytes:
        from costeer.privacy.key_file import KeyFile  # a window should not wait for it

        used = passphrase or self.given
        path = self.sealed_file(salt)
        if not used:
            raise DatabaseLocked(
                "The database {file} is locked by your passphrase; enter it, or set {variable} in the "
                "environment.",
                file=self._file,
                variable=PASSPHRASE,
            )
        file = KeyFile(path)
        try:
            file.unlock(used)
            return self._from_hex(file.read(_NAME), str(path))
        except BadInput as wrong:
            if passphrase:
                raise BadInput("The passphrase does not open the database; try again.") from wrong
            raise BadInput(
                "The passphrase in {variable} does not open the database; try again.", variable=PASSPHRASE
            ) from wrong
        except (KeysLocked, KnownError) as error:
            raise self._damaged(str(path)) from error

    def _from_hex(self, kept: str, where: str) -> bytes:
        try:
            secret = bytes.fromhex(kept)
        except ValueError as error:
            raise self._damaged(where) from error
        if len(secret) != DatabaseKey.SECRET_BYTES:
            raise self._damaged(where)
        return secret

    def _damaged(self, where: str) -> KeyLost:
        return KeyLost(
            "The key of the database {file} in {where} is damaged; bring back that key or restore a "
            "backup. Nothing was changed.",
            file=self._file,
            where=where,
        )
