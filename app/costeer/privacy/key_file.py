"""API keys in a file, for computers without a keychain: each sealed by AES-GCM under a key that scrypt makes of a
passphrase.

The file tells the names of the endpoints that have a key (the settings tell those too) and nothing else to who
does not know the passphrase. A key is sealed together with its name, so that editing the file cannot give it to
another endpoint. The passphrase is kept nowhere; what was made of it, in memory until the program ends.
"""

from __future__ import annotations

import base64
import json
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

from costeer.foundation.errors import BadInput, KeysLocked, KnownError
from costeer.foundation.files import write_atomically
from costeer.foundation.given_secrets import PASSPHRASE
from costeer.foundation.system_words import system_words
from costeer.foundation.translatable import Translatable
from costeer.privacy.sealing import SCRYPT_N, is_cost, key_from, seal, unseal

_VERSION = 1
_LONGEST_FILE = 1_000_000
_CHECK = "check"


@dataclass(slots=True)
class _Content:
    """The file, as it is written: sealed values in base64."""

    salt: bytes
    n: int
    check: str
    keys: dict[str, str] = field(default_factory=dict)


class KeyFile:
    """Any thread. Programs that store at the same time may lose one of the two keys, never the file."""

    def __init__(self, file: Path, *, n: int = SCRYPT_N) -> None:
        """`n` is scrypt's cost for a new file. The folder must be there."""
        self._file = file
        self._n = n
        self._lock = threading.Lock()
        self._made: tuple[bytes, bytes] | None = None  # the salt, and what scrypt made with it

    @property
    def file(self) -> Path:
        return self._file

    @property
    def exists(self) -> bool:
        return self._file.exists()

    @property
    def unlocked(self) -> bool:
        return self._made is not None

    def has(self, name: str) -> bool:
        """Whether `name` has a key here. Raises KnownError for a file that cannot be read."""
        content = self._read()
        return content is not None and name in content.keys

    def unlock(self, passphrase: str) -> None:
        """With the passphrase of the file; where there is none yet, one is begun with this passphrase.

        Takes a third of a second. Raises BadInput for a wrong or empty passphrase, KnownError for a file that
        cannot be read or written.
        """
        if not passphrase:
            raise BadInput("An empty passphrase protects nothing; choose another.")
        with self._lock:
            content = self._read()
            salt = content.salt if content is not None else os.urandom(16)
            key = key_from(passphrase, salt, content.n if content is not None else self._n)
            if content is None:
                self._write(_Content(salt, self._n, seal(key, _CHECK, "")))
            elif unseal(key, _CHECK, content.check) is None:
                raise BadInput(
                    "The passphrase does not open the keys in {file}; try again, or move that file away "
                    "and enter the keys anew.",
                    file=self._file,
                )
            self._made = (salt, key)

    def read(self, name: str) -> str:
        """The key of `name`; empty when there is none. Raises KeysLocked, KnownError."""
        with self._lock:
            content = self._read()
            if content is None or name not in content.keys:
                return ""
            key = unseal(self._key(content), name, content.keys[name])
        if key is None:
            raise self._unusable(Translatable("a key in it was changed"))
        return key

    def store(self, name: str, key: str) -> None:
        """Raises KeysLocked, KnownError."""
        with self._lock:
            content = self._read()
            if content is None:
                self._made = None
                raise self._locked()
            content.keys[name] = seal(self._key(content), name, key)
            self._write(content)

    def remove(self, name: str) -> None:
        """Needs no passphrase. Raises KnownError."""
        with self._lock:
            content = self._read()
            if content is not None and content.keys.pop(name, None) is not None:
                self._write(content)

    def _key(self, content: _Content) -> bytes:
        if self._made is not None and self._made[0] != content.salt:
            self._made = None  # another program has begun the file anew
        if self._made is None:
            raise self._locked()
        return self._made[1]

    def _locked(self) -> KeysLocked:
        return KeysLocked(
            "The keys in {file} are locked; unlock them with your passphrase, or set {variable} in the "
            "environment.",
            file=self._file,
            variable=PASSPHRASE,
        )

    def _read(self) -> _Content | None:
        try:
            with self._file.open("rb") as file:
                data = file.read(_LONGEST_FILE)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(system_words(error)) from error
        try:
            return _parsed(json.loads(data))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise self._unusable(Translatable("it is damaged")) from error

    def _write(self, content: _Content) -> None:
        value = {
            "version": _VERSION,
            "salt": base64.b64encode(content.salt).decode(),
            "n": content.n,
            "check": content.check,
            "keys": content.keys,
        }
        try:
            write_atomically(self._file, json.dumps(value, indent=1).encode())
        except OSError as error:
            raise KnownError(
                "The key was not stored, because {file} cannot be written ({why}); "
                "free some space, or allow writing there.",
                file=self._file,
                why=system_words(error),
            ) from error

    def _unusable(self, why: Translatable) -> KnownError:
        return KnownError(
            "The keys in {file} cannot be read ({why}); move that file away and enter the keys anew.",
            file=self._file,
            why=why,
        )


def _parsed(value: dict[str, object]) -> _Content:
    """Raises ValueError, TypeError or KeyError for what we have not written."""
    salt, n, check, keys = (value[name] for name in ("salt", "n", "check", "keys"))
    if not (isinstance(salt, str) and isinstance(check, str) and isinstance(keys, dict) and type(n) is int):
        raise TypeError("another form")
    if value["version"] != _VERSION or not is_cost(n):
        raise ValueError("another version")
    if not all(isinstance(one, str) for one in keys.values()):
        raise TypeError("another form")
    return _Content(base64.b64decode(salt, validate=True), n, check, keys)
