"""Distance, simulated: a loopback proxy that holds every piece of data back for half a round trip.

For benchmarks only. It knows one server on this computer and listens on this computer; it changes nothing in what
it passes on, it only makes it later, in both directions. Its own share of a round trip is below a millisecond, and
connections do not wait for each other (measured with eight).
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import urllib.parse
from types import TracebackType
from typing import Self

from costeer.foundation.door import announced
from costeer.foundation.errors import KnownError

_PIECE = 65536
_START_SECONDS = 5.0


class DelayProxy:
    """A context manager; `base_url` is what to talk to instead of the server. Runs on a thread of its own."""

    def __init__(self, server_url: str, round_trip_seconds: float) -> None:
        url = urllib.parse.urlsplit(server_url)
        self._target = (url.hostname or "127.0.0.1", url.port or 80)
        self._delay = round_trip_seconds / 2
        self._loop = asyncio.new_event_loop()
        self._listening = threading.Event()
        self._port = 0
        self._thread = threading.Thread(target=self._serve, name="delay-proxy", daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._listening.wait(_START_SECONDS):
            raise KnownError("The delay proxy could not listen on this computer; try again.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_START_SECONDS)

    def _serve(self) -> None:
        try:
            with announced(*self._target):
                self._loop.run_until_complete(self._listen())
        finally:
            self._loop.close()

    async def _listen(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        self._listening.set()
        await self._stop.wait()
        server.close()
        pending = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = [writer]
        try:
            await asyncio.sleep(2 * self._delay)  # the handshake of the connection costs a round trip too
            from_server, to_server = await asyncio.open_connection(*self._target)
            writers.append(to_server)
            await asyncio.gather(self._pass(reader, to_server), self._pass(from_server, writer))
        except (asyncio.CancelledError, ConnectionError):
            return  # the proxy is being closed, or one side hung up: both are ways for a connection to end
        finally:
            for one in writers:
                one.close()
            with contextlib.suppress(asyncio.CancelledError):  # the proxy is being closed
                await asyncio.gather(*(one.wait_closed() for one in writers), return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on each piece `delay` after it came, however many are under way."""
        held: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def read() -> None:
            data = b"-"
            while data:
                try:
                    data = await reader.read(_PIECE)
                except ConnectionError:
                    data = b""
                held.put_nowait((self._loop.time() + self._delay, data))

        reading = asyncio.ensure_future(read())
        try:
            while True:
                due, data = await held.get()
                await asyncio.sleep(max(0.0, due - self._loop.time()))
                if not data:
                    break
                writer.write(data)
                await writer.drain()
        finally:
            reading.cancel()
            writer.close()
