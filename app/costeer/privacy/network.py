"""How the bytes of a request reach one server: through the system's proxy, or directly, with spare connections.

Only `transport.py` uses this, after the ledger was written. Nothing is retried here.
"""

from __future__ import annotations

import ssl
import urllib.request

import httpcore
import httpx

from costeer.privacy.connections import PlainConnections, SpareConnections
from costeer.privacy.http1 import Http1Transport

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_IDLE_SECONDS = 3.0  # llama-server closes an idle connection after 5: never race it to that
_KEPT = 8


class Network:
    """The connections to the server of one client. All methods on any thread; close it when done."""

    def __init__(self, base_url: str, connect_seconds: float) -> None:
        """A proxy that the system is configured for is used, except to this computer itself."""
        tls = httpx.create_ssl_context()
        url = httpx.URL(base_url)
        proxy = _proxy_for(url)
        self._spare: SpareConnections | None = None
        if proxy is not None:
            self._kept: httpx.BaseTransport = _through(proxy, tls, _KEPT)
            self._single: httpx.BaseTransport = _through(proxy, tls, 0)
            return
        port = url.port or {"https": 443}.get(url.scheme, 80)
        self._spare = SpareConnections(
            url.raw_host.decode("ascii"), port, tls if url.scheme == "https" else None, connect_seconds
        )
        self._kept = _directly(PlainConnections(), tls, _KEPT)
        self._single = _directly(self._spare, tls, 0)

    def prepare(self) -> None:
        """Streams are likely to be opened soon."""
        if self._spare is not None:
            self._spare.prepare()

    def handle_request(self, request: httpx.Request, *, stream: bool) -> httpx.Response:
        """A `stream` is mostly cut before its end, which costs its connection; and llama-server closes the
        connection after every streamed answer, though its head says `Keep-Alive`. So a stream's connection is
        never kept. Raises httpx.TransportError."""
        return (self._single if stream else self._kept).handle_request(request)

    def close(self) -> None:
        if self._spare is not None:
            self._spare.close()
        self._kept.close()
        self._single.close()


def _proxy_for(url: httpx.URL) -> str | None:
    if url.host in _LOOPBACK or urllib.request.proxy_bypass(url.host):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(url.scheme) or proxies.get("all")


def _through(proxy: str, tls: ssl.SSLContext, kept: int) -> httpx.HTTPTransport:
    limits = httpx.Limits(max_connections=32, max_keepalive_connections=kept, keepalive_expiry=_IDLE_SECONDS)
    return httpx.HTTPTransport(verify=tls, limits=limits, retries=0, proxy=proxy)


def _directly(connections: httpcore.NetworkBackend, tls: ssl.SSLContext, kept: int) -> Http1Transport:
    return Http1Transport(tls, connections, kept=kept, idle_seconds=_IDLE_SECONDS)
