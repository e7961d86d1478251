"""Spare connections: the next stream finds a connection that is already there.

A steered answer cuts its stream and opens the next, many times. A cut HTTP/1.1 stream costs its connection, and a
new one costs a round trip for TCP and one or two for TLS before the request can leave. So connections are opened
ahead, and handed out when httpcore asks for one.

**What an observer of the network sees.** Up to `SPARES` connections to the same server, opened right after a
request, that carry nothing but the handshake and, when they are not needed, are closed after `SPARE_SECONDS`.
That tells no more than the requests themselves do: when one was made. Nothing of HTTP is sent on a spare
connection, so there is nothing for the ledger to record.

A spare connection is used only while it is young and silent; one that its peer has closed or spoken on is dropped.
When a request fails on it all the same, that is told to the caller like any other failure: nothing is repeated.
"""

from __future__ import annotations

import ssl
import threading
from collections import deque
from collections.abc import Iterable

import httpcore

from costeer.privacy.wire import Wire

SPARES = 2
SPARE_SECONDS = 4.0  # llama-server closes an unused connection after 5: never race it to that

SocketOptions = Iterable[tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]]


class PlainConnections(httpcore.NetworkBackend):
    """A new connection each time."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002  # httpcore's signature
        socket_options: SocketOptions | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Raises httpcore.ConnectTimeout or httpcore.ConnectError."""
        return Wire(host, port, timeout)


class SpareConnections(httpcore.NetworkBackend):
    """Spare connections to one server. All methods may be called from any thread; close it when done.

    Each spare connection has a thread of its own, which opens it, keeps it for its short life and ends with it.
    """

    def __init__(
        self,
        host: str,
        port: int,
        tls: ssl.SSLContext | None,
        connect_seconds: float,
        *,
        spares: int = SPARES,
        spare_seconds: float = SPARE_SECONDS,
    ) -> None:
        """`tls` is None for http."""
        self._server = (host, port)
        self._tls = tls
        self._connect_seconds = connect_seconds
        self._most = spares
        self._spare_seconds = spare_seconds
        self._changed = threading.Condition()
        self._ready: deque[Wire] = deque()  # the oldest first
        self._opening = 0
        self._waiting = 0
        self._closed = False

    @property
    def ready(self) -> int:
        """How many could be taken now."""
        return len(self._ready)

    def prepare(self) -> None:
        """More connections are likely to be asked for soon: open what is missing, in the background."""
        with self._changed:
            missing = 0 if self._closed else self._most - len(self._ready) - self._opening
            self._opening += max(0, missing)
        for _ in range(missing):
            threading.Thread(target=self._keep_one, name="spare-connection", daemon=True).start()

    def adopt(self, spare: Wire) -> None:
        """Keep a connection that was opened for something else, as if it had been opened here."""
        with self._changed:
            self._opening += 1
        threading.Thread(target=self._keep, args=(spare,), name="spare-connection", daemon=True).start()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002  # httpcore's signature
        socket_options: SocketOptions | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """A spare connection, which is replaced, or a new one. Raises httpcore.ConnectTimeout or ConnectError."""
        if (host, port) != self._server:
            return Wire(host, port, timeout)
        wire = self._take(timeout) or Wire(host, port, timeout)
        self.prepare()
        return wire

    def close(self) -> None:
        """Close what is spare, and open no more. A thread that is still connecting ends by itself."""
        with self._changed:
            self._closed = True
            spares = list(self._ready)
            self._ready.clear()
            self._changed.notify_all()
        for spare in spares:
            spare.close()

    def _take(self, timeout: float | None) -> Wire | None:
        with self._changed:
            # One that is being opened is there sooner than one that is yet to be begun.
            if not self._ready and self._opening > self._waiting:
                self._waiting += 1
                over = self._changed.wait_for(lambda: self._ready or self._opening < self._waiting, timeout)
                self._waiting -= 1
                if not over:
                    raise httpcore.ConnectTimeout("timed out")
            while self._ready:
                spare = self._ready.popleft()
                self._changed.notify_all()
                if spare.is_quiet():
                    return spare
                spare.close()
        return None

    def _keep_one(self) -> None:
        try:
            spare = self._open()
        except (httpcore.ConnectError, httpcore.ConnectTimeout):
            spare = None  # whoever needs a connection will meet the same, and tell
        self._keep(spare)

    def _keep(self, spare: Wire | None) -> None:
        with self._changed:
            self._opening -= 1
            if spare is not None:
                self._ready.append(spare)
            self._changed.notify_all()
            if spare is None:
                return
            self._changed.wait_for(lambda: self._closed or spare not in self._ready, self._spare_seconds)
            if spare not in self._ready:
                return
            self._ready.remove(spare)
        spare.close()

    def _open(self) -> Wire:
        wire = Wire(*self._server, self._connect_seconds)
        return wire if self._tls is None else wire.start_tls(self._tls, self._server[0], self._connect_seconds)
