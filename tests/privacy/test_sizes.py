"""The sizes in the ledger are those of the wire, byte by byte, held against a relay that counts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from costeer.privacy.exchange import Exchange, Line, TrafficEvent
from costeer.privacy.ledger import LedgerRecord
from costeer.privacy.transport import open_client
from tests.privacy import http2_server
from tests.privacy.counting_relay import CountingRelay
from tests.privacy.http2_server import Http2Server
from tests.privacy.loopback import LOOPBACK, WAIT, server_tls
from tests.privacy.memory_ledger import MemoryLedger
from tests.privacy.scripted_server import ScriptedServer, Talk

PIECES = [b"data: %d\n\n" % number * 50 for number in range(40)]


class Measured:
    """A client whose every byte passes the relay."""

    def __init__(self, client: httpx.Client, ledger: MemoryLedger, relay: CountingRelay) -> None:
        self.client = client
        self.ledger = ledger
        self.relay = relay
        self.events: list[TrafficEvent] = []

    def send(self, line: Line | None = None) -> httpx.Response:
        request = self.client.build_request(
            "POST", "/v1/x", json={"q": "x" * 3000}, extensions=Exchange("answer", "Test", line=line).extensions()
        )
        return self.client.send(request, stream=True)

    def outcomes(self, count: int) -> list[LedgerRecord]:
        self.ledger.wait_for(2 * count)
        return [one for one in self.ledger.records if one.kind != "request"]


@contextmanager
def measured(port: int, scheme: str = "http") -> Iterator[Measured]:
    ledger = MemoryLedger()
    events: list[TrafficEvent] = []
    with (
        CountingRelay(port) as relay,
        open_client(ledger, base_url=f"{scheme}://{LOOPBACK}:{relay.port}", observers=[events.append]) as client,
    ):
        made = Measured(client, ledger, relay)
        made.events = events
        yield made


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def chunked(talk: Talk) -> None:
    talk.begin()
    for piece in PIECES:
        talk.chunk(piece)
    talk.end()


def up_and_down(records: list[LedgerRecord]) -> list[int]:
    """What crossed for all of them, the connection's own included."""
    up = sum((one.sent or 0) + (one.overhead_up or 0) for one in records)
    return [up, sum(one.size + (one.overhead_down or 0) for one in records)]


def test_chunks_and_all(tmp_path: Path) -> None:
    with ScriptedServer(chunked) as server, measured(port_of(server.base_url)) as here:
        with closing(here.send()) as response:
            assert response.read() == b"".join(PIECES)
        (one,) = here.outcomes(1)
        assert [one.sent, one.size] == here.relay.passed[0]
        assert (one.overhead_up, one.overhead_down) == (0, 0)
        assert one.size > len(response.content) + 6 * len(PIECES), "with the framing"
        assert [sum(each.up for each in here.events), sum(each.down for each in here.events)] == [
            *(one.sent, one.size)
        ]


def test_a_stream_that_is_cut_counts_what_came() -> None:
    left = threading.Event()

    def script(talk: Talk) -> None:
        talk.begin()
        talk.chunk(b"data: one\n\n")
        if talk.wait_until_client_leaves():
            left.set()

    with ScriptedServer(script) as server, measured(port_of(server.base_url)) as here:
        with closing(here.send(Line())) as response:
            assert next(response.iter_raw()) == b"data: one\n\n"
        assert left.wait(WAIT)
        (one,) = here.outcomes(1)
        assert [one.sent, one.size] in here.relay.passed


def test_a_kept_connection_tells_its_handshake_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, certificate = server_tls(tmp_path, "http/1.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with ScriptedServer(chunked) as server:
        plain = server._server.socket
        server._server.socket = context.wrap_socket(plain, server_side=True)
        with measured(port_of(server.base_url), "https") as here:
            for _ in range(3):
                with closing(here.send()) as response:
                    assert response.read() == b"".join(PIECES)
            records = here.outcomes(3)
            assert up_and_down(records) in here.relay.passed
        server._server.socket.close()
    assert len({(one.sent, one.size) for one in records}) == 1, "the same over and over, as HTTP has it"
    first, *others = [(one.overhead_up or 0, one.overhead_down or 0) for one in records]
    assert min(first) > 300, "the handshake"
    assert all(0 < up < 100 and 0 < down < 40 * len(PIECES) for up, down in others), "TLS' records"


def test_streams_of_one_connection_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, certificate = server_tls(tmp_path, "h2", "http/1.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    async def script(talk: http2_server.Talk) -> None:
        talk.begin()
        for piece in PIECES:
            await talk.chunk(piece)
        await talk.chunk(b"end", end=True)

    with Http2Server(context, script) as server, measured(port_of(server.base_url), "https") as here:
        responses = [here.send(Line()), here.send(Line())]
        for response in responses:
            assert response.read() == b"".join(PIECES) + b"end"
            response.close()
        records = here.outcomes(2)
        frames = 9 * (len(PIECES) + 2)
        for one, response in zip(records, responses, strict=True):
            assert 0 < one.size - len(response.content) - frames < 100, "the head, packed"
            assert one.sent is not None
            assert 3000 < one.sent < 3200
        assert len(here.relay.passed) == 1
        ours, passed = up_and_down(records), here.relay.passed[0]
        # What the connection said after the last stream was over is told by the next.
        assert all(0 <= there - mine < 300 for mine, there in zip(ours, passed, strict=True))


def test_nothing_left_where_nothing_listens() -> None:
    ledger = MemoryLedger()
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = int(taken.getsockname()[1])
    with open_client(ledger, base_url=f"http://{LOOPBACK}:{port}") as client, pytest.raises(httpx.ConnectError):
        client.post("/v1", json={}, extensions=Exchange("answer", "Test").extensions())
    request, failure = ledger.records
    assert request.size > 100, "what would have been sent"
    assert (failure.sent, failure.size, failure.overhead_up, failure.overhead_down) == (0, 0, 0, 0)


def test_a_certificate_that_is_refused_costs_a_handshake_and_no_word(tmp_path: Path) -> None:
    context, _ = server_tls(tmp_path, "http/1.1")
    with ScriptedServer(chunked) as server:
        plain = server._server.socket
        server._server.socket = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        with measured(port_of(server.base_url), "https") as here, pytest.raises(httpx.ConnectError):
            here.send()
        server._server.socket.close()
        server.errors.clear()
    (failure,) = here.outcomes(1)
    assert failure.sent == 0


def test_through_a_proxy_nobody_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = MemoryLedger()
    with ScriptedServer(lambda talk: talk.answer(200, "text/plain", b"ok")) as server:
        monkeypatch.setenv("http_proxy", server.base_url)
        monkeypatch.setenv("no_proxy", "")
        with open_client(ledger, base_url="http://cloud.invalid") as client:
            client.post("/v1", json={}, extensions=Exchange("answer", "Test").extensions())
    response = ledger.records[1]
    assert (response.sent, response.overhead_up, response.overhead_down) == (None, None, None)
    assert response.size > 2, "worked out from what HTTP shows"
