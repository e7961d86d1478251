"""What was decided about the database's encryption, and which keys there are, in a small file beside it.

The database itself says whether it is encrypted, and by its salt under which key. The file says what the database
cannot: that one that is missing must not be made anew without encryption, which change was under way when the
program was killed, and which keys are to be forgotten when everything is deleted. It holds no key.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from costeer.foundation.errors import StorageError
from costeer.foundation.files import write_atomically
from costeer.foundation.system_words import system_words

log = logging.getLogger(__name__)

Wish = Literal["encrypted", "plain", "open"]
"""`open`: nobody has decided; it is encrypted as soon as there is a place for its key."""

_VERSION = 1
_LONGEST = 100_000


@dataclass(frozen=True, slots=True)
class Change:
    """From one key to another, each as the salt of its database in hexadecimal digits; empty for none."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ProtectionRecord:
    """`keys`: the salts of all keys that were stored and not forgotten."""

    wish: Wish = "open"
    keys: tuple[str, ...] = ()
    change: Change | None = None


class RecordFile:
    """Read and written whole. Whoever writes holds the database's `UseLock` alone."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> ProtectionRecord:
        """What cannot be read counts as a wish for encryption: that is the side where nothing is given away."""
        try:
            with self._file.open("rb") as opened:
                data = opened.read(_LONGEST)
        except FileNotFoundError:
            return ProtectionRecord()
        except OSError as error:
            raise StorageError(
                "{file} cannot be read ({why}); allow reading it.", file=self._file, why=system_words(error)
            ) from error
        try:
            return _parsed(json.loads(data))
        except (ValueError, TypeError, KeyError, RecursionError):
            log.warning("%s is damaged; the database counts as one that is to be encrypted", self._file.name)
            return ProtectionRecord("encrypted")

    def write(self, record: ProtectionRecord) -> None:
        """Raises StorageError."""
        value = {"version": _VERSION, **asdict(record)}
        try:
            write_atomically(self._file, json.dumps(value, indent=1).encode())
        except OSError as error:
            raise StorageError(
                "{file} cannot be written ({why}); free some space, or allow writing there.",
                file=self._file,
                why=system_words(error),
            ) from error


def _parsed(value: dict[str, object]) -> ProtectionRecord:
    """Raises ValueError, TypeError or KeyError for what we have not written."""
    wish, keys, change = value["wish"], value["keys"], value["change"]
    if value["version"] != _VERSION or not isinstance(keys, list):
        raise ValueError("another version")
    if wish not in ("encrypted", "plain", "open"):
        raise ValueError("another wish")
    salts = tuple(_salt(one) for one in keys)
    if change is not None:
        if not isinstance(change, dict):
            raise TypeError("another form")
        change = Change(_salt(change["before"]), _salt(change["after"]))
    return ProtectionRecord(wish, salts, change)


def _salt(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("another form")
    bytes.fromhex(value)
    return value
