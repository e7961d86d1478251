"""Spare connections: there before they are needed, and never used when something is wrong with them."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

import httpcore
import pytest

from costeer.privacy.connections import SpareConnections
from costeer.privacy.exchange import Exchange, Line
from costeer.privacy.transport import open_client
from costeer.privacy.wire import Wire
from tests.privacy.loopback import LOOPBACK, WAIT, Listener, server_tls
from tests.privacy.memory_ledger import MemoryLedger
from tests.privacy.scripted_server import ScriptedServer, Talk


def until(connections: SpareConnections, what: Callable[[], bool]) -> None:
    with connections._changed:
        assert connections._changed.wait_for(what, WAIT)


def spare(listener: Listener, tls: ssl.SSLContext | None = None, seconds: float = WAIT) -> SpareConnections:
    """Two connections, ready."""
    connections = SpareConnections(LOOPBACK, listener.port, tls, WAIT, spare_seconds=seconds)
    connections.prepare()
    until(connections, lambda: connections.ready == 2)
    return connections


def port_of(wire: httpcore.NetworkStream) -> int:
    return int(wire.get_extra_info("client_addr")[1])


def test_a_connection_is_there_before_it_is_asked_for_and_is_replaced() -> None:
    with Listener() as listener:
        connections = spare(listener)
        early = {int(listener.next().getpeername()[1]) for _ in range(2)}
        taken = connections.connect_tcp(LOOPBACK, listener.port, WAIT)
        assert port_of(taken) in early
        assert int(listener.next().getpeername()[1]) not in early, "another is opened in its place"
        until(connections, lambda: connections.ready == 2)
        connections.prepare()
        assert connections.ready == 2, "never more than two"
        taken.close()
        connections.close()


def test_an_old_one_is_closed_and_not_replaced() -> None:
    with Listener() as listener:
        connections = spare(listener, seconds=0.05)
        for _ in range(2):
            assert listener.next().recv(1) == b""
        until(connections, lambda: connections.ready == 0)
        assert listener.accepted.empty()
        connections.close()


@pytest.mark.parametrize("spoken", [b"", b"HTTP/1.1 408 Request Timeout\r\n\r\n"])
def test_one_that_its_peer_closed_or_spoke_on_is_not_used(spoken: bytes) -> None:
    with Listener() as listener:
        connections = spare(listener)
        waiting = [(wire, listener.next()) for wire in list(connections._ready)]
        for _, theirs in waiting:
            if spoken:
                theirs.sendall(spoken)
            theirs.shutdown(socket.SHUT_WR)
        for wire, _ in waiting:
            assert not _stays_quiet(wire)
        early = {port_of(wire) for wire, _ in waiting}
        taken = connections.connect_tcp(LOOPBACK, listener.port, WAIT)
        assert port_of(taken) not in early
        taken.write(b"ping", WAIT)
        taken.close()
        connections.close()


def _stays_quiet(wire: Wire) -> bool:
    """Whether nothing comes, not even the end; waits for it, without taking it away."""
    connection = wire.get_extra_info("socket")
    connection.settimeout(WAIT)
    connection.recv(1, socket.MSG_PEEK)
    return wire.is_quiet()


def test_closing_closes_the_spare_ones() -> None:
    with Listener() as listener:
        connections = spare(listener)
        connections.close()
        for _ in range(2):
            assert listener.next().recv(1) == b""
        connections.prepare()
        assert connections._opening == 0
        assert listener.accepted.empty()


def test_a_server_that_is_not_there_is_told_once() -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = int(taken.getsockname()[1])
    connections = SpareConnections(LOOPBACK, port, None, WAIT)
    connections.prepare()
    with pytest.raises(httpcore.ConnectError):
        connections.connect_tcp(LOOPBACK, port, WAIT)
    until(connections, lambda: connections._opening == 0)
    connections.close()


def test_another_server_gets_a_connection_of_its_own() -> None:
    with Listener() as listener, Listener() as other:
        connections = spare(listener)
        wire = connections.connect_tcp(LOOPBACK, other.port, WAIT)
        assert other.next().getpeername()[1] == port_of(wire)
        assert connections.ready == 2
        wire.close()
        connections.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_with_tls_the_handshake_is_done_ahead(tmp_path: Path, version: ssl.TLSVersion) -> None:
    """The tickets that TLS 1.3 sends after the handshake do not make a connection look spoken on."""
    theirs, certificate = server_tls(tmp_path)
    theirs.minimum_version = theirs.maximum_version = version
    ours = ssl.create_default_context(cafile=str(certificate))
    with Listener(theirs) as listener:
        connections = spare(listener, ours)
        ends = {int(one.getpeername()[1]): one for one in (listener.next(), listener.next())}
        wire = connections.connect_tcp(LOOPBACK, listener.port, WAIT)
        secure = wire.start_tls(ours, LOOPBACK, WAIT)
        assert secure is wire
        end = ends[port_of(wire)]
        secure.write(b"x" * 100_000, WAIT)
        received = b""
        for _ in range(1000):
            received += end.recv(65536)
            if len(received) == 100_000:
                break
        assert received == b"x" * 100_000
        assert secure.get_extra_info("is_readable") is False
        end.sendall(b"pong")
        assert secure.read(100, WAIT) == b"pong"
        end.close()
        assert secure.read(100, WAIT) == b""
        secure.close()
        connections.close()


def test_an_untrusted_server_is_refused(tmp_path: Path) -> None:
    theirs, _ = server_tls(tmp_path)
    with Listener() as listener:
        wire = Wire(LOOPBACK, listener.port, WAIT)

        def answer() -> None:
            with pytest.raises(OSError, match=r".*"):
                theirs.wrap_socket(listener.next(), server_side=True)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(httpcore.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            wire.start_tls(ssl.create_default_context(), LOOPBACK, WAIT)
        thread.join(WAIT)
        assert not thread.is_alive()


def test_a_reopened_stream_finds_its_connection_open() -> None:
    """The server has accepted the connection of the second stream before the first is cut."""
    ledger = MemoryLedger()
    seen: list[int] = []

    def script(talk: Talk) -> None:
        seen.append(talk.port)
        talk.begin()
        talk.chunk(b"data: one\n\n")
        talk.wait_until_client_leaves()

    with ScriptedServer(script) as server, open_client(ledger, base_url=server.base_url) as client:
        transport = client._transport
        connections = transport._network._spare  # type: ignore[attr-defined]
        for number in range(5):
            line = Line()
            request = client.build_request(
                "POST", "/v1", json={}, extensions=Exchange("answer", "Test", line=line).extensions()
            )
            early = {port_of(one) for one in connections._ready}
            response = client.send(request, stream=True)
            assert next(response.iter_raw())
            assert number == 0 or seen[-1] in early
            until(connections, lambda: bool(connections.ready == 2))
            line.hang_up()
            response.close()
    assert [one.kind for one in ledger.records] == ["request", "response"] * 5
    for thread in [one for one in threading.enumerate() if one.name == "spare-connection"]:
        thread.join(WAIT)
        assert not thread.is_alive()
