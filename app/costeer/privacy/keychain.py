"""API keys: in the operating system's keychain, or sealed by a passphrase where there is none. Nowhere else."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from costeer.foundation.errors import KnownError
from costeer.foundation.given_secrets import ENVIRONMENT_KEY, GIVEN, PASSPHRASE
from costeer.foundation.translatable import NOTHING, Translatable

if TYPE_CHECKING:
    from costeer.privacy.key_file import KeyFile

log = logging.getLogger(__name__)

SERVICE = "costeer-desktop"
_A_KEYCHAIN = 1.0
"""The priority, among keyring's backends, from which one really keeps secrets."""


def keychain_name() -> str:
    """The name of the keychain that keys go to; empty when this computer offers none."""
    return Keychain(SERVICE).name


class Keychain:
    """The operating system's, and in it what is kept under one service. Any thread, but never the window's: the
    system may ask the user first, and even finding out which keychain there is takes a tenth of a second.

    Behind keyring stand many libraries; what they raise is not always keyring's error.
    """

    def __init__(self, service: str) -> None:
        self._service = service

    @property
    def name(self) -> str:
        """Empty when this computer offers none; then nothing is kept."""
        import keyring

        backend = keyring.get_keyring()
        return backend.name if backend.priority >= _A_KEYCHAIN else ""

    def read(self, account: str) -> str | None:
        """None where nothing is kept under `account`. Raises KnownError when the keychain does not answer."""
        if not self.name:
            return None
        import keyring

        try:
            return keyring.get_password(self._service, account)
        except Exception as error:
            raise self._failed(Translatable("did not give the key"), error) from error

    def store(self, account: str, secret: str, otherwise: Translatable = NOTHING) -> None:
        """Raises KnownError when the keychain does not take it; `otherwise` is what else can be done then."""
        import keyring

        try:
            keyring.set_password(self._service, account, secret)
        except Exception as error:
            raise self._failed(Translatable("did not take the key"), error, otherwise) from error

    def remove(self, account: str) -> None:
        """If it is there. Raises KnownError when it stays."""
        if not self.name:
            return
        import keyring
        import keyring.errors

        try:
            with contextlib.suppress(keyring.errors.PasswordDeleteError):  # there is none
                keyring.delete_password(self._service, account)
        except Exception as error:
            raise self._failed(
                Translatable("did not remove the key of {account}", account=account), error
            ) from error

    def _failed(self, what: Translatable, error: Exception, otherwise: Translatable = NOTHING) -> KnownError:
        keychain = self.name or Translatable("This computer, which offers no keychain,")
        return KnownError(
            "{keychain} {what} ({kind}); unlock it and try again{otherwise}.",
            keychain=keychain,
            what=what,
            kind=type(error).__name__,
            otherwise=otherwise,
        )


class KeyStore:
    """The keys of the endpoints, by their names. Any thread.

    Reading looks at the environment, then the keychain, then the file: a computer may have got its keychain later.
    """

    def __init__(self, file: Path, environment: Mapping[str, str] = GIVEN) -> None:
        """`file` is for computers without a keychain; its folder must be there when a key is stored."""
        self._path = file
        self._environment = environment
        self._lock = threading.Lock()
        self._opened: KeyFile | None = None
        self._keychain = Keychain(SERVICE)

    def where(self) -> str:
        """Where keys go: the keychain's name, or the file."""
        return keychain_name() or str(self._path)

    @property
    def locked(self) -> bool:
        """Whether a passphrase has to be given before a key can be stored. A keychain sees to that itself."""
        return not keychain_name() and not self._file().unlocked

    @property
    def begun(self) -> bool:
        """Whether there is a passphrase already; if not, `unlock` chooses it."""
        return self._path.exists()

    def needs_passphrase(self, name: str) -> bool:
        """Whether `read(name)` would raise KeysLocked."""
        if self._environment.get(ENVIRONMENT_KEY) or not self._path.exists() or self._from_keychain(name):
            return False
        return self._file().has(name) and not self._file().unlocked

    def unlock(self, passphrase: str) -> None:
        """Until the program ends. Raises BadInput for a wrong or empty passphrase. See `KeyFile.unlock`."""
        self._file().unlock(passphrase)

    def read(self, name: str) -> str:
        """The key of the endpoint `name`, empty when there is none: not every server wants one.

        Raises KeysLocked when it is in the file and no passphrase was given.
        """
        key = self._environment.get(ENVIRONMENT_KEY) or self._from_keychain(name)
        if key or not self._path.exists():
            return key
        return self._file().read(name)

    def store(self, name: str, key: str) -> None:
        """Raises KeysLocked, and KnownError when the keychain or the disk does not take it."""
        if keychain_name():
            otherwise = Translatable(", or set {variable} in the environment", variable=ENVIRONMENT_KEY)
            self._keychain.store(name, key, otherwise)
        else:
            self._file().store(name, key)

    def remove(self, name: str) -> None:
        """Forget the key of `name`, if there is one. Raises KnownError when it cannot be removed."""
        self._keychain.remove(name)
        if self._path.exists():
            self._file().remove(name)

    def _from_keychain(self, name: str) -> str:
        try:
            return self._keychain.read(name) or ""
        except KnownError as error:
            # Most servers on a user's own computer want no key; one that does will say so.
            log.warning("the keychain gave no key: %s", type(error.__cause__).__name__)
            return ""

    def _file(self) -> KeyFile:
        """The file, unlocked if the environment can. Raises BadInput when that is wrong."""
        # Imported here: most computers have a keychain, and a window should not wait for it.
        from costeer.privacy.key_file import KeyFile

        with self._lock:
            if self._opened is None:
                self._opened = KeyFile(self._path)
            passphrase = self._environment.get(PASSPHRASE, "")
            if passphrase and not self._opened.unlocked:
                self._opened.unlock(passphrase)
            return self._opened
