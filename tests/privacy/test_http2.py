"""HTTP/2: a cut closes a stream and keeps the connection; several streams do not disturb each other."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from h2.errors import ErrorCodes

from costeer.privacy.exchange import Exchange, Line, TrafficEvent
from costeer.privacy.transport import open_client
from tests.privacy.http2_server import Http2Server, Script, Talk
from tests.privacy.loopback import LOOPBACK, WAIT, Listener, server_tls
from tests.privacy.memory_ledger import MemoryLedger


class Speaking:
    """A client of a scripted HTTP/2 server, with its ledger and what it heard."""

    def __init__(self, server: Http2Server, client: httpx.Client, ledger: MemoryLedger) -> None:
        self.server = server
        self.client = client
        self.ledger = ledger

    def send(self, line: Line | None = None, body: bytes = b"{}") -> httpx.Response:
        extensions = Exchange("answer", "Test", line=line).extensions()
        request = self.client.build_request("POST", "/v1/x?y=1", content=body, extensions=extensions)
        return self.client.send(request, stream=True)


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    context, certificate = server_tls(tmp_path, "h2", "http/1.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return context


@contextmanager
def speaking(
    tls: ssl.SSLContext, script: Script, *, most_streams: int = 100, read_seconds: float = WAIT
) -> Iterator[Speaking]:
    ledger = MemoryLedger()
    with (
        Http2Server(tls, script, most_streams=most_streams) as server,
        open_client(ledger, base_url=server.base_url, read_seconds=read_seconds) as client,
    ):
        yield Speaking(server, client, ledger)


async def endless(talk: Talk) -> None:
    talk.begin()
    await talk.chunk(b"data: one\n\n")
    await asyncio.sleep(WAIT)


async def echo(talk: Talk) -> None:
    talk.begin(content_type="application/octet-stream")
    await talk.chunk(talk.body, end=True)


def test_requests_share_a_connection_and_are_recorded(tls: ssl.SSLContext) -> None:
    events: list[TrafficEvent] = []
    with speaking(tls, echo) as test:
        test.client._transport._observers = (events.append,)  # type: ignore[attr-defined]
        for number in range(3):
            response = test.send(body=b"hello %d" % number)
            assert response.http_version == "HTTP/2"
            assert response.read() == b"hello %d" % number
            assert response.headers["content-type"] == "application/octet-stream"
            assert "set-cookie" not in response.headers
        assert test.server.connections == 1
        headers = test.server.talks[0].headers
    assert (headers[":method"], headers[":path"], headers[":scheme"]) == ("POST", "/v1/x?y=1", "https")
    assert headers[":authority"].startswith(LOOPBACK)
    assert headers["content-length"] == "7"
    assert [one.kind for one in test.ledger.records] == ["request", "response"] * 3
    assert {one.detail for one in test.ledger.records} == {""}
    assert [one.kind for one in events][:5] == ["sending", "sent", "received", "received", "over"]


def test_hanging_up_closes_the_stream_and_no_other(tls: ssl.SSLContext) -> None:
    with speaking(tls, endless) as test:
        lines = [Line() for _ in range(3)]
        responses = [test.send(line) for line in lines]
        bodies = [response.iter_raw() for response in responses]
        for body in bodies:
            assert next(body) == b"data: one\n\n"
        failed: list[Exception] = []

        def wait_for_more() -> None:
            try:
                next(bodies[1])
            except httpx.HTTPError as error:
                failed.append(error)

        thread = threading.Thread(target=wait_for_more)
        thread.start()
        lines[1].hang_up()
        lines[1].hang_up()
        thread.join(WAIT)
        assert not thread.is_alive()
        assert isinstance(failed[0], httpx.ReadError)
        assert test.server.talks[1].was_reset.result(WAIT) == ErrorCodes.CANCEL
        assert not test.server.talks[0].was_reset.done()
        assert not test.server.talks[2].was_reset.done()
        again = test.send(Line())
        assert next(again.iter_raw()) == b"data: one\n\n"
        assert test.server.connections == 1
        for response in (*responses, again):
            response.close()
        assert all(one.was_reset.result(WAIT) == ErrorCodes.CANCEL for one in test.server.talks)
    assert [one.detail for one in test.ledger.records if one.kind == "response"] == ["closed by us"] * 4


@pytest.mark.parametrize("early", [True, False])
def test_hanging_up_before_the_head(tls: ssl.SSLContext, early: bool) -> None:
    arrived = threading.Event()

    async def silent(talk: Talk) -> None:
        arrived.set()
        await asyncio.sleep(WAIT)

    with speaking(tls, silent) as test:
        line = Line()
        if early:
            line.hang_up()
        failed: list[Exception] = []

        def send() -> None:
            try:
                test.send(line)
            except httpx.HTTPError as error:
                failed.append(error)

        thread = threading.Thread(target=send)
        thread.start()
        if not early:
            assert arrived.wait(WAIT)
            line.hang_up()
            assert test.server.talks[0].was_reset.result(WAIT) == ErrorCodes.CANCEL
        thread.join(WAIT)
        assert not thread.is_alive()
        assert isinstance(failed[0], httpx.ReadError)
    assert test.ledger.records[-1].detail == "closed by us before an answer"


def test_many_streams_at_once_get_their_own_bytes(tls: ssl.SSLContext) -> None:
    """More than the server takes at the same time, with bodies beyond every window."""
    with speaking(tls, echo, most_streams=3) as test:
        test.send().read()  # so that the server's settings are known
        wrong: list[int] = []

        def ask(number: int) -> None:
            body = bytes([number]) * 3_000_000
            if test.send(body=body).read() != body:
                wrong.append(number)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
        assert wrong == []
        assert test.server.connections == 1


def test_unread_streams_do_not_use_up_the_connection(tls: ssl.SSLContext) -> None:
    async def flood(talk: Talk) -> None:
        talk.begin()
        if talk.body == b"flood":
            await talk.chunk(b"x" * 2_000_000)
        await talk.chunk(b"done", end=True)

    with speaking(tls, flood) as test:
        for _ in range(80):  # more than the window of the connection
            response = test.send(Line(), b"flood")
            assert next(response.iter_raw())
            response.close()
        assert test.send(body=b"short").read() == b"done"
        assert test.server.connections == 1


def test_a_stream_that_the_server_gives_up(tls: ssl.SSLContext) -> None:
    async def giving_up(talk: Talk) -> None:
        talk.begin()
        await talk.chunk(b"half")
        talk.reset()

    with speaking(tls, giving_up) as test:
        for _ in range(2):
            with pytest.raises(httpx.RemoteProtocolError):
                test.send().read()
        assert test.server.connections == 1
    assert [(one.kind, one.body) for one in test.ledger.records][1] == ("failure", "half")


def test_a_dropped_connection_fails_its_streams_and_is_replaced(tls: ssl.SSLContext) -> None:
    may_drop = threading.Event()

    async def script(talk: Talk) -> None:
        talk.begin()
        await talk.chunk(b"one")
        if talk.body == b"drop":
            await asyncio.get_running_loop().run_in_executor(None, may_drop.wait, WAIT)
            talk.drop()
        elif talk.body == b"stay":
            await asyncio.sleep(WAIT)
        else:
            await talk.chunk(b"!", end=True)

    with speaking(tls, script) as test:
        streams = [test.send(Line(), body) for body in (b"stay", b"drop")]
        bodies = [stream.iter_raw() for stream in streams]
        for body in bodies:
            assert next(body) == b"one"
        may_drop.set()
        for body in bodies:
            with pytest.raises(httpx.RemoteProtocolError):
                next(body)
        assert test.send().read() == b"one!"
        assert test.server.connections == 2


def test_a_server_that_goes_away_ends_what_it_took(tls: ssl.SSLContext) -> None:
    may_end = threading.Event()

    async def script(talk: Talk) -> None:
        talk.begin()
        await talk.chunk(b"one")
        if len(test.server.talks) == 1:
            await asyncio.get_running_loop().run_in_executor(None, may_end.wait, WAIT)
            await talk.chunk(b"x" * 3_000_000)
        await talk.chunk(b"!", end=True)

    with speaking(tls, script) as test:
        first = test.send(Line())
        body = first.iter_raw()
        assert next(body) == b"one"
        test.server._loop.call_soon_threadsafe(test.server.talks[0].go_away, test.server.talks[0].stream)
        connection = test.client._transport._network._http2  # type: ignore[attr-defined]
        with connection._changed:
            assert connection._changed.wait_for(lambda: not connection.usable, WAIT)
        assert test.send().read() == b"one!"
        assert test.server.connections == 2
        may_end.set()
        assert b"".join(body) == b"x" * 3_000_000 + b"!"


def test_a_stream_is_cut_while_the_server_goes_away(tls: ssl.SSLContext) -> None:
    with speaking(tls, endless) as test:
        line = Line()
        response = test.send(line)
        assert next(response.iter_raw())
        talk = test.server.talks[0]
        connection = test.client._transport._network._http2  # type: ignore[attr-defined]
        test.server._loop.call_soon_threadsafe(talk.go_away, talk.stream)
        with connection._changed:
            assert connection._changed.wait_for(lambda: not connection.usable, WAIT)
        line.hang_up()
        assert talk.was_reset.result(WAIT) == ErrorCodes.CANCEL
        response.close()


def test_silence_is_an_error_in_time(tls: ssl.SSLContext) -> None:
    with speaking(tls, endless, read_seconds=0.2) as test, pytest.raises(httpx.ReadTimeout):
        test.send().read()


def test_a_server_that_offers_http_1_only_gets_spare_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, certificate = server_tls(tmp_path, "http/1.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    ledger = MemoryLedger()
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    def answer(connection: socket.socket) -> None:
        received = b""
        with contextlib.suppress(OSError):  # the client hangs up
            while data := connection.recv(65536):
                received += data
                if received.endswith(b"{}"):
                    connection.sendall(reply)
                    received = b""

    def serve(listener: Listener) -> None:
        for _ in range(3):  # the first and two spare ones, either of which may be used for the second request
            threading.Thread(target=answer, args=(listener.next(),), daemon=True).start()

    with (
        Listener(tls) as listener,
        open_client(ledger, base_url=f"https://{LOOPBACK}:{listener.port}") as client,
    ):
        test = Speaking(None, client, ledger)  # type: ignore[arg-type]
        first = threading.Thread(target=serve, args=(listener,))
        first.start()
        for _ in range(2):
            response = test.send(Line())
            assert (response.http_version, response.read()) == ("HTTP/1.1", b"ok")
        first.join(WAIT)
        spare = client._transport._network._spare  # type: ignore[attr-defined]
        with spare._changed:
            assert spare._changed.wait_for(lambda: spare.ready == 2, WAIT)
    assert [one.kind for one in ledger.records] == ["request", "response"] * 2
