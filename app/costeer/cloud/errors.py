"""What went wrong at an endpoint, as one sentence each: the endpoint, its own words, and the next step."""

from __future__ import annotations

import json
import re

import httpx

from costeer.cloud.retries import NotBegun
from costeer.cloud.retry_after import in_words, seconds_asked
from costeer.foundation.errors import (
    EndpointError,
    EndpointRefused,
    EndpointUnreachable,
    KnownError,
    PromptTooLong,
    StreamBroken,
)
from costeer.foundation.translatable import Translatable, translatable
from costeer.privacy.failures import Reason, failure_of

_LONGEST_TEXT = 300
PROXY_PASSWORD = 407
_SIGN_IN = 511
_WEB_PAGE = re.compile(r"\s*(<!doctype\s+html|<html)", re.IGNORECASE)


_NOT_RUNNING = translatable(
    "{endpoint} cannot be reached at {url} ({detail}); check the address and that it is running."
)
_UNREACHABLE: dict[Reason, str] = {
    "no such host": translatable(
        "{endpoint} cannot be reached at {url}, because this network knows no such host ({detail}); "
        "check the address and the network."
    ),
    "refused": _NOT_RUNNING,
    "connect": _NOT_RUNNING,
    "network": translatable(
        "{endpoint} cannot be reached at {url} ({detail}); check this computer's connection to the network."
    ),
    "connect timeout": translatable(
        "{endpoint} did not accept a connection at {url} in time; check the address, the network and the firewall."
    ),
    "self-signed": translatable(
        "{endpoint} shows a certificate at {url} that it has signed itself; "
        "add it to the certificates that this computer trusts, or name its file in SSL_CERT_FILE."
    ),
    "unknown authority": translatable(
        "{endpoint} shows a certificate at {url} of an authority that this computer does not know; "
        "if it is your company's, "
        "add it to the certificates that this computer trusts, or name its file in SSL_CERT_FILE."
    ),
    "expired": translatable(
        "{endpoint} shows a certificate at {url} that has expired; "
        "check this computer's clock, or tell whoever runs the endpoint."
    ),
    "not yet valid": translatable(
        "{endpoint} shows a certificate at {url} that is not valid yet; check this computer's clock."
    ),
    "wrong host": translatable(
        "{endpoint} shows a certificate at {url} that is for another host ({detail}); "
        "check the address, or sign in to this network in a browser if it asks for that."
    ),
    "certificate": translatable(
        "{endpoint} shows a certificate at {url} that this computer does not accept ({detail}); "
        "check the address and the certificate."
    ),
    "tls": translatable(
        "{endpoint} does not speak TLS at {url} as it should ({detail}); "
        "check whether its address begins with http:// or https://."
    ),
    "proxy unreachable": translatable(
        "{endpoint} cannot be reached, because this network's proxy cannot be ({detail}); "
        "correct HTTPS_PROXY or the system's network settings."
    ),
    "proxy refused": translatable(
        "{endpoint} cannot be reached, because this network's proxy refuses to connect to it ({detail}); "
        "check the address, or except it with NO_PROXY."
    ),
    "timeout": translatable("{endpoint} did not answer in time at {url}; it may be overloaded: try again."),
    "lost": translatable("{endpoint} closed the connection without an answer ({detail}); try again."),
}
_PROXY_PASSWORD = translatable(
    "{endpoint} cannot be reached, because this network's proxy asks for a name and a password ({detail}); "
    "give them in HTTPS_PROXY, as http://name:password@host:port."
)
_NO_REASON = Translatable("no reason given")
_AGAIN: tuple[Reason, ...] = ("refused", "connect", "connect timeout", "proxy unreachable")
_GATEWAY_STATUS = (502, 503, 504)


def unreachable(endpoint: str, url: str, error: httpx.HTTPError) -> EndpointUnreachable | NotBegun:
    """For an httpx error before the response began."""
    failure = failure_of(error)
    detail = Translatable.verbatim(_one_line(failure.detail))
    known = EndpointUnreachable(
        _PROXY_PASSWORD if failure.status == PROXY_PASSWORD else _UNREACHABLE[failure.reason],
        endpoint=endpoint,
        url=url,
        detail=detail,
    )
    # A proxy that could not connect says so in the words of a gateway, but nothing has gone through it yet.
    through_proxy = failure.reason == "proxy refused" and failure.status in _GATEWAY_STATUS
    if failure.nothing_sent and (failure.reason in _AGAIN or through_proxy):
        why = Translatable("{endpoint} cannot be reached", endpoint=endpoint)
        return NotBegun(known, why, connected=False)
    return known


def broken(endpoint: str, why: Translatable) -> StreamBroken:
    """For an answer that stopped before its end."""
    return StreamBroken(
        "The answer of {endpoint} stopped before its end ({why}); it can be continued.", endpoint=endpoint, why=why
    )


def broken_by(endpoint: str, error: Exception) -> StreamBroken:
    """As `broken`, in the words of a library."""
    return broken(endpoint, Translatable.verbatim(_one_line(str(error) or type(error).__name__)))


def malformed(endpoint: str, why: Translatable) -> EndpointError:
    """For an answer that is not what the protocol says; `why` is what the endpoint does, behind its name."""
    return EndpointError(
        "{endpoint} {why}; check its address, or choose another endpoint.", endpoint=endpoint, why=why
    )


def filtered(endpoint: str) -> EndpointRefused:
    """For an answer that the endpoint's own filter ended."""
    return EndpointRefused(
        "{endpoint} ended the answer by its content filter; ask in another way.", endpoint=endpoint
    )


def web_page(endpoint: str) -> EndpointError:
    return EndpointError(
        "{endpoint} answers with a web page instead of an API; check its address, "
        "or sign in to this network in a browser if it asks for that.",
        endpoint=endpoint,
    )


def is_web_page(content_type: str, body: str) -> bool:
    return content_type.startswith("text/html") or _WEB_PAGE.match(body) is not None


def refused(endpoint: str, status: int, headers: httpx.Headers, body: str) -> KnownError | NotBegun:
    """For a response whose status is not 200. `body` is the text of the response."""
    page = is_web_page(headers.get("content-type", ""), body)
    text, kind = ("", "") if page else _server_text(body)
    if 300 <= status < 400:
        return _elsewhere(endpoint, status, headers)
    if status == PROXY_PASSWORD:
        return EndpointRefused(_PROXY_PASSWORD, status=status, endpoint=endpoint, detail=text or f"HTTP {status}")
    if status == _SIGN_IN:
        return EndpointRefused(
            "{endpoint} cannot be reached, because this network asks to sign in first (HTTP {status}); "
            "do that in a browser, and try again.",
            status=status,
            endpoint=endpoint,
        )
    if status == 401 or (status == 403 and not page):
        return EndpointRefused(
            "{endpoint} does not accept the key ({detail}); enter its key again.",
            status=status,
            endpoint=endpoint,
            detail=text or str(status),
        )
    if page and status < 500 and status != 429:
        return web_page(endpoint)
    if kind == "exceed_context_size_error":
        return PromptTooLong(
            "The conversation no longer fits into the context of {endpoint} ({detail}); "
            "start a new conversation or shorten the message.",
            endpoint=endpoint,
            detail=text,
        )
    if status in (429, 503):
        return _busy(endpoint, status, headers, text, kind)
    if status in (502, 504):
        return EndpointRefused(
            "{endpoint} is not ready ({detail}); try again in a moment.",
            status=status,
            endpoint=endpoint,
            detail=text or f"HTTP {status}",
        )
    if status >= 500:
        return EndpointRefused(
            "{endpoint} failed (HTTP {status}: {detail}); look at its log.",
            status=status,
            endpoint=endpoint,
            detail=text or _NO_REASON,
        )
    return EndpointRefused(
        "{endpoint} refused the request (HTTP {status}: {detail}); check its address, model and settings.",
        status=status,
        endpoint=endpoint,
        detail=text or _NO_REASON,
    )


def _elsewhere(endpoint: str, status: int, headers: httpx.Headers) -> EndpointRefused:
    """A redirect, which is not followed: it would show the key and the conversation to somebody else."""
    try:
        there = httpx.URL(headers.get("location", "")).host
    except httpx.InvalidURL:
        there = ""
    where = Translatable("HTTP {status}", status=status)
    if there:
        where = Translatable("HTTP {status}, to {host}", status=status, host=_one_line(there))
    return EndpointRefused(
        "{endpoint} sends requests elsewhere ({where}); enter its final address, "
        "or sign in to this network in a browser if it asks for that.",
        status=status,
        endpoint=endpoint,
        where=where,
    )


def _busy(endpoint: str, status: int, headers: httpx.Headers, text: str, kind: str) -> EndpointRefused | NotBegun:
    """429 and 503: it says itself that nothing was done."""
    if kind == "insufficient_quota":
        return EndpointRefused(
            "The credit at {endpoint} is used up ({detail}); look at its billing page.",
            status=status,
            endpoint=endpoint,
            detail=text or f"HTTP {status}",
        )
    asked = seconds_asked(headers)
    why = Translatable("takes no more requests now") if status == 429 else Translatable("is not ready")
    when = in_words(asked) if asked is not None or status == 429 else Translatable("in a moment")
    known = EndpointRefused(
        "{endpoint} {why} ({detail}); try again {when}.",
        status=status,
        endpoint=endpoint,
        why=why,
        detail=text or f"HTTP {status}",
        when=when,
    )
    return NotBegun(known, Translatable("{endpoint} {why}", endpoint=endpoint, why=why), asked=asked)


def error_in_stream(endpoint: str, error: object) -> KnownError:
    """For an `error` object that arrives inside a stream."""
    text, kind = _server_text(json.dumps({"error": error}))
    if kind == "exceed_context_size_error":
        return PromptTooLong(
            "The conversation no longer fits into the context of {endpoint} ({detail}); shorten it.",
            endpoint=endpoint,
            detail=text,
        )
    return EndpointRefused(
        "{endpoint} gave up the answer ({detail}); try again.", endpoint=endpoint, detail=text or _NO_REASON
    )


def _server_text(body: str) -> tuple[str, str]:
    """The server's own message and the type of its error, from the shapes that are in use."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return _one_line(body), ""
    error = value.get("error", value) if isinstance(value, dict) else value
    if isinstance(error, dict):
        text = error.get("message") or error.get("detail") or ""
        return _one_line(str(text)), str(error.get("type") or error.get("code") or "")
    return _one_line(str(error)), ""


def _one_line(text: str) -> str:
    # Half a surrogate pair, which JSON can hold, could be neither printed nor stored.
    text = text.encode("utf-8", "replace").decode("utf-8")
    line = re.sub(r"\s+", " ", text).strip().rstrip(".")
    return line if len(line) <= _LONGEST_TEXT else line[: _LONGEST_TEXT - 1] + "…"
