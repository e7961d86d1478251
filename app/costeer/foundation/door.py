"""Connections that nobody announced do not come about: the interpreter's own audit events, watched.

The transport says where it is about to connect to (`announced`), and connects on the same thread. Once
`shut_doors` has run, Python asks `_audit` before any look-up of a name, any connection and any datagram, whoever
makes it, libraries included; what was not announced is refused with `UnannouncedConnection` and told to whoever
listens, so that it gets into the ledger. It cannot be undone: audit hooks stay for the life of a process.

What it does not see is native code that calls the operating system itself (llama.cpp, Qt): which of these
libraries may be used where is held by tests/architecture. Sockets of this computer that have a path instead of a
port (the keychain's) are let through. A name that is given to a socket's own `connect` is looked up before Python
asks; the connection is refused.

State of the process, not of an object, because the hook is.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from costeer.foundation.errors import BugError
from costeer.foundation.translatable import Translatable

log = logging.getLogger(__name__)

_KEPT = 100
_DEEPEST = 64


@dataclass(frozen=True, slots=True)
class Refusal:
    """A connection that was not made. `port` is 0 for the look-up of a name; `by` is the module that tried."""

    host: str
    port: int
    by: str


class UnannouncedConnection(BugError):
    """Something tried to reach the network past the one transport. Nothing was sent."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(
            "A connection to {host} that was not announced was refused (by {module}); "
            "nothing was sent. Please report this.",
            host=refusal.host or Translatable("a network"),
            module=refusal.by,
        )


class _Announced(threading.local):
    """The places that this thread may connect to now; the last is the innermost."""

    def __init__(self) -> None:
        self.places: list[tuple[str, int]] = []
        self.telling = False


_now = _Announced()
_changing = threading.Lock()
_shut = False
_listener: Callable[[Refusal], None] | None = None
_untold: deque[Refusal] = deque(maxlen=_KEPT)


@contextmanager
def announced(host: str, port: int) -> Iterator[None]:
    """While the block runs, this thread may look `host` up and connect to `port` there."""
    _now.places.append((host, port))
    try:
        yield
    finally:
        _now.places.pop()


def shut_doors() -> None:
    """From now on, and for good, this process refuses connections that are not announced."""
    global _shut
    with _changing:
        if not _shut:
            sys.addaudithook(_audit)
            _shut = True


def listen(listener: Callable[[Refusal], None]) -> Callable[[], None]:
    """`listener` hears of every refusal, on the thread that tried, until the returned function is called; and at
    once of those (the newest hundred) that nobody has heard of yet. The newest listener alone is told."""
    global _listener
    with _changing:
        _listener = listener
        missed = list(_untold)
        _untold.clear()
    for one in missed:
        listener(one)

    def stop() -> None:
        global _listener
        with _changing:
            if _listener is listener:
                _listener = None

    return stop


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    """Called by the interpreter for every audited event, thousands at a start: most leave at the first line."""
    if not event.startswith("socket."):
        return
    place = _place(event, arguments)
    if place is None or _is_announced(*place):
        return
    host, port = place
    refusal = Refusal(host, port, _who())
    _tell(refusal)
    raise UnannouncedConnection(refusal)


def _place(event: str, arguments: tuple[object, ...]) -> tuple[str, int] | None:
    """Where `event` would lead to, port 0 for the look-up of a name; None when it leads nowhere, or to this
    computer by a path."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        family = getattr(arguments[0], "family", None)
        address = arguments[1]
        if address is None or getattr(family, "name", "") == "AF_UNIX":
            return None  # a connected socket, or one with a path
        if isinstance(address, tuple) and len(address) >= 2 and isinstance(address[1], int):
            return _text(address[0]), address[1]
        return _text(address), -1
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"):
        asked = arguments[0]
        name = _text(asked[0] if isinstance(asked, tuple) and asked else asked or "")
        is_question = name != "" and (not _is_number(name) or event.startswith("socket.gethostby"))
        return (name, 0) if is_question or event == "socket.getnameinfo" else None
    return None


def _is_announced(host: str, port: int) -> bool:
    """A look-up is announced by its name. A connection by its port and its host, whose number, where it was
    announced by name, is the resolver's to say."""
    if port == 0:
        return any(host == name for name, _ in _now.places)
    return any(
        port == there and (host == name or (_is_number(host) and not _is_number(name)))
        for name, there in _now.places
    )


def _is_number(host: str) -> bool:
    """Whether `host` is an IP address, which nobody needs to look up."""
    return ":" in host or host.replace(".", "").isdecimal()


def _text(value: object) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)


def _who() -> str:
    """The module that is nearest to the attempt and no part of Python's own socket library."""
    frame = sys._getframe(2)
    name = "unknown"
    for _ in range(_DEEPEST):
        name = str(frame.f_globals.get("__name__", "unknown"))
        if name not in ("socket", __name__) or frame.f_back is None:
            break
        frame = frame.f_back
    return name


def _tell(refusal: Refusal) -> None:
    log.error("refused an unannounced connection of %s to %s:%d", refusal.by, refusal.host, refusal.port)
    with _changing:
        listener = _listener
        if listener is None:
            _untold.append(refusal)
    if listener is None or _now.telling:
        return
    _now.telling = True
    try:
        listener(refusal)
    except Exception:
        log.exception("the refusal could not be written down")  # it is refused all the same
    finally:
        _now.telling = False
