"""Why a request failed before its answer began, read from what httpx, httpcore, TLS and the system raised.

The one question that decides whether it may be made again: had anything of it left?
"""

from __future__ import annotations

import errno
import re
import socket
import ssl
from dataclasses import dataclass
from typing import Literal

import httpx

Reason = Literal[
    "no such host",
    "refused",
    "network",
    "connect timeout",
    "self-signed",
    "unknown authority",
    "expired",
    "not yet valid",
    "wrong host",
    "certificate",
    "tls",
    "proxy unreachable",
    "proxy refused",
    "connect",
    "timeout",
    "lost",
]
"""`refused` also stands for a reset before anything was sent, `lost` for a connection that ended after that."""

_OPENSSL: dict[int, Reason] = {
    9: "not yet valid",
    10: "expired",
    18: "self-signed",
    19: "unknown authority",  # a self-signed one, further up in the chain
    20: "unknown authority",
    21: "unknown authority",
    62: "wrong host",
    64: "wrong host",
}
_WINDOWS: dict[int, Reason] = {
    0x800B0101: "expired",
    0x800B0109: "unknown authority",
    0x800B010A: "unknown authority",
    0x800B010F: "wrong host",
}
_REASONS = {**_OPENSSL, **_WINDOWS}
_LONGEST_CHAIN = 16

PROXY_UNREACHABLE = "the proxy cannot be reached"
"""How the text of a ProxyError begins that is about the connection to the proxy itself."""


@dataclass(frozen=True, slots=True)
class Failure:
    """`detail` is the system's own word for it; `status` is a proxy's. `nothing_sent`: no byte of the request."""

    reason: Reason
    detail: str
    nothing_sent: bool
    status: int = 0


def failure_of(error: httpx.HTTPError) -> Failure:
    """For an error that was raised instead of a response."""
    text = str(error) or type(error).__name__
    if isinstance(error, httpx.ProxyError):
        if text.startswith(PROXY_UNREACHABLE):
            return Failure("proxy unreachable", text.removeprefix(f"{PROXY_UNREACHABLE}: "), True)
        status = re.match(r"\d{3}\b", text)
        return Failure("proxy refused", text, True, int(status.group()) if status else 0)
    if isinstance(error, httpx.ConnectTimeout):
        return Failure("connect timeout", text, True)
    if isinstance(error, httpx.TimeoutException):
        return Failure("timeout", text, False)
    if isinstance(error, httpx.ConnectError):
        return _connecting(error, text)
    return Failure("lost", text, False)


def _connecting(error: httpx.ConnectError, text: str) -> Failure:
    cause: BaseException | None = error
    for _ in range(_LONGEST_CHAIN):
        if cause is None:
            break
        if isinstance(cause, ssl.SSLCertVerificationError):
            # Not every system's own check fills these in.
            code, said = getattr(cause, "verify_code", 0), getattr(cause, "verify_message", "")
            return Failure(_REASONS.get(code, "certificate"), said or text, True)
        if isinstance(cause, ssl.SSLError):
            return Failure("tls", cause.reason or text, True)
        if isinstance(cause, socket.gaierror):
            return Failure("no such host", cause.strerror or text, True)
        if isinstance(cause, ConnectionError):
            return Failure("refused", cause.strerror or text, True)
        if isinstance(cause, OSError) and cause.errno in (
            errno.ENETUNREACH,
            errno.EHOSTUNREACH,
            errno.ENETDOWN,
        ):
            return Failure("network", cause.strerror or text, True)
        cause = cause.__cause__ or cause.__context__
    return Failure("connect", text, True)
