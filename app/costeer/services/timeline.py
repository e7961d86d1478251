"""A month of the ledger, day by day: values that the window draws and lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self

from costeer.privacy.ledger import Purpose
from costeer.storage.repositories import DayPart


@dataclass(frozen=True, slots=True)
class DayTotal:
    """What crossed on one day: bytes up and down as on the wire, and of the answers begun on it, the tokens that
    the cloud was told and the leak bits."""

    day: date
    requests: int = 0
    up: int = 0
    down: int = 0
    tokens: int = 0
    leak_bits: float = 0.0

    @property
    def bytes(self) -> int:
        return self.up + self.down

    def __add__(self, part: DayPart | DayTotal) -> DayTotal:
        return DayTotal(
            self.day,
            self.requests + part.requests,
            self.up + part.up,
            self.down + part.down,
            self.tokens + part.tokens,
            self.leak_bits + part.leak_bits,
        )


@dataclass(frozen=True, slots=True)
class Month:
    """`first` is its first day; `parts` are in the order of days, endpoints and purposes."""

    first: date
    parts: Sequence[DayPart] = ()

    @classmethod
    def of(cls, day: date) -> Self:
        """The month that `day` is in, of which nothing is known yet."""
        return cls(day.replace(day=1))

    @property
    def after(self) -> date:
        """The first day of the next one."""
        return (self.first + timedelta(days=31)).replace(day=1)

    @property
    def before(self) -> date:
        """The first day of the one before."""
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def endpoints(self) -> tuple[str, ...]:
        return tuple(sorted({one.endpoint for one in self.parts}))

    @property
    def purposes(self) -> tuple[Purpose, ...]:
        return tuple(sorted({one.purpose for one in self.parts}))

    def days(self, endpoint: str | None = None, purpose: Purpose | None = None) -> list[DayTotal]:
        """Every day of the month, those on which nothing crossed included."""
        count = (self.after - self.first).days
        totals = {day: DayTotal(day) for day in (self.first + timedelta(days=at) for at in range(count))}
        for one in self.parts:
            if endpoint in (None, one.endpoint) and purpose in (None, one.purpose):
                totals[one.day] += one
        return list(totals.values())


def bounds(first: date, after: date) -> tuple[datetime, datetime]:
    """The moments at which the days from `first` on begin, and at which `after` begins, where this computer is."""
    return datetime.combine(first, time()).astimezone(), datetime.combine(after, time()).astimezone()
