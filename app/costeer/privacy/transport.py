"""The one way out: every request passes this transport, which writes the ledger before it sends.

Order, for each request: the guards look at it; a "request" record is safely in the ledger; the first byte leaves.
When the response is over, a "response" record follows, or a "failure" record when it broke off. Header names are
recorded, header values (keys!) never; where a server repeats the key in its answer, it is blanked. Redirects are
not followed and cookies are dropped, so that a server can neither send a request elsewhere nor mark this
installation. Nothing is retried behind the caller's back.

What is exchanged for a message that is not to be kept (a temporary chat's) is recorded without its body: purpose,
sizes and times as ever, and the body's hash, so that a copy of it that somebody else has can be told to be one.

Sizes are bytes on the wire as far as httpx shows them: start line, raw headers and body, computed here. What
it does not show is left out: chunk framing, TLS, TCP, and the handshakes; over HTTP/2, how it packs the headers.
"""

from __future__ import annotations

import dataclasses
import hashlib
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import httpx

from costeer.privacy.exchange import Exchange, TrafficEvent, TrafficObserver, exchange_of
from costeer.privacy.guards import Guard
from costeer.privacy.ledger import LedgerRecord, LedgerSink
from costeer.privacy.network import Network

KEPT_BODY = 8_000_000
"""Bytes of a response body that the ledger keeps; what is beyond is counted, not kept, and `detail` says so."""

NOT_KEPT = "temporary chat: not kept"
"""How the record of a body that is not kept begins."""

_SHORTEST_KEY = 6

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0

Clock = Callable[[], datetime]

IsUnkept = Callable[[str | None], bool]
"""Message id -> whether bodies that are exchanged for it must not be kept. Asked when a request is sent."""

HttpClient = httpx.Client
"""What `open_client` gives: for rooms that hand a client on without knowing httpx."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def open_client(
    ledger: LedgerSink,
    *,
    base_url: str,
    guards: Sequence[Guard] = (),
    observers: Sequence[TrafficObserver] = (),
    is_unkept: IsUnkept = lambda _: False,
    clock: Clock = utc_now,
    connect_seconds: float = CONNECT_SECONDS,
    read_seconds: float = READ_SECONDS,
) -> httpx.Client:
    """The only way to get an HTTP client. It may be used from any thread; close it when done.

    A proxy that the system is configured for is used, except to this computer itself. Bodies are asked for
    uncompressed, so that what the ledger shows is what was on the wire.
    """
    network = Network(base_url, connect_seconds)
    transport = LedgerTransport(
        ledger, network, guards=guards, observers=observers, is_unkept=is_unkept, clock=clock
    )
    return httpx.Client(
        base_url=base_url,
        transport=transport,
        headers={"User-Agent": "costeer-desktop", "Accept-Encoding": "identity"},
        timeout=httpx.Timeout(read_seconds, connect=connect_seconds),
        follow_redirects=False,
        trust_env=False,
    )


class LedgerTransport(httpx.BaseTransport):
    """See the module. Safe on any thread; a request is handled on the thread that sends it."""

    def __init__(
        self,
        ledger: LedgerSink,
        network: Network,
        *,
        guards: Sequence[Guard] = (),
        observers: Sequence[TrafficObserver] = (),
        is_unkept: IsUnkept = lambda _: False,
        clock: Clock = utc_now,
    ) -> None:
        """Closes `network` when it is closed itself."""
        self._ledger = ledger
        self._network = network
        self._guards = tuple(guards)
        self._observers = tuple(observers)
        self._is_unkept = is_unkept
        self._clock = clock

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises TransmissionRefused (a guard) or what the ledger raises, nothing sent; or an httpx error."""
        exchange = exchange_of(request)
        body = request.read()
        for guard in self._guards:
            guard(request, body)
        kept = _UnkeptBody if self._is_unkept(exchange.message_id) else _KeptBody
        record = _RecordKeeper(exchange, request, body, kept, self._ledger, self._observers, self._clock)
        record.sending()
        request.extensions = {**request.extensions, "trace": record.trace}
        if exchange.purpose in ("template", "tokenize"):
            self._network.prepare()  # an answer is what is asked for next
        try:
            response = self._network.handle_request(request, body, exchange.line, record.sent)
        except Exception as error:
            record.failed_before_answer(error)
            raise
        record.answered(response)
        return httpx.Response(
            response.status_code,
            headers=[(name, value) for name, value in response.headers.raw if name.lower() != b"set-cookie"],
            stream=_RecordedStream(response.stream, record),  # type: ignore[arg-type]  # always a sync stream here
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._network.close()


class _RecordedStream(httpx.SyncByteStream):
    """The response body on its way to the caller. Ending, breaking and closing each finish the record, once."""

    def __init__(self, inner: httpx.SyncByteStream, record: _RecordKeeper) -> None:
        self._inner = inner
        self._record = record

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._inner:
                self._record.received(chunk)
                yield chunk
        except Exception as error:
            self._record.broke(error)
            raise
        self._record.ended()

    def close(self) -> None:
        try:
            self._inner.close()
        finally:
            self._record.finish("response", "closed by us")


class _KeptBody:
    """A body as the ledger has it: at most so many bytes, without the key."""

    def __init__(self, most: int, key: str = "") -> None:
        self._most = most
        self._key = key
        self._parts: list[bytes] = []
        self._kept = 0
        self.size = 0

    def add(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self._kept + len(chunk) <= self._most:
            self._parts.append(chunk)
            self._kept += len(chunk)

    @property
    def lost(self) -> int:
        """Bytes that are not in `text`, though they should be."""
        return self.size - self._kept

    @property
    def text(self) -> str:
        text = as_text(b"".join(self._parts))
        return text.replace(self._key, "[key]") if self._key else text


class _UnkeptBody(_KeptBody):
    """A body that is only counted and hashed."""

    def __init__(self, most: int, key: str = "") -> None:
        super().__init__(most, key)
        self._hash = hashlib.sha256()

    def add(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._hash.update(chunk)

    @property
    def lost(self) -> int:
        return 0

    @property
    def text(self) -> str:
        return f"{NOT_KEPT}; sha256 {self._hash.hexdigest()}" if self.size else ""


class _RecordKeeper:
    """Collects one exchange and writes its two records. Used by the thread of the exchange, except `finish`."""

    def __init__(
        self,
        exchange: Exchange,
        request: httpx.Request,
        body: bytes,
        kept: type[_KeptBody],
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
        self._sent = False
        self._body = kept(KEPT_BODY, _key_of(request))
        sent = kept(len(body))
        sent.add(body)
        self._record = LedgerRecord(
            kind="request",
            exchange=uuid.uuid4().hex,
            time=self._now(),
            purpose=exchange.purpose,
            endpoint=exchange.endpoint,
            method=request.method,
            url=str(request.url),
            header_names=_names(request.headers),
            body=sent.text,
            size=request_size(request, body),
            message_id=exchange.message_id,
        )
        self._answer = dataclasses.replace(self._record, header_names=(), body="", size=0)

    def sending(self) -> None:
        self._ledger.append(self._record)
        self._tell("sending")

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """httpcore's trace hook: the only place where it shows the socket, and the end of sending."""
        line = self._exchange.line
        if line is not None and event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            line.connected(info["return_value"].get_extra_info("socket"))
        elif event.endswith(".send_request_body.complete"):
            self.sent()

    def sent(self) -> None:
        if not self._sent:
            self._sent = True
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
        hung_up = self._exchange.line is not None and self._exchange.line.hung_up
        self.finish("failure", "closed by us before an answer" if hung_up else describe(error))

    def ended(self) -> None:
        # A body that only the end of the connection ends looks complete when it was we who hung up.
        hung_up = self._exchange.line is not None and self._exchange.line.hung_up
        self.finish("response", "closed by us" if hung_up else "")

    def broke(self, error: Exception) -> None:
        if self._exchange.line is not None and self._exchange.line.hung_up:
            self.finish("response", "closed by us")
        else:
            self.finish("failure", describe(error))

    def finish(self, kind: Literal["response", "failure"], detail: str) -> None:
        """Write the second record. Later calls do nothing: the first one knows best how it ended."""
        with self._lock:
            if self._finished:
                return
            self._finished = True
        if self._body.lost:
            detail = f"{detail}; " if detail else ""
            detail += f"{self._body.lost} of {self._body.size} bytes of the body not kept"
        try:
            self._ledger.append(
                dataclasses.replace(
                    self._answer,
                    kind=kind,
                    time=self._now(),
                    body=self._body.text,
                    size=self._answer.size + self._body.size,
                    detail=detail,
                )
            )
        finally:
            self._tell("over")

    def _now(self) -> str:
        return self._clock().isoformat()

    def _tell(self, kind: Literal["sending", "sent", "received", "over"], *, up: int = 0, down: int = 0) -> None:
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
