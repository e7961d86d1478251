"""Rows of the ledger as entries, and entries as rows.

Reading trusts nothing: a row that somebody edited behind the program's back has to be shown and checked, not to
make the reading of it fail. So texts are read as the bytes they are, and what is no text, or no number, reads as
something that was never written.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import LargeBinary, case, cast, func, select, type_coerce
from sqlalchemy.types import NullType

from costeer.privacy.ledger import LedgerEntry, LedgerRecord
from costeer.storage.models import LedgerRow

_PLACE = ("sequence", "previous", "hash", "format", "salt", "body_hash")
_NUMBERS = ("size", "status", "format", "sent", "overhead_up", "overhead_down")
_TEXTS = tuple(
    name for name in (*LedgerRecord.__slots__, *_PLACE) if name not in ("sequence", "header_names", *_NUMBERS)
)
_UNREADABLE = "not as it was written: "


def _column(name: str) -> Any:
    return LedgerRow.__table__.c[name]


def _number(name: str) -> Any:
    """As SQLite keeps it. A text in its place may be no UTF-8, which sqlite3 cannot read; its bytes it can."""
    column = type_coerce(_column(name), NullType())
    return case((func.typeof(column) == "text", cast(column, LargeBinary)), else_=column).label(name)


ENTRIES = select(
    _column("sequence"),
    *(cast(_column(name), LargeBinary).label(name) for name in (*_TEXTS, "header_names")),
    *(_number(name) for name in _NUMBERS),
)
"""Every column, as `entry_of` takes it."""


def entry_of(row: Sequence[Any]) -> LedgerEntry:
    """The entry in a row of ENTRIES, whatever is in it."""
    texts = (_text(one) for one in row[1 : 1 + len(_TEXTS)])
    values = dict(zip(_TEXTS, texts, strict=True), sequence=row[0])
    values.update(zip(_NUMBERS, row[2 + len(_TEXTS) :], strict=True))
    values["header_names"] = _names(row[1 + len(_TEXTS)])
    place = {name: values.pop(name) for name in _PLACE}
    return LedgerEntry(record=LedgerRecord(**values), **place)


def row_of(entry: LedgerEntry) -> dict[str, Any]:
    """By column, for an insert."""
    return {**entry.record.fields(), **{name: getattr(entry, name) for name in _PLACE}}


def _text(stored: bytes | None) -> Any:
    """As `columns.ExactText` keeps it."""
    if stored is None:
        return None
    try:
        return stored.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return _UNREADABLE + stored.decode("utf-8", "backslashreplace")


def _names(stored: bytes | None) -> tuple[str, ...]:
    try:
        names = json.loads(_text(stored))
    except (ValueError, TypeError, RecursionError):
        names = None
    if isinstance(names, list) and all(isinstance(one, str) for one in names):
        return tuple(names)
    return (f"{_UNREADABLE}{stored!r}",)
