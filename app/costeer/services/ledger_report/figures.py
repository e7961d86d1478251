"""What the ledger says of a month, or of all time, in figures: one pass over it, that checks it too.

An exchange counts where its request was made. Bytes are those that were counted at the connection, or where nobody
could, those that were worked out. A request without an outcome may have left, so it counts as if it had.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from costeer.privacy.chain import ChainCheck, ChainReport
from costeer.privacy.ledger import Head, LedgerEntry, LedgerRecord, Purpose
from costeer.privacy.recording import NOT_KEPT

MOST_REFUSALS = 100

_LOOPBACK = ("localhost", "::1")


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes of HTTP, up and down."""

    requests: int = 0
    up: int = 0
    down: int = 0

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(self.requests + other.requests, self.up + other.up, self.down + other.down)


@dataclass(frozen=True, slots=True)
class CloudPart:
    """What went to one cloud. `hosts` are the addresses; `here`: all of them are this computer."""

    endpoint: str
    hosts: tuple[str, ...]
    here: bool
    traffic: Traffic
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was stopped: by a guard, or because it went past the one door."""

    when: datetime
    by_guard: bool
    place: str
    detail: str


@dataclass(frozen=True, slots=True)
class Figures:
    """`unanswered` requests have no outcome on record, `failed` ones no whole answer; of `temporary` chats and of
    what was `forgotten` there are no words. The overhead is that of connections; `not_counted` requests are those
    whose sizes could only be worked out. `refused` counts all, `refusals` are the newest."""

    total: Traffic = Traffic()
    clouds: tuple[CloudPart, ...] = ()
    days: tuple[tuple[date, Traffic], ...] = ()
    purposes: tuple[tuple[Purpose, Traffic], ...] = ()
    overhead_up: int = 0
    overhead_down: int = 0
    not_counted: int = 0
    unanswered: int = 0
    failed: int = 0
    temporary: int = 0
    forgotten: int = 0
    refused: int = 0
    refusals: tuple[Refusal, ...] = ()


@dataclass(slots=True)
class _Cloud:
    hosts: dict[str, None] = field(default_factory=dict)
    traffic: Traffic = Traffic()
    first: datetime = datetime.max
    last: datetime = datetime.min


class Counting:
    """Fed every entry, oldest first; those that `wanted` says are counted, all are checked."""

    def __init__(self, wanted: Callable[[datetime], bool]) -> None:
        self._wanted = wanted
        self._checking = ChainCheck()
        self._intact = True
        self._open: dict[str, tuple[LedgerRecord, datetime]] = {}
        self._clouds: dict[str, _Cloud] = {}
        self._days: dict[date, Traffic] = {}
        self._purposes: dict[Purpose, Traffic] = {}
        self._overhead = [0, 0]
        self._counts = dict.fromkeys(
            ("not_counted", "unanswered", "failed", "temporary", "forgotten", "refused"), 0
        )
        self._refusals: list[Refusal] = []

    def add(self, entry: LedgerEntry) -> None:
        if self._intact:
            self._intact = self._checking.add(entry)
        one = entry.record
        when = _moment(one.time)
        if when is None:
            return
        if one.kind == "request" and self._wanted(when):
            self._open[one.exchange] = one, when
            self._counts["forgotten"] += entry.forgotten
            self._counts["temporary"] += one.body.startswith(NOT_KEPT)
        elif one.kind in ("response", "failure") and one.exchange in self._open:
            request, began = self._open.pop(one.exchange)
            self._take(request, began, one)
        elif one.kind == "refused" and self._wanted(when):
            self._counts["refused"] += 1
            self._refusals.append(Refusal(when, one.purpose != "unannounced", one.url, one.detail))
            del self._refusals[:-MOST_REFUSALS]

    def figures(self) -> Figures:
        """There are no more."""
        for request, began in self._open.values():
            self._counts["unanswered"] += 1
            self._take(request, began, None)
        self._open.clear()
        return Figures(
            total=sum(self._days.values(), Traffic()),
            clouds=tuple(self._parts()),
            days=tuple(sorted(self._days.items())),
            purposes=tuple(sorted(self._purposes.items())),
            overhead_up=self._overhead[0],
            overhead_down=self._overhead[1],
            refusals=tuple(self._refusals),
            **self._counts,
        )

    def check(self, mark: Head | None) -> ChainReport:
        """What the check found; after the last entry."""
        return self._checking.end(mark)

    def _take(self, request: LedgerRecord, began: datetime, outcome: LedgerRecord | None) -> None:
        counted = outcome is not None and outcome.sent is not None
        up = request.size if outcome is None or outcome.sent is None else outcome.sent
        traffic = Traffic(1, up, 0 if outcome is None else outcome.size)
        self._counts["not_counted"] += not counted
        if outcome is not None:
            self._counts["failed"] += outcome.kind == "failure"
            self._overhead[0] += outcome.overhead_up or 0
            self._overhead[1] += outcome.overhead_down or 0
        day = began.astimezone().date()
        self._days[day] = self._days.get(day, Traffic()) + traffic
        self._purposes[request.purpose] = self._purposes.get(request.purpose, Traffic()) + traffic
        cloud = self._clouds.setdefault(request.endpoint, _Cloud(first=began, last=began))
        cloud.hosts[_host(request.url)] = None
        cloud.traffic += traffic
        cloud.first, cloud.last = min(cloud.first, began), max(cloud.last, began)

    def _parts(self) -> Iterator[CloudPart]:
        for name, one in sorted(self._clouds.items()):
            here = all(_is_here(host) for host in one.hosts)
            yield CloudPart(name, tuple(sorted(one.hosts)), here, one.traffic, one.first, one.last)


def counted(entries: Iterable[LedgerEntry], wanted: Callable[[datetime], bool]) -> Figures:
    """The figures alone."""
    counting = Counting(wanted)
    for one in entries:
        counting.add(one)
    return counting.figures()


def _moment(text: str) -> datetime | None:
    """None for what is no time: somebody has edited it, which the check tells."""
    try:
        when = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        return None
    return when if when.tzinfo is not None else None


def _host(url: str) -> str:
    try:
        return urllib.parse.urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_here(host: str) -> bool:
    return host in _LOOPBACK or host.startswith("127.")
