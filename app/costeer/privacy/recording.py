"""What the ledger gets to know of one exchange: collected while it goes on, written in two records.

The sizes that are written with the outcome were counted at the connection (`meter`), and stay None where nobody
counts: through a proxy, and of a connection that was used before and failed without an answer. Left out
everywhere: TCP and what is below, connections that were opened ahead and never needed, and what was still on its
way, or in the system's hands, when a connection was cut.
"""

from __future__ import annotations

import dataclasses
import hashlib
import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

import httpx

from costeer.foundation.translatable import translatable
from costeer.privacy.exchange import Exchange, TrafficEvent, TrafficObserver
from costeer.privacy.failures import failure_of
from costeer.privacy.ledger import LedgerRecord, LedgerSink
from costeer.privacy.meter import Crossed, Meter
from costeer.privacy.wire import Wire

KEPT_BODY = 8_000_000
"""Bytes of a response body that the ledger keeps; what is beyond is counted, not kept, and `detail` says so."""

NOT_KEPT = "temporary chat: not kept"
"""How the record of a body that is not kept begins."""

CLOSED_BY_US = translatable("closed by us")
BEFORE_ANSWER = translatable("closed by us before an answer")

_SHORTEST_KEY = 6
_REFUSED = translatable("a guard refused it; not sent")

Clock = Callable[[], datetime]


class KeptBody:
    """A body as the ledger has it: its first so many bytes, without the key."""

    def __init__(self, most: int, key: str = "") -> None:
        self._most = most
        self._key = key
        self._parts: list[bytes] = []
        self._kept = 0
        self._hash = hashlib.sha256()
        self.size = 0

    def add(self, chunk: bytes) -> None:
        self.size += len(chunk)
        part = chunk[: self._most - self._kept]
        self._hash.update(part)
        if part:
            self._parts.append(part)
            self._kept += len(part)

    def told(self) -> tuple[str, str]:
        """The text, and what has to be known of it: nothing where it is the body to the last byte."""
        whole = b"".join(self._parts)
        remarks = []
        try:
            text = whole.decode()
        except UnicodeDecodeError:
            text = as_text(whole)
            remarks.append(f"what is no UTF-8 is escaped; sha256 of the body's bytes {self._hash.hexdigest()}")
        if self._key and self._key in text:
            text = text.replace(self._key, "[key]")
            remarks.append("the key is blanked")
        if self.size > self._kept:
            remarks.append(f"{self.size - self._kept} of {self.size} bytes of the body not kept")
        return text, "; ".join(remarks)


class UnkeptBody(KeptBody):
    """A body that is only counted and hashed."""

    def add(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._hash.update(chunk)

    def told(self) -> tuple[str, str]:
        return (f"{NOT_KEPT}; sha256 {self._hash.hexdigest()}" if self.size else ""), ""


class RecordKeeper:
    """Collects one exchange and writes its records. Used by the thread of the exchange, except `finish`."""

    def __init__(
        self,
        exchange: Exchange,
        request: httpx.Request,
        body: bytes,
        kept: type[KeptBody],
        ledger: LedgerSink,
        observers: Sequence[TrafficObserver],
        clock: Clock,
    ) -> None:
        self._exchange = exchange
        self._ledger = ledger
        self._observers = observers
        self._clock = clock
        self._lock = threading.Lock()
        self._finished = False
        self._meter: Meter | None = None
        self._crossed: Crossed | None = None
        self._nothing_left = False
        self._told = (0, 0)  # bytes up and down that observers know of
        self._body = kept(KEPT_BODY, _key_of(request))
        sent = kept(len(body))
        sent.add(body)
        text, remark = sent.told()
        self._record = LedgerRecord(
            kind="request",
            exchange=uuid.uuid4().hex,
            time=self._now(),
            purpose=exchange.purpose,
            endpoint=exchange.endpoint,
            method=request.method,
            url=str(request.url),
            header_names=_names(request.headers),
            body=text,
            size=request_size(request, body),
            detail=remark,
            message_id=exchange.message_id,
        )
        self._answer = dataclasses.replace(self._record, header_names=(), body="", size=0, detail="")

    def refused(self) -> None:
        """A guard stopped it. What it would have said stays out of the ledger, too."""
        record = dataclasses.replace(self._record, kind="refused", body="", detail=_REFUSED)
        self._ledger.append(record)

    def sending(self) -> None:
        self._ledger.append(self._record)
        self._tell("sending")

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """httpcore's trace hook: the only place where it shows a new connection, and the end of sending."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            stream = info["return_value"]
            if isinstance(stream, Wire):
                self.uses(stream)
            if self._exchange.line is not None:
                self._exchange.line.connected(stream.get_extra_info("socket"))
        elif event.endswith(".send_request_body.complete"):
            self.sent()

    def uses(self, meter: Meter) -> None:
        self._meter = meter

    def sent(self) -> None:
        if not self._told[0]:
            self._tell("sent", up=self._record.size)

    def answered(self, response: httpx.Response) -> None:
        head = response_head_size(response)
        self._answer = dataclasses.replace(
            self._answer, status=response.status_code, header_names=_names(response.headers), size=head
        )
        self._tell("received", down=head)

    def received(self, chunk: bytes) -> None:
        self._body.add(chunk)
        self._tell("received", down=len(chunk))

    def failed_before_answer(self, error: Exception) -> None:
        self._nothing_left = isinstance(error, httpx.HTTPError) and failure_of(error).nothing_sent
        hung_up = self._exchange.line is not None and self._exchange.line.hung_up
        self.finish("failure", BEFORE_ANSWER if hung_up else describe(error))

    def ended(self) -> None:
        # A body that only the end of the connection ends looks complete when it was we who hung up.
        hung_up = self._exchange.line is not None and self._exchange.line.hung_up
        self.finish("response", CLOSED_BY_US if hung_up else "")

    def broke(self, error: Exception) -> None:
        if self._exchange.line is not None and self._exchange.line.hung_up:
            self.finish("response", CLOSED_BY_US)
        else:
            self.finish("failure", describe(error))

    def count(self) -> None:
        """Ask the connection what crossed, for the last time."""
        if self._meter is not None:
            self._crossed, self._meter = self._meter.take(), None
        elif self._crossed is None and self._nothing_left:
            self._crossed = Crossed()

    def finish(self, kind: Literal["response", "failure"], detail: str) -> None:
        """Write the second record. Later calls do nothing: the first one knows best how it ended."""
        with self._lock:
            if self._finished:
                return
            self._finished = True
        self.count()
        crossed = self._crossed
        text, remark = self._body.told()
        try:
            self._ledger.append(
                dataclasses.replace(
                    self._answer,
                    kind=kind,
                    time=self._now(),
                    body=text,
                    size=self._answer.size + self._body.size if crossed is None else crossed.down,
                    detail="; ".join(one for one in (detail, remark) if one),
                    sent=None if crossed is None else crossed.up,
                    overhead_up=None if crossed is None else crossed.overhead_up,
                    overhead_down=None if crossed is None else crossed.overhead_down,
                )
            )
        finally:
            up, down = self._told
            # What observers were told meanwhile was worked out; now it is known.
            rest = (0, 0) if crossed is None else (crossed.up - up, crossed.down - down)
            self._tell("over", up=rest[0], down=rest[1])

    def _now(self) -> str:
        return self._clock().isoformat()

    def _tell(self, kind: Literal["sending", "sent", "received", "over"], *, up: int = 0, down: int = 0) -> None:
        self._told = (self._told[0] + up, self._told[1] + down)
        one = self._exchange
        for observer in self._observers:
            observer(
                TrafficEvent(
                    kind, self._record.exchange, one.purpose, one.endpoint, one.message_id, up=up, down=down
                )
            )


def _key_of(request: httpx.Request) -> str:
    """The key that `request` carries; empty for none, or for one too short to be told from other text."""
    key = request.headers.get("authorization", "").rpartition(" ")[2]
    return key if len(key) >= _SHORTEST_KEY else ""


def request_size(request: httpx.Request, body: bytes) -> int:
    """Bytes of start line, headers, blank line and body, as HTTP/1.1 writes them."""
    start = len(request.method) + 1 + len(request.url.raw_path) + len(" HTTP/1.1\r\n")
    return start + _header_size(request.headers) + len(body)


def response_head_size(response: httpx.Response) -> int:
    """Bytes of the status line, headers and blank line."""
    reason = response.extensions.get("reason_phrase", b"")
    return len("HTTP/1.1 200 ") + len(reason) + 2 + _header_size(response.headers)


def _header_size(headers: httpx.Headers) -> int:
    return sum(len(name) + len(value) + len(": \r\n") for name, value in headers.raw) + 2


def _names(headers: httpx.Headers) -> tuple[str, ...]:
    return tuple(name.decode("ascii", "backslashreplace").lower() for name, _ in headers.raw)


def as_text(body: bytes) -> str:
    """Bytes as text that any database holds: what is not UTF-8 is escaped."""
    return body.decode("utf-8", "backslashreplace")


def describe(error: Exception) -> str:
    """An httpx error for the ledger: its kind and its text."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
