"""The one way out: every request passes this transport, which writes the ledger before it sends.

Order, for each request: the guards look at it (a "refused" record says when one of them stops it); a "request"
record is safely in the ledger; the first byte leaves.
When the response is over, a "response" record follows, or a "failure" record when it broke off. Header names are
recorded, header values (keys!) never; where a server repeats the key in its answer, it is blanked. Redirects are
not followed and cookies are dropped, so that a server can neither send a request elsewhere nor mark this
installation. Nothing is retried behind the caller's back.

What is exchanged for a message that is not to be kept (a temporary chat's) is recorded without its body: purpose,
sizes and times as ever, and the body's hash, so that a copy of it that somebody else has can be told to be one.

How much crossed is worked out before it is sent, and counted at the connection when it is over (`recording`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import httpx

from costeer.foundation.errors import TransmissionRefused
from costeer.privacy.exchange import TrafficObserver, exchange_of
from costeer.privacy.guards import Guard
from costeer.privacy.ledger import LedgerSink
from costeer.privacy.network import Network
from costeer.privacy.recording import CLOSED_BY_US, Clock, KeptBody, RecordKeeper, UnkeptBody

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0

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
        kept = UnkeptBody if self._is_unkept(exchange.message_id) else KeptBody
        record = RecordKeeper(exchange, request, body, kept, self._ledger, self._observers, self._clock)
        try:
            for guard in self._guards:
                guard(request, body)
        except TransmissionRefused:
            record.refused()
            raise
        record.sending()
        request.extensions = {**request.extensions, "trace": record.trace}
        if exchange.purpose in ("template", "tokenize"):
            self._network.prepare()  # an answer is what is asked for next
        try:
            response = self._network.handle_request(request, body, exchange.line, record)
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

    def __init__(self, inner: httpx.SyncByteStream, record: RecordKeeper) -> None:
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
        self._record.count()  # the connection may be another exchange's as soon as it is given back
        try:
            self._inner.close()
        finally:
            self._record.finish("response", CLOSED_BY_US)
