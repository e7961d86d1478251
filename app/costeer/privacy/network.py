"""How the bytes of a request reach one server: HTTP/2 where it is spoken, else HTTP/1.1 with spare connections.

Through the system's proxy, where there is one, always HTTP/1.1 without them. Only `transport.py` uses this, after
the ledger was written. Nothing is retried here.
"""

from __future__ import annotations

import ssl
import threading
from typing import TYPE_CHECKING

import httpcore
import httpx

from costeer.privacy.connections import PlainConnections, SpareConnections
from costeer.privacy.exchange import Line
from costeer.privacy.http1 import Http1Transport, as_httpx_errors
from costeer.privacy.meter import Watching
from costeer.privacy.proxy import ProxyConnections, proxy_for
from costeer.privacy.trust import client_tls
from costeer.privacy.wire import Wire

if TYPE_CHECKING:
    from costeer.privacy.http2 import Http2Connection

_IDLE_SECONDS = 3.0  # llama-server closes an idle connection after 5: never race it to that
_KEPT = 8


class Network:
    """The connections to the server of one client. All methods on any thread; close it when done."""

    def __init__(self, base_url: str, connect_seconds: float) -> None:
        """A proxy that the system is configured for is used, except to this computer itself.

        Raises BadInput for a proxy of a kind that is not spoken, or certificates that cannot be read."""
        url = httpx.URL(base_url)
        self._host = url.raw_host.decode("ascii")
        self._port = url.port or {"https": 443}.get(url.scheme, 80)
        self._connect_seconds = connect_seconds
        self._spare: SpareConnections | None = None
        self._http2: Http2Connection | None = None
        self._lock = threading.Lock()  # of `_http2`, `_both` and `_ask_for_http2`
        self._both: ssl.SSLContext | None = None  # made when HTTP/2 is first asked for
        tls = client_tls("http/1.1")
        proxy = proxy_for(url)
        self._ask_for_http2 = url.scheme == "https" and proxy is None
        if proxy is not None:
            self._kept: httpx.BaseTransport = _over(ProxyConnections(), tls, _KEPT, proxy)
            self._single: httpx.BaseTransport = _over(ProxyConnections(), tls, 0, proxy)
            return
        spare_tls = tls if url.scheme == "https" else None
        self._spare = SpareConnections(self._host, self._port, spare_tls, connect_seconds)
        self._kept = _over(PlainConnections(), tls, _KEPT)
        self._single = _over(self._spare, tls, 0)

    def prepare(self) -> None:
        """Streams are likely to be opened soon."""
        if self._spare is not None and not self._ask_for_http2:
            self._spare.prepare()

    def handle_request(
        self, request: httpx.Request, body: bytes, line: Line | None, watching: Watching
    ) -> httpx.Response:
        """With a `line` it is a stream, which is mostly cut before its end. `watching` is told when a request is
        out over HTTP/2; for HTTP/1.1, httpcore's trace tells, and of a new connection too. Raises
        httpx.TransportError.

        Over HTTP/1.1 a cut costs the connection, and llama-server closes the connection after every streamed
        answer, though its head says `Keep-Alive`. So a stream's connection is never kept.
        """
        with as_httpx_errors():
            http2 = self._connection() if self._is_ours(request.url) else None
        if http2 is not None:
            return http2.request(request, body, line, watching)
        response = (self._kept if line is None else self._single).handle_request(request)
        wire = response.extensions["network_stream"].get_extra_info("wire")
        if wire is not None:  # none through a proxy
            watching.uses(wire)
        return response

    def _is_ours(self, url: httpx.URL) -> bool:
        return url.scheme == "https" and (url.raw_host.decode("ascii"), url.port or 443) == (
            self._host,
            self._port,
        )

    def _connection(self) -> Http2Connection | None:
        """The one HTTP/2 connection, opened if need be; None if the server does not speak that."""
        with self._lock:
            if not self._ask_for_http2:
                return None
            if self._http2 is not None and self._http2.usable:
                return self._http2
            if self._both is None:
                self._both = client_tls("h2", "http/1.1")
            wire = Wire(self._host, self._port, self._connect_seconds)
            wire.start_tls(self._both, self._host, self._connect_seconds)
            if wire.protocol == "h2":
                # Imported here: most endpoints do not speak it, and a window should not wait for it.
                from costeer.privacy.http2 import Http2Connection

                self._http2 = Http2Connection(wire)
                return self._http2
            self._ask_for_http2 = False
            assert self._spare is not None
            self._spare.adopt(wire)
            return None

    def close(self) -> None:
        with self._lock:
            if self._http2 is not None:
                self._http2.close()
        if self._spare is not None:
            self._spare.close()
        self._kept.close()
        self._single.close()


def _over(
    connections: httpcore.NetworkBackend, tls: ssl.SSLContext, kept: int, proxy: httpcore.Proxy | None = None
) -> Http1Transport:
    return Http1Transport(tls, connections, kept=kept, idle_seconds=_IDLE_SECONDS, proxy=proxy)
