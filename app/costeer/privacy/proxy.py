"""The proxy that the system is configured for, and what went wrong at it told apart from what did behind it."""

from __future__ import annotations

import urllib.request

import httpcore
import httpx

from costeer.foundation.door import announced
from costeer.foundation.errors import BadInput
from costeer.privacy.connections import SocketOptions
from costeer.privacy.failures import PROXY_UNREACHABLE
from costeer.privacy.trust import client_tls

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def proxy_for(url: httpx.URL) -> httpcore.Proxy | None:
    """Of HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY or the system's settings; never for this computer itself.

    Raises BadInput for a kind of proxy that is not spoken.
    """
    if url.host in _LOOPBACK:
        return None
    with announced(url.host, 0):  # Windows looks the host up to answer
        if urllib.request.proxy_bypass(url.host):
            return None
    proxies = urllib.request.getproxies()
    named = proxies.get(url.scheme) or proxies.get("all")
    if not named:
        return None
    try:
        proxy = httpx.Proxy(named if "://" in named else f"http://{named}")
    except (ValueError, httpx.InvalidURL) as error:
        # The address is not quoted: it may hold a password.
        raise BadInput(
            "The proxy that this computer is set to use has an address that is no http:// or https:// URL; "
            "correct HTTPS_PROXY or the system's network settings."
        ) from error
    if proxy.url.scheme not in ("http", "https"):
        raise BadInput(
            "This computer is set to use a {scheme} proxy, which is not supported; "
            "name an HTTP proxy in HTTPS_PROXY, or except the endpoint with NO_PROXY.",
            scheme=proxy.url.scheme.upper(),
        )
    there = httpcore.URL(
        scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target=proxy.url.raw_path
    )
    tls = client_tls("http/1.1") if proxy.url.scheme == "https" else None
    return httpcore.Proxy(there, auth=proxy.raw_auth, headers=proxy.headers.raw, ssl_context=tls)


class ProxyConnections(httpcore.SyncBackend):
    """Connections to a proxy. httpcore's own, because they can hold TLS within TLS."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: SocketOptions | None = None,
    ) -> httpcore.NetworkStream:
        """Raises httpcore.ProxyError."""
        try:
            with announced(host, port):
                return super().connect_tcp(host, port, timeout, local_address, socket_options)
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise httpcore.ProxyError(f"{PROXY_UNREACHABLE}: {host}:{port}, {error}") from error
