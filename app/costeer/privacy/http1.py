"""httpx over httpcore's pool of HTTP/1.1 connections, with connections from where we say.

httpx's own transport does the same, but lets nobody say where connections come from.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpcore
import httpx


@contextmanager
def as_httpx_errors() -> Iterator[None]:
    """httpcore's errors as httpx's, which have the same names."""
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
    ) as error:
        kind: type[httpx.TransportError] = getattr(httpx, type(error).__name__)
        raise kind(str(error)) from error


class Http1Transport(httpx.BaseTransport):
    """Safe on any thread. Nothing is retried."""

    def __init__(
        self,
        tls: ssl.SSLContext,
        connections: httpcore.NetworkBackend,
        *,
        kept: int,
        idle_seconds: float,
        proxy: httpcore.Proxy | None = None,
    ) -> None:
        """`kept` connections at most wait for another request after the first, `idle_seconds` at most."""
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            proxy=proxy,
            max_connections=32,
            max_keepalive_connections=kept,
            keepalive_expiry=idle_seconds,
            retries=0,
            network_backend=connections,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        inner = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with as_httpx_errors():
            response = self._pool.handle_request(inner)
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response), extensions=response.extensions
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        with as_httpx_errors():
            yield from self._response.iter_stream()

    def close(self) -> None:
        with as_httpx_errors():
            self._response.close()
