"""A loopback server that speaks HTTP/2 over TLS, by the h2 library, and says what a test wants said."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future

import h2.config
import h2.connection
import h2.events
import h2.exceptions
from h2.errors import ErrorCodes
from h2.settings import SettingCodes

from tests.privacy.loopback import LOOPBACK, WAIT


class Talk:
    """One request. Used on the server's loop only, except `was_reset`."""

    def __init__(self, connection: _Connection, stream: int, headers: dict[str, str]) -> None:
        self._connection = connection
        self._h2 = connection.h2
        self.stream = stream
        self.headers = headers
        self.body = b""
        self.was_reset: Future[int] = Future()

    def begin(self, status: int = 200, content_type: str = "text/event-stream", *, end: bool = False) -> None:
        pairs = [(":status", str(status)), ("content-type", content_type), ("set-cookie", "id=42")]
        self._h2.send_headers(self.stream, pairs, end_stream=end)
        self._connection.flush()

    async def chunk(self, data: bytes, *, end: bool = False) -> None:
        """Send, as far and as soon as the client's windows allow."""
        rest = memoryview(data)
        while rest:
            size = min(
                len(rest), self._h2.local_flow_control_window(self.stream), self._h2.max_outbound_frame_size
            )
            if size > 0:
                self._h2.send_data(self.stream, bytes(rest[:size]), end_stream=end and size == len(rest))
                rest = rest[size:]
                self._connection.flush()
            else:
                self._connection.moved.clear()
                await asyncio.wait_for(self._connection.moved.wait(), WAIT)

    def reset(self) -> None:
        self._h2.reset_stream(self.stream, ErrorCodes.INTERNAL_ERROR)
        self._connection.flush()

    def go_away(self, last: int) -> None:
        """No requests after `last` are taken; the others go on, which h2 has to be told."""
        self._h2.close_connection(last_stream_id=last)
        self._h2.state_machine.state = h2.connection.ConnectionState.SERVER_OPEN
        self._connection.flush()

    def drop(self) -> None:
        self._connection.transport.abort()


Script = Callable[[Talk], Awaitable[None]]


class _Connection(asyncio.Protocol):
    def __init__(self, server: Http2Server) -> None:
        self._server = server
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.moved = asyncio.Event()
        self.lost = asyncio.Event()
        self._talks: dict[int, Talk] = {}
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._server.opened.append(self)
        self.h2.initiate_connection()
        self.h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: self._server.most_streams})
        self.flush()

    def connection_lost(self, error: Exception | None) -> None:
        self.lost.set()

    def data_received(self, data: bytes) -> None:
        for event in self.h2.receive_data(data):
            self._hear(event)
        self.moved.set()
        self.flush()

    def _hear(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RequestReceived):
            headers = {str(name): str(value) for name, value in event.headers or []}
            self._talks[event.stream_id] = Talk(self, event.stream_id, headers)
        elif isinstance(event, h2.events.DataReceived):
            self._talks[event.stream_id].body += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self._server.run(self._talks[event.stream_id])
        elif isinstance(event, h2.events.StreamReset):
            self._talks[event.stream_id].was_reset.set_result(int(event.error_code))

    def flush(self) -> None:
        self.transport.write(self.h2.data_to_send())


class Http2Server:
    """A context manager; `script` is a coroutine, called for each request. `talks` are all so far."""

    def __init__(self, tls: ssl.SSLContext, script: Script, *, most_streams: int = 100) -> None:
        self._tls = tls
        self._script = script
        self.most_streams = most_streams
        self.opened: list[_Connection] = []
        self.talks: list[Talk] = []
        self.errors: list[Exception] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._listening: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()))

    @property
    def connections(self) -> int:
        """How many have been opened so far."""
        return len(self.opened)

    @property
    def base_url(self) -> str:
        return f"https://{LOOPBACK}:{self._listening.result(WAIT)}"

    def run(self, talk: Talk) -> None:
        self.talks.append(talk)
        task = self._loop.create_task(self._guarded(talk))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, talk: Talk) -> None:
        try:
            await self._script(talk)
        except Exception as error:  # noqa: BLE001  # told by __exit__, on the thread of the test
            if not talk.was_reset.done():  # else the client has left
                self.errors.append(error)

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        server = await self._loop.create_server(lambda: _Connection(self), LOOPBACK, 0, ssl=self._tls)
        self._listening.set_result(server.sockets[0].getsockname()[1])
        await self._stop.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in self.opened:
            connection.transport.abort()
            await asyncio.wait_for(connection.lost.wait(), WAIT)

    def __enter__(self) -> Http2Server:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(WAIT)
        self._loop.close()
        if kind is None:
            assert not self.errors, self.errors
