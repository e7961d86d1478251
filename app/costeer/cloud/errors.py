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
from costeer.privacy.failures import Reason, failure_of

_LONGEST_TEXT = 300
PROXY_PASSWORD = 407
_SIGN_IN = 511
_WEB_PAGE = re.compile(r"\s*(<!doctype\s+html|<html)", re.IGNORECASE)


_TRUST = "add it to the certificates that this computer trusts, or name its file in SSL_CERT_FILE"
_UNREACHABLE: dict[Reason, str] = {
    "no such host": "cannot be reached at {url}, because this network knows no such host ({detail}); "
    "check the address and the network",
    "refused": "cannot be reached at {url} ({detail}); check the address and that it is running",
    "connect": "cannot be reached at {url} ({detail}); check the address and that it is running",
    "network": "cannot be reached at {url} ({detail}); check this computer's connection to the network",
    "connect timeout": "did not accept a connection at {url} in time; "
    "check the address, the network and the firewall",
    "self-signed": f"shows a certificate at {{url}} that it has signed itself; {_TRUST}",
    "unknown authority": "shows a certificate at {url} of an authority that this computer does not know; "
    f"if it is your company's, {_TRUST}",
    "expired": "shows a certificate at {url} that has expired; "
    "check this computer's clock, or tell whoever runs the endpoint",
    "not yet valid": "shows a certificate at {url} that is not valid yet; check this computer's clock",
    "wrong host": "shows a certificate at {url} that is for another host ({detail}); "
    "check the address, or sign in to this network in a browser if it asks for that",
    "certificate": "shows a certificate at {url} that this computer does not accept ({detail}); "
    "check the address and the certificate",
    "tls": "does not speak TLS at {url} as it should ({detail}); "
    "check whether its address begins with http:// or https://",
    "proxy unreachable": "cannot be reached, because this network's proxy cannot be ({detail}); "
    "correct HTTPS_PROXY or the system's network settings",
    "proxy refused": "cannot be reached, because this network's proxy refuses to connect to it ({detail}); "
    "check the address, or except it with NO_PROXY",
    "timeout": "did not answer in time at {url}; it may be overloaded: try again",
    "lost": "closed the connection without an answer ({detail}); try again",
}
_PROXY_PASSWORD = (
    "cannot be reached, because this network's proxy asks for a name and a password ({detail}); "
    "give them in HTTPS_PROXY, as http://name:password@host:port"
)
_AGAIN: tuple[Reason, ...] = ("refused", "connect", "connect timeout", "proxy unreachable")
_GATEWAY_STATUS = (502, 503, 504)


def unreachable(endpoint: str, url: str, error: httpx.HTTPError) -> EndpointUnreachable | NotBegun:
    """For an httpx error before the response began."""
    failure = failure_of(error)
    what = _PROXY_PASSWORD if failure.status == PROXY_PASSWORD else _UNREACHABLE[failure.reason]
    known = EndpointUnreachable(f"{endpoint} {what.format(url=url, detail=_one_line(failure.detail))}.")
    # A proxy that could not connect says so in the words of a gateway, but nothing has gone through it yet.
    through_proxy = failure.reason == "proxy refused" and failure.status in _GATEWAY_STATUS
    if failure.nothing_sent and (failure.reason in _AGAIN or through_proxy):
        return NotBegun(known, f"{endpoint} cannot be reached", connected=False)
    return known


def broken(endpoint: str, why: str) -> StreamBroken:
    """For an answer that stopped before its end."""
    return StreamBroken(
        f"The answer of {endpoint} stopped before its end ({_one_line(why)}); it can be continued."
    )


def malformed(endpoint: str, why: str) -> EndpointError:
    """For an answer that is not what the protocol says."""
    return EndpointError(f"{endpoint} {why}; check its address, or choose another endpoint.")


def filtered(endpoint: str) -> EndpointRefused:
    """For an answer that the endpoint's own filter ended."""
    return EndpointRefused(f"{endpoint} ended the answer by its content filter; ask in another way.")


def web_page(endpoint: str) -> EndpointError:
    return EndpointError(
        f"{endpoint} answers with a web page instead of an API; check its address, "
        "or sign in to this network in a browser if it asks for that."
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
        return EndpointRefused(f"{endpoint} {_PROXY_PASSWORD.format(detail=text or f'HTTP {status}')}.", status)
    if status == _SIGN_IN:
        return EndpointRefused(
            f"{endpoint} cannot be reached, because this network asks to sign in first (HTTP {status}); "
            "do that in a browser, and try again.",
            status,
        )
    if status == 401 or (status == 403 and not page):
        return EndpointRefused(
            f"{endpoint} does not accept the key ({text or status}); enter its key again.", status
        )
    if page and status < 500 and status != 429:
        return web_page(endpoint)
    if kind == "exceed_context_size_error":
        return PromptTooLong(
            f"The conversation no longer fits into the context of {endpoint} ({text}); "
            "start a new conversation or shorten the message."
        )
    if status in (429, 503):
        return _busy(endpoint, status, headers, text, kind)
    if status in (502, 504):
        return EndpointRefused(
            f"{endpoint} is not ready ({text or f'HTTP {status}'}); try again in a moment.", status
        )
    if status >= 500:
        return EndpointRefused(
            f"{endpoint} failed (HTTP {status}: {text or 'no reason given'}); look at its log.", status
        )
    return EndpointRefused(
        f"{endpoint} refused the request (HTTP {status}: {text or 'no reason given'}); "
        "check its address, model and settings.",
        status,
    )


def _elsewhere(endpoint: str, status: int, headers: httpx.Headers) -> EndpointRefused:
    """A redirect, which is not followed: it would show the key and the conversation to somebody else."""
    try:
        there = httpx.URL(headers.get("location", "")).host
    except httpx.InvalidURL:
        there = ""
    where = f"HTTP {status}, to {_one_line(there)}" if there else f"HTTP {status}"
    return EndpointRefused(
        f"{endpoint} sends requests elsewhere ({where}); enter its final address, "
        "or sign in to this network in a browser if it asks for that.",
        status,
    )


def _busy(endpoint: str, status: int, headers: httpx.Headers, text: str, kind: str) -> EndpointRefused | NotBegun:
    """429 and 503: it says itself that nothing was done."""
    if kind == "insufficient_quota":
        return EndpointRefused(
            f"The credit at {endpoint} is used up ({text or f'HTTP {status}'}); look at its billing page.", status
        )
    asked = seconds_asked(headers)
    why = "takes no more requests now" if status == 429 else "is not ready"
    when = in_words(asked) if asked is not None or status == 429 else "in a moment"
    known = EndpointRefused(f"{endpoint} {why} ({text or f'HTTP {status}'}); try again {when}.", status)
    return NotBegun(known, f"{endpoint} {why}", asked=asked)


def error_in_stream(endpoint: str, error: object) -> KnownError:
    """For an `error` object that arrives inside a stream."""
    text, kind = _server_text(json.dumps({"error": error}))
    if kind == "exceed_context_size_error":
        return PromptTooLong(
            f"The conversation no longer fits into the context of {endpoint} ({text}); shorten it."
        )
    return EndpointRefused(f"{endpoint} gave up the answer ({text or 'no reason given'}); try again.")


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
