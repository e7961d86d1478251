"""When an endpoint that takes no request now wants to be asked again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from costeer.foundation.translatable import Translatable


def seconds_asked(headers: Mapping[str, str]) -> float | None:
    """What Retry-After asks for, in seconds or as an HTTP date; None where it asks for nothing that can be read.

    A date is compared with the server's own clock, where it told that: ours may be wrong.
    """
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        seconds = float(asked)
        return seconds if math.isfinite(seconds) else None
    when = _date(asked)
    if when is None:
        return None
    now = _date(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (when - now).total_seconds())


def in_words(seconds: float | None) -> Translatable:
    """For "try again …"."""
    if seconds is None:
        return Translatable("later")
    if seconds < 120:
        return Translatable("in {count} seconds", count=math.ceil(seconds))
    minutes = math.ceil(seconds / 60)
    if minutes < 120:
        return Translatable("in {count} minutes", count=minutes)
    return Translatable("in {count} hours", count=math.ceil(minutes / 60))


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
