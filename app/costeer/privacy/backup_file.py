"""The file of a backup: a database that SQLCipher has encrypted, wrapped so that each way of not being able to
read it can be told apart.

    CoSteer backup 1                      so that one knows what it is
    {"salt": …, "n": …, "check": …, …}    how the passphrase becomes the keys, and whether it is the right one
    sha256 of the line above              a flipped bit there is no wrong passphrase
    the database                          its pages have marks of their own, too
    32 bytes                              HMAC-SHA256 over all of it

Two keys are made of what scrypt makes of the passphrase: one that the database is encrypted by, one for the HMAC.
Any thread; making the keys takes a third of a second.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from costeer.foundation.errors import BadInput, KnownError
from costeer.foundation.system_words import system_words
from costeer.foundation.translatable import Translatable
from costeer.privacy.database_key import SALT_BYTES, DatabaseKey
from costeer.privacy.sealing import SCRYPT_N, is_cost, key_from, seal, unseal

MAGIC = b"CoSteer backup 1\n"

_CHECK = "check"
_CHUNK = 1 << 20
_LONGEST_HEADER = 4096
_MARK = hashlib.sha256().digest_size

_SHORT, _LONG = Translatable("its end is missing"), Translatable("it is longer than it was")
_CHANGED, _BEGINNING = Translatable("something in it was changed"), Translatable("its beginning was changed")

Watch = Callable[[int], None]
"""Told how many bytes are done; may raise Cancelled."""


@dataclass(frozen=True, slots=True)
class BackupKeys:
    """Made of a passphrase; `salt`, `n` and `check` are what stands in the file to make them again."""

    salt: bytes
    n: int
    check: str
    database: DatabaseKey
    mark: bytes

    @classmethod
    def new(cls, passphrase: str, n: int = SCRYPT_N) -> BackupKeys:
        """Raises BadInput for an empty passphrase."""
        if not passphrase:
            raise BadInput("An empty passphrase protects nothing; choose another for the backup.")
        salt = os.urandom(SALT_BYTES)
        root = key_from(passphrase, salt, n)
        return cls._of(root, salt, n, seal(root, _CHECK, ""))

    @classmethod
    def again(cls, passphrase: str, salt: bytes, n: int, check: str) -> BackupKeys | None:
        """None for a wrong passphrase."""
        root = key_from(passphrase, salt, n)
        return None if unseal(root, _CHECK, check) is None else cls._of(root, salt, n, check)

    @classmethod
    def _of(cls, root: bytes, salt: bytes, n: int, check: str) -> BackupKeys:
        secret = hmac.digest(root, b"database", "sha256")
        return cls(salt, n, check, DatabaseKey(secret, salt), hmac.digest(root, b"mark", "sha256"))


@dataclass(frozen=True, slots=True)
class _Layout:
    keys: BackupKeys
    begin: int
    size: int


def write_backup(out: BinaryIO, keys: BackupKeys, database: BinaryIO, made: str, watch: Watch) -> None:
    """Of the whole file `database`; `made` says when. Raises OSError."""
    salt = base64.b64encode(keys.salt).decode()
    size = os.fstat(database.fileno()).st_size
    header = json.dumps({"made": made, "salt": salt, "n": keys.n, "check": keys.check, "size": size}).encode()
    mark = hmac.new(keys.mark, digestmod="sha256")

    def put(data: bytes) -> None:
        mark.update(data)
        out.write(data)

    put(MAGIC + header + b"\n" + hashlib.sha256(header).hexdigest().encode() + b"\n")
    for data in _chunks(database, size, watch):
        put(data)
    out.write(mark.digest())


def read_backup(file: Path, passphrase: str, out: BinaryIO | None, watch: Watch) -> BackupKeys:
    """Check all of the file, and write the database in it to `out`, if one is given: what was written is worth
    nothing when this raises. Raises BadInput for a wrong passphrase and for what is no backup, KnownError for a
    damaged one, OSError of `out`."""
    with _opened(file) as opened:
        return _read(file, opened, passphrase, out, watch)


def check_written(file: Path, written: BinaryIO, passphrase: str, watch: Watch) -> None:
    """As `read_backup`, of what is to become `file` and can still be read. Raises the same."""
    written.flush()
    written.seek(0)
    _read(file, written, passphrase, None, watch)


def _read(file: Path, opened: BinaryIO, passphrase: str, out: BinaryIO | None, watch: Watch) -> BackupKeys:
    layout = _layout(file, opened, passphrase)
    end = layout.begin + layout.size + _MARK
    there = os.fstat(opened.fileno()).st_size
    if there != end:
        raise _damaged(file, _SHORT if there < end else _LONG)
    opened.seek(0)
    mark = hmac.new(layout.keys.mark, opened.read(layout.begin), "sha256")
    for data in _chunks(opened, layout.size, watch):
        mark.update(data)
        if out is not None:
            out.write(data)
    if not hmac.compare_digest(mark.digest(), opened.read(_MARK)):
        raise _damaged(file, _CHANGED)
    return layout.keys


def is_backup(file: Path) -> bool:
    """Whether `file` begins as our backups do. Raises OSError where that cannot be seen."""
    with file.open("rb") as opened:
        return opened.read(len(MAGIC)) == MAGIC


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise BadInput(
            "The backup {file} cannot be read ({why}); choose another file.", file=file, why=system_words(error)
        ) from error


def _layout(file: Path, opened: BinaryIO, passphrase: str) -> _Layout:
    if opened.read(len(MAGIC)) != MAGIC:
        raise BadInput("{file} is not a backup of CoSteer; choose another file.", file=file)
    header = opened.readline(_LONGEST_HEADER).rstrip(b"\n")
    digest = opened.readline(_LONGEST_HEADER)
    if digest != hashlib.sha256(header).hexdigest().encode() + b"\n":
        raise _damaged(file, _BEGINNING)
    try:
        value = json.loads(header)
        salt, n, size = base64.b64decode(value["salt"], validate=True), value["n"], value["size"]
        if not (type(n) is int and is_cost(n) and type(size) is int and size >= 0):
            raise ValueError("another form")
        check = str(value["check"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _damaged(file, _BEGINNING) from error
    keys = BackupKeys.again(passphrase, salt, n, check)
    if keys is None:
        raise BadInput("The passphrase does not open the backup {file}; try again.", file=file)
    return _Layout(keys, opened.tell(), size)


def _chunks(file: BinaryIO, size: int, watch: Watch) -> Iterator[bytes]:
    done = 0
    while done < size:
        data = file.read(min(_CHUNK, size - done))
        if not data:
            return
        done += len(data)
        watch(done)
        yield data


def _damaged(file: Path, why: Translatable) -> KnownError:
    return KnownError("The backup {file} is damaged ({why}); use another one.", file=file, why=why)
