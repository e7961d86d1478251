"""The ledger is written before anything leaves, and says truly how each exchange ended."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from datetime import UTC, datetime

import httpx
import pytest

from costeer.foundation.errors import BugError, StorageError, TransmissionRefused
from costeer.privacy import recording
from costeer.privacy.chain import find_break
from costeer.privacy.exchange import Exchange, Line, TrafficEvent
from costeer.privacy.guards import PrivateStrings
from costeer.privacy.ledger import LedgerEntry, LedgerRecord
from costeer.privacy.recording import NOT_KEPT
from costeer.privacy.transport import open_client
from tests.privacy.memory_ledger import MemoryLedger
from tests.privacy.scripted_server import ScriptedServer, Talk

BYTES = b"caf\xc3\xa9 \xff"
NOON = datetime(2030, 1, 2, 12, tzinfo=UTC)


def exchange(line: Line | None = None) -> dict[str, object]:
    return Exchange("answer", "Test cloud", "message-1", line=line).extensions()


def post(client: httpx.Client, body: object, line: Line | None = None) -> httpx.Response:
    request = client.build_request(
        "POST", "/v1", json=body, headers={"Authorization": "Bearer sesame"}, extensions=exchange(line)
    )
    return client.send(request)


def test_the_request_is_recorded_before_the_server_sees_it() -> None:
    ledger = MemoryLedger()
    seen: list[list[LedgerRecord]] = []

    def script(talk: Talk) -> None:
        seen.append(list(ledger.records))
        talk.answer(200, "text/plain", BYTES)

    with (
        ScriptedServer(script) as server,
        open_client(ledger, base_url=server.base_url, clock=lambda: NOON) as client,
    ):
        assert post(client, {"q": "Wie spät?"}).status_code == 200
    assert [[one.kind for one in records] for records in seen] == [["request"]]
    request, response = ledger.records
    assert json.loads(request.body) == {"q": "Wie spät?"}
    assert request.body.encode() == server.bodies[0]
    assert (request.method, request.url) == ("POST", server.base_url + "/v1")
    assert (request.purpose, request.endpoint, request.message_id) == ("answer", "Test cloud", "message-1")
    assert request.time == "2030-01-02T12:00:00+00:00"
    assert "authorization" in request.header_names
    assert "sesame" not in json.dumps([str(one) for one in ledger.records])
    assert (response.kind, response.status, response.body, response.detail) == (
        "response",
        200,
        "café \\xff",
        f"what is no UTF-8 is escaped; sha256 of the body's bytes {hashlib.sha256(BYTES).hexdigest()}",
    )
    assert response.exchange == request.exchange
    assert find_break(ledger.entries) is None


def test_sizes_are_those_on_the_wire() -> None:
    """Against a raw socket, which counts every byte."""
    counted: list[int] = []
    reply = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                received = b""
                while not received.endswith(b'{"q":1}'):
                    received += connection.recv(65536)
                counted.append(len(received))
                connection.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        ledger = MemoryLedger()
        events: list[TrafficEvent] = []
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with open_client(ledger, base_url=url, observers=[events.append]) as client:
            post(client, {"q": 1})
        thread.join(10)
    assert [one.size for one in ledger.records] == [counted[0], len(reply)]
    assert [one.kind for one in events] == ["sending", "sent", "received", "received", "over"]
    assert sum(one.up for one in events) == counted[0]
    assert sum(one.down for one in events) == len(reply)
    assert {one.message_id for one in events} == {"message-1"}


def test_traffic_is_told_while_it_happens() -> None:
    """Waiting begins when the request is out, before the server has answered anything."""
    told = threading.Event()
    ledger = MemoryLedger()

    def observe(event: TrafficEvent) -> None:
        if event.kind == "sent":
            told.set()

    def script(talk: Talk) -> None:
        assert told.wait(10)
        talk.answer(200, "text/plain", b"ok")

    with (
        ScriptedServer(script) as server,
        open_client(ledger, base_url=server.base_url, observers=[observe]) as client,
    ):
        assert post(client, {}).text == "ok"


def test_a_guard_keeps_every_byte_at_home() -> None:
    ledger = MemoryLedger()
    guard = PrivateStrings(lambda: ["My name is Ada Lovelace"])
    with (
        ScriptedServer(lambda talk: talk.answer(200, "text/plain")) as server,
        open_client(ledger, base_url=server.base_url, guards=[guard]) as client,
    ):
        with pytest.raises(TransmissionRefused):
            post(client, {"prompt": "my NAME is\nada lovelace!"})
        assert server.bodies == []
        (refused,) = ledger.records
        assert (refused.kind, refused.purpose, refused.message_id) == ("refused", "answer", "message-1")
        assert "ovelace" not in repr(refused), "what must not leave is not to be kept either"
        post(client, {"prompt": "public"})
    assert len(server.bodies) == 1


def test_no_ledger_no_request() -> None:
    class FullDisk:
        def append(self, record: LedgerRecord) -> LedgerEntry:
            raise StorageError("The disk is full; free some space.")

    with (
        ScriptedServer(lambda talk: talk.answer(200, "text/plain")) as server,
        open_client(FullDisk(), base_url=server.base_url) as client,
    ):
        with pytest.raises(StorageError):
            post(client, {})
        assert server.bodies == []


def test_a_request_without_a_purpose_does_not_leave() -> None:
    ledger = MemoryLedger()
    with (
        ScriptedServer(lambda talk: talk.answer(200, "text/plain")) as server,
        open_client(ledger, base_url=server.base_url) as client,
    ):
        with pytest.raises(BugError):
            client.get("/")
        assert server.bodies == []


def test_closing_early_is_recorded_as_ours() -> None:
    ledger = MemoryLedger()
    left = threading.Event()

    def script(talk: Talk) -> None:
        talk.begin()
        talk.chunk(b"data: one\n\n")
        if talk.wait_until_client_leaves():
            left.set()

    with ScriptedServer(script) as server, open_client(ledger, base_url=server.base_url) as client:
        request = client.build_request("POST", "/v1", json={}, extensions=exchange(Line()))
        response = client.send(request, stream=True)
        assert next(response.iter_raw()) == b"data: one\n\n"
        response.close()
        assert left.wait(10)
    assert [(one.kind, one.status, one.detail) for one in ledger.records] == [
        ("request", None, ""),
        ("response", 200, "closed by us"),
    ]
    assert ledger.records[1].body == "data: one\n\n"


def test_a_broken_answer_is_a_failure_with_what_came() -> None:
    ledger = MemoryLedger()

    def script(talk: Talk) -> None:
        talk.begin()
        talk.chunk(b"half")
        talk.drop()

    with (
        ScriptedServer(script) as server,
        open_client(ledger, base_url=server.base_url) as client,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        post(client, {})
    failure = ledger.records[1]
    assert (failure.kind, failure.status, failure.body) == ("failure", 200, "half")
    assert "RemoteProtocolError" in failure.detail


def test_nothing_listening_is_a_failure_without_status() -> None:
    ledger = MemoryLedger()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with open_client(ledger, base_url=url) as client, pytest.raises(httpx.ConnectError):
        post(client, {})
    assert [(one.kind, one.status) for one in ledger.records] == [("request", None), ("failure", None)]


@pytest.mark.parametrize("early", [True, False])
def test_hanging_up_wakes_a_thread_that_waits_for_the_head(early: bool) -> None:
    ledger = MemoryLedger()
    arrived, left = threading.Event(), threading.Event()
    line = Line()

    def script(talk: Talk) -> None:
        arrived.set()
        if talk.wait_until_client_leaves():
            left.set()

    with ScriptedServer(script) as server, open_client(ledger, base_url=server.base_url) as client:
        if early:
            line.hang_up()
        errors: list[Exception] = []

        def send() -> None:
            try:
                post(client, {}, line)
            except httpx.HTTPError as error:
                errors.append(error)

        thread = threading.Thread(target=send)
        thread.start()
        if not early:
            assert arrived.wait(10)
            line.hang_up()
            assert left.wait(10)
        thread.join(10)
        assert not thread.is_alive()
        assert len(errors) == 1
        assert server.bodies == [] or not early
    last = ledger.records[-1]
    assert (last.kind, last.detail) == ("failure", "closed by us before an answer")


def test_redirects_are_not_followed_and_cookies_not_kept() -> None:
    ledger = MemoryLedger()
    cookies: list[str | None] = []

    def script(talk: Talk) -> None:
        cookies.append(talk.headers.get("Cookie"))
        talk.answer(307, "text/plain", headers={"Location": "/elsewhere", "Set-Cookie": "id=42"})

    with ScriptedServer(script) as server, open_client(ledger, base_url=server.base_url) as client:
        assert post(client, {}).status_code == 307
        assert post(client, {}).status_code == 307
    assert cookies == [None, None]
    assert len(server.bodies) == 2
    assert "set-cookie" in ledger.records[1].header_names


def test_an_endless_answer_is_counted_but_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "KEPT_BODY", 1000)
    ledger = MemoryLedger()
    with (
        ScriptedServer(lambda talk: talk.answer(200, "text/plain", b"x" * 500_000)) as server,
        open_client(ledger, base_url=server.base_url) as client,
    ):
        assert len(post(client, {}).content) == 500_000
    response = ledger.records[1]
    assert len(response.body) <= 1000
    assert response.size > 500_000
    assert "of 500000 bytes of the body not kept" in response.detail


def test_a_proxy_is_used_but_never_to_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    """What leaves for a far host goes through the proxy the system names, and through the ledger."""
    ledger = MemoryLedger()
    with ScriptedServer(lambda talk: talk.answer(200, "text/plain", talk.path.encode())) as server:
        monkeypatch.setenv("http_proxy", server.base_url)
        monkeypatch.setenv("no_proxy", "")
        with open_client(ledger, base_url="http://cloud.invalid") as client:
            assert post(client, {}).text == "http://cloud.invalid/v1"
        with open_client(ledger, base_url=server.base_url) as client:
            assert post(client, {}).text == "/v1"
    assert len(ledger.records) == 4


def test_connections_are_reused_except_by_streams() -> None:
    ledger = MemoryLedger()
    callers: list[int] = []

    def script(talk: Talk) -> None:
        callers.append(talk.port)
        talk.answer(200, "text/plain")

    with ScriptedServer(script) as server, open_client(ledger, base_url=server.base_url) as client:
        for line in (None, None, Line(), Line()):
            post(client, {}, line)
    assert callers[0] == callers[1]
    assert len(set(callers)) == 3


@pytest.mark.parametrize("status", [200, 500])
def test_what_is_not_to_be_kept_is_recorded_without_its_words(status: int) -> None:
    ledger = MemoryLedger()
    answer = b'{"text": "glockenspiel"}' * 500_000  # more than is ever kept
    with (
        ScriptedServer(lambda talk: talk.answer(status, "application/json", answer)) as server,
        open_client(ledger, base_url=server.base_url, is_unkept=lambda message: message == "message-1") as client,
    ):
        post(client, {"prompt": "xylophone"})
    request, response = ledger.records
    assert (request.purpose, request.message_id, request.method) == ("answer", "message-1", "POST")
    assert request.body == f"{NOT_KEPT}; sha256 {hashlib.sha256(server.bodies[0]).hexdigest()}"
    assert request.size > len(server.bodies[0])
    assert response.body == f"{NOT_KEPT}; sha256 {hashlib.sha256(answer).hexdigest()}"
    assert (response.status, response.detail) == (status, "")
    assert response.size > len(answer)
    assert "xylophone" not in repr(ledger.records)


def test_an_unkept_request_that_fails_leaves_no_words_either() -> None:
    ledger = MemoryLedger()
    url = "http://127.0.0.1:9"
    with open_client(ledger, base_url=url, is_unkept=lambda _: True) as client, pytest.raises(httpx.ConnectError):
        post(client, {"prompt": "xylophone"})
    assert [one.kind for one in ledger.records] == ["request", "failure"]
    assert "xylophone" not in repr(ledger.records)
    assert ledger.records[1].body == ""
