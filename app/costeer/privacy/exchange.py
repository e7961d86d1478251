"""What travels beside a request but is never sent: why it is made, for which message, and how to hang up on it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import httpx

from costeer.foundation.errors import BugError
from costeer.privacy.ledger import Purpose

EXTENSION = "costeer"
"""The key of the `Exchange` in `httpx.Request.extensions`."""


class Line:
    """The handle by which another thread ends an exchange at once, whatever its own thread is blocked in.

    Closing an httpx response from another thread does not wake up a blocked `recv`; shutting its socket down
    does. The transport tells the line which socket it got, or which stream of a connection that others use too:
    then the stream is closed, and the connection stays. `hang_up` may come before that (it then takes effect as
    soon as there is something to close) and any number of times. All methods may be called from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._break_off: Callable[[], None] | None = None
        self._hung_up = False

    @property
    def hung_up(self) -> bool:
        return self._hung_up

    def connected(self, connection: socket.socket) -> None:
        """Called by the transport for each socket that the exchange has for itself."""
        # The plain socket's method, also under TLS: an SSLSocket's own would take its TLS state away from under
        # the thread that is reading.
        self.opened(partial(_shut_down, connection))

    def opened(self, break_off: Callable[[], None]) -> None:
        """Called by the transport with what ends the exchange and nothing else."""
        with self._lock:
            self._break_off = break_off
            if self._hung_up:
                break_off()

    def hang_up(self) -> None:
        with self._lock:
            self._hung_up = True
            if self._break_off is not None:
                self._break_off()


def _shut_down(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other side was quicker
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response, as the ledger and the window see it.

    `spelled` is the text that token ids in the body stand for, for the guards. With a `line` the request gets a
    connection of its own, which is not reused, or a stream of its own on an HTTP/2 connection.
    """

    purpose: Purpose
    endpoint: str
    message_id: str | None = None
    spelled: str = ""
    line: Line | None = None

    def extensions(self) -> dict[str, object]:
        """For `httpx.Client.build_request(extensions=...)`."""
        return {EXTENSION: self}


@dataclass(frozen=True, slots=True)
class TrafficEvent:
    """What is happening on the wire right now. `up` and `down` are the bytes that this event adds.

    Per exchange: "sending" (recorded, about to go), "sent" (`up` bytes are out; waiting begins), "received" for
    the response's head and for each piece of its body (`down` bytes), "over" (however it ended).
    """

    kind: Literal["sending", "sent", "received", "over"]
    exchange: str
    purpose: Purpose
    endpoint: str
    message_id: str | None
    up: int = 0
    down: int = 0


TrafficObserver = Callable[[TrafficEvent], None]
"""Called on the thread that sends or receives; must be quick and must not raise."""


def exchange_of(request: httpx.Request) -> Exchange:
    """The `Exchange` of `request`. A request without one is a bug: nothing leaves without a stated purpose."""
    exchange = request.extensions.get(EXTENSION)
    if not isinstance(exchange, Exchange):
        raise BugError("A request without a stated purpose was not sent; please report this.")
    return exchange
