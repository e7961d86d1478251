"""What went wrong at an endpoint, as one sentence each: the endpoint, its own words, and the next step."""

from __future__ import annotations

import json
import re

import httpx

from costeer.foundation.errors import (
    EndpointError,
    EndpointRefused,
    EndpointUnreachable,
    KnownError,
    PromptTooLong,
    StreamBroken,
)

_LONGEST_TEXT = 300
_WEB_PAGE = re.compile(r"\s*(<!doctype\s+html|<html)", re.IGNORECASE)


def unreachable(endpoint: str, url: str, error: httpx.HTTPError) -> EndpointUnreachable:
    """For an httpx error before the response began."""
    if isinstance(error, httpx.ConnectTimeout):
        what = f"did not accept a connection at {url} in time; check the address, the network and the firewall"
    elif isinstance(error, httpx.TimeoutException):
        what = f"did not answer in time at {url}; it may be overloaded: try again"
    elif isinstance(error, httpx.ConnectError):
        what = f"cannot be reached at {url} ({_one_line(str(error))}); check the address and that it is running"
    else:
        what = f"closed the connection without an answer ({_one_line(str(error))}); try again"
    return EndpointUnreachable(f"{endpoint} {what}.")


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
    return malformed(endpoint, "answers with a web page instead of an API")


def is_web_page(content_type: str, body: str) -> bool:
    return content_type.startswith("text/html") or _WEB_PAGE.match(body) is not None


def refused(endpoint: str, status: int, headers: httpx.Headers, body: str) -> KnownError:
    """For a response whose status is not 200. `body` is the text of the response."""
    text, kind = _server_text(body)
    if status in (401, 403):
        return EndpointRefused(
            f"{endpoint} does not accept the key ({text or status}); enter its key again.", status
        )
    if is_web_page(headers.get("content-type", ""), body):
        return web_page(endpoint)
    if kind == "exceed_context_size_error":
        return PromptTooLong(
            f"The conversation no longer fits into the context of {endpoint} ({text}); "
            "start a new conversation or shorten the message."
        )
    if 300 <= status < 400:
        return EndpointRefused(
            f"{endpoint} sends requests elsewhere (HTTP {status}); enter its final address.", status
        )
    wait = headers.get("retry-after", "")
    if status == 429:
        when = f"in {wait} seconds" if wait.isdigit() else "later"
        return EndpointRefused(
            f"{endpoint} takes no more requests now ({text or 'HTTP 429'}); try again {when}.", status
        )
    if status == 503 or status == 502:
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
        return _one_line(str(text)), str(error.get("type", ""))
    return _one_line(str(error)), ""


def _one_line(text: str) -> str:
    # Half a surrogate pair, which JSON can hold, could be neither printed nor stored.
    text = text.encode("utf-8", "replace").decode("utf-8")
    line = re.sub(r"\s+", " ", text).strip().rstrip(".")
    return line if len(line) <= _LONGEST_TEXT else line[: _LONGEST_TEXT - 1] + "…"
