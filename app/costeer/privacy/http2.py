"""HTTP/2: every request is a stream of one connection, and hanging up on it closes the stream, not the connection.

So a cut costs no new connection. httpcore's own HTTP/2 is not used: it never tells the server that a stream was
given up, which would then be written to its end, and its state is not safe with several threads.

Nothing is retried: a request that the server did not take before it went away fails like any other.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings
import httpcore
import httpx
from h2.errors import ErrorCodes
from h2.settings import SettingCodes

from costeer.privacy.exchange import Line
from costeer.privacy.meter import Crossed, Watching
from costeer.privacy.wire import Wire

_PIECE = 65536
_WINDOW = 2**20  # bytes of one response that may be under way or unread
_IDLE_SECONDS = 30.0  # after that, something on the way may have forgotten the connection without a word
_FRAME_HEAD = 9
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_ABOUT_CONNECTIONS = (b"host", b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"proxy-connection")


class Http2Connection:
    """One connection. `request` may be called from any thread, several at a time; a thread of its own reads.

    `_changed` guards everything of `_h2` and of the streams; nothing is sent while it is held, `_flush` does that.
    """

    def __init__(self, wire: Wire) -> None:
        """`wire` has negotiated "h2", and is owned from now on. Raises httpx.TransportError."""
        self._wire = wire
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding=None))
        self._changed = threading.Condition()
        self._sending = threading.Lock()
        self._streams: dict[int, _Stream] = {}
        self._incomplete = b""  # the beginning of a frame
        self._own = Crossed()  # frames of no stream, those that nobody has been told of yet
        self._retired = False  # takes no new requests
        self._dead = False  # carries nothing any more
        self._h2.local_settings = h2.settings.Settings(
            client=True,
            initial_values={
                SettingCodes.ENABLE_PUSH: 0,
                SettingCodes.INITIAL_WINDOW_SIZE: _WINDOW,
                SettingCodes.MAX_HEADER_LIST_SIZE: _PIECE,
            },
        )
        del self._h2.local_settings[SettingCodes.ENABLE_CONNECT_PROTOCOL]  # some servers balk at it
        self._h2.initiate_connection()
        self._h2.increment_flow_control_window(64 * _WINDOW)
        self._flush()
        threading.Thread(target=self._read, name="http2-reader", daemon=True).start()

    @property
    def usable(self) -> bool:
        """Whether new requests may be made."""
        return not self._retired

    def retire(self) -> None:
        """Take no new requests; those that are under way go on."""
        with self._changed:
            self._retired = True
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._fail(httpx.ReadError("closed by us"))
        self._wire.shut_down()

    def request(
        self, request: httpx.Request, body: bytes, line: Line | None, watching: Watching
    ) -> httpx.Response:
        """Send, and wait for the head of the response.

        Raises httpx.TransportError, also when `line` was hung up.
        """
        timeouts = request.extensions.get("timeout", {})
        stream = self._open(request, bool(body), timeouts)
        try:
            watching.uses(stream)
            if line is not None:
                line.opened(stream.cancel)
            self._flush()
            self._send(stream, body, timeouts.get("write"))
            watching.sent()
            status, headers = stream.head()
        except BaseException:
            stream.close()
            raise
        return httpx.Response(status, headers=headers, stream=stream, extensions={"http_version": b"HTTP/2"})

    def _open(self, request: httpx.Request, has_body: bool, timeouts: dict[str, float | None]) -> _Stream:
        with self._changed:
            room = self._changed.wait_for(lambda: self._retired or self._has_room(), timeouts.get("pool"))
            if self._retired:
                raise httpx.ConnectError("the connection was closed")
            if not room:
                raise httpx.PoolTimeout("the server takes no more requests at the same time")
            stream = _Stream(self, self._changed, self._h2.get_next_available_stream_id(), timeouts.get("read"))
            stream.sent = not has_body
            self._h2.send_headers(stream.id, _headers(request), end_stream=not has_body)
            self._streams[stream.id] = stream
        return stream

    def _has_room(self) -> bool:
        return len(self._streams) < self._h2.remote_settings.max_concurrent_streams

    def _send(self, stream: _Stream, body: bytes, seconds: float | None) -> None:
        rest = memoryview(body)
        while rest:  # bounded by the timeout of each pass
            with self._changed:
                if not self._changed.wait_for(lambda: stream.over or self._window(stream) > 0, seconds):
                    raise httpx.WriteTimeout("the server does not take the request")
                if stream.over:
                    return  # a server may answer before it has read everything
                size = min(len(rest), self._window(stream))
                self._h2.send_data(stream.id, bytes(rest[:size]), end_stream=size == len(rest))
                rest = rest[size:]
                stream.sent = not rest
            self._flush()

    def _window(self, stream: _Stream) -> int:
        return min(self._h2.local_flow_control_window(stream.id), self._h2.max_outbound_frame_size)

    def give_up(self, stream: _Stream) -> None:
        """Nobody wants more of `stream`. If it is not over, the server is told to stop."""
        with self._changed:
            if self._streams.pop(stream.id, None) is None:
                return
            complete = stream.over and stream.sent
            unread = stream.discard()
            stream.fail(httpx.ReadError("closed by us"))
            self._changed.notify_all()
            if self._dead:
                return
            if unread:
                self._h2.acknowledge_received_data(unread, stream.id)
            if not complete:
                with contextlib.suppress(h2.exceptions.StreamClosedError):  # the server was quicker
                    self._h2.reset_stream(stream.id, ErrorCodes.CANCEL)
        with contextlib.suppress(httpx.TransportError):  # told to the other streams of the connection
            self._flush()

    def read(self, stream: _Stream, size: int) -> None:
        """`size` bytes of `stream` were taken; the server may send as many more."""
        with self._changed:
            if self._dead:
                return
            self._h2.acknowledge_received_data(size, stream.id)
        self._flush()

    def _flush(self) -> None:
        """Send what has been made ready, in its order."""
        with self._sending:
            with self._changed:
                data = self._h2.data_to_send()
                self._count(data)
            if not data:
                return
            try:
                self._wire.write(data, _IDLE_SECONDS)
            except (httpcore.NetworkError, httpcore.TimeoutException) as error:
                with self._changed:
                    self._fail(httpx.WriteError(str(error)))
                self._wire.shut_down()
                raise httpx.WriteError(str(error)) from error

    def _read(self) -> None:
        try:
            while not self._retired or self._streams:  # ended by `close`, by the server, or by idleness
                try:
                    data = self._wire.read(_PIECE, _IDLE_SECONDS)
                except httpcore.ReadTimeout:
                    if self._streams:
                        continue
                    data = b""
                if not data:
                    break
                with self._changed:
                    for frame in self._frames(data):
                        self._add(int.from_bytes(frame[5:_FRAME_HEAD], "big"), down=len(frame))
                        for event in self._h2.receive_data(frame):
                            self._hear(event)
                    self._changed.notify_all()
                self._flush()
            error = httpx.RemoteProtocolError("Server disconnected without finishing its response.")
        except (httpcore.NetworkError, h2.exceptions.ProtocolError, httpx.TransportError) as failure:
            error = httpx.RemoteProtocolError(str(failure))
        with self._changed:
            self._fail(error)
        self._wire.close()

    def _count(self, data: bytes) -> None:
        """What is about to be sent, whole frames."""
        at = len(_PREFACE) if data.startswith(_PREFACE) else 0
        self._add(0, up=at)
        while at < len(data):
            size = _FRAME_HEAD + int.from_bytes(data[at : at + 3], "big")
            self._add(int.from_bytes(data[at + 5 : at + _FRAME_HEAD], "big"), up=size)
            at += size

    def _add(self, stream_id: int, up: int = 0, down: int = 0) -> None:
        """Count a frame to its stream, or to the connection, if that is over."""
        stream = self._streams.get(stream_id)
        if stream is not None:
            stream.up += up
            stream.down += down
        else:
            own = self._own
            self._own = Crossed(0, 0, own.overhead_up + up, own.overhead_down + down)

    def take_overhead(self) -> Crossed:
        """What crossed for no stream since this was last asked, TLS included."""
        with self._changed:
            own, self._own = self._own, Crossed()
            tls = self._wire.take()
        return Crossed(0, 0, own.overhead_up + tls.overhead_up, own.overhead_down + tls.overhead_down)

    def _frames(self, data: bytes) -> Iterator[bytes]:
        """`data` cut where frames end; the rest is kept for the next time."""
        self._incomplete += data
        while len(self._incomplete) >= _FRAME_HEAD:
            size = _FRAME_HEAD + int.from_bytes(self._incomplete[:3], "big")
            if len(self._incomplete) < size <= _FRAME_HEAD + self._h2.max_inbound_frame_size:
                return
            frame, self._incomplete = self._incomplete[:size], self._incomplete[size:]
            yield frame  # one that is too long is for h2 to refuse

    def _hear(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.ConnectionTerminated):
            self._retired = True
            # h2 takes this for the end, but what the server took before goes on (RFC 9113, 6.8).
            self._h2.state_machine.state = h2.connection.ConnectionState.CLIENT_OPEN
            last = event.last_stream_id or 0
            for one in self._streams.values():
                if one.id > last:
                    one.fail(httpx.RemoteProtocolError("the server closed the connection"))
            return
        stream = self._streams.get(getattr(event, "stream_id", None) or 0)
        if stream is not None:
            stream.hear(event)

    def _fail(self, error: httpx.TransportError) -> None:
        self._retired = self._dead = True
        for stream in self._streams.values():
            stream.fail(error)
        self._changed.notify_all()


class _Stream(httpx.SyncByteStream):
    """One request and its response. Read by one thread; `cancel` comes from any."""

    def __init__(
        self, connection: Http2Connection, changed: threading.Condition, stream_id: int, seconds: float | None
    ) -> None:
        self._connection = connection
        self._changed = changed
        self.id = stream_id
        self._seconds = seconds
        self._head: tuple[int, list[tuple[bytes, bytes]]] | None = None
        self._chunks: deque[tuple[bytes, int]] = deque()
        self.sent = False  # all of the request
        self.up = self.down = 0  # bytes of its frames
        self._ended = False
        self._error: httpx.TransportError | None = None

    @property
    def over(self) -> bool:
        """Whether the server will send no more."""
        return self._ended or self._error is not None

    def hear(self, event: h2.events.Event) -> None:
        """Called by the connection, which holds the lock."""
        if isinstance(event, h2.events.ResponseReceived):
            pairs = [(bytes(name), bytes(value)) for name, value in event.headers or []]
            status = dict(pairs).get(b":status", b"")
            if not status.isdigit():
                self.fail(httpx.RemoteProtocolError("a response without a status"))
                return
            self._head = int(status), [(name, value) for name, value in pairs if not name.startswith(b":")]
        elif isinstance(event, h2.events.DataReceived):
            self._chunks.append((bytes(event.data or b""), event.flow_controlled_length or 0))
        elif isinstance(event, h2.events.StreamEnded):
            self._ended = True
        elif isinstance(event, h2.events.StreamReset):
            self.fail(httpx.RemoteProtocolError(f"the server gave up the response (code {event.error_code})"))

    def fail(self, error: httpx.TransportError) -> None:
        """Called with the lock held. What has arrived can still be read."""
        if not self.over:
            self._error = error

    def head(self) -> tuple[int, list[tuple[bytes, bytes]]]:
        with self._changed:
            self._wait(lambda: self._head is not None)
            if self._head is None:
                raise self._error or httpx.RemoteProtocolError("a response without a head")
            return self._head

    def __iter__(self) -> Iterator[bytes]:
        while True:  # bounded by the end of the response, each pass by the timeout
            with self._changed:
                self._wait(lambda: bool(self._chunks))
                if not self._chunks:
                    if self._error is not None:
                        raise self._error
                    return
                data, size = self._chunks.popleft()
            if size:
                self._connection.read(self, size)
            if data:
                yield data

    def _wait(self, there: Callable[[], bool]) -> None:
        if not self._changed.wait_for(lambda: there() or self.over, self._seconds):
            self._connection.retire()  # nobody knows whether it was the server or the way to it
            raise httpx.ReadTimeout("timed out")

    def take(self) -> Crossed:
        """See `meter.Meter`."""
        overhead = self._connection.take_overhead()
        with self._changed:
            up, self.up, down, self.down = self.up, 0, self.down, 0
        return Crossed(up, down, overhead.overhead_up, overhead.overhead_down)

    def discard(self) -> int:
        """Throw away what has not been read; how many bytes that was. Called with the lock held."""
        unread = sum(size for _, size in self._chunks)
        self._chunks.clear()
        return unread

    def cancel(self) -> None:
        """Wake up the reader with an error, and tell the server to stop. Any thread, any number of times."""
        self._connection.give_up(self)

    def close(self) -> None:
        self._connection.give_up(self)


def _headers(request: httpx.Request) -> list[tuple[bytes, bytes]]:
    raw = [(name.lower(), value) for name, value in request.headers.raw]
    authority = dict(raw).get(b"host", request.url.netloc)
    return [
        (b":method", request.method.encode("ascii")),
        (b":authority", authority),
        (b":scheme", request.url.raw_scheme),
        (b":path", request.url.raw_path),
        *((name, value) for name, value in raw if name not in _ABOUT_CONNECTIONS),
    ]
