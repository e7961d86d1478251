"""One connection, as httpcore wants it: a socket, and TLS over it once that was asked for.

Why not httpcore's own: that one cannot be read by one thread while another writes (OpenSSL forbids it for one TLS
object), which HTTP/2 needs, and it takes the tickets that TLS 1.3 sends after the handshake for a connection that
was closed. Here TLS works on memory under a lock, and the socket is only ever handed its bytes.

A wire may be read by one thread and written by others, and shut down by any.

It counts: what its user hands over and gets, and what the socket takes and gives. The difference is TLS.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpcore

from costeer.foundation.door import announced
from costeer.privacy.meter import Crossed

_PIECE = 65536


@contextmanager
def _raising(timeout: type[Exception], other: type[Exception]) -> Iterator[None]:
    """What the operating system and TLS raise, as the errors that httpcore's callers know."""
    try:
        yield
    except TimeoutError as error:
        raise timeout(str(error) or "timed out") from error
    except OSError as error:
        raise other(str(error)) from error


class Wire(httpcore.NetworkStream):
    """See the module. Timeouts are seconds, None waits for ever. Owns the socket."""

    def __init__(self, host: str, port: int, timeout: float | None) -> None:
        """Connect. Raises httpcore.ConnectTimeout or httpcore.ConnectError."""
        with announced(host, port):
            plain = httpcore.SyncBackend().connect_tcp(host, port, timeout)
        self._socket = plain.get_extra_info("socket")
        self._tls: ssl.SSLObject | None = None
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._state = threading.Lock()  # of TLS and its two memories
        self._sending = threading.Lock()  # taken before `_state`: what TLS made first leaves first
        self._used = [0, 0]  # bytes up and down, as the user of the wire sees them
        self._crossed = [0, 0]  # and as the socket does
        self._taken = Crossed()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> Wire:
        """The TLS handshake, and this wire again; nothing when TLS is already there.

        Raises httpcore.ConnectTimeout or httpcore.ConnectError, and closes."""
        if self._tls is not None:
            return self
        try:
            with _raising(httpcore.ConnectTimeout, httpcore.ConnectError):
                self._wait_at_most(timeout)
                tls = ssl_context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_hostname)
                self._shake_hands(tls)
        except BaseException:
            self.close()
            raise
        self._tls = tls
        return self

    def _shake_hands(self, tls: ssl.SSLObject) -> None:
        while True:  # bounded by the messages of a handshake, each by the timeout
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                self._feed()
            else:
                self._flush()
                return

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Wait for some bytes; none when the other side has closed. Raises httpcore.ReadTimeout or ReadError."""
        with _raising(httpcore.ReadTimeout, httpcore.ReadError):
            self._wait_at_most(timeout)
            if self._tls is None:
                plain = bytes(self._receive(max_bytes))
                self._used[1] += len(plain)
                return plain
            while True:  # bounded by the timeout of each `_feed`
                data = self._decrypted(max_bytes)
                self._flush()  # TLS may have had to answer
                if data is not None:
                    return data
                self._feed()

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of `buffer`. Raises httpcore.WriteTimeout or WriteError."""
        with _raising(httpcore.WriteTimeout, httpcore.WriteError):
            self._wait_at_most(timeout)
            if self._tls is None:
                with self._sending:
                    before = self._crossed[0]
                    try:
                        self._send(buffer)
                    finally:
                        self._used[0] += self._crossed[0] - before
                return
            with self._state:
                rest = memoryview(buffer)
                while rest:
                    rest = rest[self._tls.write(rest) :]
                self._used[0] += len(buffer)
            self._flush()

    def take(self) -> Crossed:
        """See `meter.Meter`. What was received and not asked for yet is not counted yet."""
        with self._state:
            waiting = self._incoming.pending
            read = self._used[1] + (self._tls.pending() if self._tls is not None else 0)
            overhead = self._crossed[0] - self._used[0], self._crossed[1] - waiting - read
            whole = Crossed(self._used[0], self._used[1], *overhead)
            new, self._taken = whole - self._taken, whole
        return new

    def shut_down(self) -> None:
        """Wake up who reads or writes; from any thread."""
        with contextlib.suppress(OSError):  # the other side was quicker
            self._socket.shutdown(socket.SHUT_RDWR)

    @property
    def protocol(self) -> str | None:
        """What TLS agreed on: "h2", "http/1.1" or, when nothing was offered or chosen, None."""
        return self._tls.selected_alpn_protocol() if self._tls is not None else None

    def close(self) -> None:
        self._socket.close()

    def get_extra_info(self, info: str) -> Any:
        """As httpcore asks for it: "socket", "ssl_object", "client_addr", "server_addr", "is_readable"; and "wire"
        for this one, whatever it is wrapped in."""
        if info == "wire":
            return self
        if info == "socket":
            return self._socket
        if info == "ssl_object":
            return self._tls
        if info == "client_addr":
            return self._socket.getsockname()
        if info == "server_addr":
            return self._socket.getpeername()
        if info == "is_readable":
            return not self.is_quiet()
        return None

    def is_quiet(self) -> bool:
        """Whether it is open and nothing has come: what a connection between two requests must be. Does not wait.

        To be asked only while nobody reads.
        """
        try:
            self._wait_at_most(0.0)
            if self._tls is None:
                self._receive(1)
                return False  # closed, or speaking without being asked
            self._feed()  # perhaps only a ticket
            return self._decrypted(1) is None
        except BlockingIOError:
            return True
        except OSError:
            return False

    def _decrypted(self, max_bytes: int) -> bytes | None:
        """What TLS can give now; nothing (not None) when the other side has ended it."""
        assert self._tls is not None
        with self._state:
            try:
                data = self._tls.read(max_bytes)
                self._used[1] += len(data)
                return data
            except ssl.SSLWantReadError:
                return None
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""  # many servers do not say goodbye; HTTP itself tells a whole answer from a part

    def _receive(self, size: int) -> bytes:
        data: bytes = self._socket.recv(size)
        self._crossed[1] += len(data)
        return data

    def _send(self, data: bytes) -> None:
        """All of it, each part within the timeout. Called with `_sending` held."""
        rest = memoryview(data)
        while rest:
            count = self._socket.send(rest)
            self._crossed[0] += count
            rest = rest[count:]

    def _feed(self) -> None:
        data = self._receive(_PIECE)
        with self._state:
            if data:
                self._incoming.write(data)
            else:
                self._incoming.write_eof()

    def _flush(self) -> None:
        with self._sending:
            with self._state:
                data = self._outgoing.read()
            if data:
                self._send(data)

    def _wait_at_most(self, timeout: float | None) -> None:
        if self._socket.gettimeout() != timeout:
            self._socket.settimeout(timeout)
