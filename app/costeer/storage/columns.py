"""How values that SQLite has no type for are kept.

Each type reads back exactly what was written; nothing is rounded, trimmed or replaced.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

from costeer.foundation.translatable import NOTHING, Translatable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class ExactText(TypeDecorator[str]):
    """Any Python string, unpaired surrogates included.

    SQLite text is UTF-8, which has no room for an unpaired surrogate (a damaged paste, an undecodable byte of a
    response), and SQLCipher's functions see a text up to its first NUL only. Such a string is kept as the bytes of
    its `surrogatepass` encoding; all others are ordinary text.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | bytes | None:  # noqa: ARG002
        if value is None:
            return None
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            return value.encode("utf-8", "surrogatepass")
        return value.encode("utf-8") if "\0" in value else value

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        stored: str | bytes | None = value
        if not isinstance(stored, bytes):
            return stored
        try:
            return stored.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:  # nobody of ours wrote that; it is shown, not stumbled over
            return stored.decode("utf-8", "backslashreplace")


class Said(TypeDecorator[Translatable]):
    """A text for people, kept with its template so that it can be shown in any language.

    What was kept before that (plain English) reads back verbatim. Nothing is kept as an empty text.
    """

    impl = ExactText
    cache_ok = True

    def process_bind_param(self, value: Translatable | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return value if value is None else json.dumps(value.as_json()) if value else ""

    def process_result_value(self, value: Any, dialect: Dialect) -> Translatable | None:  # noqa: ARG002
        if not value:
            return None if value is None else NOTHING
        try:
            kept = json.loads(value)
            return Translatable.from_json(kept) if isinstance(kept, dict) else Translatable.verbatim(value)
        except ValueError:
            return Translatable.verbatim(value)


class UtcTime(TypeDecorator[datetime]):
    """A moment, kept as whole microseconds since 1970 UTC, so that it sorts and never loses its time zone."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else _EPOCH + value * _MICROSECOND
